"""/make_call: a user's telephone rings first, then the client's, and the two
talk. The user hears of it through the bus and the softphones, as ever.
"""
import array
import concurrent.futures
import json
import os
import re
import signal
import socket
import unittest
import urllib.parse
import wave

import common
import test_autocall
import test_end

TALK = {"say": "good afternoon to you", "talk_ms": 1500}
# Still to be heard when the client has answered, however late that is.
GREETING = " ".join(["Good afternoon to you."] * 6)

# extension: what operators do.
OPERATORS = {
    "101": {"pickup": {"say": GREETING, "talk_ms": 20000}},
    "102": {"outcome": "busy", "refuse": 486},
    "103": {"outcome": "no_answer", "never_answers": True},
    "104": {"pickup": {"wait_ms": 1200, "hangup": True}},
    "105": {"outcome": "declined", "refuse": 603},
}
# exten: what clients do.
CLIENTS = {
    "9990000011": {"pickup": {**TALK, "hangup": True}},
    "9990000012": {"outcome": "busy", "refuse": 486},
    "9990000013": {"outcome": "no_answer", "never_answers": True},
    "9990000014": {"outcome": "bad_number", "refuse": 404},
    "9990000015": {"pickup": {**TALK, "talk_ms": 20000}},
}
UP = [("Newstate", "Ringing"), ("Newstate", "Up")]

# why, extension, exten, what the user is told.
ROWS = [
    ("they talk, the client hangs up", "101", "9990000011",
     UP + [("DIALSTATUS", "ANSWER"), ("MIXMONITOR_FILENAME", None),
           ("Hangup", "16")]),
    ("the operator is busy", "102", "9990000011", [("Hangup", "17")]),
    ("the operator does not answer", "103", "9990000011",
     UP[:1] + [("Hangup", "19")]),
    ("the operator declines", "105", "9990000011", [("Hangup", "21")]),
    ("the client is busy", "Local/101@from-internal/n", "9990000012",
     UP + [("DIALSTATUS", "BUSY"), ("Hangup", "17")]),
    ("the client does not answer", "101", "9990000013",
     UP + [("DIALSTATUS", "NOANSWER"), ("Hangup", "19")]),
    ("there is no such client", "101", "9990000014",
     UP + [("DIALSTATUS", "CHANUNAVAIL"), ("Hangup", "1")]),
    ("the operator hangs up while the client rings", "104", "9990000013",
     UP + [("DIALSTATUS", "CANCEL"), ("Hangup", "16")]),
]


def channel(extension):
    return extension if "/" in extension else "SIP/" + extension


