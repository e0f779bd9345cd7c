#!/usr/bin/env python3
"""Lets each place of src/ that allocates be refused memory once, and looks.

usage: oom.py [--only TEXT] [--place TEXT] [--quick] [--log FILE]

First the suites with failing allocations (--oom), then each test of the
others: what it reaches and no suite refused yet is refused in it, one place
after another. A place that many tests reach is refused in the quickest. A test
may then fail, since it asks for what cannot be; a crash, a leak, a test that
does not end is a fault, and a failure that says nothing of memory is listed.

--only: the program of that name (test_store); --place: places that do
(src/store/); --quick: only what the suites with --oom refuse; --log: every run
with its words, as JSON, one a line. Last of all the places that were reached
and never refused, and the sums by folder. Standard error tells how far it is.

Exit status: 0 no fault, 1 one at least, 2 wrong words, 130 interrupted, with
the sums of what was done.
"""
import argparse
import collections
import concurrent.futures
import glob
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import oom_table
import progress

PARALLEL = 2
LIMIT_S = 90
SHOWN_LINES = 30
MEMORY = re.compile("Cannot allocate memory|out of memory|no memory|ENOMEM",
                    re.I)
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
ENDS = {99: "crash", 98: "leak", 23: "leak", None: "hang",
        -signal.SIGINT: "cut", -signal.SIGTERM: "cut"}

Run = collections.namedtuple("Run", "program test place end seconds said")


def judge(status, said):
    """How a process ended: crash, leak, hang, passed, refused or otherwise;
    cut where somebody interrupts the run."""
    if status in ENDS:
        return ENDS[status]
    if not SUMMARY.search(said) or status not in (0, 1):
        return "crash"
    if status == 0:
        return "passed"
    return "refused" if MEMORY.search(said) else "otherwise"


class Suites:
    def __init__(self, directory, only):
        self.directory, self.lock = directory, threading.Lock()
        self.programs = [
            oom_table.Program(path) for path in sorted(glob.glob(
                os.path.join(oom_table.ROOT, "build-test/test/*/test_*")))
            if os.path.isfile(path) and os.access(path, os.X_OK) and
            (not only or path.endswith(only))]
        self.is_cut = False
        self.counts = {}  # place: Count of all runs
        self.reach = {}  # place: [(seconds, program, test, offset)]
        self.runs = []

    def start(self, program, words, **more):
        """One process: (end, seconds, what it said, {offset: Count})"""
        table = oom_table.Table(self.directory)
        env = program.env(table, TMPDIR=self.directory, **more)
        began = time.monotonic()
        try:
            done = subprocess.run(
                [program.path, *words], env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                timeout=LIMIT_S)
            status, said = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            status, said = None, late.stdout or b""
        said = said.decode("utf-8", "replace")
        return (judge(status, said), time.monotonic() - began, said,
                table.read())

    def note(self, run, counts):
        """Adds up what one run reached; {offset: place of src/}"""
        with self.lock:
            names = run.program.name(list(counts))
            ours = {}
            for offset, (path, line, function) in names.items():
                if not path.startswith("src/"):
                    continue
                place = (path, line, function)
                before = self.counts.get(place, oom_table.Count(0, 0, 0))
                self.counts[place] = oom_table.Count(
                    *map(sum, zip(before, counts[offset])))
                ours[offset] = place
            self.runs.append(run)
        return ours

    def pool(self, function, jobs, unit):
        """All jobs; with KeyboardInterrupt those that have begun."""
        jobs = list(jobs)

        def one(job):
            if not self.is_cut:
                function(*job)
                bar.step()

        with progress.Progress(len(jobs), unit) as bar, \
                concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            try:
                list(pool.map(one, jobs))
            except KeyboardInterrupt:
                self.is_cut = True
                raise

    # The suites with --oom, each test alone so that one fault hides no other.
    def strict(self, program, test):
        end, seconds, said, counts = self.start(
            program, ["--oom", "--only", test], DIALWRIGHT_OOM_REFUSED="1")
        if end in ("refused", "otherwise"):
            end = "lie"  # these may end with ENOMEM only
        self.note(Run(program, test, None, end, seconds, said), counts)

    def watch(self, program, test):
        end, seconds, said, counts = self.start(program, ["--only", test])
        ours = self.note(Run(program, test, None, end, seconds, said), counts)
        with self.lock:
            for offset, place in ours.items():
                self.reach.setdefault(place, []).append(
                    (seconds, program, test, offset))

    def refuse(self, place):
        count = self.counts[place]
        if count.refused or count.spared == count.reached:
            return
        _, program, test, offset = min(
            self.reach[place], key=lambda way: way[0])
        end, seconds, said, counts = self.start(
            program, ["--only", test], DIALWRIGHT_OOM_AT=f"{offset:x}")
        self.note(Run(program, test, place, end, seconds, said), counts)

    def tests(self, *words):
        for program in self.programs:
            done = subprocess.run([program.path, *words, "--list"], text=True,
                                  stdout=subprocess.PIPE, check=True,
                                  env=oom_table.environment())
            for test in done.stdout.split():
                yield program, test


def shown(place):
    path, line, function = place
    return f"{path}:{line} ({function})"


def report(suites):
    """Prints faults, gaps and sums; returns whether there are faults."""
    is_bad = False
    for run in suites.runs:
        if run.end in ("passed", "refused", "cut"):
            continue
        where = shown(run.place) if run.place else "--oom"
        is_bad = is_bad or run.end != "otherwise"
        print(f"---- {run.end}: {run.test}, {where}")
        print("\n".join(run.said.rstrip().split("\n")[-SHOWN_LINES:]))
    print("---- interrupted: not refused yet" if suites.is_cut
          else "---- never refused")
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for place, count in sorted(suites.counts.items()):
        folder = sums[place[0].split("/")[1]]
        folder[0] += 1
        if count.refused:
            folder[1] += 1
        elif count.spared == count.reached:
            folder[2] += 1
        else:
            print(shown(place))
    print(f"{'folder':10}{'places':>8}{'refused':>9}{'spared':>8}")
    for folder, (reached, refused, spared) in sorted(sums.items()):
        print(f"{folder:10}{reached:8}{refused:9}{spared:8}")
    total = [sum(column) for column in zip(*sums.values())] or [0, 0, 0]
    print(f"{'all':10}{total[0]:8}{total[1]:9}{total[2]:8}")
    return is_bad


def log(suites, path):
    with open(path, "w", encoding="utf-8") as file:
        for run in suites.runs:
            file.write(json.dumps({
                "program": os.path.basename(run.program.path),
                "test": run.test, "end": run.end,
                "place": shown(run.place) if run.place else "",
                "seconds": round(run.seconds, 2), "said": run.said}) + "\n")


def try_all(suites, options):
    suites.pool(suites.strict, suites.tests("--oom"), "tests with --oom")
    if options.quick:
        return
    suites.pool(suites.watch, suites.tests(), "tests watched")
    suites.pool(suites.refuse, [
        (place,) for place in sorted(suites.reach)
        if options.place in shown(place)], "places refused")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--only")
    parser.add_argument("--place", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--log")
    options = parser.parse_args()
    progress.interruptible()
    with tempfile.TemporaryDirectory(prefix="dialwright-") as directory:
        suites = Suites(directory, options.only)
        try:
            try_all(suites, options)
        except KeyboardInterrupt:
            suites.is_cut = True
        if options.log:
            log(suites, options.log)
        is_bad = report(suites)
        if suites.is_cut:
            return progress.INTERRUPTED
        return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main())
