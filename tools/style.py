#!/usr/bin/env python3
"""Checks the form that docs/style.md asks for, as far as a machine can.

usage: style.py [ROOT]
"""
import os
import re
import shutil
import subprocess

import source

FILE_LINES = 600
FUNCTION_LINES = 80
PARAMETERS = 6
# Their parameters are those that a library calls them with.
HANDLERS = {"call_header", "call_read", "form_piece", "httpd_access",
            "upgrade_handler"}
LEVELS = 3
COLUMNS = 80
TAB = 8

LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
LOCK = re.compile(r"\b(pthread_(?:mutex|cond|rwlock|spin|barrier)\w*|"
                  r"(?:mtx|cnd)_\w+|sem_(?:init|wait|post)\w*)\b")
CONSTANT = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+[ \t]+\(?-?\d\w*\)?"
                      r"[ \t]*(?:/\*.*)?$", re.M)
# A macro for the header that follows, such as PCRE2_CODE_UNIT_WIDTH.
FOR_HEADER = re.compile(r"(?:\s*#[ \t]*define[^\n]*)*\s*#[ \t]*include")
TYPEDEF = re.compile(r"\btypedef\s+(?:struct|union|enum)\b")
WORD = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\n|\S")
CONTROL = ("if", "for", "while", "switch", "do", "else")


def words_of(text):
    """(word, line) without preprocessor lines."""
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*",
                  lambda match: re.sub(r"[^\n]", " ", match.group(0)),
                  text, flags=re.M)
    line, words = 1, []
    for match in WORD.finditer(text):
        if match.group(0) == "\n":
            line += 1
        else:
            words.append((match.group(0), line))
    return words


def closing(words, at):
    """The place of the bracket that closes the one at `at`."""
    pairs = {"(": ")", "{": "}", "[": "]"}
    opening, close, depth = words[at][0], pairs[words[at][0]], 0
    for i in range(at, len(words)):
        if words[i][0] == opening:
            depth += 1
        elif words[i][0] == close:
            depth -= 1
            if not depth:
                return i
    return len(words) - 1


class Function:
    """A definition, or a declaration with no body."""

    def __init__(self, words, first, paren, body):
        self.name = words[paren - 1][0]
        self.line = words[first][1]
        self.words = words
        self.body = body
        self.end = closing(words, body) if body else None
        self.parameters = self.count_parameters(paren)

    def count_parameters(self, paren):
        end, depth, commas = closing(self.words, paren), 0, 0
        inside = [word for word, _ in self.words[paren + 1:end]]
        for word in inside:
            if word in "([{":
                depth += 1
            elif word in ")]}":
                depth -= 1
            elif word == "," and not depth:
                commas += 1
        return 0 if inside in ([], ["void"]) else commas + 1

    def lines(self):
        return self.words[self.end][1] - self.line + 1

    def levels(self):
        self.deepest = (0, self.line)
        at = self.body + 1
        while at < self.end:
            at = self.statement(at, 0)
        return self.deepest

    def enter(self, at, level):
        """The statement under a control word, one level deeper."""
        if level + 1 > self.deepest[0]:
            self.deepest = (level + 1, self.words[at][1])
        return self.statement(at, level + 1)

    def is_loop_macro(self, at):
        if not re.match(r"[A-Z_]+FOREACH\w*$", self.words[at][0]):
            return False
        return self.words[at + 1][0] == "("

    def statement(self, at, level):
        """Walks one statement; returns the place behind it."""
        word = self.words[at][0]
        if word == "{":
            end, at = closing(self.words, at), at + 1
            while at < end:
                at = self.statement(at, level)
            return end + 1
        if word == "if":
            return self.choice(at, level)
        if word in ("for", "while", "switch") or self.is_loop_macro(at):
            return self.enter(closing(self.words, at + 1) + 1, level)
        if word == "do":
            at = self.enter(at + 1, level)
            return closing(self.words, at + 1) + 2
        return self.plain(at)

    def choice(self, at, level):
        at = self.enter(closing(self.words, at + 1) + 1, level)
        if at >= self.end or self.words[at][0] != "else":
            return at
        if self.words[at + 1][0] == "if":
            return self.choice(at + 1, level)
        return self.enter(at + 1, level)

    def plain(self, at):
        """To the ';' of a statement or the ':' of a label."""
        is_label = self.words[at][0] in ("case", "default")
        is_label = is_label or self.words[at + 1][0] == ":"
        while at < self.end:
            word = self.words[at][0]
            if word == ";" or (word == ":" and is_label):
                return at + 1
            at = closing(self.words, at) if word in "([{" else at
            at += 1
        return at


