"""Calls between our phone and agents that others wrote: SIPp, baresip, and
registration and calls through Kamailio. All on 127.0.0.1, each program on
ports of its own, ended by its process id."""
import contextlib
import glob
import math
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOL = os.path.join(ROOT, "build-test/test/phone/sip_tool")
LIMIT_S = 30


def free_port(step=1):
    """A UDP port that nobody uses now; even for step 2."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port % step == 0:
            return port


class Program:
    """A process whose lines of output can be waited for."""

    def __init__(self, *words, **options):
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace",
            start_new_session=True, **options)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_line(self, pattern, limit_s=LIMIT_S):
        """The first line that matches, now or later."""
        until = time.monotonic() + limit_s
        seen = 0
        with self.changed:
            while True:
                for line in self.lines[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = len(self.lines)
                left = until - time.monotonic()
                if left <= 0 or not self.reader.is_alive():
                    raise AssertionError(
                        f"no line {pattern!r} in:\n" + "\n".join(self.lines))
                self.changed.wait(min(left, 0.2))

    def wait_end(self, limit_s=LIMIT_S):
        status = self.process.wait(limit_s)
        self.reader.join(limit_s)
        return status

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        # What it has started itself, and left behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.reader.join(LIMIT_S)
        self.process.stdout.close()


class Peers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dialwright-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def start(self, *words, **options):
        program = Program(*words, **options)
        self.addCleanup(program.end)
        return program

    def need(self, name):
        path = shutil.which(name)
        if not path:
            self.skipTest(f"{name} is not installed: script/bootstrap")
        return path

    def tool(self, *words):
        program = self.start(TOOL, *words)
        port = int(program.wait_line(r"^port").split()[1])
        return program, port

    def sipp(self, scenario, *words):
        port = free_port()
        program = self.start(
            self.need("sipp"), "-sf", os.path.join(HERE, "sipp", scenario),
            "-i", "127.0.0.1", "-p", str(port), "-mp", str(free_port(2)),
            "-m", "1", "-nostdin", "-timeout", "25s", *words,
            cwd=self.folder, env={**os.environ, "TERM": "dumb"})
        if scenario.startswith("uas"):
            wait_bound(port)
        return program, port

    def dial(self, port, *words, number="+15550101"):
        program, _ = self.tool("dial", f"127.0.0.1:{port}", number, *words)
        end = program.wait_line("^ended|^error")
        self.assertEqual(0, program.wait_end(), program.lines)
        return program, end


def wait_bound(port):
    """Until somebody has that UDP port."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")


