"""A thousand dialers killed with -9, on both databases."""
import os
import subprocess
import sys
import unittest

import common

SILENT = True

CRASH = os.path.join(common.ROOT, "test/campaign/crash.py")
ROBOT = os.path.join(os.path.dirname(common.BINARY),
                     "test/campaign/robot_dialer")
CYCLES = 500  # of each


class CrashTest(unittest.TestCase):
    def crash(self, database, *words, cycles=CYCLES):
        done = subprocess.run(
            [sys.executable, CRASH, ROBOT, "--cycles", str(cycles),
             "--database", database, *words], capture_output=True, text=True,
            timeout=580)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("nobody called twice, nobody lost", done.stdout)

    def test_sqlite(self):
        self.crash("sqlite")

    def test_postgresql(self):
        self.crash("postgresql")

    def test_frozen_for_longer_than_its_lease(self):
        self.crash("postgresql", "--freeze", "20", cycles=1)

    def test_database_away(self):
        self.crash("postgresql", "--outage", "10", "--stall", "6", cycles=1)


if __name__ == "__main__":
    unittest.main()
