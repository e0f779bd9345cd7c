"""`dialwright replay`: the demo's calls by other versions of its script."""
import glob
import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import common


class ReplayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        # How well each person was understood is another test's matter.
        cls.demo = common.dialwright("demo", "--quiet", "--script",
                                     common.SCRIPT, *common.PATIENT,
                                     data=cls.dir.name, timeout=500,
                                     binary=common.RELEASE, env=common.steady())
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

    def test_stopped_in_the_middle(self):
        """Ctrl-C: no further page is held, and those so far are counted."""
        with tempfile.TemporaryDirectory() as data:
            held = self.many(data)
            path = self.edited(r'"playbacks": \["', r'\g<0>Well. ')
            replay = subprocess.Popen(
                [common.BINARY, "replay", path, "--format", "json", "--data",
                 data], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True)
            try:
                lines = [replay.stdout.readline()]
                # The pipe is full long before the last page.
                replay.send_signal(signal.SIGINT)
                lines += replay.stdout.readlines()
                said = replay.stderr.read()
                replay.wait(timeout=60)
            finally:
                replay.kill()
                replay.communicate()
        self.assertEqual(replay.returncode, 1, said)
        self.assertIn("stopped; these are the calls so far", said)
        total = json.loads(lines[-1])
        self.assertGreater(held, 500)
        self.assertLess(total["calls"], held)
        self.assertEqual(total["calls"] - total["same"], len(lines) - 1)

    def test_tidying_is_stopped(self):
        """Ctrl-C: no further slice is begun, and what is deleted is said."""
        with tempfile.TemporaryDirectory() as data:
            self.many(data)
            copy = sqlite3.connect(os.path.join(data, "dialwright.db"),
                                   isolation_level=None)
            copy.execute("UPDATE calls SET start_ms = start_ms - 40 *"
                         " 86400000")
            words = ["vault", "tidy", "--set", "vault.keep_texts_days=30"]
            held = self.texts_gone(common.dialwright(
                *words, "--dry-run", data=data).stdout)
            copy.execute("BEGIN IMMEDIATE")
            tidy = subprocess.Popen(
                [common.BINARY, *words, "--data", data],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                self.wait_for_loop(tidy)
                tidy.send_signal(signal.SIGINT)
                copy.execute("ROLLBACK")
                done, said = tidy.communicate(timeout=60)
            finally:
                tidy.kill()
                tidy.communicate()
            copy.close()
            first = self.texts_gone(done)
            again = common.dialwright(*words, data=data)
        self.assertEqual(tidy.returncode, 1, said)
        self.assertIn("stopped; run it again for the rest", said)
        self.assertIn(first, range(1, held))
        self.assertEqual(self.texts_gone(again.stdout), held - first)

    def texts_gone(self, said):
        found = re.search(r"texts of (\d+) calls", said)
        self.assertTrue(found, said)
        return int(found.group(1))

    def wait_for_loop(self, process):
        """Until it takes signals as its loop does, which blocks them."""
        deadline = time.monotonic() + 60
        blocked = 0
        while not blocked >> signal.SIGINT - 1 & 1:
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(process.poll())
            with open(f"/proc/{process.pid}/status",
                      encoding="utf-8") as file:
                blocked = int(re.search(r"^SigBlk:\s*(\w+)", file.read(),
                                        re.M).group(1), 16)

    def many(self, folder):
        """Makes a database of some hundred talks there; how many."""
        copy = sqlite3.connect(os.path.join(folder, "dialwright.db"))
        self.database.backup(copy)
        self.multiply(copy, "calls", 50)
        self.multiply(copy, "conversation", 50)
        copy.commit()
        held = copy.execute("SELECT count(DISTINCT callid) FROM"
                            " conversation").fetchone()[0]
        copy.close()
        return held

    @staticmethod
    def multiply(database, table, count):
        """Each row under so many more calls, which are of no list."""
        new = {"callid": "callid || '-' || i", "attempt_id": "NULL"}
        names = [row[1] for row in database.execute(
            f"PRAGMA table_info({table})")]
        other = [new.get(name, name) for name in names]
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            f" WHERE i < {count}) INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {', '.join(other)} FROM {table}, n")

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
