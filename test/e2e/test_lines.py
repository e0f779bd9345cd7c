"""Lines as carriers see them: fail-over, patience, turns, money, robots."""
import json
import os
import tempfile
import time
import unittest
import xml.etree.ElementTree

import common

SILENT = True

LIMIT_S = 60


class Sink(common.SipSink):
    """Remembers when each INVITE came, and OPTIONS."""

    def __init__(self, answer="486 Busy Here", extra=""):
        self.times = []
        self.asked = []  # (how many INVITEs before, time)
        super().__init__(answer, extra)

    def take(self, message, peer):
        before = len(self.calls)
        super().take(message, peer)
        if len(self.calls) > before:
            self.times.append(time.monotonic())
        if message.startswith("OPTIONS "):
            self.asked.append((len(self.calls), time.monotonic()))


class OnceSlow(Sink):
    """Refuses its first call for two seconds."""

    def take(self, message, peer):
        first = not self.calls
        self.answer = "503 Too Fast" if first else "486 Busy Here"
        self.extra = "Retry-After: 2" if first else ""
        super().take(message, peer)


class LinesTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.data = self.dir.name
        self.sinks, self.robots = [], []

    def tearDown(self):
        for robot in self.robots:
            robot.kill()
            robot.communicate()
        for sink in self.sinks:
            sink.close()
        self.dir.cleanup()

    def sink(self, kind=Sink, *words):
        self.sinks.append(kind(*words))
        return self.sinks[-1]

    def people(self, count, name="list", prefix="+1555010"):
        path = os.path.join(self.data, name + ".csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number,name\n")
            for i in range(count):
                file.write(f"{prefix}{i:04},P{i}\n")
        return path

    def lines(self, **sinks):
        words = ["--set", "phone.bind=127.0.0.1", "--set", "phone.sip_port=0"]
        for name, sink in sinks.items():
            for key, value in {"server": f"127.0.0.1:{sink.port}",
                               "register": "no",
                               "caller_id": "+15550199"}.items():
                words += ["--set", f"line.{name}.{key}={value}"]
        return words

    def say(self, *words):
        done = common.dialwright(*words, data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def begin(self, *words):
        self.robots.append(common.start(*words, data=self.data))
        return self.robots[-1]

    def wait_for(self, condition, robot):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            if robot.poll() is not None:
                self.fail(f"it has ended: {robot.communicate()[1]}")
            time.sleep(0.01)

    def run_list(self, count, *words):
        return ["run", self.people(count), "--script", common.SCRIPT,
                "--campaign", "many", *words]

    def test_the_second_line_takes_over_and_the_first_comes_back(self):
        first, second = self.sink(Sink, "500 Broken"), self.sink()
        robot = self.begin(*self.run_list(
            4000, "--line", "first, second", "--calls", "2",
            *self.lines(first=first, second=second),
            "--set", "line.first.fault_threshold=1",
            "--set", "line.second.calls_per_s=40"))
        self.wait_for(lambda: len(second.calls) >= 20, robot)
        broken = len(first.calls)
        self.assertLessEqual(broken, 4)
        first.answer = "486 Busy Here"
        self.wait_for(lambda: len(first.calls) > broken + 20, robot)
        # Nobody's telephone was the test: it was asked before.
        self.assertTrue(any(before == broken for before, _ in first.asked))
        # Who was refused by the first line was called all the same, and soon.
        refused = {number for number, _ in first.calls[:broken]}
        self.wait_for(lambda: refused <= {
            number for number, _ in first.calls[broken:] + second.calls},
                      robot)

    def test_retry_after_is_heeded_and_no_attempt_is_lost(self):
        sink = self.sink(OnceSlow)
        self.say(*self.run_list(3, "--calls", "1", *self.lines(main=sink)))
        self.assertGreaterEqual(sink.times[1] - sink.times[0], 1.9)
        self.assertEqual(len(sink.calls), 4)
        report = json.loads(self.say("campaign", "report", "many", "--format",
                                     "json"))
        self.assertEqual(report["calls"], 3)
        self.assertEqual([row["name"] for row in report["outcome"]],
                         ["busy"])

    def ring(self, expected, *words):
        """Nobody answers; so many rang at once and no more."""
        sink = self.sink(Sink, "180 Ringing")
        robot = self.begin(*self.run_list(
            20, "--calls", "10", *self.lines(main=sink), *words))
        self.wait_for(lambda: len(sink.calls) >= expected, robot)
        time.sleep(1.5)
        self.assertEqual(len(sink.calls), expected)
        return robot

    def test_calls_end_where_the_money_does(self):
        self.ring(3, "--set", "toll.1.minute=0.50", "--set",
                  "tolls.hour_spend=1.50")
        self.assertIn("hour_spend", self.say(
            "campaign", "dry-run", "many", "--set", "toll.1.minute=0.50",
            "--set", "tolls.hour_spend=1"))

    def test_nobody_rings_without_a_robot(self):
        self.ring(2, "--set", "talk.voice_calls=2", "--set",
                  "talk.media_calls=7")

    def test_only_what_has_a_price_is_called(self):
        sink = self.sink()
        path = self.people(3)
        with open(path, "a", encoding="utf-8") as file:
            file.write("+19005550100,Dear\n+79990000001,Far\n")
        self.say("run", path, "--script", common.SCRIPT, "--campaign", "many",
                 *self.lines(main=sink), "--set", "toll.1.minute=0.01",
                 "--set", "toll.1900.minute=no")
        self.assertEqual({number for number, _ in sink.calls},
                         {f"+1555010{i:04}" for i in range(3)})
        self.assertRegex(self.say("campaign", "status", "many"),
                         r"refused +toll +2\n")

    def test_only_the_country_of_the_list(self):
        sink = self.sink()
        path = self.people(2)
        with open(path, "a", encoding="utf-8") as file:
            file.write("+79990000001,Far\n")
        words = ["run", path, "--script", common.SCRIPT, "--campaign", "many",
                 "--country", "US", *self.lines(main=sink)]
        self.say(*words)
        self.assertEqual(len(sink.calls), 2)

    def test_numbers_of_a_pool_are_shown(self):
        sink = self.sink()
        shown = []
        respond = sink.respond

        def look(message, peer, status):
            if message.startswith("INVITE "):
                shown.append(sink.header(message, "From").split("@")[0])
            respond(message, peer, status)

        sink.respond = look
        robot = self.begin(*self.run_list(
            10, *self.lines(main=sink), "--set",
            "rules.caller_ids=+15550180, +15550181", "--set",
            "rules.caller_hour_calls=3"))
        self.wait_for(lambda: len(sink.calls) >= 6, robot)
        time.sleep(1)
        self.assertEqual(len(sink.calls), 6)
        for number in ("+15550180", "+15550181"):
            self.assertGreaterEqual(
                sum(number in who for who in shown), 3)

    def test_from_draft_to_report(self):
        sink = self.sink()
        common_list = self.people(6, "common")
        vip = self.people(2, "vip", "+1555011")
        plan = os.path.join(self.data, "plan.json")
        with open(plan, "w", encoding="utf-8") as file:
            json.dump({"name": "spring", "script": common.SCRIPT,
                       "lists": [common_list, {"name": vip, "priority": 5}],
                       "lines": "main", "calls": 1, "calls_per_s": 50,
                       "rules": {"countries": "+1"}}, file)
        self.say("campaign", "create", "--from", plan)
        self.assertRegex(self.say("campaign", "list"),
                         r"spring +draft +8 +0 +0 ")
        shown = json.loads(self.say("campaign", "show", "spring"))
        self.assertEqual(shown["lists"],
                         [{"name": "vip", "priority": 5}, "common"])
        self.assertEqual(shown["calls_per_s"], 50)
        ahead = json.loads(self.say("campaign", "dry-run", "spring",
                                    "--format", "json"))
        self.assertEqual((ahead["now"], ahead["later"], ahead["never"]),
                         (8, 0, 0))

        self.say("campaign", "start", "spring", *self.lines(main=sink))
        self.assertEqual([number for number, _ in sink.calls[:2]],
                         ["+15550110000", "+15550110001"])
        self.assertEqual(len(sink.calls), 8)
        self.assertRegex(self.say("campaign", "list"),
                         r"spring +done +8 +8 +8 ")

        picture = os.path.join(self.data, "spring.svg")
        table = self.say("campaign", "report", "spring", "--picture", picture)
        self.assertIn("8 calls, 0 answered (0.0 %)", table)
        self.assertRegex(table, r"\nbusy +8 +100.0%")
        self.assertIn("outcome,\"busy\",8,0,0.0,0\n", self.say(
            "campaign", "report", "spring", "--format", "csv"))
        root = xml.etree.ElementTree.parse(picture).getroot()
        texts = [node.text for node in root.iter()
                 if node.tag.endswith("}text")]
        self.assertIn("Campaign spring", texts)
        self.assertIn("busy", texts)

        # Who was called has a campaign of another name.
        done = common.dialwright("campaign", "create", "--from", plan,
                                 data=self.data)
        self.assertIn("it runs or has run", done.stderr)


if __name__ == "__main__":
    unittest.main()
