"""Services tried from the terminal: listen, say, doctor; our own speech proxy
is the service, so that both sides are real."""
import json
import os
import socket
import tempfile
import unittest
import wave

import common
from test_speech_proxy import SAID, Proxy


class ListenSayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.proxy = Proxy(os.path.join(cls.folder.name, "proxy"))
        cls.sound = os.path.join(cls.folder.name, "said.wav")
        cls.data = os.path.join(cls.folder.name, "data")
        url = f"127.0.0.1:{cls.proxy.port}"
        # A port that nobody listens on, and nobody else will.
        cls.taken = socket.socket()
        cls.taken.bind(("127.0.0.1", 0))
        dead = cls.taken.getsockname()[1]
        settings = {
            "ears.kind": "vosk", "ears.url": f"ws://{url}/?group=spoken",
            "mouth.kind": "http-tts", "mouth.url": f"http://{url}/tts",
            **{f"{name}.{limit}": "50000" for name in ("ears", "mouth")
               for limit in ("connect_ms", "answer_ms", "stall_ms")},
            "dead.kind": "vosk", "dead.url": f"ws://127.0.0.1:{dead}"}
        cls.services = []
        for key, value in settings.items():
            cls.services += ["--set", f"service.{key}={value}"]
        body = cls.proxy.sound(SAID)
        with wave.open(cls.sound, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(body)

    @classmethod
    def tearDownClass(cls):
        cls.proxy.close()
        cls.taken.close()
        cls.folder.cleanup()

    def run_it(self, *words):
        if words[0] == "listen":
            words += ("--limit", "60000")
        return common.dialwright(*words, *self.services, data=self.data)

    def test_a_recogniser_hears_a_file(self):
        for name in ("sphinx", "ears"):
            with self.subTest(name):
                run = self.run_it("listen", self.sound, "--with", name,
                                  "--hints", f"{SAID},no thank you",
                                  "--json")
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                heard = json.loads(run.stdout)
                self.assertEqual(heard["text"], SAID)
                self.assertEqual(heard["service"], name)
                self.assertGreater(heard["score"], 50)
                self.assertGreaterEqual(heard["final_ms"], 0)
                self.assertGreater(heard["audio_ms"], 1500)
                self.assertEqual(heard["connect_ms"] is None,
                                 name == "sphinx")

    def test_a_script_says_what_to_expect(self):
        path = os.path.join(self.folder.name, "s.json")
        script = {"version": "1", "start": "a", "language": "en", "flow": [
            {"id": "a", "action": "playback", "playbacks": ["One?"],
             "children": [{"flow": "b", "condition": {"text": "maybe"}}]},
            {"id": "b", "action": "playback", "playbacks": ["Two?"],
             "children": [{"flow": "a", "condition": {"text": SAID}}]},
            {"id": "d", "action": "playback", "playbacks": ["Three?"],
             "asr": {"pronounce": {"Zusage": SAID}},
             "children": [{"flow": "a", "condition": {"text": "Zusage"}}]}]}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(script, file)
        run = self.run_it("listen", self.sound, "--script", path, "--node",
                          "b")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.splitlines()[0], SAID)
        # What is said is what the author says it sounds like.
        run = self.run_it("listen", self.sound, "--script", path, "--node",
                          "d")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(run.stdout.splitlines()[0], "Zusage")
        # The other node expects other words.
        run = self.run_it("listen", self.sound, "--script", path)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertNotIn(SAID, run.stdout)
        run = self.run_it("listen", self.sound, "--script", path, "--node",
                          "c")
        self.assertEqual(run.returncode, 1)
        self.assertIn("is there such a node?", run.stderr)

    def test_a_voice_speaks(self):
        for name in ("flite", "espeak", "mouth"):
            with self.subTest(name):
                out = os.path.join(self.folder.name, name + ".wav")
                run = self.run_it("say", SAID, "--with", name, "--out", out,
                                  "--json")
                self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
                said = json.loads(run.stdout)
                self.assertLessEqual(said["first_ms"], said["whole_ms"])
                self.assertGreater(said["audio_ms"], 500)
                with wave.open(out) as file:
                    self.assertAlmostEqual(file.getnframes() / 8,
                                           said["audio_ms"], delta=2)
        # Nothing of the trials stays.
        self.assertFalse(os.path.exists(self.data))

    def test_errors_are_clear(self):
        rows = [
            (["listen", self.sound, "--with", "dead"],
             "dead: cannot connect to 127.0.0.1"),
            (["listen", self.sound, "--with", "nobody"],
             'no recogniser is called "nobody"'),
            (["listen", "/nowhere.wav"], "/nowhere.wav: No such file"),
            (["listen", os.path.join(common.ROOT, "LICENSE")],
             "no sound file"),
            (["listen", self.sound, "--hints", "a", "--script", "b"],
             "not both"),
            (["say", "hello", "--with", "nobody"],
             'no voice is called "nobody"'),
            (["say", "hello", "--volume", "101"], "--volume is 0 to 100"),
            (["say", "hello", "--rate", "44100"], "8000 or 16000"),
            (["say", "hello", "--language", "tlh"], 'no voice speaks "tlh"'),
        ]
        for words, expected in rows:
            with self.subTest(words):
                run = self.run_it(*words)
                self.assertEqual(run.returncode, 1, run.stdout)
                self.assertIn(expected, run.stderr)
        run = self.run_it("listen", self.sound, "--with", "dead", "--json")
        self.assertEqual(run.returncode, 1)
        self.assertIn("cannot connect", json.loads(run.stdout)["error"])

    def test_doctor_tries_the_services(self):
        run = self.run_it("doctor", "--set", "phone.sip_port=0", "--set",
                          "phone.bind=127.0.0.1")
        self.assertEqual(run.returncode, 1)
        lines = {line.split()[2]: line for line in run.stdout.splitlines()
                 if " service " in line}
        self.assertEqual(sorted(lines), ["dead", "ears", "mouth"])
        self.assertTrue(lines["ears"].startswith("ok"), lines["ears"])
        self.assertIn(f'heard "{SAID}"', lines["ears"])
        self.assertTrue(lines["mouth"].startswith("ok"), lines["mouth"])
        self.assertTrue(lines["dead"].startswith("BAD"), lines["dead"])
        self.assertIn("cannot connect", lines["dead"])


if __name__ == "__main__":
    unittest.main()
