#!/usr/bin/env python3
"""Runs whole commands of which an allocation fails, and judges what they did.

usage: starve.py BINARY [--runs N | --all [--place TEXT] [--part I/N]]
                 [--seed N] [--only STORY] [--log]

BINARY is test/dialwright_oom. Each story is told once without a failure, to
know what it allocates, and then N times with one, or a few in a row, drawn by
the seed over its whole length; most of them at a place of the program that no
run refused before. Whatever fails: no sanitizer complains, nothing hangs, the
exit status is 0 or 1, a 1 comes with words, a 0 with the answer that is given
with memory too, and the database is whole. Where people are called, another
process goes on without failures: nobody is called twice, nobody is lost, no
attempt is left in doubt; where they talk, nobody is left on a silent line, and
other systems hear of everything.
--all: one run for each place of the program that the story reaches (--place:
in files whose path contains that; --part: each N-th of them from the I-th on);
--log: each run. Standard error tells how far it is; the exit status is 0
without a fault, 1 with one, 2 for wrong words, 130 interrupted.
"""
import argparse
import collections
import http.client
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "test/e2e"), os.path.join(ROOT, "tools")]
import callee  # noqa: E402
import common  # noqa: E402
import events  # noqa: E402
import oom_table  # noqa: E402
import progress  # noqa: E402

LIMIT_S = 130
with open(common.SCRIPT, encoding="utf-8") as script:
    SCRIPT = json.load(script)
FRESH_SHARE = 0.7
PEOPLE = [f"+155501{i:02}" for i in range(20, 26)]
VOLATILE = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+Z?|\d+ ms|\d+\.\d+ s")


class Fault(Exception):
    """What a run did wrong."""


class Place:
    """A directory of one run, made like the one before it."""

    def __init__(self, directory):
        os.mkdir(directory)
        self.data = directory
        self.list = os.path.join(directory, "list.csv")
        self.database = os.path.join(directory, "dialwright.db")
        with open(self.list, "w", encoding="utf-8") as file:
            file.write("number,name,day,time\n")
            file.writelines(f"{number},Ada Byron,tomorrow,noon\n"
                            for number in PEOPLE)

    def rows(self, sql):
        database = sqlite3.connect(self.database)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def check(self):
        if os.path.exists(self.database) and self.rows(
                "PRAGMA integrity_check") != [("ok",)]:
            raise Fault("the database is damaged")


class Story:
    """Words of a command; what is made before, what must hold behind."""

    stdin = ""
    before = ()  # commands

    def __init__(self, name, *words, before=(), stdin=""):
        self.name, self.told = name, words
        self.before, self.stdin = before, stdin

    def words(self, place):
        return [word.replace("LIST", place.list) for word in self.told]

    def open(self, place):
        pass

    def close(self):
        pass

    def run(self, words, env):
        """To its end; the CompletedProcess."""
        return subprocess.run(words, env=env, text=True, input=self.stdin,
                              capture_output=True, timeout=LIMIT_S,
                              errors="replace")

    def judge(self, place, run):
        """Behind a run with failures."""

    def answer(self, run):
        return VOLATILE.sub("T", run.stdout)

    def words_of(self, run):
        """Where it says why it failed."""
        return run.stderr


class Checking(Story):
    """Its report is what it is asked for, and says what cannot be read."""

    def words_of(self, run):
        return run.stdout + run.stderr


