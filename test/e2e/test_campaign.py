"""What a second process says to a campaign that runs at full speed."""
import os
import subprocess
import tempfile
import time
import unittest

import common

SILENT = True

PEOPLE = 6000
HELD_FROM = 3000  # calls ring until the others have spoken
LIMIT_S = 120


class CampaignTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name
        self.sink = common.SipSink()
        self.list = os.path.join(self.data, "many.csv")
        with open(self.list, "w", encoding="utf-8") as file:
            file.write("number\n")
            for i in range(PEOPLE):
                file.write(f"+7999{i:07}\n")
        self.robot = None

    def tearDown(self):
        if self.robot:
            self.robot.kill()
            self.robot.wait()
        self.sink.close()
        self.dir.cleanup()

    def begin(self, *words, hold_from=HELD_FROM):
        """However late the others speak, there is somebody left to call."""
        self.sink.hold_from = hold_from
        self.robot = subprocess.Popen(
            [common.BINARY, "run", self.list, "--script", common.SCRIPT,
             "--campaign", "many", "--calls", "20", *words,
             *common.line(self.sink.port), "--data", self.data],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.wait_for(lambda: len(self.sink.calls) >= 20)

    def wait_for(self, condition):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            self.assertIsNone(self.robot.poll(), "the run has ended")
            time.sleep(0.01)

    def say(self, *words):
        done = common.dialwright(*words, data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_blocked_numbers_are_not_called_after_the_command(self):
        self.begin()
        ahead = [f"+7999{i:07}" for i in range(PEOPLE)]
        called = len(self.sink.calls)
        # One that is just being called, some that are next, and the rest.
        picked = ahead[called:called + 40:4]
        self.say("block", *picked, "--reason", "they asked")
        before = self.sink.settle()
        self.say("block", "--prefix", "+79990005")
        before_prefix = self.sink.settle()
        self.sink.release()
        self.wait_for(lambda: len(self.sink.calls) > before_prefix + 200)
        late = {number for number, _ in self.sink.calls[before:]}
        self.assertFalse(late & set(picked))
        late = [number for number, _ in self.sink.calls[before_prefix:]
                if number.startswith("+79990005")]
        self.assertEqual(late, [])

    def test_blocked_before_anything_ran(self):
        self.say("block", "+79990000001")
        self.begin()
        self.assertNotIn("+79990000001",
                         {number for number, _ in self.sink.calls})

    def import_registry(self, published, *numbers):
        path = os.path.join(self.data, "nation.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(["number", *numbers, ""]))
        self.say("registry", "import", "nation", path, "--published",
                 published, "--max-age", "31")

    def test_stale_registry_stops_everybody(self):
        """An import that says that the list is old stops the campaign; a new
        one lets it go on, without those who are on it."""
        today = time.strftime("%Y-%m-%d", time.gmtime())
        self.import_registry(today, "+79990000001")
        self.begin()
        self.import_registry("2026-01-01", "+79990000001")
        stopped = self.sink.settle()
        self.sink.release()
        time.sleep(1.5)
        self.assertEqual(len(self.sink.calls), stopped)
        self.assertLess(stopped, PEOPLE)
        self.assertRegex(self.say("campaign", "status", "many"),
                         r"stale +nation +1")
        self.assertRegex(self.say("registry", "list"), r"nation .*too old")
        listed = [f"+7999{i:07}" for i in range(stopped, stopped + 40, 4)]
        self.import_registry(today, "+79990000001", *listed)
        self.wait_for(lambda: len(self.sink.calls) > stopped + 100)
        called = {number for number, _ in self.sink.calls[stopped:]}
        self.assertFalse(called & {"+79990000001", *listed})

    def test_pause_resume_stop(self):
        self.begin()
        self.say("campaign", "pause", "many")
        paused = self.sink.settle()
        self.sink.release()
        time.sleep(1.5)
        self.assertEqual(len(self.sink.calls), paused)
        self.assertLess(paused, PEOPLE)
        self.assertRegex(self.say("campaign", "status", "many"),
                         r"campaign +paused +1\n(?s:.*)contact +ready")

        self.sink.settle()
        self.sink.hold_from = paused + 1000
        self.say("campaign", "resume", "many")
        self.wait_for(lambda: len(self.sink.calls) > paused + 20)

        self.say("campaign", "stop", "many")
        stopped = self.sink.settle()
        self.sink.release()
        self.robot.wait(timeout=60)
        self.assertEqual(len(self.sink.calls), stopped)
        self.assertLess(stopped, PEOPLE)
        numbers = [number for number, _ in self.sink.calls]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_rules_hold_in_a_run(self):
        # Nobody is called on the night side of the earth.
        self.begin("--set", "rules.countries=+79990000", hold_from=None)
        self.robot.wait(timeout=LIMIT_S)
        numbers = {number for number, _ in self.sink.calls}
        self.assertEqual(numbers, {f"+7999{i:07}" for i in range(1000)})
        self.assertRegex(self.say("campaign", "status", "many"),
                         rf"refused +countries +{PEOPLE - 1000}\n")

    def test_rules_of_its_own(self):
        self.begin("--set", "rules.countries=+79990000", hold_from=None)
        self.robot.wait(timeout=LIMIT_S)
        self.assertEqual(self.say("campaign", "rules", "many"), "{}\n")
        path = os.path.join(self.data, "rules.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"countries": "+79990009", "client": "acme",'
                       ' "client_day_calls": 5000}')
        self.say("campaign", "rules", "many", path)
        self.assertIn("acme", self.say("campaign", "rules", "many"))

        with open(self.list, "a", encoding="utf-8") as file:
            file.write("+79990009999\n+79990008888\n")
        before = len(self.sink.calls)
        self.say("run", self.list, "--script", common.SCRIPT, "--campaign",
                 "many", "--set", "rules.countries=+79990008",
                 *common.line(self.sink.port))
        self.assertEqual([number for number, _ in self.sink.calls[before:]],
                         ["+79990009999"])
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"hours": "nine to five"}')
        done = common.dialwright("campaign", "rules", "many", path,
                                 data=self.data)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("mon-fri 09:00-20:00", done.stderr)

    def test_unknown_names_are_refused(self):
        self.begin()
        for words, said in [
                (["campaign", "pause", "few"], 'no campaign "few"'),
                (["campaign", "kill", "many"],
                 "pause NAME, resume NAME, stop NAME"),
                (["block", "nobody at all"], "no digit"),
                (["block", "--prefix", "79"], "a prefix is +")]:
            done = common.dialwright(*words, data=self.data)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(said, done.stderr)


if __name__ == "__main__":
    unittest.main()
