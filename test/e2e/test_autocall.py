"""A day of those who switch from an older robot: a 1C database posts tasks,
people answer or do not, and the bus and the gate hear what they always heard.

Names, keys and codes are written from the description of the older service
alone.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import common
import events

FAKE_KAFKA = os.path.join(os.path.dirname(common.BINARY),
                          "test/fakes/fake_kafka")
LIMIT_S = 60
METHOD = "auto_call_set_status"
TOPICS = ["ones_http_event", "ones_socket_send_user", "user_auth",
          "user_unauth"]
ANSWERS = "ones_http_event_response"

# file key: what the recogniser hears of whoever speaks.
HEARD = {"yes": "Да", "no": "не приеду", "when": "а когда", "mumble": "-",
         "not_agreed": "я не согласен", "again": "перезапишите пожалуйста",
         "quiet": "Да"}
# How long it is waited for them: some are late on a busy machine.
SPEAK_MS, QUIET_MS = 6000, 2000

# exten: (what they do, file, task, code). Nobody is reached without a code.
DAY = {
    "9990000001": ({"say": "yes I come"}, "yes", "1", "1"),
    "9990000002": ({"say": "I do not come"}, "no", "2", "2"),
    "9990000003": ({"say": "and when"}, "when", "3", "0"),
    "9990000004": ({"say": "mumble mumble"}, "mumble", "4", "0"),
    "9990000005": ({"silence": True}, "quiet", "5", "0"),
    "9990000006": ({"say": "I do not agree"}, "not_agreed", "6", "2"),
    "9990000007": ({"say": "record again"}, "again", "7", "3"),
    "9990000008": ({"keys": "1"}, "yes", "8", "1"),
    "9990000009": (None, "yes", "9", None),
    "9990000010": (None, "yes", "10", None),
    "9990000011": (None, "yes", "11", None),
}
# exten: (refusal, outcome, DIALSTATUS, Cause)
NOBODY = {
    "9990000009": (486, "busy", "BUSY", "17"),
    "9990000010": (408, "network_timeout", "NOANSWER", "18"),
    "9990000011": (404, "bad_number", "CHANUNAVAIL", "1"),
}
ANSWERED = ["init", "Dial", "Newstate", "Newstate", "VarSet",
            "speech_to_text", "VarSet", "VarSet", "Hangup"]
# What each event carries besides its name, ids and date: all of it.
CHANNEL = {"Channel", "Uniqueid", "CallerIDNum", "CallerIDName"}
FIELDS = {
    "init": {"status", "callerid"},
    "Dial": CHANNEL | {"SubEvent", "Destination"},
    "Newstate": CHANNEL | {"ChannelState", "ChannelStateDesc"},
    "VarSet": CHANNEL | {"Variable", "Value"},
    "DTMF": CHANNEL | {"Digit", "Direction", "Begin", "End"},
    "speech_to_text": {"res", "comment"},
    "Hangup": CHANNEL | {"Cause", "Cause-txt"},
}


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
    return path


def people(folder):
    """Not to be reached, or with one move each."""
    every = []
    for exten, (move, *_) in DAY.items():
        one = {"number": "+7" + exten, "name": exten,
               "ring_ms": 100 if move else 0}
        if move:
            one["moves"] = [move]
        else:
            refuse, outcome, *_ = NOBODY[exten]
            one.update(outcome=outcome, refuse=refuse)
        every.append(one)
    return write(os.path.join(folder, "people.json"), {"people": every})


def script(folder, name, heard):
    return write(os.path.join(folder, name + ".json"), {
        "version": "1", "start": "ask", "language": "en",
        "tts": {"voice": "flite:slt"},
        "asr": {"mode": 1, "asr_params": heard,
                "wait_speech_timeout_ms":
                QUIET_MS if name == "quiet" else SPEAK_MS},
        "flow": [
            {"id": "ask", "action": "playback",
             "playbacks": ["Will you come?"], "filter": {"dtmf": "any"},
             "children": [{"flow": "bye", "condition": {"complete": "ANY"}},
                          {"flow": "bye", "condition": {"text": "."}},
                          {"flow": "bye", "condition": {"dtmf": "ANY"}}]},
            {"id": "bye", "action": "hangup", "playbacks": ["Bye."]}]})


class Base(unittest.TestCase):
    topics = TOPICS
    heard = HEARD

    def people(self):
        return people(self.folder)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.data = os.path.join(self.folder, "data")
        self.kafka = subprocess.Popen(
            [FAKE_KAFKA, *self.topics, ANSWERS], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.end_kafka)
        self.brokers = self.kafka.stdout.readline().strip()
        self.gate = events.Receiver()
        self.addCleanup(self.gate.close)
        self.gate.check = events.check_gate("Оператор", "пароль")
        self.called = common.People(os.path.join(self.folder, "people"),
                                    "--people", self.people())
        self.addCleanup(self.called.close)
        self.server = None

    def end_kafka(self):
        self.kafka.stdin.close()
        self.kafka.wait(timeout=60)
        self.kafka.stdout.close()

    def serve(self, **more):
        keys = {
            "program.recogniser": "mock", "voice.voices": "flite",
            "api.port": "0", "autocall.on": "yes", "autocall.port": "0",
            "autocall.yes": "file:" + self.yes_words(),
            "sink.bus.kind": "kafka", "sink.bus.url": self.brokers,
            "sink.bus.events": ",".join(self.topics),
            "sink.gate.kind": "1c", "sink.gate.events": "ones_http_event",
            "sink.gate.url": self.gate.url("/base/hs/gate/v1"),
            "sink.gate.user": "Оператор", "sink.gate.password": "пароль",
            "sink.gate.private": "yes", **more}
        for name, heard in self.heard.items():
            keys[f"autocall_file.{name}.script"] = script(self.folder, name,
                                                          heard)
        words = common.line(self.called.port)
        for key, value in keys.items():
            words += ["--set", f"{key}={value}"]
        self.server = subprocess.Popen(
            [common.BINARY, "serve", *words, "--data", self.data],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end_server)
        self.places = self.server.stdout.readline()
        found = re.search(r"http://127.0.0.1:(\d+)", self.places)
        self.assertTrue(found, self.places + self.server.stderr.read()
                        if not found else "")
        self.port = int(found.group(1))

    def yes_words(self):
        """As operators extend them: one a line, in a file."""
        path = os.path.join(self.folder, "yes.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("да\nприеду\nсогласен\nсоглаcна\n1\n")
        return path

    def end_server(self):
        """As systemd does."""
        if self.server.poll() is None:
            self.server.terminate()
        said = self.server.communicate(timeout=60)[1]
        self.assertEqual(self.server.returncode, 0, said)
        self.assertNotIn("ERROR: AddressSanitizer", said)

    def ask(self, path, method="GET", body=None, headers=(), port=None):
        connection = http.client.HTTPConnection(
            "127.0.0.1", port or self.port, timeout=LIMIT_S)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    def auto(self, **query):
        status, _, body = self.ask("/make_call_auto?" +
                                   urllib.parse.urlencode(query))
        return status, json.loads(body)

    def bus(self, topic="ones_http_event"):
        done = subprocess.run(
            ["kcat", "-b", self.brokers, "-C", "-t", topic, "-o",
             "beginning", "-e", "-q", "-f", "%k %s\n"],
            capture_output=True, text=True, timeout=LIMIT_S, check=True)
        return [line.split(" ", 1) for line in done.stdout.splitlines()]

    def told(self):
        """What the gate got, by id_ext in the order of arrival."""
        self.assertEqual(self.gate.complaints, [])
        by_call = {}
        with self.gate.lock:
            requests = list(self.gate.requests)
        for path, _, body in requests:
            query = dict(urllib.parse.parse_qsl(
                urllib.parse.urlsplit(path).query))
            self.assertEqual(query["method"], METHOD)
            event = json.loads(query.get("data", body))
            by_call.setdefault(event["Данные"]["id_ext"], []).append(event)
        return by_call

    def wait(self, is_there):
        deadline = time.monotonic() + LIMIT_S
        while not is_there():
            self.assertLess(time.monotonic(), deadline, self.told())
            time.sleep(0.05)

    def select(self, sql):
        path = os.path.join(self.data, "dialwright.db")
        with contextlib.closing(sqlite3.connect(path)) as database:
            return list(database.execute(sql))

    def all_ended(self, count):
        def is_so():
            names = [[event["Данные"]["name"] for event in told]
                     for told in self.told().values()]
            return sum("Hangup" in one for one in names) == count
        return is_so


class DayTest(Base):
    def test_the_whole_of_a_day(self):
        self.serve()
        with concurrent.futures.ThreadPoolExecutor(len(DAY)) as pool:
            replies = dict(zip(DAY, pool.map(
                lambda exten: self.auto(id=DAY[exten][2], exten=exten,
                                        file=DAY[exten][1], action_id="a"),
                DAY)))
        self.wait(self.all_ended(len(DAY)))
        by_call = self.told()
        self.assertEqual(len(by_call), len(DAY))
        for exten, (status, reply) in replies.items():
            self.assertEqual(status, 200)
            call = by_call[reply["Данные"]["id_ext"]]
            self.check_call(exten, reply, call)

        # The bus heard the same, under the method as its key.
        heard = {}
        for key, value in self.bus():
            self.assertEqual(key, METHOD)
            event = json.loads(value)
            heard.setdefault(event["Данные"]["id_ext"], []).append(event)
        self.assertEqual(heard, by_call)

    def check_call(self, exten, reply, call):
        _, _, task, code = DAY[exten]
        self.assertEqual(call[0], reply)
        for event in call:
            data = event["Данные"]
            self.assertEqual(set(event), {"Действия", "Данные"})
            self.assertEqual(event["Действия"], "Asterisk_AutoCall_Event")
            self.assertEqual(data["id"], task)
            self.assertEqual(data["id_ext"], reply["Данные"]["id_ext"])
            self.assertEqual(set(data) - {"name", "id", "id_ext",
                                          "event_date"},
                             FIELDS[data["name"]])
            self.assertRegex(data["event_date"],
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
        data = {}
        for event in call:
            data.setdefault(event["Данные"]["name"], []).append(
                event["Данные"])
        self.assertEqual(data["init"][0]["status"], "ok")
        self.assertEqual(data["init"][0]["callerid"], "8" + exten)
        for one in data["Dial"] + data["Hangup"]:
            self.assertEqual(one["Channel"], f"Local/8{exten}@"
                             "ng_ext_autodial_speech_to_text")
            self.assertEqual(one["CallerIDNum"], "8" + exten)
        values = [(one["Variable"], one["Value"]) for one in data["VarSet"]]
        names = [event["Данные"]["name"] for event in call]
        if code is None:
            self.assertEqual(names, ["init", "Dial", "VarSet", "Hangup"])
            _, _, status, cause = NOBODY[exten]
            self.assertEqual(values, [("DIALSTATUS", status)])
            self.assertEqual(data["Hangup"][0]["Cause"], cause)
            return

        self.assertEqual([name for name in names if name != "DTMF"],
                         ANSWERED, exten)
        self.assertEqual(data["Hangup"][0]["Cause"], "16")
        self.assertEqual([one["ChannelStateDesc"]
                          for one in data["Newstate"]], ["Ringing", "Up"])
        self.assertEqual([one["res"] for one in data["speech_to_text"]],
                         [code], exten)
        comment = data["speech_to_text"][0]["comment"]
        spoken = DAY[exten][0].get("say")
        heard = HEARD[DAY[exten][1]].strip("-") if spoken else ""
        self.assertEqual(comment, heard)
        self.assertEqual(values[:2], [("DIALSTATUS", "ANSWER"),
                                      ("TEXT_SP_RES", code)])
        self.assertEqual(values[2][0], "MIXMONITOR_FILENAME")
        self.assertTrue(os.path.exists(values[2][1]), values)
        self.assertEqual([one["Digit"] for one in data.get("DTMF", [])],
                         ["1"] if "keys" in DAY[exten][0] else [])

    def test_nobody_reached_is_code_4_and_the_end(self):
        self.serve()
        task = "e1cib/data/Задача.Вызов?ref=ab12"
        for i in (1, 2):
            status, reply = self.auto(id=task, exten="9990000009", file="yes")
            self.assertEqual((status, reply["Данные"]["name"]),
                             (200, "init"))
            self.assertEqual(reply["Данные"]["id"], task)
            self.wait(self.all_ended(i))
        self.wait(lambda: any(
            event["Данные"].get("res") == "4"
            for told in self.told().values() for event in told))
        last = list(self.told().values())[-1][-1]["Данные"]
        self.assertEqual(last["comment"],
                         "автообзвон. не удалось дозвониться")
        self.assertEqual(last["id"], task)
        # It is not dialled once more, nor after a restart.
        self.end_server()
        self.serve()
        status, reply = self.auto(id=task, exten="9990000009", file="yes")
        self.assertEqual((status, reply["status"]), (200, "failed"))
        self.assertIn("4:", reply["error"])
        self.assertEqual(len(self.told()), 2)

    def test_who_said_stop_is_not_called(self):
        common.dialwright("block", "+79990000001", data=self.data)
        self.serve()
        status, reply = self.auto(id="1", exten="9990000001", file="yes")
        self.assertEqual((status, reply["status"]), (200, "failed"))
        self.assertIn("do-not-call", reply["error"])
        self.assertEqual(self.told(), {})

    def test_ids_in_capitals_where_they_are_wanted(self):
        self.serve(**{"autocall.init_upper": "yes"})
        reply = self.auto(id="ab-1", exten="9990000009", file="yes")[1]
        self.assertEqual(reply["Данные"]["id"], "AB-1")
        self.wait(self.all_ended(1))
        ids = [event["Данные"]["id"] for told in self.told().values()
               for event in told]
        self.assertEqual(ids, ["AB-1", "ab-1", "ab-1", "ab-1"])


class HttpTest(Base):
    def test_pages_and_headers(self):
        self.serve()
        for path in ("/", "/index"):
            status, headers, body = self.ask(path)
            self.assertEqual((status, body), (200, b"<h1>It works!</h1>"))
            self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
            self.assertEqual(headers["Access-Control-Allow-Methods"], "POST")
            self.assertEqual(headers["Access-Control-Allow-Headers"],
                             "Content-Type")

    def sound(self, name, *effects):
        path = os.path.join(self.folder, name)
        subprocess.run(["sox", "-n", "-r", "8000", "-c", "1", path, *effects],
                       check=True, timeout=60)
        return path

    def post(self, path, field="audio", **query):
        with open(path, "rb") as file:
            sound = file.read()
        body = (b'--XX\r\nContent-Disposition: form-data; name="' +
                field.encode() + b'"; filename="a.wav"\r\n'
                b"Content-Type: audio/x-wav\r\n\r\n" + sound +
                b"\r\n--XX--\r\n")
        status, headers, said = self.ask(
            "/speech_to_text?" + urllib.parse.urlencode(query), "POST", body,
            {"Content-Type": "multipart/form-data; boundary=XX"})
        self.assertEqual(headers.get("Access-Control-Allow-Origin"), "*")
        return status, said.decode()

    def test_recordings_of_others_are_recognised(self):
        heard = [("Да", "1"), ("не приеду", "2"), ("когда", "0"),
                 ("перезапишите", "3"), ("-", "0")]
        self.serve(**{"autocall.asr_params":
                      ";".join(text for text, _ in heard)})
        for i, (text, code) in enumerate(heard):
            wav = self.sound("a.wav", "synth", "1", "sine",
                             str(400 * (i + 1)))
            self.assertEqual(self.post(wav, callerid="89990000001"),
                             (200, code), text)
        quiet = self.sound("q.wav", "trim", "0", "1")
        self.assertEqual(self.post(quiet), (200, "0"))
        self.assertEqual(self.post(wav, "other"), (200, "-1"))
        self.assertEqual(self.post(people(self.folder)), (200, "-1"))
        for method in ("GET", "POST"):
            self.assertEqual(self.ask("/speech_to_text", method)[2], b"-1")
        # Of a call that is not ours nothing is told, and nothing fails.
        self.assertEqual(self.told(), {})

    def test_while_a_call_lasts(self):
        """It is not made again for whoever asks again. A recording belongs
        to it by the whole channel, with what Asterisk adds behind a ";"; a
        caller id that two calls have says nothing."""
        self.serve(**{"autocall.asr_params": "не приеду"})
        wav = self.sound("a.wav", "synth", "1", "sine", "400")
        with self.called.held():
            calls = [self.auto(id=task, exten=exten, file="mumble")[1]
                     ["Данные"] for task, exten in (("a", "9990000005"),
                                                    ("b", "+79990000005"))]
            again = self.auto(id="a", exten="9990000005", file="mumble")[1]
            self.assertEqual(again["Данные"]["id_ext"], calls[0]["id_ext"])
            self.assertEqual(self.post(wav, callerid="89990000005",
                                       channel="Local/89990000005@ng_ext_"
                                       "autodial_speech_to_text-0001;1"),
                             (200, "2"))
            self.assertEqual(self.post(wav, callerid="+79990000005"),
                             (200, "2"))
        self.wait(self.all_ended(2))
        self.assertEqual(len(self.told()), 2)
        codes = {call["id"]: [event["Данные"]["res"]
                              for event in self.told()[call["id_ext"]]
                              if "res" in event["Данные"]]
                 for call in calls}
        self.assertEqual(codes, {"a": ["2", "0"], "b": ["0"]})

    def test_strangers(self):
        self.serve()
        known = {"id": "1", "exten": "9990000001", "file": "yes"}
        rows = [
            ("no number", {"exten": ""}, "exten"),
            ("words", {"exten": "моя мама"}, "exten"),
            ("a name that SIP would take", {"exten": "operator"}, "exten"),
            ("a header in the number", {"exten": "1\r\nX-Evil: 1"}, "exten"),
            ("a URI in the number", {"exten": "1@evil.example;x=1"}, "exten"),
            ("a channel in the number", {"exten": "1&SIP/2"}, "exten"),
            ("a huge number", {"exten": "9" * 5000}, "exten"),
            ("an unknown file", {"file": "nobody"}, "file"),
            ("no file", {"file": ""}, "file"),
            ("a path", {"file": "../../etc/passwd"}, "file"),
            ("a path of its own", {"file": "/etc/passwd"}, "file"),
            ("a huge id", {"id": "x" * 3000}, "id"),
        ]
        for why, change, field in rows:
            status, reply = self.auto(**{**known, **change})
            self.assertEqual((status, reply["status"]), (400, "failed"), why)
            self.assertTrue(reply["error"].startswith(field), why)
        for path, status in (("/make_call_auto/../x", 404), ("/x", 404),
                             ("/make_call_auto?exten=%00", 400),
                             ("/make_call_auto?exten=%zz", 400)):
            self.assertEqual(self.ask(path)[0], status, path)
        self.assertEqual(self.ask("/make_call_auto", "POST")[0], 405)
        page = self.ask("/make_call_auto?" + urllib.parse.urlencode(known),
                        headers={"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(page[0], 403)
        self.assertEqual(self.told(), {})

    def test_others_may_not_ask(self):
        done = common.dialwright(
            "serve", "--set", "autocall.on=yes", "--set",
            "autocall.address=0.0.0.0", "--set", "api.port=0",
            *common.line(self.called.port), data=self.data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("autocall.clients", done.stderr)
        self.serve(**{"autocall.clients": "10.0.0.5"})
        self.assertEqual(self.ask("/")[0], 403)


class SoftphonesTest(Base):
    def setUp(self):
        super().setUp()
        self.serve(**{"autocall.softphones": "yes", "autocall.push_port": "0",
                      "autocall.event_port": "0",
                      "autocall.push_clients": "3"})
        found = re.search(r"softphones at port (\d+), .*:(\d+)/api_user",
                          self.places)
        self.push, self.event = (int(word) for word in found.groups())

    def client(self, *lines):
        conn = socket.create_connection(("127.0.0.1", self.push), LIMIT_S)
        conn.settimeout(LIMIT_S)
        self.addCleanup(conn.close)
        for line in lines:
            conn.sendall(line)
        return conn

    def post(self, **fields):
        return self.ask("/api_user_event", "POST",
                        urllib.parse.urlencode(fields),
                        {"Content-Type": "application/x-www-form-urlencoded"},
                        port=self.event)

    def receive(self, conn, text):
        """Reads until this comes last."""
        said = b""
        while not said.decode("utf-8", "replace").endswith(text):
            more = conn.recv(4096)
            self.assertTrue(more, said)
            said += more

    def connected(self, conn, ref):
        """Waits until it is: what was pushed earlier is gone."""
        deadline = time.monotonic() + LIMIT_S
        conn.settimeout(0.1)
        while time.monotonic() < deadline:
            self.post(u_ref=ref, jdata="hello")
            try:
                self.receive(conn, "hello")
                break
            except TimeoutError:
                pass
        conn.settimeout(LIMIT_S)

    def until(self, topic, count):
        deadline = time.monotonic() + LIMIT_S
        while len(told := self.bus(topic)) < count:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        return told

    def test_texts_reach_every_phone_of_the_user(self):
        first = self.client(b"u_ref=ab-1\n")
        second = self.client(b"u_r", b"ef:AB-1\n")
        other = self.client(b"u_ref=cd-2\n")
        self.connected(first, "ab-1")
        self.connected(second, "ab-1")
        self.connected(other, "cd-2")
        text = '{"Действия": "звонок"}'
        status, _, body = self.post(u_ref="ab-1", jdata=text)
        self.assertEqual((status, body), (200, b"send to kafka"))
        for conn in (first, second):
            self.receive(conn, text)
        path = "/api_user_event?" + urllib.parse.urlencode(
            {"u_ref": "cd-2", "jdata": "x"})
        self.assertEqual(self.ask(path, port=self.event)[0], 200)
        self.receive(other, "x")
        first.sendall(b"logout")
        self.assertEqual(self.until("user_unauth", 1),
                         [["AB-1", "127.0.0.1"]])
        self.assertEqual(sorted(self.until("user_auth", 3)),
                         [["AB-1", "127.0.0.1"]] * 2 +
                         [["CD-2", "127.0.0.1"]])
        self.assertIn(["AB-1", text],
                      self.until("ones_socket_send_user", 5))

    def test_strangers(self):
        for fields in ({}, {"u_ref": "a"}, {"jdata": "x"},
                       {"u_ref": "a b", "jdata": "x"},
                       {"u_ref": "a\r\nb", "jdata": "x"},
                       {"u_ref": "a" * 100, "jdata": "x"},
                       {"u_ref": "a", "jdata": "x" * 20000}):
            status, _, body = self.post(**fields)
            self.assertEqual((status, body), (400, b"bad args"), fields)
        for line in (b"hello\n", b"u_ref\n", b"u_ref=\n", b"u_ref=a b\n",
                     b"u_ref=" + b"a" * 65 + b"\n", b"x" * 300, b"\0\n",
                     b"\xff\xfe\n"):
            conn = self.client(line)
            self.assertEqual(conn.recv(10), b"", line)
        clients = [self.client(b"u_ref=a\n") for _ in range(3)]
        self.connected(clients[-1], "a")
        try:
            self.assertEqual(self.client().recv(10), b"")
        except ConnectionError:
            pass
        clients[0].close()


if __name__ == "__main__":
    unittest.main()
