#!/usr/bin/env python3
"""Takes the receivers of events away while people are called, and judges.

A daemon calls simulated people, CALLS at once, without a pause. It tells a
webhook and Kafka everything. After a while in health both are away for N
seconds: the brokers are gone; the webhook refuses connections for the first
half, then takes requests and answers none. Then they come back, and calls go
on until nothing waits. What must hold:

  every call, before and meanwhile, ended as the person who was called is, and
  as many of them in a second; answers came as fast; memory did not grow; the
  database grew no more per call; each event of the outbox reached both, those
  of each key in their order without a gap by their sequence; whatever came
  twice was the same; nothing was given up.

Exit status: 0 all of that holds, 1 it does not, 2 wrong words, 130
interrupted. While it runs standard error tells how far it is.
"""
import argparse
import json
import os
import re
import sqlite3
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../e2e"),
                os.path.join(HERE, "../../tools")]
import api  # noqa: E402
import common  # noqa: E402
import events  # noqa: E402
import hearers  # noqa: E402
import progress  # noqa: E402

NUMBERS = 10000
PER_REQUEST = 1000
HEALTH_MAX_S = 240
SAMPLES = 200  # of each phase at most
RECORDING_S = 60  # kept for so long: an hour of them fills disks
GROWTH_MB = 8  # of what is held for the sinks
CACHE_MB = 67  # of the database, at most in memory: store/driver_sqlite.c
WAL_MB = 64
ENOUGH = 100  # calls, to compare their pace

# By the last digit of the number: what they do, and how that must end.
YES, NO, SILENT, BUSY, DECLINES = (
    ("answered", "yes"), ("answered", "no"), ("answered", "silent"),
    ("busy", ""), ("declined", ""))
PEOPLE = [
    ({"moves": [{"wait_ms": 800, "say": "yes I will come"}]}, YES),
    ({"moves": [{"say": "yes I will come"}]}, YES),
    ({"moves": [{"wait_ms": 1500, "say": "yes I will"}]}, YES),
    ({"moves": [{"interrupt_ms": 900, "keys": "2"}]}, NO),
    ({"moves": [{"wait_ms": 1200, "keys": "2"}]}, NO),
    ({"moves": [{"silence": True}]}, SILENT),
    ({"outcome": "busy", "refuse": 486, "ring_ms": 2000}, BUSY),
    ({"moves": [{"say": "yes I come"}]}, YES),
    ({"outcome": "declined", "refuse": 603, "ring_ms": 3000}, DECLINES),
    ({"moves": [{"wait_ms": 800, "keys": "2"}]}, NO),
]


def question(node, said, then):
    return {"id": node, "action": "playback", "playbacks": [said],
            "filter": {"dtmf": "any"},
            "children": [{"flow": then, "condition": {"text": "yes"}},
                         {"flow": "bad", "condition": {"dtmf": "2"}},
                         {"flow": "none", "condition": {"complete": "ANY"}}]}


SCRIPT = {
    "version": "1", "start": "ask", "language": "en",
    "tts": {"voice": "flite:slt"},
    "asr": {"mode": 1, "wait_speech_timeout_ms": 6000, "asr_params": "yes"},
    "label": [{"label": word, "when": [
        {"var": "class", "op": "==", "value": letter}]}
        for word, letter in (("yes", "A"), ("no", "B"), ("silent", "C"))],
    "flow": [
        question("ask", "Hello. This is the robot of the North Clinic. "
                 "Will you come to your visit of tomorrow?", "sure"),
        question("sure", "It is at ten in the morning. Does that suit you?",
                 "good"),
        *({"id": node, "action": "hangup", "playbacks": [said],
           "potential": letter}
          for node, said, letter in (("good", "See you then.", "A"),
                                     ("bad", "What a pity. Goodbye.", "B"),
                                     ("none", "Goodbye.", "C")))]}


def write(folder, name, value):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def people():
    return {"people": [
        {"number": f"+7999000???{digit}", "name": f"kind {digit}",
         "ring_ms": 300, "repeats_last": True, **what}
        for digit, (what, _) in enumerate(PEOPLE)]}


