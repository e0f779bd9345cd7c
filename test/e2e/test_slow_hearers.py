"""Who hears of events and takes them slowly, or not at all, holds up nobody and
costs no memory: followers of the stream, and webhooks."""
import json
import os
import re
import socket
import sqlite3
import tempfile
import time
import unittest
import uuid

import api
import common
import events

SILENT = True

MANY = 5000
TEXT = "x" * 3000  # of each event: what waits fills every buffer on the way
STUCK = 10
LIMIT_S = 180
ANSWER_S = 20  # held up it would not come at all
GROWTH_MB = 15  # of some 16 MB that each of them does not take


class SlowTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        self.receivers = [events.Receiver() for _ in range(3)]
        for receiver in self.receivers:
            self.addCleanup(receiver.close)
        # Memory is counted without sanitizers.
        self.server = api.Server(self.data, *self.sinks(),
                                 binary=common.RELEASE)
        self.addCleanup(self.end)
        self.write(range(1, 11))
        self.until(lambda: all(len(one.requests) == 10
                               for one in self.receivers), "all hear")

    def sinks(self):
        words = []
        for i, receiver in enumerate(self.receivers):
            words += ["--set", f"sink.s{i}.url={receiver.url()}",
                      "--set", f"sink.s{i}.private=yes"]
        return words

    def end(self):
        self.server.close()

    def until(self, is_so, what):
        deadline = time.monotonic() + LIMIT_S
        while not is_so():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def write(self, numbers):
        """Events beside the daemon: as many as a day has, at once."""
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"),
                                   timeout=LIMIT_S)
        with database:
            database.executemany(
                "INSERT INTO outbox (id, type, key, n, at_ms, data)"
                " VALUES (?, 'import.done', ?, ?, ?, ?)",
                ((str(uuid.uuid4()), f"list {i % 50}", (i - 1) // 50 + 1,
                  int(time.time() * 1000), json.dumps(
                      {"list": TEXT, "added": i, "duplicates": 0,
                       "refused": 0})) for i in numbers))
        database.close()

    def own_mb(self):
        """Memory, without the pages of the database that are kept there."""
        text = self.server.get("/metrics").body.decode()
        whole, database = (
            float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))
            for name in ("process_resident_memory_bytes",
                         "dialwright_store_memory_bytes"))
        return (whole - database) / 1e6

    def follow(self, is_small=False):
        """A socket that asked for everything, as a client of HTTP/1.0, to
        whom nothing is sent in chunks."""
        conn = socket.socket()
        self.addCleanup(conn.close)
        if is_small:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        conn.settimeout(LIMIT_S)
        host = self.server.url.removeprefix("http://")
        conn.connect(("127.0.0.1", int(host.rsplit(":", 1)[1])))
        conn.sendall(("GET /api/v1/events?after=0 HTTP/1.0\r\n"
                      f"Host: {host}\r\n"
                      f"Authorization: Bearer {self.server.token}\r\n\r\n"
                      ).encode())
        return conn

    def read(self, conn):
        """Places of all events, until the last one."""
        told, rest = [], b""
        while not told or told[-1] < MANY:
            more = conn.recv(1 << 20)
            self.assertTrue(more, "cut off")
            lines = (rest + more).split(b"\n")
            rest = lines.pop()
            told += [int(line[4:]) for line in lines
                     if line.startswith(b"id: ")]
        return told

    def answers_at_once(self):
        began = time.monotonic()
        self.assertEqual(self.server.get("/api/v1/calls").status, 200)
        self.assertLess(time.monotonic() - began, ANSWER_S)

    def test_followers(self):
        self.write(range(11, MANY + 1))
        every = list(range(1, MANY + 1))
        self.assertEqual(self.read(self.follow()), every)
        self.until(lambda: all(len(one.requests) >= MANY
                               for one in self.receivers), "all is told")
        before = self.own_mb()
        stuck = [self.follow(True) for _ in range(STUCK)]
        for _ in range(3):
            self.assertEqual(self.read(self.follow()), every)
            self.answers_at_once()
        self.assertLess(self.own_mb() - before, GROWTH_MB)
        # Who takes it later misses nothing.
        self.assertEqual(self.read(stuck[0]), every)
        # Nobody waits for them at the end.
        began = time.monotonic()
        self.server.stop()
        self.assertLess(time.monotonic() - began, 30)

    def test_webhooks(self):
        quick, slow, deaf = self.receivers
        slow.delay_s = 1
        deaf.is_deaf = True
        self.addCleanup(setattr, deaf, "is_deaf", False)
        before = self.own_mb()
        self.write(range(11, MANY + 1))
        self.until(lambda: len(quick.requests) >= MANY, "the quick one hears")
        self.answers_at_once()
        self.assertLess(self.own_mb() - before, GROWTH_MB)
        self.assertLess(len(slow.requests), MANY / 2)
        self.assertEqual(events.gaps(quick.events()), [])

        # They hear of everything too, in its order, when they can.
        slow.delay_s = 0
        deaf.is_deaf = False
        for late in (slow, deaf):
            self.until(lambda: len(late.requests) >= MANY, "all is told")
            self.assertEqual(events.gaps(late.events()), [])
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
