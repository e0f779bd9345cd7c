"""`dialwright serve` for the tests: started, set up, and asked."""
import json
import re
import subprocess
import urllib.error
import urllib.request

import common

PASSWORD = "correct horse battery"
ROLES = ["viewer", "operator", "author", "admin"]


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:300]!r}"


class Server:
    """The daemon on a free port of 127.0.0.1, with one admin, anna. What it
    logs may go to a file: a pipe that nobody reads holds it up in the end."""

    def __init__(self, data, *words, is_set_up=True, log=subprocess.PIPE,
                 binary=common.BINARY):
        self.data = data
        self.words = words
        self.log = log
        self.binary = binary
        self.process = None
        self.url = self.setup_word = None
        self.start()
        self.token = None
        self.tokens = {}
        if not is_set_up:
            return
        if self.setup_word:
            done = self.ask("POST", "/api/v1/setup", {
                "word": self.setup_word, "user": "anna",
                "password": PASSWORD})
            assert done.status == 204, done
        self.token = self.log_in("anna")

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--port", "0", "--data", self.data,
             "--set", "phone.bind=127.0.0.1", "--set", "phone.sip_port=0",
             *self.words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on (http\S+);", line)
        assert found, line + (self.process.stderr.read()
                              if self.process.stderr else "")
        self.url = found.group(1)
        self.setup_word = None
        if not hasattr(self, "token"):
            line = self.process.stdout.readline()
            self.setup_word = re.search(r"/setup#(\S+),", line).group(1)

    def ask(self, method, path, body=None, token=None, headers=(), raw=None):
        """Asks with the admin's token; token "" asks without one."""
        given = dict(headers)
        token = self.token if token is None else token
        if token:
            given["Authorization"] = f"Bearer {token}"
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data=data,
                                         headers=given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                kind = reply.headers.get("Content-Type", "")
                body = b"" if kind == "text/event-stream" else reply.read()
                return Reply(reply.status, reply.headers, body)
        except urllib.error.HTTPError as reply:
            with reply:
                return Reply(reply.code, reply.headers, reply.read())

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, body, **more):
        return self.ask("POST", path, body, **more)

    def log_in(self, user, password=PASSWORD):
        done = self.post("/api/v1/session",
                         {"user": user, "password": password}, token="")
        assert done.status == 201, done
        return done.json()["token"]

    def role_token(self, role):
        """A token of a user with this role."""
        if role not in self.tokens:
            done = self.ask("PUT", f"/api/v1/users/{role}",
                            {"role": role, "password": PASSWORD})
            assert done.status == 204, done
            self.tokens[role] = self.log_in(role)
        return self.tokens[role]

    def stop(self):
        """As systemd does; returns what was said on standard error."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
