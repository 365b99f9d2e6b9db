"""Three people find their way in a real browser, and read the figures off the pages.

They log in by the form and click what they see; nothing is opened by its address.
"""

import json
import time

from odoo.tests import ChromeBrowser, HttpCase, tagged

from odoo.addons.helpdesk_billing_hours.tests.common import BillingMixin
from odoo.addons.helpdesk_sla_policy.tests.common import GUAYAQUIL, HelpdeskSlaCommon

SECONDS = 30

# Elements that people click, by what is written on them.
FIND = """
(text, within) => {
    const clean = (node) => node.textContent.replace(/\\s+/g, " ").trim();
    const clickable = "a, button, [role=menuitem], [role=tab], .o_app, tr";
    const found = [...document.querySelectorAll(`${within} :is(${clickable})`)]
        .filter((node) => node.checkVisibility() && node.getClientRects().length);
    return found.find((node) => clean(node) === text)
        || found.find((node) => clean(node).includes(text));
}
"""

# What keeps somebody with a screen reader or a telephone from using a page.
FAULTS = """
(() => {
    const faults = [];
    const show = (node) => node.outerHTML.slice(0, 120);
    const isNamed = (node) => node.getAttribute("aria-label") || node.title
        || node.textContent.trim() || node.querySelector("img[alt], [aria-label]");
    const controls = "input:not([type=hidden]), select, textarea";
    if (!document.documentElement.lang) {
        faults.push("The page does not tell its language.");
    }
    for (const image of document.images) {
        if (!image.hasAttribute("alt") && !image.closest("[aria-hidden=true]")) {
            faults.push(`A picture without words: ${show(image)}`);
        }
    }
    for (const control of document.querySelectorAll(`main :is(${controls})`)) {
        if (!control.labels.length && !control.ariaLabel && !control.placeholder) {
            faults.push(`A control without a label: ${show(control)}`);
        }
    }
    for (const node of document.querySelectorAll("main :is(a[href], button)")) {
        if (!isNamed(node)) {
            faults.push(`A button without a name: ${show(node)}`);
        }
    }
    if (document.documentElement.scrollWidth > innerWidth) {
        faults.push("The page is wider than the screen.");
    }
    return faults;
})()
"""
TELEPHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}


class Person:
    """Somebody in front of a browser."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address

    def run(self, script):
        """Return the value of a script on the page that is open."""
        answer = self.browser._websocket_request(
            "Runtime.evaluate",
            params={
                "expression": script,
                "awaitPromise": True,
                "returnByValue": True,
            },
            timeout=SECONDS,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, script):
        """Return what a script says as soon as it says anything."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            try:
                value = self.run(f"document.readyState === 'complete' && ({script})")
            except (AssertionError, TimeoutError):  # a page that is being left
                value = None
            if value:
                return value
            time.sleep(0.1)
        self.browser.take_screenshot()
        page = self.run("location.href + '\\n' + document.body.innerText")
        raise AssertionError(f"Still waiting for {script} on {page}")

    def settle(self):
        """Wait until the page asks the server for nothing any more."""
        count = None
        while count != (count := self.run("performance.getEntries().length")):
            time.sleep(1)

    def log_in(self, login, password=None):
        """Fill in the log-in form."""
        self.browser.navigate_to(f"{self.address}/web/login")
        self.wait("!!document.querySelector('.oe_login_form #password')")
        self.run(
            f"document.querySelector('#login').value = {json.dumps(login)};"
            f"document.querySelector('#password').value = "
            f"{json.dumps(password or login)};"
            "document.querySelector('.oe_login_form button[type=submit]').click()"
        )
        self.wait("!location.pathname.startsWith('/web/login')")

    def click(self, text, within="body"):
        """Click what has this text, or contains it, as soon as it is there."""
        arguments = f"{json.dumps(text)}, {json.dumps(within)}"
        # Found and clicked in one go: a page may change between two scripts.
        self.wait(
            f"(() => {{ const node = ({FIND})({arguments});"
            "if (node) { (node.matches('tr') && node.querySelector("
            "'td a, td.o_data_cell') || node).click(); return true; } })()"
        )

    def open_app(self, name):
        """Choose an app in the menu of apps."""
        self.wait("!!document.querySelector('.o_navbar_apps_menu button')")
        self.run("document.querySelector('.o_navbar_apps_menu button').click()")
        self.click(name, ".o-dropdown--menu")
        brand = f"document.querySelector('.o_menu_brand')?.textContent === '{name}'"
        self.wait(brand)

    def read(self, selector):
        """Return the text of what a selector finds, once there is some."""
        return self.wait(
            f"document.querySelector({json.dumps(selector)})"
            "?.innerText.replace(/\\s+/g, ' ').trim()"
        )

    def read_row(self, text, within="body"):
        """Return the cells of the row of a table that contains a text."""
        return self.wait(
            f"[...document.querySelectorAll('{within} tr')]"
            f".filter((row) => row.innerText.includes({json.dumps(text)}))"
            ".map((row) => [...row.cells].map((cell) => cell.innerText.trim()))[0]"
        )