class Phase:
    """What was seen of the daemon for a while."""

    def __init__(self, town, name):
        self.town, self.name = town, name
        self.began, self.began_wall_ms = time.monotonic(), wall_ms()
        self.first = self.last = town.look()
        self.rss, self.own, self.asked_ms, self.wal = [], [], [], []

    def spend(self, seconds, until=lambda: False):
        """Samples for so long; returns whether `until` came true."""
        begin = time.monotonic()
        end = begin + seconds
        pause_s = max(0.25, seconds / SAMPLES)
        with progress.Progress(seconds, f"s {self.name}") as bar:
            while time.monotonic() < end:
                calls = self.sample()
                bar.step(time.monotonic() - begin - bar.done,
                         words=f"{calls} calls")
                if until():
                    return True
                time.sleep(min(pause_s, max(0, end - time.monotonic())))
        return until()

    def sample(self):
        """Returns how many calls have ended."""
        look = self.town.look()
        self.rss.append(look["rss_mb"])
        self.own.append(look["rss_mb"] -
                        min(look["db_kb"] / 1e3, CACHE_MB))
        self.wal.append(look["wal_mb"])
        self.asked_ms.append(look["asked_ms"])
        return look["calls"]

    def end(self):
        self.last = self.town.look()
        self.seconds = time.monotonic() - self.began
        self.ended_wall_ms = wall_ms()
        self.calls = self.grown("calls")
        return self

    def grown(self, key):
        return self.last[key] - self.first[key]

    @property
    def calls_per_s(self):
        return self.calls / self.seconds

    @property
    def db_kb_per_call(self):
        """Those under way write as well, and in a short phase of a slow
        machine hardly one of them ends."""
        return self.grown("db_kb") / (self.calls + self.town.calls)

    @property
    def late_pct(self):
        return 100 * self.grown("late") / max(1, self.grown("ticks"))

    def own_of(self, begin, end):
        """Memory without the pages of the database that are kept there:
        median of a part of the phase, 0 to 1."""
        return statistics.median(self.own[
            int(len(self.own) * begin):max(1, int(len(self.own) * end))])

    def report(self):
        turns = self.town.turns(self.began_wall_ms, self.ended_wall_ms)
        self.turn_ms = quantile(turns, 0.9)
        print(f"{self.name:<8}{self.seconds:7.0f} s{self.calls:7} calls, "
              f"{self.calls_per_s:.2f} a second; answered in "
              f"{quantile(turns, 0.5):.0f} ms (p90 {self.turn_ms:.0f}); "
              f"ticks late {self.late_pct:.3f} %; "
              f"API {quantile(self.asked_ms, 0.9):.0f} ms (p90); "
              f"memory at most {max(self.rss):.1f} MB, without the cache of "
              f"the database {self.own_of(0, 0.5):.1f}, then "
              f"{self.own_of(0.5, 1):.1f}; "
              f"database {self.db_kb_per_call:.1f} kB a call, "
              f"log of it at most {max(self.wal):.0f} MB", flush=True)


def wall_ms():
    return int(time.time() * 1000)


def quantile(values, part):
    values = sorted(values) or [0]
    return values[min(len(values) - 1, int(len(values) * part))]


