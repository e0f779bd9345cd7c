"""Two processes call one list that lies in PostgreSQL."""
import os
import subprocess
import tempfile
import time
import unittest

import common

SILENT = True

ROBOT = os.path.join(os.path.dirname(common.BINARY),
                     "test/campaign/robot_dialer")
PEOPLE = 300
MANY = 12000
HELD_FROM = 6000  # calls ring until `block` has spoken


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.sink = common.SipSink()
        self.server = subprocess.Popen(
            [ROBOT, "--server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()

    def tearDown(self):
        self.server.stdin.close()
        self.server.wait(timeout=60)
        self.server.stdout.close()
        self.sink.close()
        self.dir.cleanup()

    def test_each_number_once_by_two_processes(self):
        path = os.path.join(self.dir.name, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(PEOPLE):
                file.write(f"+7999{i:07}\n")
        words = ["run", path, "--script", common.SCRIPT, "--format", "csv",
                 "--set", f"store.url={self.url}",
                 *common.line(self.sink.port, calls_per_s="60")]
        both = [common.start(*words, data=os.path.join(self.dir.name, name))
                for name in ("one", "two")]
        for process in both:
            said, trouble = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, trouble)
            self.assertEqual(len(said.splitlines()), PEOPLE + 1)
        numbers = [number for number, _ in self.sink.calls]
        self.assertEqual(len(numbers), PEOPLE)
        self.assertEqual(len(set(numbers)), PEOPLE)

        done = common.dialwright(
            "campaign", "status", "list/appointment",
            "--set", f"store.url={self.url}",
            data=os.path.join(self.dir.name, "one"))
        self.assertRegex(done.stdout, rf"contact +done +{PEOPLE}\n")

    def test_two_processes_share_the_turns_of_a_line(self):
        path = os.path.join(self.dir.name, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(30):
                file.write(f"+7999{i:07}\n")
        words = ["--set", f"store.url={self.url}",
                 *common.line(self.sink.port, calls_per_s="8")]
        done = common.dialwright(
            "campaign", "create", "shared", "--script", common.SCRIPT,
            "--list", path, *words, data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        both = [common.start("campaign", "start", "shared", *words,
                             data=os.path.join(self.dir.name, name))
                for name in ("one", "two")]
        for process in both:
            trouble = process.communicate(timeout=120)[1]
            self.assertEqual(process.returncode, 0, trouble)
        begun = sorted(self.sink.times)
        self.assertEqual(len(begun), 30)
        # 29 turns of 125 ms, however many wait for them; when the first call
        # left, the other process may have had its turn, and a little later
        # than that its own.
        self.assertGreaterEqual(begun[-1] - begun[0], 27 * 0.125)

    def test_a_word_beside_it(self):
        url = ["--set", f"store.url={self.url}"]
        data = self.dir.name
        done = common.dialwright("block", "+79990000007", *url, data=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        path = os.path.join(data, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n+79990000007\n+79990000008\n")
        done = common.dialwright("run", path, "--script", common.SCRIPT, *url,
                                 *common.line(self.sink.port), data=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({number for number, _ in self.sink.calls},
                         {"+79990000008"})

    def test_blocked_while_two_processes_call_at_full_speed(self):
        path = os.path.join(self.dir.name, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(MANY):
                file.write(f"+7999{i:07}\n")
        url = ["--set", f"store.url={self.url}"]
        words = ["run", path, "--script", common.SCRIPT, *url,
                 "--calls", "20", *common.line(self.sink.port)]
        self.sink.hold_from = HELD_FROM
        both = [subprocess.Popen(
            [common.BINARY, *words, "--data",
             os.path.join(self.dir.name, name)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in ("one", "two")]
        try:
            self.wait_for(lambda: len(self.sink.calls) >= 100)
            called = len(self.sink.calls)
            picked = [f"+7999{i:07}"
                      for i in range(called, MANY, MANY // 40)]
            done = common.dialwright("block", *picked, *url,
                                     data=self.dir.name)
            self.assertEqual(done.returncode, 0, done.stderr)
            before = self.sink.settle()
            self.sink.release()
            self.wait_for(lambda: len(self.sink.calls) > before + 500)
            late = {number for number, _ in self.sink.calls[before:]}
        finally:
            for process in both:
                process.kill()
                process.wait()
        self.assertFalse(late & set(picked))
        self.assertTrue(any(number > min(set(picked) - {
            number for number, _ in self.sink.calls}) for number in late))

    def wait_for(self, condition):
        deadline = time.monotonic() + 120
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            time.sleep(0.01)

    def test_a_server_that_is_not_there(self):
        done = common.dialwright(
            "block", "+79990000007", "--set",
            "store.url=postgresql://127.0.0.1:1/nowhere", data=self.dir.name)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("127.0.0.1", done.stderr)


if __name__ == "__main__":
    unittest.main()
