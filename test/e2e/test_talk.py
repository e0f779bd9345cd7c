"""dialwright talk as a person has it: a terminal, colour, keys, a farewell."""
import os
import pty
import re
import select
import subprocess
import tempfile
import time
import unittest

import common

SILENT = True

WAIT_S = 60
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """The program at the other end of a pseudo-terminal."""

    def __init__(self, *words, **environment):
        env = {**os.environ, "TERM": "xterm", **environment}
        if "NO_COLOR" not in environment:
            env.pop("NO_COLOR", None)
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [common.BINARY, *words], stdin=slave, stdout=slave, stderr=slave,
            env=env, close_fds=True)
        os.close(slave)
        self.raw = ""
        self.seen = 0

    def read_until(self, text):
        """What came before text and with it, without colour."""
        deadline = time.monotonic() + WAIT_S
        while True:
            plain = COLOUR.sub("", self.raw).replace("\r", "")
            at = plain.find(text, self.seen)
            if at >= 0:
                said = plain[self.seen:at + len(text)]
                self.seen = at + len(text)
                return said
            if time.monotonic() > deadline or not self.more():
                raise AssertionError(f"no {text!r} in {plain[self.seen:]!r}")

    def more(self):
        if not select.select([self.master], [], [], WAIT_S)[0]:
            return False
        try:
            data = os.read(self.master, 4096)
        except OSError:  # the other end is gone
            return False
        self.raw += data.decode()
        return bool(data)

    def type(self, line):
        os.write(self.master, line.encode() + b"\n")

    def close(self):
        """The exit status."""
        try:
            return self.process.wait(WAIT_S)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            os.close(self.master)


class TalkTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.words = ["talk", common.SCRIPT, "--data", self.dir.name]

    def tearDown(self):
        self.dir.cleanup()

    def test_conversation_by_words_and_keys(self):
        terminal = Terminal(*self.words, "--var", "name=Mr Carter")
        said = terminal.read_until("you: ")
        self.assertIn("/help", said)
        self.assertIn("robot: Hello, this is the North Clinic for Mr Carter",
                      said)
        terminal.type("what is the price")
        self.assertIn("robot: The visit is free of charge.",
                      terminal.read_until("you: "))
        terminal.type("/why")
        self.assertIn("-> kb price, full of", terminal.read_until("you: "))
        terminal.type("mumble")
        self.assertIn("(not understood)", terminal.read_until("you: "))
        terminal.type("/silence")
        self.assertIn("Can you hear me?", terminal.read_until("you: "))
        terminal.type("/dtmf 1")
        said = terminal.read_until("label")
        self.assertIn("robot: Thank you. See you then.", said)
        self.assertIn('"confirmed"', terminal.read_until("class"))
        self.assertEqual(terminal.close(), 0)

    def test_hanging_up(self):
        terminal = Terminal(*self.words)
        terminal.read_until("you: ")
        terminal.type("/hangup")
        self.assertIn('"hung_up"', terminal.read_until("class"))
        self.assertEqual(terminal.close(), 0)

    def test_end_of_input_hangs_up(self):
        terminal = Terminal(*self.words)
        terminal.read_until("you: ")
        os.write(terminal.master, b"\x04")
        self.assertIn('"hung_up"', terminal.read_until("class"))
        self.assertEqual(terminal.close(), 0)

    def test_colour_only_where_it_is_wanted(self):
        for environment, has_colour in (({}, True), ({"NO_COLOR": "1"}, False),
                                        ({"NO_COLOR": ""}, True),
                                        ({"TERM": "dumb"}, False)):
            with self.subTest(environment):
                terminal = Terminal(*self.words, **environment)
                terminal.read_until("you: ")
                terminal.type("/hangup")
                terminal.read_until("class")
                terminal.close()
                self.assertEqual("\x1b[" in terminal.raw, has_colour)
        done = common.dialwright(*self.words[:2], data=self.dir.name,
                                 stdin="yes\n")
        self.assertNotIn("\x1b[", done.stdout)
        self.assertIn("you: yes\nrobot: Thank you.", done.stdout)


if __name__ == "__main__":
    unittest.main()
