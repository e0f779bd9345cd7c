"""The pages in a real browser."""
import os
import socketserver
import tempfile
import threading
import unittest

import api
import browser

SILENT = True


class PagesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.server = api.Server(self.dir.name, is_set_up=False)

    def tearDown(self):
        self.server.close()
        self.dir.cleanup()

    def fill(self, user, password, again):
        self.browser.type("#user", user)
        self.browser.type("#password", password)
        self.browser.type("#again", again)
        self.browser.click("#go")

    def test_first_user_by_the_link(self):
        page = self.browser
        page.open(f"{self.server.url}/setup#{self.server.setup_word}")
        self.fill("anna", api.PASSWORD, api.PASSWORD + "?")
        page.wait("!document.querySelector('#wrong').hidden")
        self.assertIn("not the same", page.text("#wrong"))

        page.open("about:blank")
        page.open(f"{self.server.url}/setup#{self.server.setup_word}")
        self.fill("anna", api.PASSWORD, api.PASSWORD)
        page.wait("!document.querySelector('#done').hidden")
        # The word is out of the address, and good no more.
        self.assertEqual(page.ask("location.hash"), "")
        self.assertTrue(self.server.log_in("anna"))
        page.open("about:blank")
        page.open(f"{self.server.url}/setup#{self.server.setup_word}")
        self.fill("eve", api.PASSWORD, api.PASSWORD)
        page.wait("!document.querySelector('#wrong').hidden")
        self.assertIn("used up", page.text("#wrong"))

    def test_every_route_is_on_the_page(self):
        page = self.browser
        page.open(self.server.url + "/")
        page.wait("document.querySelectorAll('details').length > 10")
        document = self.server.get("/api/v1/openapi.json", token="").json()
        expected = [operation["operationId"]
                    for item in document["paths"].values()
                    for operation in item.values()
                    if operation["tags"] != ["pages"]]
        shown = page.ask("[...document.querySelectorAll('details')]"
                         ".map((each) => each.id)")
        self.assertEqual(sorted(shown), sorted(expected))
        page.click("#put_users_name summary")
        said = page.text("#put_users_name")
        self.assertIn("Needs the scope users", said)
        self.assertIn("viewer | operator | author | admin", said)


