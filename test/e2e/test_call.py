"""`dialwright call`, `talk`, `check` and `doctor` as a person uses them."""
import glob
import json
import os
import sqlite3
import tempfile
import unittest

import common
import stir


class CallTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.data = cls.dir.name
        cls.people = common.People(os.path.join(cls.data, "people"))

    @classmethod
    def tearDownClass(cls):
        cls.people.close()
        cls.dir.cleanup()

    def call(self, number, *words):
        return common.dialwright(
            "call", number, "--script", common.SCRIPT,
            *common.line(self.people.port), *words, data=self.data)

    def test_transcript_with_steps(self):
        done = self.call("+15550100", "--steps", "--var", "name=Anna")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"robot .*North Clinic for Anna")
        self.assertRegex(done.stdout, r"callee .*yes i will come")
        self.assertRegex(done.stdout, r"step .*flow confirmed by ")
        self.assertIn("label: confirmed", done.stdout)
        path = done.stdout.split("recording: ")[1].strip()
        self.assertGreater(os.path.getsize(path), 8000)
        self.check_replay(path)

    def check_replay(self, recording):
        """The call held again begins as it began: with its variables."""
        with sqlite3.connect(os.path.join(self.data,
                                          "dialwright.db")) as database:
            (callid, begin), = database.execute(
                "SELECT callid, variables_begin FROM calls WHERE "
                "recording = ?", (recording,))
        self.assertEqual(begin, '{"name":"Anna"}')
        done = common.dialwright("replay", common.SCRIPT, "--call", callid,
                                 data=self.data)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_word_sounds_as_its_author_says(self):
        path = os.path.join(self.data, "sounds.json")
        end = {"flow": "bye", "condition": {"complete": "ANY"}}
        with open(path, "w", encoding="utf-8") as out:
            json.dump({"language": "en", "start": "ask", "flow": [
                {"id": "ask", "action": "playback",
                 "asr": {"pronounce": {"Zusage": "yes I will come"}},
                 "playbacks": ["Hello. Will you come to us tomorrow?"],
                 "children": [{"flow": "fine",
                               "condition": {"text": "^FZusage$"}}, end]},
                {"id": "fine", "action": "hangup", "playbacks": ["Fine."]},
                {"id": "bye", "action": "hangup", "playbacks": ["Bye."]}]},
                out)
        done = common.dialwright(
            "call", "+15550100", "--script", path,
            *common.line(self.people.port), data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"callee .*Zusage")
        self.assertRegex(done.stdout, r"robot .*Fine")

    def test_busy(self):
        done = self.call("+15550114")
        self.assertEqual(done.returncode, 1)
        self.assertIn("ended: busy", done.stdout)

    def test_whoever_said_stop_is_not_called_again(self):
        done = self.call("+15550118")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("label: do_not_call", done.stdout)
        done = self.call("+1 555 0118")
        self.assertEqual(done.returncode, 1)
        self.assertIn("+15550118 is on the do-not-call list", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_impossible_number(self):
        done = self.call("12;drop")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no number that can be dialled", done.stderr)


class OtherCommandsTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name

    def tearDown(self):
        self.dir.cleanup()

    def test_talk_in_the_terminal(self):
        done = common.dialwright("talk", common.SCRIPT, data=self.data,
                                 stdin="how much does it cost\n/dtmf 1\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("The visit is free of charge.", done.stdout)
        self.assertIn("See you then", done.stdout)
        self.assertIn("confirmed", done.stdout)

    def test_check_of_every_example(self):
        scripts = [name for name in glob.glob(
            os.path.join(common.ROOT, "examples/**/*.json"), recursive=True)
            if os.path.basename(name) not in ("people.json", "sayings.json")]
        # Four in each of three languages, and one for the older robot's
        # users.
        self.assertEqual(len(scripts), 13)
        for name in scripts:
            done = common.dialwright("check", name, data=self.data)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("0 errors, 0 warnings", done.stdout)

    def test_check_of_the_address_of_a_voice(self):
        """Hosts are those of the configuration: another one is warned of."""
        with open(common.SCRIPT, encoding="utf-8") as file:
            script = json.load(file)
        url = script.setdefault("tts", {})["url"] = "http://192.0.2.7/tts"
        path = os.path.join(self.data, "script.json")
        os.makedirs(self.data, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(script, file)
        done = common.dialwright("check", path, data=self.data)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("warning  tts.url", done.stdout)
        self.assertIn("kind = http-tts", done.stdout)
        words = ["--set", f"service.mine.url={url}?config=1", "--set",
                 "service.mine.kind=http-tts", "--set",
                 "voice.voices=*mine,flite"]
        # Its own voice, flite:slt, leaves no choice.
        done = common.dialwright("check", path, *words, data=self.data)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("[service mine] is at this address, but is not asked "
                      "first", done.stdout)
        script["tts"]["voice"] = ""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(script, file)
        done = common.dialwright("check", path, *words, data=self.data)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_check_listens_to_the_answers(self):
        """Words that are written differently and sound the same, by
        themselves or because the author says so."""
        def node(name, children=()):
            return {"id": name, "action": "playback", "playbacks": [name],
                    "children": [{"flow": flow, "condition": condition}
                                 for flow, condition in children]}
        end = [("bye", {"complete": "ANY"})]
        script = {"language": "en", "start": "ask", "asr": {"pronounce": {
            "Cholmondeley": "CH AH1 M L IY", "Mainwaring": "mannering"}},
            "flow": [
            node("ask", [("one", {"text": "the wright brothers"}),
                         ("two", {"text": "the right brothers"}),
                         ("one", {"text": "mister Cholmondeley"}),
                         ("two", {"text": "mister chumley"}),
                         ("two", {"text": "mister Mainwaring"}),
                         ("bye", {"text": "no thank you"})] + end),
            node("one", end), node("two", end),
            {"id": "bye", "action": "hangup", "playbacks": ["Goodbye."]}]}
        path = os.path.join(self.data, "alike.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(script, out)
        done = common.dialwright("check", path, "--listen", "--format",
                                 "json", data=self.data, timeout=400)
        self.assertEqual(done.returncode, 3, done.stderr)
        alike = [line["message"] for line in map(
            json.loads, done.stdout.splitlines())
            if "sounds like" in line["message"]]
        self.assertEqual(len(alike), 2, done.stdout)
        self.assertIn("the wright brothers", alike[0])
        self.assertIn("the right brothers", alike[0])
        self.assertIn("mister Cholmondeley", alike[1])
        self.assertIn("mister chumley", alike[1])

    def test_doctor_tries_everything(self):
        sink = common.SipSink()
        keys = stir.make_key(self.data)
        shelf = stir.CertificateServer(self.data)
        keys["stir_cert_url"] = shelf.url
        done = common.dialwright("doctor", *common.line(sink.port, **keys),
                                 "--set", f"http.ca_file={shelf.path}",
                                 data=self.data)
        shelf.close()
        sink.close()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for what in ["data", "database", "voice en", "voice ru", "voice zh",
                     "recogniser", "phone", "line test",
                     r"stir test +signs calls \(attestation A\)",
                     r"cert test .* is that of stir_key, good until \d{4}-"]:
            self.assertRegex(done.stdout, rf"(?m)^ok   {what}")

    def test_doctor_names_a_dead_line(self):
        sink = common.SipSink()
        port = sink.port
        sink.close()
        keys = stir.make_key(self.data)
        keys["stir_cert_url"] = f"https://127.0.0.1:{port}/"
        done = common.dialwright("doctor", *common.line(port, **keys),
                                 data=self.data)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^BAD  line test +\S+")
        self.assertRegex(done.stdout, r"(?m)^ok   stir test ")
        self.assertRegex(done.stdout,
                         r"(?m)^BAD  cert test +https.* cannot be fetched: ")

    def test_second_program_on_the_same_data_is_refused(self):
        people = common.People(os.path.join(self.data, "people"))
        try:
            first = common.start(
                "call", "+15550108", "--script", common.SCRIPT,
                *common.line(people.port), data=self.data)
            first.stdout.readline()
            done = common.dialwright(
                "call", "+15550100", "--script", common.SCRIPT,
                *common.line(people.port), data=self.data)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(first.pid), done.stderr)
            first.terminate()
            first.communicate(timeout=30)
        finally:
            people.close()
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        rows = database.execute("SELECT count(*) FROM calls").fetchone()
        database.close()
        self.assertEqual(rows, (1,))


if __name__ == "__main__":
    unittest.main()
