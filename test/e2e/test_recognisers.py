"""A call heard by services: what is stored of them, and what is never."""
import glob
import json
import os
import sqlite3
import subprocess
import tempfile
import unittest

import common

FAKE = os.path.join(os.path.dirname(common.BINARY), "test/fakes/fake_speech")
KEY, SECRET = "k3y-nobody-sees", "s3cret-nobody-sees"

CONFIG = """
[program]
recogniser = *cloud,spare

[service cloud]
kind = nls
url = ws://127.0.0.1:{cloud}/ws/v1
token_url = http://127.0.0.1:{cloud}/token
key = env:SPEECH_KEY
secret = file:{secret}
app = app-1
connect_ms = 14000
stall_ms = 14000
answer_ms = 14000

[service spare]
kind = deepgram
url = ws://127.0.0.1:{spare}/v1/listen
key = env:SPEECH_KEY
connect_ms = 14000
stall_ms = 14000
answer_ms = 14000
"""


class Fake:
    """A speech service as a process of its own."""

    def __init__(self, kind, *options):
        self.process = subprocess.Popen(
            [FAKE, kind, "key", KEY, "secret", SECRET, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[1])

    def close(self):
        self.process.terminate()
        return self.process.communicate(timeout=20)[1]


class RecognisersTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.data = os.path.join(self.dir.name, "data")
        os.environ["SPEECH_KEY"] = KEY
        self.addCleanup(os.environ.pop, "SPEECH_KEY")
        # Two services: the first fails in the middle of each phrase, saying
        # what it was asked with.
        self.fakes = [Fake("nls", "fault", "error", "after", "6"),
                      Fake("deepgram", "text", "yes i will come")]
        self.people = common.People(os.path.join(self.dir.name, "people"))

    def configure(self):
        secret = os.path.join(self.dir.name, "secret")
        with open(secret, "w") as file:
            file.write(SECRET + "\n")
        path = os.path.join(self.dir.name, "dialwright.conf")
        with open(path, "w") as file:
            file.write(CONFIG.format(cloud=self.fakes[0].port,
                                     spare=self.fakes[1].port,
                                     secret=secret))
        return path

    def check_stored(self):
        path = os.path.join(self.data, "dialwright.db")
        with sqlite3.connect(path) as database:
            (services,), = database.execute("SELECT services FROM calls")
            heard_by = {row[0] for row in database.execute(
                "SELECT heard_by FROM conversation WHERE heard_by <> ''")}
        services = json.loads(services)
        self.assertEqual(set(services), {"cloud", "spare"})
        self.assertEqual(heard_by, {"spare"})
        for name, used in services.items():
            self.assertGreaterEqual(used["requests"], 1, name)
            self.assertGreater(used["audio_ms"], 100, name)

    def check_silent(self, *texts):
        for text in texts:
            for word in (KEY, SECRET, "token-1"):
                self.assertNotIn(word, text)
        files = [path for path in glob.glob(self.data + "/**", recursive=True)
                 if os.path.isfile(path)]
        self.assertGreater(len(files), 1)
        for path in files:
            with open(path, "rb") as file:
                content = file.read()
            for word in (KEY, SECRET, "token-1"):
                self.assertNotIn(word.encode(), content, path)

    def test_who_heard_is_stored_and_keys_are_nowhere(self):
        config = self.configure()
        done = common.dialwright(
            "call", "+15550100", "--script", common.SCRIPT, "--config",
            config, *common.line(self.people.port), "--steps", "--log",
            "debug", data=self.data)
        complaints = [fake.close() for fake in self.fakes]
        self.people.close()
        self.assertEqual(complaints, ["", ""])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("label: confirmed", done.stdout)
        self.assertIn("recogniser cloud: its quota is used up", done.stderr)
        self.check_stored()
        doctor = common.dialwright("doctor", "--config", config,
                                   data=self.data)
        self.check_silent(done.stdout, done.stderr, doctor.stdout,
                          doctor.stderr)


if __name__ == "__main__":
    unittest.main()
