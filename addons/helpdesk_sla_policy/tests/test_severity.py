"""Severity after a promise was missed: raised by anyone, lowered with a reason."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, at


@tagged("post_install", "-at_install")
class TestSeverity(HelpdeskSlaCommon):
    def make_late_ticket(self):
        """Return a ticket in progress since 10:00 that was due at 14:00."""
        ticket = self.make_ticket("09:45", "3")
        self.move(ticket, "10:00", "in_progress")
        return ticket

    def test_an_agent_does_not_lower_a_missed_ticket(self):
        ticket = self.make_late_ticket()
        with at("15:00"), self.assertRefused("only a manager", AccessError):
            ticket.with_user(self.agent).priority = "1"

    def test_a_manager_needs_a_reason(self):
        ticket = self.make_late_ticket()
        with at("15:00"), self.assertRefused("write the reason", UserError):
            ticket.with_user(self.manager).priority = "1"

    def test_the_reason_is_kept_in_the_ledger(self):
        ticket = self.make_late_ticket()
        reason = "Only one user was stopped."
        self.change(ticket, "15:00", self.manager, priority="1", severity_reason=reason)
        row = ticket.event_ids.sorted("id")[-1]
        self.assertEqual((row.changes, row.note), ("severity", reason))
        self.assertEqual(row.user_id, self.manager)
        # 48 h are promised now: the same clock, judged again.
        self.assertTimer(ticket, "solution", "running", elapsed="5:00")

    def test_an_agent_lowers_a_ticket_in_time(self):
        ticket = self.make_late_ticket()
        self.change(ticket, "11:00", priority="1")
        self.assertEqual(ticket.priority, "1")

    def test_an_agent_raises_a_missed_ticket(self):
        ticket = self.make_ticket("09:00", "2")
        self.change(ticket, "12:00", priority="3")
        self.assertTimer(ticket, "response", "running", target_seconds=1800)

    def test_a_mail_from_the_past_says_so(self):
        """The receipt counts when a mail is older than the fetch interval."""
        with at("2026-01-12 12:00"):
            ticket_id = self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                f"From: {self.contact.email}\nTo: nobody@example.com\nSubject: Help\n"
                "Date: Mon, 12 Jan 2026 10:00:00 +0000\n"
                "Message-ID: <old@customer.example.com>\n\nText\n",
                custom_values={"team_id": self.team.id},
            )
            self.env.flush_all()
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertIn("counts from its receipt", ticket.mail_date_note)
        self.assertEqual(ticket.event_ids[:1].note, ticket.mail_date_note)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 16:00")
