"""How a process ends while people are on the line: it drains, or it is killed;
and a database that comes back from a copy."""
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

import api
import common

SILENT = True

CALLS = int(os.environ.get("DIALWRIGHT_DRAIN_CALLS", "40"))  # or 200
DRAIN_S = 6
CONTACTS = int(os.environ.get("DIALWRIGHT_CONTACTS", "20000"))
MANY = 1000000
IN_DOUBT = CONTACTS // 100
LIMIT_S = 60
TALK = {
    "start": "a", "language": "en", "tts": {"voice": "flite:slt"},
    "flow": [{"id": "a", "action": "playback", "asr": {"mode": 0},
              "playbacks": ["silence_stream://60000"], "children": []}]}


class Callees(common.SipSink):
    """All of them answer and say nothing; remembers who hung up on whom."""

    def __init__(self):
        self.sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sound.bind(("127.0.0.1", 0))
        self.talking = set()  # Call-IDs
        self.ended = {}  # Call-ID: when the BYE came
        self.faults = []
        super().__init__("200 OK")

    def respond(self, message, peer, status):
        if not message.startswith("INVITE "):
            super().respond(message, peer, status)
            return
        body = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                f"m=audio {self.sound.getsockname()[1]} RTP/AVP 8\r\n")
        vias = re.findall(r"^(Via\s*:.*?)\r$", message,
                          re.MULTILINE | re.IGNORECASE)
        self.socket.sendto("\r\n".join([
            f"SIP/2.0 {status}", *vias,
            f"From: {self.header(message, 'From')}",
            f"To: {self.header(message, 'To')};tag=sink",
            f"Call-ID: {self.header(message, 'Call-ID')}",
            f"CSeq: {self.header(message, 'CSeq')}",
            f"Contact: <sip:callee@127.0.0.1:{self.port}>",
            "Record-Route: <sip:127.0.0.1:%d;lr>" % self.port,
            "Content-Type: application/sdp",
            f"Content-Length: {len(body)}", "", body]).encode(), peer)

    def take(self, message, peer):
        super().take(message, peer)
        call = self.header(message, "Call-ID")
        if message.startswith("ACK "):
            self.talking.add(call)
        elif message.startswith("BYE "):
            seq = int(self.header(message, "CSeq").split()[0])
            if call not in self.talking or ";tag=sink" not in self.header(
                    message, "To") or not seq:
                self.faults.append(message)
            self.ended.setdefault(call, time.monotonic())
            self.respond(message, peer, "200 OK")

    def close(self):
        super().close()
        self.sound.close()


class Ringers(Callees):
    """Who has a number that ends in 9 rings and is in no hurry."""

    def __init__(self):
        self.ringing = {}  # Call-ID: its INVITE and who sent it
        self.cancelled, self.refused = [], []  # Call-IDs
        super().__init__()

    def take(self, message, peer):
        call = self.header(message, "Call-ID")
        if re.match(r"INVITE sip:[^@]*9@", message):
            self.ringing[call] = message, peer
            self.respond("x" + message, peer, "180 Ringing")
        elif message.startswith("CANCEL ") and call in self.ringing:
            self.cancel(message, peer, call, *self.ringing[call])
        elif message.startswith("ACK ") and call in self.ringing:
            self.refused.append(call)
        else:
            super().take(message, peer)

    def cancel(self, message, peer, call, invite, caller):
        """Only what RFC 3261 section 9.1 says is one."""
        of_both = ("Via", "From", "To", "Call-ID", "Max-Forwards")
        if [self.header(message, name) for name in of_both] != [
                self.header(invite, name) for name in of_both] or (
                    self.header(message, "CSeq").split()[0],
                    message.split()[1]) != (
                        self.header(invite, "CSeq").split()[0],
                        invite.split()[1]):
            self.faults.append(message)
        self.respond(message, peer, "200 OK")
        if call not in self.cancelled:
            self.cancelled.append(call)
            # To where the answers of the dead cannot be heard any more.
            self.respond("x" + invite, peer, "487 Request Terminated")


