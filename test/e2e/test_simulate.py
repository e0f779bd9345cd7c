"""Simulated weeks; the same seed tells the same; a rule left out is noticed."""
import os
import re
import subprocess
import unittest

import common

SILENT = True

PROGRAM = os.path.join(os.path.dirname(common.RELEASE),
                       "test/campaign/simulate")
SEEDS = 12
BROKEN = ("hours", "day_calls", "pace", "tiers", "consent", "other", "sticky",
          "caller_hour", "hour_spend", "campaign_block", "done",
          "whole_person", "drop_gap", "block_on", "month_calls",
          "registry_named", "link")
# docs/simulation.md knows more
BROKEN_SEEDS = 20


class SimulateTest(unittest.TestCase):
    def simulate(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL,
                              timeout=250)

    def test_weeks(self):
        done = self.simulate("--seeds", str(SEEDS))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{SEEDS} passed, 0 failed", done.stdout)

    def test_same_seed_same_log(self):
        first, second, other = (
            re.findall(r"log ([0-9a-f]+)",
                       self.simulate("--seed", seed).stdout)
            for seed in ("5", "5", "3"))
        self.assertEqual(len(first), 1)
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)

    def test_a_rule_left_out_is_noticed(self):
        for rule in BROKEN:
            with self.subTest(rule):
                done = self.simulate("--break", rule, "--seeds",
                                     str(BROKEN_SEEDS))
                self.assertEqual(done.returncode, 0, done.stdout)
                self.assertIn("WRONG", done.stdout)


if __name__ == "__main__":
    unittest.main()