class PeopleTest(unittest.TestCase):
    """The page of who may be called, as a clerk uses it."""

    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.dir = tempfile.TemporaryDirectory()
        cls.server = api.Server(cls.dir.name)

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        said = cls.server.stop()
        cls.dir.cleanup()
        assert "runtime error" not in said and "Sanitizer" not in said, said

    def enter(self, user):
        page = self.browser
        page.open(self.server.url + "/setup")
        page.ask("sessionStorage.clear()")
        page.open(self.server.url + "/people")
        page.wait("!document.querySelector('#door').hidden")
        page.type("#user", user)
        page.type("#password", api.PASSWORD)
        page.click("#enter button")
        page.wait("!document.querySelector('#room').hidden")

    def turn(self, name):
        self.browser.click(f"#tab-{name}")
        # What it shows is asked for anew, and stands then.
        self.browser.wait(f"!document.querySelector('#{name}').hidden && "
                          f"!document.querySelector('#tab-{name}').disabled")

    def wait_text(self, selector, words):
        """Until the words stand there."""
        self.browser.wait(
            f"document.querySelector({selector!r}).innerText"
            f".includes({words!r})")

    def sure(self, selector):
        """A button that asks back."""
        self.browser.click(selector)
        self.wait_text(selector, "Really")
        self.browser.click(selector)

    def file(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_consent_of_one_person(self):
        page = self.browser
        self.server.role_token("operator")
        self.enter("operator")
        page.type("#find-number", "+15550101")
        page.click("#find button")
        self.wait_text("#found", "To nothing")
        self.assertEqual(page.text("#may"), "may be called")
        page.type("#give-purpose", "visits")
        page.type("#give-source", "paper form 17")
        page.type("#give-text", "Remind me of visits <b>by telephone</b>.")
        page.click("#give button")
        self.wait_text("#agreed", "holds")
        said = page.text("#agreed")
        self.assertIn("Remind me of visits <b>by telephone</b>.", said)
        self.assertIn("paper form 17", said)
        row = self.server.get("/api/v1/consents").json()["items"][0]
        self.assertEqual((row["number"], row["purpose"], row["source"]),
                         ("+15550101", "visits", "paper form 17"))

        self.sure("#agreed button")
        self.wait_text("#agreed", "ended")
        self.wait_text("#done", "not called for visits")
        self.assertIsNotNone(self.server.get(
            "/api/v1/consents").json()["items"][0]["ended"])
        page.click("#block-one")
        self.wait_text("#may", "never called")
        page.click("#unblock-one")
        self.wait_text("#may", "may be called")

        # What the server refuses is said in its words.
        page.ask("document.querySelector('#find-number').value = ''")
        page.type("#find-number", "nobody at all")
        page.click("#find button")
        page.wait("!document.querySelector('#wrong').hidden")
        self.assertIn("no digit", page.text("#wrong"))

    def test_do_not_call(self):
        page = self.browser
        self.enter("anna")
        self.turn("blocks")
        page.type("#block-number", "+15550160")
        page.type("#block-reason", "asked us not to call")
        page.click("#block button")
        self.wait_text("#block-rows", "+15550160")
        page.type("#block-number", "+1555017")
        page.click("#block-prefix")
        page.click("#block button")
        self.wait_text("#block-rows", "+1555017…")
        self.assertIn("asked us not to call", page.text("#block-rows"))
        self.sure("#block-rows tbody tr:first-child button")
        page.wait("!document.querySelector('#block-rows').innerText"
                  ".includes('+15550160')")
        self.assertEqual(
            [row["number"] for row in
             self.server.get("/api/v1/blocks").json()["items"]],
            ["+1555017"])
        self.assertEqual(self.server.ask(
            "DELETE", "/api/v1/blocks/+1555017?is_prefix=true").status, 204)

    def test_published_lists(self):
        page = self.browser
        self.enter("anna")
        self.turn("registries")
        self.wait_text("#registry-rows", "There is none yet")
        page.type("#edition-name", "nation")
        page.type("#edition-source", "ministry, order 17")
        page.choose("#edition-file", self.file(
            "nation.csv", "number\n+15550150\n+15550151\n"))
        page.click("#edition button")
        self.wait_text("#registry-rows", "Published today")
        self.assertIn("2 numbers", page.text("#registry-rows"))
        self.assertIn("ministry, order 17", page.text("#registry-rows"))
        self.assertEqual(page.text("#warnings"), "")

        page.type("#edition-name", "nation")
        page.ask("document.querySelector('#edition-published').value = "
                 "'2026-01-01'")
        page.choose("#edition-file", self.file("old.csv",
                                               "number\n+15550150\n"))
        page.click("#edition button")
        self.wait_text("#registry-rows", "too old")
        self.assertIn("was good until Feb 1, 2026",
                      page.text("#registry-rows"))
        self.assertIn("nation is too old: nobody is called",
                      page.text("#warnings"))
        # Whoever only looks sees the warning, and nothing to press.
        self.server.role_token("viewer")
        self.enter("viewer")
        self.assertIn("nobody is called", page.text("#warnings"))
        self.turn("registries")
        self.wait_text("#registry-rows", "too old")
        self.assertEqual(page.ask(
            "[...document.querySelectorAll('#registries button')]"
            ".filter((each) => each.offsetParent).length"), 0)
        self.enter("anna")
        self.turn("registries")
        self.wait_text("#registry-rows", "nation")
        self.sure("#registry-rows button")
        self.wait_text("#registry-rows", "There is none yet")
        self.assertEqual(page.text("#warnings"), "")

    def test_consents_from_a_file(self):
        page = self.browser
        self.enter("anna")
        self.turn("consents")
        page.type("#file-purpose", "surveys")
        page.choose("#file-consents", self.file(
            "agreed.csv", "number,source,text,at\n" + "".join(
                f"+155501{n:02}5,desk,Ask me.,2026-03-02\n"
                for n in range(60)) * 2))
        page.click("#agreed-file button")
        self.wait_text("#done", "Agreed to surveys")
        page.choose("#file-consents", self.file(
            "half.csv", "number,source,text\n+15550100,,Ask me.\n"))
        page.type("#file-purpose", "news")
        page.click("#agreed-file button")
        page.wait("!document.querySelector('#wrong').hidden")
        self.assertIn("line 2: source is missing", page.text("#wrong"))
        page.type("#filter-purpose", "surveys")
        page.click("#filter button")
        page.wait("document.querySelectorAll('#consent-rows tbody tr')"
                  ".length === 60")
        page.click("#leave")
        page.wait("!document.querySelector('#door').hidden")
        self.assertIsNone(page.ask("sessionStorage.getItem('token')"))


class Registrar(socketserver.BaseRequestHandler):
    """Knows nobody who registers, and answers all else."""

    def handle(self):
        text, sock = self.request
        head = text.decode().split("\r\n")
        words = "403 Forbidden" if head[0].startswith("REGISTER") else "200 OK"
        kept = [line for line in head if line.partition(":")[0].lower() in
                ("via", "from", "call-id", "cseq")]
        kept += [line + ";tag=a" for line in head
                 if line.lower().startswith("to:")]
        sock.sendto("\r\n".join([f"SIP/2.0 {words}", *kept,
                                 "Content-Length: 0", "", ""]).encode(),
                    self.client_address)


class LinesTest(unittest.TestCase):
    """The page of the lines, as a supervisor looks at it."""

    def setUp(self):
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)
        self.registrar = socketserver.UDPServer(("127.0.0.1", 0), Registrar)
        self.addCleanup(self.registrar.server_close)
        self.addCleanup(self.registrar.shutdown)
        threading.Thread(target=self.registrar.serve_forever,
                         daemon=True).start()
        place = "127.0.0.1:%d" % self.registrar.server_address[1]
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = api.Server(folder.name, *(
            word for key, value in [
                ("main.server", place), ("main.register", "no"),
                ("second.server", place),
                ("second.register", "yes"), ("second.user", "robot"),
                ("second.password", "secret")]
            for word in ("--set", f"line.{key}={value}")))
        self.addCleanup(self.server.process.stdout.close)
        self.addCleanup(self.server.process.stderr.close)
        self.addCleanup(self.server.close)

    def test_why_a_line_is_refused(self):
        page = self.browser
        self.server.role_token("viewer")
        page.open(self.server.url + "/lines")
        page.wait("!document.querySelector('#door').hidden")
        page.type("#user", "viewer")
        page.type("#password", api.PASSWORD)
        page.click("#enter button")
        page.wait("!document.querySelector('#room').hidden")
        # It looks again by itself until the registrar has answered.
        page.wait("(window.seen = [...document.querySelectorAll("
                  "'#lines tbody tr')].map((row) => [...row.children]"
                  ".map((cell) => cell.innerText)))"
                  ".some((row) => row[1] === 'refused')", 60)
        main, second = page.ask("window.seen")
        self.assertEqual((main[0].split("\n")[0], *main[1:3]),
                         ("main", "ready", ""))
        self.assertEqual(second[0].split("\n")[0], "second")
        self.assertIn("403 Forbidden for user robot: check user and password",
                      second[2])
        # Who only looks cannot ask a line.
        self.assertEqual((main[5], second[5]), ("", ""))

        # Somebody who may call can.
        self.server.role_token("operator")
        page.click("#leave")
        page.wait("!document.querySelector('#door').hidden")
        page.ask("document.querySelector('#user').value = ''")
        page.type("#user", "operator")
        page.type("#password", api.PASSWORD)
        page.click("#enter button")
        page.wait("!document.querySelector('#room').hidden")
        page.click("#lines tbody tr button")
        page.wait("document.querySelector('#done').innerText"
                  ".startsWith('main: ')", 60)


if __name__ == "__main__":
    unittest.main()
