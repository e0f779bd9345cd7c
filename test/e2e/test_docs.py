"""The generated pages are what the tables say, and every command explains."""
import os
import re
import subprocess
import unittest

import common

SILENT = True


def describe(*words):
    return subprocess.run([common.BINARY, *words], text=True,
                          capture_output=True, timeout=60, check=True).stdout


class DocsTest(unittest.TestCase):
    def test_generated_pages_are_up_to_date(self):
        for page in ["config", "commands", "events"]:
            path = os.path.join(common.ROOT, "docs", page + ".md")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(
                    file.read(), describe("describe", page),
                    f"run: dialwright describe {page} > docs/{page}.md")

    def test_links_of_the_pages_lead_somewhere(self):
        pages = ["README.md"] + [
            os.path.join("docs", name)
            for name in sorted(os.listdir(os.path.join(common.ROOT, "docs")))
            if name.endswith(".md")]
        for page in pages:
            path = os.path.join(common.ROOT, page)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
                if "://" in link:
                    continue
                target = os.path.join(os.path.dirname(path), link)
                self.assertTrue(os.path.exists(target), f"{page}: {link}")

    def test_every_command_has_help(self):
        listed = re.findall(r"^  (\w+) ", describe("help"), re.MULTILINE)
        self.assertGreaterEqual(len(listed), 7)
        for name in listed:
            text = describe(name, "--help")
            self.assertIn(f"usage: dialwright {name}", text)
            self.assertIn("--config FILE", text)


if __name__ == "__main__":
    unittest.main()
