#!/usr/bin/env python3
"""Kills a dialer with -9 again and again and asks the other side.

The dialer is test/campaign/robot_dialer. A SIP sink that shares no code with it
remembers every INVITE. Campaign after campaign is called to its end by
processes that live for a random time. Then must hold: each Call-ID that left
is one attempt of the database, none stands for two (contact, n), nobody was
called oftener than the rules allow, and everybody is done: in the end busy
twice, or in doubt. Each attempt is in the chain of calls, which is whole.

Exit status: 0 all of that holds, 1 it does not, 2 wrong words, 130
interrupted; then the sum of what was done is printed.
"""
import argparse
import collections
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../e2e"),
                os.path.join(HERE, "../../tools")]
import common  # noqa: E402
import progress  # noqa: E402

PEOPLE = 400
TRIES = 2
LIFE_MAX_S = 0.15
ROUND_LIMIT_S = 120
PERMIT_S = 4  # a permission is good for three
KILLED, FROZEN = "-+", "<>"  # words to the server, and how it comes back


class Sqlite:
    def __init__(self, directory):
        self.url = os.path.join(directory, "crash.db")
        self.folder = directory
        self.setting = f"store.path={self.url}"

    def rows(self, sql):
        database = sqlite3.connect(self.url)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def close(self):
        if self.rows("PRAGMA integrity_check") != [("ok",)]:
            raise SystemExit("the database is damaged")


