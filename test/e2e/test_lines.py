"""Lines as carriers see them: fail-over, patience, turns, money, robots."""
import contextlib
import datetime
import json
import os
import re
import sqlite3
import tempfile
import time
import unittest
import xml.etree.ElementTree
import zoneinfo

import common
import stir

SILENT = True

LIMIT_S = 150  # thousands of people are read first
ZONES = ("Pacific/Honolulu", "America/Chicago", "America/Noronha",
         "Africa/Lagos", "Asia/Karachi", "Asia/Tokyo", "Pacific/Auckland")
POOL = [f"+1555018{i}" for i in range(5)]
POOL_CALLS = int(os.environ.get("DIALWRIGHT_POOL_CALLS", "30"))  # or 150


class Sink(common.SipSink):
    """Remembers OPTIONS too, and what each call was answered."""

    def __init__(self, answer="486 Busy Here", extra=""):
        self.asked = []  # how many INVITEs came before each
        self.answers = []
        super().__init__(answer, extra)

    def take(self, message, peer):
        answer = self.answer
        super().take(message, peer)
        if len(self.answers) < len(self.calls):
            self.answers.append(answer)
        if message.startswith("OPTIONS "):
            self.asked.append(len(self.calls))


class OnceSlow(Sink):
    """Refuses its first call for two seconds."""

    def take(self, message, peer):
        first = not self.calls
        self.answer = "503 Too Fast" if first else "486 Busy Here"
        self.extra = "Retry-After: 2" if first else ""
        super().take(message, peer)


class Verifier(Sink):
    """Refuses the first two calls as one that does not trust the certificate
    that signed them; is deaf to the first INVITE of each call."""

    def __init__(self):
        self.heard = {}  # Call-ID: (Identity, Date) of each INVITE
        super().__init__()

    def take(self, message, peer):
        if message.startswith("INVITE "):
            call = self.header(message, "Call-ID")
            said = self.heard.setdefault(call, [])
            said.append((self.header(message, "Identity"),
                         self.header(message, "Date")))
            if len(said) == 1:
                return
            self.answer, self.extra = (
                ("437 Unsupported Credential",
                 'Reason: STIR;cause=437;text="Unsupported"')
                if call in list(self.heard)[:2] else ("486 Busy Here", ""))
        super().take(message, peer)


class PoolSink(Sink):
    """Counts the numbers that it is shown, and blocks one of them."""

    def __init__(self, blocked=None):
        self.shown = {}
        self.blocked = blocked
        super().__init__()

    def take(self, message, peer):
        before = len(self.calls)
        who = re.search(r"sips?:([^@;>]*)", self.header(message, "From"))
        number = who.group(1) if who else ""
        self.answer = ("608 Rejected" if number == self.blocked
                       else "486 Busy Here")
        super().take(message, peer)
        if len(self.calls) > before:
            self.shown[number] = self.shown.get(number, 0) + 1


