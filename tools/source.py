"""What the checks share: the files of the tree, C text without comments.

A finding is (path, line, rule, remedy); every check is a function from the
root of the tree to a list of findings, so that the tests can run it on trees
that are wrong on purpose.
"""
import os
import re
import sys

C_FOLDERS = ("src", "test", "bench", "fuzz")
TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def files(root, folders, endings):
    """Paths below the folders, relative to root and sorted."""
    found = []
    for folder in folders:
        for place, names, leaves in os.walk(os.path.join(root, folder)):
            names[:] = [name for name in names if name != "__pycache__"]
            found += [os.path.relpath(os.path.join(place, leaf), root)
                      for leaf in leaves if leaf.endswith(endings)]
    return sorted(found)


def c_files(root):
    return files(root, C_FOLDERS, (".c", ".h"))


def blank(text, keep_strings=False):
    """The same text with comments (and what strings say) as blanks, so that
    lines and columns stay what they are."""
    def cover(match):
        token = match.group(0)
        if token[0] in "\"'":
            if keep_strings:
                return token
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)

    return TOKEN.sub(cover, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def main(check):
    """The command line of a check: [ROOT], exit status 1 on findings."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = check(sys.argv[1] if len(sys.argv) > 1 else here)
    for path, line, rule, remedy in sorted(found):
        print(f"{path}:{line}: {rule}: {remedy}")
    sys.exit(1 if found else 0)
