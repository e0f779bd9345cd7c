"""`dialwright run`: a list with broken rows, a crash half way, a dry run."""
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

SILENT = True

LIST = os.path.join(common.ROOT, "examples/list.csv")


class RunTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name
        self.sink = common.SipSink()

    def tearDown(self):
        self.sink.close()
        self.dir.cleanup()

    def run_list(self, *words, **more):
        return common.dialwright(
            "run", LIST, "--script", common.SCRIPT,
            *common.line(self.sink.port, **more), *words, data=self.data)

    def wait_half_way(self):
        """Eight were called, and four are ringing."""
        deadline = time.monotonic() + 60
        while len(self.sink.calls) < 12:
            self.assertLess(time.monotonic(), deadline, "too slow")
            time.sleep(0.01)

    def test_broken_rows_are_reported_and_the_rest_called(self):
        done = self.run_list("--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        refused = [text for text in done.stderr.splitlines()
                   if ": refused" in text]
        self.assertEqual(len(refused), 6, done.stderr)
        for text in refused:
            self.assertRegex(text, r"list\.csv:\d+: refused \".*\": \w+")
        results = [json.loads(text) for text in done.stdout.splitlines()]
        self.assertEqual(len(results), 24)
        self.assertEqual({row["outcome"] for row in results}, {"busy"})
        self.assertEqual(len(self.sink.calls), 24)
        self.assertEqual({number for number, _ in self.sink.calls},
                         {row["number"] for row in results})

    def test_second_run_calls_nobody(self):
        self.run_list()
        done = self.run_list("--format", "csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.sink.calls), 24)
        self.assertIn("0 to call, 24 done before", done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 25)

    def test_killed_half_way_calls_nobody_twice(self):
        words = [common.BINARY, "run", LIST, "--script", common.SCRIPT,
                 *common.line(self.sink.port, calls_per_s="10"),
                 "--calls", "4", "--data", self.data]
        self.sink.hold_from = 8
        first = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.wait_half_way()
        first.send_signal(signal.SIGKILL)
        first.wait()
        self.assertLess(self.sink.settle(), 24)
        self.sink.release()

        done = self.run_list()
        self.assertEqual(done.returncode, 0, done.stderr)
        numbers = [number for number, _ in self.sink.calls]
        self.assertEqual(len(numbers), len(set(numbers)), "called twice")

        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        attempts = database.execute(
            "SELECT count(*), count(DISTINCT contact_id) FROM attempts"
        ).fetchone()
        database.close()
        self.assertEqual(attempts, (24, 24))

    def test_dry_run_calls_nobody_and_says_who(self):
        done = self.run_list("--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.sink.calls, [])
        self.assertIn("24 would be called, 0 not", done.stderr)
        self.run_list()
        done = self.run_list("--dry-run")
        self.assertIn("0 would be called, 24 not", done.stderr)

    def test_interrupted_and_continued(self):
        words = [common.BINARY, "run", LIST, "--script", common.SCRIPT,
                 *common.line(self.sink.port, calls_per_s="10"),
                 "--calls", "4", "--data", self.data]
        self.sink.hold_from = 8
        first = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        self.wait_half_way()
        first.send_signal(signal.SIGINT)
        self.sink.release()
        _, said = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 1)
        self.assertIn("stopping: no new calls", said)
        self.assertIn("run the same command again to go on", said)
        self.assertLess(len(self.sink.calls), 24)

        done = self.run_list()
        self.assertEqual(done.returncode, 0, done.stderr)
        numbers = [number for number, _ in self.sink.calls]
        self.assertEqual(len(numbers), 24)
        self.assertEqual(len(set(numbers)), 24)

    def test_congested_line_uses_up_no_attempt(self):
        self.sink.answer = "503 Service Unavailable"
        self.sink.extra = "Retry-After: 3600"
        words = [common.BINARY, "run", LIST, "--script", common.SCRIPT,
                 *common.line(self.sink.port), "--data", self.data]
        first = subprocess.Popen(words, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not self.sink.calls and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=60)
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        done = database.execute(
            "SELECT count(*) FROM targets WHERE state = 'done'").fetchone()
        database.close()
        self.assertEqual(done, (0,))


class FaultTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name

    def tearDown(self):
        self.dir.cleanup()

    def test_broken_script_is_refused_with_path_and_node(self):
        path = os.path.join(self.data, "broken.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"start": "a", "flow": [
                {"id": "a", "action": "playback", "playbacks": ["Hello"],
                 "children": [{"flow": "nowhere",
                               "condition": {"text": "yes"}}]}]}, file)
        done = common.dialwright("run", LIST, "--script", path,
                                 *common.line(9), data=self.data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("flow[0].children[0].flow (node a)", done.stderr)
        self.assertIn("nowhere", done.stderr)

    def test_port_in_use_is_named(self):
        sink = common.SipSink()
        done = common.dialwright(
            "run", LIST, "--script", common.SCRIPT, *common.line(9),
            "--set", f"phone.sip_port={sink.port}", data=self.data)
        sink.close()
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(sink.port), done.stderr)
        self.assertIn("sip_port", done.stderr)

    def test_wrong_usage(self):
        for words, said in [
                (["run", LIST], "--script"),
                (["run"], "missing"),
                (["run", LIST, "--sript", "x"], "--sript"),
                (["dance"], "dance"),
                (["run", LIST, "--script", "x", "--calls", "many"], "many")]:
            done = subprocess.run([common.BINARY, *words], text=True,
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(said, done.stderr)

    def test_wrong_data_is_told_and_nothing_is_made(self):
        """Who only looks, or changes what is there, makes no database behind
        a wrong --data."""
        empty = os.path.join(self.data, "empty")
        os.mkdir(empty)
        master = os.path.join(self.data, "master.keys")
        for words in ["consent list", "consent end +15550100 --purpose x",
                      "registry list", "registry forget x", "campaign list",
                      "campaign start x", "campaign show x",
                      "campaign status x", "campaign report x",
                      "campaign dry-run x", "campaign pause x",
                      "campaign rules x", "events", "events again x",
                      "recording x --out -", "vault tidy",
                      f"vault rotate --set vault.key_file={master}",
                      "erase +15550100 --yes", "audit check", "usage",
                      f"replay {common.SCRIPT}"]:
            for data in [os.path.join(self.data, "wrong/place"),
                         *([empty] if words.startswith("con") else [])]:
                with self.subTest(words, data=data):
                    done = common.dialwright(*words.split(), data=data)
                    self.assertEqual(done.returncode, 1, done.stderr)
                    self.assertRegex(done.stderr,
                                     r"there (is no data|are no keys) here")
                    self.assertIn(f"{data}/", done.stderr)
                    self.assertIn("--data", done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1)
                    self.assertEqual(done.stdout, "")
        self.assertEqual(os.listdir(self.data), ["empty"])
        self.assertEqual(os.listdir(empty), [])

    def test_first_word_makes_the_database_and_says_so(self):
        for words in ["block +15550100",
                      "consent give +15550100 --purpose x --source y "
                      "--text z"]:
            data = os.path.join(self.data, words.split()[0], "new")
            done = common.dialwright(*words.split(), data=data)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"{data}/dialwright.db is new", done.stderr)
            done = common.dialwright(*words.split(), data=data)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_word_is_not_taken_for_a_number(self):
        """Or for the name of somebody in the house; and one that is wrong
        keeps the others from being blocked."""
        data = os.path.join(self.data, "none")
        give = "--purpose x --source y --text z"
        for words, status, said in [
                ("block nobody", 1, "written sip:nobody"),
                ("block lst", 1, "written sip:lst"),
                ("block +15550100 nobody", 1, "no digit"),
                ("block +15550100 list", 1, "no digit"),
                ("block +1555", 1, "digits are missing"),
                ("block 5550100", 1, "country"),
                ("block 1234567", 1, "country"),
                ("block list +15550100 +15550101", 2, "one NUMBER"),
                ("block list --prefix", 2, "one NUMBER"),
                ("block list nobody", 1, "no digit"),
                ("consent lst", 2, "list [NUMBER]"),
                (f"consent give {give}", 2, "give NUMBER"),
                ("consent list +15550100 nobody", 2, "too many: nobody")]:
            with self.subTest(words):
                done = common.dialwright(*words.split(), data=data)
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")
        self.assertFalse(os.path.exists(data))

    def test_what_is_blocked_is_listed(self):
        def say(*words):
            done = common.dialwright(*words, data=self.data)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        say("block", "+15550100", "101", "sip:anna", "--reason", "they asked")
        say("block", "--prefix", "+1900")
        rows = say("block", "list").splitlines()[1:]
        self.assertEqual([re.split(" {2,}", row)[0] for row in rows],
                         ["+15550100", "+1900…", "101", "anna"])
        self.assertTrue(rows[0].endswith(" they asked"))
        for number, said in [("+1 555 0100", "not called: they asked"),
                             ("+19005550100", "not called: by hand"),
                             ("sip:anna", "not called: they asked"),
                             ("+15550101", "not on the do-not-call list")]:
            self.assertIn(said, say("block", "list", number))
        for number in ["nobody", "anna"]:
            done = common.dialwright("consent", "list", number, data=self.data)
            self.assertEqual((done.returncode, done.stdout), (1, ""))

    def test_missing_files_are_named(self):
        for words, said in [
                ([LIST, "--script", "/nonexistent.json"],
                 "/nonexistent.json"),
                (["/nonexistent.csv", "--script", common.SCRIPT],
                 "/nonexistent.csv")]:
            done = common.dialwright("run", *words, *common.line(9),
                                     data=self.data)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
