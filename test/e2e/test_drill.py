"""The drill, and a recogniser's server that is killed in the middle of a
phrase.

Who listens needs no time of this machine, which has other tests to do: what
is asserted does not depend on how busy it is."""
import base64
import hashlib
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

import common

ROWS = ["service-before/stalls", "service-before/dies", "voice/flite/errors",
        "both/all/refuses"]
HEARS = "mock"  # what is expected, at once


class Rehearsal:
    """A drill that runs while the other test does."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory()
        words = [word for row in ROWS for word in ("--only", row)]
        self.process = subprocess.Popen(
            [common.RELEASE, "drill", "--json", "--keep", "--set",
             f"program.recogniser={HEARS}", *words, "--data", self.dir.name],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()
        self.dir.cleanup()


rehearsal = None


def setUpModule():
    global rehearsal
    rehearsal = Rehearsal()


def tearDownModule():
    rehearsal.close()


class RehearsalTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = rehearsal.dir
        said, _ = rehearsal.process.communicate(timeout=300)
        cls.result = json.loads(said)
        cls.rows = {row["name"]: row for row in cls.result["rows"]}
        folder = [name for name in os.listdir(cls.dir.name)
                  if name.startswith("drill-")][0]
        cls.database = sqlite3.connect(
            os.path.join(cls.dir.name, folder, "dialwright.db"))

    @classmethod
    def tearDownClass(cls):
        cls.database.close()

    def test_each_row_went_as_it_should(self):
        self.assertEqual(self.result["rows_run"], len(ROWS))
        for row in self.result["rows"]:
            late = row["fault"].startswith("silence")
            self.assertTrue(row["passed"] or late, row)
            self.assertGreater(row["robot_ms"], 500, row)

    def test_somebody_took_over(self):
        for how in ("stalls", "dies"):
            fell = self.rows[f"recogniser/service-before/{how}"]
            self.assertEqual((fell["heard_by"], fell["label"]),
                             (HEARS, "understood"))
        spoke = self.rows["voice/flite/errors"]
        self.assertEqual((spoke["spoken_by"], spoke["label"]),
                         ("espeak", "understood"))
        self.assertEqual(self.rows["both/all/refuses"]["label"],
                         "apologised")

    def test_the_record_says_so(self):
        """Of the call whose first recogniser died."""
        kept = self.database.execute(
            "SELECT callid, services FROM calls ORDER BY start_ms").fetchall()
        last = sum(row["tries"] for row in self.result["rows"][:2])
        callid, services = kept[last - 1]
        heard = self.database.execute(
            "SELECT heard_by FROM conversation WHERE callid = ? AND "
            "heard_by != ''", (callid,)).fetchall()
        self.assertEqual(heard, [(HEARS,)])
        services = json.loads(services)
        # The one that died was asked once more before it was given up.
        self.assertEqual(services["broken-refuse"]["requests"], 2)
        self.assertGreater(services[HEARS]["audio_ms"], 500)

    def test_rows_are_listed_and_names_checked(self):
        done = common.dialwright("drill", "--list", data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(set(self.rows) <= set(done.stdout.split("\n")))
        done = common.dialwright("drill", "--list", "--only", "nobody",
                                 data=self.dir.name)
        self.assertEqual(done.stdout, "")
        done = common.dialwright("drill", "--only", "nobody",
                                 data=self.dir.name)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--list prints them", done.stderr)
        self.assertNotIn("waking up", done.stderr)


def vosk(port_pipe, words):
    """A Vosk server, one connection at a time: what was said is known
    beforehand. Tells of its port and of sound that came."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], file=port_pipe, flush=True)
    while True:
        peer, _ = listener.accept()
        if os.fork():
            peer.close()
            continue
        listener.close()
        serve(peer, port_pipe, words)
        os._exit(0)


def take(peer, count):
    data = b""
    while len(data) < count:
        part = peer.recv(count - len(data))
        if not part:
            os._exit(0)
        data += part
    return data


def message(peer):
    """(opcode, payload) of RFC 6455."""
    first, size = take(peer, 2)
    size &= 127
    if size == 126:
        size = struct.unpack(">H", take(peer, 2))[0]
    mask = take(peer, 4)
    data = take(peer, size)
    return first & 15, bytes(byte ^ mask[i % 4]
                             for i, byte in enumerate(data))


def serve(peer, pipe, words):
    hello = b""
    while b"\r\n\r\n" not in hello:
        hello += peer.recv(4096)
    key = hello.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    proof = base64.b64encode(hashlib.sha1(
        key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    peer.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + proof +
                 b"\r\n\r\n")
    sound = 0
    while True:
        kind, data = message(peer)
        if kind == 8:
            return
        if kind == 9:
            peer.sendall(bytes([0x8a, len(data)]) + data)
            continue
        reply = {"partial": ""}
        if kind == 2:
            sound += len(data)
            print(f"sound {sound}", file=pipe, flush=True)
        elif b"eof" in data:
            reply = {"text": words}
        else:
            continue
        text = json.dumps(reply).encode()
        peer.sendall(bytes([0x81, len(text)]) + text)
        if "text" in reply:
            peer.sendall(b"\x88\x02\x03\xe8")
            return


class Vosk:
    """That server as a process of its own, which can be killed."""

    def __init__(self, words):
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "vosk", words],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.port = int(self.process.stdout.readline())

    def wait_sound(self, least):
        for line in self.process.stdout:
            if int(line.split()[1]) >= least:
                return

    def kill(self):
        """Whoever serves a connection too: the group is ours alone."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        self.process.stdout.close()


class KilledTest(unittest.TestCase):
    PHRASE_BYTES = 8000  # half a second of what is said

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.first = Vosk("from the first")
        self.second = Vosk("yes i will come")
        self.addCleanup(self.second.kill)
        self.people = common.People(os.path.join(self.dir.name, "people"))
        self.addCleanup(self.people.close)

    def settings(self):
        words = ["--set", "program.recogniser=*first,second"]
        for name, server in (("first", self.first), ("second", self.second)):
            words += ["--set", f"service.{name}.kind=vosk", "--set",
                      f"service.{name}.url=ws://127.0.0.1:{server.port}/"]
        return words

    def test_the_second_goes_on_in_the_middle_of_a_phrase(self):
        call = subprocess.Popen(
            [common.RELEASE, "call", "+15550100", "--script", common.SCRIPT,
             "--var", "name=Anna", *common.line(self.people.port),
             *self.settings(), "--data", self.dir.name], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.first.wait_sound(self.PHRASE_BYTES)
        self.first.kill()
        said, _ = call.communicate(timeout=60)
        self.assertIn("label: confirmed", said)

        database = sqlite3.connect(
            os.path.join(self.dir.name, "dialwright.db"))
        heard = database.execute(
            "SELECT input_args, heard_by FROM conversation "
            "WHERE heard_by != ''").fetchall()
        services = json.loads(database.execute(
            "SELECT services FROM calls").fetchone()[0])
        database.close()
        self.assertEqual(heard[0], ("Fyes i will come", "second"))
        self.assertGreaterEqual(services["first"]["requests"], 1)
        # It heard the phrase from its beginning.
        self.assertGreater(services["second"]["audio_ms"],
                           self.PHRASE_BYTES // 16)


if __name__ == "__main__":
    if sys.argv[1:2] == ["vosk"]:
        vosk(sys.stdout, sys.argv[2])
    else:
        unittest.main()