class Postgresql:
    def __init__(self, robot, directory):
        # Ctrl-C is none of its business: it ends with its standard input.
        self.server = subprocess.Popen(
            [robot, "--server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.url = self.server.stdout.readline().strip()
        if not self.url:
            raise SystemExit("PostgreSQL cannot be started")
        self.folder = directory
        self.setting = f"store.url={self.url}"

    def rows(self, sql):
        done = subprocess.run(["psql", "-AtX", self.url, "-c", sql],
                              capture_output=True, text=True, check=True)
        return [tuple(row.split("|")) for row in done.stdout.splitlines()]

    def turn(self, word):
        """"-" kills the server, "+" starts it again; "<" freezes it, ">" lets
        it go on."""
        self.server.stdin.write(word)
        self.server.stdin.flush()
        if not self.server.stdout.readline():
            raise SystemExit("PostgreSQL cannot be turned " + word)

    def close(self):
        self.server.stdin.close()
        self.server.wait(timeout=60)
        self.server.stdout.close()


@contextlib.contextmanager
def dialer(command):
    """A process that does not outlive this block."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def live(command, life_s):
    """One life. Returns whether the campaign is over."""
    with dialer(command) as process:
        try:
            process.wait(timeout=life_s)
        except subprocess.TimeoutExpired:
            process.kill()
        _, said = process.communicate()
    if process.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    if process.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"the dialer ended with {process.returncode}: {said}")
    return process.returncode == 0


def judge(database, name, calls):
    """What is wrong with a campaign that is over; '' if nothing is."""
    attempts = {row[0]: row[1:] for row in database.rows(
        "SELECT a.call_id, a.contact_id, a.n, a.outcome, a.state "
        "FROM attempts a JOIN campaigns k ON k.id = a.campaign_id "
        f"WHERE k.name = '{name}'")}
    left = [call for _, call in calls]
    if len(left) != len(set(left)):
        return "one Call-ID went to two numbers"
    unknown = set(left) - set(attempts)
    if unknown:
        return f"{len(unknown)} calls have no attempt"
    pairs = [row[:2] for row in attempts.values()]
    if len(pairs) != len(set(pairs)):
        return "an attempt stands twice"
    number, count = collections.Counter(
        number for number, _ in calls).most_common(1)[0]
    if count > TRIES:
        return f"{number} was called {count} times"
    if any(row[3] != "ended" for row in attempts.values()):
        return "an attempt is under way for ever"
    states = database.rows(
        "SELECT t.state, count(*) FROM targets t JOIN campaigns k "
        f"ON k.id = t.campaign_id WHERE k.name = '{name}' GROUP BY 1")
    if [(state, int(n)) for state, n in states] != [("done", PEOPLE)]:
        return f"contacts are lost: {states}"
    doubted = {row[0] for row in attempts.values() if row[2] == "in_doubt"}
    called = collections.Counter(row[0] for row in attempts.values())
    short = [who for who, n in called.items()
             if n < TRIES and who not in doubted]
    if short:
        return f"{len(short)} were not tried again"
    return ""


def chained(database):
    """What is wrong with the chain of calls behind all of it."""
    missing = database.rows(
        "SELECT count(*) FROM attempts a WHERE NOT EXISTS "
        "(SELECT 1 FROM links l WHERE l.callid = a.call_id)")[0][0]
    if int(missing):
        return f"{missing} attempts have no link"
    done = common.dialwright("audit", "check", "--set", database.setting,
                             data=database.folder)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def campaign(robot, database, name, bar, lots):
    """To its end, with as many lives as the run has left at most."""
    sink = common.SipSink()
    command = [robot, database.url, name, str(sink.port), str(PEOPLE)]
    until = time.monotonic() + ROUND_LIMIT_S
    is_over = False
    while not is_over:
        # The last one of all, or of a machine that is too slow, may finish.
        is_last = bar.done >= bar.total or time.monotonic() > until
        is_over = live(command, 600 if is_last
                       else lots.uniform(0, LIFE_MAX_S))
        bar.step(words=name)
    wrong = judge(database, name, sink.calls)
    sink.close()
    if wrong:
        raise SystemExit(f"FAILED campaign {name}: {wrong}")


def frozen(robot, database, freeze_s):
    """A process is frozen in the middle for longer than its lease; another
    one goes on, and what the first does when it wakes up is judged too."""
    sink = common.SipSink()
    command = [robot, database.url, "frozen", str(sink.port), str(PEOPLE)]
    with dialer(command) as first:
        until = time.monotonic() + ROUND_LIMIT_S
        while len(sink.calls) < 50 and time.monotonic() < until:
            time.sleep(0.001)
        first.send_signal(signal.SIGSTOP)
        before = len(sink.calls)
        thaw = time.monotonic() + freeze_s
        while time.monotonic() < thaw:
            # Who finds nobody left ends; the last ones find the dead.
            live(command, max(0.1, thaw - time.monotonic()))
            time.sleep(0.5)
        # With nobody left to call it has nothing to say to anybody.
        left = database.rows(
            "SELECT count(*) FROM targets WHERE state <> 'done'")[0][0]
        until_thaw = len(sink.calls)
        first.send_signal(signal.SIGCONT)
        _, said = first.communicate(timeout=ROUND_LIMIT_S)
    if first.returncode:
        raise SystemExit(f"the frozen dialer ended with {first.returncode}: "
                         f"{said}")
    wrong = judge(database, "frozen", sink.calls)
    # One may be on its way from its last look at the clock to its socket.
    if not int(left) and len(sink.calls) > until_thaw + 1:
        wrong = f"{len(sink.calls) - until_thaw} calls when it woke up"
    doubted = database.rows(
        "SELECT count(*) FROM attempts WHERE outcome = 'in_doubt'")[0][0]
    sink.close()
    if wrong:
        raise SystemExit(f"FAILED frozen: {wrong}")
    print(f"frozen after {before} calls for {freeze_s} s: {doubted} in doubt, "
          "nobody called twice, nobody lost")


def calls_within(sink, database, words, outage_s):
    """The server goes and comes back; calls until then, and in the meantime
    once the permissions of before are over, by the clock of the kernel."""
    database.turn(words[0])
    late = time.time() + PERMIT_S
    sink.release()
    time.sleep(outage_s)
    back = time.time()
    database.turn(words[1])
    sink.settle()
    times = list(sink.times)
    return (sum(at <= late for at in times),
            sum(late < at < back for at in times))


def outage(robot, database, words, outage_s):
    """The server goes while two processes call, and comes back."""
    name = "outage" if words == KILLED else "stall"
    sink = common.SipSink()
    # However late the server goes, not everybody was called.
    sink.hold_from = PEOPLE
    command = [robot, database.url, name, str(sink.port), str(PEOPLE)]
    until = time.monotonic() + ROUND_LIMIT_S
    with dialer(command) as first:
        while not sink.calls and time.monotonic() < until:
            time.sleep(0.001)
        with dialer(command) as second:
            while len(sink.calls) < PEOPLE // 8 and time.monotonic() < until:
                time.sleep(0.001)
            before, during = calls_within(sink, database, words, outage_s)
            _, said = first.communicate(timeout=ROUND_LIMIT_S)
            # The second one may have come when the server went.
            second.communicate(timeout=ROUND_LIMIT_S)
    if first.returncode:
        raise SystemExit(f"a dialer ended with {first.returncode}: {said}")
    while not live(command, ROUND_LIMIT_S):
        pass
    wrong = judge(database, name, sink.calls)
    sink.close()
    if len(sink.calls) == before:
        wrong = "it was not away: everybody was called meanwhile"
    if during:
        wrong = f"{during} calls without a database"
    if wrong:
        raise SystemExit(f"FAILED {name}: {wrong}")
    print(f"{name} of the database for {outage_s} s after {before} calls of "
          f"{len(sink.calls)}: nobody called twice, nobody lost")


def run(given, database, bar):
    """Yields the name of each campaign that is over and as it should be."""
    lots = random.Random(given.seed)
    is_server = given.database == "postgresql"
    if given.freeze and is_server:
        bar.say(f"a dialer is frozen for {given.freeze} s")
        frozen(given.robot, database, given.freeze)
        yield "frozen"
    if given.outage and is_server:
        bar.say(f"the database is away for {given.outage} s")
        outage(given.robot, database, KILLED, given.outage)
        yield "outage"
    if given.stall and is_server:
        bar.say(f"the database answers nothing for {given.stall} s")
        outage(given.robot, database, FROZEN, given.stall)
        yield "stall"
    for n in range(1, given.cycles + 1):
        if bar.done >= given.cycles:
            break
        campaign(given.robot, database, f"round {n}", bar, lots)
        yield f"round {n}"
    wrong = chained(database)
    if wrong:
        raise SystemExit(f"FAILED chain of calls: {wrong}")


def arguments():
    words = argparse.ArgumentParser(
        prog="script/crash", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("robot", help=argparse.SUPPRESS)
    words.add_argument("--cycles", type=int, default=1000, metavar="N",
                       help="lives (1000)")
    words.add_argument("--database", default="sqlite",
                       choices=("sqlite", "postgresql"),
                       help="without it script/crash tries both")
    words.add_argument("--freeze", type=float, default=0, metavar="SECONDS",
                       help="a process is frozen first; with postgresql")
    words.add_argument("--outage", type=float, default=0, metavar="SECONDS",
                       help="the server is killed first; with postgresql")
    words.add_argument("--stall", type=float, default=0, metavar="SECONDS",
                       help="it answers nothing first; with postgresql")
    words.add_argument("--seed", type=int, default=os.getpid(), metavar="N",
                       help="of the lives' lengths (another each time)")
    return words.parse_args()


def main():
    given = arguments()
    print(f"seed {given.seed}", flush=True)
    progress.interruptible()
    with tempfile.TemporaryDirectory() as directory, \
            progress.Progress(given.cycles, "lives") as bar:
        database = (Sqlite(directory) if given.database == "sqlite"
                    else Postgresql(given.robot, directory))
        over, is_cut = [], False
        try:
            for name in run(given, database, bar):
                over.append(name)
        except KeyboardInterrupt:
            is_cut = True
        finally:
            database.close()
    if is_cut:
        print(f"{given.database}: interrupted after {bar.done} of "
              f"{given.cycles} lives; {len(over)} campaigns of {PEOPLE} were "
              "judged and are as they should be")
        return progress.INTERRUPTED
    print(f"{given.database}: {bar.done} lives, {len(over)} campaigns of "
          f"{PEOPLE}: nobody called twice, nobody lost, no record unseen")
    print("1 passed, 0 failed")
    return 0


sys.exit(main())
