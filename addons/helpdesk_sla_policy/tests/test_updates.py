"""R-E2: news for the customer every 2 h, 4 h or day, each cycle met or missed."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, HelpdeskSlaHttpCommon, at, local, utc


class UpdatesMixin:
    """Mon-Fri 09:00-17:00; received Mon 12 Jan 2026 09:00, answered at 10:00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.response_by = "reply"
        cls.policy.target_ids = [
            Command.create(
                {"metric": "update", "severity": stars, "amount": amount, "unit": unit}
            )
            for stars, amount, unit in (
                ("3", 2, "hour"),
                ("2", 4, "hour"),
                ("1", 1, "day"),
                ("0", 1, "day"),
            )
        ]

    def start(self, stars="3"):
        ticket = self.make_ticket("09:00", stars)
        self.post(ticket, "10:00", self.agent)
        self.move(ticket, "10:00", "in_progress")
        return ticket


@tagged("post_install", "-at_install")
class TestUpdatesPortal(UpdatesMixin, HelpdeskSlaHttpCommon):
    def test_customers_read_when_news_are_due(self):
        """On the ticket's page, in the customer's zone; not while we wait for them."""
        ticket = self.start()
        self.log_in(self.portal_user)
        with at("10:30"):
            page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("Next news from us by:", page)
        self.assertIn("01/12/2026 12:00 PM", page)
        self.move(ticket, "11:00", "awaiting")
        with at("11:30"):
            page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertNotIn("Next news from us by:", page)


