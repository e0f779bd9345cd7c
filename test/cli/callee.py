"""People who answer at once and say a word now and then, from RFC 3261 and
RFC 3550 alone: what they hear is not looked at, what the robot's SIP does is.
"""
import math
import os
import re
import socket
import struct
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "e2e"))
import common  # noqa: E402

FRAME_S, FRAME = 0.02, 160
SILENT_FRAMES, WORD_FRAMES = 75, 30  # of a round
PATIENCE_S = 40
AGAIN_S = 0.5  # a 2xx without its ACK
PITCH_HZ, HARMONICS, LOUD = 130, 12, 9000


def ulaw(sample):
    """G.711, as its table of segments says."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32635) + 132
    exponent = size.bit_length() - 8
    return ~(sign | exponent << 4 | size >> (exponent + 3) & 15) & 0xFF


def word():
    """The frames of something like a voice."""
    samples = []
    for n in range(WORD_FRAMES * FRAME):
        at = n / 8000
        sound = sum(math.sin(2 * math.pi * PITCH_HZ * k * at) / k
                    for k in range(1, HARMONICS))
        swell = math.sin(math.pi * n / (WORD_FRAMES * FRAME))
        samples.append(ulaw(int(LOUD * sound * swell / 2)))
    return [bytes(samples[i:i + FRAME])
            for i in range(0, len(samples), FRAME)]


ROUND = [b"\xff" * FRAME] * SILENT_FRAMES + word()


class Call(threading.Thread):
    """One that was answered; until BYE, or nobody has patience any more."""

    def __init__(self, callee, invite, peer):
        super().__init__(daemon=True)
        self.callee, self.invite, self.peer = callee, invite, peer
        self.over, self.has_ack = threading.Event(), False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.to = ("127.0.0.1", int(re.search(r"m=audio (\d+)",
                                              invite).group(1)))
        self.start()

    def answer(self):
        sdp = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
               "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
               f"m=audio {self.port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
        self.callee.respond(self.invite, self.peer, "200 OK", sdp)

    def run(self):
        began = time.monotonic()
        try:
            for n in range(int(PATIENCE_S / FRAME_S)):
                if n % int(AGAIN_S / FRAME_S) == 0 and not self.has_ack:
                    self.answer()
                header = struct.pack("!BBHII", 0x80, 0, n & 0xFFFF,
                                     n * FRAME, 7)
                self.socket.sendto(header + ROUND[n % len(ROUND)], self.to)
                left = began + (n + 1) * FRAME_S - time.monotonic()
                if self.over.wait(max(left, 0)):
                    break
        except OSError:
            pass  # the robot, or the test, is gone
        self.socket.close()


class Callee(common.SipSink):
    """`calls` as a sink has them."""

    def __init__(self):
        self.talks = {}  # Call-ID: Call
        super().__init__()

    def alone(self):
        """Those nobody has ended; what is on its way has time."""
        return {call for call, talk in self.talks.items()
                if not talk.over.wait(AGAIN_S)}

    def respond(self, message, peer, status, body=""):
        self.extra = (f"Contact: <sip:sink@127.0.0.1:{self.port}>\r\n"
                      "Content-Type: application/sdp") if body else ""
        super().respond(message, peer, status, body)

    def take(self, message, peer):
        method = message.split(" ", 1)[0]
        call = self.header(message, "Call-ID")
        talk = self.talks.get(call)
        if method == "INVITE" and not talk:
            number = re.match(r"INVITE sips?:([^@;>]*)", message).group(1)
            self.calls.append((number, call))
            self.talks[call] = Call(self, message, peer)
        elif method == "ACK" and talk:
            talk.has_ack = True
        elif method == "BYE":
            if talk:
                talk.over.set()
            self.respond(message, peer, "200 OK")
        elif method in ("CANCEL", "OPTIONS"):
            self.respond(message, peer, "200 OK")

    def close(self):
        super().close()
        for talk in self.talks.values():
            talk.over.set()
            talk.join()
