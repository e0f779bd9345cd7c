"""Calls that come and go leave nothing behind: a short script/bench soak."""
import os
import re
import subprocess
import unittest

import common


def soak(build, *words):
    program = os.path.join(common.ROOT, build, "bench", "bench_soak")
    return subprocess.run([program, *words], text=True, timeout=150,
                          capture_output=True)


class SoakTest(unittest.TestCase):
    def check(self, done, calls):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        figures = dict(re.findall(r"^(\S+) (\S+) ", done.stdout, re.MULTILINE))
        self.assertGreaterEqual(int(figures["soak.calls"]), calls)
        self.assertEqual(figures["soak.failed"], "0")
        self.assertEqual(figures["soak.fds_left"], "0")

    def test_memory_and_descriptors_stay(self):
        self.check(soak("build", "--seconds", "24", "--calls", "20"), 40)

    def test_sanitizers_find_nothing(self):
        self.check(soak("build-test", "--seconds", "12", "--calls", "10"), 20)


if __name__ == "__main__":
    unittest.main()
