"""Scripts and prompts through the API: from a draft with faults to a version
that is talked with, and sounds that people upload."""
import concurrent.futures
import http.client
import io
import json
import math
import os
import struct
import subprocess
import tempfile
import unittest
import urllib.parse
import wave

import api
import common

SILENT = True


def script():
    with open(common.SCRIPT, encoding="utf-8") as file:
        return json.load(file)


def sound(rate=44100, seconds=1.0, channels=2):
    """A tone of 440 Hz as a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        for i in range(int(rate * seconds)):
            value = int(8000 * math.sin(2 * math.pi * 440 * i / rate))
            file.writeframesraw(struct.pack("<h", value) * channels)
    return out.getvalue()


class ScriptsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory()
        cls.server = api.Server(
            cls.dir.name, "--set", "service.mine.kind=http-tts", "--set",
            "service.mine.url=http://127.0.0.1:9/tts?config=1", "--set",
            "voice.voices=*flite,mine")

    @classmethod
    def tearDownClass(cls):
        said = cls.server.stop()
        cls.dir.cleanup()
        assert "runtime error" not in said and "Sanitizer" not in said, said

    def put(self, name, text):
        return self.server.ask("PUT", f"/api/v1/scripts/{name}/draft", text)

    def test_who_will_speak(self):
        """The address of a voice chooses among those that are configured."""
        rows = [
            ({}, ["flite", "mine"], None),
            ({"url": "http://127.0.0.1:9/tts"}, ["mine", "flite"], None),
            ({"url": "http://192.0.2.7/tts"}, ["flite", "mine"],
             "the configured voices speak (flite, mine)"),
            ({"url": "http://127.0.0.1:9/tts", "voice": "flite:slt"},
             ["flite"], "[service mine] is at this address, but is not "
             "asked first"),
        ]
        for voice, asked, words in rows:
            with self.subTest(voice):
                text = script()
                text["tts"] = voice
                put = self.put("voices", text).json()
                checked = self.server.post("/api/v1/scripts/voices/check",
                                           None).json()
                self.assertEqual(checked, put)
                self.assertEqual((checked["errors"], checked["voices"]),
                                 (0, asked), checked)
                said = [fault["message"] for fault in checked["faults"]
                        if fault["path"] == "tts.url"]
                self.assertEqual(len(said), 1 if words else 0, checked)
                if words:
                    self.assertIn(words, said[0])

    def test_from_draft_to_version(self):
        place = "/api/v1/scripts/clinic"
        broken = script()
        broken["flow"][0]["children"] = [{"id": "nowhere"}]
        reply = self.put("clinic", broken)
        self.assertEqual(reply.status, 200, reply)
        self.assertGreater(reply.json()["errors"], 0)
        checked = self.server.post(place + "/check", None)
        self.assertEqual(checked.json(), reply.json())
        fault = checked.json()["faults"][0]
        self.assertEqual(set(fault), {"level", "path", "node", "message"})
        refused = self.server.post(place + "/publish", None)
        self.assertEqual(refused.status, 422)
        self.assertIn("errors", refused.json()["detail"])

        self.assertEqual(self.put("clinic", script()).json()["errors"], 0)
        draft = self.server.get(place + "/draft")
        self.assertEqual(draft.json(), script())
        self.assertEqual(self.server.get(
            place + "/draft",
            headers={"If-None-Match": draft.headers["ETag"]}).status, 304)
        made = self.server.post(place + "/publish", None)
        self.assertEqual((made.status, made.json()["version"]), (201, 1))

        changed = script()
        changed["flow"][0]["description"] = "the first words"
        changed["flow"].append({"id": "extra", "action": "hangup",
                                "playbacks": ["Goodbye."]})
        self.assertEqual(self.put("clinic", changed).status, 200)
        diff = self.server.get(place + "/diff?from=1").json()["items"]
        self.assertIn({"place": "flow", "id": changed["flow"][0]["id"],
                       "change": "changed", "keys": ["description"]}, diff)
        self.assertIn({"place": "flow", "id": "extra", "change": "added",
                       "keys": []}, diff)
        made = self.server.post(place + "/publish", None)
        self.assertEqual(made.json()["version"], 2)

        # A version stays as it was, and says which it is.
        first = self.server.get(place + "/versions/1").json()
        self.assertEqual(first, {**script(), "version": "1"})
        versions = self.server.get(place + "/versions").json()["items"]
        self.assertEqual([row["version"] for row in versions], [2, 1, 0])
        rows = self.server.get("/api/v1/scripts").json()["items"]
        row, = [row for row in rows if row["name"] == "clinic"]
        self.assertEqual((row["version"], row["author"]), (2, "anna"))
        self.assertIsNotNone(row["draft"])
        self.assertEqual(
            self.server.get(place + "/versions/9").status, 404)

    def test_two_who_write_the_same_draft(self):
        """Whoever names the draft that they saw overwrites no other."""
        place = "/api/v1/scripts/shared/draft"

        def put(note, **headers):
            return self.server.ask(
                "PUT", place, {**script(), "description": note},
                headers={name.replace("_", "-"): value
                         for name, value in headers.items()})
        self.assertEqual(put("lost", If_Match='"0"').status, 412)
        self.assertEqual(put("lost", If_Match="*").status, 412)
        self.assertEqual(put("first", If_None_Match="*").status, 200)
        again = put("lost", If_None_Match="*")
        self.assertEqual(again.status, 412)
        self.assertIn("there already", again.json()["detail"])

        seen = self.server.get(place).headers["ETag"]
        ann = put("of Ann", If_Match=seen)
        self.assertEqual(ann.status, 200, ann)
        ben = put("of Ben", If_Match=seen)
        self.assertEqual(ben.status, 412)
        self.assertIn("GET", ben.json()["remedy"])
        now = self.server.get(place)
        self.assertEqual(now.json()["description"], "of Ann")
        # The answer says what may be named next.
        self.assertEqual(now.headers["ETag"], ann.headers["ETag"])
        self.assertEqual(put("of Ben", If_Match=ann.headers["ETag"]).status,
                         200)
        self.assertEqual(put("any", If_Match="*").status, 200)
        self.assertEqual(put("whatever").status, 200)

    def test_one_of_many_writes(self):
        """Twenty at the same moment: one is first, the others hear of it."""
        place = "/api/v1/scripts/crowd/draft"
        self.put("crowd", script())
        seen = self.server.get(place).headers["ETag"]

        def put(i):
            return self.server.ask(
                "PUT", place, {**script(), "description": str(i)},
                headers={"If-Match": seen}).status
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            statuses = sorted(pool.map(put, range(20)))
        self.assertEqual(statuses, [200] + [412] * 19)

    def test_what_is_no_script(self):
        for name, raw, status in (("x", b"[]", 400), ("x", b"{", 400),
                                  ("x", b'{"a":1,"a":2}', 400),
                                  (".x", b"{}", 422), ("a@b", b"{}", 422),
                                  ("x" * 65, b"{}", 422)):
            reply = self.server.ask(
                "PUT", f"/api/v1/scripts/{name}/draft", raw=raw)
            self.assertEqual(reply.status, status, (name, raw))
        self.assertEqual(self.server.post(
            "/api/v1/scripts/nothing/publish", None).status, 404)
        self.assertEqual(self.server.get(
            "/api/v1/scripts/nothing/versions").status, 404)
        self.assertEqual(self.server.ask(
            "PUT", "/api/v1/scripts/x/draft", script(),
            token=self.server.role_token("operator")).status, 403)

    def test_talk(self):
        self.put("talk", script())
        begun = self.server.post("/api/v1/scripts/talk/talk",
                                 {"variables": {"name": "Anna Reed"}})
        self.assertEqual(begun.status, 201, begun)
        talk = begun.json()
        self.assertIn("Anna Reed", talk["says"])
        self.assertFalse(talk["is_over"])
        place = f"/api/v1/talks/{talk['id']}"
        lost = self.server.post(place, {"text": "purple elephants"}).json()
        self.assertFalse(lost["is_over"])
        self.assertTrue(lost["says"], "it asks again")
        over = self.server.post(place, {"text": "yes I will come"}).json()
        self.assertEqual((over["is_over"], over["label"]),
                         (True, "confirmed"))
        self.assertEqual(over["steps"][0]["response_id"], "confirmed")
        self.assertEqual(self.server.post(place, {"text": "x"}).status, 404)

        talk = self.server.post("/api/v1/scripts/talk/talk", {}).json()
        place = f"/api/v1/talks/{talk['id']}"
        for body in ({}, {"text": "a", "keys": "1"}):
            self.assertEqual(self.server.post(place, body).status, 422)
        keys = self.server.post(place, {"keys": "1"}).json()
        self.assertEqual(keys["label"], "confirmed")

        talk = self.server.post("/api/v1/scripts/talk/talk", {}).json()
        place = f"/api/v1/talks/{talk['id']}"
        quiet = self.server.post(place, {"event": "TIMEOUT"}).json()
        self.assertTrue(quiet["says"])
        self.assertEqual(self.server.ask("DELETE", place).status, 204)
        self.assertEqual(self.server.ask("DELETE", place).status, 404)

    def test_talks_have_an_end(self):
        self.put("many", script())
        talks = []
        while len(talks) < 300:
            reply = self.server.post("/api/v1/scripts/many/talk", {})
            if reply.status != 201:
                break
            talks.append(reply.json()["id"])
        self.assertEqual((reply.status, len(talks)), (503, 200))
        for talk in talks:
            self.server.ask("DELETE", f"/api/v1/talks/{talk}")

    def upload(self, name, raw):
        return self.server.ask("PUT", f"/api/v1/prompts/{name}", raw=raw)

    def test_prompts(self):
        made = self.upload("hello.mp3", sound())
        self.assertEqual(made.status, 201, made)
        self.assertEqual(made.json(), {"name": "hello.wav", "ms": 1000,
                                       "rate_hz": 16000})
        heard = self.server.get("/api/v1/prompts/hello.wav")
        with wave.open(io.BytesIO(heard.body)) as file:
            self.assertEqual((file.getnchannels(), file.getframerate(),
                              file.getnframes()), (1, 16000, 16000))
        rows = self.server.get("/api/v1/prompts").json()["items"]
        self.assertEqual([row["name"] for row in rows], ["hello.wav"])

        # A script of the store finds it.
        text = script()
        text["flow"][0]["playbacks"] = ["hello.wav"]
        faults = self.put("sounds", text).json()["faults"]
        self.assertFalse([fault for fault in faults
                          if "playbacks" in fault["path"]], faults)
        text["flow"][0]["playbacks"] = ["other.wav"]
        faults = self.put("sounds", text).json()["faults"]
        self.assertIn("no such sound file", [
            fault["message"] for fault in faults
            if fault["path"] == "flow[0].playbacks[0]"][0])

        self.assertEqual(self.server.ask(
            "DELETE", "/api/v1/prompts/hello.wav").status, 204)
        self.assertEqual(
            self.server.get("/api/v1/prompts/hello.wav").status, 404)

    def test_prompts_of_other_kinds(self):
        path = os.path.join(self.dir.name, "tone")
        with open(path + ".wav", "wb") as file:
            file.write(sound(22050, 0.5, 1))
        for kind in ("mp3", "flac", "ogg"):
            done = subprocess.run(
                ["sox", f"{path}.wav", f"{path}.{kind}"],
                capture_output=True, check=False)
            if done.returncode:
                continue  # this sox cannot write it
            with open(f"{path}.{kind}", "rb") as file:
                made = self.upload(f"tone.{kind}", file.read())
            self.assertEqual((made.status, made.json()["name"]),
                             (201, "tone.wav"), kind)

    def announced(self, size):
        """The status of an upload of zeros; one that is refused for its
        size is so before it is sent."""
        link = http.client.HTTPConnection(
            urllib.parse.urlsplit(self.server.url).netloc, timeout=60)
        link.putrequest("PUT", "/api/v1/prompts/x.wav")
        link.putheader("Authorization", f"Bearer {self.server.token}")
        link.putheader("Content-Length", str(size))
        link.endheaders()
        if size <= 10 << 20:
            link.send(bytes(size))
        status = link.getresponse().status
        link.close()
        return status

    def test_what_is_no_prompt(self):
        for name, raw, status in (
                ("x.wav", b"", 422), ("x.wav", b"RIFF" * 1000, 422),
                ("x.wav", b"<html>", 422), ("x.wav", sound(4000), 422),
                ("..%2Fx.wav", sound(8000, 0.1), 422)):
            reply = self.upload(name, raw)
            self.assertEqual(reply.status, status, (name, reply))
            self.assertTrue(reply.json()["remedy"])
        self.assertEqual(self.announced(10 << 20), 422)
        self.assertEqual(self.announced((10 << 20) + 1), 413)
        self.assertEqual(
            self.server.get("/api/v1/prompts/x.wav").status, 404)
        self.assertFalse(os.path.exists(
            os.path.join(self.dir.name, "x.wav")))


if __name__ == "__main__":
    unittest.main()
