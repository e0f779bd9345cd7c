#!/usr/bin/env python3
"""Many simulated weeks, side by side; script/simulate calls it.

Each process takes a few seeds at a time. Prints the weeks that went wrong, a
sum, and one hash of all logs in the order of their seeds; on Ctrl-C the sum of
what was done. While it runs standard error tells how far it is.

Exit status: 0 nothing went wrong (with --break: it was noticed), 1 something
did, 2 wrong words, 130 interrupted.
"""
import argparse
import concurrent.futures
import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tools"))
import progress  # noqa: E402

TOGETHER = 5
WEEKS = 1000
BROKEN_WEEKS = 20  # in which a broken rule must be noticed
LINE = re.compile(r"^seed (\d+): (.*), log ([0-9a-f]{16})(?:: WRONG: (.*))?$")
CUT = (progress.INTERRUPTED, -signal.SIGINT, -signal.SIGTERM)


class Pool:
    """Processes side by side until there are no more jobs, the time is over
    or somebody interrupts."""

    def __init__(self, given, total, unit):
        self.given = given
        self.until = time.monotonic() + given.seconds
        self.lock, self.running = threading.Lock(), set()
        self.is_cut = False
        self.progress = progress.Progress(total, unit)

    def run(self, function, jobs):
        with self.progress, concurrent.futures.ThreadPoolExecutor(
                self.given.jobs) as pool:
            try:
                for _ in pool.map(function, jobs):
                    pass
            except KeyboardInterrupt:
                self.cut()

    def may_begin(self):
        return not self.is_cut and time.monotonic() < self.until

    def cut(self):
        """They end by themselves and leave nothing behind."""
        with self.lock:
            self.is_cut = True
            for process in self.running:
                process.terminate()

    def weeks(self, words):
        """(seed, what happened, hash, what is wrong) of each; at the end one
        more when the process ended otherwise than it should."""
        with self.lock:
            if self.is_cut:
                return
            process = subprocess.Popen(
                [self.given.program, *words], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.running.add(process)
        try:
            for line in process.stdout:
                found = LINE.match(line)
                if found:
                    yield found.groups(default="")
            said = process.stderr.read()
            if process.wait() not in (0, 1, *CUT):
                yield ("", "", "", f"ended with {process.returncode} "
                                   f"{said[-2000:]}")
        finally:
            with self.lock:
                self.running.discard(process)
            process.stdout.close()
            process.stderr.close()


def number_of(what, week):
    return sum(int(n) for n in re.findall(rf"(\d+) {what}", week[1]))


def summary(found, wrong, is_whole):
    found.sort(key=lambda week: int(week[0]))
    counts = (f"{len(found)} weeks, "
              f"{sum(number_of('calls', week) for week in found)} calls, "
              f"{sum(number_of('kills', week) for week in found)} processes "
              "killed")
    if is_whole:
        logs = hashlib.sha256("".join(week[2] for week in found).encode())
        counts += f", all logs {logs.hexdigest()[:16]}"
    print(counts)
    print(f"{len(found) - wrong} passed, {wrong} failed")


def simulate(given):
    """Weeks as they should be."""
    end = given.seed + given.seeds
    pool = Pool(given, given.seeds, "weeks")
    found, wrong = [], []

    def some(first):
        count = min(TOGETHER, end - first)
        if not pool.may_begin():
            return
        for week in pool.weeks(["--seed", str(first), "--seeds", str(count)]):
            if not week[0]:  # it is the next one that broke off
                week = (str(first), *week[1:])
            first = int(week[0]) + 1
            found.append(week)
            if week[3]:
                wrong.append(week)
                pool.progress.say(f"FAILED seed {week[0]}: {week[3]}")
            pool.progress.step(wrong=bool(week[3]))

    pool.run(some, range(given.seed, end, TOGETHER))
    is_whole = len(found) == given.seeds
    if not is_whole:
        print("interrupted" if pool.may_begin() or pool.is_cut
              else "the time is over",
              f"after {len(found)} of {given.seeds} weeks")
    summary(found, len(wrong), is_whole)
    if not is_whole and time.monotonic() < pool.until:
        return progress.INTERRUPTED
    return 1 if wrong or not found else 0


def break_each(given, rules):
    """One after another: which seed tells, and what it says."""
    pool = Pool(given, len(rules), "rules")
    passed, failed = [], []

    def one(rule):
        if not pool.may_begin():
            return
        weeks = list(pool.weeks(["--break", rule, "--seed", str(given.seed),
                                 "--seeds", str(given.seeds)]))
        if pool.is_cut:
            return
        is_noticed = bool(weeks and weeks[-1][0] and weeks[-1][3])
        (passed if is_noticed else failed).append(rule)
        pool.progress.say(
            f"{rule:<16}seed {weeks[-1][0]:>3}: {weeks[-1][3]}" if is_noticed
            else f"FAILED {rule}: not noticed in {given.seeds} weeks "
                 f"{weeks[-1][3] if weeks else ''}")
        pool.progress.step(wrong=not is_noticed)

    pool.run(one, rules)
    print(f"{len(passed)} passed, {len(failed)} failed")
    if pool.is_cut:
        return progress.INTERRUPTED
    return 1 if failed or not passed else 0


def alone(given):
    """One process, whose words are shown as they are."""
    command = [given.program, "--seed", str(given.seed),
               "--seeds", str(given.seeds)]
    command += ["--verbose"] if given.verbose else []
    command += ["--break", given.broken] if given.broken else []
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()


def main():
    words = argparse.ArgumentParser(
        prog="script/simulate", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("program", help=argparse.SUPPRESS)
    words.add_argument("--seeds", type=int, metavar="COUNT", help=(
        f"weeks ({WEEKS}; 1 with --seed or --verbose; {BROKEN_WEEKS} with "
        "--break)"))
    words.add_argument("--seed", type=int, metavar="N",
                       help="of the first week (1)")
    words.add_argument("--jobs", type=int, default=2, metavar="N",
                       help="processes side by side (2)")
    words.add_argument("--seconds", type=float, default=1e9, metavar="LIMIT",
                       help="after so long no more weeks are begun")
    words.add_argument("--verbose", action="store_true", help=(
        "line by line; keeps the database of a week that went wrong"))
    words.add_argument("--break", dest="broken", metavar="RULE", help=(
        "the rule does not hold, and that must be noticed; of several, \"all\" "
        "or with commas, each in turn; docs/simulation.md has their names"))
    given = words.parse_args()
    if not given.seeds:
        given.seeds = (BROKEN_WEEKS if given.broken else
                       1 if given.seed or given.verbose else WEEKS)
    given.seed = given.seed or 1
    if given.seeds < 1 or given.jobs < 1 or given.seed < 0:
        words.error("there must be a week and a job at least")
    progress.interruptible()
    if given.broken == "all":
        return break_each(given, subprocess.run(
            [given.program, "--rules"], text=True, check=True,
            stdout=subprocess.PIPE).stdout.split())
    if given.broken and "," in given.broken:
        return break_each(given, given.broken.split(","))
    if given.broken or given.verbose:
        return alone(given)
    return simulate(given)


sys.exit(main())
