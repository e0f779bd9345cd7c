"""Other systems hear of what happened: in order, without a gap, also when
they or we were away."""
import itertools
import json
import os
import sqlite3
import subprocess
import time
import unittest

import common
import events

FAKE_KAFKA = os.path.join(os.path.dirname(common.BINARY),
                          "test/fakes/fake_kafka")
PEOPLE = events.PEOPLE
LIMIT_S = 60
SILENT = True


class HttpTest(events.Case):
    def test_webhook(self):
        self.receiver.check = events.check_signature
        self.receiver.answers = iter([503, 500, 429])
        self.call_all(secret=events.SECRET)
        told = self.receiver.events()
        self.assertEqual(self.receiver.complaints, [])
        self.assertEqual(len(self.receiver.refused), 3)
        self.assert_complete(told)
        self.assertEqual(len(told), len(self.kept()), "told twice")
        self.assertEqual(
            {event["type"] for event in told},
            {"dialwright.import.done", "dialwright.attempt.begun",
             "dialwright.attempt.ended", "dialwright.call.ended",
             "dialwright.audit.head"})
        schemas = json.loads(self.say("describe", "event-schemas"))
        for event in told:
            self.assertIsNone(events.against_schema(event, schemas))
        ended = [event["data"] for event in told
                 if event["type"] == "dialwright.attempt.ended"]
        self.assertEqual({data["outcome"] for data in ended}, {"busy"})
        self.assertEqual(len({data["number"] for data in ended}), PEOPLE)

        # What a sink was told of the end of the chain can be held against it.
        calls, = [event["data"]["calls"] for event in told
                  if event["type"] == "dialwright.audit.head"]
        self.assertIn("calls " + calls, self.say("audit", "head"))
        self.say("audit", "check", "--head", calls)
        database = sqlite3.connect(os.path.join(self.data, "dialwright.db"))
        with database:
            database.execute("DELETE FROM links WHERE seq ="
                             " (SELECT max(seq) FROM links)")
        database.close()
        found = common.dialwright("audit", "check", "--head", calls,
                                  data=self.data)
        self.assertEqual(found.returncode, 1)
        self.assertIn("its end was cut off", found.stdout)

    def test_only_what_is_wanted(self):
        self.call_all(events="import.*, call.ended")
        self.assertEqual({row[1] for row in self.kept()},
                         {"import.done", "call.ended"})
        self.assertEqual(len(self.receiver.requests), PEOPLE + 1)

    def test_killed_in_the_middle(self):
        self.receiver.delay_s = 0.05
        robot = subprocess.Popen(
            [common.BINARY, *self.run_words(), "--data", self.data],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + LIMIT_S
        while len(self.receiver.requests) < PEOPLE:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        robot.kill()
        robot.wait()
        self.receiver.delay_s = 0
        self.call_all()
        told = self.receiver.events()
        self.assert_complete(told)
        bodies = {}
        for event in told:
            self.assertEqual(bodies.setdefault(event["id"], event), event)

    def test_away_and_back(self):
        self.receiver.answers = itertools.repeat(503)
        done = self.call_all()
        self.assertIn("events wait", done.stderr)
        self.assertIn("some events are not delivered yet", done.stderr)
        self.receiver.answers = iter(())
        # What was left over the next process delivers.
        self.call_all()
        self.assert_complete(self.receiver.events())

    def test_a_slow_one_is_waited_for(self):
        """The run ends when everything is told, as long as it is heard."""
        self.receiver.delay_s = 1.2
        done = self.call_all()
        self.assert_complete(self.receiver.events())
        self.assertNotIn("not delivered yet", done.stderr)

    def test_given_up_and_tried_again(self):
        self.receiver.check = lambda path, headers, body: (
            "no" if "import.done" in body else None)
        self.call_all()
        self.assertRegex(self.say("events"),
                         r"(?m)^crm +0 +1 ")
        listed = self.say("events", "undelivered")
        self.assertRegex(listed, r"crm \d+ import\.done people: status 400")
        self.receiver.check = lambda path, headers, body: None
        self.assertIn("1 is tried again", self.say("events", "again", "crm"))
        self.call_all()
        self.assertIn("everything was delivered",
                      self.say("events", "undelivered"))
        told = self.receiver.events()
        self.assertIn("dialwright.import.done",
                      {event["type"] for event in told})
        self.assertIn("is forgotten", self.say("events", "forget", "crm"))

    def test_private_networks_are_not_asked(self):
        done = self.call_all(private="no")
        self.assertIn("is in a private network", done.stderr)
        self.assertEqual(self.receiver.requests + self.receiver.refused, [])

    def test_gate_of_1c(self):
        self.receiver.check = events.check_gate("Оператор", "пароль:1")
        self.receiver.bom = True
        keys = {"kind": "1c", "user": "Оператор", "password": "пароль:1",
                "url": self.receiver.url("/base/hs/gate/v1"),
                "methods": "call.ended=auto_call_set_status"}
        self.call_all(**keys)
        self.assertEqual(self.receiver.complaints, [])
        methods = {path.partition("method=")[2].partition("&")[0]
                   for path, _, _ in self.receiver.requests}
        self.assertEqual(methods, {"auto_call_set_status", "import.done",
                                   "attempt.begun", "attempt.ended",
                                   "audit.head"})
        self.receiver.requests.clear()
        os.remove(self.list)
        with open(self.list, "w", encoding="utf-8") as file:
            file.write("number\n+79990009999\n")
        self.call_all(**keys, method="post")
        self.assertEqual(self.receiver.complaints, [])
        ended = [json.loads(body) for path, _, body in self.receiver.requests
                 if "auto_call_set_status" in path]
        self.assertEqual([event["data"]["number"] for event in ended],
                         ["+79990009999"])


class KafkaTest(events.Case):
    """The same facts, read from outside by kcat."""

    def setUp(self):
        super().setUp()
        self.cluster = subprocess.Popen(
            [FAKE_KAFKA, "calls", "rest"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.brokers = self.cluster.stdout.readline().strip()

    def tearDown(self):
        self.cluster.stdin.close()
        self.cluster.wait(timeout=60)
        self.cluster.stdout.close()
        super().tearDown()

    def order(self, word):
        self.cluster.stdin.write(word + "\n")
        self.cluster.stdin.flush()
        self.cluster.stdout.readline()

    def read(self, topic):
        done = subprocess.run(
            ["kcat", "-b", self.brokers, "-C", "-t", topic, "-o",
             "beginning", "-e", "-q", "-f", "%p %k %s\n"],
            capture_output=True, text=True, timeout=60, check=True)
        return [line.split(" ", 2) for line in done.stdout.splitlines()]

    def keys(self):
        return {"kind": "kafka", "url": self.brokers, "topic": "rest",
                "topics": "call.*=calls, attempt.*=calls"}

    def test_topics_keys_and_order(self):
        self.call_all(**self.keys())
        calls = self.read("calls")
        told = [json.loads(value) for _, _, value in calls]
        self.assertEqual(events.gaps(told), [])
        partitions = {}
        for partition, key, value in calls:
            self.assertEqual(json.loads(value)["partitionkey"], key)
            self.assertEqual(partitions.setdefault(key, partition), partition)
        self.assertGreater(len(set(partitions.values())), 1)
        rest = [json.loads(value) for _, _, value in self.read("rest")]
        self.assert_complete(told + rest)
        self.assertEqual(len(told + rest), len(self.kept()))

    def test_brokers_away(self):
        self.order("down")
        self.call_all(**self.keys())
        self.order("up")
        self.call_all(**self.keys())
        told = [json.loads(value) for topic in ("calls", "rest")
                for _, _, value in self.read(topic)]
        self.assert_complete(told)


if __name__ == "__main__":
    unittest.main()