class OperatorTest(test_autocall.Base):
    topics = [*test_autocall.TOPICS, "ami_client_event"]
    heard = {}

    def people(self):
        every = []
        for number, move in (*OPERATORS.items(),
                             *(("+7" + exten, move)
                               for exten, move in CLIENTS.items())):
            every.append({"number": number, "name": number,
                          "ring_ms": 0 if "refuse" in move else 150, **move})
        return test_autocall.write(
            os.path.join(self.folder, "people.json"), {"people": every})

    def serve(self, **more):
        super().serve(**{"autocall.softphones": "yes",
                         "autocall.push_port": "0",
                         "autocall.event_port": "0",
                         "autocall.operator_ring_ms": "5000",
                         "autocall.client_ring_ms": "5000",
                         "autocall.busy_sound": "tone_stream://%(300,0,425)",
                         "autocall.missed_sound": "", **more})

    def order(self, **query):
        status, headers, body = self.ask("/make_call?" +
                                         urllib.parse.urlencode(query))
        self.assertEqual(headers["Access-Control-Allow-Origin"], "*")
        return status, json.loads(body)

    def softphone(self, ref):
        port = int(re.search(r"softphones at port (\d+)",
                             self.places).group(1))
        conn = socket.create_connection(("127.0.0.1", port),
                                        test_autocall.LIMIT_S)
        conn.settimeout(test_autocall.LIMIT_S)
        self.addCleanup(conn.close)
        conn.sendall(f"u_ref={ref}\n".encode())
        self.wait(lambda: [ref.upper(), "127.0.0.1"] in self.bus("user_auth"))
        return conn

    def events(self):
        """What users were told, by id_ext in order."""
        by_call = {}
        for user, value in self.bus("ami_client_event"):
            event = json.loads(value)
            self.assertEqual(set(event), {"Действия", "Данные"})
            self.assertEqual(event["Действия"], "Asterisk_Event")
            by_call.setdefault(event["Данные"]["id_ext"], []).append(
                (user, event["Данные"]))
        return by_call

    def over(self, count):
        return lambda: sum(told[-1][1]["name"] == "Hangup"
                           for told in self.events().values()) == count

    @staticmethod
    def gist(data):
        """The name and what counts of an event."""
        if data["name"] == "VarSet":
            return data["Variable"], data["Value"]
        return data["name"], data.get("ChannelStateDesc", data.get("Cause"))

    def outcomes(self):
        return dict(self.select("select callid, outcome from calls"))

    def test_the_calls_of_a_day(self):
        self.serve()
        with concurrent.futures.ThreadPoolExecutor(len(ROWS)) as pool:
            replies = list(pool.map(
                lambda row: self.order(
                    id=f"task-{row[0]}", channel=channel(row[1]),
                    exten=row[2], caller_id="89990000000",
                    caller_id_name="Клиент", user="ab-1", action_id="1"),
                ROWS))
        for (why, *_), (status, reply) in zip(ROWS, replies):
            self.assertEqual((status, set(reply), reply["status"]),
                             (200, {"status", "id_ext"}, "ok"), why)
        self.wait(self.over(len(ROWS)))
        told = self.events()
        for (why, extension, _, expected), (_, reply) in zip(ROWS, replies):
            self.check(why, extension, expected, told.pop(reply["id_ext"]))
        self.assertEqual(told, {})

        # 1C's own service hears of robot calls alone.
        self.assertEqual(self.bus(), [])
        self.assertEqual(self.told(), {})

    def check(self, why, extension, expected, told):
        self.assertEqual([self.gist(data) if value is not None
                          else (self.gist(data)[0], None)
                          for (_, data), (_, value) in zip(told, expected)],
                         expected, (why, told))
        self.assertEqual(len(told), len(expected), why)
        for user, data in told:
            self.assertEqual(user, "ab-1")
            self.assertEqual(data["id"], "task-" + why)
            self.assertRegex(data["Channel"],
                             f"^{channel(extension)}-[0-9a-f]{{8}}$")
            self.assertEqual((data["CallerIDNum"], data["CallerIDName"]),
                             ("89990000000", "Клиент"))
            self.assertRegex(data["event_date"],
                             r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$")
        for name, path in map(self.gist, (data for _, data in told)):
            if name == "MIXMONITOR_FILENAME":
                self.check_recording(path)

    def check_recording(self, path):
        """The client left, the operator right; both were heard."""
        with wave.open(path) as file:
            self.assertEqual(file.getnchannels(), 2)
            pcm = array.array("h", file.readframes(file.getnframes()))
        for track in (pcm[0::2], pcm[1::2]):
            loud = sum(abs(sample) > 1000 for sample in track)
            self.assertGreater(loud, len(track) / 50)

    def test_softphones_and_do_not_call(self):
        common.dialwright("block", "+79990000012", data=self.data)
        self.serve()
        status, reply = self.order(channel="SIP/101", exten="9990000012",
                                   user="ab-1")
        self.assertEqual((status, reply["status"]), (200, "failed"))
        self.assertIn("do-not-call", reply["error"])

        phone = self.softphone("ab-1")
        with self.called.held():  # they last until all are asked for
            first, second, again = (
                self.order(channel="SIP/" + extension, exten="9990000014",
                           user="ab-1")[1]
                for extension in ("101", "104", "101"))
        self.assertEqual(again, first)
        self.wait(self.over(2))
        said = b""
        while said.count(b'"Hangup"') < 2:
            more = phone.recv(4096)
            self.assertTrue(more, said)
            said += more

        # Two calls of one user are told apart.
        pushed = [json.loads(text) for text in
                  said.decode().replace("}}{", "}}\n{").split("\n")]
        told = self.events()
        for call in (first, second):
            self.assertEqual(
                [event["Данные"] for event in pushed
                 if event["Данные"]["id_ext"] == call["id_ext"]],
                [data for _, data in told[call["id_ext"]]])
        self.assertEqual(
            [json.loads(value) for user, value in
             self.bus("ones_socket_send_user") if user == "AB-1"], pushed)

    def test_strangers(self):
        self.serve()
        known = {"channel": "SIP/101", "exten": "9990000011", "user": "a"}
        rows = [
            ("no number", {"exten": ""}, "exten"),
            ("words", {"exten": "моя мама"}, "exten"),
            ("a header in the number", {"exten": "1\r\nX-Evil: 1"}, "exten"),
            ("no telephone", {"channel": ""}, "channel"),
            ("no extension", {"channel": "SIP/"}, "channel"),
            ("a URI", {"channel": "SIP/1;x=1"}, "channel"),
            ("two telephones", {"channel": "SIP/101&SIP/102"}, "channel"),
            ("somebody behind a trunk", {"channel": "SIP/trunk/101"},
             "channel"),
            ("a header", {"channel": "SIP/1\r\nX-Evil: 1"}, "channel"),
            ("somebody outside", {"channel": "SIP/89990000011"}, "channel"),
            ("a huge channel", {"channel": "SIP/" + "1" * 5000}, "channel"),
            ("a huge id", {"id": "x" * 3000}, "id"),
            ("a huge user", {"user": "x" * 3000}, "user"),
        ]
        for why, change, field in rows:
            status, reply = self.order(**{**known, **change})
            self.assertEqual((status, reply["status"]), (400, "failed"), why)
            self.assertTrue(reply["error"].startswith(field), why)
        self.assertEqual(self.outcomes(), {})

    def test_mistakes_are_named_at_the_start(self):
        for key, value in (("operator_line", "nowhere"),
                           ("busy_sound", "tone_stream://425")):
            done = common.dialwright(
                "serve", "--set", "autocall.on=yes", "--set",
                f"autocall.{key}={value}", "--set", "api.port=0",
                "--set", "voice.voices=flite",
                *common.line(self.called.port), data=self.data)
            self.assertEqual(done.returncode, 1)
            self.assertIn("autocall." + key, done.stderr)

    def vault(self):
        keys = {name: os.path.join(self.folder, path) for name, path in
                (("vault.key_file", "master"), ("vault.keys", "keys"))}
        words = [word for key, path in keys.items()
                 for word in ("--set", f"{key}={path}")]
        done = common.dialwright("vault", "init", *words, data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return keys

    def test_the_service_is_killed(self):
        """What was told before is not lost, and the attempt is known. What
        is kept names the client: it is sealed."""
        keys = self.vault()
        self.serve(**keys)
        call = self.order(channel="SIP/101", exten="9990000015",
                          user="ab-1")[1]
        self.wait(lambda: ("DIALSTATUS", "ANSWER") in [
            self.gist(data) for _, data in
            self.events().get(call["id_ext"], [])])
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(timeout=60)
        self.server.communicate()
        self.assertEqual(self.outcomes(), {call["id_ext"]: "in_doubt"})
        kept = self.select("select data from outbox where type = "
                           "'ami_client_event'")
        self.assertTrue(kept)
        for (data,) in kept:
            self.assertTrue(data.startswith("sealed:"), data)
        self.serve(**keys)
        other = self.order(channel="SIP/102", exten="9990000011",
                           user="ab-1")[1]
        self.wait(lambda: other["id_ext"] in self.events())
        self.wait(lambda: self.events()[call["id_ext"]][-1][1]["name"] ==
                  "Hangup")
        names = [self.gist(data) for _, data in self.events()[call["id_ext"]]]
        self.assertEqual(list(dict.fromkeys(names)),
                         UP + [("DIALSTATUS", "ANSWER"), ("Hangup", "38")])

    def test_killed_between_two_people(self):
        """The next process hangs up on both, rings at nobody's telephone any
        more, and the user hears it, once."""
        sink = test_end.Ringers()
        self.addCleanup(sink.close)
        self.heard = {"yes": "Да"}
        line = {"line.test.server": f"127.0.0.1:{sink.port}",
                "autocall.client_ring_ms": "60000"}
        self.serve(**line)
        talk, rings = (self.order(
            id=exten, channel=channel, exten=exten,
            caller_id="89990000000", caller_id_name="Клиент",
            user="ab-1")[1]["id_ext"]
            for channel, exten in (("SIP/101", "9990000011"),
                                   ("SIP/102", "9990000019")))
        robot = self.auto(id="task", exten="9990000029",
                          file="yes")[1]["Данные"]["id_ext"]
        self.wait(lambda: len(self.select(
            "select * from legs where farewell like '1%'")) == 3 and len(
                self.select("select * from legs"
                            " where farewell like '2%'")) == 2)
        self.server.send_signal(signal.SIGKILL)
        self.server.wait(timeout=60)
        self.server.communicate()
        self.assertEqual((sink.ended, sink.cancelled), ({}, []))
        self.serve(**line)
        self.wait(lambda: len(sink.ended) == 3 and len(sink.refused) == 2)
        self.wait(lambda: not self.select("select * from legs"))
        self.wait(self.all_ended(1))
        self.end_server()
        self.assertEqual(set(sink.ended), sink.talking)
        self.assertEqual(sink.faults, [])
        self.assertEqual(self.outcomes(),
                         dict.fromkeys((talk, rings, robot), "in_doubt"))
        kept = [json.loads(json.loads(data)["text"])["Данные"]
                for (data,) in self.select(
                    "select data from outbox where type in"
                    " ('ami_client_event', 'ones_http_event')"
                    " and data like '%Hangup%'")]
        self.assertEqual(sorted(data["id_ext"] for data in kept),
                         sorted((talk, rings, robot)))
        for data in kept:
            self.assertEqual((data["Cause"], data["Cause-txt"]),
                             ("38", "Network out of order"))
            self.assertTrue(data["Channel"])
        self.assertEqual({data["id"] for data in kept},
                         {"9990000011", "9990000019", "task"})

    def test_the_service_ends(self):
        """A talk is not cut off by it; nobody new is called."""
        self.serve()
        call = self.order(channel="SIP/101", exten="9990000011",
                          user="ab-1")[1]
        self.wait(lambda: call["id_ext"] in self.events())
        self.end_server()
        names = [self.gist(data)[0] for _, data in
                 self.events()[call["id_ext"]]]
        self.assertEqual(names[-1], "Hangup")
        self.assertIn("MIXMONITOR_FILENAME", names)


class RobotTest(test_autocall.Base):
    """The same of a call without an operator."""

    def test_killed_while_they_talk(self):
        """What was answered so far is told by the next process, once."""
        path = test_autocall.script(self.folder, "talk", "-")
        with open(path, encoding="utf-8") as file:
            talk = json.load(file)
        talk["flow"][1] = {"id": "bye", "action": "playback",
                           "playbacks": 5 * ["tone_stream://%(60000,0,425)"]}
        more = {"autocall_file.talk.script": test_autocall.write(
            path, talk)}
        self.serve(**more)
        calls = {code: self.auto(id=task, exten=exten, file="talk")[1]
                 ["Данные"]["id_ext"]
                 for code, task, exten in (("1", "a", "9990000008"),
                                           ("0", "b", "9990000005"))}
        self.wait(lambda: all(self.select(
            f"select * from legs where will like '%\"code\":{code}%'"
            f" and callid = '{call}'") for code, call in calls.items()))
        self.server.kill()
        self.server.communicate()
        self.serve(**more)
        self.wait(lambda: not self.select("select * from legs"))
        self.wait(self.all_ended(2))
        self.end_server()
        told = {call: [] for call in calls.values()}
        for (data,) in self.select("select data from outbox where type ="
                                   " 'ones_http_event' order by seq"):
            event = json.loads(json.loads(data)["text"])["Данные"]
            told[event["id_ext"]].append(event)
        broken = "автообзвон. звонок прерван"
        for code, comment in (("1", "1 | " + broken), ("0", broken)):
            events_ = told[calls[code]]
            self.assertEqual([event["name"] for event in events_
                              if event["name"] != "DTMF"],
                             [*test_autocall.ANSWERED[:7], "Hangup"])
            answer, code_, hangup = events_[-3:]
            self.assertEqual((answer["res"], answer["comment"]),
                             (code, comment))
            self.assertEqual((code_["Variable"], code_["Value"]),
                             ("TEXT_SP_RES", code))
            self.assertEqual((hangup["Cause"], hangup["id"]),
                             ("38", answer["id"]))
            self.assertEqual(set(answer) - {"name", "id", "id_ext",
                                            "event_date"},
                             test_autocall.FIELDS["speech_to_text"])


if __name__ == "__main__":
    unittest.main()
