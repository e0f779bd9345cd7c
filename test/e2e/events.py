"""Systems that hear of events, written from the specifications alone."""
import base64
import collections
import hashlib
import hmac
import http.server
import json
import threading
import time
import urllib.parse

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes events; `answers` are the statuses of the next requests, then
    200. `check(request)` says what is wrong with one, or None."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.requests = []  # (path, headers, body) that were taken
        self.refused = []
        self.complaints = []
        self.answers = []
        self.delay_s = 0
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

    def log_message(self, *_):
        pass

    def take(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        server = self.server
        if server.delay_s:
            time.sleep(server.delay_s)
        with server.lock:
            status = server.answers.pop(0) if server.answers else 200
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
