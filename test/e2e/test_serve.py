"""The daemon runs campaigns: lists come in, people are called, each of them
once whatever happens to the process."""
import json
import os
import sqlite3
import tempfile
import time
import unittest

import api
import common

PATIENCE_S = 60


class ServeTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.sink = common.SipSink()
        self.server = None

    def tearDown(self):
        if self.server:
            self.server.close()
        self.sink.close()
        self.dir.cleanup()

    def begin(self, *words, **line):
        self.server = api.Server(self.dir.name, *words,
                                 *common.line(self.sink.port, **line))

    def again(self):
        """Another process on the same data."""
        self.server.close()
        self.server.start()

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def numbers(self, first, count):
        return [f"+1555{first + i:07d}" for i in range(count)]

    def add(self, name, numbers):
        done = self.server.post(f"/api/v1/lists/{name}/contacts", {
            "contacts": [{"number": number, "name": "Anna"}
                         for number in numbers]})
        self.assertEqual(done.status, 200, done)
        self.assertEqual(done.json()["added"], len(numbers))

    def campaign(self, name, *words):
        """Made beside the daemon, which may not read files of this machine."""
        done = common.dialwright(
            "campaign", "create", name, "--list", f"{name}-list", "--script",
            common.SCRIPT, *words, data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)

    def prepare(self, *words, count=20):
        """Two campaigns of so many; the daemon is up."""
        self.begin(*words)
        wanted = []
        for name, first in (("one", 1000), ("two", 2000)):
            numbers = self.numbers(first, count)
            self.add(f"{name}-list", numbers)
            wanted += numbers
        self.server.stop()
        for name in ("one", "two"):
            self.campaign(name, "--calls", "4")
        self.again()
        return wanted

    def publish(self, name):
        with open(common.SCRIPT, "rb") as file:
            done = self.server.ask("PUT", f"/api/v1/scripts/{name}/draft",
                                   raw=file.read())
        self.assertEqual(done.status, 200, done)
        done = self.server.post(f"/api/v1/scripts/{name}/publish", None)
        self.assertEqual(done.status, 201, done)

    def state(self, name):
        return self.server.get(f"/api/v1/campaigns/{name}").json()["state"]

    def act(self, name, word):
        done = self.server.post(f"/api/v1/campaigns/{name}/{word}", None)
        self.assertEqual(done.status, 204, done)

    def called(self):
        return sorted(number for number, _ in self.sink.calls)

    def test_two_campaigns_at_once(self):
        wanted = self.prepare("--set", "line.test.calls_per_s=20")
        self.sink.hold_from = 0
        for name in ("one", "two"):
            self.act(name, "start")
        # They go side by side.
        self.wait_for(lambda: len(self.sink.calls) == 8, "four of each")
        for numbers in (wanted[:20], wanted[20:]):
            self.assertEqual(len(set(self.called()) & set(numbers)), 4)
        self.sink.release()
        self.wait_for(lambda: self.state("one") == self.state("two") ==
                      "done", "both are done")
        self.assertEqual(self.called(), sorted(wanted))

        counts = self.server.get("/api/v1/campaigns/one/counts").json()
        self.assertIn({"kind": "outcome", "word": "busy", "n": 20},
                      counts["items"])
        report = self.server.get("/api/v1/campaigns/one/report").json()
        self.assertIn(("line", "test", 20), [
            (row["kind"], row["word"], row["calls"])
            for row in report["items"]])
        page = self.server.get(
            "/api/v1/campaigns/one/results?limit=15").json()
        rest = self.server.get("/api/v1/campaigns/one/results?after="
                               f"{page['next']}").json()
        rows = page["items"] + rest["items"]
        self.assertEqual([row["number"] for row in rows], wanted[:20])
        self.assertEqual({row["outcome"] for row in rows}, {"busy"})
        self.assertIsNone(rest["next"])
        said = self.server.stop()
        self.assertNotIn("Sanitizer", said)

    def test_pause_resume_stop(self):
        self.prepare("--set", "line.test.calls_per_s=5", count=400)
        self.act("one", "start")
        self.wait_for(lambda: self.sink.calls, "the first call")
        self.act("one", "pause")
        held = self.sink.settle()
        reply = self.server.post("/api/v1/campaigns/one/start", None)
        self.assertEqual(reply.status, 409)
        time.sleep(1)  # five calls' time
        self.assertEqual(len(self.sink.calls), held)
        self.act("one", "pause")  # twice is as good as once
        self.act("one", "resume")
        self.wait_for(lambda: len(self.sink.calls) > held, "it goes on")

        # A word on the command line is heard as well.
        done = common.dialwright("campaign", "pause", "one",
                                 data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        held = self.sink.settle()
        self.act("one", "stop")
        self.wait_for(lambda: not self.server.get(
            "/api/v1/campaigns/one").json()["running"], "it is over")
        self.assertEqual(self.sink.settle(), held)
        self.assertEqual(self.state("one"), "done")
        self.server.stop()

    def test_killed_in_the_middle(self):
        wanted = self.prepare("--set", "line.test.calls_per_s=20")
        for name in ("one", "two"):
            self.act(name, "start")
        for some in (8, 20, 30):
            self.wait_for(lambda: len(self.sink.calls) >= some, "calls")
            self.server.kill()
            self.again()
        self.wait_for(lambda: self.state("one") == self.state("two") ==
                      "done", "both are done")
        called = self.called()
        self.assertEqual(len(called), len(set(called)), "called twice")
        # Whoever is missing was on the way when we were killed.
        with sqlite3.connect(os.path.join(self.dir.name, "dialwright.db")
                             ) as database:
            doubted = {row[0] for row in database.execute(
                "SELECT number FROM attempts WHERE outcome = 'in_doubt'")}
        database.close()
        self.assertLessEqual(set(wanted) - set(called), doubted)
        self.server.stop()

    def test_a_script_that_is_gone(self):
        self.begin()
        self.add("x-list", self.numbers(300, 1))
        script = os.path.join(self.dir.name, "gone.json")
        with open(common.SCRIPT, encoding="utf-8") as source, \
                open(script, "w", encoding="utf-8") as copy:
            copy.write(source.read())
        done = common.dialwright("campaign", "create", "x", "--list",
                                 "x-list", "--script", script,
                                 data=self.dir.name)
        self.assertNotEqual(done.returncode, 0)  # the daemon owns the file
        self.server.stop()
        done = common.dialwright("campaign", "create", "x", "--list",
                                 "x-list", "--script", script,
                                 data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        os.remove(script)
        self.again()
        self.act("x", "start")
        self.wait_for(lambda: "script" in self.server.get(
            "/api/v1/campaigns/x").json()["running"], "it says why")
        self.assertEqual(self.state("x"), "running")
        self.server.stop()

    def test_lists(self):
        self.begin()
        good = "number;name\n" + "".join(
            f"{number};Anna\n" for number in self.numbers(400, 30))
        done = self.server.ask(
            "POST", "/api/v1/lists/clients/import",
            raw=(good + "12;Ben\n").encode(),
            headers={"Content-Type": "text/csv"})
        self.assertEqual(done.status, 202, done)
        place = f"/api/v1/imports/{done.json()['id']}"
        self.wait_for(lambda: self.server.get(place).json()["state"] ==
                      "done", "it is read")
        state = self.server.get(place).json()
        self.assertEqual((state["rows"], state["added"], state["refused"]),
                         (31, 30, 1))
        refused = self.server.get(place + "/refused").json()["items"]
        self.assertEqual([(row["line"], row["number"]) for row in refused],
                         [(32, "12")])

        # The same key is the same file, and the same way to read it.
        key = {"Idempotency-Key": "monday", "Content-Type": "text/csv"}
        asked = [self.server.ask("POST", "/api/v1/lists/once/import" + query,
                                 raw=rows, headers=key)
                 for rows, query in ((good.encode(), ""),
                                     (good.encode(), ""),
                                     (good.encode() + b"12;Ben\n", ""),
                                     (good.encode(), "?country=RU"))]
        self.assertEqual([reply.status for reply in asked],
                         [202, 202, 409, 409])
        self.assertEqual(asked[0].body, asked[1].body)
        imports = self.server.get("/api/v1/imports").json()["items"]
        self.assertEqual(len(imports), 2)
        once = f"/api/v1/imports/{asked[0].json()['id']}"
        self.wait_for(lambda: self.server.get(once).json()["state"] ==
                      "done", "it is read")

        page = self.server.get(
            "/api/v1/lists/clients/contacts?limit=20").json()
        rest = self.server.get("/api/v1/lists/clients/contacts?after="
                               f"{page['next']}").json()
        self.assertEqual([row["number"] for row in
                          page["items"] + rest["items"]],
                         self.numbers(400, 30))
        self.assertEqual(page["items"][0]["variables"]["name"], "Anna")
        self.assertEqual(self.server.get(
            "/api/v1/lists/nobody/contacts").status, 404)

        done = self.server.post("/api/v1/lists/clients/contacts", {
            "contacts": [{"number": self.numbers(400, 1)[0]},
                         {"number": "8 (999) 000-00-01"},
                         {"name": "nobody"}], "country": "RU"})
        self.assertEqual(done.status, 200, done)
        said = done.json()
        self.assertEqual((said["added"], said["duplicates"]), (1, 1))
        self.assertEqual([row["line"] for row in said["refused"]], [3])
        lists = self.server.get("/api/v1/lists").json()["items"]
        self.assertEqual([(row["name"], row["contacts"]) for row in lists],
                         [("clients", 31), ("once", 30)])

        # What another encoding is called, and what is none.
        done = self.server.ask(
            "POST", "/api/v1/lists/b/import?encoding=cp1251&columns="
            "number%3D%D2%D2".replace("%D2%D2", "%D0%A2%D0%A2"),
            raw="ТТ;имя\n+79990000001;Анна\n".encode("cp1251"))
        self.assertEqual(done.status, 202, done)
        place = f"/api/v1/imports/{done.json()['id']}"
        self.wait_for(lambda: self.server.get(place).json()["state"] ==
                      "done", "it is read")
        row = self.server.get("/api/v1/lists/b/contacts").json()["items"][0]
        self.assertEqual(row["variables"]["имя"], "Анна")
        for query, field in (("encoding=no-such", "encoding"),
                             ("columns=x", "columns")):
            reply = self.server.ask(
                "POST", f"/api/v1/lists/b/import?{query}", raw=b"number\n1\n")
            self.assertEqual((reply.status, reply.json()["field"]),
                             (422, field))
        self.server.stop()

    def test_who_calls_is_said_first(self):
        """Where the rules demand it, a script that does not is no script of
        a campaign, by the API and on the command line."""
        self.begin()
        self.add("x-list", self.numbers(710, 1))
        self.add("y-list", self.numbers(711, 1))
        self.publish("hello")
        plan = {"script": "hello", "lists": [{"name": "x-list"}],
                "rules": {"retry": "", "disclosure": "yes"}}
        refused = self.server.ask("PUT", "/api/v1/campaigns/x", plan)
        self.assertEqual(refused.status, 422, refused)
        self.assertIn("rules.disclosure", str(refused.json()))
        with open(common.SCRIPT, encoding="utf-8") as file:
            script = json.load(file)
        for node in script["flow"]:  # what machines are told is one, too
            if node["id"] in (script["start"], "voicemail", "introduce"):
                node["disclosure"] = 1
        done = self.server.ask("PUT", "/api/v1/scripts/hello/draft", script)
        self.assertEqual(done.status, 200, done)
        self.server.post("/api/v1/scripts/hello/publish", None)
        done = self.server.ask("PUT", "/api/v1/campaigns/x", plan)
        self.assertEqual(done.status, 204, done)
        self.server.stop()
        rules = os.path.join(self.dir.name, "rules.json")
        with open(rules, "w", encoding="utf-8") as file:
            json.dump({"disclosure": "yes"}, file)
        self.campaign("y")
        common.dialwright("campaign", "rules", "y", rules,
                          data=self.dir.name)
        done = common.dialwright("campaign", "start", "y",
                                 *common.line(self.sink.port),
                                 data=self.dir.name)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("does not say first who calls", done.stderr)
        self.assertEqual(self.called(), [])
        self.server = None

    def test_published_scripts_on_the_command_line(self):
        """Who is at the machine calls with what was published, by name, by
        version, and runs a campaign that was made by the API."""
        self.begin()
        for _ in range(2):
            self.publish("hello")
        self.add("x-list", self.numbers(700, 1))
        done = self.server.ask("PUT", "/api/v1/campaigns/x", {
            "script": "hello@1", "lists": [{"name": "x-list"}],
            "rules": {"retry": ""}})
        self.assertEqual(done.status, 204, done)
        self.server.stop()
        line = common.line(self.sink.port)
        for script in ("hello@1", "hello"):
            done = common.dialwright("call", "+15550101", "--script", script,
                                     *line, data=self.dir.name)
            self.assertIn("ended: busy", done.stdout, done.stderr)
        done = common.dialwright("campaign", "start", "x", *line,
                                 data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.called(), sorted(["+15550101"] * 2 +
                                               self.numbers(700, 1)))
        for words, said in (
                (["call", "+15550101", "--script", "hello@3", *line],
                 "no script of that name was published"),
                (["call", "+15550101", "--script", "other", *line],
                 "PUT /api/v1/scripts/other/draft"),
                (["campaign", "create"], "create: it needs a name"),
                (["campaign", "create", "y", "--list", "x-list", "--script",
                  "hello@3"], "was published")):
            done = common.dialwright(*words, data=self.dir.name)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(said, done.stderr)
        done = common.dialwright("campaign", "create", "y", "--list",
                                 "x-list", "--script", "hello@2",
                                 data=self.dir.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        with sqlite3.connect(os.path.join(self.dir.name,
                                          "dialwright.db")) as database:
            scripts = database.execute(
                "SELECT name, script FROM campaigns ORDER BY name").fetchall()
        database.close()
        self.assertEqual(scripts, [("x", "hello@1"), ("y", "hello@2")])
        self.server = None

    def test_plans(self):
        self.begin()
        self.add("clients", self.numbers(500, 5))
        place = "/api/v1/campaigns/spring"
        plan = {"script": "hello", "calls": 3, "calls_per_s": 0.5,
                "lists": [{"name": "clients", "priority": 5}],
                "rules": {"day_calls": 2}}
        reply = self.server.ask("PUT", place, plan)
        self.assertEqual((reply.status, reply.json()["field"]),
                         (422, "script"))
        self.publish("hello")
        for wrong, field in (
                ({"lists": []}, "lists"), ({"lists": ["nobody"]}, "lists"),
                ({"rules": {"no_such": 1}}, "rules"),
                ({"script": "/etc/passwd"}, "script"),
                ({"script": "../x"}, "script"),
                ({"group": "none"}, "group"), ({"lines": "none"}, "lines"),
                ({"calls": 0}, "calls")):
            reply = self.server.ask("PUT", place, {**plan, **wrong})
            self.assertEqual((reply.status, reply.json().get("field")),
                             (422, field), f"{wrong}: {reply}")
        self.assertEqual(self.server.get(place).status, 404)
        done = self.server.ask("PUT", place, plan)
        self.assertEqual(done.status, 204, done)
        said = self.server.get(place).json()
        self.assertEqual((said["state"], said["contacts"]), ("draft", 5))
        # What is read can be written.
        self.assertEqual(said["plan"], plan)
        self.assertEqual(self.server.ask("PUT", place,
                                         said["plan"]).status, 204)
        # Two who change it: the second hears of the first.
        seen = self.server.get(place).headers["ETag"]
        for calls, status in ((4, 204), (5, 412)):
            self.assertEqual(self.server.ask(
                "PUT", place, {**plan, "calls": calls},
                headers={"If-Match": seen}).status, status)
        said = self.server.get(place)
        self.assertEqual(said.json()["plan"]["calls"], 4)
        self.assertEqual(self.server.ask(
            "PUT", place, plan,
            headers={"If-Match": said.headers["ETag"]}).status, 204)
        self.assertEqual(self.server.ask(
            "PUT", place + "2", plan, headers={"If-Match": "*"}).status, 412)
        look = self.server.get(place + "/dry-run").json()
        self.assertEqual(look["now"] + look["later"] + look["never"], 5)
        self.assertEqual(self.server.post(place + "/pause", None).status, 409)
        self.assertEqual(self.server.post("/api/v1/campaigns/none/start",
                                          None).status, 404)
        # Nothing but the API was needed.
        done = self.server.ask("PUT", place, {
            "script": "hello@1", "lists": [{"name": "clients"}]})
        self.assertEqual(done.status, 204, done)
        self.act("spring", "start")
        self.wait_for(lambda: self.state("spring") == "done", "it is done")
        self.assertEqual(self.called(), self.numbers(500, 5))
        self.server.stop()

    def test_blocks(self):
        self.begin()
        numbers = self.numbers(600, 3)
        for number in numbers:
            done = self.server.post("/api/v1/blocks", {
                "number": number, "reason": "they asked"})
            self.assertEqual(done.status, 204, done)
        done = self.server.post("/api/v1/blocks", {
            "number": "+7900", "is_prefix": True})
        self.assertEqual(done.status, 204, done)
        page = self.server.get("/api/v1/blocks?limit=2").json()
        rest = self.server.get(
            f"/api/v1/blocks?after={page['next']}").json()
        rows = page["items"] + rest["items"]
        self.assertEqual([row["number"] for row in rows],
                         numbers + ["+7900"])
        self.assertEqual(rows[0]["reason"], "they asked")
        done = self.server.ask("DELETE", f"/api/v1/blocks/{numbers[0]}")
        self.assertEqual(done.status, 204)
        done = self.server.ask("DELETE", f"/api/v1/blocks/{numbers[0]}")
        self.assertEqual(done.status, 404)
        done = self.server.ask("DELETE",
                               "/api/v1/blocks/+7900?is_prefix=true")
        self.assertEqual(done.status, 204)
        self.assertEqual(len(self.server.get(
            "/api/v1/blocks").json()["items"]), 2)
        self.server.stop()


if __name__ == "__main__":
    unittest.main()
