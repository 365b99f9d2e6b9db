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

    def test_list_and_page_by_role(self):
        """Of invoices of support: whoever sees the hours, and whoever they are sent to.

        Other invoices of the company stay what they are; so do contracts that name
        nobody for hours or billing.
        """
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "2:00")
        move = self.run_invoicing("2026-01-31")
        move.action_post()
        other = self.sell_pack()
        other.invoice_line_ids.support_contract_id = False
        colleague = self.env["res.users"].search([("login", "=", "andina-colleague")])

        def get_found(user):
            moves = self.env["account.move"].with_user(user)
            return moves.search([("id", "in", (move | other).ids)])

        self.assertIn(move, get_found(self.portal_user))
        self.assertNotIn(move, get_found(colleague))
        self.assertFalse(move.with_user(colleague).has_access("read"))
        lines = move.invoice_line_ids.with_user(colleague)
        self.assertFalse(lines.has_access("read"))
        self.authenticate("andina-colleague", "andina-colleague")
        self.assertNotIn(move.name, self.url_open("/my/invoices").text)
        page = self.url_open(f"/my/invoices/{move.id}", allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        move.button_draft()
        move.partner_id = colleague.partner_id
        move.action_post()
        self.assertIn(move, get_found(colleague))
        move.button_draft()
        move.partner_id = self.customer
        move.action_post()
        self.assertNotIn(move, get_found(colleague))
        self.contract.contact_ids.write({"role_hours": False, "role_billing": False})
        self.env.invalidate_all()
        self.assertIn(move, get_found(colleague))

    def test_not_of_another_customer(self):
        self.authenticate("otra-portal", "otra-portal")
        page = self.url_open(f"/my/contract/{self.contract.id}")
        self.assertEqual(page.status_code, 404)
