#!/usr/bin/env python3
"""Proves that the checks find what they are for, on small wrong trees."""
import os
import shutil
import tempfile
import unittest

import banned
import coverage
import floors
import source
import style

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Tree(unittest.TestCase):
    """A tree of a few files below a directory that goes afterwards."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="dialwright-tools-")
        self.addCleanup(shutil.rmtree, self.root)

    def put(self, path, text):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def rules(self, check, path, text):
        """The (line, rule) pairs that a check finds in a tree of one file."""
        self.put(path, text)
        return [(line, rule) for where, line, rule, _ in check(self.root)
                if where == path]


class FloorsTest(Tree):
    def include(self, path, target):
        return self.rules(floors.check, path, f'/* x */\n#include {target}\n')

    def test_up(self):
        self.assertEqual([(2, "floor")], self.include(
            "src/phone/leg.c", '"campaign/campaign.h"'))

    def test_sideways(self):
        self.assertEqual([(2, "floor")], self.include(
            "src/campaign/run.c", '"call/call.h"'))

    def test_test_follows_its_folder(self):
        self.assertEqual([(2, "floor")], self.include(
            "test/media/test_x.c", '"phone/phone.h"'))

    def test_back_door(self):
        self.assertEqual([(2, "door")], self.include(
            "src/call/talk.c", '"flow/match.h"'))

    def test_fixture_of_another_test(self):
        self.put("test/store/fixture.h", "")
        self.assertEqual([], self.include(
            "test/campaign/test_x.c", '"store/fixture.h"'))
        self.assertEqual([(2, "floor")], self.include(
            "test/media/test_x.c", '"store/fixture.h"'))
        self.assertEqual([(2, "door")], self.include(
            "src/campaign/x.c", '"store/fixture.h"'))

    def test_back_door_from_the_top(self):
        self.assertEqual([(2, "door")], self.include(
            "src/main.c", '"flow/match.h"'))

    def test_pure_folder_with_a_clock(self):
        for target in ("<time.h>", "<sys/socket.h>", "<pthread.h>",
                       '"base/log.h"', '"base/clock.h"', "<re_tmr.h>"):
            with self.subTest(target):
                self.assertEqual([(2, "pure")], self.include(
                    "src/media/vad.c", target))

    def test_allowed(self):
        for path, target in (
                ("src/call/talk.c", '"flow/flow.h"'),
                ("src/call/talk.c", '"media/vad.h"'),
                ("src/flow/load.c", '"flow/match.h"'),
                ("src/flow/load.c", '"base/mem.h"'),
                ("test/flow/test_match.c", '"flow/match.h"'),
                ("test/flow/test_match.c", "<time.h>"),
                ("fuzz/fuzz_flow.c", '"flow/match.h"'),
                ("src/main.c", '"cli/cli.h"'),
                ("src/wire.c", '"wire.h"'),
                ("src/phone/sip/dialog.c", '"phone/leg.h"')):
            with self.subTest(f"{path} {target}"):
                self.assertEqual([], self.include(path, target))

    def test_comment_is_no_include(self):
        self.assertEqual([], self.rules(
            floors.check, "src/base/x.c",
            '/*\n#include "call/call.h"\n*/\n'))

    def test_linked_upwards(self):
        self.assertEqual([(2, "floor")], self.rules(
            floors.check, "src/media/meson.build",
            "media = static_library('media',\n"
            "  dependencies: [base_dep, phone_dep])\n"))

    def test_added_to_this_tree(self):
        """An upward include in a copy of the real tree is found."""
        shutil.copytree(os.path.join(ROOT, "src"),
                        os.path.join(self.root, "src"))
        before = floors.check(self.root)
        with open(os.path.join(self.root, "src/base/text.c"), "a",
                  encoding="utf-8") as file:
            file.write('#include "call/call.h"\n')
        self.assertEqual(len(before) + 1, len(floors.check(self.root)))


class BannedTest(Tree):
    def call(self, text, path="src/base/x.c"):
        return self.rules(banned.check, path, f"/* x */\n{text}\n")

    def test_each(self):
        for name in banned.REMEDIES:
            with self.subTest(name):
                self.assertEqual([(2, "banned")], self.call(f"\t{name}(x);"))

    def test_not_a_call_of_it(self):
        for text in ("/* free(x) */", 'puts("free(x)");', "my_free(x);",
                     "ops->free(x);", "x.time(now);", "localtime_r(x);",
                     "// sprintf(x)", "char c = '\"'; /* gets( */"):
            with self.subTest(text):
                self.assertEqual([], self.call(text))

    def test_mixed_errors(self):
        self.assertEqual([(2, "banned")], self.call("\terr |= x();"))

    def test_processor_time(self):
        self.assertEqual([], self.call(
            "clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &x);", "bench/x.c"))

    def test_at_home(self):
        self.assertEqual([], self.call("clock_gettime(x);",
                                       "src/base/clock.c"))
        self.assertEqual([(2, "banned")], self.call("malloc(x);",
                                                    "src/base/clock.c"))


HEAD = "/*\n * base/x.c - an example\n */\n"


def function(lines, parameters="void"):
    """A function of so many lines, braces included."""
    body = "\tputs(\"x\");\n" * (lines - 3)
    return f"{HEAD}int f({parameters})\n{{\n{body}}}\n"


class StyleTest(Tree):
    def setUp(self):
        super().setUp()
        self.put(".clang-format", "DisableFormat: true\n")

    def style(self, text, path="src/base/x.c"):
        return self.rules(style.check, path, text)

    def rule(self, text, path="src/base/x.c"):
        return [rule for _, rule in self.style(text, path)]

    def test_function_length(self):
        self.assertEqual([], self.style(function(80)))
        self.assertEqual([(4, "function length")], self.style(function(81)))

    def test_file_length(self):
        line = "int x;\n"
        self.assertEqual([], self.style(HEAD + line * 597))
        self.assertEqual([(600, "file length")],
                         self.style(HEAD + line * 598))

    def test_parameters(self):
        six = ", ".join(f"int {c}" for c in "abcdef")
        self.assertEqual([], self.style(function(4, six)))
        self.assertEqual([(4, "parameters")],
                         self.style(function(4, six + ", int g")))
        self.assertEqual([(4, "parameters")],
                         self.style(f"{HEAD}int f({six}, int g);\n"))
        self.assertEqual([], self.style(
            function(4, "void (*h)(int a, int b, int c, int d), "
                     "int e, int i, int j")))

    def test_nesting(self):
        three = ("\tfor (;;) {\n\t\tif (x) {\n\t\t\twhile (x)\n"
                 "\t\t\t\tg(1);\n\t\t}\n\t}\n")
        self.assertEqual([], self.style(
            f"{HEAD}void f(void)\n{{\n{three}}}\n"))

        four = ("\tLIST_FOREACH(&l, le)\n\t{\n\t\tif (x) {\n"
                "\t\t\tdo {\n\t\t\t\tswitch (x) {\n\t\t\t\tcase 1:\n"
                "\t\t\t\t\tbreak;\n\t\t\t\t}\n\t\t\t} while (x);\n"
                "\t\t}\n\t}\n")
        self.assertIn("nesting", self.rule(
            f"{HEAD}void f(void)\n{{\n{four}}}\n"))

    def test_else_if_is_one_level(self):
        chain = "\tif (a)\n\t\tg(1);\n"
        chain += "\telse if (b)\n\t\tg(2);\n" * 5
        self.assertEqual([], self.style(
            f"{HEAD}void f(void)\n{{\n{chain}\telse\n\t\tg(3);\n}}\n"))

    def test_table_is_no_function(self):
        rows = "\t{1, 2},\n" * 100
        self.assertEqual([], self.style(
            f"{HEAD}static const int rowv[][2] = {{\n{rows}}};\n"))

    def test_head(self):
        self.assertIn((1, "head comment"), self.style("int x;\n"))
        self.assertIn((1, "head comment"), self.style(
            "/*\n * base/y.c - copied from there\n */\n"))
        self.assertEqual(["head comment"],
                         self.rule("import os\n", "tools/x.py"))
        self.assertEqual([], self.rule("#!/bin/sh\n# What it is.\n",
                                       "script/x"))

    def test_columns(self):
        self.assertEqual(["columns"], self.rule(
            f"{HEAD}/* {'word ' * 15}end */\n"))
        self.assertEqual([], self.rule(
            f"{HEAD}/* {'https://example.com/' + 'x' * 70} */\n"))

    def test_later(self):
        for word in ("TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"):
            with self.subTest(word):
                self.assertEqual([(4, "later")], self.style(
                    f"{HEAD}/* {word}: all of it */\n"))

    def test_locks_outside_base(self):
        text = "/*\n * call/x.c - x\n */\npthread_mutex_t lock;\n"
        self.assertEqual([(4, "lock")], self.style(text, "src/call/x.c"))
        self.assertEqual([], self.style(
            text.replace("call/x.c", "base/x.c")))

    def test_typedef_and_constant(self):
        self.assertEqual([(4, "typedef")], self.style(
            HEAD + "typedef struct x x_t;\n"))
        self.assertEqual([(4, "constant")], self.style(
            HEAD + "#define LIMIT 20\n"))
        self.assertEqual([], self.style(
            HEAD + "#define TWICE(x) (2 * (x))\n"))
        self.assertEqual([], self.style(
            HEAD + "#define WIDTH 8\n#define X \"x\"\n#include <y.h>\n"))

    @unittest.skipUnless(shutil.which("clang-format-14"), "no clang-format")
    def test_format(self):
        shutil.copy(os.path.join(ROOT, ".clang-format"), self.root)
        self.assertEqual([], self.style(f"{HEAD}int x;\n"))
        self.assertEqual([(4, "format")], self.style(f"{HEAD}int  x ;\n"))


class CoverageTest(Tree):
    """A page with one row in question; the others say `later`."""

    def setUp(self):
        super().setUp()
        self.put("src/flow/match.c", "")
        self.put("test/flow/test_match.c",
                 "int test_match_word(void)\n{\n}\n"
                 "int test_match_forgotten(void)\n{\n}\n")
        self.put("test/flow/test_flow.c", "TEST_OOM(test_match_word),\n")
        self.put("test/e2e/test_run.py", "    def test_busy(self):\n")
        self.put("test/talk/x.talk", "case R4 an answer, then silence\n")

    def page(self, row, state="done", count=1, prose=""):
        later = [one for one in coverage.every_id() if one != "A001"]
        rest = coverage.compress(later)
        table = "".join(
            f"| {letter} | " + " | ".join(
                str(last - count * (letter == "A") if one == "later" else
                    count * (letter == "A" and one == state))
                for one in coverage.STATES) + " |\n"
            for letter, last in coverage.LAST.items())
        return self.rules(coverage.check, coverage.PAGE,
                          f"{row}\n{table}| {rest} | x | later | | | |\n"
                          f"{prose}")

    def row(self, where="`flow/match.c`",
            shown="`flow/test_match.c:test_match_word`", state="done",
            remark=""):
        return self.page(f"| A001 | x | {state} | {where} | {shown} | "
                         f"{remark} |", state)

    def test_good(self):
        self.assertEqual([], self.row())
        self.assertEqual([], self.row("`src/flow/match.c`",
                                      "`e2e/test_run.py:test_busy`, "
                                      "`test/talk/x.talk:then silence`"))
        self.assertEqual([], self.row(shown="", state="part",
                                      remark="a test"))

    def test_requirements(self):
        rows = [f"| {number} | x | later | | | |"
                for number in coverage.NUMBERS]
        good = "`flow/match.c` | `flow/test_match.c:test_match_word` | |"
        for row, found in ((f"| 1 | x | done | {good}", []),
                           ("| 1 | x | done | | | |", [(1, "done")]),
                           ("| 1 | x | open | | | |", [(1, "state")]),
                           ("| 1 | x | later | | `a.c:b` | |",
                            [(1, "test")]),
                           ("| 2 | x | later | | | |", [(1, "items")])):
            with self.subTest(row):
                text = "\n".join([row, *rows[1:]])
                self.put(coverage.REQUIREMENTS, text)
                page = coverage.Requirements(self.root)
                page.read()
                self.assertEqual(found, [fault[1:3] for fault in page.found])

    def test_names_what_is_not_there(self):
        for token in ("flow/test_match.c:test_match_forgotten",
                      "flow/test_match.c:test_match_w",
                      "flow/test_match.c", "flow/test_gone.c:test_x",
                      "e2e/test_run.py:test_bus", "talk/x.talk:R40",
                      "talk/x.talk:R"):
            with self.subTest(token):
                self.assertEqual([(1, "test")],
                                 self.row(shown=f"`{token}`"))
        self.assertEqual([(1, "path")], self.row("`flow/gone.c`"))
        self.assertEqual([(1, "path")], self.row("flow/match.c"))
        self.assertIn("path", [rule for _, rule in self.page(
            "| A001 | x | later | | | |", count=0,
            prose="See `docs/gone.md`.")])

    def test_states(self):
        self.assertEqual([(1, "done")], self.row(shown=""))
        self.assertEqual([(1, "remark")], self.row(state="part"))
        self.assertEqual([(1, "part"), (1, "remark")],
                         sorted(self.row("", "", "part")))
        self.assertEqual([(1, "remark")], self.row("", "", "outside"))
        self.assertEqual([(1, "state")], [
            found for found in self.row(state="nearly")
            if found[1] == "state"])

    def test_items(self):
        later = "| x | later | | | |"
        for items, rule in (("A001, A002", "items"), ("A000–A001", "items"),
                            ("A001–B001", "items"), ("A003–A001", "items"),
                            ("A001-A002", "items"), ("X011", "items")):
            with self.subTest(items):
                self.assertIn(rule, [found for _, found in self.page(
                    f"| {items} {later}", count=0)])
        self.assertEqual([(1, "row")], [
            found for found in self.page("| A001 | x | later |", count=0)
            if found[1] == "row"])

    def test_count(self):
        self.assertEqual([(2, "count")], self.page(
            "| A001 | x | later | | | |"))

    def test_ranges(self):
        ids = ["A001", "A002", "A003", "A065", "A066", "B001", "X010"]
        text = "A001–A003, A065–A066, B001, X010"
        self.assertEqual(text, coverage.compress(ids))
        self.assertEqual(ids, coverage.expand(text))


class SourceTest(unittest.TestCase):
    def test_blank_keeps_places(self):
        text = 'a("x\\"y"); /* b\n * c */ d(); // e\nf();'
        bare = source.blank(text)
        self.assertEqual(len(text), len(bare))
        self.assertEqual(text.count("\n"), bare.count("\n"))
        self.assertEqual(['a("', '");', 'd();', 'f();'], bare.split())


if __name__ == "__main__":
    unittest.main()