class Caller:
    """Calls one of the simulated people, says nothing, and is slow to hear
    that they hang up."""

    def __init__(self, port):
        self.sound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sound.bind(("127.0.0.1", 0))
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT_S)
        self.people = ("127.0.0.1", port)

    def send(self, method, to, body=""):
        at = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.socket.sendto("\r\n".join([
            f"{method} sip:+15550100@127.0.0.1:{self.people[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {at};branch=z9hG4bK{method};rport",
            f"From: <sip:caller@{at}>;tag=caller", f"To: {to}",
            "Call-ID: the-only-one", f"CSeq: 1 {method}",
            f"Contact: <sip:caller@{at}>", "Max-Forwards: 70",
            "Content-Type: application/sdp",
            f"Content-Length: {len(body)}", "", body]).encode(), self.people)

    def wait_for(self, begin):
        """Their next message that begins so."""
        message = ""
        while not message.startswith(begin):
            message = self.socket.recv(65536).decode()
        return message

    def call(self):
        self.send("INVITE", "<sip:+15550100@127.0.0.1>",
                  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
                  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                  f"m=audio {self.sound.getsockname()[1]} RTP/AVP 8\r\n")
        answer = self.wait_for("SIP/2.0 200")
        self.send("ACK", common.SipSink.header(answer, "To"))

    def hang_up(self, bye):
        self.socket.sendto("\r\n".join([
            "SIP/2.0 200 OK", *(f"{name}: {common.SipSink.header(bye, name)}"
                                for name in ("Via", "From", "To", "Call-ID",
                                             "CSeq")),
            "Content-Length: 0", "", ""]).encode(), self.people)

    def close(self):
        self.socket.close()
        self.sound.close()


class EndTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        self.script = self.write("talk.json", json.dumps(TALK))

    def write(self, name, text):
        path = os.path.join(self.data, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def people(self, count):
        return self.write("people.csv", "number\n" + "".join(
            f"+7999{i:07}\n" for i in range(count)))

    def wait_for(self, condition, what):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def say(self, *words, data=None):
        done = common.dialwright(*words, data=data or self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_talks_go_on_until_the_limit(self):
        callees = Callees()
        self.addCleanup(callees.close)
        self.say("campaign", "create", "x", "--script", self.script,
                 "--list", self.people(2 * CALLS), "--calls", str(CALLS))
        server = api.Server(
            self.data, "--set", f"api.drain_s={DRAIN_S}", "--set",
            "program.recogniser=mock", *common.line(
                callees.port, calls=str(2 * CALLS), calls_per_s="40"))
        self.addCleanup(server.close)
        done = server.post("/api/v1/campaigns/x/start", None)
        self.assertEqual(done.status, 204, done)
        self.wait_for(lambda: len(callees.talking) >= CALLS, "all talk")
        began = len(callees.calls)
        self.assertEqual(callees.ended, {})
        asked = time.monotonic()
        server.process.terminate()
        server.process.communicate(timeout=LIMIT_S)
        self.assertEqual(server.process.returncode, 0)
        # Nobody was cut before, nobody is left behind, nobody came.
        self.assertEqual(len(callees.calls), began)
        self.assertEqual(set(callees.ended), callees.talking)
        self.assertGreater(min(callees.ended.values()) - asked,
                           DRAIN_S - 0.5)
        self.assertEqual(callees.faults, [])

    def test_killed_in_the_middle_of_talks(self):
        callees = Callees()
        self.addCleanup(callees.close)
        words = ["run", self.people(6), "--script", self.script,
                 "--campaign", "x", "--set", "program.recogniser=mock",
                 *common.line(callees.port), "--calls", "4"]
        first = common.start(*words, data=self.data)
        self.wait_for(lambda: len(callees.talking) >= 4, "they talk")
        # What is written of an answer is gathered for some milliseconds.
        self.wait_for(lambda: self.answered() >= 4, "it is on the disk")
        left = set(callees.talking)
        first.kill()
        first.communicate()
        self.assertEqual(callees.ended, {})
        second = common.start(*words, data=self.data)
        self.addCleanup(second.communicate)
        self.addCleanup(second.kill)
        self.wait_for(lambda: left <= set(callees.ended), "it hangs up")
        self.wait_for(lambda: len(callees.talking) >= 6, "it goes on")
        self.assertEqual(set(callees.ended), left)
        self.assertEqual(callees.faults, [])
        numbers = [number for number, _ in callees.calls]
        self.assertEqual(len(numbers), len(set(numbers)), "called twice")

    def select(self, sql):
        with contextlib.closing(sqlite3.connect(os.path.join(
                self.data, "dialwright.db"))) as database:
            return list(database.execute(sql))

    def call_and_kill(self, callees, number, form, until=lambda: True):
        """By hand; it dies once it is on the disk what ends the call."""
        call = common.start(
            "call", number, "--script", self.script, "--set",
            "program.recogniser=mock", *common.line(callees.port),
            data=self.data)
        self.addCleanup(call.communicate)
        self.addCleanup(call.kill)
        self.wait_for(lambda: os.path.exists(os.path.join(
            self.data, "dialwright.db")) and self.select(
                "SELECT 1 FROM sqlite_master WHERE name = 'legs'"), "a start")
        self.wait_for(lambda: self.select(
            f"SELECT 1 FROM legs WHERE number = '{number}'"
            f" AND farewell LIKE '{form}%'"), "it is on the disk")
        self.wait_for(until, "it looks after others")
        call.kill()
        call.wait()

    def test_killed_in_a_single_call(self):
        callees = Ringers()
        self.addCleanup(callees.close)
        self.call_and_kill(callees, "+79990000001", "1")
        self.assertEqual(callees.ended, {})
        # The next one finds somebody on the line, and leaves one ringing.
        self.call_and_kill(callees, "+79990000009", "2",
                           lambda: callees.ended)
        self.assertEqual(callees.cancelled, [])
        server = api.Server(self.data, "--set", "program.recogniser=mock",
                            *common.line(callees.port), is_set_up=False)
        self.addCleanup(server.close)
        self.wait_for(lambda: callees.refused, "nobody rings")
        self.assertEqual(callees.cancelled, list(callees.ringing))
        self.assertEqual(set(callees.ended), callees.talking)
        self.assertEqual((len(callees.ended), callees.faults), (1, []))
        server.stop()
        self.assertEqual(self.select(
            "SELECT number, outcome, end_ms >= start_ms FROM calls"
            " ORDER BY start_ms"),
            [(f"+7999000000{i}", "in_doubt", 1) for i in (1, 9)])
        self.assertEqual(self.select("SELECT * FROM legs"), [])
        # The first one died before anybody wanted events.
        self.assertEqual(self.select(
            "SELECT count(*) FROM outbox WHERE type = 'call.ended'"), [(1,)])

    def test_a_start_is_a_recovery(self):
        """With many people, of whom many were being called when the process
        died, the first call begins soon; nobody in doubt is called again."""
        sink = common.SipSink()
        self.addCleanup(sink.close)
        self.say("campaign", "create", "x", "--script", self.script,
                 "--list", self.people(CONTACTS))
        with contextlib.closing(sqlite3.connect(os.path.join(
                self.data, "dialwright.db"))) as database:
            database.executescript(f"""
                INSERT INTO targets (campaign_id, contact_id, state, attempts)
                 SELECT l.campaign_id, c.id, CASE WHEN c.row <= {IN_DOUBT + 1}
                 THEN 'claimed' ELSE 'ready' END, c.row <= {IN_DOUBT + 1}
                 FROM contacts c JOIN campaign_lists l USING (list_id);
                UPDATE campaign_lists SET filled_id =
                 (SELECT max(id) FROM contacts);
                INSERT INTO attempts (campaign_id, contact_id, n, call_id,
                 line, state, start_ms, number)
                 SELECT t.campaign_id, c.id, 1, 'call-' || c.id, 'test',
                 'answered', 1, c.number FROM targets t
                 JOIN contacts c ON c.id = t.contact_id
                 WHERE t.state = 'claimed';""")
            doubted = {row[0] for row in database.execute(
                "SELECT number FROM attempts")}
        self.assertEqual(len(doubted), IN_DOUBT)
        began = time.monotonic()
        run = subprocess.Popen(
            [common.RELEASE, "campaign", "start", "x",
             *common.line(sink.port), "--data", self.data],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        self.wait_for(lambda: len(sink.calls) >= 20, "it calls")
        if CONTACTS >= MANY:
            print(f"{CONTACTS} contacts, {IN_DOUBT} in doubt: calls after "
                  f"{time.monotonic() - began:.1f} s")
        self.assertFalse(doubted & {number for number, _ in sink.calls})
        self.assertRegex(self.say("campaign", "status", "x"),
                         rf"outcome +in_doubt +{IN_DOUBT}\n")

    def test_people_hang_up_to_the_end(self):
        """Whoever started them goes away behind Ctrl-C, while somebody is not
        yet told that they hang up."""
        people = common.People(os.path.join(self.data, "people"))
        self.addCleanup(people.process.kill)
        caller = Caller(people.port)
        self.addCleanup(caller.close)
        caller.call()
        people.process.send_signal(signal.SIGINT)
        caller.wait_for("BYE ")
        people.process.stdin.close()
        caller.hang_up(caller.wait_for("BYE "))  # again, behind the end
        self.assertIn("held", people.process.stdout.read())
        people.process.stdout.close()
        self.assertEqual(people.process.wait(LIMIT_S), 0)

    def answered(self):
        with contextlib.closing(sqlite3.connect(os.path.join(
                self.data, "dialwright.db"))) as database:
            return database.execute(
                "SELECT count(*) FROM attempts WHERE state = 'answered'"
            ).fetchone()[0]

    def test_a_copy_that_is_put_back(self):
        """Made while a campaign calls; what the copy knows of is not
        forgotten: who said stop, who was called."""
        sink = common.SipSink()
        self.addCleanup(sink.close)
        self.say("campaign", "create", "x", "--script", self.script,
                 "--list", self.people(60))
        self.say("block", "+79990000007")
        self.say("block", "--prefix", "+7999000003")
        sink.hold_from = 20
        run = subprocess.Popen(
            [common.BINARY, "campaign", "start", "x",
             *common.line(sink.port, calls="4"), "--data", self.data],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        self.wait_for(lambda: len(sink.calls) >= 24, "calls")
        self.say("campaign", "pause", "x")
        sink.release()
        self.wait_for(lambda: "claimed" not in self.say(
            "campaign", "status", "x"), "none is under way")
        before = {number for number, _ in sink.calls}
        restored = os.path.join(self.data, "restored")
        os.mkdir(restored)
        with contextlib.closing(sqlite3.connect(
                os.path.join(self.data, "dialwright.db"))) as source, \
                contextlib.closing(sqlite3.connect(os.path.join(
                    restored, "dialwright.db"))) as copy:
            source.backup(copy)
        # The machine is gone; another one goes on.
        run.kill()
        run.wait()
        self.assertEqual(len(before), 24)
        self.say("campaign", "resume", "x", data=restored)
        self.say("campaign", "start", "x", *common.line(sink.port),
                 data=restored)
        numbers = [number for number, _ in sink.calls]
        self.assertEqual(len(numbers), len(set(numbers)), "called twice")
        self.assertEqual(set(numbers), {
            f"+7999{i:07}" for i in range(60)
            if i != 7 and not 30 <= i <= 39})


if __name__ == "__main__":
    unittest.main()
