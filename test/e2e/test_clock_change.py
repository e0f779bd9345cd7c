"""Two processes call six zones while some of them change their clocks.

Once their people are there the wall clock of the processes is shifted to the
seconds before the change.
What is allowed is worked out here, from the sink's log and the zones as
Python knows them.
"""
import datetime
import os
import signal
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
EVE_S = 12 * 3600  # before it, when people are added
CALL_S = 10  # before the change, to call some
STALL_S = 4
AFTER_S = 2
LIMIT_S = 60
PERMIT_S = 3  # how long a permission holds
# From a permission that still holds to the wire.
LATE = datetime.timedelta(seconds=1)
UTC = datetime.timezone.utc


def wait_for(condition):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "too slow"
        time.sleep(0.05)


def began(sink):
    """[(number, seconds of the real clock)]"""
    return [(number, at) for (number, _), at in zip(list(sink.calls),
                                                    sink.times)]


class Night:
    """Two processes that call around a change of clocks, from CALL_S before
    it on; those begin with go()."""

    def __init__(self, url, hours, *change):
        self.change = datetime.datetime(*change, tzinfo=UTC)
        self.sink = common.SipSink()
        self.lead(EVE_S)
        command = [ROBOT, url, f"{self.change:%Y-%m-%d}", str(self.sink.port),
                   str(PEOPLE), f"{self.shift_ms}+", str(CALLS_PER_S),
                   f'{{"hours": "{hours}"}}', *ZONES]
        self.dialers = [
            subprocess.Popen(command, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
            for _ in range(2)]

    def wait_ready(self):
        for dialer in self.dialers:
            assert dialer.stdout.readline() == "ready\n"

    def lead(self, seconds):
        """Their clock shows the time so long before the change."""
        self.shift_ms = int(1000 * (self.change.timestamp() - seconds
                                    - time.time()))

    def go(self):
        self.lead(CALL_S)
        for dialer in self.dialers:
            dialer.stdin.write(f"{self.shift_ms}\n")
            dialer.stdin.flush()

    def calls(self):
        """[(zone, instant)] of what the sink took."""
        return [(ZONES[int(number[-4:]) % len(ZONES)],
                 datetime.datetime.fromtimestamp(at + self.shift_ms / 1000,
                                                 UTC))
                for number, at in began(self.sink)]

    def zones_behind(self):
        """Who was called when the change was long ago."""
        return {zone for zone, at in self.calls() if at >= self.change + LATE}

    def left_s(self):
        """Until the change."""
        return self.change.timestamp() - time.time() - self.shift_ms / 1000

    def freeze(self, is_frozen):
        """One of the processes does nothing, and does not know it."""
        self.dialers[0].send_signal(signal.SIGSTOP if is_frozen
                                    else signal.SIGCONT)

    def is_over(self):
        return all(dialer.poll() is not None for dialer in self.dialers)

    def close(self):
        for dialer in self.dialers:
            dialer.kill()
            dialer.communicate()
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
    PHASE_S = 1

    def test_an_hour_ahead_and_back(self):
        sink = common.SipSink()
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
        jumps = [(0, 0, 0)]  # (from when on, from when on for sure, ahead)
        for wanted, number, ahead in (
                (self.OPEN[0], signal.SIGUSR1, 1),
                (self.OPEN[1], signal.SIGUSR2, 0),
                ({"Europe/Moscow"}, None, None)):
            wait_for(lambda: self.judge(began(sink), jumps)[-1] >= wanted)
            time.sleep(self.PHASE_S)
            if number:
                before = time.time()
                dialer.send_signal(number)
                jumps.append((before, time.time() + PERMIT_S, ahead))
        self.judge(began(sink), jumps)
        # One may have been held up on its way to the wire.
        times = sorted(sink.times)
        for i in range(len(times) - CALLS_PER_S - 1):
            self.assertGreater(times[i + CALLS_PER_S + 1] - times[i], 0.98)

    def judge(self, began, jumps):
        """Which zones were called in each phase."""
        called = [set() for _ in jumps]
        for number, at in began:
            phase = max(i for i, (since, *_) in enumerate(jumps)
                        if at >= since)
            zone = self.ZONES[int(number[-4:]) % len(self.ZONES)]
            _, sure, ahead = jumps[phase]
            allowed = self.OPEN[ahead]
            if at < sure:
                allowed = allowed | self.OPEN[jumps[phase - 1][2]]
            else:
                called[phase].add(zone)
            self.assertIn(zone, allowed, f"phase {phase}")
        return called


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
        self.assertEqual(night.zones_behind(), behind)
        for zone, at in calls:
            clock = zoneinfo.ZoneInfo(zone)
            hours = {at.astimezone(clock).hour}
            if zone not in behind:
                hours.add((at - LATE).astimezone(clock).hour)
            self.assertIn(hour, hours, f"{zone} is called at {at}")

    def night(self, *change):
        self.nights.append(Night(self.url, "03:00-04:00", *change))
        return self.nights[-1]

    def test_both_changes(self):
        spring = self.night(2026, 3, 29, 1)
        autumn = self.night(2026, 10, 25, 1)
        for night in self.nights:
            night.wait_ready()
        for night in self.nights:
            night.go()
        wait_for(lambda: spring.sink.calls and autumn.sink.calls)
        # One is stalled from before the change until behind it: what it had
        # in hand was allowed by the hours before.
        time.sleep(max(0, autumn.left_s() - STALL_S / 2))
        autumn.freeze(True)
        time.sleep(STALL_S)
        autumn.freeze(False)
        wait_for(lambda: spring.zones_behind() and autumn.zones_behind())
        time.sleep(AFTER_S)
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