def functions_of(words):
    """All functions of a file; initialisers and types are skipped."""
    first = at = 0
    paren, is_value = None, False
    while at < len(words):
        word = words[at][0]
        if word == "(":
            if paren is None and at and re.match(r"\w", words[at - 1][0]) \
                    and words[at - 1][0] != "__attribute__":
                paren = at
            at = closing(words, at)
        elif word in ("=", "typedef"):
            is_value = True
        elif word in ("{", ";"):
            is_body = word == "{"
            if paren is not None and not is_value:
                yield Function(words, first, paren, at if is_body else None)
            is_done = not is_body or (paren is not None and not is_value)
            if is_body:
                at = closing(words, at)
            if is_done:
                first, paren, is_value = at + 1, None, False
        at += 1


def check_functions(path, text):
    found = []
    for function in functions_of(words_of(text)):
        name = function.name
        if function.parameters > PARAMETERS and name not in HANDLERS:
            found.append((path, function.line, "parameters",
                          f"{name}() has {function.parameters}, at most "
                          f"{PARAMETERS}: give them a struct"))
        if not function.body:
            continue
        if function.lines() > FUNCTION_LINES:
            found.append((path, function.line, "function length",
                          f"{name}() has {function.lines()} lines, at most "
                          f"{FUNCTION_LINES}: it does two jobs, name them"))
        levels, line = function.levels()
        if levels > LEVELS:
            found.append((path, line, "nesting",
                          f"{name}() is {levels} levels deep, at most "
                          f"{LEVELS}: leave early or name the inner part"))
    return found


def check_head(path, text):
    lines = text.split("\n")
    if path.endswith(".py") or not path.endswith((".c", ".h")):
        lines = lines[1:] if lines[0].startswith("#!") else lines
        is_there = lines and lines[0].startswith(("#", '"""'))
        return [] if is_there else [(path, 1, "head comment",
                                     "say what this file is, first of all")]

    name = path[len("src/"):] if path.startswith("src/") else path
    expected = f" * {name.replace(os.sep, '/')} - "
    if lines[0] == "/*" and len(lines) > 1 and lines[1].startswith(expected):
        return []
    return [(path, 1, "head comment",
             f'begin with "/*" and "{expected}what it is"')]


def check_lines(path, text):
    found = []
    lines = text.split("\n")
    if len(lines) - 1 > FILE_LINES:
        found.append((path, FILE_LINES, "file length",
                      f"{len(lines) - 1} lines, at most {FILE_LINES}: split "
                      "it by what changes together"))
    for number, line in enumerate(lines, 1):
        width = len(line.expandtabs(TAB))
        # A word that cannot be broken may stick out (an address, a hash).
        longest = max((len(word) for word in line.split()), default=0)
        if width > COLUMNS and longest < COLUMNS - 2 * TAB:
            found.append((path, number, "columns",
                          f"{width}, at most {COLUMNS}"))
        if line != line.rstrip():
            found.append((path, number, "line end", "blanks: remove them"))
    for match in LATER.finditer(text):
        found.append((path, source.line_of(text, match.start()), "later",
                      f"{match.group(0)}: do it now or write it down where "
                      "work is planned"))
    if text and not text.endswith("\n"):
        found.append((path, len(lines), "line end", "end the last line"))
    return found


def check_words(path, text):
    found = []
    if not path.startswith(("src/base/", "test/base/")):
        for match in LOCK.finditer(text):
            found.append((path, source.line_of(text, match.start()), "lock",
                          f"{match.group(0)}: threads talk through "
                          "base/mailbox.h and base/work.h"))
    for match in TYPEDEF.finditer(text):
        found.append((path, source.line_of(text, match.start()), "typedef",
                      "write struct, union or enum where it is used"))
    for match in CONSTANT.finditer(text):
        if FOR_HEADER.match(text, match.end()):
            continue
        found.append((path, source.line_of(text, match.start()), "constant",
                      "make it an enum constant, which debuggers know"))
    return found


def check_format(root, paths):
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        return [(".clang-format", 1, "format",
                 "clang-format is missing: script/bootstrap --tests")]
    if not paths:
        return []
    run = subprocess.run([program, "--dry-run", "-Werror", *paths], cwd=root,
                         capture_output=True, text=True, check=False)
    found = {}
    for line in run.stderr.split("\n"):
        match = re.match(r"(.+?):(\d+):\d+: error: ", line)
        if match:
            found.setdefault(match.group(1), (
                match.group(1), int(match.group(2)), "format",
                f"run clang-format -i {match.group(1)}"))
    if run.returncode and not found:
        return [(".clang-format", 1, "format", run.stderr.strip())]
    return list(found.values())


def script_files(root):
    scripts = source.files(root, ("script", ".ci"), ("",))
    return scripts + source.files(root, ("tools", "test"), (".py",))


def check(root):
    found = []
    for path in script_files(root):
        text = source.read(root, path)
        found += check_head(path, text)
        if path not in ("tools/style.py", "tools/test_tools.py"):
            found += check_lines(path, text)

    c_paths = source.c_files(root)
    for path in c_paths:
        text = source.read(root, path)
        found += check_head(path, text)
        found += check_lines(path, text)
        bare = source.blank(text)
        found += check_words(path, bare)
        found += check_functions(path, bare)
    return found + check_format(root, c_paths)


if __name__ == "__main__":
    source.main(check)
