"""Commands of which an allocation fails: the database stays whole, nobody is
called twice, and the next run completes the campaign."""
import os
import subprocess
import sys
import unittest

import common

SILENT = True

STARVE = os.path.join(common.ROOT, "test/cli/starve.py")
BINARY = os.path.join(os.path.dirname(common.BINARY), "test/dialwright_oom")


class StarveTest(unittest.TestCase):
    def starve(self, story, runs):
        done = subprocess.run(
            [sys.executable, STARVE, BINARY, "--only", story, "--runs",
             str(runs)], capture_output=True, text=True, timeout=580)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{runs} runs, ", done.stdout)

    def test_a_list_and_a_campaign_are_made(self):
        self.starve("create", 2)

    def test_people_are_called(self):
        self.starve("calling", 1)

    def test_people_talk(self):
        self.starve("talking", 1)


if __name__ == "__main__":
    unittest.main()
