"""The contract's page shows its invoices to contacts with the role Billing."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import HelpdeskSlaHttpCommon

from .common import BillingMixin


@tagged("post_install", "-at_install")
class TestPortalInvoices(BillingMixin, HelpdeskSlaHttpCommon):
    def open(self, login):
        self.authenticate(login, login)
        return self.url_open(f"/my/contract/{self.contract.id}").text

    def test_invoices_by_role(self):
        self.assertIn("No invoice of this contract yet", self.open("andina-portal"))
        self.contract.with_user(self.accountant).action_invoice_fee()
        move = self.contract.fee_ids.move_id
        self.assertIn("No invoice of this contract yet", self.open("andina-portal"))
        move.invoice_date = "2026-01-02"
        move.action_post()
        page = self.open("andina-portal")
        self.assertIn(f"/my/invoices/{move.id}", page)
        self.assertIn(move.name, page)
        self.assertEqual(self.url_open(f"/my/invoices/{move.id}").status_code, 200)
        self.assertNotIn("support_contract_invoices", self.open("andina-colleague"))

    def test_not_of_another_customer(self):
        self.authenticate("otra-portal", "otra-portal")
        page = self.url_open(f"/my/contract/{self.contract.id}")
        self.assertEqual(page.status_code, 404)