class Town:
    """The daemon, the people it calls, and who hears of it."""

    def __init__(self, folder, calls):
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.hook = hearers.Hook()
        self.kafka = hearers.Kafka(folder)
        self.people = common.People(
            os.path.join(folder, "people"), "--people",
            write(folder, "people.json", people()))
        self.log_path = os.path.join(folder, "log")
        self.server = None
        self.calls = calls

    def open(self):
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.server = api.Server(self.data, *self.words(), log=log)
        self.server.token = self.must("POST", "/api/v1/tokens", {
            "name": "judge", "scopes": "*"}).json()["token"]
        self.plan()

    def words(self):
        keys = {
            "program.recogniser": "mock", "voice.voices": "flite",
            "line.test.calls": self.calls, "line.test.calls_per_s": 10,
            "sink.hook.url": f"http://127.0.0.1:{self.hook.port}/hook",
            "sink.hook.private": "yes", "sink.hook.timeout_s": 5,
            "sink.hook.secret": events.SECRET,
            "sink.bus.kind": "kafka", "sink.bus.url": self.kafka.brokers,
            "sink.bus.topic": hearers.TOPIC,
        }
        words = common.line(self.people.port)
        for key, value in keys.items():
            words += ["--set", f"{key}={value}"]
        return words

    def must(self, method, path, body=None, raw=None):
        done = self.server.ask(method, path, body, raw=raw)
        assert done.status < 300, f"{path}: {done}"
        return done

    def plan(self):
        numbers = [f"+7999000{i:04}" for i in range(NUMBERS)]
        for i in range(0, NUMBERS, PER_REQUEST):
            self.must("POST", "/api/v1/lists/all/contacts", {
                "contacts": [{"number": number} for number in
                             numbers[i:i + PER_REQUEST]]})
        self.must("PUT", "/api/v1/scripts/ask/draft",
                  raw=json.dumps(SCRIPT).encode())
        self.must("POST", "/api/v1/scripts/ask/publish")
        self.must("PUT", "/api/v1/campaigns/load", {
            "script": "ask", "lists": [{"name": "all"}],
            "calls": self.calls})

    def act(self, word):
        self.must("POST", f"/api/v1/campaigns/load/{word}")

    # --- what is seen of it -----------------------------------------------

    def metric(self, text, name):
        return sum(float(value) for value in re.findall(
            rf"^{name}(?:{{.*}})? (\S+)$", text, re.M))

    def live(self):
        return self.metric(self.must("GET", "/metrics").body.decode(),
                           "dialwright_calls")

    def look(self):
        began = time.monotonic()
        self.must("GET", "/api/v1/calls?limit=50")
        asked_ms = (time.monotonic() - began) * 1000
        text = self.must("GET", "/metrics").body.decode()
        wal = size(self.data, "dialwright.db-wal")
        self.tidy()
        return {
            "asked_ms": asked_ms,
            "rss_mb": self.metric(
                text, "process_resident_memory_bytes") / 1e6,
            "calls": int(self.metric(text, "dialwright_calls_ended_total")),
            "ticks": self.metric(text, "dialwright_media_ticks_total"),
            "late": self.metric(text, "dialwright_media_late_ticks_total"),
            "db_kb": self.rows("SELECT page_count * page_size / 1e3 FROM"
                               " pragma_page_count, pragma_page_size")[0][0],
            "wal_mb": wal / 1e6,
        }

    def tidy(self):
        old = time.time() - RECORDING_S
        for folder, _, names in os.walk(os.path.join(self.data,
                                                     "recordings")):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.getmtime(path) < old:
                    os.remove(path)

    def rows(self, sql, *values):
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def turns(self, from_ms, to_ms):
        """From the end of what was said to the step that answers it."""
        return [row[0] for row in self.rows(
            "SELECT (julianday(createtime) - julianday(input_start_time)) *"
            " 86400000 - input_duration FROM conversation"
            " WHERE heard_by <> '' AND julianday(createtime) BETWEEN"
            " julianday(?1 / 1000.0, 'unixepoch') AND"
            " julianday(?2 / 1000.0, 'unixepoch')", from_ms, to_ms)]

    def waiting(self):
        return {row["name"]: row["waiting"] for row in
                self.must("GET", "/api/v1/sinks").json()["items"]}

    # --- what happens -----------------------------------------------------

    def go_away(self):
        self.hook.shut()
        self.kafka.order("down")

    def come_back(self):
        self.hook.come_back()
        self.kafka.order("up")

    def close(self):
        if self.server:
            self.server.close()
            self.server.process.stdout.close()
        self.people.close()
        self.hook.shut()
        self.kafka.close()


def size(folder, name):
    try:
        return os.path.getsize(os.path.join(folder, name))
    except FileNotFoundError:
        return 0


def run(town, seconds):
    """Returns the phases."""
    limit_s = 120 + seconds
    town.act("start")
    warm = Phase(town, "warm")
    warm.spend(60, lambda: town.look()["calls"] >= 3)
    warm.spend(min(seconds / 4, 30))
    before = Phase(town, "before")
    before.spend(min(max(seconds / 2, 4), HEALTH_MAX_S))
    before.end().report()

    town.go_away()
    away = Phase(town, "away")
    away.spend(seconds / 2)
    away.end().report()
    town.hook.say_nothing()
    away.spend(seconds / 2)
    away.end().report()
    waited = town.waiting()

    town.come_back()
    after = Phase(town, "after")
    is_drained = after.spend(limit_s, lambda: all(
        n < 100 for n in town.waiting().values()))
    after.end().report()
    print(f"{waited} events waited and were gone in {after.seconds:.0f} s",
          flush=True)

    town.act("stop")
    is_quiet = after.spend(120, lambda: not town.live() and
                           not any(town.waiting().values()))
    town.server.stop()
    # Its last words are read by kcat when it comes to that.
    total = town.rows("SELECT count(*) FROM outbox")[0][0]
    end = time.monotonic() + 60
    while town.kafka.lines() < total and time.monotonic() < end:
        time.sleep(0.1)
    return before, away, after, is_drained and is_quiet, waited


