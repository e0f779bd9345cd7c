"""A webhook and Kafka are away for a moment; script/outage takes an hour."""
import os
import subprocess
import sys
import unittest

import common

OUTAGE = os.path.join(common.ROOT, "test/notify/outage.py")


class OutageTest(unittest.TestCase):
    def test_calls_go_on_and_everything_is_told(self):
        done = subprocess.run(
            [sys.executable, OUTAGE, "--seconds", "4"], text=True,
            env={**os.environ, "DIALWRIGHT": common.RELEASE},
            capture_output=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 passed, 0 failed", done.stdout)


if __name__ == "__main__":
    unittest.main()
