"""Clients that the vendors publish (npm), against our fake services: a fake
that they can work with is one that our own client may be tried against."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import wave

import common

SILENT = True

CLIENT = os.path.join(common.ROOT, "test/e2e/sdk")
FAKE = os.path.join(os.path.dirname(os.path.abspath(common.BINARY)),
                    "test/fakes/fake_speech")
KEY, SECRET, TEXT = "s3cret-key", "s3cret-half", "yes please"


class Fake:
    def __init__(self, kind, *words):
        self.process = subprocess.Popen(
            [FAKE, kind, "key", KEY, "secret", SECRET, "text", TEXT, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        port = self.process.stdout.readline().split()[1]
        self.url = f"http://127.0.0.1:{port}"

    def close(self):
        """What it complains of."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        return said


class SdkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(CLIENT, name), cls.folder.name)
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=cls.folder.name, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        cls.sound = os.path.join(cls.folder.name, "said.wav")
        # Its level is the number of the text that the fakes understand.
        wide = b"".join(level.to_bytes(2, "little", signed=True) * 8
                        for level in (1000, -1000)) * 1000
        with wave.open(cls.sound, "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(wide)

    def ask(self, kind, key=KEY, secret=SECRET):
        """What the client tells, and what the fake says of the client."""
        fake = Fake(kind)
        try:
            done = subprocess.run(
                ["node", os.path.join(CLIENT, "client.cjs"),
                 os.path.join(self.folder.name, "node_modules"), kind,
                 fake.url, key, secret, self.sound],
                capture_output=True, text=True, timeout=60)
        finally:
            said = fake.close()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout), said

    def test_deepgram(self):
        heard, said = self.ask("deepgram")
        self.assertEqual((heard.get("text"), said), (TEXT, ""), heard)
        self.assertGreater(heard["partials"], 3)
        self.assertEqual(heard["types"], ["Metadata"])

    def test_alibaba(self):
        heard, said = self.ask("nls")
        self.assertEqual((heard.get("text"), said), (TEXT, ""), heard)
        self.assertGreater(heard["partials"], 3)
        self.assertEqual(heard["types"], ["TranscriptionStarted", "begin",
                                          "TranscriptionCompleted"])
        self.assertGreater(heard["expires"], 1700000000)
        told, _ = self.ask("nls", key="wrong")
        self.assertIn("access key wrong is not found", told["error"])
        told, _ = self.ask("nls", secret="wrong")
        self.assertIn("signature is not matched", told["error"])

    def test_openai(self):
        heard, said = self.ask("openai")
        self.assertEqual((heard.get("text"), said), (TEXT, ""), heard)
        self.assertEqual(heard["segments"], 1)
        told, _ = self.ask("openai", key="wrong")
        self.assertEqual(told["status"], 401, told)

    def test_openai_speech(self):
        told, said = self.ask("openai-tts")
        self.assertEqual((told.get("type"), said), ("audio/pcm", ""), told)
        # 80 ms a character and 200 ms of silence each side, at 24 kHz.
        self.assertEqual(told["bytes"],
                         2 * 24 * (80 * len("good morning") + 400))
        told, _ = self.ask("openai-tts", key="wrong")
        self.assertEqual(told["status"], 401, told)


if __name__ == "__main__":
    unittest.main()
