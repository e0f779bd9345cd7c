#!/usr/bin/env python3
"""Runs a command on a machine that stands still now and then.

usage: stall.py [--seed N] [--most SECONDS] COMMAND...
Every second or so all that the command started, or one process of it, is
stopped for a time drawn by the seed: mostly some tenths of a second, seldom up
to SECONDS (2). A busy host does that to its virtual machines; a test that
fails here counts on the speed of its machine. The exit status is the
command's; the seed is the last line of standard error.
"""
import argparse
import ctypes
import os
import random
import signal
import subprocess
import sys
import time

PAUSE_S = (0.1, 2.0)
SHORT_S, LONG_S = (0.03, 0.3), (0.3, 1.0)
SHORT, LONG = 0.6, 0.3  # so much of the stalls; the others are longer yet
ALONE = 0.4             # so much of the stalls are of one process
ROUNDS = 10             # of stopping what was started meanwhile
PR_SET_CHILD_SUBREAPER = 36
STOPPED = "TtZX"


def adopt_orphans():
    """A server that left its parent stays below us, where it is found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(child):
    """Adopted processes that ended; the command is waited for by itself."""
    for pid in below(os.getpid(), states="Z"):
        if pid != child.pid:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass  # somebody else's child: its parent waits


def below(root, states=None):
    """The processes that descend from one: those in the states, or else
    all that run or wait."""
    kids = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                words = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        kids.setdefault(int(words[1]), []).append((int(pid), words[0]))
    found, parents = [], [root]
    while parents:
        for pid, state in kids.get(parents.pop(), ()):
            parents.append(pid)
            if state in states if states else state not in STOPPED:
                found.append(pid)
    return found


def tell(pids, number):
    """Those that were there to be told."""
    told = []
    for pid in pids:
        try:
            os.kill(pid, number)
            told.append(pid)
        except (ProcessLookupError, PermissionError):
            pass
    return told


def stop_all():
    """One that a process started while the others were stopped is stopped
    too. What a test stopped itself is left to it."""
    stopped = set()
    for _ in range(ROUNDS):
        found = set(below(os.getpid())) - stopped
        if not found:
            break
        stopped |= set(tell(found, signal.SIGSTOP))
    return stopped


def stop_one(draw):
    found = below(os.getpid())
    return tell([draw.choice(found)] if found else [], signal.SIGSTOP)


def length_s(draw, most_s):
    kind = draw.random()
    if kind < SHORT:
        return draw.uniform(*SHORT_S)
    if kind < SHORT + LONG:
        return draw.uniform(*LONG_S)
    return draw.uniform(LONG_S[1], max(LONG_S[1], most_s))


def is_over(child, seconds):
    try:
        child.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False


def run(words, draw, most_s):
    """(exit status, how often it stood still)"""
    adopt_orphans()
    child = subprocess.Popen(words)
    stalls, stopped = 0, []
    try:
        while not is_over(child, draw.uniform(*PAUSE_S)):
            reap_orphans(child)
            is_alone = draw.random() < ALONE
            seconds = min(length_s(draw, most_s), most_s)
            stopped = stop_one(draw) if is_alone else stop_all()
            time.sleep(seconds)
            tell(stopped, signal.SIGCONT)
            stopped, stalls = [], stalls + 1
    finally:
        tell(stopped, signal.SIGCONT)
        if child.poll() is None:
            child.terminate()
            child.wait()
    return child.returncode, stalls


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="script/stall", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=None,
                        help="of the times that are drawn; else any")
    parser.add_argument("--most", type=float, default=2.0, metavar="SECONDS",
                        help="the longest stall (2)")
    parser.add_argument("command", nargs=argparse.REMAINDER,
                        help="script/test unit/call, say")
    said = parser.parse_args(arguments)
    if not said.command or said.most <= 0:
        parser.error("a command is wanted, and stalls longer than 0 s")
    seed = said.seed
    if seed is None:
        seed = random.SystemRandom().randrange(100000)
    try:
        status, stalls = run(said.command, random.Random(seed), said.most)
    except OSError as error:
        parser.error(f"{said.command[0]}: {error.strerror}")
    except KeyboardInterrupt:
        return 130
    print(f"it stood still {stalls} times (--seed {seed})", file=sys.stderr)
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
