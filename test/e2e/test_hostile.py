"""What somebody sends who wants to break out: into the head of a SIP request,
another file, the database. Every text of every route, one at a time, beside
good ones; what leaves by SIP is read from a capture by tshark."""
import http.client
import json
import os
import random
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import api
import common

SILENT = True
PATIENCE_S = 90
SEED = int(os.environ.get("SEED", "1"))
CALLS = 150
IDENTITY = 'eyJ.e30.AA-_;info=<https://a.example/b>;alg=ES256;ppt="shaken"'
ROUNDS = 3

PIECES = [
    "\r\n", "\n", "\r", "\r\n\r\n", "\t", "\x00", "\x1b[31m", "\x7f",
    "\r\nX-Injected: 1", "\nContact: <sip:x@evil.example>",
    "\r\n\r\nINVITE sip:1@b SIP/2.0\r\n", "%0d%0aX: y", "%00", "%2e%2e%2f",
    "%s", "%n", "../", "..", "../../etc/passwd", "/etc/passwd", "\\", "/",
    "'", '"', "`", "'; DROP TABLE users; --", "' OR '1'='1", "$1", "?1", ";",
    "<script>", "${name}", "{", "[", "@", "@evil.example", "sip:", ";tag=x",
    "?Replaces=1", ":5060", ",", "|", "#", "*", "+", " ", "$(id)", "`id`",
    "привет", "你好", "\U0001f600", "\u202e", "\ufeff", "\u2028", "\u0308",
    "\u00a0", "\uff07", "a", "0", "+15550100", "null", "-1", "1e309",
    "ж" * 200, "\U0001f600" * 150,
]


class Capture(common.SipSink):
    """Refuses every call, and keeps each packet as it came."""

    def __init__(self):
        self.packets = []
        super().__init__()

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(65536)
            if data.startswith(b"CLOSE "):
                return
            self.packets.append((peer[1], data))
            self.take(data.decode("utf-8", "replace"), peer)

    def write(self, path):
        """As a capture of raw IP, which tshark reads."""
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0,
                                   65535, 101))
            for port, data in self.packets:
                udp = struct.pack(">HHHH", port, self.port, 8 + len(data), 0)
                head = struct.pack(">BBHHHBBH4s4s", 0x45, 0,
                                   28 + len(data), 0, 0, 64, 17, 0,
                                   bytes([127, 0, 0, 1]),
                                   bytes([127, 0, 0, 1]))
                whole = head + udp + data
                file.write(struct.pack("<IIII", 0, 0, len(whole),
                                       len(whole)) + whole)


class HostileTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lots = random.Random(SEED)
        cls.dir = tempfile.TemporaryDirectory()
        cls.sink = Capture()
        cls.data = os.path.join(cls.dir.name, "in", "data")
        os.makedirs(cls.data)
        cls.server = api.Server(cls.data, *common.line(cls.sink.port))
        with open(common.SCRIPT, encoding="utf-8") as file:
            put = cls.server.ask("PUT", "/api/v1/scripts/visit/draft",
                                 json.load(file))
        assert put.status == 200, put
        cls.server.post("/api/v1/scripts/visit/publish", None)
        cls.tables = cls.schema()

    @classmethod
    def tearDownClass(cls):
        said = cls.server.stop()
        cls.sink.close()
        outside = os.listdir(cls.dir.name) + \
            os.listdir(os.path.join(cls.dir.name, "in"))
        tables = cls.schema()
        cls.dir.cleanup()
        assert "runtime error" not in said and "Sanitizer" not in said, said
        assert outside == ["in", "data"], outside
        assert tables == cls.tables, tables

    @classmethod
    def schema(cls):
        base = sqlite3.connect(os.path.join(cls.data, "dialwright.db"))
        rows = base.execute("SELECT sql FROM sqlite_master ORDER BY name"
                            ).fetchall()
        base.close()
        return rows

    def text(self):
        return "".join(self.lots.choice(PIECES) for _ in
                       range(self.lots.randint(1, 5)))

    def near(self, good):
        at = self.lots.randint(0, len(good))
        return good[:at] + self.text() + good[at:]

    def fill(self, path, value):
        while "{" in path:
            head, _, rest = path.partition("{")
            path = head + urllib.parse.quote(value, safe="") + \
                rest.partition("}")[2]
        return path

    def ask(self, method, place, body=None):
        try:
            reply = self.server.ask(method, place, body)
        except http.client.HTTPException as fault:
            self.fail(f"seed {SEED}: {method} {place} {body!r}: {fault!r}")
        self.check(reply, (method, place, body))

    def check(self, reply, what):
        """Refused with a reason, or done: never our fault."""
        what = f"seed {SEED}: {what!r}: {reply!r}"
        self.assertTrue(reply.status < 500 or reply.status in (501, 503),
                        what)
        self.assertNotIn("X-Injected", reply.headers, what)
        self.assertNotIn("X", reply.headers, what)
        if reply.status >= 400:
            self.assertTrue(reply.json()["detail"], what)

    def wait_quiet(self):
        end = time.monotonic() + PATIENCE_S
        while self.server.get("/api/v1/calls?state=live").json()["items"]:
            self.assertLess(time.monotonic(), end, "calls that never end")
            time.sleep(0.05)

    @unittest.skipUnless(shutil.which("tshark"), "no tshark here")
    def test_nothing_gets_into_a_request(self):
        good = {"number": "+15550101", "script": "visit",
                "caller_id": "+15550102", "line": "test",
                "identity": IDENTITY,
                "variables": {"name": "Anna"}}
        placed = [self.server.post("/api/v1/calls", good).json()["id"]]
        for i in range(CALLS):
            body = dict(good)
            which = self.lots.choice(["number", "number", "caller_id",
                                      "caller_id", "line", "variables",
                                      "identity"])
            if which == "identity":
                body[which] = self.near(good[which])
            elif which == "variables":
                body[which] = {self.text(): self.text(), "name": self.text()}
            else:
                body[which] = self.lots.choice([self.text(),
                                                self.near(good[which])])
            # Two in three have the letters of numbers alone.
            if i % 3 and which in ("number", "caller_id"):
                body[which] = "".join(self.lots.choice("0123456789abX+*#._-")
                                      for _ in range(self.lots.randint(1, 32)))
            reply = self.server.post("/api/v1/calls", body)
            self.check(reply, body)
            if reply.status == 202:
                placed.append(reply.json()["id"])
            if len(placed) % 20 == 0:
                self.wait_quiet()
        self.wait_quiet()
        self.assertGreater(len(placed), CALLS / 4)

        path = os.path.join(self.dir.name, "in", "data", "sip.pcap")
        self.sink.write(path)
        done = subprocess.run(
            ["tshark", "-r", path, "-d", f"udp.port=={self.sink.port},sip",
             "-T", "json", "-e", "sip.Method", "-e", "sip.Call-ID",
             "-e", "sip.msg_hdr", "-e", "sip.r-uri.host", "-e", "sip.to.host",
             "-e", "sip.from.host"],
            capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        os.remove(path)
        shapes, calls = set(), set()
        for packet in json.loads(done.stdout):
            layers = packet["_source"]["layers"]
            if not layers:
                continue  # empty lines, to see whether somebody is there
            if layers["sip.Method"] != ["INVITE"]:
                self.assertIn(layers["sip.Method"],
                              (["ACK"], ["CANCEL"], ["OPTIONS"]), layers)
                continue
            calls.update(layers["sip.Call-ID"])
            head = layers["sip.msg_hdr"][0].partition("\r\n\r\n")[0]
            shapes.add((tuple(line.partition(":")[0] for line in
                              head.split("\r\n")),
                        *layers["sip.r-uri.host"], *layers["sip.to.host"],
                        *layers["sip.from.host"]))
        self.assertEqual(calls, set(placed))
        self.assertEqual(len(shapes), 1, shapes)
        names = shapes.pop()[0]
        self.assertIn("P-Asserted-Identity", names)
        self.assertEqual(len(names), len(set(names)))

    def bodies(self, operation):
        """A good body, then one for each text in it."""
        schema = operation.get("requestBody", {}).get("content", {}).get(
            "application/json", {}).get("schema", {})
        right = {"string": "x", "integer": 1, "number": 1, "boolean": True,
                 "object": {}, "array": []}
        good = {}
        texts = []
        for name, field in schema.get("properties", {}).items():
            kinds = field["type"]
            kind = kinds[0] if isinstance(kinds, list) else kinds
            good[name] = field.get("enum", [right[kind]])[0]
            if field.get("format") == "date-time":
                good[name] = None
            if kind in ("string", "object", "array"):
                texts.append((name, kind))
        for name, kind in texts:
            text = self.text()
            yield {**good, name: {
                "string": text, "object": {text: self.text()},
                "array": [text, {text: self.text(), "name": self.text(),
                                 "number": self.near("+15550101")}]}[kind]}

    def test_every_text_of_every_route(self):
        document = self.server.get("/api/v1/openapi.json", token="").json()
        for path, item in [*document["paths"].items()] * ROUNDS:
            for method, operation in item.items():
                method = method.upper()
                if (method, path) == ("DELETE", "/api/v1/session") or \
                        path.endswith(("/events", "/live")):
                    continue
                for _ in range(3):
                    place = self.fill(path, self.text())
                    self.ask(method, place)
                for part in operation["parameters"]:
                    if part["in"] == "query":
                        place = self.fill(path, "x") + "?" + \
                            urllib.parse.urlencode(
                                {part["name"]: self.text()})
                        self.ask(method, place)
                for body in self.bodies(operation):
                    for name in ("x", self.text()):
                        place = self.fill(path, name)
                        self.ask(method, place, body)
                        body = {self.text(): 1, **body}
        self.wait_quiet()
        # The log of all this can be read, and is whole.
        rows = self.server.get("/api/v1/audit?limit=500").json()["items"]
        self.assertGreater(len(rows), 100)
        self.assertEqual([row["seq"] for row in rows],
                         [rows[0]["seq"] - n for n in range(len(rows))])
        check = self.server.get("/api/v1/audit/check").json()
        self.assertEqual((check["is_whole"], check["broken"], check["flaws"]),
                         (True, 0, []))
        for path in ("users", "scripts", "lists", "campaigns", "calls",
                     "blocks", "prompts", "imports", "tokens", "consents",
                     "registries"):
            self.assertEqual(self.server.get(f"/api/v1/{path}").status, 200,
                             path)

    def test_files_stay_where_they_are(self):
        """Names of prompts and lists that are paths."""
        import test_api_scripts
        sound = test_api_scripts.sound(8000, 0.1, 1)
        made = set()
        for _ in range(60):
            name = self.near("hello.wav")
            reply = self.server.ask(
                "PUT", self.fill("/api/v1/prompts/{name}", name), raw=sound)
            self.check(reply, name)
            if reply.status == 201:
                made.add(reply.json()["name"])
        listed = {row["name"] for row in
                  self.server.get("/api/v1/prompts").json()["items"]}
        self.assertEqual(listed, made)
        folder = os.path.join(self.data, "sounds")
        self.assertEqual(set(os.listdir(folder)), made)
        for name in made:
            self.assertTrue(os.path.isfile(os.path.join(folder, name)), name)


if __name__ == "__main__":
    unittest.main()
