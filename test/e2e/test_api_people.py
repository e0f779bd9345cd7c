"""People are erased through the API."""
import os
import tempfile
import unittest

import api
import common

SILENT = True

NUMBER = "+79990000007"


class PeopleTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.server = None

    def tearDown(self):
        if self.server:
            self.server.close()
            self.server.process.stdout.close()
            self.server.process.stderr.close()
        self.dir.cleanup()

    def test_without_keys_nothing_is_promised(self):
        self.server = api.Server(self.dir.name)
        reply = self.server.ask("DELETE", f"/api/v1/people/{NUMBER}")
        self.assertEqual(reply.status, 501)
        self.assertIn("vault", reply.json()["remedy"])

    def test_erased_with_a_receipt(self):
        key = os.path.join(self.dir.name, "master")
        words = ["--set", f"vault.key_file={key}"]
        data = os.path.join(self.dir.name, "data")
        done = common.dialwright("vault", "init", *words, data=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        sink = common.SipSink()
        people = os.path.join(self.dir.name, "people.csv")
        with open(people, "w", encoding="utf-8") as file:
            file.write(f"number\n{NUMBER}\n")
        done = common.dialwright(
            "run", people, "--script", common.SCRIPT, *words,
            "--set", "rules.retry=", *common.line(sink.port), data=data)
        sink.close()
        self.assertEqual(done.returncode, 0, done.stderr)

        self.server = api.Server(data, *words)
        place = f"/api/v1/people/{NUMBER}"
        dry = self.server.ask("DELETE", place + "?dry_run=true").json()
        self.assertTrue(dry["dry_run"])
        self.assertEqual(
            self.server.ask("DELETE", place,
                            token=self.server.role_token("author")).status,
            403)
        receipt = self.server.ask("DELETE", place).json()
        self.assertFalse(receipt["dry_run"])
        self.assertEqual(receipt["by"], "anna")
        self.assertNotIn(NUMBER, str(receipt))
        self.assertEqual(self.server.ask("DELETE", place).status, 200)
        self.assertEqual(
            self.server.ask("DELETE", "/api/v1/people/nobody").status, 422)
        log = str(self.server.get("/api/v1/audit").json())
        self.assertIn("DELETE /api/v1/people/{number}", log)
        self.assertNotIn(NUMBER[1:], log)


if __name__ == "__main__":
    unittest.main()
