"""Two processes call over one line as the carrier counts it: calls in any
second, a carrier that takes fewer than it said, pauses without number."""
import os
import random
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


class Carrier(common.SipSink):
    """Takes so many calls a second, and refuses the rest with 503 (None: takes
    all). Others answer "busy"."""

    def __init__(self, calls_per_s=None, refusal="503 CPS limit"):
        self.calls_per_s = calls_per_s
        self.refusal = refusal
        self.began = []  # (seconds, was taken)
        super().__init__()

    def take(self, message, peer):
        call = self.header(message, "Call-ID")
        if message.startswith("INVITE ") and all(
                call != known for _, known in self.calls[-200:]):
            taken = [then for then, good in self.began[-200:]
                     if good and then > self.at - 1]
            good = not self.calls_per_s or len(taken) < self.calls_per_s
            self.answer = "486 Busy Here" if good else self.refusal
            self.began.append((self.at, good))
        super().take(message, peer)

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
        self.wait_for(lambda: self.is_found(list(carrier.began)))
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

    @staticmethod
    def is_found(began):
        """Whether it takes most of the last ones, of 35 that it would, and
        was asked for more before."""
        if sum(not good for _, good in began) < 3:
            return False
        late = [good for at, good in began if at > began[-1][0] - FOUND_S]
        return sum(late) > 14 and len(late) - sum(late) < 4

    def test_a_carrier_that_takes_five_a_second(self):
        self.finds_the_limit(Carrier(5), 20)

    def test_a_carrier_without_a_number_that_says_429(self):
        self.finds_the_limit(Carrier(5, "429 Too Many Requests"), 0)

    def test_no_burst_behind_pauses(self):
        lots = random.Random(7)
        self.begin(Carrier(), 7)
        for _ in range(PAUSES):
            self.sql("UPDATE campaigns SET state = 'paused'")
            time.sleep(lots.uniform(0.1, 1.5))
            before = self.carrier.settle()
            self.sql("UPDATE campaigns SET state = 'running'")
            # Looked at once a second.
            self.wait_for(lambda: len(self.carrier.calls) > before)
            time.sleep(lots.uniform(0, 0.5))
        before = len(self.carrier.began)
        self.wait_for(lambda: len(self.carrier.began) > before + 7)
        # And one that each of the two had in hand when its turn was over:
        # a process has to wait for a processor.
        self.assertLessEqual(self.carrier.most_in_a_second(), 7 + 2)


if __name__ == "__main__":
    unittest.main()
