"""Other systems hear of a conversation while it goes on."""
import json
import os
import unittest

import common
import events


class IntentionTest(events.Case):
    """A conversation tells who is interested while it goes on."""

    def setUp(self):
        super().setUp()
        self.people = common.People(os.path.join(self.data, "people"))

    def tearDown(self):
        self.people.close()
        super().tearDown()

    def test_intention_and_steps(self):
        with open(common.SCRIPT, encoding="utf-8") as file:
            script = json.load(file)
        script["intention"] = {"intention_threshold": 4,
                               "notify_http": self.receiver.url("/hot")}
        for node in script["flow"]:
            if node["id"] == "confirmed":
                node["potential"] = "5"
        path = os.path.join(self.data, "eager.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(script, file)
        done = common.dialwright(
            "call", "+15550100", "--script", path, "--var", "name=Anna",
            *self.words(), "--set", "events.notify_http_private=yes",
            *common.line(self.people.port), data=self.data,
            binary=common.RELEASE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        told = {path: [json.loads(body)
                       for asked, _, body in self.receiver.requests
                       if asked == path] for path in ("/hook", "/hot")}
        self.assertEqual([event["type"] for event in told["/hot"]],
                         ["dialwright.call.intention"])
        data = told["/hot"][0]["data"]
        self.assertEqual(data["number"], "+15550100")
        self.assertEqual(data["variables"]["name"], "Anna")
        self.assertEqual(data["intention"], 5)

        types = [event["type"].removeprefix("dialwright.call.")
                 for event in told["/hook"]
                 if event["type"].startswith("dialwright.call.")]
        self.assertEqual(types[:2], ["ringing", "answered"])
        self.assertEqual(types[-2:], ["ended", "labelled"])
        self.assertIn("step", types)
        self.assertEqual(types.count("intention"), 1)
        self.assertEqual(events.gaps(told["/hook"]), [])
        schemas = json.loads(self.say("describe", "event-schemas"))
        for event in told["/hook"]:
            self.assertIsNone(events.against_schema(event, schemas))
        # The words that led on, as much of them as was understood.
        words, = [event["data"]["input_args"] for event in told["/hook"]
                  if event["type"] == "dialwright.call.step"
                  and event["data"]["response_id"] == "confirmed"]
        self.assertRegex(words, "^F.*(yes|will come)")


if __name__ == "__main__":
    unittest.main()
