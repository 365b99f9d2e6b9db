"""The buttons of contracts and of the customer's pages, pressed in a browser."""

from odoo.tests import tagged

from .common import SupportContractHttpCommon


@tagged("post_install", "-at_install")
class TestTours(SupportContractHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The browser's own clock counts: the contract is in force now.
        cls.contract = cls.make_contract(
            sign=False,
            date_start="2020-01-01",
            date_end="2099-12-31",
            contacts=[(cls.contact, ["admin"])],
        )

    def test_contract_is_signed_suspended_resumed_upgraded_and_renewed(self):
        first = self.contract
        self.start_tour(
            f"/odoo/support-contracts/{first.id}",
            "helpdesk_support_contract_buttons",
            login=self.manager.login,
        )
        self.env.invalidate_all()
        self.assertTrue(first.is_signed)
        self.assertFalse(first.suspended_since)
        self.assertEqual(first.plan_id, self.plan_always)
        renewal = first.renewal_id
        self.assertEqual(str(renewal.date_start), "2100-01-01")
        self.assertFalse(renewal.is_signed)
        messages = " ".join(first.message_ids.mapped("body"))
        self.assertIn("Renewed by", messages)

    def test_customer_keeps_the_contacts_and_escalates(self):
        """R-C5, R-A12: by the contract's own administrator, on the portal."""
        self.contract.action_sign()
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Invoices fail",
                "description": "<p>When validated.</p>",
                "team_id": self.team.id,
                "user_id": False,
                "partner_id": self.contact.id,
            }
        )
        self.start_tour(
            f"/my/contract/{self.contract.id}",
            "helpdesk_support_contract_portal",
            login=self.portal_user.login,
        )
        self.env.invalidate_all()
        self.assertEqual(self.contract.contact_ids.partner_id, self.contact)
        notes = " ".join(self.contract.message_ids.mapped("body"))
        self.assertIn("Ana Mora", notes)
        self.assertEqual(ticket.support_level, "2")
        self.assertEqual(ticket.escalation_ids.reason, "Nobody can invoice")
