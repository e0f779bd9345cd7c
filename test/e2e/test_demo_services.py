"""The demo with a recogniser and a voice over the network: the same outcomes.

The services are our own engines in another process, behind the protocol of the
Vosk server and GET /tts: what differs from the plain demo is the wire alone.
"""
import glob
import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import unittest

import common

# Times are generous: what counts here is what was understood.
CONFIG = """
[talk]
answer_ms = 60000
voice_ms = 60000

[service vosk]
url = ws://127.0.0.1:{port}/
options = {{"phrase_list":true}}
connect_ms = 50000
stall_ms = 50000
answer_ms = 50000

[service http]
kind = http-tts
url = http://127.0.0.1:{port}/tts
connect_ms = 50000
stall_ms = 50000
answer_ms = 50000
"""

# Yes, no, later, an operator, stop; keys, silence, a machine, busy.
NAMES = ("Anna Reed", "Ben Carter", "David Stone", "Emma Price", "Grace Lee",
         "Olivia Park", "Sam Turner", "Henry Walsh", "Jack Dunn", "Mary Shaw",
         "Nick Barnes", "Kate Bishop")


class DemoServicesTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.proxy = subprocess.Popen(
            [common.RELEASE, "speech-proxy", "--port", "0", "--data",
             os.path.join(self.dir.name, "proxy")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(self.proxy_end)
        found = re.search(r":(\d+): ", self.proxy.stdout.readline())
        self.port = int(found.group(1))

    def proxy_end(self):
        self.proxy.send_signal(signal.SIGINT)
        self.proxy.stdout.read()
        self.proxy.stdout.close()
        self.proxy.wait(timeout=20)

    def test_same_outcomes(self):
        config = os.path.join(self.dir.name, "dialwright.conf")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=self.port))
        people = os.path.join(self.dir.name, "people.json")
        with open(os.path.join(common.ROOT, "examples/people.json"),
                  encoding="utf-8") as file:
            all_of_them = json.load(file)["people"]
        with open(people, "w", encoding="utf-8") as file:
            json.dump({"people": [person for person in all_of_them
                                  if person["name"] in NAMES]}, file)
        data = os.path.join(self.dir.name, "data")
        done = common.dialwright(
            "demo", "--script", common.SCRIPT, "--config", config, "--asr",
            "vosk", "--tts", "http", "--people", people, data=data,
            timeout=500, binary=common.RELEASE, env=common.steady())
        words = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, words)

        database = sqlite3.connect(glob.glob(
            os.path.join(data, "demo-*", "dialwright.db"))[0])
        self.addCleanup(database.close)
        self.assertIn(f"score: {len(NAMES)} of {len(NAMES)}", words)

        # Both were really used: heard by the one, spoken by the other.
        heard = {row[0] for row in database.execute(
            "SELECT heard_by FROM conversation WHERE heard_by <> ''")}
        self.assertEqual(heard, {"vosk"})
        used = [json.loads(row[0]) for row in database.execute(
            "SELECT services FROM calls WHERE services <> '{}'")]
        self.assertTrue(any("vosk" in row for row in used))
        spoken = [row["http"] for row in used if "http" in row]
        self.assertGreater(sum(row["characters"] for row in spoken), 100)

        # What was spoken before the first call is counted, by day.
        sums = {(row[0], row[1]): row[2] for row in database.execute(
            "SELECT kind, name, sum(amount) FROM tallies GROUP BY 1, 2")}
        self.assertGreater(sums["beside_characters", "http"], 500)
        self.assertGreaterEqual(
            sums["speech_characters", "http"],
            sums["beside_characters", "http"] +
            sum(row["characters"] for row in spoken))
        self.assertGreater(sums["speech_requests", "vosk"], len(NAMES))
        self.assertNotIn(("beside_requests", "vosk"), sums)


if __name__ == "__main__":
    unittest.main()
