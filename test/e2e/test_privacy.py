"""What is kept of people is sealed, and erasing it reaches the backups.

Two people are called once; then one of them wants to be forgotten.
"""
import contextlib
import glob
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
import wave

import common

ANNA, BEN = "+15550100", "+15550102"
SAID = "yes i will come"
HEARD = b"F" + SAID.encode()  # as a step keeps it
SECRET = "Annabella"  # a column of the list


class Place:
    """A data directory with or without a vault, its keys apart from it."""

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

    def run(self, *words, data=None, status=0, binary=common.BINARY):
        done = common.dialwright(*words, *self.vault, data=data or self.data,
                                 binary=binary)
        if done.returncode != status:
            raise AssertionError(f"{words}: {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def list(self, *numbers):
        path = os.path.join(self.root, "list.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number,name\n")
            file.writelines(f"{number},{SECRET}\n" for number in numbers)
        return path

    def call(self, *numbers, campaign="c", sink=()):
        """Holds the example's talk with each."""
        return self.run(
            "run", self.list(*numbers), "--script", common.SCRIPT,
            "--campaign", campaign, "--calls", "2", "--format", "json", *sink,
            *common.line(self.people.port), binary=common.RELEASE)

    def wav(self, callid, **more):
        target = os.path.join(self.root, "out.wav")
        self.run("recording", callid, "--out", target, **more)
        with open(target, "rb") as file:
            return file.read()

    def ask(self, sql, *values, data=None):
        path = os.path.join(data or self.data, "dialwright.db")
        with contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(sql, values).fetchall()

    def talk_s(self, callid):
        """What was spoken of it, or was silence: a packet each 20 ms. While
        the machine stands still there is neither."""
        (ms, media), = self.ask("SELECT end_ms - answer_ms, media FROM calls"
                                " WHERE callid = ?", callid)
        seconds = json.loads(media)["packets_out"] / 50
        assert seconds < ms / 1000 + 2, (seconds, ms)
        return seconds

    def wait_for(self, sql):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if self.ask(sql):
                    return
            except sqlite3.OperationalError:
                pass  # not made yet
            time.sleep(0.05)
        raise AssertionError(f"never: {sql}")

    def one(self, number, data=None):
        (row,), = [self.ask("SELECT callid, recording FROM calls"
                            " WHERE number = ?", number, data=data)]
        return row


def frames(wav):
    with wave.open(io.BytesIO(wav)) as file:
        return (file.getnframes(), file.getnchannels(), file.getframerate(),
                file.readframes(file.getnframes()))


def contents(folder):
    """Everything below, but the robot's own voice, which is made ahead."""
    for root, _, names in os.walk(folder):
        if os.path.basename(root) == "prompts":
            continue
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                yield os.path.join(root, name), file.read()


class PrivacyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.people = common.People(os.path.join(cls.dir.name, "people"))
        cls.called = Place(os.path.join(cls.dir.name, "called"), cls.people)
        # Nobody is there to take the events.
        cls.called.call(ANNA, BEN, sink=[
            "--set", "sink.crm.url=http://127.0.0.1:9/",
            "--set", "sink.crm.private=yes"])

    @classmethod
    def tearDownClass(cls):
        cls.people.close()
        cls.dir.cleanup()

    def setUp(self):
        """A copy of the place where both were called."""
        self.place = Place.__new__(Place)
        self.place.__dict__.update(self.called.__dict__)
        root = os.path.join(self.dir.name, self.id().rsplit(".", 1)[1])
        shutil.copytree(self.called.root, root)
        for name in ("root", "data", "keys", "master"):
            path = getattr(self.called, name)
            setattr(self.place, name, path.replace(self.called.root, root))
        self.place.vault = [word.replace(self.called.root, root)
                            for word in self.called.vault]
        self.place_recordings(root)

    def place_recordings(self, root):
        """The rows name the files by their whole path."""
        path = os.path.join(self.place.data, "dialwright.db")
        with sqlite3.connect(path) as database:
            for table, column in (("calls", "recording"),
                                  ("conversation", "record")):
                database.execute(
                    f"UPDATE {table} SET {column} ="
                    f" replace({column}, ?, ?)", (self.called.root, root))

    def assert_nowhere(self, folder, *marks):
        found = [(path, mark) for path, content in contents(folder)
                 for mark in marks if mark in content]
        self.assertEqual(found, [])

    def test_nothing_lies_in_clear(self):
        place = self.place
        callid, path = place.one(ANNA)
        self.assertRegex(path, r"recordings/[0-9a-f]{2}/.*\.wav\.sealed$")
        count, channels, rate, sound = frames(place.wav(callid))
        self.assertEqual((channels, rate), (2, 8000))

        # Neither a WAV, nor some of its sound, nor what was heard.
        loud = [sound[i:i + 64] for i in range(0, len(sound), 64)
                if len(set(sound[i:i + 64])) > 24]
        self.assertGreater(len(loud), 20)

        # Whoever has the keys reads all of it; how much was understood is
        # the recogniser's affair.
        rows = [json.loads(line) for line in
                place.call(ANNA, BEN).stdout.splitlines()]
        heard = [f"F{words}".encode() for row in rows
                 for words in row.get("heard", "").split(" | ") if words]
        self.assertTrue(heard)
        self.assert_nowhere(place.data, b"RIFF", loud[5], loud[-5], *heard)
        self.assertEqual(place.ask("SELECT DISTINCT heard, variables FROM"
                                   " calls"), [("", "{}")])

        place.run("replay", common.SCRIPT, "--call", callid)

        # As long as the talk, and so is one without a vault.
        self.assertAlmostEqual(count / rate, place.talk_s(callid), delta=1)
        plain = Place(os.path.join(place.root, "plain"), self.people,
                      is_sealed=False)
        plain.call(ANNA)
        other, clear = plain.one(ANNA)
        with open(clear, "rb") as file:
            seconds = frames(file.read())[0] / 8000
        self.assertAlmostEqual(seconds, plain.talk_s(other), delta=1)
        self.assertEqual(frames(plain.wav(other))[0] / 8000, seconds)

    def test_rotation_leaves_files_alone(self):
        place = self.place
        callid, path = place.one(ANNA)
        with open(path, "rb") as file:
            before = file.read()
        with open(place.master, encoding="utf-8") as file:
            old = file.read()
        done = place.run("vault", "rotate", "--forget")
        self.assertIn("2 keys, 2 wrapped anew", done.stdout)
        with open(path, "rb") as file:
            self.assertEqual(before, file.read())
        frames(place.wav(callid))

        # The old master key opens nothing any more.
        with open(place.master, "w", encoding="utf-8") as file:
            file.write(old)
        done = place.run("recording", callid, "--out", "-", status=1)
        self.assertIn("master key", done.stderr)

    def test_erased_in_backups_too(self):
        place = self.place
        callid, path = place.one(ANNA)
        other, _ = place.one(BEN)
        backup = os.path.join(place.root, "backup")
        shutil.copytree(place.data, backup)

        would = json.loads(
            place.run("erase", ANNA, "--dry-run").stdout)
        self.assertEqual(would["made_unreadable"]["recordings"], 1)
        frames(place.wav(callid))
        self.assertIn("--yes", place.run("erase", ANNA, status=1).stderr)

        receipt = json.loads(place.run("erase", ANNA, "--yes", "--by",
                                       "her letter").stdout)
        self.assertEqual(receipt["key"], "destroyed")
        self.assertEqual(receipt["by"], "her letter")
        gone = receipt["made_unreadable"]
        for what in ("recordings", "calls", "steps", "events", "contacts"):
            self.assertGreater(gone[what], 0, what)
            self.assertEqual(gone[what], would["made_unreadable"][what])
        self.assertEqual(set(gone["in_clear"].values()), {0})

        # Here: no file, no number; the other one is untouched.
        self.assertFalse(os.path.exists(path))
        self.assert_nowhere(place.data, ANNA.encode(), HEARD)
        frames(place.wav(other))
        outcome, = place.ask("SELECT outcome FROM calls WHERE callid = ?",
                             callid)
        self.assertEqual(outcome, ("answered",))

        # Again is no failure and no other receipt.
        again = json.loads(place.run("erase", ANNA, "--yes").stdout)
        self.assertEqual(again, receipt)

        # The backup of before, with the keys of today and every file.
        for name in glob.glob(os.path.join(backup, "recordings/*/*")):
            if callid not in name:
                continue
            from_backup = os.path.join(place.data,
                                       os.path.relpath(name, backup))
            os.makedirs(os.path.dirname(from_backup), exist_ok=True)
            shutil.copy(name, from_backup)
        done = place.run("recording", callid, "--out", "-", data=backup,
                         status=1)
        self.assertIn("erased", done.stderr)
        self.assertEqual(done.stdout, "")
        self.assert_nowhere(backup, HEARD, b"RIFF")
        done = common.dialwright("replay", common.SCRIPT, "--call", callid,
                                 *place.vault, data=backup)
        self.assertNotIn(SAID, done.stdout)
        frames(place.wav(other, data=backup))

        # Who works with it erases it again, and calls her no more.
        restored = place.data
        place.data = backup
        place.call(ANNA, campaign="next")
        self.assertEqual(place.ask("SELECT count(*) FROM calls WHERE"
                                   " number = ?", ANNA), [(0,)])
        self.assertEqual(place.ask("SELECT count(*) FROM contacts WHERE"
                                   " number = ?", ANNA), [(0,)])
        place.data = restored

    def test_erased_person_is_not_called_again(self):
        place = self.place
        place.run("erase", ANNA, "--yes")
        place.call(ANNA, campaign="later")
        rows = place.ask("SELECT c.number, t.reason, t.attempts FROM targets"
                         " t JOIN contacts c ON c.id = t.contact_id JOIN"
                         " campaigns k ON k.id = t.campaign_id"
                         " WHERE k.name = 'later' AND t.attempts = 0")
        names = [row[0] for row in rows if row[1] == "do_not_call"]
        self.assertEqual(len(names), 1, rows)
        self.assertTrue(names[0].startswith("erased:"))
        self.assertEqual(place.ask(
            "SELECT count(*) FROM attempts WHERE number = ?", ANNA), [(0,)])

    def test_erased_in_the_middle_of_a_call(self):
        place = Place(os.path.join(self.dir.name, "middle"), self.people)
        calling = subprocess.Popen(
            [common.RELEASE, "run", place.list(ANNA), "--script",
             common.SCRIPT, *common.line(self.people.port), *place.vault,
             "--data", place.data], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            place.wait_for("SELECT 1 FROM conversation")
            with self.people.held():
                place.run("erase", ANNA, "--yes", binary=common.RELEASE)
                self.assertIsNone(calling.poll())
            self.assertEqual(calling.wait(timeout=90), 0)
        finally:
            calling.kill()
            calling.wait()
        (name, sealed, recording), = place.ask(
            "SELECT number, sealed, recording FROM calls")
        self.assertTrue(name.startswith("erased:"))
        self.assertEqual((sealed, recording), ("", ""))
        place.run("audit", "check")
        self.assertEqual(glob.glob(place.data + "/recordings/*/*"), [])
        self.assert_nowhere(place.data, ANNA.encode(), HEARD)

    def test_kept_for_a_time(self):
        place = self.place
        callid, path = place.one(ANNA)
        rules = ["--set", "vault.keep_recordings_days=30",
                 "--set", "vault.keep_texts_days=60"]
        done = place.run("vault", "tidy", *rules)
        self.assertIn("0 recordings", done.stdout)
        with sqlite3.connect(os.path.join(place.data,
                                          "dialwright.db")) as database:
            database.execute("UPDATE calls SET start_ms = start_ms - 40 *"
                             " 86400000 WHERE callid = ?", (callid,))
        done = place.run("vault", "tidy", "--dry-run", *rules)
        self.assertIn("1 recordings and the texts of 0 calls would go",
                      done.stdout)
        # Whoever changes a record is found out.
        found = place.run("audit", "check", status=1)
        self.assertIn(f"row_changed: call {callid}", found.stdout)
        self.assertIn("1 flaws", found.stdout)
        self.assertTrue(os.path.exists(path))
        place.run("vault", "tidy", *rules)
        self.assertFalse(os.path.exists(path))
        (sealed, recording), = place.ask(
            "SELECT sealed, recording FROM calls WHERE callid = ?", callid)
        self.assertTrue(sealed)
        self.assertEqual(recording, "")

        done = place.run("vault", "tidy", "--set", "vault.keep_texts_days=39")
        self.assertIn("texts of 1 calls", done.stdout)
        texts = place.ask("SELECT sealed, heard FROM calls WHERE callid = ?"
                          " UNION SELECT sealed, input_args FROM conversation"
                          " WHERE callid = ?", callid, callid)
        self.assertEqual(texts, [("", "")])
        # Put back, the record is whole, without the words.
        with sqlite3.connect(os.path.join(place.data,
                                          "dialwright.db")) as database:
            database.execute("UPDATE calls SET start_ms = start_ms + 40 *"
                             " 86400000 WHERE callid = ?", (callid,))
        self.assertIn("whole", place.run("audit", "check").stdout)
        head = place.run("audit", "head").stdout.split()[1]
        place.run("audit", "check", "--head", head)
        place.run("audit", "check", "--head", "9" + head, status=1)
        frames(place.wav(place.one(BEN)[0]))


if __name__ == "__main__":
    unittest.main()
