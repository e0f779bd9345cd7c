"""Calls through the API: placed, followed, hung up, listened to; scripts from
the draft to a version that somebody is called with."""
import glob
import http.client
import json
import os
import sqlite3
import tempfile
import time
import unittest
import urllib.parse

import api
import common
import stir

LIMIT_S = 60


class Stream:
    """Server-sent events, one after another."""

    def __init__(self, server, path, headers=()):
        url = urllib.parse.urlsplit(server.url)
        self.link = http.client.HTTPConnection(url.hostname, url.port,
                                               timeout=LIMIT_S)
        self.link.request("GET", path, headers={
            "Authorization": f"Bearer {server.token}", **dict(headers)})
        self.reply = self.link.getresponse()
        assert self.reply.status == 200, self.reply.read()

    def next(self):
        """(id, type, data); None at the end."""
        event = {}
        while True:
            text = self.reply.readline().decode()
            if not text:
                return None
            text = text.rstrip("\n")
            if not text and "data" in event:
                return (event.get("id"), event["event"],
                        json.loads(event["data"]))
            name, _, value = text.partition(": ")
            event[name] = value

    def until(self, kind):
        """All of them up to the first of that kind."""
        events = []
        while not events or events[-1][1] != kind:
            events.append(self.next())
            assert events[-1], f"it ended before {kind}"
        return events

    def close(self):
        self.reply.close()
        self.link.close()


def script():
    with open(common.SCRIPT, encoding="utf-8") as file:
        return json.load(file)


class Carrier(common.SipSink):
    """Notes the Identity header of each call, and trusts none."""

    def __init__(self):
        self.identities = {}  # by Call-ID: what comes again is the same
        super().__init__("437 Unsupported Credential")

    def take(self, message, peer):
        if message.startswith("INVITE "):
            self.identities.setdefault(self.header(message, "Call-ID"),
                                       self.header(message, "Identity"))
        super().take(message, peer)


class CallsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.people = common.People(os.path.join(cls.dir.name, "people"))
        data = os.path.join(cls.dir.name, "data")
        cls.carrier = Carrier()
        keys = {"server": f"127.0.0.1:{cls.carrier.port}", "register": "no",
                "caller_id": "+15550198", **stir.make_key(cls.dir.name)}
        words = [*common.line(cls.people.port), *(
            word for key, value in keys.items()
            for word in ("--set", f"line.carrier.{key}={value}")), "--set",
                 f"vault.key_file={cls.dir.name}/master", "--set",
                 f"vault.keys={cls.dir.name}/keys"]
        done = common.dialwright("vault", "init", *words, data=data)
        assert done.returncode == 0, done.stderr
        cls.server = api.Server(data, *words)
        put = cls.server.ask("PUT", "/api/v1/scripts/visit/draft", script())
        assert put.status == 200, put
        made = cls.server.post("/api/v1/scripts/visit/publish", None)
        assert made.status == 201, made

    @classmethod
    def tearDownClass(cls):
        said = cls.server.stop()
        cls.people.close()
        cls.carrier.close()
        cls.dir.cleanup()
        assert "runtime error" not in said and "Sanitizer" not in said, said

    def place(self, number="+15550100", **more):
        reply = self.server.post("/api/v1/calls", {
            "number": number, "script": "visit", **more})
        self.assertEqual(reply.status, 202, reply)
        return reply.json()["id"]

    def place_and_follow(self, *number, **more):
        """A call, and all that is told of it from its beginning."""
        with self.people.held():
            call = self.place(*number, **more)
            return Stream(self.server, f"/api/v1/calls/{call}/live"), call

    def wait_answered(self, live):
        """The first word says it where it was so before."""
        if live.next()[2]["state"] != "talking":
            live.until("answered")

    def wait_over(self, call):
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end:
            reply = self.server.get(f"/api/v1/calls/{call}")
            if reply.status == 200 and reply.json()["state"] == "over":
                return reply.json()
            time.sleep(0.05)
        self.fail("the call does not end")

    def test_from_the_call_to_its_sound(self):
        events = Stream(self.server, "/api/v1/events?types=call.*")
        live, call = self.place_and_follow(variables={"name": "Alice Young"})
        rows = self.server.get("/api/v1/calls?state=live").json()["items"]
        self.assertIn((call, "+15550100"),
                      [(row["id"], row["number"]) for row in rows])

        # A version that is published meanwhile is not this call's.
        state = f"/api/v1/calls/{call}"
        while self.server.get(state).json()["state"] == "dialling":
            time.sleep(0.05)
        again = {**script(), "description": "the next one"}
        with self.people.held():
            self.server.ask("PUT", "/api/v1/scripts/visit/draft", again)
            made = self.server.post("/api/v1/scripts/visit/publish", None)
            self.assertEqual(made.json()["version"], 2)
            self.assertEqual(
                self.server.get(state).json()["state"], "talking",
                "it was over before the version was there")

        moments = live.until("over")
        self.assertEqual(moments[0][1], "state")
        words = [moment[2]["text"] for moment in moments
                 if moment[1] == "saying"]
        self.assertTrue(any("Alice Young" in word for word in words), words)
        self.assertIsNone(live.next())
        live.close()

        seen = events.until("call.ended")
        events.close()
        kinds = [kind for _, kind, _ in seen]
        self.assertIn("call.answered", kinds)
        self.assertEqual(seen[-1][2]["key"], call)
        self.assertEqual(seen[-1][2]["data"]["number"], "+15550100")
        places = [int(place) for place, _, _ in seen]
        self.assertEqual(places, sorted(set(places)))

        # What was cut off comes again, from where it was.
        again = Stream(self.server, "/api/v1/events?types=call.*",
                       {"Last-Event-ID": str(places[0])})
        self.assertEqual(again.until("call.ended"), seen[1:])
        again.close()
        asked = Stream(self.server,
                       f"/api/v1/events?types=call.ended&after={places[0]}")
        self.assertEqual(asked.next(), seen[-1])
        asked.close()

        row = self.wait_over(call)
        self.assertEqual((row["outcome"], row["script"],
                          row["script_version"]), ("answered", "visit", "1"))
        self.assertEqual(row["variables"]["name"], "Alice Young")
        steps = self.server.get(f"/api/v1/calls/{call}/steps").json()["items"]
        self.assertEqual(steps[0]["input_args"], "visit:1")
        said = self.server.get(
            f"/api/v1/calls/{call}/transcript").json()["items"]
        self.assertIn("Alice Young", said[0]["text"])
        self.assertEqual({line["who"] for line in said},
                         {"robot", "callee"})
        self.check_recording(call)
        self.check_replay(call)

    def check_recording(self, call):
        place = f"/api/v1/calls/{call}/recording"
        whole = self.server.get(place)
        self.assertEqual((whole.status, whole.body[:4]), (200, b"RIFF"))
        part = self.server.get(place, headers={"Range": "bytes=0-3"})
        self.assertEqual((part.status, part.body), (206, b"RIFF"))
        rest = self.server.get(place, headers={"Range": "bytes=44-"})
        self.assertEqual(rest.body, whole.body[44:])
        late = self.server.get(place, headers={
            "Range": f"bytes={len(whole.body)}-"})
        self.assertEqual(late.status, 416)
        self.assertEqual(self.server.get(
            place, token=self.server.role_token("viewer")).status, 403)
        path, = glob.glob(os.path.join(
            self.server.data, f"recordings/*/{call}*"))
        with open(path, "rb") as file:
            self.assertNotIn(whole.body[8000:8032], file.read())
        heard = [row for row in
                 self.server.get("/api/v1/audit").json()["items"]
                 if row["action"] == f"GET {place}"]
        self.assertGreaterEqual(len(heard), 3)
        self.assertEqual(heard[-1]["user"], "anna")

    def check_replay(self, call):
        place = f"/api/v1/calls/{call}/replay"
        same = self.server.post(place, {"script": "visit@1"}).json()
        self.assertEqual((same["parting"], same["steps"]), ("same", []))

    def test_hang_up(self):
        live, call = self.place_and_follow("+15550109")
        self.wait_answered(live)
        reply = self.server.post(f"/api/v1/calls/{call}/hangup", None)
        self.assertEqual(reply.status, 204)
        live.until("over")
        live.close()
        self.wait_over(call)
        again = self.server.post(f"/api/v1/calls/{call}/hangup", None)
        self.assertEqual(again.status, 404)
        self.assertEqual(
            self.server.get(f"/api/v1/calls/{call}/live").status, 404)

    def test_what_cannot_be_called(self):
        rows = [
            ({"number": "call me!", "script": "visit"}, 422, "number"),
            ({"number": "+15550100", "script": "nothing"}, 422, "script"),
            ({"number": "+15550100", "script": "visit@7"}, 422, "script"),
            ({"number": "+15550100", "script": "../visit"}, 422, "script"),
            ({"number": "+15550100", "script": "visit", "line": "x"}, 422,
             "line"),
            ({"number": "+15550100", "script": "visit",
              "caller_id": "a\r\nb"}, 422, "caller_id"),
            ({"number": "+15550100", "script": "visit",
              "identity": "a.b.c;info=<https://a.example>\r\nX: y"}, 422,
             "identity"),
            ({"number": "+15550100", "script": "visit",
              "identity": "a.b;info=<https://a.example>"}, 422, "identity"),
            ({"number": "+15550100", "script": "visit",
              "variables": {"a": 1}}, 422, "variables"),
        ]
        for body, status, field in rows:
            reply = self.server.post("/api/v1/calls", body)
            self.assertEqual((reply.status, reply.json()["field"]),
                             (status, field), body)
            self.assertTrue(reply.json()["remedy"])

    def test_nobody_on_the_list_is_called(self):
        self.server.stop()
        done = common.dialwright("block", "+15550130", "--reason", "asked",
                                 *self.server.words, data=self.server.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.start()
        reply = self.server.post("/api/v1/calls", {
            "number": "+1 (555) 01-30",
            "script": "visit"})
        self.assertEqual(reply.status, 409)
        self.assertIn("do-not-call", reply.json()["detail"])

    def test_who_calls_is_signed_here_or_by_others(self):
        given = ("eyJhbGciOiJFUzI1NiJ9.e30.AA-_;info=<https://a.example/b>;"
                 'alg=ES256;ppt="shaken"')
        for more in {"caller_id": "+15550177"}, {"identity": given}:
            call = self.place(line="carrier", **more)
            self.assertEqual(self.wait_over(call)["outcome"],
                             "identity_failed")
        signed, passed = self.carrier.identities.values()
        self.assertEqual(passed, given)
        self.assertTrue(stir.is_signed(self.dir.name, signed))
        _, payload, _ = stir.read(signed)
        self.assertEqual((payload["orig"], payload["dest"]),
                         ({"tn": "15550177"}, {"tn": ["15550100"]}))
        row, = (row for row in self.server.get("/api/v1/lines").json()["items"]
                if row["name"] == "carrier")
        self.assertEqual(row["state"], "ready")
        self.assertIn("refuses who calls (437 Unsupported", row["reason"])

    def test_a_key_calls_once(self):
        body = {"number": "+15550105", "script": "visit"}
        key = {"Idempotency-Key": "one"}
        first = self.server.post("/api/v1/calls", body, headers=key).json()
        again = self.server.post("/api/v1/calls", body, headers=key).json()
        self.assertEqual(first, again)
        self.server.post(f"/api/v1/calls/{first['id']}/hangup", None)
        self.wait_over(first["id"])
        rows = self.server.get(
            "/api/v1/calls?number=%2B15550105").json()["items"]
        self.assertEqual([row["id"] for row in rows], [first["id"]])

    def test_the_end_waits_for_talks(self):
        live, call = self.place_and_follow("+15550100")
        self.wait_answered(live)
        with self.people.held():
            self.server.process.terminate()
            live.until("saying")
            end = time.monotonic() + LIMIT_S
            while self.server.get("/readyz", token="").json()["status"] != \
                    "stopping" and time.monotonic() < end:
                time.sleep(0.02)
            late = self.server.post("/api/v1/calls", {
                "number": "+15550101", "script": "visit"})
            self.assertEqual(late.status, 503)
        live.until("over")
        live.close()
        self.server.stop()
        self.server.start()
        self.assertEqual(self.wait_over(call)["label"], "confirmed")

    def test_pages(self):
        calls = []
        for _ in range(3):
            call = self.place("+15550106")
            self.server.post(f"/api/v1/calls/{call}/hangup", None)
            self.wait_over(call)
            calls.insert(0, call)
        place = "/api/v1/calls?number=%2B15550106&limit=2"
        page = self.server.get(place).json()
        rest = self.server.get(f"{place}&before={page['next']}").json()
        self.assertEqual([row["id"] for row in
                          page["items"] + rest["items"]], calls)
        self.assertIsNone(rest["next"])
        for query, count in (("outcome=busy", 0),
                             ("since=2100-01-01T00:00:00Z", 0),
                             ("until=2100-01-01T00:00:00Z", 3),
                             ("campaign=x", 0)):
            rows = self.server.get(
                f"/api/v1/calls?number=%2B15550106&{query}").json()
            self.assertEqual(len(rows["items"]), count, query)


class FollowTest(unittest.TestCase):
    """Many follow the events of calls that nobody answers."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.sink = common.SipSink()
        self.server = api.Server(self.dir.name,
                                 *common.line(self.sink.port))
        self.server.ask("PUT", "/api/v1/scripts/visit/draft", script())
        self.server.post("/api/v1/scripts/visit/publish", None)

    def tearDown(self):
        self.server.close()
        self.sink.close()
        self.dir.cleanup()

    def test_all_hear_the_same(self):
        place = "/api/v1/events?types=call.ended"
        streams = [Stream(self.server, place) for _ in range(100)]
        calls = [self.server.post("/api/v1/calls", {
            "number": f"+155501{n:02}", "script": "visit"}).json()["id"]
            for n in range(5)]
        heard = [[stream.next() for _ in calls] for stream in streams]
        self.assertEqual({event[2]["key"] for event in heard[0]},
                         set(calls))
        self.assertTrue(all(events == heard[0] for events in heard))
        for stream in streams[1:]:
            stream.close()

        # Who comes late stands behind those who were there, and catches up
        # while they go on.
        late = Stream(self.server, place + "&after=0")
        again = self.server.post("/api/v1/calls", {
            "number": "+15550110", "script": "visit"}).json()["id"]
        self.assertEqual(streams[0].next()[2]["key"], again)
        self.assertEqual([late.next() for _ in calls], heard[0])
        self.assertEqual(late.next()[2]["key"], again)
        late.close()
        streams[0].close()

    def test_a_place_that_is_gone(self):
        self.server.post("/api/v1/calls", {"number": "+15550111",
                                           "script": "visit"})
        stream = Stream(self.server, "/api/v1/events?after=0")
        stream.until("call.ended")
        stream.close()
        self.server.kill()
        with sqlite3.connect(os.path.join(self.dir.name,
                                          "dialwright.db")) as database:
            database.execute("DELETE FROM outbox")
        database.close()
        self.server.start()
        reply = self.server.get("/api/v1/events?after=0")
        self.assertEqual(reply.status, 410)
        self.assertIn("/api/v1/calls", reply.json()["remedy"])
        reply = self.server.get("/api/v1/events", headers={
            "Last-Event-ID": "yesterday"})
        self.assertEqual(reply.status, 422)


if __name__ == "__main__":
    unittest.main()