class Calling(Story):
    """Everybody is busy, so each is called once, and one process after
    another is at it."""

    def open(self, place):
        self.sink = common.SipSink()

    def close(self):
        self.sink.close()

    def words(self, place):
        return [*super().words(place), *common.line(self.sink.port)]

    def judge(self, place, run):
        again = run.teller.clean(self, place)
        if again.returncode:
            raise Fault(f"the next run fails: {again.stderr}")
        numbers = [number for number, _ in self.sink.calls]
        # What we spoil ourselves is no attempt, and is made again.
        spoilt = collections.Counter(row[0] for row in place.rows(
            "SELECT number FROM attempts WHERE is_used = 0"))
        twice = [number for number, n in collections.Counter(
            numbers).items() if n > 1 + spoilt[number]]
        if twice:
            raise Fault(f"called twice: {twice}")
        left = {call for _, call in self.sink.calls}
        known = {row[0] for row in place.rows("SELECT call_id FROM attempts")}
        if left - known:
            raise Fault("a call has no attempt")
        if place.rows("SELECT 1 FROM attempts WHERE state <> 'ended'"):
            raise Fault("an attempt is under way for ever")
        states = place.rows("SELECT state, count(*) FROM targets GROUP BY 1")
        if states != [("done", len(PEOPLE))]:
            raise Fault(f"people are lost: {states}")
        doubted = place.rows("SELECT number FROM attempts "
                             "WHERE outcome = 'in_doubt'")
        missed = set(PEOPLE) - set(numbers) - {row[0] for row in doubted}
        if missed:
            raise Fault(f"never called: {missed}")
        if doubted and run.returncode == 0:
            raise Fault(f"in doubt behind a run that went well: {doubted}")

    def answer(self, run):
        return ""  # the order of the rows is that of the answers


