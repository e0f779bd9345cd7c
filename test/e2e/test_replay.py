"""`dialwright replay`: the demo's calls by other versions of its script."""
import glob
import json
import os
import re
import sqlite3
import tempfile
import unittest

import common


class ReplayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        # How well each person was understood is another test's matter.
        cls.demo = common.dialwright("demo", "--quiet", "--script",
                                     common.SCRIPT, data=cls.dir.name,
                                     timeout=300, binary=common.RELEASE)
        cls.data = glob.glob(os.path.join(cls.dir.name, "demo-*"))[0]
        cls.database = sqlite3.connect(
            os.path.join(cls.data, "dialwright.db"))
        with open(common.SCRIPT, encoding="utf-8") as file:
            cls.script = file.read()

    @classmethod
    def tearDownClass(cls):
        cls.database.close()
        cls.dir.cleanup()

    def edited(self, pattern, replacement):
        """The script with an edit, under its own name."""
        folder = tempfile.mkdtemp(dir=self.data)
        path = os.path.join(folder, os.path.basename(common.SCRIPT))
        text, count = re.subn(pattern, replacement, self.script)
        self.assertGreater(count, 0)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def replay(self, *words):
        done = common.dialwright("replay", *words, "--format", "json",
                                 data=self.data)
        lines = [json.loads(text) for text in done.stdout.splitlines()]
        return done, lines[:-1], lines[-1]

    def talks(self):
        return {row[0] for row in self.database.execute(
            "SELECT DISTINCT callid FROM conversation")}

    def who_matched(self, keyword):
        return {row[0] for row in self.database.execute(
            "SELECT callid FROM conversation WHERE matching_keyword = ?",
            (keyword,))}

    def test_unchanged_script_makes_no_difference(self):
        done, calls, total = self.replay(common.SCRIPT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(calls, [])
        self.assertEqual(total["calls"], len(self.talks()))
        self.assertEqual(total["same"], total["calls"])
        self.assertGreaterEqual(total["calls"], 10)

    def test_removed_keyword_moves_exactly_those_who_said_it(self):
        keywords = [row[0] for row in self.database.execute(
            "SELECT matching_keyword FROM conversation "
            "WHERE input_type = 0 AND matching_keyword <> '' "
            "GROUP BY 1 ORDER BY count(DISTINCT callid) DESC")]
        self.assertGreater(len(keywords), 3)
        for keyword in keywords[:5]:
            path = self.edited(rf'(["|]){re.escape(keyword)}(?=["|])',
                               r"\1qqq")
            done, calls, total = self.replay(path)
            self.assertEqual(done.returncode, 3, keyword)
            self.assertEqual({call["callid"] for call in calls},
                             self.who_matched(keyword), keyword)
            self.assertEqual(total["calls"] - total["same"], len(calls))

    def test_parting_step_shows_both_answers(self):
        said = self.database.execute(
            "SELECT callid, input_args, response_id FROM conversation "
            "WHERE matching_keyword = 'stop calling me' "
            "OR matching_keyword = 'please stop calling me'").fetchone()
        self.assertIsNotNone(said, self.demo.stdout)
        path = self.edited(r"please stop calling me\|stop calling\|", "")
        _, calls, _ = self.replay(path, "--call", said[0])
        self.assertEqual([call["callid"] for call in calls], [said[0]])
        step = calls[0]["steps"][-1]
        self.assertEqual(step["parting"], "path")
        self.assertEqual(step["was"]["input_args"], said[1])
        self.assertEqual(step["was"]["response_id"], said[2])
        self.assertNotEqual(step["now"]["response_id"], said[2])
        text = common.dialwright("replay", path, data=self.data)
        self.assertEqual(text.returncode, 3)
        self.assertIn(f"call {said[0]}", text.stdout)
        self.assertRegex(text.stdout, r"\n    was  .*\n    now  ")
        self.assertIn("1 take another path", text.stdout)

    def test_exported_calls_replay_alike_without_database(self):
        path = self.edited(r"Thank you\. See you then\.", "Good.")
        copy = os.path.join(self.data, "calls.jsonl")
        first, calls, total = self.replay(path, "--export", copy)
        self.assertEqual(first.returncode, 3, first.stderr)
        self.assertGreater(total["words"], 0)
        self.assertEqual(total["path"], 0)
        with tempfile.TemporaryDirectory() as empty:
            second = common.dialwright("replay", path, "--from", copy,
                                       "--format", "json", data=empty)
        self.assertEqual(second.returncode, 3, second.stderr)
        self.assertEqual(second.stdout, first.stdout)

    def test_faults_are_named(self):
        broken = os.path.join(self.data, "broken.jsonl")
        with open(broken, "w", encoding="utf-8") as file:
            file.write('{"callid":"x"}\n')
        with tempfile.TemporaryDirectory() as empty:
            for words, data, status, said in [
                    ([common.SCRIPT, "--call", "nobody"], self.data, 1,
                     "no such call"),
                    ([common.SCRIPT], empty, 1, "dialwright.db"),
                    ([common.SCRIPT, "--from", broken], empty, 1, "call 1"),
                    (["/nonexistent.json"], self.data, 1,
                     "/nonexistent.json"),
                    ([common.SCRIPT, "--format", "xml"], empty, 2, "json"),
                    ([], empty, 2, "missing")]:
                done = common.dialwright("replay", *words, data=data)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)
            self.assertEqual(os.listdir(empty), [])


if __name__ == "__main__":
    unittest.main()
