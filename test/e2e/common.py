"""What the end-to-end tests share: the binary, people to call, a SIP sink.

Everything listens on 127.0.0.1 on ports the kernel chose, and ends with the
test that started it.
"""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BINARY = os.environ.get("DIALWRIGHT", os.path.join(ROOT, "build/dialwright"))
# Without sanitizers: for what must keep the time of a real conversation.
RELEASE = os.environ.get("DIALWRIGHT_RELEASE", BINARY)
SCRIPT = os.path.join(ROOT, "examples/appointment.json")
STEADY = os.path.join(os.path.dirname(RELEASE), "test/libsteady.so")
SO_TIMESTAMPNS = 35
LIMIT_S = 60
# What is heard in a call counts, not how busy the machine is.
PATIENT = ["--set", "talk.answer_ms=30000"]


def steady():
    """An environment in which time stands still for the program where the
    machine does (test/steady.h): for calls whose words are what is tested.
    Both sides of a call need it."""
    if not os.path.exists(STEADY):
        return None
    options = [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]
    return {**os.environ, "LD_PRELOAD": STEADY,
            "ASAN_OPTIONS": ":".join(filter(None, options))}


def dialwright(*words, data, timeout=120, stdin=None, binary=BINARY,
               env=None):
    """Runs a command to its end; returns the CompletedProcess."""
    return subprocess.run(
        [binary, *words, "--data", data], text=True, input=stdin, env=env,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True, timeout=timeout)


def start(*words, data):
    """Starts a command that goes on; returns the Popen."""
    return subprocess.Popen(
        [BINARY, *words, "--data", data], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)


def line(port, **more):
    """Options for a line named "test" that needs no registration."""
    keys = {"server": f"127.0.0.1:{port}", "register": "no",
            "caller_id": "+15550199", **more}
    words = ["--set", "phone.bind=127.0.0.1", "--set", "phone.sip_port=0",
             *PATIENT]
    for key, value in keys.items():
        words += ["--set", f"line.test.{key}={value}"]
    return words


class People:
    """`dialwright people` as a process of its own."""

    def __init__(self, data, *words, env=None):
        self.process = subprocess.Popen(
            [BINARY, "people", "--port", "0", "--attached", "--data", data,
             *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=env)
        self.port = None
        for text in self.process.stdout:
            found = re.search(r"127\.0\.0\.1:(\d+)", text)
            if found:
                self.port = int(found.group(1))
                break

    @contextlib.contextmanager
    def held(self):
        """Nobody answers or says anything meanwhile, however long it takes."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(timeout=60)


class SipSink(threading.Thread):
    """Refuses every INVITE and remembers (number, Call-ID) of each; answered
    with a 1xx they ring until they are cancelled.

    It is written from RFC 3261 alone, so that it tells what left the robot,
    whatever the robot believes; and when, by the kernel's clock, however late
    this process had its turn.
    """

    def __init__(self, answer="486 Busy Here", extra=""):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.port = self.socket.getsockname()[1]
        self.answer = answer
        self.extra = extra
        self.at = 0.0  # when the message came that is taken; time.time()
        self.times = []  # of the calls
        self.calls = []  # (number, Call-ID), retransmissions left out
        self.seen = set()
        self.ringing = {}  # INVITEs by their Call-ID
        self.held = []  # what they would be answered
        self.hold_from = None  # that call and those behind it ring until
        # release()
        self.is_settled = threading.Event()
        self.start()

    @staticmethod
    def header(message, name):
        found = re.search(rf"^{name}\s*:\s*(.*?)\r$", message,
                          re.MULTILINE | re.IGNORECASE)
        return found.group(1) if found else ""

    def respond(self, message, peer, status, body=""):
        to = self.header(message, "To")
        if ";tag=" not in to and not status.startswith("100"):
            to += ";tag=sink"
        vias = re.findall(r"^(Via\s*:.*?)\r$", message,
                          re.MULTILINE | re.IGNORECASE)
        lines = [f"SIP/2.0 {status}", *vias,
                 f"From: {self.header(message, 'From')}", f"To: {to}",
                 f"Call-ID: {self.header(message, 'Call-ID')}",
                 f"CSeq: {self.header(message, 'CSeq')}"]
        if self.extra:
            lines.append(self.extra)
        lines += [f"Content-Length: {len(body)}", "", body]
        self.socket.sendto("\r\n".join(lines).encode(), peer)

    def run(self):
        while True:
            data, extra, _, peer = self.socket.recvmsg(65536, 256)
            if data.startswith(b"CLOSE "):
                return
            seconds, nanos = struct.unpack("qq", extra[0][2][:16])
            self.at = seconds + nanos / 1e9
            self.take(data.decode("utf-8", "replace"), peer)

    def settle(self):
        """Takes all that left until now; returns how many calls those were.
        They wait in the order of their arrival, so a word behind them
        does."""
        self.is_settled.clear()
        self.tell("SETTLE")
        assert self.is_settled.wait(LIMIT_S), "the sink is deaf"
        return len(self.calls)

    def is_held(self, call):
        return self.hold_from is not None and (
            call in self.calls[self.hold_from:])

    def release(self):
        """Answers those who were held, and all others at once."""
        self.tell("RELEASE")

    def tell(self, method):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as word:
            word.sendto(f"{method} sip:sink SIP/2.0\r\n\r\n".encode(),
                        ("127.0.0.1", self.port))

    def take(self, message, peer):
        method = message.split(" ", 1)[0]
        if method == "INVITE":
            number = re.match(r"INVITE sips?:([^@;>]*)", message).group(1)
            call = (number, self.header(message, "Call-ID"))
            if call not in self.seen:
                self.seen.add(call)
                self.times.append(self.at)
                self.calls.append(call)
            if self.is_held(call):
                self.held.append((message, peer))
                self.ringing[call[1]] = message
                self.respond(message, peer, "180 Ringing")
                return
            if self.answer.startswith("1"):
                self.ringing[call[1]] = message
            self.respond(message, peer, self.answer)
        elif method == "CANCEL":
            self.respond(message, peer, "200 OK")
            invite = self.ringing.pop(self.header(message, "Call-ID"), None)
            if invite:
                self.respond(invite, peer, "487 Request Terminated")
        elif method == "OPTIONS":
            self.respond(message, peer, "200 OK")
        elif method == "SETTLE":
            self.is_settled.set()
        elif method == "RELEASE":
            self.hold_from = None
            for invite, caller in self.held:
                if self.ringing.pop(self.header(invite, "Call-ID"), None):
                    self.respond(invite, caller, self.answer)

    def close(self):
        """A thread that still reads would take what is sent to whoever has
        the descriptor next."""
        self.tell("CLOSE")
        self.join(LIMIT_S)
        self.socket.close()
