"""Simulated weeks; the same seed tells the same; a rule left out is noticed."""
import os
import pty
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import unittest

import common

SILENT = True

PROGRAM = os.path.join(os.path.dirname(common.RELEASE),
                       "test/campaign/simulate")
SIMULATE = os.path.join(common.ROOT, "test/campaign/simulate.py")
SEEDS = 12
LIMIT_S = 120
BROKEN = ("hours", "day_calls", "pace", "tiers", "consent", "other", "sticky",
          "caller_hour", "hour_spend", "campaign_block", "done",
          "whole_person", "drop_gap", "block_on", "month_calls",
          "registry_named", "link", "zones", "tries", "promised_time", "late")
# docs/simulation.md knows more
BROKEN_SEEDS = 20


class SimulateTest(unittest.TestCase):
    def simulate(self, *words):
        return subprocess.run([PROGRAM, *words], capture_output=True,
                              text=True, stdin=subprocess.DEVNULL,
                              timeout=580)

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

    def test_rules_are_told(self):
        with open(os.path.join(common.ROOT, "docs/simulation.md"),
                  encoding="utf-8") as file:
            told = set(re.findall(r"`(\w+)`", file.read()))
        rules = self.simulate("--rules").stdout.split()
        self.assertIn("hours", rules)
        self.assertEqual(set(), set(rules) - told)
        done = self.simulate("--break", "hour")
        self.assertEqual((2, ""), (done.returncode, done.stdout))

    def test_interrupted_it_has_a_sum(self):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        with subprocess.Popen(
                [sys.executable, SIMULATE, PROGRAM, "--seeds", "100000",
                 "--jobs", "1"], stdin=subprocess.DEVNULL, text=True,
                stdout=subprocess.PIPE, stderr=slave) as process:
            os.close(slave)
            self.addCleanup(process.kill)
            with selectors.DefaultSelector() as selector:
                selector.register(master, selectors.EVENT_READ)
                self.assertTrue(selector.select(LIMIT_S), "no progress")
            self.assertRegex(os.read(master, 100).decode(),
                             r"\d+ of 100000 weeks")
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=LIMIT_S)
        self.assertEqual(130, process.returncode, said)
        self.assertRegex(said, r"interrupted after \d+ of 100000 weeks\n"
                         r"\d+ weeks, \d+ calls, \d+ processes killed\n"
                         r"\d+ passed, 0 failed\n$")

    def test_cut_short_it_leaves_nothing(self):
        with subprocess.Popen([PROGRAM, "--seeds", "100000"], text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE) as process:
            self.addCleanup(process.kill)
            first = process.stdout.readline()
            process.terminate()
            said, _ = process.communicate(timeout=LIMIT_S)
        self.assertIn("seed 1: ", first)
        self.assertEqual(130, process.returncode, said)
        self.assertRegex(said, r"\d+ passed, 0 failed\n$")
        left = [name for place in ("/dev/shm", tempfile.gettempdir())
                for name in os.listdir(place)
                if name.startswith(f"dialwright-sim-{process.pid}.")]
        self.assertEqual([], left)


if __name__ == "__main__":
    unittest.main()
