#!/usr/bin/env python3
"""Checks docs/coverage.md and docs/requirements.md: every statement once,
nothing named that is not there.

usage: coverage.py [ROOT]
A row is | items | about | state | where | shown by | remark |. Paths of
`where` may leave out src/, tests may leave out test/; a test is `path:name`
with a function, a method, or words of the name of a case.
"""
import os
import re

import source

PAGE = "docs/coverage.md"
REQUIREMENTS = "docs/requirements.md"
LAST = {"A": 66, "B": 65, "C": 155, "D": 30, "E": 58, "X": 10}
NUMBERS = [*range(1, 21), *range(33, 43), *range(60, 74)]
STATES = ("done", "part", "later", "outside")
COLUMNS = 6

ID = r"[A-EX]\d{3}"
ITEMS = re.compile(rf"{ID}(?:–{ID})?(?:, {ID}(?:–{ID})?)*")
TOKEN = re.compile(r"`([^`]+)`")
CASE = re.compile(r"^case (.*)$", re.M)


def every_id():
    return [f"{letter}{number:03}" for letter, last in LAST.items()
            for number in range(1, last + 1)]


def expand(items):
    """The ids of "A001–A003, A005"; None where a range is none."""
    found = []
    for part in items.split(", "):
        first, _, last = part.partition("–")
        last = last or first
        if first[0] != last[0] or first > last:
            return None
        found += [f"{first[0]}{number:03}"
                  for number in range(int(first[1:]), int(last[1:]) + 1)]
    return found


def compress(ids):
    """What expand() reads, of ids in their order."""
    order = every_id()
    runs = []
    for one in ids:
        if (runs and one[0] == runs[-1][-1][0]
                and order.index(one) == order.index(runs[-1][-1]) + 1):
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}"
                     for run in runs)


def place(root, path, folder):
    """The path from the root, with or without its folder; None: nowhere."""
    for full in (f"{folder}/{path}", path):
        if os.path.exists(os.path.join(root, full)):
            return full
    return None


def c_test(root, path, name):
    if not re.search(rf"^(?:static )?int {name}\(void\)",
                     source.read(root, path), re.M):
        return False
    table = re.compile(rf"\bTEST(?:_OOM)?\(\s*{name}\s*\)")
    return any(table.search(source.read(root, other)) for other in
               source.files(root, (os.path.dirname(path),), (".c", ".h")))


def py_test(root, path, name):
    return bool(re.search(rf"^\s*def {name}\(", source.read(root, path),
                          re.M))


def talk_test(root, path, name):
    words = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(words.search(case) for case in
               CASE.findall(source.read(root, path)))


KINDS = {".c": c_test, ".py": py_test, ".talk": talk_test}


class Page:
    """The rows of the page, and what is wrong with them."""

    def __init__(self, root, page=PAGE):
        self.root, self.page = root, page
        self.found, self.states = [], {}
        self.counted = {}  # letter: (line, counts as written)

    def wrong(self, line, rule, remedy):
        self.found.append((self.page, line, rule, remedy))

    def read(self):
        text = source.read(self.root, PAGE)
        for line, words in enumerate(text.split("\n"), 1):
            cells = [cell.strip() for cell in words.split("|")[1:-1]]
            if cells and ITEMS.fullmatch(cells[0]):
                self.row(line, cells)
            elif cells and re.match(ID, cells[0]):
                self.wrong(line, "items", "write A001–A003, A005")
            elif cells and cells[0] in LAST:
                self.counted[cells[0]] = (line, cells[1:])
            else:
                self.prose(line, words)
        self.complete()
        self.count()

    def prose(self, line, words):
        for token in TOKEN.findall(words):
            if "/" in token and " " not in token \
                    and not place(self.root, token, "src"):
                self.wrong(line, "path", f"there is no {token}")

    def row(self, line, cells):
        if len(cells) != COLUMNS:
            self.wrong(line, "row", f"{COLUMNS} cells, without | inside")
            return
        self.items(line, cells[0], cells[2])
        self.judge(line, *cells[2:])

    def judge(self, line, state, where, shown, remark):
        """What stands behind the name of a row."""
        if state not in STATES:
            self.wrong(line, "state", f"one of {', '.join(STATES)}")
        if state == "done" and not (where and shown):
            self.wrong(line, "done", "name the file and the test, or it "
                                     "is not done")
        if state == "part" and not where:
            self.wrong(line, "part", "name the file")
        if state in ("part", "outside") and not remark:
            self.wrong(line, "remark", "what is missing, or why")
        self.paths(line, where)
        self.tests(line, shown)

    def items(self, line, items, state):
        ids = expand(items)
        if ids is None:
            self.wrong(line, "items", "a range goes up within its letter")
            return
        for one in ids:
            if int(one[1:]) not in range(1, LAST[one[0]] + 1):
                self.wrong(line, "items", f"there is no {one}")
            elif one in self.states:
                self.wrong(line, "items", f"{one} has a row already")
            self.states[one] = state

    def paths(self, line, where):
        if where and not re.fullmatch(r"`[^`]+`(, `[^`]+`)*", where):
            self.wrong(line, "path", "write `a/b.c`, `c/d.c`")
        for token in TOKEN.findall(where):
            if not place(self.root, token, "src"):
                self.wrong(line, "path", f"there is no {token}")

    def tests(self, line, shown):
        if shown and not re.fullmatch(r"`[^`]+`(, `[^`]+`)*", shown):
            self.wrong(line, "test", "write `a/b.c:name`, `c/d.talk:R1`")
        for token in TOKEN.findall(shown):
            path, _, name = token.partition(":")
            full = place(self.root, path, "test")
            kind = KINDS.get(os.path.splitext(path)[1])
            if not full or not kind or not name \
                    or not kind(self.root, full, name):
                self.wrong(line, "test", f"there is no test {token}")

    def complete(self):
        missing = [one for one in every_id() if one not in self.states]
        if missing:
            self.wrong(1, "items", f"without a row: {compress(missing)}")

    def count(self):
        for letter in LAST:
            states = [state for one, state in self.states.items()
                      if one[0] == letter]
            right = [str(states.count(state)) for state in STATES]
            line, written = self.counted.get(letter, (1, []))
            if written != right:
                self.wrong(line, "count", f"the table of states must say "
                                          f"| {letter} | "
                                          f"{' | '.join(right)} |")


class Requirements(Page):
    """The same with numbers, each in a row of its own."""

    def __init__(self, root):
        super().__init__(root, REQUIREMENTS)

    def read(self):
        seen = []
        for line, words in enumerate(
                source.read(self.root, self.page).split("\n"), 1):
            cells = [cell.strip() for cell in words.split("|")[1:-1]]
            if not cells or not cells[0].isdigit():
                continue
            if len(cells) != COLUMNS:
                self.wrong(line, "row", f"{COLUMNS} cells, without | inside")
                continue
            seen.append(int(cells[0]))
            self.judge(line, *cells[2:])
        if seen != NUMBERS:
            odd = sorted(set(NUMBERS) ^ set(seen)) or "their order"
            self.wrong(1, "items", f"one row for each number: {odd}")


def check(root):
    page = Page(root)
    page.read()
    if not os.path.exists(os.path.join(root, REQUIREMENTS)):
        return page.found
    more = Requirements(root)
    more.read()
    return page.found + more.found


if __name__ == "__main__":
    source.main(check)
