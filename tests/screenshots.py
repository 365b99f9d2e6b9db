"""Take pictures of a served demo, as its users see it.

``python tests/screenshots.py http://127.0.0.1:8069 OUTDIR [NAME ...] [--lang es_ES]``
writes one PNG per page; names choose some of them. bin/demo must serve the address.
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

TICKET = "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action"
SLA, CONTRACT = "helpdesk_sla_policy", "helpdesk_support_contract"
WARRANTY, BILLING = "helpdesk_warranty", "helpdesk_billing_hours"
LOGINS = ("agent", "manager", "customer", "accountant")


def tab(name):
    """Return the script that opens a tab of a form."""
    return f"document.querySelector('.o_notebook [name={name}]').click()"


# The messages of a portal page come last, in a shadow tree.
MESSAGES = """new Promise((done) => {
    const look = () => document.querySelector("#chatterRoot")?.shadowRoot
        ?.querySelector(".o-mail-Message") ? done() : setTimeout(look, 100);
    look();
    setTimeout(done, 10000);
})"""

# name: (log-in, address with {xmlid}s, what must be there, script before the picture,
# height)
PAGES = {
    "ticket_form": (
        "agent",
        TICKET + "/{helpdesk_sla_policy.ticket_report}",
        ".o_form_view .o_notebook",
        tab("timers"),
        1150,
    ),
    "ticket_list": ("agent", TICKET, ".o_list_view .o_data_row", "", 900),
    "ticket_kanban": (
        "agent",
        TICKET + "?view_type=kanban",
        ".o_kanban_view .o_kanban_record",
        "",
        900,
    ),
    "ticket_claim": (
        "agent",
        TICKET + "/{helpdesk_warranty.ticket_barcode_claim}",
        ".o_form_view .o_notebook",
        tab("hours"),
        1000,
    ),
    "timers": (
        "agent",
        f"/odoo/action-{SLA}.helpdesk_sla_timer_action",
        ".o_list_view",
        "",
        900,
    ),
    "policy_form": (
        "manager",
        f"/odoo/action-{SLA}.helpdesk_sla_policy_action/{{{SLA}.policy_stars}}",
        ".o_form_view",
        "",
        1000,
    ),
    "plan_form": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_plan_action/"
        f"{{{CONTRACT}.plan_priority}}",
        ".o_form_view",
        "",
        900,
    ),
    "contract_form": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_contract_action/"
        f"{{{CONTRACT}.contract_nube}}",
        ".o_form_view",
        "",
        1000,
    ),
    "contract_list": (
        "manager",
        f"/odoo/action-{CONTRACT}.helpdesk_support_contract_action",
        ".o_list_view .o_data_row",
        "",
        600,
    ),
    "deliverable_form": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_deliverable_action/"
        f"{{{WARRANTY}.deliverable_guides}}",
        ".o_form_view",
        "",
        900,
    ),
    "deliverable_list": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_deliverable_action",
        ".o_list_view .o_data_row",
        "",
        600,
    ),
    "authorization_form": (
        "agent",
        f"/odoo/action-{WARRANTY}.helpdesk_authorization_action/"
        f"{{{WARRANTY}.authorization_barcode}}",
        ".o_form_view",
        "",
        900,
    ),
    "portal_home": ("customer", "/my", ".o_portal_docs", "", 800),
    "portal_tickets": ("customer", "/my/tickets", ".o_portal_my_doc_table", "", 800),
    "portal_ticket": (
        "customer",
        f"/my/ticket/{{{SLA}.ticket_report}}",
        "[name=sla_timers]",
        MESSAGES,
        1000,
    ),
    "portal_deliverable": (
        "customer",
        f"/my/deliverable/{{{WARRANTY}.deliverable_discount}}",
        "form textarea",
        "",
        900,
    ),
    "portal_authorization": (
        "customer",
        f"/my/authorization/{{{WARRANTY}.authorization_training}}",
        "canvas, .o_web_sign_signature",
        "",
        900,
    ),
    "invoicing": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_invoicing_action",
        ".modal .o_form_view, .o_form_view",
        "",
        800,
    ),
    "statement": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_statement_action/"
        f"{{{BILLING}.statement_nube_now}}",
        ".o_hours_statement",
        "",
        1100,
    ),
    "dispute": (
        "manager",
        f"/odoo/action-{BILLING}.helpdesk_hours_dispute_action/"
        f"{{{BILLING}.dispute_down}}",
        ".o_form_view",
        "",
        900,
    ),
    "reconciliation": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_reconciliation_action",
        ".modal .o_form_view, .o_form_view",
        "",
        800,
    ),
    "margin": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_margin_action",
        ".o_pivot_view table",
        "",
        600,
    ),
    "portal_hours": ("customer", "/my/hours", "#support_hours", "", 1200),
    "portal_dispute": (
        "customer",
        f"/my/dispute/{{{BILLING}.dispute_down}}",
        "[name=outcome]",
        "",
        700,
    ),
    "packs": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_pack_action",
        ".o_list_view .o_data_row",
        "",
        500,
    ),
    "hours": (
        "accountant",
        f"/odoo/action-{BILLING}.helpdesk_hours_share_action",
        ".o_list_view",
        "",
        800,
    ),
}


class Browser:
    """A headless Chromium with an empty profile, spoken to in the DevTools protocol."""

    def __init__(self, folder):
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
        image = image.crop((0, 0, WIDTH, min(height, image.height)))
        image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)

    def resize(self, height):
        """Give the page another height, before it is opened."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
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

    def get_ids(self, xmlids):
        """Return the ids of records by their external ids."""
        domain = [("name", "in", [xmlid.partition(".")[2] for xmlid in xmlids])]
        rows = self.rpc(
            "ir.model.data", "search_read", domain, ["complete_name", "res_id"]
        )
        return {row["complete_name"]: row["res_id"] for row in rows}

    def set_language(self, language):
        """Let the demo's people read another language."""
        users = self.rpc("res.users", "search", [("login", "in", LOGINS)])
        self.rpc("res.users", "write", users, {"lang": language})
        self.language = language


def get_xmlids(pages):
    """Return the external ids that the pages' addresses name."""
    return {
        part.split("}")[0]
        for _login, address, *_rest in pages.values()
        for part in address.split("{")[1:]
    }


def take(demo, pages, folder):
    """Write the pictures of the pages, log-in by log-in."""
    demo.log_in("admin")
    ids = demo.get_ids(get_xmlids(pages))
    failed = []
    for name, (login, address, selector, script, height) in sorted(
        pages.items(), key=lambda item: item[1][0]
    ):
        for xmlid, number in ids.items():
            address = address.replace(f"{{{xmlid}}}", str(number))
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
    options = parser.parse_intermixed_args()
    unknown = set(options.names) - PAGES.keys()
    if unknown:
        parser.error(f"no page {', '.join(unknown)}: there are {', '.join(PAGES)}")
    pages = {name: PAGES[name] for name in options.names or PAGES}
    language = {"es": "es_ES", "en": "en_US"}.get(options.lang, options.lang)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
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