def judge_pace(before, away):
    if away.calls_per_s < before.calls_per_s / 2:
        yield "fewer calls while the receivers are away"
    if away.turn_ms > 2 * before.turn_ms + 200:
        yield "answers are slower while they are away"
    if away.late_pct > before.late_pct + 2:
        yield "ticks are later while they are away"


def judge_calls(before, away):
    # Of few calls these are the machine's affair.
    if before.calls >= ENOUGH:
        yield from judge_pace(before, away)
    if away.own_of(0.75, 1) > away.own_of(0.25, 0.5) + GROWTH_MB or \
            max(away.own) > max(before.own) + 4 * GROWTH_MB:
        yield "memory grows while they are away"
    if away.db_kb_per_call > 2 * before.db_kb_per_call + 20:
        yield "the database grows more for each call while they are away"
    if max(away.wal) > WAL_MB:
        yield "the log of the database grows while they are away"


def judge_told(name, told, kept):
    missing = set(kept) - set(told.digests)
    if missing:
        yield f"{name}: {len(missing)} events are missing"
    strange = set(told.digests) - set(kept)
    if strange:
        yield f"{name}: {len(strange)} events are of nobody"
    wrong = events.gaps(told.order)
    if wrong:
        yield f"{name}: gaps or another order: {wrong[:3]}"
    if told.changed:
        yield f"{name}: other words under the same id: {told.changed[:3]}"
    for number, how in told.ended.values():
        expected = PEOPLE[int(number[-1])][1]
        if how != expected:
            yield f"{name}: the call to {number} ended {how}, not {expected}"


def judge(town, phases):
    before, away, _, is_drained, waited = phases
    if not is_drained:
        yield "events wait for ever"
    yield from judge_calls(before, away)
    if not all(waited.get(sink, 0) > away.calls for sink in ("hook", "bus")):
        yield f"the receivers were not away: {waited}"

    kept = [row[0] for row in town.rows("SELECT id FROM outbox ORDER BY seq")]
    calls = town.rows("SELECT count(*) FROM attempts WHERE state = 'ended'")
    bus, torn = town.kafka.told()
    if torn:
        yield f"bus: keys in two partitions: {sorted(torn)[:3]}"
    if town.rows("SELECT 1 FROM undelivered"):
        yield "events were given up"
    for name, told in (("hook", town.hook.told), ("bus", bus)):
        yield from judge_told(name, told, kept)
        if len(told.ended) != calls[0][0]:
            yield (f"{name}: {len(told.ended)} calls ended, of "
                   f"{calls[0][0]}")
        print(f"{name}: {len(told.digests)} events of {len(kept)}, "
              f"{told.doubles} came twice, {len(told.ended)} calls",
              flush=True)


def main():
    words = argparse.ArgumentParser(
        prog="script/outage", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seconds", type=float, default=3600, metavar="N",
                       help="they are away for so long (3600)")
    words.add_argument("--calls", type=int, default=20, metavar="N",
                       help="at once (20)")
    given = words.parse_args()
    began = time.monotonic()
    is_cut = False
    progress.interruptible()
    with tempfile.TemporaryDirectory() as folder:
        town = Town(folder, given.calls)
        wrong = ["it broke off"]
        try:
            town.open()
            wrong = list(judge(town, run(town, given.seconds)))
        except KeyboardInterrupt:
            wrong, is_cut = [], True
        finally:
            town.close()
            if wrong:
                with open(town.log_path, encoding="utf-8") as log:
                    print("".join(log.readlines()[-20:]))
    if is_cut:
        print(f"interrupted after {time.monotonic() - began:.0f} s: nothing "
              "is judged")
        return progress.INTERRUPTED
    for line in wrong[:40]:
        print(f"FAILED {line}")
    print(f"{time.monotonic() - began:.0f} s")
    print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
