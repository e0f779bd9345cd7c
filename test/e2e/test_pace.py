"""Two processes call over one line as the carrier counts it: calls in any
second, a carrier that takes fewer than it said, pauses without number."""
import os
import random
import socket
import struct
import subprocess
import time
import unittest

import common

SILENT = True

ROBOT = os.path.join(os.path.dirname(common.BINARY),
                     "test/campaign/robot_dialer")
PEOPLE = 4000
PAUSES = int(os.environ.get("DIALWRIGHT_PAUSES", "8"))  # or 50
FIND_S, FOUND_S = 15, 7
SO_TIMESTAMPNS = 35


class Carrier(common.SipSink):
    """Knows when the kernel took each INVITE; takes so many a second, and
    refuses the rest with 503 (None: takes all). Others answer "busy"."""

    def __init__(self, calls_per_s=None, refusal="503 CPS limit"):
        self.calls_per_s = calls_per_s
        self.refusal = refusal
        self.began = []  # (seconds, was taken)
        self.socket = None
        super().__init__()

    def run(self):
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        while True:
            try:
                data, extra, _, peer = self.socket.recvmsg(65536, 256)
                seconds, nanos = struct.unpack("qq", extra[0][2][:16])
                self.judge(data.decode("utf-8", "replace"),
                           seconds + nanos / 1e9, peer)
            except OSError:
                return

    def judge(self, message, at, peer):
        before = len(self.calls)
        call = self.header(message, "Call-ID")
        if message.startswith("INVITE ") and all(
                call != known for _, known in self.calls[-200:]):
            taken = [then for then, good in self.began[-200:]
                     if good and then > at - 1]
            good = not self.calls_per_s or len(taken) < self.calls_per_s
            self.answer = "486 Busy Here" if good else self.refusal
            self.began.append((at, good))
        self.take(message, peer)
        assert len(self.calls) <= before + 1

    def most_in_a_second(self):
        times = [at for at, _ in self.began]
        first = most = 0
        for last, at in enumerate(times):
            while times[first] <= at - 1:
                first += 1
            most = max(most, last - first + 1)
        return most


class PaceTest(unittest.TestCase):
    def setUp(self):
        self.server = subprocess.Popen(
            [ROBOT, "--server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()
        self.dialers = []
        self.carrier = None

    def tearDown(self):
        for dialer in self.dialers:
            dialer.kill()
            dialer.wait()
        if self.carrier:
            self.carrier.close()
        self.server.stdin.close()
        self.server.wait(timeout=60)
        self.server.stdout.close()

    def begin(self, carrier, calls_per_s):
        """Two dialers, each of which was told that the line takes so many."""
        self.carrier = carrier
        self.dialers = [subprocess.Popen(
            [ROBOT, self.url, "pace", str(carrier.port), str(PEOPLE), "0",
             str(calls_per_s), "{}"], stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) for _ in range(2)]
        self.wait_for(lambda: carrier.calls)

    def wait_for(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            time.sleep(0.01)

    def sql(self, words):
        done = subprocess.run(["psql", "-AtX", self.url, "-c", words],
                              capture_output=True, text=True, check=True)
        return done.stdout.split()

    def finds_the_limit(self, carrier, calls_per_s):
        self.begin(carrier, calls_per_s)
        time.sleep(FIND_S)
        late = [good for at, good in carrier.began
                if at > carrier.began[-1][0] - FOUND_S]
        # Of 35 that the carrier would have taken.
        self.assertGreater(sum(late), 14, late)
        self.assertLess(len(late) - sum(late), 4, late)
        for dialer in self.dialers:
            dialer.kill()
            dialer.wait()
        # Nobody lost an attempt by it.
        refused = sum(not good for _, good in carrier.began)
        used = int(self.sql("SELECT sum(tries) FROM targets")[0])
        self.assertGreater(refused, 2)
        self.assertLessEqual(used, len(carrier.began) - refused)
        self.assertEqual(self.sql("SELECT count(*) FROM attempts WHERE is_used"
                                  " = 1 AND outcome = 'line_congested'"),
                         ["0"])

    def test_a_carrier_that_takes_five_a_second(self):
        self.finds_the_limit(Carrier(5), 20)

    def test_a_carrier_without_a_number_that_says_429(self):
        self.finds_the_limit(Carrier(5, "429 Too Many Requests"), 0)

    def test_no_burst_behind_pauses(self):
        lots = random.Random(7)
        self.begin(Carrier(), 7)
        for _ in range(PAUSES):
            for state in ("paused", "running"):
                self.sql(f"UPDATE campaigns SET state = '{state}'")
                # Looked at once a second.
                time.sleep(lots.uniform(0.1, 1.5))
        before = len(self.carrier.began)
        self.wait_for(lambda: len(self.carrier.began) > before + 7)
        self.assertGreater(before, PAUSES)
        self.assertLessEqual(self.carrier.most_in_a_second(), 7)


if __name__ == "__main__":
    unittest.main()
