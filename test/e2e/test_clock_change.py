"""Two processes call six zones while some of them change their clocks.

The wall clock of the processes is shifted to the minute before the change.
What is allowed is worked out here, from the sink's log and the zones as
Python knows them.
"""
import datetime
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest
import zoneinfo

import common

SILENT = True

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

    def freeze(self, is_frozen):
        """One of the processes does nothing, and does not know it."""
        self.dialers[0].send_signal(signal.SIGSTOP if is_frozen
                                    else signal.SIGCONT)

    def is_over(self):
        return all(dialer.poll() is not None for dialer in self.dialers)

    def close(self):
        for dialer in self.dialers:
            dialer.kill()
            dialer.wait()
        self.sink.close()


class JumpTest(unittest.TestCase):
    """The clock of a process jumps ahead by an hour while it calls, and back:
    the hours are those of the new clock, the pace is that of no clock."""

    HOURS = "03:00-05:00"
    BEGIN = datetime.datetime(2026, 6, 10, 0, 30, tzinfo=UTC)
    HOUR = datetime.timedelta(hours=1)
    ZONES = ("Europe/Moscow", "Europe/Berlin", "Asia/Tbilisi")
    OPEN = {0: {"Europe/Moscow", "Asia/Tbilisi"},
            1: {"Europe/Moscow", "Europe/Berlin"}}
    PHASE_S = 4

    def test_an_hour_ahead_and_back(self):
        sink = ClockedSink()
        self.addCleanup(sink.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        shift_ms = int(1000 * (self.BEGIN.timestamp() - time.time()))
        dialer = subprocess.Popen(
            [ROBOT, os.path.join(folder.name, "jump.db"), "jump",
             str(sink.port), str(PEOPLE), str(shift_ms), str(CALLS_PER_S),
             f'{{"hours": "{self.HOURS}"}}', *self.ZONES],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(dialer.wait)
        self.addCleanup(dialer.kill)
        jumps = [(0, 0)]  # (from when on, hours ahead)
        deadline = time.monotonic() + 60
        while not sink.began:
            self.assertLess(time.monotonic(), deadline, "too slow")
            time.sleep(0.05)
        for number, ahead in ((signal.SIGUSR1, 1), (signal.SIGUSR2, 0),
                              (None, None)):
            time.sleep(self.PHASE_S)
            if number:
                dialer.send_signal(number)
                jumps.append((time.time(), ahead))
        self.judge(list(sink.began), jumps)

    def judge(self, began, jumps):
        called = [set() for _ in jumps]
        for number, at in began:
            phase = max(i for i, (since, _) in enumerate(jumps)
                        if at >= since)
            zone = self.ZONES[int(number[-4:]) % len(self.ZONES)]
            allowed = self.OPEN[jumps[phase][1]]
            if at < jumps[phase][0] + LATE.total_seconds():
                allowed = allowed | self.OPEN[jumps[phase - 1][1]]
            else:
                called[phase].add(zone)
            self.assertIn(zone, allowed, f"phase {phase}")
        self.assertEqual(called[0], self.OPEN[0])
        self.assertEqual(called[1], self.OPEN[1])
        self.assertIn("Europe/Moscow", called[2])
        times = sorted(at for _, at in began)
        for i in range(len(times) - CALLS_PER_S):
            self.assertGreater(times[i + CALLS_PER_S] - times[i], 0.98)


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
        # One is stalled from before the change until behind it: what it had
        # in hand was allowed by the hours before.
        time.sleep(LEAD_S - 2)
        autumn.freeze(True)
        time.sleep(4)
        autumn.freeze(False)
        time.sleep(AFTER_S - 2)
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
