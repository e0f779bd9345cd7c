#!/usr/bin/env python3
"""A long run tells how far it is, to people and to files."""
import contextlib
import io
import unittest

import progress


class Stream(io.StringIO):
    """What a terminal, or a file, was told."""

    def __init__(self, is_terminal):
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self):
        return self.is_terminal


class ProgressTest(unittest.TestCase):
    def progress(self, is_terminal, total=10):
        self.now_s = 0
        self.stream = Stream(is_terminal)
        return progress.Progress(total, "weeks", self.stream,
                                 lambda: self.now_s)

    def test_span(self):
        for seconds, text in ((0, "0 s"), (99.9, "99 s"), (100, "2 min"),
                              (5999, "1 h 40 min"), (7200, "2 h 0 min")):
            with self.subTest(seconds):
                self.assertEqual(text, progress.span(seconds))

    def test_a_line_each_minute(self):
        with self.progress(is_terminal=False) as bar:
            for self.now_s in (20, 40, 59, 60, 80):
                bar.step()
            self.assertEqual("4 of 10 weeks, 90 s left\n",
                             self.stream.getvalue())
        self.assertEqual(1, self.stream.getvalue().count("\n"))

    def test_one_line_of_a_terminal(self):
        with self.progress(is_terminal=True) as bar:
            self.now_s = 10
            bar.step()
            self.now_s = 20
            bar.step(wrong=1, words="seed 7")
            bar.step()  # at once: nobody could read it
        self.assertEqual(
            "\r\x1b[K1 of 10 weeks, 90 s left"
            "\r\x1b[K2 of 10 weeks, 1 WRONG, seed 7, 80 s left"
            "\r\x1b[K", self.stream.getvalue())

    def test_the_end_is_shown_at_once(self):
        with self.progress(is_terminal=True, total=1) as bar:
            bar.step()
            self.assertIn("1 of 1 weeks", self.stream.getvalue())

    def test_what_is_said_stands_alone(self):
        said = io.StringIO()
        with self.progress(is_terminal=True) as bar, \
                contextlib.redirect_stdout(said):
            self.now_s = 1
            bar.step()
            bar.say("FAILED seed 7")
            self.assertTrue(self.stream.getvalue().endswith("\r\x1b[K"))
        self.assertEqual("FAILED seed 7\n", said.getvalue())

    def test_a_long_line_is_cut(self):
        with self.progress(is_terminal=True) as bar:
            self.now_s = 1
            bar.step(words="x" * 200)
            self.assertEqual(len("\r\x1b[K") + 79,
                             len(self.stream.getvalue()))


if __name__ == "__main__":
    unittest.main()
