"""Policy B, acceptance: priorities without committed times (R-B1, R-B3).

Its deliverables are tested where they live, in helpdesk_warranty.
"""

from odoo.tests import tagged

from .preset_common import PresetCommon


@tagged("post_install", "-at_install")
class TestAcceptance(PresetCommon):
    preset = "acceptance"
    tz = "America/Bogota"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract("acceptance")

    def test_no_times_are_committed(self):
        """R-B1: whatever the priority and whatever is done, nothing is due."""
        for stars, name in (
            ("3", "Urgent"),
            ("2", "High priority"),
            ("1", "Medium priority"),
            ("0", "Low priority"),
        ):
            ticket = self.make_ticket("2026-01-05 10:00", stars)
            self.assertEqual(ticket.severity_name, name)
            for stage in ("triage", "estimate", "in_progress", "delivered", "done"):
                self.move(ticket, "2026-02-05 10:00", stage)
                self.assertFalse(ticket.next_due)
                self.assertFalse(ticket.is_late)
            for metric in ("response", "solution"):
                self.assertNoTimer(ticket, metric)

    def test_without_contract_always_the_lowest(self):
        """R-B1: asked for as urgent, it is Baja, and stays so."""
        user = self.make_customer("Sin Contrato", "none")[1]
        ticket = self.make_ticket(
            "2026-01-05 10:00", "3", partner_id=user.partner_id.id
        )
        self.assertEqual((ticket.priority, ticket.severity_name), ("0", "Low priority"))
        self.change(ticket, "2026-01-05 11:00", priority="3")
        self.assertEqual(ticket.priority, "0")

    def test_an_implementation_contract_is_a_contract(self):
        """R-B1: support or implementation."""
        partner, user = self.make_customer("En Proyecto", "project")
        self.make_preset_contract(
            "acceptance", partner, kind="implementation", contacts=[user.partner_id]
        )
        ticket = self.make_ticket(
            "2026-01-05 10:00", "2", partner_id=user.partner_id.id
        )
        self.assertEqual(ticket.priority, "2")

    def test_duplicates_are_outside_the_statistics(self):
        """R-B3: cancelled, no promise, no rate."""
        first = self.make_ticket("2026-01-05 10:00", "2")
        second = self.make_ticket("2026-01-05 11:00", "2")
        self.change(second, "2026-01-05 12:00", duplicate_id=first.id)
        self.move(second, "2026-01-05 12:00", "cancelled")
        self.assertFalse(
            set(second.timer_ids.mapped("state")) & {"running", "met", "missed"}
        )
