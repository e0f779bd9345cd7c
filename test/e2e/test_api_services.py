"""Speech services by the API: how they are, what they did, and a trial; our own
speech proxy is the service, so that both sides are real."""
import concurrent.futures
import io
import os
import socket
import tempfile
import threading
import time
import unittest
import wave

import api
from test_speech_proxy import SAID, Proxy, Voice

SILENT = True

SECRET = "s3cret-of-the-service"


def wav(samples, rate=8000):
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples)
    return out.getvalue()


class ApiServicesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.proxy = Proxy(os.path.join(cls.folder.name, "proxy"))
        cls.addClassCleanup(cls.proxy.close)
        cls.voice = Voice()
        cls.addClassCleanup(cls.voice.close)
        url = f"127.0.0.1:{cls.proxy.port}"
        # A port that nobody listens on, and nobody else will.
        taken = socket.socket()
        cls.addClassCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        dead = taken.getsockname()[1]
        settings = {
            "ears.kind": "vosk", "ears.url": f"ws://{url}/?group=spoken",
            "ears.answer_ms": "14000", "ears.connect_ms": "20000",
            "ears.stall_ms": "14000",
            "mouth.kind": "http-tts", "mouth.url": f"http://{url}/tts",
            "mouth.key": f"{SECRET},{SECRET}2", "mouth.key_day": "50",
            "mouth.connect_ms": "20000", "mouth.lang": "en",
            "slow.kind": "http-tts", "slow.stall_ms": "30000",
            "slow.url":
            f"http://127.0.0.1:{cls.voice.server_address[1]}/tts",
            "dead.kind": "vosk", "dead.url": f"ws://127.0.0.1:{dead}"}
        words = ["--set", "voice.voices=*mouth,flite"]
        for key, value in settings.items():
            words += ["--set", f"service.{key}={value}"]
        cls.server = api.Server(os.path.join(cls.folder.name, "data"), *words)
        cls.addClassCleanup(cls.server.close)

    def services(self):
        done = self.server.get("/api/v1/services")
        self.assertEqual(done.status, 200, done)
        self.assertNotIn(SECRET, done.body.decode())
        return {item["name"]: item for item in done.json()["items"]}

    def say(self, body, name="mouth", **more):
        return self.server.post(f"/api/v1/services/{name}/say", body, **more)

    def listen(self, sound, name="ears", query="", **more):
        return self.server.ask(
            "POST", f"/api/v1/services/{name}/listen{query}", raw=sound,
            headers={"Content-Type": "application/octet-stream"}, **more)

    def test_a_voice_is_tried(self):
        before = self.services()["mouth"]
        done = self.say({"text": "good morning", "rate": 16000})
        self.assertEqual(done.status, 200, done)
        self.assertEqual(done.headers["Content-Type"], "audio/wav")
        self.assertRegex(done.headers["Server-Timing"],
                         r"^connect;dur=\d+, first;dur=\d+, whole;dur=\d+$")
        with wave.open(io.BytesIO(done.body)) as file:
            self.assertEqual((file.getnchannels(), file.getsampwidth(),
                              file.getframerate()), (1, 2, 16000))
            self.assertGreater(file.getnframes(), 16000 // 3)

        after = self.services()["mouth"]
        self.assertEqual(
            {key: after[key] for key in ("kind", "role", "language", "host",
                                         "state")},
            {"kind": "http-tts", "role": "speaks", "language": "en",
             "host": "127.0.0.1", "state": "works"})
        self.assertEqual(after["requests"], before["requests"] + 1)
        self.assertEqual(after["characters"],
                         before["characters"] + len("good morning"))
        self.assertGreater(after["audio_ms"], before["audio_ms"] + 300)

        # Nothing of it is kept: it is asked again, and paid again.
        self.assertEqual(self.say({"text": "good morning"}).status, 200)
        self.assertEqual(self.services()["mouth"]["requests"],
                         before["requests"] + 2)

    def test_a_recogniser_is_tried(self):
        sound = wav(self.proxy.sound(SAID))
        done = self.listen(sound, query="?language=en&hints=" +
                           SAID.replace(" ", "+") + ",no+thank+you")
        self.assertEqual(done.status, 200, done)
        heard = done.json()
        self.assertEqual(heard["text"], SAID)
        self.assertGreater(heard["score"], 50)
        self.assertGreater(heard["audio_ms"], 1500)
        self.assertGreaterEqual(heard["connect_ms"], 0)
        self.assertGreaterEqual(heard["final_ms"], 0)
        ears = self.services()["ears"]
        self.assertEqual((ears["state"], ears["role"]), ("works", "hears"))
        self.assertGreater(ears["audio_ms"], 1500)

    def test_what_is_wrong_is_told(self):
        done = self.listen(wav(b"\0\0" * 800), name="dead")
        self.assertEqual(done.status, 502, done)
        self.assertIn("cannot connect to 127.0.0.1", done.json()["detail"])
        dead = self.services()["dead"]
        self.assertEqual((dead["requests"], dead["state"]), (0, "fails"))
        self.assertIn("cannot connect", dead["error"])
        self.assertTrue(dead["failed"])
        self.assertIsNone(dead["worked"])

        for why, status, field, done in (
                ("unknown", 404, None, self.say({"text": "a"}, "nobody")),
                ("it hears", 422, None, self.say({"text": "a"}, "ears")),
                ("it speaks", 422, None,
                 self.listen(wav(b"\0\0"), "mouth")),
                ("no text", 422, "text", self.say({"text": ""})),
                ("too long", 422, "text", self.say({"text": "x" * 501})),
                ("no words at all", 422, "text", self.say({})),
                ("a rate of its own", 422, "rate",
                 self.say({"text": "a", "rate": 44100})),
                ("no sound", 422, None, self.listen(b"no sound at all")),
                ("no bytes", 422, None, self.listen(b"")),
                ("too long a sound", 422, None,
                 self.listen(wav(b"\0\0" * 8000 * 62))),
                ("no such language", 502, None,
                 self.say({"text": "a", "language": "zh"}))):
            with self.subTest(why):
                self.assertEqual(done.status, status, done)
                self.assertTrue(done.json()["detail"])
                if field:
                    self.assertEqual(done.json()["field"], field)

    def test_few_at_a_time(self):
        """A voice that takes its time; the third has to wait."""
        self.voice.go_on = threading.Event()
        self.addCleanup(self.voice.go_on.set)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first = [pool.submit(self.say, {"text": f"number {i}"}, "slow")
                     for i in range(2)]
            limit = time.monotonic() + 60
            while len(self.voice.keys) < 2:
                self.assertLess(time.monotonic(), limit, "it is not asked")
                time.sleep(0.02)
            third = self.listen(wav(b"\0\0" * 800))
            self.voice.go_on.set()
        self.assertEqual(third.status, 503, third)
        self.assertEqual([done.result().status for done in first], [200, 200])
        self.assertEqual(self.listen(wav(b"\0\0" * 800)).status, 200)

    def test_who_may(self):
        for role, status in (("viewer", 403), ("operator", 200)):
            token = self.server.role_token(role)
            self.assertEqual(self.server.get("/api/v1/services",
                                             token=token).status, 200)
            self.assertEqual(self.server.get("/api/v1/services/usage",
                                             token=token).status, 200)
            self.assertEqual(self.say({"text": "who may"},
                                      token=token).status, status)
            self.assertEqual(self.listen(wav(b"\0\0" * 800),
                                         token=token).status, status)

    def test_usage_is_kept(self):
        self.assertEqual(self.say({"text": "counted"}).status, 200)
        self.server.stop()
        self.server.start()
        rows = self.server.get("/api/v1/services/usage?days=2").json()["items"]
        mine = [row for row in rows if row["service"] == "mouth"]
        self.assertTrue(mine)
        self.assertEqual(sum(row["requests"] for row in mine),
                         sum(row["beside_requests"] for row in mine))
        self.assertGreaterEqual(sum(row["beside_characters"] for row in mine),
                                len("counted"))
        self.assertRegex(mine[0]["day"], r"T00:00:00")
        keys = self.services()["mouth"]["keys"]
        self.assertEqual(self.services()["mouth"]["state"], "unused")
        self.assertEqual([key["day_max"] for key in keys], [50, 50])
        self.assertGreaterEqual(sum(key["asked"] for key in keys), 1)


if __name__ == "__main__":
    unittest.main()