class Sipp(Peers):
    def test_answers(self):
        sipp, port = self.sipp("uas_answer.xml")
        program, end = self.dial(port, "talk_ms", "300")
        self.assertIn("answered", program.lines)
        self.assertIn("ringing early=0", program.lines)
        self.assertIn("outcome=answered code=200", end)
        self.assertIn("them=0", end)
        self.assertEqual(0, sipp.wait_end())

    def test_answers_over_tcp(self):
        sipp, port = self.sipp_tcp("uas_answer.xml")
        _, end = self.dial(port, "talk_ms", "300", "transport", "tcp")
        self.assertIn("outcome=answered", end)
        self.assertEqual(0, sipp.wait_end())

    def sipp_tcp(self, scenario):
        port = free_port()
        program = self.start(
            self.need("sipp"), "-sf", os.path.join(HERE, "sipp", scenario),
            "-i", "127.0.0.1", "-p", str(port), "-mp", str(free_port(2)),
            "-t", "t1", "-m", "1", "-nostdin", "-timeout", "25s",
            cwd=self.folder, env={**os.environ, "TERM": "dumb"})
        until = time.monotonic() + LIMIT_S
        while time.monotonic() < until:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    break
            time.sleep(0.05)
        return program, port

    def test_answers_with_its_codec(self):
        """It sends our own packets back, by its own number of the codec."""
        for codec, pt, name, rate in (("g722", "9", "G722/8000", 16000),
                                      ("opus", "107", "opus/48000/2", 16000),
                                      ("pcmu", "0", "PCMU/8000", 8000)):
            with self.subTest(codec=codec):
                sipp, port = self.sipp("uas_codec.xml", "-rtp_echo", "-key",
                                       "pt", pt, "-key", "codec", name)
                program, end = self.dial(port, "talk_ms", "1000")
                self.assertIn("outcome=answered", end)
                self.assertIn("heard=1", end)
                audio = program.wait_line("^audio in=").lower()
                self.assertIn(f"codec={codec} rate={rate}", audio)
                self.assertEqual(0, sipp.wait_end())

    def test_busy(self):
        sipp, port = self.sipp("uas_busy.xml")
        _, end = self.dial(port)
        self.assertIn("outcome=busy code=486 q850=17", end)
        self.assertEqual(0, sipp.wait_end())

    def test_congested(self):
        sipp, port = self.sipp("uas_congested.xml")
        _, end = self.dial(port)
        self.assertIn("outcome=line_congested code=503 q850=0 retry=7", end)
        self.assertEqual(0, sipp.wait_end())

    def test_nobody_picks_up(self):
        sipp, port = self.sipp("uas_ring.xml")
        began = time.monotonic()
        _, end = self.dial(port, "ring_ms", "800")
        self.assertGreaterEqual(time.monotonic() - began, 0.8)
        self.assertIn("outcome=no_answer code=487", end)
        self.assertEqual(0, sipp.wait_end())

    def test_holds_and_hangs_up(self):
        sipp, port = self.sipp("uas_reinvite.xml")
        program, end = self.dial(port, "talk_ms", "10000")
        self.assertEqual(["held 1", "held 0"],
                         [line for line in program.lines if "held" in line])
        self.assertIn("outcome=answered", end)
        self.assertIn("them=1", end)
        self.assertEqual(0, sipp.wait_end())

    def test_calls_us(self):
        phone, port = self.tool("answer", "127.0.0.1")
        sipp, _ = self.sipp("uac_call.xml", "-s", "+15550102",
                            f"127.0.0.1:{port}")
        phone.wait_line(r"^incoming from=\+15550111 to=\+15550102")
        end = phone.wait_line("^ended")
        self.assertIn("outcome=answered", end)
        self.assertIn("them=1", end)
        self.assertEqual(0, sipp.wait_end())


