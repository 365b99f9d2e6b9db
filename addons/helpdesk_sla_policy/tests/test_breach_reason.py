from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, HelpdeskSlaHttpCommon, at


@tagged("post_install", "-at_install")
class TestBreachReason(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.ask_breach_reason = True
        cls.reason = cls.env.ref("helpdesk_sla_policy.breach_reason_third_party")

    def _make_late(self, metric="response"):
        """Return a ticket in progress whose response or solution is late at 16:00."""
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "11:00" if metric == "response" else "09:10", "assigned")
        self.move(ticket, "11:10" if metric == "response" else "09:15", "in_progress")
        return ticket

    def test_a_late_response_asks_why(self):
        ticket = self._make_late()
        with self.assertRefused(r"was late \(Response\): choose why"):
            self.move(ticket, "11:30", "done")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_a_late_solution_asks_why(self):
        ticket = self._make_late("solution")
        with self.assertRefused(r"was late \(Solution\): choose why"):
            self.move(ticket, "16:00", "done")

    def test_a_solution_at_the_last_second_does_not_ask(self):
        ticket = self._make_late("solution")
        self.move(ticket, "13:15:00", "done")
        self.assertTrue(ticket.stage_id.closed)

    def test_the_reason_may_come_with_the_closing(self):
        ticket = self._make_late()
        self.move(ticket, "11:30", "done", breach_reason_id=self.reason.id)
        self.assertEqual(ticket.breach_reason_id, self.reason)

    def test_a_stage_that_is_not_closed_does_not_ask(self):
        ticket = self._make_late()
        self.move(ticket, "11:30", "closing")
        self.assertEqual(ticket.stage_id, self.stages["closing"])

    def test_a_cancelled_ticket_does_not_ask(self):
        ticket = self._make_late()
        self.move(ticket, "11:30", "cancelled")
        self.assertTrue(ticket.stage_id.closed)

    def test_a_policy_that_does_not_ask(self):
        self.policy.ask_breach_reason = False
        ticket = self._make_late()
        self.move(ticket, "11:30", "done")
        self.assertTrue(ticket.stage_id.closed)

    def test_the_stars_preset_asks(self):
        self.policy.invalidate_recordset()
        self.assertTrue(
            self.env.ref("helpdesk_sla_policy.policy_stars").ask_breach_reason
        )

    def test_the_system_is_not_held_up(self):
        ticket = self._make_late()
        with at("11:30"):
            ticket.with_user(self.agent).sudo().stage_id = self.stages["done"]
        self.assertTrue(ticket.stage_id.closed)

    def test_late_tickets_are_found(self):
        late, fine = self._make_late(), self.make_ticket("11:20", "3")
        both = Domain("id", "in", (late | fine).ids)
        tickets = self.env["helpdesk.ticket"]
        with at("11:30"):
            is_breached = Domain("is_breached", "=", True)
            self.assertEqual(tickets.search(both & is_breached), late)
            self.assertEqual(tickets.search(both & ~is_breached), fine)
            self.assertEqual([late.is_breached, fine.is_breached], [True, False])

    def test_an_open_late_ticket_is_breached(self):
        ticket = self.make_ticket("09:00", "3")
        with at("09:30:00"):
            self.assertFalse(ticket.is_breached)
        ticket.invalidate_recordset()
        with at("09:30:01"):
            ticket.timer_ids.invalidate_recordset(["is_late"])
            self.assertTrue(ticket.is_breached)

    def test_a_copy_has_no_reason(self):
        ticket = self._make_late()
        ticket.breach_reason_id = self.reason
        self.assertFalse(ticket.copy().breach_reason_id)

    def test_agents_choose_and_managers_edit_the_list(self):
        ticket = self._make_late()
        ticket.with_user(self.agent).breach_reason_id = self.reason
        with self.assertRaises(AccessError):
            self.reason.with_user(self.agent).name = "Bad luck"
        self.reason.with_user(self.manager).name = "Waiting for a supplier"
        with self.assertRaises(AccessError):
            self.reason.with_user(self.portal_user).read(["name"])


@tagged("post_install", "-at_install")
class TestBreachReasonPortal(HelpdeskSlaHttpCommon):
    def test_a_customer_closes_a_late_ticket_without_a_reason(self):
        self.policy.ask_breach_reason = True
        done = self.stages["done"]
        done.close_from_portal = True
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "11:00", "assigned")
        self.move(ticket, "11:10", "in_progress")
        self.log_in(self.portal_user)
        response = self.url_open(
            "/ticket/close",
            {
                "ticket_id": ticket.id,
                "stage_id": done.id,
                "csrf_token": self.get_csrf_token(),
            },
        )
        self.assertEqual(response.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_id, done)
        self.assertFalse(ticket.breach_reason_id)
