"""What is kept of people is sealed, and erasing it reaches the backups."""
import glob
import io
import os
import re
import sqlite3
import subprocess
import tempfile
import unittest
import wave

import common

SAID = "yes i will come"


class Place:
    """A data directory with or without a vault, its key and keys apart."""

    def __init__(self, root, people, is_sealed=True):
        self.root = root
        self.people = people
        self.data = os.path.join(root, "data")
        self.keys = os.path.join(root, "keys")
        self.master = os.path.join(root, "master.keys")
        self.vault = [] if not is_sealed else [
            "--set", f"vault.key_file={self.master}",
            "--set", f"vault.keys={self.keys}"]
        os.makedirs(self.data)
        if is_sealed:
            self.run("vault", "init")

    def run(self, *words, data=None, status=0):
        done = common.dialwright(*words, *self.vault, data=data or self.data)
        if done.returncode != status:
            raise AssertionError(f"{words}: {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def call(self, number):
        """Holds the example's talk; the path of its recording and its id."""
        done = self.run("call", number, "--script", common.SCRIPT,
                        "--var", "name=Anna",
                        *common.line(self.people.port))
        path = re.search(r"recording: (.*)", done.stdout).group(1).strip()
        name = os.path.basename(path)
        return path, name.split(".")[0]

    def wav(self, callid):
        target = os.path.join(self.root, "out.wav")
        self.run("recording", callid, "--out", target)
        with open(target, "rb") as file:
            return file.read()

    def ask(self, sql, data=None):
        path = os.path.join(data or self.data, "dialwright.db")
        with sqlite3.connect(path) as database:
            return database.execute(sql).fetchall()


def frames(wav):
    with wave.open(io.BytesIO(wav)) as file:
        return (file.getnframes(), file.getnchannels(), file.getframerate(),
                file.readframes(file.getnframes()))


def files(folder):
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                yield path, file.read()


class PrivacyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.people = common.People(os.path.join(cls.dir.name, "people"))

    @classmethod
    def tearDownClass(cls):
        cls.people.close()
        cls.dir.cleanup()

    def place(self, name, **more):
        return Place(os.path.join(self.dir.name, name), self.people, **more)

    def test_recording_is_sealed_and_read_back(self):
        place = self.place("sealed")
        path, callid = place.call("+15550100")
        self.assertTrue(path.endswith(".wav.sealed"), path)
        wav = place.wav(callid)
        count, channels, rate, sound = frames(wav)
        self.assertEqual((channels, rate), (2, 8000))
        self.assertGreater(count, 8000)

        # No clear sound on the disk: no WAV, and none of the words played.
        middle = len(sound) // 2
        marks = [b"RIFF", sound[middle:middle + 64]]
        loud = next(i for i in range(0, len(sound), 4096)
                    if len(set(sound[i:i + 64])) > 20)
        marks.append(sound[loud:loud + 64])
        marks = [mark for mark in marks if len(set(mark)) > 3]
        for file, content in files(place.data):
            if os.sep + "prompts" + os.sep in file:
                continue  # the robot's own voice, made ahead
            for mark in marks:
                self.assertNotIn(mark, content, file)

        # As long as what a call without a vault records.
        plain = self.place("plain", is_sealed=False)
        clear, other = plain.call("+15550100")
        with open(clear, "rb") as file:
            seconds = frames(file.read())[0] / 8000
        self.assertAlmostEqual(count / rate, seconds, delta=3)
        self.assertEqual(frames(plain.wav(other))[0] / 8000, seconds)

    def test_rotation_leaves_files_alone(self):
        place = self.place("rotated")
        path, callid = place.call("+15550100")
        with open(path, "rb") as file:
            before = file.read()
        with open(place.master) as file:
            old = file.read()
        place.run("vault", "rotate", "--forget")
        with open(path, "rb") as file:
            self.assertEqual(before, file.read())
        frames(place.wav(callid))

        # The old master key opens nothing any more.
        with open(place.master, "w") as file:
            file.write(old)
        done = place.run("recording", callid, "--out", "-", status=1)
        self.assertIn("master key", done.stderr)


if __name__ == "__main__":
    unittest.main()