class Baresip(Peers):
    MODULES = "/usr/lib/baresip/modules"

    def config(self, port):
        modules = next(path for path in (
            self.MODULES, "/usr/lib/x86_64-linux-gnu/baresip/modules")
            if os.path.isdir(path))
        with open(os.path.join(self.folder, "config"), "w") as config:
            config.write(
                f"module_path {modules}\n"
                f"sip_listen 127.0.0.1:{port}\n"
                "module g711.so\nmodule g722.so\nmodule opus.so\n"
                "module aufile.so\nmodule sndfile.so\n"
                "module_app account.so\nmodule_app menu.so\n"
                f"audio_source aufile,{self.folder}/tone.wav\n"
                f"snd_path {self.folder}\n"
                f"audio_player aufile,{self.folder}/heard.wav\n"
                f"audio_alert aufile,{self.folder}/alert.wav\n")
        with open(os.path.join(self.folder, "accounts"), "w") as accounts:
            accounts.write(
                f"<sip:bot@127.0.0.1:{port}>;regint=0;answermode=auto\n")

    def tone(self, rate_hz=8000, channels=1):
        """Five seconds of 400 Hz for the telephone."""
        samples = [int(10000 * math.sin(2 * math.pi * 400 * i / rate_hz))
                   for i in range(5 * rate_hz) for _ in range(channels)]
        with wave.open(os.path.join(self.folder, "tone.wav"), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))

    def peer(self, port, rate_hz=8000, channels=1):
        baresip = self.need("baresip")
        self.config(port)
        self.tone(rate_hz, channels)
        peer = self.start(baresip, "-v", "-f", self.folder,
                          cwd=self.folder)
        peer.wait_line("baresip is ready")
        if any("could not get network address" in line or
               "No SIP transports" in line for line in peer.lines):
            self.skipTest("baresip finds no address besides loopback here")
        return peer

    def heard_there(self):
        """The loudest sample that it decoded, in the latest call."""
        paths = glob.glob(os.path.join(self.folder, "dump-*-dec.wav"))
        with wave.open(max(paths, key=os.path.getmtime)) as file:
            data = file.readframes(file.getnframes())
        return max(abs(sample) for sample, in struct.iter_unpack("<h", data))

    def test_codecs_of_others(self):
        """Each codec between our code and another's: both hear a tone."""
        for codec, clock, rate, channels in (
                ("pcmu", "PCMU 8000Hz 1ch", 8000, 1),
                ("g722", "G722 16000Hz 1ch", 16000, 1),
                ("opus", "opus 48000Hz 2ch", 16000, 2)):
            with self.subTest(codec=codec):
                port = free_port()
                peer = self.peer(port, 48000 if codec == "opus" else rate,
                                 channels)
                program, end = self.dial(port, "talk_ms", "2000", "codecs",
                                         codec, number="bot")
                self.assertIn("outcome=answered", end)
                self.assertIn("heard=1", end)
                audio = program.wait_line("^audio in=")
                self.assertIn(f"codec={codec.upper()} rate={rate}",
                              audio.replace("opus", "OPUS"))
                peer.wait_line("incoming rtp for 'audio' established")
                peer.wait_line(f"Set audio decoder: {clock}")
                peer.end()
                self.assertGreater(self.heard_there(), 5000)

    def test_answers_and_is_heard(self):
        port = free_port()
        peer = self.peer(port)
        program, end = self.dial(port, "talk_ms", "2000", "keys", "12",
                                 number="bot")
        self.assertIn("answered", program.lines)
        self.assertIn("keys 0", program.lines)
        self.assertIn("outcome=answered", end)

        # What we sent was heard there.
        peer.wait_line("incoming rtp for 'audio' established")
        peer.wait_line("received event: '1'")
        peer.wait_line("received event: '2'")

        # It names the address of another interface in its SDP and sends
        # from the one that it signals from, as telephones behind a NAT do.
        audio = program.wait_line("^audio in=")
        heard = int(re.search(r"in=(\d+)", audio).group(1))
        self.assertGreater(heard, 20, audio)


class Kamailio(Peers):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.server = self.start(
            self.need("kamailio"), "-DD", "-E", "-m", "32", "-M", "4",
            "-Y", self.folder, "-w", self.folder, "-l",
            f"udp:127.0.0.1:{self.port}",
            "-f", os.path.join(HERE, "kamailio.cfg"), cwd=self.folder)
        wait_bound(self.port)

    def member(self, user, password="secret"):
        return self.tool("register", f"127.0.0.1:{self.port}",
                         "user", user, "password", password)[0]

    def test_registers(self):
        member = self.member("101")
        member.wait_line("^line 0 line tool: registered at")
        member.end()
        self.assertEqual(0, member.process.returncode)

    def test_refuses_a_wrong_password(self):
        member = self.member("101", "wrong")
        line = member.wait_line("^line 2")
        self.assertIn("401 Unauthorized for user 101", line)
        self.assertIn("check user and password", line)

    def test_call_through_it(self):
        member = self.member("+15550101")
        member.wait_line("^line 0")
        program, end = self.dial(self.port, "user", "100", "password",
                                 "secret", "talk_ms", "800")
        self.assertIn("answered", program.lines)
        self.assertIn("outcome=answered", end)
        self.assertIn("heard=1", end)
        member.wait_line("^incoming from=100 to=")
        self.assertIn("heard=1", member.wait_line("^ended"))

    def test_nobody_there(self):
        _, end = self.dial(self.port, "user", "100", "password", "secret")
        self.assertIn("outcome=bad_number code=404", end)

    def test_call_with_a_wrong_password(self):
        _, end = self.dial(self.port, "user", "100", "password", "wrong")
        self.assertIn("outcome=line_auth code=407", end)


if __name__ == "__main__":
    unittest.main()
