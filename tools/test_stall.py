#!/usr/bin/env python3
"""A command that stalls sees its clock jump, and else nothing."""
import os
import signal
import subprocess
import sys
import unittest

import stall as stall_tool

STALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "stall.py")
# Looks at the clock until it jumps, half a minute at most: 0 if it did.
WAIT = """
import time
began = last = time.monotonic()
while last - began < 30:
    now = time.monotonic()
    if now - last > 0.02:
        %s
        raise SystemExit(0)
    last = now
    time.sleep(0.001)
raise SystemExit("it never stood still")
"""
# The same in a server, whose end shows in its pipe.
SERVER = f"""
import os
import sys
ours, its = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.set_inheritable(its, True)
    os.close(ours)
    told = "import os; os.write(%d, b'stood still')" % its
    os.execv(sys.executable, [sys.executable, "-c", '''{WAIT}''' % told])
os.close(its)
os.wait()
raise SystemExit(0 if os.read(ours, 20) else "its server never stood still")
"""


def stall(*words):
    """(exit status, what it said)"""
    done = subprocess.run([sys.executable, STALL, *words], text=True,
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def end(*processes):
    for process in processes:
        process.kill()
        process.wait()


class StallTest(unittest.TestCase):
    def test_stands_still(self):
        status, said = stall("--seed", "1", sys.executable, "-c", WAIT % "")
        self.assertEqual(0, status, said)
        self.assertRegex(said, r"stood still [1-9]\d* times \(--seed 1\)")

    def test_orphans_too(self):
        """A server of a test leaves its parent and has a session of its own,
        and its end is its parent's to see."""
        status, said = stall(sys.executable, "-c", SERVER)
        self.assertEqual(0, status, said)

    def test_status(self):
        self.assertEqual(7, stall("sh", "-c", "exit 7")[0])
        self.assertEqual(128 + 9, stall("sh", "-c", "kill -9 $$")[0])

    def test_what_a_test_stopped_stays_stopped(self):
        """Nobody but the test itself lets it go on."""
        theirs, free = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
        self.addCleanup(end, theirs, free)
        theirs.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, theirs.pid, os.WSTOPPED)
        self.assertEqual({free.pid}, stall_tool.stop_all())
        os.waitid(os.P_PID, free.pid, os.WSTOPPED)

    def test_wrong_words(self):
        for words in ([], ["--most", "0", "true"], ["--seed", "x", "true"],
                      ["no-such-program"]):
            with self.subTest(words):
                status, said = stall(*words)
                self.assertEqual(2, status)
                self.assertIn("usage: script/stall", said)
                self.assertNotIn("Traceback", said)


if __name__ == "__main__":
    unittest.main()