class Talking(Calling):
    """They answer, and say a word to a script that asks a service; a service
    recognises it, a webhook hears of all that."""

    def open(self, place):
        self.sink = callee.Callee()
        self.hook = events.Receiver()
        self.script = os.path.join(place.data, "talk.json")
        with open(self.script, "w", encoding="utf-8") as file:
            json.dump(self.flow(), file)
        self.ear = subprocess.Popen(
            [os.path.join(os.path.dirname(self.binary), "fakes/fake_speech"),
             "deepgram", "key", "k1", "text", "yes please"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.port = int(self.ear.stdout.readline().split()[1])

    def close(self):
        self.ear.terminate()
        self.ear.communicate()
        self.hook.close()
        super().close()

    def flow(self):
        other = {"condition": {"complete": "ANY"}}
        return {"language": "en", "start": "look", "label": [
            {"label": "yes", "when": [{"var": "class", "op": "==",
                                       "value": "A"}]}], "flow": [
            {"id": "look", "action": "http", "url": self.hook.url("/crm"),
             "timeout_ms": 5000, "children": [{"flow": "ask", **other}]},
            {"id": "ask", "action": "playback",
             "playbacks": ["Hello ${name}, will you come?"], "children": [
                 {"flow": "yes", "condition": {"text": "yes"}},
                 {"flow": "no", **other}]},
            {"id": "yes", "action": "hangup", "playbacks": ["Fine."],
             "potential": "A"},
            {"id": "no", "action": "hangup", "potential": "B"}]}

    def words(self, place):
        more = ("program.recogniser=ear", "service.ear.kind=deepgram",
                f"service.ear.url=ws://127.0.0.1:{self.port}/v1/listen",
                "service.ear.key=k1", "sink.hook.private=yes",
                f"sink.hook.url={self.hook.url()}",
                f"sink.hook.secret={events.SECRET}")
        words = [word.replace("SCRIPT", self.script)
                 for word in super().words(place)]
        return [*words, *(part for word in more for part in ("--set", word))]

    def judge(self, place, run):
        super().judge(place, run)
        alone = self.sink.alone()
        if alone and "BYE cannot be sent" not in run.stderr:
            raise Fault(f"left on a silent line: {alone}")
        with self.hook.lock:
            heard = [json.loads(body) for path, _, body in self.hook.requests
                     if path == "/hook"]
        told = {event["data"].get("callid") for event in heard
                if event["type"].endswith("attempt.ended")}
        ended = {row[0] for row in place.rows("SELECT call_id FROM attempts")}
        if ended - told:
            raise Fault(f"nobody heard of the end of {ended - told}")
        kept = {row[0] for row in place.rows("SELECT callid FROM calls")}
        lost = {talk for talk in self.sink.talks if talk not in kept}
        if lost and not re.search("rows are lost|is not stored|in doubt",
                                  run.stderr):
            raise Fault(f"calls without a row: {lost}")


class Serving(Story):
    """A daemon is asked this and that; what it said it did is done."""

    ASKED = (
        ("POST", "lists/spring/contacts",
         {"contacts": [{"number": number} for number in PEOPLE]}),
        ("POST", "blocks", {"number": PEOPLE[0], "reason": "asked"}),
        *(("GET", path, None) for path in (
            "openapi.json", "lists", "lists/spring", "blocks", "scripts",
            "campaigns", "calls", "lines", "services",
            "system", "users", "tokens", "sinks", "audit", "voices",
            "usage", "consents", "registries", "prompts", "me")),
        ("PUT", "scripts/test/draft", SCRIPT),
        ("POST", "scripts/test/publish", None),
        ("GET", "scripts/test/versions", None),
        ("PUT", "campaigns/spring", {"script": "test", "lists": ["spring"]}),
        ("GET", "campaigns/spring", None),
        ("GET", "campaigns/spring/results", None),
        ("GET", "campaigns/spring/report", None),
        ("GET", "campaigns/spring/counts", None))

    def run(self, words, env):
        process = subprocess.Popen(words, env=env, text=True,
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, errors="replace")
        self.done = set()
        killer = threading.Timer(LIMIT_S, process.kill)
        killer.start()
        try:
            url = re.search(r"listening on (http\S+);",
                            process.stdout.readline())
            word = re.search(r"/setup#(\S+),", process.stdout.readline())
            if url and word:
                self.ask_all(url.group(1), word.group(1))
            process.terminate()
            said = process.communicate()
        finally:
            killer.cancel()
            process.kill()
        if process.returncode == -9:
            raise Fault(f"not done after {LIMIT_S} s: {said[1]}")
        return subprocess.CompletedProcess(words, process.returncode, *said)

    def ask_all(self, url, word):
        def ask(method, path, body, token=""):
            request = urllib.request.Request(
                f"{url}/api/v1/{path}", method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json",
                         "Authorization": f"Bearer {token}"})
            try:
                with urllib.request.urlopen(request, timeout=20) as reply:
                    text = reply.read()
                    self.done.add((method, path))
                    return json.loads(text) if text else {}
            except urllib.error.HTTPError as reply:
                with reply:
                    if reply.code in (400, 401, 422) and token and (
                            "campaigns" not in path):
                        raise Fault(f"{method} {path}: {reply.code} "
                                    f"{reply.read()}") from reply
            except (OSError, http.client.HTTPException):
                pass  # refused, or cut off: then nothing was promised
            except ValueError as no:
                raise Fault(f"{method} {path} is no JSON: {text}") from no
            return {}

        person = {"user": "anna", "password": "correct horse battery"}
        for _ in range(2):
            ask("POST", "setup", {**person, "word": word})
        token = ask("POST", "session", person).get("token", "")
        for method, path, body in self.ASKED if token else ():
            ask(method, path, body, token)

    def judge(self, place, run):
        if ("POST", "lists/spring/contacts") in self.done and place.rows(
                "SELECT count(*) FROM contacts") != [(len(PEOPLE),)]:
            raise Fault("people are lost")
        if ("POST", "blocks") in self.done and place.rows(
                "SELECT number FROM do_not_call") != [(PEOPLE[0],)]:
            raise Fault("who is blocked is not")

    def answer(self, run):
        return ""


class Making(Story):
    """A draft that was made, or made again, has everybody once."""

    def judge(self, place, run):
        if run.returncode:
            again = run.teller.clean(self, place)
            if again.returncode:
                raise Fault(f"it cannot be made any more: {again.stderr}")
        counted = place.rows("SELECT count(*), count(DISTINCT number) "
                             "FROM contacts")
        if counted != [(len(PEOPLE), len(PEOPLE))]:
            raise Fault(f"people are lost or there twice: {counted}")


CREATE = ("campaign", "create", "spring", "--list", "LIST", "--script",
          common.SCRIPT)
INPUTS = "Yes that is me.\nYes I will come.\n/quit\n"
STORIES = [
    Checking("check", "check", common.SCRIPT),
    Story("talk", "talk", common.SCRIPT, "--callid", "starved",
          "--var", "name=Ada", stdin=INPUTS),
    Story("describe", "describe", "config"),
    Making("create", *CREATE),
    Story("dry-run", "campaign", "dry-run", "spring", before=[CREATE]),
    Story("show", "campaign", "show", "spring", before=[CREATE]),
    Story("report", "campaign", "report", "spring", "--format", "json",
          before=[CREATE]),
    Story("block", "block", PEOPLE[0], before=[CREATE]),
    Serving("serve", "serve", "--port", "0", "--set", "phone.bind=127.0.0.1",
            "--set", "phone.sip_port=0"),
    Talking("talking", "run", "LIST", "--script", "SCRIPT", "--campaign",
            "spring"),
    Calling("calling", "run", "LIST", "--script", common.SCRIPT, "--campaign",
            "spring"),
]


class Teller:
    def __init__(self, binary, log):
        self.program = oom_table.Program(binary)
        self.is_logged = log
        self.refused = set()  # offsets
        self.places = {}  # offset: Count
        self.directory = tempfile.mkdtemp(prefix="dialwright-")

    def start(self, story, place, words=None, **more):
        """One process: the CompletedProcess and what it allocated."""
        table = oom_table.Table(self.directory)
        env = self.program.env(table, HOME=place.data, **more)
        try:
            run = (Story.run if words else type(story).run)(
                story, [self.program.path, *(words or story.words(place)),
                        "--data", place.data], env)
        except subprocess.TimeoutExpired as late:
            raise Fault(f"not done after {LIMIT_S} s: {late.stderr}") from late
        run.teller = self
        counts = table.read()
        self.refused |= {offset for offset, count in counts.items()
                         if count.refused}
        return run, counts

    def clean(self, story, place, words=None):
        return self.start(story, place, words, DIALWRIGHT_OOM_REFUSED="1")[0]

    def tell(self, story, **more):
        """The story on a fresh place; returns the run and its counts."""
        place = Place(os.path.join(self.directory, "place"))
        story.binary = self.program.path
        story.open(place)
        try:
            for words in story.before:
                done = self.clean(story, place, [
                    word.replace("LIST", place.list) for word in words])
                if done.returncode:
                    raise SystemExit(done.stderr)
            run, counts = self.start(story, place, **more)
            self.judge(story, run)
            place.check()
            story.judge(place, run)
        finally:
            story.close()
            shutil.rmtree(place.data)
        for offset, count in counts.items():
            before = self.places.get(offset, oom_table.Count(0, 0, 0))
            self.places[offset] = oom_table.Count(
                *map(sum, zip(before, count)))
        return run, counts

    def shown(self, how):
        at = how.get("DIALWRIGHT_OOM_AT")
        name = ""
        if at:
            path, line, function = self.program.name([int(at, 16)])[
                int(at, 16)]
            name = f"{path}:{line} ({function}) "
        return name + " ".join(f"{key}={value}" for key, value in how.items())

    @staticmethod
    def judge(story, run):
        if run.returncode == -signal.SIGINT:
            raise KeyboardInterrupt
        if run.returncode in (98, 99) or "Sanitizer" in run.stderr:
            raise Fault(run.stderr)
        if run.returncode not in (0, 1):
            raise Fault(f"exit status {run.returncode}: {run.stderr}")
        if run.returncode and not story.words_of(run).strip():
            raise Fault("it failed without a word")


def draw(lots, counts, refused):
    """What shall fail in one run."""
    usable = {offset: count.reached - count.spared
              for offset, count in counts.items()
              if count.reached > count.spared}
    fresh = sorted(set(usable) - refused)
    if fresh and lots.random() < FRESH_SHARE:
        offset = lots.choice(fresh)
        return {"DIALWRIGHT_OOM_AT": f"{offset:x}",
                "DIALWRIGHT_OOM_SKIP": str(lots.randrange(usable[offset])),
                "DIALWRIGHT_OOM_COUNT": str(lots.choice((1, 1, 3)))}
    return {"DIALWRIGHT_OOM_SKIP": str(lots.randrange(sum(usable.values()))),
            "DIALWRIGHT_OOM_COUNT": str(lots.choice((1, 1, 20, 1000)))}


class Starving:
    """The runs of one story."""

    def __init__(self, teller, story, seed):
        self.teller, self.story = teller, story
        self.lots = random.Random(f"{seed} {story.name}")
        whole, self.counts = teller.tell(story)
        if whole.returncode:
            raise SystemExit(f"{story.name}: {whole.stderr}")
        self.answer = story.answer(whole)

    def places(self, options):
        """Those of src/ that the story reaches and may refuse."""
        names = self.teller.program.name(list(self.counts))
        part, parts = map(int, options.part.split("/"))
        return sorted(offset for offset, count in self.counts.items()
                      if count.reached > count.spared
                      and names[offset][0].startswith("src/")
                      and options.place in names[offset][0])[part - 1::parts]

    def run_all(self, options, bar):
        offsets = self.places(options)
        bar.total = bar.done + len(offsets)
        for offset in offsets:
            count = self.counts[offset]
            self.run({"DIALWRIGHT_OOM_AT": f"{offset:x}",
                      "DIALWRIGHT_OOM_SKIP": str(self.lots.randrange(
                          count.reached - count.spared))}, bar)

    def run_some(self, options, bar):
        for _ in range(options.runs):
            self.run(draw(self.lots, self.counts, self.teller.refused), bar)

    def run(self, how, bar):
        words, end = "", "passed"
        try:
            run, _ = self.teller.tell(self.story, **how)
            end = "refused" if run.returncode else "passed"
            words = run.stderr
            if not run.returncode and self.story.answer(run) != self.answer:
                raise Fault(f"it says it worked, and answers otherwise:\n"
                            f"{run.stdout}{run.stderr}")
        except Fault as fault:
            end, words = "FAULT", str(fault)
        if end == "FAULT" or self.teller.is_logged:
            bar.say(f"{end} {self.story.name} {self.teller.shown(how)}\n"
                    f"{words}")
        bar.step(wrong=end == "FAULT", words=self.story.name)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--place", default="")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="")
    parser.add_argument("--log", action="store_true")
    options = parser.parse_args()
    teller = Teller(os.path.abspath(options.binary), options.log)
    stories = [story for story in STORIES if options.only in story.name]
    is_cut = False
    progress.interruptible()
    try:
        with progress.Progress(len(stories) * options.runs, "runs") as bar:
            try:
                for story in stories:
                    starving = Starving(teller, story, options.seed)
                    if options.all:
                        starving.run_all(options, bar)
                    else:
                        starving.run_some(options, bar)
            except KeyboardInterrupt:
                is_cut = True
        names = teller.program.name(list(teller.places))
        ours = {offset for offset, name in names.items()
                if name[0].startswith("src/")}
        print(f"{'interrupted: ' if is_cut else ''}{bar.done} runs, "
              f"{len(ours)} places of src/ reached, "
              f"{len(ours & teller.refused)} refused, {bar.wrong} faults")
    finally:
        shutil.rmtree(teller.directory)
    if is_cut:
        return progress.INTERRUPTED
    return 1 if bar.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
