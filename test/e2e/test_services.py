"""Services that a script asks, tried in the terminal against one that is
written from the specification alone."""
import http.server
import json
import os
import socket
import tempfile
import threading
import unittest
import urllib.parse

import common

SILENT = True


class Service(http.server.ThreadingHTTPServer):
    """The NLP service of the specification, and a customer file.

    It checks what it is sent; `trick` makes it misbehave.
    """

    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.trick = None
        self.complaints = []
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a talk that ended closed its connections

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        query = urllib.parse.urlsplit(self.path).query
        self.server.asked.append(query)
        self.say(json.dumps({"name": "Анна", "visits": 3}).encode())

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        request = json.loads(self.rfile.read(size))
        if set(request) != {"flowid", "nlpid", "callid", "flowkeywords",
                            "kbkeywords", "input", "text"}:
            self.server.complaints.append(request)
        if request["input"] != "text":
            self.server.complaints.append(request)
        text = urllib.parse.unquote(request["text"], errors="strict")
        self.server.asked.append(text)
        if self.server.trick:
            self.server.trick(self)
            return
        words = urllib.parse.unquote(request["flowkeywords"]).split("|")
        hit = "да" if "конечно" in text and "да" in words else ""
        self.say(json.dumps({"keyword": hit, "description": "тест"}).encode())


def script(service):
    return {
        "version": "1", "start": "ask", "language": "ru",
        "variables": {"id": "7 & 8"},
        "nlp": {"url": service.url("/nlp"), "timeout_ms": 30000},
        "label": [{"label": "yes",
                   "when": [{"var": "class", "op": "==", "value": "A"}]},
                  {"label": "no"}],
        "flow": [
            {"id": "ask", "action": "http",
             "url": service.url("/crm?id=${id}"), "timeout_ms": 30000,
             "children": [{"flow": "q", "condition": {"complete": "ANY"}}]},
            {"id": "q", "action": "playback", "nlpid": "n1",
             "playbacks": ["Здравствуйте, ${name}. Придёте?"],
             "children": [
                 {"flow": "yes", "condition": {"text": "да"}},
                 {"flow": "no", "condition": {"complete": "ANY"}}]},
            {"id": "yes", "action": "hangup", "potential": "A"},
            {"id": "no", "action": "hangup", "potential": "B"}]}


class ServicesTest(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.data = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.service.close()
        self.data.cleanup()

    def talk(self, text):
        path = os.path.join(self.data.name, "s.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(script(self.service), file, ensure_ascii=False)
        run = common.dialwright("talk", path, data=self.data.name,
                                stdin=text + "\n/why\n", timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.service.complaints, [])
        return run.stdout

    def test_answers_lead_the_conversation(self):
        said = self.talk("конечно")
        self.assertIn("Здравствуйте, Анна. Придёте?", said)
        self.assertIn('label "yes"', said)
        self.assertEqual(self.service.asked, ["id=7%20%26%208", "Fконечно"])

    def test_a_service_that_fails_leaves_the_script_its_own_words(self):
        tricks = {
            "status": lambda page: page.say(b"{}", 500),
            "html": lambda page: page.say(b"<html>"),
            "encoding": lambda page: page.say(b'{"keyword":"\xc4\xe0"}'),
            "huge": lambda page: page.say(b" " * 100000),
            "gone": lambda page: page.connection.shutdown(socket.SHUT_RDWR),
        }
        for name, trick in tricks.items():
            with self.subTest(name):
                self.service.trick = trick
                self.assertIn('label "yes"', self.talk("да"))
                said = self.talk("конечно")
                self.assertIn("the NLP service: ", said)
                self.assertIn('label "no"', said)


if __name__ == "__main__":
    unittest.main()
