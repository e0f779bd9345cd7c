"""Who may be called, through the API: consents, published lists, people who
are erased."""
import os
import tempfile
import time
import unittest
import urllib.parse

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
        self.dir.cleanup()

    def begin(self, *words):
        self.server = api.Server(os.path.join(self.dir.name, "data"), *words)

    def say(self, *words):
        """A command beside the daemon."""
        done = common.dialwright(*words,
                                 data=os.path.join(self.dir.name, "data"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def upload(self, path, text, **query):
        """What became of an import."""
        reply = self.server.ask(
            "POST", f"{path}?{urllib.parse.urlencode(query)}",
            raw=text.encode())
        self.assertEqual(reply.status, 202, reply)
        entry = reply.json()
        limit = time.monotonic() + 60
        while entry["state"] == "running":
            self.assertLess(time.monotonic(), limit, entry)
            time.sleep(0.02)
            entry = self.server.get(f"/api/v1/imports/{entry['id']}").json()
        return entry

    def items(self, path):
        return self.server.get(path).json()["items"]

    def test_consents(self):
        self.begin("--set", "campaign.country=RU")
        good = {"number": "8 999 000 00 07", "purpose": "news",
                "source": "web form 17", "text": "You may call me."}
        self.assertEqual(self.server.post("/api/v1/consents", good).status,
                         204)
        for field, value in [("number", "nobody at all"), ("purpose", ""),
                             ("source", ""), ("text", ""),
                             ("at", "2036-01-01T00:00:00Z"),
                             ("purpose", "x" * 300)]:
            reply = self.server.post("/api/v1/consents",
                                     {**good, field: value})
            self.assertEqual((reply.status, reply.json()["field"]),
                             (422, field), reply)
        # The command's words are the same ones.
        done = common.dialwright(
            "consent", "give", NUMBER, "--purpose", "news", "--text", "x",
            data=os.path.join(self.dir.name, "data"))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--source is missing: a consent has a source and a text",
                      done.stderr)
        self.say("consent", "give", NUMBER, "--purpose", "visits", "--source",
                 "form 4", "--text", "Remind me.", "--at", "2026-03-02")

        rows = self.items("/api/v1/consents")
        self.assertEqual(
            [(row["number"], row["purpose"], row["source"], row["text"],
              row["ended"]) for row in rows],
            [(NUMBER, "news", "web form 17", "You may call me.", None),
             (NUMBER, "visits", "form 4", "Remind me.", None)])
        self.assertEqual(rows[1]["given"], "2026-03-02T00:00:00.000Z")
        shown = self.server.get(f"/api/v1/people/{NUMBER}").json()
        self.assertEqual(shown, {"number": NUMBER, "is_blocked": False,
                                 "reason": "", "consents": rows})

        place = f"/api/v1/consents/{NUMBER}"
        self.assertEqual(self.server.ask("DELETE", place).status, 422)
        self.assertEqual(self.server.ask(
            "DELETE", place + "?purpose=news").status, 204)
        ended = {row["purpose"]: row["ended"] is not None
                 for row in self.items("/api/v1/consents?number=" + NUMBER)}
        self.assertEqual(ended, {"news": True, "visits": False})
        # ... and its list is the same one.
        head, news, visits = self.say("consent", "list").splitlines()
        self.assertRegex(head, "^number +purpose +given +ended +source")
        self.assertRegex(news, rf"^\{NUMBER} +news +20\d\d-\d\d-\d\d  "
                         r'20\d\d-\d\d-\d\d  web form 17: "You may call me."')
        self.assertRegex(visits, rf"^\{NUMBER} +visits +2026-03-02  - +"
                         'form 4: "Remind me."$')
        for words, found in [(("8 999 000 00 07",), [news, visits]),
                             ((NUMBER, "--purpose", "visits"), [visits]),
                             (("--purpose", "calls"), []),
                             (("+79990000008",), [])]:
            self.assertEqual(self.say("consent", "list", *words, "--country",
                                      "RU").splitlines()[1:], found, words)
        self.server.post("/api/v1/blocks", {"number": NUMBER})
        self.assertEqual(self.server.ask(
            "DELETE", f"/api/v1/blocks/{NUMBER}").status, 204)
        # Nobody can take a number out of that log again.
        log = str(self.server.get("/api/v1/audit").json())
        self.assertIn("DELETE /api/v1/consents/{number}", log)
        self.assertIn("POST /api/v1/consents", log)
        self.assertIn("DELETE /api/v1/blocks/{number}", log)
        self.assertNotIn(NUMBER[1:], log)

    def test_many_consents(self):
        self.begin()
        head = "number,source,text,at\n"
        rows = [f"+799900000{n:02},desk,Remind me.,2026-03-02\n"
                for n in range(25)]
        entry = self.upload("/api/v1/consents/import", head + "".join(rows),
                            purpose="visits")
        self.assertEqual(
            (entry["kind"], entry["list"], entry["state"], entry["added"]),
            ("consents", "visits", "done", 25), entry)
        entry = self.upload(
            "/api/v1/consents/import",
            head + rows[0] + "+79990000099,,Remind me.,\n", purpose="news")
        self.assertEqual(entry["state"], "failed")
        self.assertTrue(entry["fault"].startswith("line 3: source is missing"),
                        entry)
        self.assertEqual(self.items("/api/v1/consents?purpose=news"), [])

        seen, after = [], ""
        while after is not None:
            page = self.server.get(
                f"/api/v1/consents?purpose=visits&limit=10{after}").json()
            self.assertLessEqual(len(page["items"]), 10)
            seen += [row["number"] for row in page["items"]]
            after = page["next"] and "&after=" + urllib.parse.quote(
                page["next"])
        self.assertEqual(seen, [f"+799900000{n:02}" for n in range(25)])
        # The command goes on behind each page by itself.
        many = [f"+7999000{n:04}" for n in range(1001)]
        self.upload("/api/v1/consents/import", head + "".join(
            f"{number},desk,Remind me.,2026-03-02\n" for number in many),
                    purpose="calls")
        rows = self.say("consent", "list", "--purpose", "calls").splitlines()
        self.assertEqual([row.split()[0] for row in rows[1:]], many)
        reply = self.server.get("/api/v1/consents?after=nowhere")
        self.assertEqual((reply.status, reply.json()["field"]),
                         (422, "after"))

    def held(self):
        return {row["name"]: row["held"]
                for row in self.items("/api/v1/campaigns")}

    def test_published_lists(self):
        self.begin()
        self.server.post("/api/v1/lists/clients/contacts",
                         {"contacts": [{"number": NUMBER}]})
        with open(common.SCRIPT, "rb") as file:
            self.server.ask("PUT", "/api/v1/scripts/visit/draft",
                            raw=file.read())
        self.server.post("/api/v1/scripts/visit/publish", None)
        for name, rules in [("autumn", {}), ("county", {
                "registries": "nation, county"})]:
            self.assertEqual(self.server.ask(
                "PUT", f"/api/v1/campaigns/{name}", {
                    "script": "visit", "lists": [{"name": "clients"}],
                    "rules": rules}).status, 204)
        self.assertEqual(self.held(), {
            "autumn": "",
            "county": "there is no published list nation, which its rules "
                      "name: import it"})

        place = "/api/v1/registries/nation/import"
        today = time.strftime("%Y-%m-%d", time.gmtime())
        numbers = "".join(f"+7999000{n:04}\n" for n in range(2000))
        entry = self.upload(place, "number\n" + numbers, published=today,
                            source="ministry, order 17")
        self.assertEqual((entry["kind"], entry["state"], entry["added"]),
                         ("registry", "done", 2000), entry)
        row = self.items("/api/v1/registries")[0]
        self.assertEqual(
            (row["name"], row["source"], row["state"], row["edition"],
             row["numbers"], row["age_days"], row["max_age_days"],
             row["is_stale"]),
            ("nation", "ministry, order 17", "good", 1, 2000, 0, 31, False))
        self.assertEqual(row["published"], today + "T00:00:00.000Z")
        self.assertIn("county", self.held()["county"])
        shown = self.server.get(f"/api/v1/people/{NUMBER}").json()
        self.assertEqual((shown["is_blocked"], shown["reason"]),
                         (True, "on the list nation"))

        # The next edition takes its place as a whole; it is old already.
        entry = self.upload(place, "number\n+79990009999\nrubbish\n",
                            published="2026-01-01", max_age_days=40)
        self.assertEqual((entry["state"], entry["added"], entry["refused"]),
                         ("done", 1, 1))
        row = self.items("/api/v1/registries")[0]
        self.assertEqual((row["state"], row["edition"], row["numbers"],
                          row["is_stale"], row["until"]),
                         ("too_old", 2, 1, True, "2026-02-10T00:00:00.000Z"))
        self.assertFalse(self.server.get(
            f"/api/v1/people/{NUMBER}").json()["is_blocked"])
        words = "the published list nation is too old since 2026-02-10: " \
                "import a newer edition"
        self.assertEqual(self.held(), {"autumn": words, "county": words})
        self.assertEqual(self.server.get(
            "/api/v1/campaigns/autumn").json()["held"], words)
        self.assertIn("too old", self.say("registry", "list"))

        # What is no list leaves the one before.
        entry = self.upload(place, "number\n", published=today)
        self.assertEqual(entry["state"], "failed")
        self.assertIn("no number", entry["fault"])
        self.assertEqual(self.items("/api/v1/registries")[0]["edition"], 2)
        for query, field in [(f"published={today}&max_age_days=9999",
                              "max_age_days"), ("published=soon", "published"),
                             ("published=2036-01-01", "published"),
                             ("", "published")]:
            reply = self.server.ask("POST", f"{place}?{query}", raw=b"number")
            self.assertEqual((reply.status, reply.json()["field"]),
                             (422, field), reply)
        self.assertEqual(self.server.ask(
            "DELETE", "/api/v1/registries/nation").status, 204)
        self.assertEqual(self.server.ask(
            "DELETE", "/api/v1/registries/nation").status, 404)
        self.assertEqual(self.held()["autumn"], "")

    def test_without_keys_nothing_is_promised(self):
        self.begin()
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
        self.assertEqual(self.server.post("/api/v1/consents", {
            "number": NUMBER, "purpose": "news", "source": "web form 17",
            "text": "You may call me."}).status, 204)
        dry = self.server.ask("DELETE", place + "?dry_run=true").json()
        self.assertTrue(dry["dry_run"])
        self.assertEqual(dry["made_unreadable"]["consents"], 1)
        self.assertEqual(
            self.server.ask("DELETE", place,
                            token=self.server.role_token("author")).status,
            403)
        receipt = self.server.ask("DELETE", place).json()
        self.assertFalse(receipt["dry_run"])
        self.assertEqual(receipt["by"], "anna")
        self.assertNotIn(NUMBER, str(receipt))
        self.assertEqual(self.items("/api/v1/consents"), [])
        shown = self.server.get(place).json()
        self.assertEqual((shown["is_blocked"], shown["consents"]), (True, []))
        self.assertEqual(self.server.ask("DELETE", place).status, 200)
        self.assertEqual(
            self.server.ask("DELETE", "/api/v1/people/nobody").status, 422)
        log = str(self.server.get("/api/v1/audit").json())
        self.assertIn("DELETE /api/v1/people/{number}", log)
        self.assertNotIn(NUMBER[1:], log)


if __name__ == "__main__":
    unittest.main()