class FamilySink(Sink):
    """No such number, but two: one refuses for good, the other is busy."""

    def take(self, message, peer):
        number = re.match(r"\S+ sips?:([^@;>]*)", message).group(1)
        self.answer = {"+15550100001": "404 Not Found",
                       "+15550100002": "607 Unwanted"}.get(
                           number, "486 Busy Here")
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

    def rows(self, sql):
        with contextlib.closing(sqlite3.connect(
                os.path.join(self.data, "dialwright.db"))) as database:
            return database.execute(sql).fetchall()

    def begin(self, *words):
        self.robots.append(common.start(*words, data=self.data))
        return self.robots[-1]

    def wait_for(self, condition, robot):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, "too slow")
            if robot.poll() is not None and not condition():
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
        first.answer = "486 Busy Here"
        self.wait_for(lambda: first.answers.count(first.answer) > 20, robot)
        # Two at once, and again each time that it says it is back: nobody's
        # telephone was the test.
        broken = first.answers.index(first.answer)
        asked = sum(before <= broken for before in first.asked)
        self.assertLessEqual(broken + 1, 2 + 2 * asked)
        # Who was refused by the first line was called all the same, and soon.
        refused = {number for number, _ in first.calls[:broken]}
        self.wait_for(lambda: refused <= {
            number for number, _ in first.calls[broken:] + second.calls},
                      robot)

    def test_a_line_that_swallows_everything(self):
        first, second = self.sink(), self.sink()
        robot = self.begin(*self.run_list(
            4000, "--line", "first, second", "--calls", "200",
            *self.lines(first=first, second=second),
            "--set", "line.first.options_s=1",
            "--set", "line.first.fault_threshold=1",
            "--set", "line.first.calls_per_s=10",
            "--set", "line.second.calls_per_s=10"))
        self.wait_for(lambda: len(first.calls) >= 5, robot)
        took, first.take = first.take, lambda message, peer: None
        self.wait_for(lambda: len(second.calls) >= 3, robot)
        # Asked each second, two seconds for the answer: it is found out
        # before a call that nobody acknowledges is given up, after ten.
        self.assertEqual(self.rows(
            "SELECT count(*) FROM attempts WHERE line = 'first' AND outcome"
            " = 'network_timeout' AND end_ms < (SELECT min(start_ms) FROM"
            " attempts WHERE line = 'second')"), [(0,)])
        first.take = took
        before = len(first.calls)
        self.wait_for(lambda: len(first.calls) >= before + 10, robot)

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

    def test_a_carrier_that_does_not_trust_our_identity(self):
        sink = self.sink(Verifier)
        keys = stir.make_key(self.data)
        begin = time.time()
        robot = self.begin(*self.run_list(
            3, "--calls", "1", *self.lines(main=sink),
            *(word for key, value in keys.items()
              for word in ("--set", f"line.main.{key}={value}"))))
        said = robot.communicate(timeout=LIMIT_S)[1]
        self.assertEqual(robot.returncode, 0, said)

        # The line rested, longer each time; the operator knows why.
        self.assertGreaterEqual(sink.times[1] - sink.times[0], 0.9)
        self.assertGreaterEqual(sink.times[2] - sink.times[1], 1.9)
        self.assertEqual(said.count(
            "line main: the network refuses who calls (437 Unsupported "
            "Credential): the certificate at stir_cert_url is not trusted, "
            "or has expired"), 1, said)

        # It was no fault of those who were called.
        report = json.loads(self.say("campaign", "report", "many", "--format",
                                     "json"))
        self.assertEqual((report["calls"], [row["name"] for row in
                                            report["outcome"]]),
                         (3, ["busy"]))

        for number, call_id in sink.calls:
            heard = sink.heard[call_id]
            self.assertGreaterEqual(len(heard), 2)
            self.assertEqual(len(set(heard)), 1, "signed once")
            self.check_identity(*heard[0], number, begin)
        self.assertTrue(stir.is_signed(self.data, heard[0][0]))
        head, _, signature = heard[0][0].split(".", 2)
        other = sink.heard[sink.calls[0][1]][0][0].split(".")[1]
        self.assertFalse(stir.is_signed(self.data,
                                        f"{head}.{other}.{signature}"))

    def check_identity(self, value, date, number, begin):
        head, payload, parameters = stir.read(value)
        self.assertEqual(parameters,
                         f'info=<{stir.URL}>;alg=ES256;ppt="shaken"')
        self.assertEqual(head, {"alg": "ES256", "ppt": "shaken",
                                "typ": "passport", "x5u": stir.URL})
        at = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")
        self.assertEqual(at.replace(tzinfo=datetime.timezone.utc).timestamp(),
                         payload["iat"])
        self.assertTrue(int(begin) <= payload["iat"] <= time.time())
        self.assertRegex(payload.pop("origid"), r"^[0-9a-f-]{36}$")
        payload.pop("iat")
        self.assertEqual(payload, {
            "attest": "A", "dest": {"tn": [number.lstrip("+")]},
            "orig": {"tn": "15550199"}})

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

    def test_a_line_has_so_many_channels(self):
        self.ring(3, "--set", "line.main.calls=3")

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

    def test_who_stops_at_one_number_is_called_at_none(self):
        sink = self.sink(FamilySink)
        words = ["--script", common.SCRIPT, *self.lines(main=sink), "--set",
                 "rules.other_numbers=mobile, office", "--set",
                 "rules.retry=bad_number 0s x9 other"]
        path = os.path.join(self.data, "family.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number,mobile,office\n"
                       "+15550100001,+1 555 010 0002,+1-555-010-0003\n")
        self.say("run", path, "--campaign", "first", *words)
        self.assertEqual([number for number, _ in sink.calls],
                         ["+15550100001", "+15550100002"])

        # Other lists, another campaign: of theirs nobody is called.
        path = os.path.join(self.data, "others.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write("number\n+15550100003\n+15550100001\n"
                       "+15550100002\n+15550100004\n")
        self.say("run", path, "--campaign", "second", *words)
        self.assertEqual([number for number, _ in sink.calls[2:]],
                         ["+15550100004"])
        reasons = dict(self.rows("SELECT number, reason FROM do_not_call"))
        self.assertEqual(sorted(reasons), [f"+1555010000{i}"
                                           for i in (1, 2, 3)])
        said = reasons["+15550100002"]
        self.assertIn("unwanted (607) in call ", said)
        for number in ("+15550100001", "+15550100003"):
            self.assertEqual(reasons[number], f"at +15550100002: {said}")

    def test_only_the_country_of_the_list(self):
        sink = self.sink()
        path = self.people(2)
        with open(path, "a", encoding="utf-8") as file:
            file.write("+79990000001,Far\n")
        words = ["run", path, "--script", common.SCRIPT, "--campaign", "many",
                 "--country", "US", *self.lines(main=sink)]
        self.say(*words)
        self.assertEqual(len(sink.calls), 2)

    def pool(self, people, *words, blocked=None):
        """Begins to call so many; returns the robot and the sink, whose
        `shown` counts the calls of each number, blocked ones too."""
        sink = self.sink(PoolSink, blocked)
        return self.begin(*self.run_list(
            people, *self.lines(main=sink), "--set",
            f"rules.caller_ids={', '.join(POOL)}", *words)), sink

    def test_a_pool_whose_numbers_have_made_their_calls(self):
        robot, sink = self.pool(POOL_CALLS * 7, "--set",
                                f"rules.caller_day_calls={POOL_CALLS}")
        most = POOL_CALLS * len(POOL)
        self.wait_for(lambda: len(sink.calls) >= most, robot)
        time.sleep(1.5)
        self.assertEqual(sink.shown, dict.fromkeys(POOL, POOL_CALLS))
        self.assertIsNone(robot.poll())  # it waits for another day

    def test_a_number_that_the_network_blocks(self):
        robot, sink = self.pool(300, "--calls", "2", blocked=POOL[1])
        said = robot.communicate(timeout=LIMIT_S)[1]
        self.assertEqual(robot.returncode, 0, said)
        self.assertEqual(len(sink.calls), 300)
        # Three are enough to be suspected; some were under way.
        self.assertGreaterEqual(sink.shown[POOL[1]], 3)
        self.assertLessEqual(sink.shown[POOL[1]], 5)
        for number in POOL[:1] + POOL[2:]:
            self.assertGreater(sink.shown[number], 60)

    def test_what_the_dry_run_says_comes_true(self):
        sink = self.sink()
        path = os.path.join(self.data, "mixed.csv")
        hours = {zone: datetime.datetime.now(zoneinfo.ZoneInfo(zone)).hour
                 for zone in ZONES}
        zones = {
            "open": [zone for zone in ZONES if 10 <= hours[zone] <= 14][0],
            "shut": [zone for zone in ZONES if not 8 <= hours[zone] < 18][0]}
        rows = {"+1555010": ("open", 9), "+1555011": ("shut", 7),
                "+7999000": ("open", 5), "+1900555": ("open", 3),
                "+1555019": ("open", 4)}
        with open(path, "w", encoding="utf-8") as file:
            file.write("number,timezone\n")
            for prefix, (zone, count) in rows.items():
                for i in range(count):
                    file.write(f"{prefix}{i:04},{zones[zone]}\n")
        self.say("block", "--prefix", "+1555019")
        words = ["--set", "rules.hours=09:00-15:59", "--set",
                 "rules.countries=+1", "--set", "toll.1.minute=0.01",
                 "--set", "toll.1900.minute=no"]
        self.say("campaign", "create", "mixed", "--script", common.SCRIPT,
                 "--list", path, "--calls", "2")
        ahead = json.loads(self.say("campaign", "dry-run", "mixed",
                                    "--format", "json", *words))
        self.assertEqual((ahead["now"], ahead["later"], ahead["never"]),
                         (9, 7, 12))
        robot = self.begin("campaign", "start", "mixed", *words,
                           *self.lines(main=sink))
        rules = ahead["later_rules"] | ahead["never_rules"]
        self.wait_for(lambda: self.are_refused("mixed", rules), robot)
        self.wait_for(lambda: len(sink.calls) >= 9, robot)
        time.sleep(1)
        self.assertEqual({number for number, _ in sink.calls},
                         {f"+1555010{i:04}" for i in range(9)})
        self.assertTrue(self.are_refused("mixed", rules))

    def are_refused(self, name, rules):
        """As many by each as the dry run said."""
        said = self.say("campaign", "status", name)
        return all(re.search(rf"refused +{rule} +{count['contacts']}\n", said)
                   for rule, count in rules.items())

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
