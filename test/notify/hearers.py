"""Who hears of events while people are called: a webhook that can be away, and
kcat beside a Kafka cluster that can be. Importers have test/e2e in their path.
"""
import hashlib
import http.server
import json
import os
import socket
import subprocess
import threading

import common

FAKE_KAFKA = os.path.join(os.path.dirname(common.BINARY),
                          "test/fakes/fake_kafka")
TOPIC = "events"
PARTITIONS = 24  # of 5 MB


class Told:
    """What a receiver was told: enough to judge it, of an hour too."""

    def __init__(self):
        self.order = []  # (id, subject, sequence)
        self.digests = {}
        self.ended = {}  # call.ended: id of the call to (number, how)
        self.doubles = 0
        self.changed = []

    def take(self, text):
        event = json.loads(text)
        digest = hashlib.sha1(text.encode()).digest()
        known = self.digests.setdefault(event["id"], digest)
        if known != digest:
            self.changed.append(event["id"])
        self.order.append({key: event[key]
                           for key in ("id", "subject", "sequence")})
        if event["type"] == "dialwright.call.ended":
            data = event["data"]
            self.ended[data["callid"]] = (data["number"], (
                data["outcome"], data["label"]))
        self.doubles = len(self.order) - len(self.digests)


class HookServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a process that was killed


class Hook:
    """A webhook that can be away, and keeps its port."""

    def __init__(self):
        self.told = Told()
        self.lock = threading.Lock()
        self.is_silent = False
        self.conns = set()
        self.server = None
        self.port = 0
        self.open()

    def open(self):
        self.server = HookServer(("127.0.0.1", self.port), HookHandler)
        self.server.hook = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def shut(self):
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for conn in self.conns:
                try:
                    conn.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def say_nothing(self):
        """Requests are taken, and answered by nobody."""
        self.is_silent = True
        self.open()

    def come_back(self):
        self.shut()
        self.is_silent = False
        self.open()


class HookHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def setup(self):
        super().setup()
        with self.server.hook.lock:
            self.server.hook.conns.add(self.connection)

    def finish(self):
        with self.server.hook.lock:
            self.server.hook.conns.discard(self.connection)
        super().finish()

    def do_POST(self):
        hook = self.server.hook
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with hook.lock:
            hook.told.take(body.decode())
        if hook.is_silent:
            self.rfile.read(1)  # until the other side has enough
            self.close_connection = True
            return
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Kafka:
    """The brokers, and kcat that reads all the time: a partition of the
    mock cluster does not keep an hour."""

    def __init__(self, folder):
        self.cluster = subprocess.Popen(
            [FAKE_KAFKA, "-p", str(PARTITIONS), TOPIC],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.brokers = self.cluster.stdout.readline().strip()
        self.path = os.path.join(folder, "kafka")
        with open(self.path, "wb") as file:
            self.reader = subprocess.Popen(
                ["kcat", "-b", self.brokers, "-C", "-E", "-q", "-u", "-t",
                 TOPIC, "-o", "beginning", "-f", "%p %k %s\n",
                 "-X", "reconnect.backoff.max.ms=500"],
                stdin=subprocess.DEVNULL, stdout=file,
                stderr=subprocess.DEVNULL)

    def order(self, word):
        self.cluster.stdin.write(word + "\n")
        self.cluster.stdin.flush()
        self.cluster.stdout.readline()

    def lines(self):
        with open(self.path, "rb") as file:
            return sum(block.count(b"\n") for block in
                       iter(lambda: file.read(1 << 20), b""))

    def told(self):
        """(what, keys that lie in two partitions)"""
        told, places, torn = Told(), {}, set()
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                place, key, text = line.rstrip("\n").split(" ", 2)
                told.take(text)
                if places.setdefault(key, place) != place:
                    torn.add(key)
        return told, torn

    def close(self):
        self.reader.kill()
        self.reader.wait()
        self.cluster.stdin.close()
        self.cluster.wait(timeout=20)
        self.cluster.stdout.close()
