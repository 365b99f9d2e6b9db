"""Take pictures of a served demo, as its users see it.

``python tests/screenshots.py http://127.0.0.1:8069 OUTDIR [NAME ...] [--lang es_ES]
[--width 390]`` writes one PNG per page; names choose some of them.
bin/demo must serve the address; screenshot_pages.py lists the pages.
"""

import argparse
import base64
import contextlib
import io
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket
from PIL import Image
from screenshot_pages import PAGES

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
WIDTH = 1200
ZONE = "America/Guayaquil"  # where the demo's people live
SECONDS = 60
COLOURS = 128

LOGINS = ("agent", "manager", "customer", "accountant")


class Browser:
    """A headless Chromium with an empty profile, spoken to in the DevTools protocol."""

    def __init__(self, folder, width=WIDTH):
        self.width = width
        program = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not program:
            sys.exit("There is no Chromium: run `apt-get install chromium` first.")
        self.process = subprocess.Popen(
            [program, *OPTIONS, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._ids = itertools.count(1)
        port = self._wait_for_port(Path(folder) / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        address = pages[0]["webSocketDebuggerUrl"]
        self.socket = websocket.create_connection(address, timeout=SECONDS)
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Emulation.setTimezoneOverride", timezoneId=ZONE)

    def _wait_for_port(self, file):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError, IndexError):
                return int(file.read_text().splitlines()[0])
            time.sleep(0.1)
        sys.exit("Chromium does not start.")

    def close(self):
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait()

    def call(self, method, **params):
        """Send a command and return its result."""
        number = next(self._ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def run(self, script):
        """Return the value of a script; promises are awaited."""
        result = self.call(
            "Runtime.evaluate",
            expression=script,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def wait(self, script):
        """Return when a script says true."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            # A page that is being left has no context to ask.
            with contextlib.suppress(RuntimeError):
                if self.run(script):
                    return
            time.sleep(0.1)
        raise RuntimeError(f"{self.run('location.href')}: still waiting for {script}")

    def open(self, address, selector):
        """Open an address and wait for an element of its page."""
        self.call("Page.navigate", url=address)
        self.wait(
            "document.readyState === 'complete' && "
            f"!!document.querySelector({json.dumps(selector)})"
        )

    def picture(self, file, height):
        """Write what is seen as a PNG of few colours."""
        self.settle()
        shot = self.call("Page.captureScreenshot", format="png")
        image = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
        image = image.crop((0, 0, self.width, min(height, image.height)))
        image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)

    def resize(self, height):
        """Give the page another height, before it is opened."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=self.width,
            height=height,
            deviceScaleFactor=1,
            mobile=self.width < 500,
        )

    def settle(self):
        """Wait until fonts, images and Odoo's own requests are there."""
        self.run("document.fonts.ready.then(() => true)")
        self.wait("Array.from(document.images).every(image => image.complete)")
        self.wait("!document.querySelector('.o_loading_indicator, .o_block')")
        time.sleep(1)


class Demo:
    """The served demo in a browser, as one user after the other."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address.rstrip("/")
        self.user = None
        self.language = "en_US"

    def log_in(self, user):
        """Log in by the form, as a person does; the password is the log-in."""
        if user == self.user:
            return
        browser = self.browser
        browser.call("Network.clearBrowserCookies")
        browser.call(
            "Network.setCookie",
            name="frontend_lang",
            value=self.language,
            url=self.address,
        )
        browser.open(f"{self.address}/web/login", "form.oe_login_form #login")
        browser.run(
            f"document.querySelector('#login').value = '{user}';"
            f"document.querySelector('#password').value = '{user}';"
            "document.querySelector('form.oe_login_form').submit()"
        )
        browser.wait("!location.pathname.startsWith('/web/login')")
        browser.wait("document.readyState === 'complete'")
        self.user = user

    def rpc(self, model, method, *args, **kwargs):
        """Call a method of a model as the user who is logged in."""
        request = {"params": {"model": model, "method": method, "args": args}}
        request["params"]["kwargs"] = kwargs
        answer = self.browser.run(
            f"fetch('/web/dataset/call_kw/{model}/{method}', {{method: 'POST',"
            "headers: {'Content-Type': 'application/json'},"
            f"body: {json.dumps(json.dumps(request))}}}).then(r => r.json())"
        )
        if "error" in answer:
            raise RuntimeError(answer["error"]["data"]["message"])
        return answer["result"]

    def get_ids(self, names):
        """Return ids by external id, and of the first record by the name of a model."""
        models = {name for name in names if name.startswith("helpdesk.")}
        xmlids = set(names) - models
        domain = [("name", "in", [xmlid.partition(".")[2] for xmlid in xmlids])]
        rows = self.rpc(
            "ir.model.data", "search_read", domain, ["complete_name", "res_id"]
        )
        ids = {row["complete_name"]: row["res_id"] for row in rows}
        for model in models:
            found = self.rpc(model, "search", [], limit=1)
            ids[model] = found[0] if found else "new"
        return ids

    def set_language(self, language):
        """Let the demo's people read another language."""
        users = self.rpc("res.users", "search", [("login", "in", LOGINS)])
        self.rpc("res.users", "write", users, {"lang": language})
        self.language = language


def get_names(pages):
    """Return the external ids and models that the pages' addresses name."""
    return {
        part.split("}")[0]
        for _login, address, *_rest in pages.values()
        for part in address.split("{")[1:]
    }


def take(demo, pages, folder):
    """Write the pictures of the pages, log-in by log-in."""
    demo.log_in("admin")
    ids = demo.get_ids(get_names(pages))
    failed = []
    for name, (login, address, selector, script, height) in sorted(
        pages.items(), key=lambda item: item[1][0]
    ):
        for record, number in ids.items():
            address = address.replace(f"{{{record}}}", str(number))
        demo.log_in(login)
        demo.browser.resize(height)
        try:
            demo.browser.open(demo.address + address, selector)
            demo.browser.settle()
            if script:
                demo.browser.run(script)
        except RuntimeError as error:
            failed.append(f"{name}: {error}")
        file = folder / f"{name}.png"
        demo.browser.picture(file, height)
        print(f"{file} ({file.stat().st_size // 1024} kB)")
    return failed


def main():
    """Take the pictures; return 1 when a page did not come up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="where bin/demo serves")
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="pages, by default all"
    )
    parser.add_argument("--lang", default="en_US", help="es or es_ES for Spanish")
    parser.add_argument("--width", type=int, default=WIDTH, help="390 for a telephone")
    options = parser.parse_intermixed_args()
    unknown = set(options.names) - PAGES.keys()
    if unknown:
        parser.error(f"no page {', '.join(unknown)}: there are {', '.join(PAGES)}")
    pages = {name: PAGES[name] for name in options.names or PAGES}
    language = {"es": "es_ES", "en": "en_US"}.get(options.lang, options.lang)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile, options.width)
        demo = Demo(browser, options.address)
        try:
            demo.log_in("admin")
            demo.set_language(language)
            failed = take(demo, pages, options.folder)
            if language != "en_US":
                demo.log_in("admin")
                demo.set_language("en_US")
        finally:
            browser.close()
    for problem in failed:
        print(problem, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
