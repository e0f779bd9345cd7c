"""The demo: everyone reached as they meant it, recordings, step records."""
import glob
import os
import sqlite3
import struct
import tempfile
import unittest
import wave

import common


def loudest(samples):
    return max((abs(sample) for sample in samples), default=0)


class DemoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.done = common.dialwright("demo", "--script", common.SCRIPT,
                                     *common.PATIENT, "--set",
                                     "talk.voice_ms=30000",
                                     data=cls.dir.name,
                                     timeout=500, binary=common.RELEASE,
                                     env=common.steady())
        cls.data = glob.glob(os.path.join(cls.dir.name, "demo-*"))[0]
        cls.database = sqlite3.connect(
            os.path.join(cls.data, "dialwright.db"))

    @classmethod
    def tearDownClass(cls):
        cls.database.close()
        cls.dir.cleanup()

    def test_every_outcome_is_the_persons_truth(self):
        self.assertEqual(self.done.returncode, 0,
                         self.done.stdout + self.done.stderr)
        people = self.database.execute(
            "SELECT count(*) FROM targets WHERE state = 'done'").fetchone()[0]
        self.assertGreaterEqual(people, 12)
        self.assertIn(f"score: {people} of {people}", self.done.stdout)

    def test_recordings_hold_both_voices(self):
        calls = self.database.execute(
            "SELECT number, recording, heard FROM calls "
            "WHERE outcome = 'answered'").fetchall()
        self.assertGreaterEqual(len(calls), 12)
        for number, path, heard in calls:
            with wave.open(path) as sound:
                self.assertEqual(sound.getnchannels(), 2)
                self.assertEqual(sound.getframerate(), 8000)
                count = sound.getnframes()
                data = struct.unpack(f"<{2 * count}h",
                                     sound.readframes(count))
            self.assertGreater(loudest(data[1::2]), 3000,
                               f"{number}: the robot is mute")
            if heard:
                self.assertGreater(loudest(data[0::2]), 3000,
                                   f"{number}: the callee is mute")

    def test_conversation_has_a_row_for_every_step(self):
        calls = self.database.execute(
            "SELECT callid, answer_ms FROM calls").fetchall()
        for callid, answer_ms in calls:
            types = [row[0] for row in self.database.execute(
                "SELECT input_type FROM conversation WHERE callid = ? "
                "ORDER BY rowid", (callid,))]
            if not answer_ms:
                self.assertEqual(types, [])
                continue
            self.assertEqual(types[0], 10, "begins with CREATE")
            self.assertEqual(types[-1], 11, "ends with DESTORY")
            self.assertGreater(len(types), 2)

    def test_decisions_carry_their_timings(self):
        rows = self.database.execute(
            "SELECT speech_end_ms, text_ms, decision_ms, audio_ms "
            "FROM conversation WHERE input_type = 0 AND response_type = 1"
        ).fetchall()
        self.assertGreater(len(rows), 5)
        for speech_end, text, decision, _ in rows:
            self.assertLessEqual(speech_end, text)
            self.assertLessEqual(text, decision)
        self.assertTrue(any(audio >= decision > 0
                            for _, _, decision, audio in rows))


if __name__ == "__main__":
    unittest.main()