@tagged("post_install", "-at_install")
class TestUpdates(UpdatesMixin, HelpdeskSlaCommon):
    def get_cycles(self, ticket):
        timers = ticket.timer_ids.filtered(lambda timer: timer.metric == "update")
        return [(timer.state, local(timer.due_at)) for timer in timers.sorted("cycle")]

    def assertCycles(self, ticket, *expected):
        self.assertEqual(
            self.get_cycles(ticket),
            [(state, due and f"2026-01-{due}:00") for state, due in expected],
        )

    def test_due_by_severity(self):
        """From 10:00: 3 stars 12:00, 2 stars 14:00, below a day of 8 h: Tue 10:00."""
        for stars, due in (
            ("3", "12 12:00"),
            ("2", "12 14:00"),
            ("1", "13 10:00"),
            ("0", "13 10:00"),
        ):
            self.assertCycles(self.start(stars), ("running", due))

    def test_none_before_the_first_response(self):
        """A customer who has had no answer waits for the response, not for news."""
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:30", "in_progress")
        self.post(ticket, "09:40", self.portal_user)
        self.assertCycles(ticket)

    def test_each_message_of_an_agent_ends_a_cycle(self):
        """12:00:00 is in time; the next, due 14:00, is late at 14:00:01."""
        ticket = self.start()
        self.post(ticket, "12:00:00", self.agent)
        self.assertCycles(ticket, ("met", "12 12:00"), ("running", "12 14:00"))
        self.post(ticket, "14:00:01", self.agent)
        timers = ticket.timer_ids.filtered(lambda timer: timer.metric == "update")
        self.assertEqual(
            timers.sorted("cycle").mapped("state"), ["met", "missed", "running"]
        )
        self.assertEqual(local(timers.sorted("cycle")[2].due_at), "2026-01-12 16:00:01")

    def test_over_night_and_the_weekend(self):
        """News at Fri 16:00: one hour is left that day, the other ends Mon 10:00."""
        ticket = self.start()
        self.post(ticket, "2026-01-16 16:00", self.agent)
        self.assertEqual(
            self.get_cycles(ticket)[-1], ("running", "2026-01-19 10:00:00")
        )

    def test_notes_and_the_customers_words_are_no_news(self):
        ticket = self.start()
        self.post(ticket, "10:30", self.agent, subtype_xmlid="mail.mt_note")
        self.post(ticket, "10:40", self.portal_user)
        self.post(ticket, "10:50", self.agent, message_type="notification")
        self.assertCycles(ticket, ("running", "12 12:00"))

    def test_waiting_for_the_customer_pauses_it(self):
        """11:00-13:00 do not count: 12:00 becomes 14:00."""
        ticket = self.start()
        self.move(ticket, "11:00", "awaiting")
        self.assertCycles(ticket, ("paused", False))
        self.assertFalse(ticket.update_due)
        self.move(ticket, "13:00", "in_progress")
        self.assertCycles(ticket, ("running", "12 14:00"))

    def test_the_question_to_the_customer_is_news(self):
        """Asked at 11:00 and then paused: the next cycle waits with its 2 h whole."""
        ticket = self.start()
        self.post(ticket, "11:00", self.agent)
        self.move(ticket, "11:00", "awaiting")
        self.assertEqual(
            [state for state, _due in self.get_cycles(ticket)], ["met", "paused"]
        )
        self.post(ticket, "2026-01-13 09:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertEqual(
            self.get_cycles(ticket)[-1], ("running", "2026-01-13 11:00:00")
        )

    def test_the_open_one_at_solving_is_void(self):
        ticket = self.start()
        self.move(ticket, "12:00:00", "done")
        self.assertEqual([state for state, _due in self.get_cycles(ticket)], ["void"])

    def test_the_open_one_at_solving_is_missed_when_late(self):
        ticket = self.start()
        self.move(ticket, "12:00:01", "done")
        self.assertEqual([state for state, _due in self.get_cycles(ticket)], ["missed"])

    def test_reopened(self):
        """The clock goes on, the closed time left out: 1:30 are left from Tue 09:00."""
        ticket = self.start()
        self.post(ticket, "11:00", self.agent)
        self.move(ticket, "11:30", "done")
        self.move(ticket, "2026-01-13 09:00", "in_progress")
        self.assertEqual(
            self.get_cycles(ticket)[-1], ("running", "2026-01-13 10:30:00")
        )

    def test_reopened_after_a_miss(self):
        """The missed cycle stays missed; a new one begins: Tue 09:00 + 2 h."""
        ticket = self.start()
        self.move(ticket, "12:30", "done")
        self.move(ticket, "2026-01-13 09:00", "in_progress")
        self.assertCycles(ticket, ("missed", "12 12:00"), ("running", "13 11:00"))

    def test_severity_raised_in_mid_cycle(self):
        """2 stars, due 14:00; 3 stars at 11:00: 1 h is used, so due 12:00."""
        ticket = self.start("2")
        self.change(ticket, "11:00", priority="3")
        self.assertCycles(ticket, ("running", "12 12:00"))

    def test_severity_raised_after_the_new_term(self):
        """2 stars, 3 h used; 3 stars at 13:00 promised 2 h: late at once."""
        ticket = self.start("2")
        self.change(ticket, "13:00", priority="3")
        self.assertCycles(ticket, ("running", "12 12:00"))
        self.assertTrue(ticket.timer_ids.filtered("is_late"))
        self.post(ticket, "13:05", self.agent)
        self.assertEqual(self.get_cycles(ticket)[0][0], "missed")

    def test_severity_lowered_in_mid_cycle(self):
        """3 stars, due 12:00; 2 stars at 11:00: 4 h from 10:00 is 14:00."""
        ticket = self.start()
        self.change(
            ticket, "11:00", self.manager, priority="2", severity_reason="A test"
        )
        self.assertCycles(ticket, ("running", "12 14:00"))

    # Seen

    def test_the_ticket_shows_when_the_next_update_is_due(self):
        ticket = self.start()
        self.assertEqual(ticket.update_due, utc("12:00"))
        self.assertEqual(ticket.next_due, utc("12:00"))
        self.post(ticket, "11:00", self.agent)
        self.assertEqual(ticket.update_due, utc("13:00"))
        self.move(ticket, "11:30", "done")
        self.assertFalse(ticket.update_due)

    def test_lists_find_late_updates(self):
        late, early = self.start(), self.start("1")
        action = self.env.ref("helpdesk_mgmt.helpdesk_ticket_view_search")
        arch = self.env["helpdesk.ticket"].get_view(action.id, "search")["arch"]
        self.assertIn('name="update_late"', arch)
        domain = [
            ("timer_ids", "any", [("metric", "=", "update"), ("is_late", "=", True)])
        ]
        with at("12:00:01"):
            found = self.env["helpdesk.ticket"].search(domain)
        self.assertIn(late, found)
        self.assertNotIn(early, found)
