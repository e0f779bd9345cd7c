"""Systems that hear of events, written from the specifications alone."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import os
import sqlite3
import tempfile
import threading
import time
import unittest
import urllib.parse

import common

PEOPLE = 40
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes events; `answers` are the statuses of the next requests, then
    200. `check(request)` says what is wrong with one, or None."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.requests = []  # (path, headers, body) that were taken
        self.refused = []
        self.complaints = []
        self.answers = iter(())
        self.delay_s = 0
        self.is_deaf = False  # takes requests and loses them
        self.lost = 0
        self.bom = False
        self.check = lambda path, headers, body: None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a process that was killed

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def events(self):
        with self.lock:
            return [json.loads(body) for _, _, body in self.requests]

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def take(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        server = self.server
        if server.is_deaf:
            server.lost += 1
            while server.is_deaf:
                time.sleep(0.05)
            self.close_connection = True
            return
        if server.delay_s:
            time.sleep(server.delay_s)
        with server.lock:
            status = next(server.answers, 200)
            wrong = server.check(self.path, self.headers, body)
            if wrong:
                server.complaints.append(wrong)
                status = 400
            kept = server.requests if status == 200 else server.refused
            kept.append((self.path, dict(self.headers), body))
        said = b"\xef\xbb\xbf{}" if server.bom else b"{}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET = take


def check_signature(_, headers, body):
    """Standard Webhooks, as a receiver has to."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    if f"v1,{base64.b64encode(mac).decode()}" not in \
            headers["webhook-signature"].split():
        return "the signature is wrong"
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return "it is not of now"
    event = json.loads(body)
    if event["id"] != headers["webhook-id"]:
        return "another id"
    if headers["Content-Type"] != "application/cloudevents+json":
        return "the content type is wrong"
    return None


def check_gate(user, password):
    """1C's HTTP service: Basic authentication in UTF-8, method and data."""
    expected = base64.b64encode(f"{user}:{password}".encode()).decode()

    def check(path, headers, body):
        if headers["Authorization"] != f"Basic {expected}":
            return "the login is wrong"
        place = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(place.query))
        if place.path != "/base/hs/gate/v1" or "method" not in query:
            return f"no gate: {path}"
        json.loads(query.get("data", body))
        return None

    return check


def gaps(events):
    """Keys whose events are not 1, 2, 3, … in the order of arrival, repeated
    ones left out."""
    seen, last = set(), collections.Counter()
    wrong = []
    for event in events:
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        last[event["subject"]] += 1
        if int(event["sequence"]) != last[event["subject"]]:
            wrong.append((event["subject"], event["sequence"]))
    return wrong


def against_schema(event, schemas):
    """What is wrong with the data of an event, or None."""
    kind = event["type"].removeprefix("dialwright.")
    schema = schemas["$defs"].get(kind)
    if not schema:
        return f"no such type {kind}"
    data = event["data"]
    if set(data) != set(schema["required"]):
        return f"{kind}: {set(data) ^ set(schema['required'])}"
    kinds = {"string": str, "integer": int, "object": dict,
             "null": type(None)}
    for name, value in data.items():
        allowed = schema["properties"][name]["type"]
        allowed = [allowed] if isinstance(allowed, str) else allowed
        if not isinstance(value, tuple(kinds[word] for word in allowed)):
            return f"{kind}: {name} is {value!r}"
    return None


class Case(unittest.TestCase):
    """A run of PEOPLE who are all busy, told to a receiver."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name
        self.sink = common.SipSink()
        self.receiver = Receiver()
        self.list = os.path.join(self.data, "people.csv")
        with open(self.list, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(PEOPLE):
                file.write(f"+7999000{i:04}\n")

    def tearDown(self):
        self.receiver.close()
        self.sink.close()
        self.dir.cleanup()

    def words(self, **keys):
        given = {"url": self.receiver.url(), "private": "yes", **keys}
        words = ["--set", "rules.retry="]
        for key, value in given.items():
            words += ["--set", f"sink.crm.{key}={value}"]
        return words

    def run_words(self, **keys):
        return ["run", self.list, "--script", common.SCRIPT, "--campaign",
                "c", "--calls", "10", *self.words(**keys),
                *common.line(self.sink.port)]

    def call_all(self, **keys):
        done = common.dialwright(*self.run_words(**keys), data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def say(self, *words, **keys):
        done = common.dialwright(*words, *self.words(**keys), data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def kept(self):
        """(id, type) of the outbox, read beside the program."""
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        try:
            return database.execute(
                "SELECT id, type FROM outbox ORDER BY seq").fetchall()
        finally:
            database.close()

    def assert_complete(self, told):
        """Each fact was told; a call that a kill cut off has no end."""
        kept = self.kept()
        self.assertEqual({row[0] for row in kept},
                         {event["id"] for event in told})
        types = collections.Counter(row[1] for row in kept)
        cut_off = {event["id"] for event in told
                   if event["data"].get("outcome") == "in_doubt"}
        self.assertEqual(types["attempt.begun"], PEOPLE)
        self.assertEqual(types["attempt.ended"], PEOPLE)
        self.assertGreaterEqual(types["call.ended"], PEOPLE - len(cut_off))
        self.assertEqual(gaps(told), [])
