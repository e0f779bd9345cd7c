"""A real browser, driven over its debugging pipe; Chromium of Debian."""
import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time


class Browser:
    """One page. Every call waits for its answer."""

    def __init__(self):
        self.dir = tempfile.mkdtemp()
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()

        def move():
            # The pipe is descriptors 3 and 4 of the browser.
            first, second = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
             "--disable-dev-shm-usage", "--remote-debugging-pipe",
             "--no-first-run", "--window-size=1000,900",
             f"--user-data-dir={self.dir}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False, preexec_fn=move)
        os.close(theirs_in)
        os.close(theirs_out)
        self.reader = os.fdopen(ours_in, "rb")
        self.writer = os.fdopen(ours_out, "wb")
        self.numbers = itertools.count(1)
        self.session = None
        target = self.tell("Target.createTarget", url="about:blank")
        self.session = self.tell("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]

    def message(self):
        text = bytearray()
        while True:
            byte = self.reader.read(1)
            if not byte:
                raise RuntimeError("the browser is gone")
            if byte == b"\0":
                return json.loads(text)
            text += byte

    def tell(self, method, **params):
        number = next(self.numbers)
        order = {"id": number, "method": method, "params": params}
        if self.session:
            order["sessionId"] = self.session
        self.writer.write(json.dumps(order).encode() + b"\0")
        self.writer.flush()
        while True:
            message = self.message()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message["result"]

    def ask(self, script):
        """The value of an expression of JavaScript in the page."""
        done = self.tell("Runtime.evaluate", expression=script,
                         returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"])
        return done["result"].get("value")

    def wait(self, script, limit_s=60):
        """Until the expression is true."""
        deadline = time.monotonic() + limit_s
        while not self.ask(script):
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {script}; the page says: " +
                                   str(self.ask("document.body.innerText")))
            time.sleep(0.05)

    def open(self, url):
        self.tell("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)} && "
                  "document.readyState === 'complete'")

    def type(self, selector, text):
        self.ask(f"document.querySelector({json.dumps(selector)}).focus()")
        self.tell("Input.insertText", text=text)

    def choose(self, selector, path):
        """A file, as somebody picks it."""
        found = self.tell("Runtime.evaluate", expression=
                          f"document.querySelector({json.dumps(selector)})")
        self.tell("DOM.setFileInputFiles", files=[path],
                  objectId=found["result"]["objectId"])

    def click(self, selector):
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def text(self, selector="body"):
        return self.ask(
            f"document.querySelector({json.dumps(selector)}).innerText")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(
                self.tell("Page.captureScreenshot")["data"]))

    def close(self):
        try:
            self.session = None
            self.tell("Browser.close")
        except (RuntimeError, BrokenPipeError):
            pass
        self.process.wait(timeout=60)
        self.reader.close()
        self.writer.close()
        shutil.rmtree(self.dir, ignore_errors=True)
