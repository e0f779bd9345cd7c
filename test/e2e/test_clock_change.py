"""Two processes call six zones while some of them change their clocks.

The wall clock of the processes is shifted to the minute before the change.
What is allowed is worked out here, from the sink's log and the zones as
Python knows them.
"""
import datetime
import os
import socket
import struct
import subprocess
import time
import unittest
import zoneinfo

import common

ROBOT = os.path.join(os.path.dirname(common.BINARY),
                     "test/campaign/robot_dialer")
ZONES = ("Europe/Berlin", "Europe/Moscow", "Europe/Helsinki", "Africa/Lagos",
         "America/New_York", "Asia/Kolkata")
PEOPLE = 3000
CALLS_PER_S = 25
LEAD_S = 9  # before the change: to start, and to call some
AFTER_S = 4
# From a permission that still holds to the wire.
LATE = datetime.timedelta(seconds=1)
SO_TIMESTAMPNS = 35
UTC = datetime.timezone.utc


class ClockedSink(common.SipSink):
    """Knows when the kernel took each packet."""

    def __init__(self):
        self.began = []  # (number, seconds of the real clock)
        super().__init__()

    def run(self):
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        while True:
            try:
                data, extra, _, peer = self.socket.recvmsg(65536, 256)
                seconds, nanos = struct.unpack("qq", extra[0][2][:16])
                before = len(self.calls)
                self.take(data.decode("utf-8", "replace"), peer)
            except OSError:
                return
            for number, _ in self.calls[before:]:
                self.began.append((number, seconds + nanos / 1e9))


class Night:
    """Two processes that call around a change of clocks."""

    def __init__(self, url, hours, *change):
        self.change = datetime.datetime(*change, tzinfo=UTC)
        self.sink = ClockedSink()
        self.shift_ms = int(1000 * (self.change.timestamp() - LEAD_S
                                    - time.time()))
        command = [ROBOT, url, f"{self.change:%Y-%m-%d}", str(self.sink.port),
                   str(PEOPLE), str(self.shift_ms), str(CALLS_PER_S),
                   f'{{"hours": "{hours}"}}', *ZONES]
        self.dialers = [
            subprocess.Popen(command, stdin=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL) for _ in range(2)]

    def calls(self):
        """[(zone, instant)] of what the sink took."""
        return [(ZONES[int(number[-4:]) % len(ZONES)],
                 datetime.datetime.fromtimestamp(at + self.shift_ms / 1000,
                                                 UTC))
                for number, at in list(self.sink.began)]

    def is_over(self):
        return all(dialer.poll() is not None for dialer in self.dialers)

    def close(self):
        for dialer in self.dialers:
            dialer.kill()
            dialer.wait()
        self.sink.close()


class ClockChangeTest(unittest.TestCase):
    def setUp(self):
        self.server = subprocess.Popen(
            [ROBOT, "--server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.url = self.server.stdout.readline().strip()
        self.nights = []

    def tearDown(self):
        for night in self.nights:
            night.close()
        self.server.stdin.close()
        self.server.wait(timeout=60)
        self.server.stdout.close()

    def judge(self, night, hour, before, behind):
        """Only within that hour of the callee's clock."""
        calls = night.calls()
        self.assertEqual({zone for zone, at in calls if at < night.change},
                         before)
        self.assertEqual({zone for zone, at in calls
                          if at >= night.change + LATE}, behind)
        for zone, at in calls:
            clock = zoneinfo.ZoneInfo(zone)
            hours = {at.astimezone(clock).hour}
            if zone not in behind:
                hours.add((at - LATE).astimezone(clock).hour)
            self.assertIn(hour, hours, f"{zone} is called at {at}")

    def test_both_changes(self):
        spring = Night(self.url, "03:00-04:00", 2026, 3, 29, 1)
        self.nights.append(spring)
        autumn = Night(self.url, "03:00-04:00", 2026, 10, 25, 1)
        self.nights.append(autumn)
        time.sleep(LEAD_S + AFTER_S)
        # Many of those whose hour is over had not been called yet.
        self.assertFalse(spring.is_over() or autumn.is_over())
        with self.subTest("spring: Berlin goes from 2 to 3, Helsinki from 3"
                          " to 4 and has no such hour; Moscow leaves it"):
            self.judge(spring, 3, {"Europe/Moscow"}, {"Europe/Berlin"})
        with self.subTest("autumn: Helsinki goes from 4 back to 3 and has"
                          " the hour twice; Moscow leaves it"):
            self.judge(autumn, 3, {"Europe/Moscow", "Europe/Helsinki"},
                       {"Europe/Helsinki"})


if __name__ == "__main__":
    unittest.main()
