"""The topics of an older robot that are read: written by kcat, from outside.
Whoever is killed in the middle reads on where it stood."""
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
import unittest
import urllib.parse

import common
import events
import test_autocall

SILENT = True

ANSWERS = test_autocall.ANSWERS
TEXTS = "ones_socket_send_user"
LIMIT_S = 60
MANY = 2000
KILLS_MAX = 5
TASKS = 40  # of four events each
ID_EXT = "01890000-0000-7000-8000-00000000000"  # and a digit


class Base(test_autocall.Base):
    """The service, with a webhook that hears of answers."""

    def setUp(self):
        super().setUp()
        self.hook = events.Receiver()
        self.addCleanup(self.hook.close)

    def begin(self, **more):
        self.serve(**{
            "sink.bus.reads": f"{ANSWERS}, {TEXTS}",
            # Who was killed is not waited for as long.
            "sink.bus.options": "session.timeout.ms=6000",
            "sink.hook.url": self.hook.url(), "sink.hook.private": "yes",
            "sink.hook.events": "gate.answered",
            "autocall.softphones": "yes", "autocall.push_port": "0",
            "autocall.event_port": "0", **more})
        found = re.search(r"softphones at port (\d+), .*:(\d+)/api_user",
                          self.places)
        self.push, self.event = (int(word) for word in found.groups())

    def end(self):
        """As systemd does; returns what was logged."""
        self.server.terminate()
        said = self.server.communicate(timeout=60)[1]
        self.assertEqual(self.server.returncode, 0, said)
        self.assertNotIn("ERROR: AddressSanitizer", said)
        return said

    def order(self, word):
        self.kafka.stdin.write(word + "\n")
        self.kafka.stdin.flush()
        self.kafka.stdout.readline()

    def write(self, topic, *rows, place=()):
        """(key, text) each, in their order; no text is none at all."""
        subprocess.run(
            ["kcat", "-b", self.brokers, "-P", "-Z", "-t", topic, "-K", "\t",
             *place],
            input="".join(f"{key}\t{text}\n" for key, text in rows),
            text=True, timeout=LIMIT_S, check=True)

    def write_raw(self, topic, key, body):
        """Into the first partition."""
        path = os.path.join(self.folder, "raw")
        with open(path, "wb") as file:
            file.write(body)
        subprocess.run(["kcat", "-b", self.brokers, "-P", "-p", "0", "-t",
                        topic, *(["-k", key] if key else []), path],
                       timeout=LIMIT_S, check=True)

    def client(self, ref):
        conn = socket.create_connection(("127.0.0.1", self.push), LIMIT_S)
        conn.settimeout(LIMIT_S)
        self.addCleanup(conn.close)
        conn.sendall(f"u_ref={ref}\n".encode())
        self.until(lambda: [ref.upper(), "127.0.0.1"] in
                   self.bus("user_auth"), "it is known")
        return conn

    def receive(self, conn, text):
        said = b""
        while len(said) < len(text.encode()):
            more = conn.recv(4096)
            self.assertTrue(more, said)
            said += more
        self.assertEqual(said.decode(), text)

    def until(self, is_so, what):
        deadline = time.monotonic() + LIMIT_S
        while not is_so():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def answers(self):
        """What was told of answers, in its order; each once."""
        seen = {}
        for event in self.hook.events():
            known = seen.setdefault(event["id"], event)
            self.assertEqual(known, event)
        return list(seen.values())

    def kept(self):
        path = os.path.join(self.data, "dialwright.db")
        database = sqlite3.connect(path)
        try:
            return database.execute(
                "SELECT id, data FROM outbox WHERE type = 'gate.answered'"
                " ORDER BY seq").fetchall()
        finally:
            database.close()


