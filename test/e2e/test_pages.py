"""The pages in a real browser."""
import tempfile
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
        self.server.process.stdout.close()
        self.server.process.stderr.close()
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


if __name__ == "__main__":
    unittest.main()
