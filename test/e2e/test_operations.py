"""What whoever runs the daemon sees of it: metrics, alerts, its log, its
unit."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import api
import common

DEPLOY = os.path.join(common.ROOT, "deploy")
PATIENCE_S = 90


class OperationsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One talk with somebody who says "yes", in a log of JSON."""
        cls.dir = tempfile.TemporaryDirectory()
        cls.people = common.People(os.path.join(cls.dir.name, "people"))
        cls.number = "+15550100"
        cls.server = api.Server(
            cls.dir.name, "--log", "info", "--set",
            "program.log_format=json",
            "--set", "sink.crm.kind=webhook",
            "--set", "sink.crm.url=http://127.0.0.1:9/",
            "--set", "sink.crm.private=yes",
            *common.line(cls.people.port))
        cls.talk()
        cls.metrics = cls.server.get("/metrics")
        cls.said = cls.server.stop()

    @classmethod
    def talk(cls):
        server = cls.server
        with open(common.SCRIPT, "rb") as file:
            done = server.ask("PUT", "/api/v1/scripts/hello/draft",
                              raw=file.read())
        assert done.status == 200, done
        done = server.post("/api/v1/scripts/hello/publish", None)
        assert done.status == 201, done
        done = server.post("/api/v1/lists/x/contacts", {
            "contacts": [{"number": cls.number, "name": "Anna"}]})
        assert done.status == 200, done
        done = server.ask("PUT", "/api/v1/campaigns/x", {
            "script": "hello", "lists": [{"name": "x"}]})
        assert done.status == 204, done
        done = server.post("/api/v1/campaigns/x/start", None)
        assert done.status == 204, done
        end = time.monotonic() + PATIENCE_S
        while server.get("/api/v1/campaigns/x").json()["state"] != "done":
            assert time.monotonic() < end, "the campaign does not end"
            time.sleep(0.2)
        rows = server.get("/api/v1/campaigns/x/results").json()["items"]
        cls.heard = [word for word in rows[0]["heard"].split(" | ") if word]
        row, = server.get("/api/v1/calls").json()["items"]
        cls.steps = server.get(
            f"/api/v1/calls/{row['id']}/steps").json()["items"]

    @classmethod
    def tearDownClass(cls):
        cls.server.close()
        cls.people.close()
        cls.dir.cleanup()

    def value(self, name):
        for line in self.metrics.body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rpartition(" ")[2])
        self.fail(f"no {name}")

    def test_metrics(self):
        self.assertEqual(self.metrics.status, 200)
        self.assertEqual(self.value(
            'dialwright_calls_ended_total{outcome="answered"}'), 1)
        self.assertEqual(self.value("dialwright_calls_answered_total"), 1)
        self.assertEqual(self.value('dialwright_calls{state="talking"}'), 0)
        self.assertEqual(self.value('dialwright_line_up{line="test"}'), 1)
        self.assertGreater(self.value(
            'dialwright_recognition_seconds_count{service="sphinx"}'), 0)
        # Texts that led on by their words.
        led = [step for step in self.steps if step["input_type"] == 0 and
               step["response_type"] in (1, 2, 4, 6, 7) and
               step["matching_method"] != 4]
        self.assertTrue(led, self.steps)
        self.assertEqual(self.value(
            'dialwright_phrases_total{result="understood"}'), len(led))
        self.assertGreater(self.value("dialwright_media_ticks_total"), 0)
        self.assertGreater(self.value(
            'dialwright_outbox_failed_total{sink="crm"}'), 0)
        text = self.metrics.body.decode()
        self.assertIn("dialwright_synthesis_seconds_bucket{voice=", text)
        self.assertNotIn(self.number, text)

    def test_prometheus_understands_them(self):
        done = subprocess.run(["promtool", "check", "metrics"],
                              input=self.metrics.body, capture_output=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_alerts(self):
        """Each of them speaks of what is there, and fires when it should."""
        folder = os.path.join(DEPLOY, "prometheus")
        for words in (["check", "rules", "dialwright.rules.yml"],
                      ["test", "rules", "dialwright.test.yml"],
                      ["check", "config", "--syntax-only", "scrape.yml"]):
            done = subprocess.run(["promtool", *words], cwd=folder, text=True,
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_dashboard(self):
        """It shows nothing that is not measured."""
        with open(os.path.join(DEPLOY, "grafana/dialwright.json"),
                  encoding="utf-8") as file:
            board = json.load(file)
        with open(os.path.join(DEPLOY, "prometheus/dialwright.rules.yml"),
                  encoding="utf-8") as file:
            rules = file.read()
        text = self.metrics.body.decode() + rules
        known = {"dialwright_calls_dropped_total",
                 "dialwright_synthesis_failed_total"}  # none happened
        queries = [target["expr"] for panel in board["panels"]
                   for target in panel["targets"]]
        self.assertGreater(len(queries), 8)
        for query in queries + rules.split():
            for name in re.findall(r"dialwright[_:][a-z_:]+", query):
                self.assertTrue(name in known or name in text, name)

    def test_log(self):
        lines = [json.loads(line) for line in self.said.splitlines()]
        self.assertTrue(lines)
        for line in lines:
            self.assertLessEqual(
                {"at", "level", "folder", "text"}, set(line), line)

    def test_nobody_is_named_in_the_log(self):
        """Numbers and words are for the debug log alone."""
        self.assertTrue(self.heard)
        self.assertNotIn(self.number[1:], self.said)
        for words in self.heard:
            self.assertNotIn(f" {words} ", self.said)
            self.assertNotIn(f'"{words}"', self.said)
        self.assertNotIn("Anna", self.said)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd here")
    def test_unit(self):
        """It is sound, and hardened further than systemd asks for."""
        with open(os.path.join(DEPLOY, "systemd/dialwright.service"),
                  encoding="utf-8") as file:
            unit = file.read()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dialwright.service")
            with open(path, "w", encoding="utf-8") as file:
                file.write(unit.replace("/usr/bin/dialwright",
                                        common.BINARY))
            done = subprocess.run(["systemd-analyze", "verify", path],
                                  text=True, capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=yes",
                 "--threshold=20", path], text=True, capture_output=True,
                timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout[-300:])


if __name__ == "__main__":
    unittest.main()