@tagged("post_install", "-at_install")
class TestBrowser(BillingMixin, HelpdeskSlaCommon, HttpCase):
    """A ticket of Friday 9 January 2026 at 16:50, its claim, and its invoice."""

    browser_size = "1366x1600"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.tz = cls.accountant.tz = cls.contact.tz = GUAYAQUIL
        cls.company.currency_id = cls.env.ref("base.USD")
        cls.contract.currency_id = cls.company.currency_id

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(
            "2026-01-09 16:50", "3", user_id=self.agent.id, name="Invoices fail"
        )
        self.move(self.ticket, "2026-01-12 09:10", "assigned")
        self.move(self.ticket, "2026-01-12 10:00", "in_progress")
        self.move(self.ticket, "2026-01-12 11:30", "awaiting")
        self.post(self.ticket, "2026-01-12 14:00", self.portal_user)
        self.move(self.ticket, "2026-01-12 15:45", "closing")
        deliverable = self.make_deliverable("2026-01-12 16:00", self.ticket)
        claim = self.make_claim("2026-03-14 00:00:00", deliverable, name="Fails again")
        self.approve(
            self.make_authorization(claim, "2026-03-16 09:00"), "2026-03-16 09:30"
        )
        self.log(claim, "2026-03-16 10:00", "2:10")
        self.invoice = self.run_invoicing("2026-03-20")
        self.invoice.invoice_date = "2026-03-20"
        self.invoice.with_user(self.accountant).action_post()
        # Read before the browser opens: from then on the server has the transaction.
        self.number, self.claim_number = self.ticket.number, claim.number
        self.invoice_name = self.invoice.name
        self.logins = {
            "agent": self.agent.login,
            "customer": self.portal_user.login,
            "accountant": self.accountant.login,
        }
        self.env.flush_all()

    def open_browser(self, role):
        """Return somebody who has logged in; the server answers until the end."""
        browser = ChromeBrowser(self)
        self.addCleanup(browser.stop)
        self.enterContext(self.allow_requests(browser=browser))
        self.addCleanup(self._wait_remaining_requests)
        browser._websocket_request(
            "Emulation.setTimezoneOverride", params={"timezoneId": GUAYAQUIL}
        )
        person = Person(browser, self.base_url())
        person.log_in(self.logins[role])
        return person

    def test_agent_reads_the_timers(self):
        """From the apps to the ticket: both promises, due and kept."""
        agent = self.open_browser("agent")
        agent.open_app("Helpdesk")
        agent.click("Tickets", ".o_menu_sections")
        agent.click("All Tickets", ".o-dropdown--menu")
        agent.click(self.number, ".o_list_view")
        agent.click("Timers", ".o_notebook")
        # 10 minutes of Friday and 10 of Monday; 10:00-11:30 and 14:00-15:45.
        self.assertRow(
            agent.read_row("Response", ".o_notebook"),
            ("Met", "Jan 12", "9:20 AM", "00:20", "00:30"),
        )
        self.assertRow(
            agent.read_row("Solution", ".o_notebook"),
            ("Met", "Jan 12", "4:30 PM", "03:15", "04:00"),
        )
        agent.settle()

    def test_agent_reads_why_it_is_due_then(self):
        """A line of the timers opens the explanation; its parts are there to read."""
        agent = self.open_browser("agent")
        agent.open_app("Helpdesk")
        agent.click("Tickets", ".o_menu_sections")
        agent.click("All Tickets", ".o-dropdown--menu")
        agent.click(self.number, ".o_list_view")
        agent.click("Timers", ".o_notebook")
        agent.click("Response", ".o_notebook")
        text = agent.read(".modal [name=explanation] table")
        for words in (
            "Fri 9 Jan 16:50 17:00 New 0:10:00",
            "Mon 12 Jan 09:00 New Outside attention hours",
            "Mon 12 Jan 09:00 09:10 New 0:10:00",
            "Due Mon 12 Jan 09:20",
        ):
            self.assertIn(words, text)
        agent.settle()

    def test_portal_pages_are_for_everybody(self):
        """On a telephone nothing is cut, and every control has a name."""
        pages = [
            "/my",
            "/my/tickets",
            f"/my/ticket/{self.ticket.id}",
            f"/my/ticket/{self.ticket.id}/escalate",
            "/my/escalate",
            "/new/ticket",
            "/my/contracts",
            f"/my/contract/{self.contract.id}",
            "/my/policies",
        ]
        customer = self.open_browser("customer")
        customer.browser._websocket_request(
            "Emulation.setDeviceMetricsOverride", params=TELEPHONE
        )
        for page in pages:
            with self.subTest(page):
                customer.browser.navigate_to(f"{customer.address}{page}")
                customer.wait(f"location.pathname === {json.dumps(page)}")
                self.assertEqual(customer.run(FAULTS), [])
                customer.settle()

    def test_customer_reads_promises_and_invoice(self):
        """From the portal's home to the ticket, and to the invoice of its claim."""
        customer = self.open_browser("customer")
        customer.click("Tickets", "main")
        customer.click(self.number, "main")
        self.assertRow(
            customer.read_row("Response", "[name=sla_timers]"),
            ("30 minutes", "01/12/2026 09:20 AM", "Met"),
        )
        self.assertRow(
            customer.read_row("Solution", "[name=sla_timers]"),
            ("4 hours", "01/12/2026 04:30 PM", "Met"),
        )
        self.assertIn("America/Guayaquil", customer.read("[name=sla_timers]"))
        customer.settle()
        customer.click("", ".o_portal_submenu .breadcrumb-item:first-child")
        customer.wait("location.pathname === '/my/home'")
        customer.click("Invoices", "main")
        self.assertRow(customer.read_row(self.invoice_name, "main"), ("112.13",))
        customer.settle()

    def test_accountant_reads_the_invoice(self):
        """From the apps to the posted invoice: 2:10 at 45.00 and 15 % tax."""
        accountant = self.open_browser("accountant")
        accountant.open_app("Invoicing")
        accountant.click("Customers", ".o_menu_sections")
        accountant.click("Invoices", ".o-dropdown--menu")
        accountant.click(self.invoice_name, ".o_list_view")
        totals = accountant.read(".oe_subtotal_footer")
        for amount in ("97.50", "14.63", "112.13"):
            self.assertIn(amount, totals)
        self.assertRow(
            accountant.read_row(self.claim_number, ".o_notebook"),
            ("45.00", "97.50", "ended on March 13, 2026"),
        )
        accountant.click("Support Hours", ".oe_button_box, .o-form-buttonbox")
        accountant.wait("!document.querySelector('.o_form_view')")
        self.assertRow(
            accountant.read_row(self.claim_number, ".o_list_view"), ("02:10",)
        )
        accountant.settle()

    def assertRow(self, cells, expected):
        """Assert that the cells of a row contain these texts."""
        text = " | ".join(cells)
        for words in expected:
            self.assertIn(words, text)
