#!/usr/bin/env python3
"""Builds everything and runs all tests; script/test is the way to call it.

usage: run_tests.py [NAME...]
With names only the suites that contain one of them: check/style, build/gcc,
unit/base, oom/base, threads/base, fuzz/cfg, e2e/demo. One line per suite, what
it printed only if it failed, and last of all "N passed, N failed".
"""
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARALLEL = 2
UNITS_PARALLEL = 3  # the longest wait most of the time
BUILD_LIMIT_S = 1200
SUITE_LIMIT_S = 600
LONGEST = ("unit/speech", "unit/call", "unit/phone", "threads/phone")
# Suites that only wait, in parts. Not unit/speech: its fakes come and go, and
# a client that tries one again must not find another's at its port.
PARTS = {"unit/call": 4}
SHOWN_LINES = 200  # of a failed suite, its last ones
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
SANITIZE = ["-Db_sanitize=address,undefined", "-Dbuildtype=debug"]

# name of the suite: directory, compiler, options, targets ("" for all)
BUILDS = {
    "gcc": ("build", "gcc", [], ""),
    "sanitized": ("build-test", "gcc", SANITIZE, ""),
    "clang": ("build-clang", "clang",
              SANITIZE + ["-Db_lundef=false", "-Dfuzz=true"], ""),
    # The folders that start threads.
    "threads": ("build-tsan", "gcc",
                ["-Db_sanitize=thread", "-Dbuildtype=debug"],
                "test/base/test_base test/phone/test_phone"),
}


