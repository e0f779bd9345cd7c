"""A task, a line and a group as another dialer keeps them: each of their fields
has its place in docs/campaigns.md, and what is made of them by that table
calls as it would there."""
import datetime
import json
import os
import re
import tempfile
import unittest

import common

SILENT = True

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
TASK = {"params": {
    "enable": True, "line_group": ["g1"], "limit": 1, "cps": 20,
    "start_time": "2020-1-20 12:00", "stop_time": "2099-1-22 12:00",
    "work_hour": [{"wday": "-1", "begin": "0:00", "end": "24:00"},
                  {"wday": "0", "begin": "14:00", "end": "18:00"}],
    "work_week": [0, 1, 2, 3, 4, 5, 6],
    "holiday": [{"begin": "2020-1-20 12:00", "end": "2020-1-21 12:00"}],
    "number_queue": "clients", "destination_extension": "8888",
    "destination_dialplan": "XML", "destination_context": "default"},
    "variables": {"origination_caller_id_number": "+15550180",
                  "absolute_codec_string": "pcma,pcmu"}}
LINE = {"params": {
    "count": 2, "rest": 100, "fault_condition": {"connect_time": 0},
    "fault_threshold": 2, "fault_try_interval": 2000,
    "dialstring": "sofia/gateway/ims/${destination_number}",
    "areacode": ""},
    "variables": {"origination_caller_id_number": "+15550199",
                  "origination_caller_id_name": "", "originate_timeout": "20",
                  "ignore_early_media": "true", "origination_uuid": "",
                  "absolute_codec_string": "pcma"}}
RULE = {"hangup_sipcode": [480], "hangup_cause": [41], "duration": 10,
        "bill": 1}
GROUP = {"enable": True, "redialer_count": 1, "rest": 1000,
         "redialer_rule": RULE,
         "no_redialer_rule": {"hangup_sipcode": [486], "hangup_cause": [17]},
         "line": [["first"], ["second"]]}


def minute(text, form):
    return datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").strftime(form)


def hours(params):
    spans = []
    for span in params["work_hour"]:
        days = (params["work_week"] if span["wday"] == "-1"
                else {int(span["wday"])} & set(params["work_week"]))
        begin, end = (f"{int(part.split(':')[0]):02}:{part.split(':')[1]}"
                      for part in (span["begin"], span["end"]))
        spans += [f"{DAYS[day]} {begin}-{end}" for day in sorted(days)]
    return ", ".join(spans)


def codes(rule):
    words = [str(code) for code in rule.get("hangup_sipcode", [])]
    words += [f"cause {cause}" for cause in rule.get("hangup_cause", [])]
    if "duration" in rule:
        words.append(f"duration<{rule['duration']}")
    if "bill" in rule:
        words.append(f"talk<{rule['bill']}")
    return " ".join(words)


class TasksTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def write(self, name, text):
        path = os.path.join(self.data, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_each_field_has_its_place(self):
        with open(os.path.join(common.ROOT, "docs/campaigns.md"),
                  encoding="utf-8") as file:
            table = file.read().partition("find their fields")[2]
        there = set(re.findall(r"`([a-z_]+)`", " ".join(
            line.split("|")[1] + (line.split("|")[2] if "redialer" in line
                                  else "")
            for line in table.splitlines() if line.startswith("| "))))
        # One row names three fields that begin alike.
        there |= {"destination_dialplan", "destination_context"}
        fields = {"wday", "begin", "end", *RULE}
        for part in (TASK["params"], TASK["variables"], LINE["params"],
                     LINE["variables"], GROUP):
            fields |= set(part)
        self.assertEqual(fields - there, set())

    def plan(self, path):
        params = TASK["params"]
        return {
            "name": "task", "script": common.SCRIPT, "lists": [path],
            "group": params["line_group"][0], "calls": params["limit"],
            "calls_per_s": params["cps"],
            "ring_s": int(LINE["variables"]["originate_timeout"]),
            "rules": {
                "start": minute(params["start_time"], "%Y-%m-%dT%H:%MZ"),
                "stop": minute(params["stop_time"], "%Y-%m-%dT%H:%MZ"),
                "hours": hours(params),
                "holidays": ", ".join(
                    minute(day["begin"], "%Y-%m-%dT%H:%M") + ".."
                    + minute(day["end"], "%Y-%m-%dT%H:%M")
                    for day in params["holiday"]),
                "zone": "Asia/Shanghai",
                "caller_ids": TASK["variables"][
                    "origination_caller_id_number"]}}

    def words(self, **sinks):
        words = ["--set", "phone.bind=127.0.0.1", "--set",
                 "phone.sip_port=0"]
        params = LINE["params"]
        for name, sink in sinks.items():
            for key, value in {
                    "server": f"127.0.0.1:{sink.port}", "register": "no",
                    "caller_id":
                        LINE["variables"]["origination_caller_id_number"],
                    "codecs": LINE["variables"]["absolute_codec_string"],
                    "calls": params["count"], "rest_ms": params["rest"],
                    "fault_threshold": params["fault_threshold"],
                    "fault_try_s":
                        params["fault_try_interval"] // 1000}.items():
                words += ["--set", f"line.{name}.{key}={value}"]
        for key, value in {
                "lines": ", ".join(" ".join(tier) for tier in GROUP["line"]),
                "redials": GROUP["redialer_count"],
                "redial_on": codes(GROUP["redialer_rule"]),
                "no_redial_on": codes(GROUP["no_redialer_rule"])}.items():
            words += ["--set", f"group.g1.{key}={value}"]
        return words

    def say(self, *words):
        done = common.dialwright(*words, data=self.data)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_it_calls(self):
        first = common.SipSink("480 Temporarily Unavailable")
        self.addCleanup(first.close)
        second = common.SipSink()
        self.addCleanup(second.close)
        people = self.write("clients.csv", "number\n" + "".join(
            f"+8610000000{i:02}\n" for i in range(8)))
        plan = self.plan(people)
        words = self.words(first=first, second=second)
        self.say("campaign", "create", "--from",
                 self.write("plan.json", json.dumps(plan)), *words)
        shown = json.loads(self.say("campaign", "show", "task"))
        for key in ("calls", "calls_per_s", "ring_s", "group", "rules"):
            self.assertEqual(shown[key], plan[key])
        self.say("campaign", "start", "task", *words)
        wanted = sorted(f"+8610000000{i:02}" for i in range(8))
        for sink in (first, second):
            self.assertEqual(sorted(number for number, _ in sink.calls),
                             wanted)


if __name__ == "__main__":
    unittest.main()
