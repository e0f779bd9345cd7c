#!/usr/bin/env python3
"""Many simulated weeks, side by side.

usage: simulate.py PROGRAM [--seeds COUNT] [--seed N] [--jobs N]
                   [--seconds LIMIT] [--verbose] [--break RULE]

PROGRAM is test/campaign/simulate. Each process takes a few seeds at a time;
after LIMIT seconds no new ones are begun. Prints the weeks that went wrong
and one hash of all logs in the order of their seeds.
"""
import argparse
import concurrent.futures
import hashlib
import re
import subprocess
import sys
import time

TOGETHER = 5
LINE = re.compile(r"^seed (\d+): (.*), log ([0-9a-f]{16})(: WRONG: .*)?$",
                  re.M)


def weeks(program, first, count):
    done = subprocess.run(
        [program, "--seed", str(first), "--seeds", str(count)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    found = LINE.findall(done.stdout)
    if len(found) != count:
        found.append((str(first), "", "",
                      f": WRONG: ended with {done.returncode} "
                      f"{done.stderr[-2000:]}"))
    return found


def run(given):
    """The weeks by seed."""
    until = time.monotonic() + given.seconds
    end = given.seed + given.seeds
    found = []

    def some(first):
        if time.monotonic() > until:
            return []
        return weeks(given.program, first, min(TOGETHER, end - first))

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for part in pool.map(some, range(given.seed, end, TOGETHER)):
            for week in part:
                found.append(week)
                if week[3]:
                    print(f"FAILED seed {week[0]}{week[3]}", flush=True)
    return found


def main():
    words = argparse.ArgumentParser(usage=__doc__)
    words.add_argument("program")
    words.add_argument("--seeds", type=int)
    words.add_argument("--seed", type=int)
    words.add_argument("--jobs", type=int, default=2)
    words.add_argument("--seconds", type=float, default=1e9)
    words.add_argument("--verbose", action="store_true")
    words.add_argument("--break", dest="broken")
    given = words.parse_args()
    if given.verbose or given.broken or (given.seed and not given.seeds):
        command = [given.program, "--seed", str(given.seed or 1),
                   "--seeds", str(given.seeds or 1)]
        command += ["--verbose"] if given.verbose else []
        command += ["--break", given.broken] if given.broken else []
        return subprocess.run(command).returncode

    given.seed = given.seed or 1
    given.seeds = given.seeds or 1000
    found = run(given)
    wrong = sum(1 for week in found if week[3])
    logs = hashlib.sha256("".join(week[2] for week in found).encode())
    calls = sum(int(number) for week in found
                for number in re.findall(r"(\d+) calls", week[1]))
    kills = sum(int(number) for week in found
                for number in re.findall(r"(\d+) kills", week[1]))
    print(f"{len(found)} weeks, {calls} calls, {kills} processes killed, "
          f"all logs {logs.hexdigest()[:16]}")
    print(f"{len(found) - wrong} passed, {wrong} failed")
    return 1 if wrong or not found else 0


sys.exit(main())
