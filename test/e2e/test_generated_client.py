"""A client that others generate from the OpenAPI document, in JavaScript,
places a call, follows its events and downloads the recording."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import api
import common

CLIENT = os.path.join(common.ROOT, "test/e2e/client")


class GeneratedClientTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.path = self.dir.name
        self.people = common.People(os.path.join(self.path, "people"))
        self.server = api.Server(os.path.join(self.path, "data"),
                                 *common.line(self.people.port))

    def tearDown(self):
        self.server.close()
        self.people.close()
        self.dir.cleanup()

    def run_in(self, folder, *words):
        done = subprocess.run(words, cwd=folder, capture_output=True,
                              text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def generate(self):
        """The folder of the generated client, compiled."""
        tools = os.path.join(self.path, "tools")
        os.mkdir(tools)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(CLIENT, name), tools)
        self.run_in(tools, "npm", "ci", "--no-audit", "--no-fund")
        document = os.path.join(tools, "openapi.json")
        with open(document, "wb") as file:
            file.write(self.server.get("/api/v1/openapi.json",
                                       token="").body)
        bins = os.path.join(tools, "node_modules/.bin")
        self.run_in(tools, os.path.join(bins, "openapi"), "--input", document,
                    "--output", "source", "--client", "fetch", "--useOptions")
        self.run_in(tools, os.path.join(bins, "tsc"), "--target", "es2022",
                    "--module", "commonjs", "--moduleResolution", "node10",
                    "--lib", "es2022,dom", "--outDir", "made",
                    "source/index.ts")
        with open(os.path.join(tools, "made/package.json"), "w",
                  encoding="utf-8") as file:
            file.write("{}")
        return os.path.join(tools, "made")

    def test_a_call_from_another_language(self):
        with open(common.SCRIPT, encoding="utf-8") as file:
            put = self.server.ask("PUT", "/api/v1/scripts/visit/draft",
                                  json.load(file))
        self.assertEqual(put.status, 200, put)
        self.server.post("/api/v1/scripts/visit/publish", None)
        made = self.generate()
        told = json.loads(self.run_in(
            self.path, "node", os.path.join(CLIENT, "client.cjs"), made,
            self.server.url, self.server.token, "+15550100", "visit"))
        self.assertEqual(told["types"][:2], ["call.ringing", "call.answered"])
        self.assertEqual(told["types"][-1], "call.ended")
        self.assertIn("call.step", told["types"])
        self.assertEqual(told["label"], "confirmed")
        self.assertGreater(told["steps"], 1)
        self.assertEqual(told["head"], "RIFF")
        self.assertGreater(told["bytes"], 8000)
        self.assertEqual((told["status"], told["isPart"]), (206, True))
        self.assertEqual(told["refused"], "number")


if __name__ == "__main__":
    unittest.main()
