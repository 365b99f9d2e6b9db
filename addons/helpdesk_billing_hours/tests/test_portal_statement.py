"""Contacts with the role see their hours by month, print them, and dispute a line."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingHttpCommon


@tagged("post_install", "-at_install")
class TestPortalStatement(BillingHttpCommon):
    def setUp(self):
        super().setUp()
        self.contract.hour_price = 45
        self.make_pack("10:00")
        self.ticket = self.make_ticket("10:00")
        self.line = self.log(self.ticket, "2026-01-13 10:00", "3:00")
        billed = self.make_authorized_ticket()
        self.log(billed, "2026-01-15 10:00", "2:00")
        self.url = f"/my/contract/{self.contract.id}/hours"
        self.all_url = f"/my/hours/{self.company.id}"
        self.mine = [("partner_id", "=", self.customer.id)]

    def make_statement(self):
        return self.env["helpdesk.hours.statement"]._find(
            self.customer, self.company, "2026-01-01", "2026-01-31"
        )

    def test_month_with_money(self):
        self.log_in(self.portal_user)
        page = self.url_open(f"{self.url}/2026-01").text
        for words in ("7:00", "90.00", f"/my/dispute/new?line={self.line.id}"):
            self.assertIn(words, page)
        self.assertIn("2026-02", page)  # other months to choose
        page = self.url_open(f"{self.url}?month=2026-02").text
        self.assertIn("No hours were worked", page)
        page = self.url_open("/my/hours").text
        self.assertIn(f"/my/hours/{self.company.id}/2026-01", page)

    def test_hours_without_billing(self):
        """The role Hours sees hours, not what they cost."""
        self.contract.contact_ids.filtered(
            lambda c: c.partner_id == self.colleague.partner_id
        ).role_hours = True
        self.log_in(self.colleague)
        for path in (f"{self.url}/2026-01", f"{self.url}/2026-01/xlsx"):
            answer = self.url_open(path)
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn("90.00", answer.text)
        self.assertIn("7:00", self.url_open(f"{self.url}/2026-01").text)

    def test_downloads(self):
        self.log_in(self.portal_user)
        with at("2026-02-03 10:00"):
            sheet = self.url_open(f"{self.url}/2026-01/xlsx")
        self.assertTrue(sheet.content.startswith(b"PK"))
        self.assertIn("2026-01.xlsx", sheet.headers["Content-Disposition"])
        pdf = self.url_open(f"{self.url}/2026-01/pdf", timeout=60)
        self.assertEqual(pdf.status_code, 200)
        self.assertIn("2026-01.pdf", pdf.headers["Content-Disposition"])
        for path in ("pdf", "xlsx"):
            url = f"/my/hours/{self.company.id}/2026-01/{path}"
            answer = self.url_open(url, timeout=60)
            self.assertEqual(answer.status_code, 200)
            name = f"2026-01.{path}"
            self.assertIn(name, answer.headers["Content-Disposition"])
        self.assertFalse(self.env["helpdesk.hours.statement"].search(self.mine))

    @mute_logger("odoo.http")
    def test_nobody_else(self):
        """A colleague without the role, another company, another's spreadsheet."""
        statement = self.make_statement()
        for user in (self.colleague, self.stranger):
            self.log_in(user)
            for path in (
                self.url,
                f"{self.url}/2026-01",
                f"{self.url}/2026-01/pdf",
                f"{self.url}/2026-01/xlsx",
                f"/my/hours/{self.company.id}/2026-01/csv",
                f"/helpdesk_billing_hours/statement/{statement.id}",
                "/my/contract/999999999/hours",
            ):
                with self.subTest(user=user.login, path=path):
                    self.assertEqual(self.url_open(path).status_code, 404)
            for path in ("", "/2026-01", "/2026-01/pdf", "/2026-01/xlsx"):
                answer = self.url_open(f"{self.all_url}{path}")
                self.assertEqual(answer.status_code, 404)
            page = self.url_open("/my/hours").text
            self.assertNotIn("/2026-01", page)
        self.log_in(self.portal_user)
        for period in ("2025-12", "2099-01", "x", "2026-13"):
            answer = self.url_open(f"{self.url}/{period}")
            self.assertEqual(answer.status_code, 404)

    @mute_logger("odoo.http")
    def test_report_by_its_address(self):
        """Odoo prints reports for any user who knows an id: only who may read sees.

        Neither does the address say who sees money.
        """
        statement = self.make_statement()
        report = "/report/html/helpdesk_billing_hours.report_hours_statement"
        reader = self.contact.id
        url = f'{report}/{statement.id}?context={{"statement_reader":{reader}}}'
        for user in (self.stranger, self.colleague, self.portal_user, self.agent_own):
            self.log_in(user)
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 403, user.login)
            self.assertNotIn("90.00", answer.text)
        self.log_in(self.agent)
        page = self.url_open(url).text
        self.assertIn("7:00", page)
        self.assertNotIn("90.00", page)
        self.log_in(self.accountant)
        self.assertIn("90.00", self.url_open(url).text)

    def test_agents_and_accountants_download_the_spreadsheet(self):
        statement = self.make_statement()
        for user in (self.agent, self.accountant):
            self.log_in(user)
            answer = self.url_open(f"/helpdesk_billing_hours/statement/{statement.id}")
            self.assertTrue(answer.content.startswith(b"PK"))

    def test_every_contract_that_the_contact_sees(self):
        """One page for the customer: only the sections of the own contracts."""
        second = self.make_contract(
            kind="implementation", contacts=[(self.colleague.partner_id, ["hours"])]
        )
        ticket = self.make_ticket("2026-01-12 10:00", contract_id=second.id)
        self.log(ticket, "2026-01-20 10:00", "1:45")
        for user, seen, hidden in (
            (self.portal_user, "7:00", "1:45"),
            (self.colleague, "1:45", "7:00"),
        ):
            self.log_in(user)
            for path in (f"{self.all_url}/2026-01", f"{self.all_url}?month=2026-01"):
                page = self.url_open(path).text
                self.assertIn(seen, page)
                self.assertNotIn(hidden, page)
        self.contract.contact_ids.write({"role_hours": True})
        page = self.url_open(f"{self.all_url}/2026-01").text
        for words in ("7:00", "1:45", 'name="summary"'):
            self.assertIn(words, page)
        self.assertNotIn("90.00", page)  # the role Hours shows no money
        page = self.url_open(f"/my/contract/{second.id}/hours/2026-01").text
        self.assertNotIn("7:00", page)

    def test_hours_without_a_contract(self):
        """Who has the role on every contract sees them, and disputes them."""
        ticket = self.make_ticket("2026-01-12 10:00")
        ticket.contract_id = False
        line = self.log(ticket, "2026-01-20 10:00", "1:45")
        self.log_in(self.portal_user)
        page = self.url_open(f"{self.all_url}/2026-01").text
        self.assertIn("Without a contract", page)
        self.assertIn(f"/my/dispute/new?line={line.id}", page)
        form = self.url_open(f"/my/dispute/new?line={line.id}")
        self.assertIn("1:45", form.text)
        data = {
            "line": line.id,
            "reason": "Not us",
            "csrf_token": self.get_csrf_token(),
        }
        self.url_open("/my/dispute/open", data=data)
        dispute = line.dispute_ids
        self.assertEqual(dispute.customer_id, self.customer)
        self.assertIn(dispute.name, self.url_open("/my/disputes").text)
        self.make_contract(
            kind="implementation", contacts=[(self.colleague.partner_id, ["hours"])]
        )
        self.assertNotIn(
            "Without a contract", self.url_open(f"{self.all_url}/2026-01").text
        )
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/my/dispute/{dispute.id}")
        self.assertEqual(answer.status_code, 404)
        self.assertNotIn(dispute.name, self.url_open("/my/disputes").text)
