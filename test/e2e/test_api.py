"""The API as programs use it: every route of its own document, every role,
what is well-meant and what is not."""
import http.client
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import api
import common

SILENT = True

HOSTILE = ["", "'; DROP TABLE users; --", "../../etc/passwd", "a\r\nX: y",
           "\u0000", "\U0001f600" * 2000, "%00", "${name}", "<script>"]


# The least role for each scope: src/api/scopes.c, written down once more by
# hand, so that a slip there opens no door.
LEAST = {
    "viewer": {"system.read", "metrics", "calls.read", "campaigns.read",
               "lists.read", "scripts.read", "events.read", "self"},
    "operator": {"calls.place", "recordings.read", "campaigns.run",
                 "lists.write", "blocks.write", "consents.write",
                 "registries.write", "events.write", "services.try"},
    "author": {"scripts.write", "campaigns.write"},
    "admin": {"users", "audit", "people.erase"},
}
# What somebody may who has no token.
OPEN = {"GET /", "GET /index.js", "GET /page.css", "GET /door.js",
        "GET /lines", "GET /lines.js", "GET /people", "GET /people.js",
        "GET /setup", "GET /setup.js", "GET /healthz", "GET /readyz",
        "GET /api/v1/openapi.json", "POST /api/v1/setup",
        "POST /api/v1/session"}


class ApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.server = api.Server(cls.dir.name)
        cls.document = cls.server.get("/api/v1/openapi.json",
                                      token="").json()

    @classmethod
    def tearDownClass(cls):
        said = cls.server.stop()
        cls.dir.cleanup()
        assert "runtime error" not in said and "Sanitizer" not in said, said

    def routes(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    @staticmethod
    def fill(path, value="nobody"):
        while "{" in path:
            head, _, rest = path.partition("{")
            path = head + urllib.parse.quote(value, safe="") + \
                rest.partition("}")[2]
        return path

    def alive(self):
        self.assertEqual(self.server.get("/healthz").status, 200)

    @staticmethod
    def schema(operation):
        return operation.get("requestBody", {}).get("content", {}).get(
            "application/json", {}).get("schema")

    @staticmethod
    def junk(operation):
        """What no route takes, where a body is taken at all."""
        return b"[]" if "requestBody" in operation else None

    def test_document_is_sound(self):
        ids = set()
        for method, path, operation in self.routes():
            self.assertNotIn(operation["operationId"], ids)
            ids.add(operation["operationId"])
            self.assertTrue(operation["summary"].endswith("."), path)
            named = {part["name"] for part in operation["parameters"]
                     if part["in"] == "path"}
            self.assertEqual(named, set(
                part.partition("}")[0] for part in path.split("{")[1:]))
            if self.schema(operation):
                self.assertIn(method, ("POST", "PUT", "PATCH"))

    def test_who_may(self):
        """The matrix: what a role may is what its routes do, and its token's
        scopes say so."""
        may = set()
        for role in api.ROLES:
            may |= LEAST[role]
            token = self.server.role_token(role)
            scopes = set(self.server.get("/api/v1/self",
                                         token=token).json()["scopes"])
            for method, path, operation in self.routes():
                if not operation["security"] or path == "/api/v1/session":
                    continue
                scope = operation["security"][0]["token"][0]
                status = self.server.ask(
                    method, self.fill(path, "none"), token=token,
                    raw=self.junk(operation)).status
                self.assertEqual(status == 403, scope not in may,
                                 f"{role}: {method} {path}: {status}")
                self.assertEqual(scope in may, scope in scopes, scope)
                self.assertNotEqual(status, 401)

    def test_open_doors_are_those_that_are_meant(self):
        self.assertEqual(OPEN, {f"{method} {path}" for method, path, operation
                                in self.routes() if not operation["security"]})

    def test_nobody_without_a_token(self):
        for method, path, operation in self.routes():
            if not operation["security"]:
                continue
            for token in ("", "dw_wrong"):
                reply = self.server.ask(method, self.fill(path), token=token,
                                        raw=self.junk(operation))
                self.assertEqual(reply.status, 401, f"{method} {path}")
                self.assertIn("remedy", reply.json())

    def test_unknown_and_wrong_fields(self):
        for method, path, operation in self.routes():
            if method == "GET" and operation["security"]:
                reply = self.server.ask(method,
                                        self.fill(path) + "?no_such=1")
                self.assertEqual(reply.status, 422, path)
                self.assertEqual(reply.json()["field"], "no_such")
            schema = self.schema(operation)
            if not schema:
                continue
            right = {"string": "x", "integer": 1, "number": 1, "boolean": True,
                     "object": {}, "array": []}
            good = {}
            for name in schema["required"]:
                field = schema["properties"][name]
                kind = field["type"]
                kind = kind[0] if isinstance(kind, list) else kind
                good[name] = field.get("enum", [right[kind]])[0]
            place = self.fill(path)
            reply = self.server.ask(method, place, {**good, "no_such": 1})
            self.assertEqual((reply.status, reply.json().get("field")),
                             (422, "no_such"), f"{method} {path}: {reply}")
            for name, field in schema["properties"].items():
                wrong = {**good, name: [[]] if "array" not in field["type"]
                         else "x"}
                reply = self.server.ask(method, place, wrong)
                self.assertEqual((reply.status, reply.json().get("field")),
                                 (422, name), f"{method} {path}: {reply}")
            for name in schema["required"]:
                less = {key: value for key, value in good.items()
                        if key != name}
                reply = self.server.ask(method, place, less)
                self.assertEqual((reply.status, reply.json().get("field")),
                                 (422, name), f"{method} {path}: {reply}")
            for raw in (b"", b"{", b"[]", b"\xff\xfe", b'{"a":1,"a":2}',
                        b"[" * 100000):
                reply = self.server.ask(method, place, raw=raw)
                self.assertIn(reply.status, (400, 422), f"{method} {path}")
        self.alive()

    def test_hostile_texts(self):
        """Never a crash, never 500, nothing of it in a header."""
        for method, path, operation in self.routes():
            schema = self.schema(operation)
            for text in HOSTILE:
                place = self.fill(path, text or "x")
                body = None
                if schema:
                    body = {}
                    for name, field in schema["properties"].items():
                        kind = field["type"]
                        kind = kind[0] if isinstance(kind, list) else kind
                        body[name] = {"string": text, "integer": -1,
                                      "number": -1, "boolean": False,
                                      "object": {}, "array": []}[kind]
                if path == "/api/v1/session" and method == "DELETE":
                    continue
                reply = self.server.ask(method, place, body,
                                        raw=None if body else b"")
                self.assertNotEqual(reply.status, 500,
                                    f"{method} {place}: {reply}")
                self.assertNotIn("X", reply.headers)
        self.alive()

    def test_unknown_places_and_methods(self):
        self.assertEqual(self.server.get("/api/v1/nothing").status, 404)
        reply = self.server.ask("PATCH", "/api/v1/users")
        self.assertEqual(reply.status, 405)

    def test_what_is_known_is_not_sent_again(self):
        for path in ("/api/v1/openapi.json", "/api/v1/users", "/api/v1/self",
                     "/api/v1/scripts", "/api/v1/lines", "/api/v1/tokens"):
            first = self.server.get(path)
            mark = first.headers["ETag"]
            again = self.server.get(path, headers={"If-None-Match": mark})
            self.assertEqual((again.status, again.body), (304, b""), path)
            other = self.server.get(path, headers={"If-None-Match": '"0"'})
            self.assertEqual((other.status, other.body, other.headers["ETag"]),
                             (200, first.body, mark), path)
        self.assertEqual(self.server.get(
            "/api/v1/scripts/none/draft",
            headers={"If-None-Match": "*"}).status, 404)

    def test_bytes_of_a_stranger(self):
        host, port = self.server.url.removeprefix("http://").split(":")
        for raw in (b"\x00" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                    b"GET /api/v1/self HTTP/1.1\r\nHost: x\r\n"
                    b"Content-Length: -1\r\n\r\n",
                    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Length: 99999999999\r\n\r\n{"):
            with socket.create_connection((host, int(port)), 60) as link:
                link.sendall(raw)
                link.shutdown(socket.SHUT_WR)
                said = link.recv(4096)
                self.assertNotIn(b" 200 ", said.split(b"\r\n")[0])
        self.alive()


class LiveTest(unittest.TestCase):
    """Calls under way in pages; nobody answers them."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.sink = common.SipSink()
        self.server = api.Server(self.dir.name, *common.line(self.sink.port))
        with open(common.SCRIPT, "rb") as file:
            put = self.server.ask("PUT", "/api/v1/scripts/visit/draft",
                                  raw=file.read())
        assert put.status == 200, put
        self.server.post("/api/v1/scripts/visit/publish", None)

    def tearDown(self):
        self.server.close()
        self.sink.close()
        self.dir.cleanup()

    def place(self, number):
        reply = self.server.post("/api/v1/calls", {"number": number,
                                                   "script": "visit"})
        self.assertEqual(reply.status, 202, reply)
        return reply.json()["id"]

    def walk(self, query):
        """Pages of ids, as a client follows `next`."""
        pages, after = [], ""
        while after is not None:
            page = self.server.get(f"/api/v1/calls?{query}{after}").json()
            pages.append([row["id"] for row in page["items"]])
            after = page["next"] and "&before=" + urllib.parse.quote(
                page["next"])
            self.assertLess(len(pages), 20)
        return pages

    def hang_up(self, call):
        self.assertEqual(self.server.post(f"/api/v1/calls/{call}/hangup",
                                          None).status, 204)
        self.wait_over(call)

    def wait_over(self, call):
        limit = time.monotonic() + 60
        while self.server.get(f"/api/v1/calls/{call}").json()["state"] != \
                "over":
            self.assertLess(time.monotonic(), limit, "it does not end")
            time.sleep(0.05)

    def test_pages_of_calls_under_way(self):
        self.sink.answer = "486 Busy Here"
        over = [self.place(f"+155501{n:02}") for n in range(3)]
        for call in over:
            self.wait_over(call)
        self.sink.answer = "180 Ringing"
        live = [self.place(f"+155501{n:02}") for n in range(10, 15)]
        over.reverse()
        live.reverse()  # the latest first
        # Whoever names no limit sees what they always saw.
        self.assertEqual(self.walk("state=live"), [live])
        self.assertEqual(self.walk(""), [live + over])
        self.assertEqual(self.walk("state=over"), [over])
        self.assertEqual(self.walk("state=live&limit=2"),
                         [live[:2], live[2:4], live[4:]])
        self.assertEqual(self.walk("state=live&limit=5"), [live])
        self.assertEqual(self.walk("state=live&number=%2B15550112"),
                         [[live[2]]])
        # Behind the last of them come those that are over, none twice.
        self.assertEqual(self.walk("limit=2"),
                         [live[:2], live[2:4], live[4:] + over[:2], over[2:]])
        # A call that ended since is no place to get lost at.
        page = self.server.get("/api/v1/calls?state=live&limit=2").json()
        self.hang_up(live[1])
        rest = self.server.get(
            "/api/v1/calls?state=live&limit=9&before=" +
            urllib.parse.quote(page["next"])).json()
        self.assertEqual([row["id"] for row in rest["items"]], live[2:])
        self.assertIsNone(rest["next"])
        self.assertEqual(self.walk("limit=3"), [
            [live[0], live[2], live[3]], [live[4], live[1], *over[:2]],
            over[2:]])
        for call in [live[0], *live[2:]]:
            self.hang_up(call)


class AccessTest(unittest.TestCase):
    """Users, tokens, and what stays of them."""

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.server = api.Server(self.dir.name)

    def tearDown(self):
        self.server.close()
        self.dir.cleanup()

    def database(self):
        return sqlite3.connect(os.path.join(self.dir.name, "dialwright.db"))

    def test_setup_is_good_once(self):
        for word in (self.server.setup_word, "dw_x", ""):
            reply = self.server.post(
                "/api/v1/setup", {"word": word, "user": "eve",
                                  "password": api.PASSWORD}, token="")
            self.assertEqual(reply.status, 403)
        with self.database() as database:
            rows = database.execute("SELECT name, password FROM users"
                                    ).fetchall()
        self.assertEqual([row[0] for row in rows], ["anna"])
        self.assertNotIn(api.PASSWORD, rows[0][1])
        self.assertTrue(rows[0][1].startswith("scrypt$"))

    def test_tokens(self):
        made = self.server.post("/api/v1/tokens", {
            "name": "crm", "scopes": "system.read, self"}).json()
        token = made["token"]
        self.assertEqual(
            self.server.get("/api/v1/system", token=token).status, 200)
        self.assertEqual(
            self.server.get("/api/v1/users", token=token).status, 403)
        # It makes none that may more than itself.
        reply = self.server.post("/api/v1/tokens",
                                 {"name": "more", "scopes": "*"}, token=token)
        self.assertEqual((reply.status, reply.json()["field"]),
                         (422, "scopes"))
        with self.database() as database:
            kept = str(database.execute("SELECT * FROM tokens").fetchall())
        self.assertNotIn(token, kept)

        self.assertEqual(self.server.ask(
            "DELETE", f"/api/v1/tokens/{made['id']}").status, 204)
        self.assertEqual(
            self.server.get("/api/v1/system", token=token).status, 401)
        late = self.server.post("/api/v1/tokens", {
            "name": "late", "expires": "2020-01-01T00:00:00Z"}).json()
        self.assertEqual(self.server.get("/api/v1/self",
                                         token=late["token"]).status, 401)

    def test_users_come_and_go(self):
        token = self.server.role_token("viewer")
        self.assertEqual(self.server.ask(
            "PUT", "/api/v1/users/viewer", {"role": "operator"}).status, 204)
        self.assertEqual(self.server.get(
            "/api/v1/self", token=token).json()["role"], "operator")
        self.assertEqual(
            self.server.ask("DELETE", "/api/v1/users/viewer").status, 204)
        self.assertEqual(
            self.server.get("/api/v1/self", token=token).status, 401)
        reply = self.server.ask("DELETE", "/api/v1/users/anna")
        self.assertEqual(reply.status, 409)
        self.assertIn("last admin", reply.json()["detail"])
        reply = self.server.ask("DELETE", "/api/v1/users/nobody")
        self.assertEqual(reply.status, 404)

    def test_guessing_passwords_takes_time(self):
        wrong = "wrong wrong wrong"
        said = self.log_in_at_once("anna", [wrong] * 5 + [api.PASSWORD])
        self.assertEqual(re.findall(r"HTTP/1.1 (\d+)", said),
                         ["401"] * 5 + ["429"])
        self.assertRegex(said, r"\r\nRetry-After: [1-9]")
        self.assertIn("HTTP/1.1 401", self.log_in_at_once("nobody", [wrong]))

    def log_in_at_once(self, user, passwords):
        """All answers, one behind the other. It is only seconds that one has
        to wait, and nobody knows how long the machine stands still between
        questions that are asked one by one."""
        place = urllib.parse.urlsplit(self.server.url)
        with socket.create_connection((place.hostname, place.port),
                                      60) as link:
            for i, password in enumerate(passwords, 1):
                body = json.dumps({"user": user, "password": password})
                link.sendall((
                    "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
                    "Content-Type: application/json\r\n" +
                    "Connection: close\r\n" * (i == len(passwords)) +
                    f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            said = b""
            while more := link.recv(4096):
                said += more
        return said.decode()

    def test_done_once(self):
        body = {"name": "crm"}
        key = {"Idempotency-Key": "k1"}
        first = self.server.post("/api/v1/tokens", body, headers=key)
        self.assertEqual(first.status, 201)
        again = self.server.post("/api/v1/tokens", body, headers=key)
        self.assertEqual((again.status, again.body),
                         (first.status, first.body))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        other = self.server.post("/api/v1/tokens", {"name": "another"},
                                 headers=key)
        self.assertEqual(other.status, 409)
        # What was refused may be mended under the same key.
        key = {"Idempotency-Key": "k2"}
        self.assertEqual(self.server.post("/api/v1/tokens", {"name": ""},
                                          headers=key).status, 422)
        self.assertEqual(self.server.post("/api/v1/tokens", {"name": "ok"},
                                          headers=key).status, 201)

        self.server.kill()
        self.server.start()
        again = self.server.post("/api/v1/tokens", body,
                                 headers={"Idempotency-Key": "k1"})
        self.assertEqual(again.body, first.body)
        names = [item["name"] for item in
                 self.server.get("/api/v1/tokens").json()["items"]]
        self.assertEqual(names.count("crm"), 1)

    def test_audit_tells_of_every_change(self):
        self.server.ask("PUT", "/api/v1/users/ben",
                        {"role": "viewer", "password": api.PASSWORD})
        rows = self.server.get("/api/v1/audit").json()["items"]
        self.assertEqual((rows[0]["action"], rows[0]["user"],
                          rows[0]["status"]),
                         ("PUT /api/v1/users/ben", "anna", 204))
        page = self.server.get("/api/v1/audit?limit=1").json()
        self.assertEqual(len(page["items"]), 1)
        rest = self.server.get(
            f"/api/v1/audit?before={page['next']}").json()
        self.assertEqual(page["items"] + rest["items"], rows)
        self.assertTrue(
            self.server.get("/api/v1/audit/check").json()["is_whole"])
        with self.database() as database:
            database.execute("UPDATE audit SET user_name = 'eve' "
                             "WHERE seq = 2")
        database.close()
        check = self.server.get("/api/v1/audit/check").json()
        self.assertEqual((check["is_whole"], check["broken"],
                          check["calls"]["is_whole"]), (False, 2, True))
        with self.database() as database:
            database.execute("DELETE FROM audit WHERE seq = 1")
            database.execute(
                "INSERT INTO calls (callid, direction, number, line, script,"
                " script_version, outcome, start_ms, answer_ms, end_ms,"
                " label, intention, class_letter, heard, variables, counters,"
                " recording, media) VALUES ('by-hand', 'out', '+15550100',"
                " 'main', '', '', 'busy', 1, 0, 2, '', 0, '', '', '{}', '{}',"
                " '', '{}')")
        database.close()
        flaw, = self.server.get("/api/v1/audit/check").json()["flaws"]
        self.assertEqual((flaw["kind"], flaw["call"]),
                         ("unlinked", "by-hand"))
        self.assertEqual(
            self.server.get("/api/v1/audit/check").json()["broken"], 1)

    def test_a_program_in_a_loop_has_to_wait(self):
        self.server.stop()
        self.server.words = ["--set", "api.requests_per_s=1"]
        self.server.start()
        replies = [self.server.get("/api/v1/self") for _ in range(40)]
        late = [reply for reply in replies if reply.status == 429]
        self.assertGreater(len(late), 10)
        self.assertGreaterEqual(len(replies) - len(late), 2)
        self.assertEqual(late[0].headers["Retry-After"], "1")
        self.assertIn("api.requests_per_s", late[0].json()["remedy"])
        self.assertEqual(self.server.get("/healthz", token="").status, 200)
        end = time.monotonic() + 60
        while self.server.get("/api/v1/self").status != 200:
            self.assertLess(time.monotonic(), end, "it waits for ever")
            time.sleep(0.1)

    def test_with_a_certificate(self):
        """https with a certificate of our own; nothing in clear."""
        pair = os.path.join(self.dir.name, "pair.pem")
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", pair, "-out", pair + ".crt"], capture_output=True,
            timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.server.stop()
        self.server.words = ["--set", f"api.cert_file={pair}.crt", "--set",
                             f"api.key_file={pair}"]
        self.server.start()
        self.assertTrue(self.server.url.startswith("https://"))
        trust = ssl.create_default_context(cafile=pair + ".crt")
        request = urllib.request.Request(
            self.server.url + "/api/v1/self",
            headers={"Authorization": f"Bearer {self.server.token}"})
        with urllib.request.urlopen(request, timeout=30,
                                    context=trust) as reply:
            self.assertEqual(reply.status, 200)
            self.assertIn(b'"anna"', reply.read())
        with self.assertRaises(OSError):
            urllib.request.urlopen(request, timeout=30)  # not trusted
        with self.assertRaises((OSError, http.client.HTTPException)):
            urllib.request.urlopen(
                self.server.url.replace("https", "http") + "/healthz",
                timeout=30)

    def test_others_need_a_certificate(self):
        done = common.dialwright("serve", "--port", "0", "--set",
                                 "api.address=0.0.0.0", "--set",
                                 "phone.bind=127.0.0.1", "--set",
                                 "phone.sip_port=0",
                                 data=os.path.join(self.dir.name, "b"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("api.cert_file", done.stderr)


if __name__ == "__main__":
    unittest.main()
