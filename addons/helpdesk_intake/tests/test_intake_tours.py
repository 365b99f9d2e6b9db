"""The ticket form and the list of similar tickets, in a browser."""

from odoo.tests import tagged

from .common_intake import IntakeHttpCommon


@tagged("post_install", "-at_install")
class TestIntakeTours(IntakeHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_contract(contacts=[cls.contact], date_end="2099-12-31")
        cls.first = cls.env["helpdesk.ticket"].create(
            {
                "name": "Invoices fail",
                "description": "<p>When validated.</p>",
                "team_id": cls.team.id,
                "user_id": False,
                "partner_id": cls.contact.id,
            }
        )

    def test_form(self):
        """R-A10: missing answers, types, files and the number, with the keyboard."""
        self.env.company.helpdesk_mgmt_portal_type = True
        self.development.show_in_portal = True
        question = self.development.create({"name": "Tour Question"})
        self.start_tour(
            "/new/ticket", "helpdesk_intake_form", login=self.portal_user.login
        )
        ticket = self.env["helpdesk.ticket"].search(
            [("name", "=", "Invoices fail when validated")]
        )
        self.assertEqual(ticket.intake_state, "complete")
        self.assertEqual(ticket.type_id, question)
        self.assertEqual(ticket.attachment_ids.mapped("name"), ["pantalla.png"])

    def test_returned_and_improper(self):
        """R-A10, R-A12: sent back with one click; an escalation is judged."""
        self.first.escalate_by_customer(self.contact, "2", "Nobody answers")
        self.start_tour(
            f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{self.first.id}",
            "helpdesk_intake_ticket_buttons",
            login=self.manager.login,
        )
        self.env.invalidate_all()
        self.assertTrue(self.first.is_returned)
        self.assertEqual(
            self.first.escalation_ids.improper_reason, "A level was skipped"
        )

    def test_change_request(self):
        """R-B7: one click makes the linked ticket and opens it."""
        self.start_tour(
            f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{self.first.id}",
            "helpdesk_intake_change_request",
            login=self.manager.login,
        )
        self.env.invalidate_all()
        self.assertTrue(self.first.change_ids.type_id.is_change)

    def test_duplicate(self):
        """R-B3: marked with one click on the form, and taken back."""
        ticket = self.first.copy({"name": "Invoices fail again"})
        stage = ticket.stage_id
        self.start_tour(
            f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{ticket.id}",
            "helpdesk_intake_duplicate",
            login=self.manager.login,
        )
        self.assertFalse(ticket.duplicate_id)
        self.assertEqual(ticket.stage_id, stage)
        self.assertEqual(
            len(ticket.message_ids.filtered(lambda m: "repeats" in (m.body or ""))), 1
        )
