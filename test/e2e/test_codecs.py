"""Calls over each codec to people who speak it: the talk is the same, and
with G.722 and Opus it is held, recorded and understood at 16 kHz."""
import os
import sqlite3
import subprocess
import tempfile
import unittest
import wave

import common

RATES = {"pcma": 8000, "pcmu": 8000, "g722": 16000, "opus": 16000}
# number, label, what was heard of them, over which codecs
PEOPLE = [("+15550100", "confirmed", "yes i will come", RATES),
          ("+15550102", "declined", "no thank you", ["g722", "opus"])]


class CodecsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.people = common.People(os.path.join(cls.dir.name, "people"),
                                   "--codecs", "opus,g722,pcmu,pcma",
                                   env=common.steady())

    @classmethod
    def tearDownClass(cls):
        cls.people.close()
        cls.dir.cleanup()

    def start(self, number, codec):
        data = os.path.join(self.dir.name, codec + number)
        return subprocess.Popen(
            [common.RELEASE, "call", number, "--script", common.SCRIPT,
             *common.line(self.people.port, codecs=codec), "--data", data],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=common.steady())

    def check(self, process, rate_hz, label, heard):
        text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, 0, text)
        self.assertIn(f"label: {label}", text)
        self.assertRegex(text, f"callee .*{heard}")
        path = text.split("recording: ")[1].split("\n")[0].strip()
        with wave.open(path) as sound:
            self.assertEqual(sound.getframerate(), rate_hz)

    def test_each_codec(self):
        calls = [(codec, label, heard, self.start(number, codec))
                 for number, label, heard, codecs in PEOPLE
                 for codec in codecs]
        for codec, label, heard, process in calls:
            with self.subTest(codec=codec, label=label):
                self.check(process, RATES[codec], label, heard)

    def test_people_without_the_codec(self):
        people = common.People(os.path.join(self.dir.name, "others"),
                               "--codecs", "pcma")
        self.addCleanup(people.close)
        done = common.dialwright(
            "call", "+15550100", "--script", common.SCRIPT,
            *common.line(people.port, codecs="g722"),
            data=os.path.join(self.dir.name, "none"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("ended: media_mismatch", done.stdout)
        with sqlite3.connect(os.path.join(self.dir.name, "none",
                                          "dialwright.db")) as database:
            used = database.execute("SELECT is_used FROM calls").fetchall()
        self.assertEqual(used, [(0,)], "nobody was called")


if __name__ == "__main__":
    unittest.main()