class TextsTest(Base):
    def test_texts_reach_the_softphones(self):
        self.begin()
        first, other = self.client("ab-1"), self.client("cd-2")
        self.write(TEXTS, ("AB-1", '{"Действия": "звонок"}'),
                   ("EF-3", "nobody is there"), ("AB-1", "second"),
                   ("cd-2", "x"))
        self.receive(first, '{"Действия": "звонок"}second')
        self.receive(other, "x")

        # What is posted here takes the same way, and comes once.
        status, _, body = self.ask(
            "/api_user_event", "POST",
            urllib.parse.urlencode({"u_ref": "ab-1", "jdata": "posted"}),
            {"Content-Type": "application/x-www-form-urlencoded"},
            port=self.event)
        self.assertEqual((status, body), (200, b"send to kafka"))
        self.receive(first, "posted")

        # The brokers come back.
        for word in ("down", "up"):
            self.order(word)
        self.write(TEXTS, ("AB-1", "last"))
        self.receive(first, "last")
        self.end()

    def test_what_nobody_understands_is_left_behind(self):
        self.begin()
        conn = self.client("ab-1")
        rows = (("AB-1", b"\xff\xfe"), ("AB-1", b"a\0b"), (None, b"x"),
                ("a b", b"x"), ("A" * 100, b"x"), ("AB-1", b"x" * 20000),
                ("AB-1", b"x" * 300000))
        for key, body in rows:
            self.write_raw(TEXTS, key, body)
        self.write(TEXTS, ("AB-1", ""), ("AB-1", "good"), place=("-p", "0"))
        self.receive(conn, "good")
        self.assertEqual(re.findall(
            r"message (kafka:\S+) is none that is understood", self.end()),
            [f"kafka:{TEXTS}/0/{i}" for i in range(len(rows) + 1)])


