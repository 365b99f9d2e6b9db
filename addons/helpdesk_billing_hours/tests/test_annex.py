"""The hours behind an invoice: for accountants, and for contacts with the role."""

import io
import zipfile

from odoo.tests import HttpCase, tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestAnnexRoutes(BillingCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref(
            "helpdesk_billing_hours.report_hours_annex_action"
        ).report_type = "qweb-html"

    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.move = self.run_invoicing("2026-01-31")
        self.move.action_post()
        self.xlsx = f"/helpdesk_billing_hours/annex/{self.move.id}"
        self.mine = f"/my/invoices/{self.move.id}/hours"
        self.pdf = (
            f"/report/html/helpdesk_billing_hours.report_hours_annex/{self.move.id}"
        )

    def get(self, user, address, **params):
        """Return the answer to a user, who may be nobody."""
        self.authenticate(user and user.login, user and user.login)
        return self.url_open(address, params=params, allow_redirects=False)

    def assertSheet(self, answer):
        """Assert that it is a spreadsheet with the hours of the ticket."""
        self.assertEqual(answer.status_code, 200)
        self.assertIn("spreadsheetml", answer.headers["Content-Type"])
        self.assertIn(".xlsx", answer.headers["Content-Disposition"])
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            texts = archive.read("xl/sharedStrings.xml").decode()
        self.assertIn(self.ticket.number, texts)

    def assertHidden(self, answer):
        """Assert that nothing of the hours is told."""
        self.assertIn(answer.status_code, (303, 403, 404))
        self.assertNotIn(self.ticket.number, answer.text)

    def test_accountant(self):
        self.assertSheet(self.get(self.accountant, self.xlsx))
        answer = self.get(self.accountant, self.pdf)
        self.assertIn(self.ticket.number, answer.text)
        self.assertIn("02:10", answer.text)

    def test_who_does_not_invoice(self):
        """Agents, managers and customers have other doors than the accountant's."""
        for user in (self.agent, self.manager, self.portal_user, self.stranger, None):
            for address in (self.xlsx, self.pdf):
                with self.subTest(user=user and user.login, address=address):
                    self.assertHidden(self.get(user, address))

    def test_contact_with_the_role(self):
        """R-C5: a contact with the role Billing, not a colleague without it."""
        self.assertSheet(self.get(self.portal_user, self.mine, report_type="xlsx"))
        self.assertHidden(self.get(self.colleague, self.mine, report_type="xlsx"))
        self.assertHidden(self.get(self.stranger, self.mine, report_type="xlsx"))
        self.assertHidden(self.get(None, self.mine, report_type="xlsx"))

    def test_invoice_page_offers_it_by_role(self):
        page = f"/my/invoices/{self.move.id}"
        self.assertIn(self.mine, self.get(self.portal_user, page).text)
        self.assertHidden(self.get(self.colleague, page))
        token = self.move._portal_ensure_token()
        answer = self.get(self.colleague, page, access_token=token)
        self.assertEqual(answer.status_code, 200)

    def test_token_of_the_invoice(self):
        """Who was sent the invoice opens its hours; a wrong token opens nothing."""
        token = self.move._portal_ensure_token()
        params = {"report_type": "xlsx", "access_token": token}
        for user in (None, self.colleague):
            self.assertSheet(self.get(user, self.mine, **params))
        params["access_token"] = token[:-1] + ("0" if token[-1] != "0" else "1")
        for user in (None, self.colleague, self.stranger):
            with self.subTest(user=user and user.login):
                self.assertHidden(self.get(user, self.mine, **params))

    def test_pdf_of_the_customer(self):
        self.env.ref(
            "helpdesk_billing_hours.report_hours_annex_action"
        ).report_type = "qweb-pdf"
        answer = self.get(self.portal_user, self.mine)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")

    def test_agents_may_be_hidden(self):
        """Where the policy hides who worked, the annex does not name the agent."""
        name = self.agent.employee_id.name
        self.assertEqual(self.move._get_support_annex()[0]["agent"], name)
        self.policy.hides_agents = True
        self.assertEqual(self.move._get_support_annex()[0]["agent"], "")

    def test_only_posted_invoices(self):
        self.move.button_draft()
        token = self.move._portal_ensure_token()
        for user, params in ((self.portal_user, {}), (None, {"access_token": token})):
            self.assertHidden(self.get(user, self.mine, report_type="xlsx", **params))

    def test_invoice_without_hours_has_no_annex(self):
        other = self.move.copy()
        other.action_post()
        self.assertFalse(other._shows_support_annex(self.contact))