class Process:
    """A command with a time limit; what it starts ends with it."""

    running = set()

    def __init__(self, words, env, limit_s):
        self.words, self.env, self.limit_s = words, env, limit_s

    def run(self):
        """(exit status, output, note about its end)"""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                self.words, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True)
            Process.running.add(process.pid)
            try:
                status, note = process.wait(self.limit_s), ""
                if status:
                    note = f"exit status {status}"
            except subprocess.TimeoutExpired:
                status, note = 1, f"not done after {self.limit_s} s"
            self.end(process)
            output.seek(0)
            text = output.read().decode("utf-8", "replace")
        return status, text, note

    @staticmethod
    def end(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        Process.running.discard(process.pid)

    @staticmethod
    def end_all():
        for pid in list(Process.running):
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


class Suite:
    """A name and a command. One that counts ends with the summary line, the
    others are one test by their exit status."""

    def __init__(self, name, words, env, counts=True, limit_s=SUITE_LIMIT_S):
        self.name, self.words, self.env = name, words, env
        self.counts, self.limit_s = counts, limit_s
        self.passed = self.failed = 0

    def run(self):
        began = time.monotonic()
        status, text, note = Process(self.words, self.env,
                                     self.limit_s).run()
        self.count(status, text)
        self.report(text, note, time.monotonic() - began)
        return self

    def count(self, status, text):
        found = SUMMARY.findall(text) if self.counts else []
        if found:
            self.passed, self.failed = map(int, found[-1])
        elif not self.counts and not status:
            self.passed = 1
        if not self.failed and (status or (self.counts and not found)):
            self.failed = 1

    def report(self, text, note, seconds):
        lines = []
        if self.failed:
            shown = text.rstrip().split("\n")[-SHOWN_LINES:]
            lines += [f"---- {self.name}: {note or 'no summary line'}",
                      *shown, "----"]
        else:
            lines += [line for line in text.split("\n")
                      if line.startswith("skipped ")]
        word = "FAILED" if self.failed else "ok"
        lines.append(f"{word:7}{self.name:22}{self.passed:5} passed"
                     f"{self.failed:5} failed{seconds:8.1f} s")
        print("\n".join(lines), flush=True)


def compiler(name):
    return f"ccache {name}" if shutil.which("ccache") else name


def build(name, env):
    """The suite that brings a build directory up to date."""
    directory, program, options, targets = BUILDS[name]
    steps = f"ninja -C {directory} {targets}"
    if not os.path.exists(os.path.join(ROOT, directory, "build.ninja")):
        steps = f"meson setup {directory} {' '.join(options)} && {steps}"
    return Suite(f"build/{name}", ["sh", "-c", steps],
                 {**env, "CC": compiler(program)}, counts=False,
                 limit_s=BUILD_LIMIT_S)


def checks(env):
    found = [Suite(f"check/{name}", ["python3", f"tools/{name}.py"], env,
                   counts=False)
             for name in ("floors", "style", "banned", "coverage")]
    return found + [
        Suite(f"check/{name}", ["python3", "tools/python_suite.py", path],
              env) for name, path in named("tools/test_*.py")]


def named(pattern, beginning="test_"):
    """(name, path) of the files of a pattern: "cfg" for fuzz/fuzz_cfg."""
    for path in sorted(glob.glob(os.path.join(ROOT, pattern))):
        leaf = os.path.splitext(os.path.basename(path))[0]
        if os.path.isfile(path) and os.access(path, os.R_OK):
            yield leaf[len(beginning):], os.path.relpath(path, ROOT)


def units(env):
    for name, path in named("build-test/test/*/test_*"):
        parts = PARTS.get(f"unit/{name}", 1)
        for part in range(1, parts + 1):
            number = f" {part}" if parts > 1 else ""
            yield Suite(f"unit/{name}{number}",
                        [path, "--part", f"{part}/{parts}"], env)
        yield Suite(f"oom/{name}", [path, "--oom"], env)


def longest_first(suites):
    """So that none of them is left alone at the end."""
    return sorted(suites, key=lambda suite: not suite.name.startswith(LONGEST))


def threads(env):
    for name, path in named("build-tsan/test/*/test_*"):
        yield Suite(f"threads/{name}", [path], env)


def fuzzers(env):
    """The seeds and past finds once through each fuzzer."""
    for name, path in named("build-clang/fuzz/fuzz_*", "fuzz_"):
        corpus = f"fuzz/corpus/{name}"
        yield Suite(f"fuzz/{name}", [path, "-runs=0", corpus], env,
                    counts=False)


def is_silent(path):
    """Whether nothing in it keeps the time of a conversation."""
    with open(path, encoding="utf-8") as file:
        return "\nSILENT = True\n" in file.read()


def end_to_end(env, silent):
    for name, path in named("test/e2e/test_*.py"):
        if is_silent(path) == silent:
            yield Suite(f"e2e/{name}",
                        ["python3", "tools/python_suite.py", path], env)


def environment(place):
    """Nothing of a test stays behind, nothing of the user's gets in."""
    return {
        **os.environ,
        "HOME": place,
        "TMPDIR": place,
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1:"
                        "handle_abort=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "DIALWRIGHT": os.path.join(ROOT, "build-test/dialwright"),
        "DIALWRIGHT_RELEASE": os.path.join(ROOT, "build/dialwright"),
    }


class Run:
    """The suites asked for, in their order."""

    # kind of suite: what must be built before
    NEEDS = {"check": (), "unit": ("sanitized",), "oom": ("sanitized",),
             "threads": ("threads",), "fuzz": ("clang",),
             "e2e": ("gcc", "sanitized")}

    def __init__(self, wanted, env):
        self.wanted, self.env, self.done = wanted, env, []

    def is_wanted(self, name):
        return not self.wanted or any(word in name for word in self.wanted)

    def may_be_wanted(self, kind):
        """Whether suites of that kind may be, before their names are known:
        a name without its kind may be that of any."""
        return not self.wanted or any(
            word.startswith(f"{kind}/") or "/" not in word
            for word in self.wanted)

    def run(self, suites, parallel=PARALLEL):
        suites = [suite for suite in suites if self.is_wanted(suite.name)]
        with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
            self.done += pool.map(Suite.run, suites)

    def build(self):
        needed = {build for kind, builds in self.NEEDS.items()
                  if self.may_be_wanted(kind) for build in builds}
        built = set()
        for name in BUILDS:
            if name in needed or self.is_wanted(f"build/{name}"):
                self.done.append(build(name, self.build_env()).run())
                if not self.done[-1].failed:
                    built.add(name)
        return built

    def build_env(self):
        """The user's home holds the compiler's cache."""
        return {**self.env, "HOME": os.environ.get("HOME", "/")}

    def all(self):
        self.run(checks(self.env))
        built = self.build()
        found = [suite for name, suites in (
                     ("sanitized", units), ("threads", threads),
                     ("clang", fuzzers)) if name in built
                 for suite in suites(self.env)]
        self.run(longest_first(found), UNITS_PARALLEL)
        if {"gcc", "sanitized"} <= built:
            self.run(end_to_end(self.env, silent=True))
            # One after another: they play and hear sound in real time.
            self.run(end_to_end(self.env, silent=False), parallel=1)

    def summary(self):
        passed = sum(suite.passed for suite in self.done)
        failed = sum(suite.failed for suite in self.done)
        if not self.done:
            print(f"no suite contains {' or '.join(self.wanted)}")
            failed = 1
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0


def main(wanted):
    if any(word.startswith("-") for word in wanted):
        print(__doc__.strip())
        return 0 if set(wanted) <= {"-h", "--help"} else 2
    place = tempfile.mkdtemp(prefix="dialwright-")
    run = Run(wanted, environment(place))
    try:
        run.all()
        return run.summary()
    except KeyboardInterrupt:
        return 130
    finally:
        Process.end_all()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
