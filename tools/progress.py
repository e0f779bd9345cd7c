#!/usr/bin/env python3
"""Tells whoever waits for a long run how far it is.

On a terminal one line of standard error that is rewritten, otherwise a line
each minute. What is to stay goes to standard output by say(), so that the two
never mix. For any number of threads.
"""
import os
import signal
import sys
import threading
import time

REWRITE_S = 0.2
LINE_S = 60
TWICE_S = 1
INTERRUPTED = 130  # the exit status, as shells have it


def span(seconds):
    """"40 s", "6 min", "1 h 20 min"."""
    seconds = int(seconds)
    if seconds < 100:
        return f"{seconds} s"
    minutes = (seconds + 30) // 60
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def interruptible():
    """SIGTERM ends a run as Ctrl-C does: with KeyboardInterrupt and a sum. One
    comes twice where a whole group of processes is told, and counts once."""
    last_s = -TWICE_S

    def interrupt(*_):
        nonlocal last_s
        before_s, last_s = last_s, time.monotonic()
        if last_s - before_s > TWICE_S:
            raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)


class Progress:
    """`done` of `total` things that take about the same time each."""

    def __init__(self, total, unit, stream=None, clock=time.monotonic):
        self.total, self.unit, self.clock = total, unit, clock
        self.stream = stream or sys.stderr
        self.is_terminal = self.stream.isatty()
        self.done = self.wrong = 0
        self.words = ""
        self.began = self.told = clock()
        self.is_shown = False
        self.lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.lock:
            self.wipe()

    def step(self, done=1, wrong=0, words=None):
        """So many more are done, and so many of them wrong."""
        with self.lock:
            self.done += done
            self.wrong += wrong
            if words is not None:
                self.words = words
            self.tell()

    def say(self, text):
        """A line that stays."""
        with self.lock:
            self.wipe()
            print(text, flush=True)

    def text(self):
        parts = [f"{int(self.done)} of {int(self.total)} {self.unit}"]
        if self.wrong:
            parts.append(f"{self.wrong} WRONG")
        if self.words:
            parts.append(self.words)
        if 0 < self.done < self.total:
            left = (self.clock() - self.began) * (
                self.total / self.done - 1)
            parts.append(f"{span(left)} left")
        return ", ".join(parts)

    # --- with the lock held -----------------------------------------------

    def tell(self):
        now = self.clock()
        is_last = self.done >= self.total
        if now - self.told < (REWRITE_S if self.is_terminal else LINE_S) and \
                not (is_last and self.is_terminal):
            return
        self.told = now
        if self.is_terminal:
            self.stream.write(f"\r\x1b[K{self.text()[:self.columns() - 1]}")
            self.is_shown = True
        else:
            self.stream.write(f"{self.text()}\n")
        self.stream.flush()

    def wipe(self):
        if self.is_shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self.is_shown = False

    def columns(self):
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or 80
        except OSError:
            return 80
