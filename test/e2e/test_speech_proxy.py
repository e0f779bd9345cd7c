"""The speech proxy as other programs use it: voices, recognition by its own
protocol and by Vosk's, limits, who may."""
import http.client
import http.server
import io
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
import wave

import common
import wsclient

SILENT = True

SAID = "yes that is right"
SILENCE = bytes(2 * 8000)  # a second


class Proxy:
    def __init__(self, data, *settings):
        words = []
        for setting in ("speech_proxy.port=0",
                        "speech_group.spoken.phrases=yes that is right, "
                        "no thank you", *settings):
            words += ["--set", setting]
        self.process = subprocess.Popen(
            [common.BINARY, "speech-proxy", "--data", data, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r":(\d+): ", line)
        if not found:
            raise AssertionError(line + self.process.stderr.read())
        self.port = int(found.group(1))

    def ask(self, path, headers=None):
        """Status, headers and body."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def say(self, text, **more):
        query = urllib.parse.urlencode({
            "config": "", "voice": "", "volume": 0, "speechrate": 0,
            "pitchrate": 0, "engine": "", "text": text, **more})
        return self.ask("/tts?" + query)

    def sound(self, text):
        """Samples with silence before and behind."""
        body = self.say(text)[2]
        with wave.open(io.BytesIO(body)) as file:
            samples = file.readframes(file.getnframes())
        return SILENCE[:8000] + samples + SILENCE + SILENCE[:8000]

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.stdout.read()
        words = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        status = self.process.wait(timeout=20)
        if status:
            raise AssertionError(f"{status}: {words}")


class SpeechProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.data = tempfile.TemporaryDirectory()
        cls.proxy = Proxy(cls.data.name)

    @classmethod
    def tearDownClass(cls):
        cls.proxy.close()
        cls.data.cleanup()

    def vosk(self, path="/?group=spoken", config=None, sound=None):
        """What a client of the Vosk server does; all texts that came."""
        client = wsclient.WebSocket(self.proxy.port, path)
        config = config or {"sample_rate": 8000, "words": True}
        client.send(wsclient.TEXT, json.dumps({"config": config}))
        sound = sound or self.proxy.sound(SAID)
        texts = []
        for at in range(0, len(sound), 3200):
            client.send(wsclient.BINARY, sound[at:at + 3200])
            texts.append(json.loads(client.receive()[1]))
        client.send(wsclient.TEXT, '{"eof" : 1}')
        texts.append(json.loads(client.receive()[1]))
        self.assertEqual(client.receive(),
                         (wsclient.CLOSE, b"\x03\xe8"))
        client.close()
        return texts

    def test_a_text_is_spoken_as_wav(self):
        status, headers, body = self.proxy.say(SAID)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "audio/wav")
        with wave.open(io.BytesIO(body)) as file:
            self.assertEqual(file.getframerate(), 8000)
            self.assertEqual(file.getnchannels(), 1)
            self.assertGreater(file.getnframes(), 4000)
        # The same again is the same: it comes from the cache.
        self.assertEqual(self.proxy.say(SAID)[2], body)
        # A part of it, as players ask for.
        status, _, part = self.proxy.ask(
            "/tts?text=" + urllib.parse.quote(SAID),
            {"Range": "bytes=44-143"})
        self.assertEqual((status, part), (206, body[44:144]))

    def test_volume_rate_and_pitch_change_the_sound(self):
        plain = self.proxy.say(SAID)[2]
        for name in ("volume", "speechrate", "pitchrate"):
            with self.subTest(name):
                status, _, body = self.proxy.say(SAID, **{name: 90})
                self.assertEqual(status, 200)
                self.assertNotEqual(body, plain)
        self.assertLess(len(self.proxy.say(SAID, speechrate=100)[2]),
                        len(plain))
        wide = self.proxy.say(SAID, rate=16000)[2]
        self.assertGreater(len(wide), 1.8 * len(plain))

    def test_bad_requests_name_the_field(self):
        rows = [
            ("/tts", 400, "text"),
            ("/tts?text=%20", 400, "text"),
            ("/tts?text=a&volume=101", 400, "volume"),
            ("/tts?text=a&pitchrate=x", 400, "pitchrate"),
            ("/tts?text=a&rate=11025", 400, "rate"),
            ("/tts?text=a&config=none", 404, "group"),
            ("/tts?text=a&lang=tlh-QQ", 422, "voice"),
            ("/tts?text=" + "a" * 10001, 413, "text"),
            ("/tts?text=%ff", 400, None),
            ("/asr", 426, None),
            ("/nothing", 404, None),
        ]
        for path, expected, field in rows:
            with self.subTest(path[:60]):
                status, headers, body = self.proxy.ask(path)
                self.assertEqual(status, expected, body)
                self.assertEqual(headers["Content-Type"],
                                 "application/problem+json")
                self.assertEqual(json.loads(body).get("field"), field)

    def test_a_client_of_vosk_hears_what_was_said(self):
        texts = self.vosk()
        finals = [text for text in texts if text.get("text")]
        self.assertEqual([text["text"] for text in finals], [SAID])
        words = finals[0]["result"]
        self.assertEqual([word["word"] for word in words], SAID.split())
        self.assertGreater(words[0]["start"], 0.3)
        self.assertLess(words[-1]["end"], 2.5)
        self.assertGreater(words[0]["conf"], 0.5)
        # One answer for each message, and one for the end.
        count = -(-len(self.proxy.sound(SAID)) // 3200)
        self.assertEqual(len(texts), count + 1)

    def test_a_client_of_vosk_brings_its_own_phrases(self):
        texts = self.vosk("/vosk", {"sample_rate": 8000,
                                    "phrase_list": ["no", SAID, "[unk]"]})
        self.assertIn(SAID, [text.get("text") for text in texts])
        texts = self.vosk("/vosk", {"sample_rate": 8000,
                                    "phrase_list": [SAID],
                                    "max_alternatives": 2})
        self.assertEqual([text["alternatives"][0]["text"] for text in texts
                          if text.get("alternatives")], [SAID])

    def test_vosk_forgets_and_goes_on(self):
        client = wsclient.WebSocket(self.proxy.port, "/?group=spoken")
        sound = self.proxy.sound(SAID)
        for _ in range(2):
            # All at once: more than it is spoken, but not too far ahead.
            client.send(wsclient.BINARY, sound)
            first = json.loads(client.receive()[1])
            client.send(wsclient.TEXT, '{"reset" : 1}')
            last = json.loads(client.receive()[1])
            self.assertIn(SAID, (first.get("text"), last.get("text")))
        client.close()

    def test_what_is_not_vosk_ends_the_connection(self):
        for text in ("hello", "[]", '{"eof"', '{"config":{"sample_rate":1}}',
                     '{"config":{"phrase_list":[1]}}', '{"what":1}'):
            with self.subTest(text):
                client = wsclient.WebSocket(self.proxy.port, "/")
                client.send(wsclient.TEXT, text)
                kind, data = client.receive()
                self.assertEqual((kind, data[:2]),
                                 (wsclient.CLOSE, b"\x03\xf3"))
                client.close()
        client = wsclient.WebSocket(self.proxy.port, "/")
        client.send(wsclient.BINARY, b"odd")
        kind, data = client.receive()
        self.assertEqual((kind, data[:2]), (wsclient.CLOSE, b"\x03\xeb"))
        client.close()

    def test_our_own_protocol_tells_all(self):
        client = wsclient.WebSocket(self.proxy.port, "/asr?hints=no")
        client.send(wsclient.TEXT, json.dumps({"hints": [SAID, "no"]}))
        sound = self.proxy.sound(SAID)
        client.send(wsclient.BINARY, sound + sound)
        client.send(wsclient.TEXT, '{"end":1}')
        told = []
        while True:
            kind, data = client.receive()
            if kind == wsclient.CLOSE:
                break
            told.append(json.loads(data))
        client.close()
        self.assertEqual(data, b"\x03\xe8")
        types = [line["type"] for line in told if line["type"] != "partial"]
        self.assertEqual((types[0], types[-1]), ("ready", "end"))
        self.assertEqual(sorted(types[1:-1]),
                         ["final", "final", "speech", "speech"])
        self.assertLess(types.index("speech"), types.index("final"))
        finals = [line for line in told if line["type"] == "final"]
        self.assertEqual([line["text"] for line in finals], [SAID, SAID])
        self.assertEqual(finals[0]["service"], "sphinx")
        self.assertLess(finals[0]["end_ms"], finals[1]["begin_ms"])

    def test_an_abrupt_end_harms_nobody(self):
        for _ in range(5):
            client = wsclient.WebSocket(self.proxy.port, "/?group=spoken")
            client.send(wsclient.BINARY, self.proxy.sound(SAID))
            client.close()
        self.assertIn(SAID, [text.get("text") for text in self.vosk()])


class Voice(http.server.ThreadingHTTPServer):
    """A voice that knows two keys, of which one is refused after a while."""

    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), VoiceHandler)
        self.keys = []
        self.refused = "nobody"
        self.go_on = None  # an event: half of the sound waits for it
        self.breaks_off = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class VoiceHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        key = self.headers["Authorization"]
        self.server.keys.append(key.split()[-1] if key else None)
        sound = io.BytesIO()
        with wave.open(sound, "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(range(256)) * 32)
        body = sound.getvalue()
        self.send_response(401 if key and self.server.refused in key else 200)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2 & ~1
        self.wfile.write(body[:half])
        self.wfile.flush()
        if self.server.go_on:
            self.server.go_on.wait(60)
        if not self.server.breaks_off:
            self.wfile.write(body[half:])


class VoiceTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.TemporaryDirectory()
        self.voice = Voice()
        url = f"http://127.0.0.1:{self.voice.server_address[1]}/tts"
        self.settings = [
            "service.v.kind=http-tts", f"service.v.url={url}",
            "service.v.key=first-key,second-key", "voice.voices=v",
            *(f"service.v.{limit}=50000"
              for limit in ("connect_ms", "stall_ms", "answer_ms"))]

    def tearDown(self):
        self.voice.close()
        self.data.cleanup()


class KeysTest(VoiceTest):
    def test_keys_take_turns_until_the_quota_of_the_day(self):
        proxy = Proxy(self.data.name, *self.settings, "service.v.key_day=2")
        try:
            for i in range(4):
                self.assertEqual(proxy.say(f"number {i}")[0], 200)
            self.assertEqual(self.voice.keys, 2 * ["first-key", "second-key"])
            status, _, body = proxy.say("one too many")
            self.assertEqual(status, 502)
            self.assertIn(b"key_day", body)
            # What was said before costs nothing.
            self.assertEqual(proxy.say("number 0")[0], 200)
            self.assertEqual(len(self.voice.keys), 4)
        finally:
            proxy.close()
        # All of it is outside of calls; of the last one no sound came.
        done = common.dialwright("usage", "--json", data=self.data.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)
        self.assertEqual([(row["service"], row["all"]["requests"],
                           row["all"]["audio_ms"], row["beside"])
                          for row in rows],
                         [("v", 5, 4 * 512, rows[0]["all"])])

    def test_without_a_database_it_goes_on(self):
        proxy = Proxy(self.data.name, *self.settings,
                      "store.url=postgresql://127.0.0.1:1/nobody")
        self.assertEqual(proxy.say("all the same")[0], 200)
        proxy.process.send_signal(signal.SIGINT)
        proxy.process.stdout.read()
        proxy.process.stdout.close()
        self.assertIn("usage is not kept: going on without",
                      proxy.process.stderr.read())
        proxy.process.stderr.close()
        self.assertEqual(proxy.process.wait(timeout=20), 0)

    def test_a_key_that_is_refused_rests(self):
        self.voice.refused = "first-key"
        proxy = Proxy(self.data.name, *self.settings)
        try:
            # The other one is taken at once, and from then on.
            for i in range(3):
                self.assertEqual(proxy.say(f"number {i}")[0], 200)
            self.assertEqual(self.voice.keys,
                             ["first-key"] + 3 * ["second-key"])
            # Both: the reason is told, the keys are not.
            self.voice.refused = "-key"
            status, _, body = proxy.say("to end with")
            self.assertEqual(status, 502)
            self.assertIn(b"refuses the key", body)
            self.assertNotIn(b"second", body)
        finally:
            proxy.close()


class StreamTest(VoiceTest):
    """A sound that a service still speaks."""

    def stream(self, proxy, text):
        return urllib.request.urlopen(
            f"http://127.0.0.1:{proxy.port}/tts?text={text}", timeout=60)

    def test_it_is_heard_while_it_comes(self):
        self.voice.go_on = threading.Event()
        proxy = Proxy(self.data.name, *self.settings)
        try:
            with self.stream(proxy, "slowly") as answer:
                head = answer.read(44)
                self.assertEqual(head[:4], b"RIFF")
                self.assertEqual(head[40:], b"\xff\xff\xff\xff")
                first = answer.read(1000)
                self.assertEqual(len(first), 1000)
                # All of that before the service had spoken its second half.
                self.voice.go_on.set()
                rest = answer.read()
            whole = proxy.say("slowly")[2]
            self.assertEqual(first + rest, whole[44:])
        finally:
            self.voice.go_on.set()
            proxy.close()

    def test_half_of_it_is_not_taken_for_all(self):
        self.voice.go_on = threading.Event()
        self.voice.breaks_off = True
        proxy = Proxy(self.data.name, *self.settings)
        try:
            with self.stream(proxy, "broken") as answer:
                answer.read(1000)
                self.voice.go_on.set()
                with self.assertRaises((http.client.HTTPException, OSError)):
                    answer.read()
        finally:
            self.voice.go_on.set()
            proxy.close()

    def test_a_listener_who_goes_harms_nobody(self):
        self.voice.go_on = threading.Event()
        proxy = Proxy(self.data.name, *self.settings)
        try:
            for i in range(3):
                with self.stream(proxy, f"left-{i}") as answer:
                    answer.read(500)
            self.voice.go_on.set()
            self.assertEqual(proxy.say("and another")[0], 200)
        finally:
            self.voice.go_on.set()
            proxy.close()


class WhoMayTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.TemporaryDirectory()

    def tearDown(self):
        self.data.cleanup()

    def test_a_token_is_asked_for(self):
        proxy = Proxy(self.data.name, "speech_proxy.token=s3cret")
        try:
            for path, headers, expected in [
                    ("/health", {}, 401),
                    ("/health?token=wrong", {}, 401),
                    ("/health?token=s3cret", {}, 200),
                    ("/health", {"Authorization": "Bearer s3cret"}, 200),
                    ("/health?token=s3cret",
                     {"Authorization": "Bearer wrong"}, 401),
                    ("/tts?text=a", {}, 401)]:
                with self.subTest(path=path, headers=headers):
                    self.assertEqual(proxy.ask(path, headers)[0], expected)
            with self.assertRaises(wsclient.Refused) as refused:
                wsclient.WebSocket(proxy.port, "/")
            self.assertEqual(refused.exception.status, 401)
            wsclient.WebSocket(proxy.port, "/?token=s3cret").close()
        finally:
            proxy.close()

    def test_pages_of_strangers_are_kept_out(self):
        proxy = Proxy(self.data.name)
        try:
            status = proxy.ask("/health", {"Host": "evil.example"})[0]
            self.assertEqual(status, 421)
            with self.assertRaises(wsclient.Refused) as refused:
                wsclient.WebSocket(proxy.port, "/",
                                   ["Origin: http://evil.example"])
            self.assertEqual(refused.exception.status, 403)
        finally:
            proxy.close()

    def test_others_are_served_with_a_token_only(self):
        run = common.dialwright(
            "speech-proxy", "--port", "0", "--set",
            "speech_proxy.address=0.0.0.0", data=self.data.name)
        self.assertEqual(run.returncode, 1)
        self.assertIn("speech_proxy.token", run.stderr)

    def test_limits(self):
        proxy = Proxy(self.data.name, "speech_proxy.clients=2",
                      "speech_proxy.audio_s=5", "speech_proxy.idle_ms=8000")
        try:
            clients = [wsclient.WebSocket(proxy.port, "/?group=spoken")
                       for _ in range(2)]
            with self.assertRaises(wsclient.Refused) as refused:
                wsclient.WebSocket(proxy.port, "/")
            self.assertEqual(refused.exception.status, 503)
            # One speaks for too long, the other not at all.
            clients[0].send(wsclient.BINARY, 6 * SILENCE * 1)
            codes = []
            for client in clients:
                kind, data = client.receive()
                while kind != wsclient.CLOSE:
                    kind, data = client.receive()
                codes.append(data[:2])
                client.close()
            self.assertEqual(codes, [b"\x03\xf0", b"\x03\xe9"])
            # Their places are free again.
            until = time.monotonic() + 60
            while time.monotonic() < until:
                try:
                    wsclient.WebSocket(proxy.port, "/").close()
                    break
                except wsclient.Refused:
                    time.sleep(0.05)
            else:
                self.fail("nobody else was let in")
        finally:
            proxy.close()

    def test_a_port_that_is_taken_is_named(self):
        proxy = Proxy(self.data.name)
        try:
            with tempfile.TemporaryDirectory() as data:
                run = common.dialwright("speech-proxy", "--port",
                                        str(proxy.port), data=data)
            self.assertEqual(run.returncode, 1)
            self.assertIn("another program is there", run.stderr)
        finally:
            proxy.close()


if __name__ == "__main__":
    unittest.main()
