#!/usr/bin/env python3
"""Proves that the runner of script/test never calls a broken suite passed."""
import contextlib
import io
import os
import tempfile
import time
import unittest

import run_tests


class SuiteTest(unittest.TestCase):
    def run_suite(self, command, counts=True, limit_s=60):
        """(passed, failed, what was printed)"""
        suite = run_tests.Suite("unit/x", ["sh", "-c", command],
                                dict(os.environ), counts, limit_s)
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            suite.run()
        return suite.passed, suite.failed, shown.getvalue()

    def test_counted(self):
        passed, failed, shown = self.run_suite(
            "echo noise; echo '7 passed, 0 failed'")
        self.assertEqual((7, 0), (passed, failed))
        self.assertEqual(1, shown.count("\n"))
        self.assertNotIn("noise", shown)

    def test_failures_are_shown(self):
        passed, failed, shown = self.run_suite(
            "echo reason; echo '3 passed, 2 failed'; exit 1")
        self.assertEqual((3, 2), (passed, failed))
        self.assertIn("reason", shown)
        self.assertIn("FAILED", shown)

    def test_leak_behind_the_summary(self):
        """A sanitizer speaks after the last line, by the exit status."""
        passed, failed, shown = self.run_suite(
            "echo '3 passed, 0 failed'; echo leaked; exit 23")
        self.assertEqual((3, 1), (passed, failed))
        self.assertIn("exit status 23", shown)

    def test_crash(self):
        self.assertEqual((0, 1), self.run_suite("kill -SEGV $$")[:2])

    def test_no_summary(self):
        self.assertEqual((0, 1), self.run_suite("echo all is well")[:2])

    def test_by_exit_status(self):
        self.assertEqual((1, 0), self.run_suite("true", counts=False)[:2])
        self.assertEqual((0, 1), self.run_suite("false", counts=False)[:2])

    def test_endless(self):
        began = time.monotonic()
        passed, failed, shown = self.run_suite("sleep 60", limit_s=0.2)
        self.assertEqual((0, 1), (passed, failed))
        self.assertIn("not done after 0.2 s", shown)
        self.assertLess(time.monotonic() - began, 30)

    def test_children_end_too(self):
        with tempfile.NamedTemporaryFile("r") as file:
            self.run_suite(f"sleep 60 & echo $! > {file.name}; "
                           "echo '1 passed, 0 failed'")
            child = int(file.read())
        # Killed at once; who adopted it may take a moment to bury it.
        for _ in range(600):
            try:
                with open(f"/proc/{child}/stat", encoding="ascii") as stat:
                    if stat.read().split()[2] == "Z":
                        return
            except FileNotFoundError:
                return
            time.sleep(0.1)
        self.fail("still running")

    def test_no_input(self):
        self.assertEqual((1, 0), self.run_suite(
            "read line || echo '1 passed, 0 failed'")[:2])


class RunTest(unittest.TestCase):
    def test_sum_and_names(self):
        run = run_tests.Run(["unit/"], dict(os.environ))
        suites = [
            run_tests.Suite(name, ["sh", "-c", f"echo '{line}'"], run.env)
            for name, line in (("unit/a", "2 passed, 0 failed"),
                               ("unit/b", "3 passed, 1 failed"),
                               ("e2e/a", "9 passed, 9 failed"))]
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            run.run(suites)
            status = run.summary()
        self.assertEqual(1, status)
        self.assertEqual("5 passed, 1 failed",
                         shown.getvalue().split("\n")[-2])

    def test_nothing_is_no_success(self):
        run = run_tests.Run(["nonsense"], dict(os.environ))
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(1, run.summary())


if __name__ == "__main__":
    unittest.main()