class AnswersTest(Base):
    def test_a_call_hears_what_1c_answered(self):
        self.begin()
        reply = self.auto(id="t", exten="9990000009", file="yes")[1]
        id_ext = reply["Данные"]["id_ext"]
        self.wait(self.all_ended(1))
        asked = {event["Данные"]["name"]: event["id_request"]
                 for event in self.told()[id_ext]}
        self.assertEqual(asked["init"], reply["id_request"])
        self.assertEqual(len(set(asked.values())), len(asked))
        self.write(ANSWERS, (asked["init"], '{"результат": "ок"}'),
                   ("of-somebody-else", "{}"),
                   (f"/elsewhere/{id_ext}/init", "{}"),
                   (asked["init"].replace(id_ext, "x"), "{}"),
                   (asked["Hangup"], "Метод объекта не обнаружен"))
        self.until(lambda: len(self.answers()) == 2, "they are told")
        told = {event["data"]["event"]: event for event in self.answers()}
        self.assertEqual(told["init"]["data"], {
            "callid": id_ext, "event": "init", "refusal": "",
            "answer": '{"результат": "ок"}'})
        self.assertEqual(told["Hangup"]["data"], {
            "callid": id_ext, "event": "Hangup", "answer": "",
            "refusal": "Метод объекта не обнаружен"})
        schemas = json.loads(common.dialwright(
            "describe", "event-schemas", data=self.data).stdout)
        for event in told.values():
            self.assertIsNone(events.against_schema(event, schemas))
            self.assertEqual(event["subject"], f"call/{id_ext}")
        said = self.end()
        self.assertIn(f"did not take the event Hangup of call {id_ext}", said)
        self.assertNotIn("не обнаружен", said)

    def test_nothing_is_asked_where_nobody_reads(self):
        """And the topic of an older bridge."""
        self.serve(**{"sink.bus.topics": "ones_http_event=ones_ws_event"})
        reply = self.auto(id="t", exten="9990000009", file="yes")[1]
        self.assertEqual(set(reply), {"Действия", "Данные"})
        self.wait(self.all_ended(1))
        self.until(lambda: len(self.bus("ones_ws_event")) == 4, "it is told")
        key, text = self.bus("ones_ws_event")[0]
        self.assertEqual((key, json.loads(text)),
                         (test_autocall.METHOD, reply))
        self.assertEqual(self.bus("ones_http_event"), [])

    def rows(self, first, count):
        """Answers to ten calls in turns, numbered."""
        return [(f"/dialwright/{ID_EXT}{i % 10}/init", f'{{"n": {i}}}')
                for i in range(first, first + count)]

    def told_numbers(self, told):
        """By call, in the order in which it came."""
        numbers = {}
        for event in told:
            numbers.setdefault(event["callid"], []).append(
                json.loads(event["answer"])["n"])
        return numbers

    def check(self, count):
        expected = {f"{ID_EXT}{digit}": list(range(digit, count, 10))
                    for digit in range(10)}
        kept = self.kept()
        self.assertEqual(len({row[0] for row in kept}), len(kept))
        self.assertEqual(self.told_numbers(
            json.loads(row[1]) for row in kept), expected)
        told = self.answers()
        self.assertEqual(events.gaps(told), [])
        self.assertEqual(self.told_numbers(
            event["data"] for event in told), expected)

    def again(self):
        self.server.kill()
        self.server.communicate()
        self.begin()

    def test_killed_in_the_middle(self):
        self.begin()
        self.write(ANSWERS, *self.rows(0, 10))
        self.until(lambda: len(self.kept()) == 10, "it reads")

        # Before the effect: nothing is written while another holds the
        # database, for longer than until what is read is committed.
        other = sqlite3.connect(os.path.join(self.data, "dialwright.db"),
                                isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.write(ANSWERS, *self.rows(10, 10))
        time.sleep(2)
        self.assertEqual(len(self.kept()), 10)
        self.server.kill()
        other.close()
        self.again()
        self.until(lambda: len(self.kept()) == 20, "they are taken")

        # Behind it, and before that is committed.
        count = self.kill_while_it_reads(20)
        self.until(lambda: len(self.kept()) >= count, "all are taken")
        self.until(lambda: len(self.answers()) >= count, "all are told")
        self.check(count)

        # What is written while nobody reads is read by the next one, and
        # nothing of before.
        self.end()
        self.write(ANSWERS, *self.rows(count, 20))
        self.begin()
        self.until(lambda: len(self.answers()) >= count + 20, "the rest")
        self.check(count + 20)
        self.end()

    def kill_while_it_reads(self, count):
        """Kills it when some of many are taken, not all; returns how many
        there are then. Where it was quicker than we, more are written."""
        for _ in range(KILLS_MAX):
            self.write(ANSWERS, *self.rows(count, MANY))
            self.until(lambda: len(self.kept()) > count + MANY / 4,
                       "some are taken")
            self.again()
            is_middle = len(self.kept()) < count + MANY
            count += MANY
            if is_middle:
                return count
        self.fail("it is never killed in the middle")


class DeliveriesTest(Base):
    """What robot calls tell, while the teller is killed."""

    def bus_rows(self):
        """(id, event) of what the bus got, as they lie there."""
        done = subprocess.run(
            ["kcat", "-b", self.brokers, "-C", "-t", "ones_http_event", "-o",
             "beginning", "-e", "-q", "-f", "%h\t%s\n"],
            capture_output=True, text=True, timeout=LIMIT_S, check=True)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        return [(re.search(r"ce_id=([^,]+)", head).group(1), text)
                for head, text in rows]

    def gate_rows(self):
        with self.gate.lock:
            requests = list(self.gate.requests)
        rows = []
        for path, headers, body in requests:
            query = dict(urllib.parse.parse_qsl(
                urllib.parse.urlsplit(path).query))
            rows.append((headers["Idempotency-Key"],
                         query.get("data", body)))
        return rows

    def written(self):
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        try:
            return [(word, json.loads(data)["text"]) for word, data in
                    database.execute("SELECT id, data FROM outbox WHERE type"
                                     " = 'ones_http_event' ORDER BY seq")]
        finally:
            database.close()

    def check(self, rows):
        """All are there; what came twice is the same; the order of a call is
        that in which it was written."""
        written = self.written()
        firsts = {}
        for word, text in rows:
            self.assertEqual(firsts.setdefault(word, text), text)
        self.assertEqual(firsts, dict(written))

        def by_call(rows):
            calls = {}
            for word, text in rows:
                call = json.loads(text)["Данные"]["id_ext"]
                calls.setdefault(call, []).append(word)
            return calls
        self.assertEqual(by_call(firsts.items()), by_call(written))

    def kill(self):
        self.server.kill()
        self.server.communicate()

    def test_killed_in_the_middle(self):
        # Everything is on its way, and nothing arrives.
        self.gate.is_deaf = True
        self.order("down")
        self.serve()
        for i in range(TASKS):
            status, reply = self.auto(id=f"task-{i}", exten="9990000009",
                                      file="yes")
            self.assertEqual((status, reply.get("status", "ok")),
                             (200, "ok"))
        self.until(lambda: len(self.written()) >= 4 * TASKS, "all is said")
        self.until(lambda: self.gate.lost, "some are under way")
        self.kill()
        self.gate.is_deaf = False
        self.order("up")

        self.gate.delay_s = 0.02
        self.serve()
        self.until(lambda: len(self.gate.requests) > TASKS, "some are told")
        self.kill()
        self.assertLess(len(self.gate.requests), 4 * TASKS)
        self.gate.delay_s = 0
        self.serve()
        count = len(self.written())
        self.assertGreater(count, 3 * TASKS)
        for rows in (self.gate_rows, self.bus_rows):
            self.until(lambda: len({word for word, _ in rows()}) >= count,
                       "all are told")
            self.check(rows())


if __name__ == "__main__":
    unittest.main()
