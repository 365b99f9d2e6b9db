"""A “day” of a promise or a step is a working day of the calendar it counts on."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestDayOfWork(HelpdeskSlaCommon):
    def recompute(self, when="2026-01-12 12:00"):
        with at(when), self.enter_registry_test_mode():
            self.env.ref(
                "helpdesk_sla_policy.ir_cron_recompute"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def make_saturday(self):
        """Return hours of Mon-Fri 09:00-17:00 and Sat 09:00-13:00: 44 h in 6 days."""
        calendar = self.make_calendar(9, 17)
        calendar.attendance_ids = [
            Command.create(
                {
                    "name": "Saturday",
                    "dayofweek": "5",
                    "hour_from": 9,
                    "hour_to": 13,
                    "day_period": "morning",
                }
            )
        ]
        return calendar

    def test_a_day_is_exact_to_the_second(self):
        """44 h in 6 days: a day has 7:20:00, though Odoo shows 7.33 hours."""
        policy = self.make_policy(("response", 1, {"unit": "day"}))
        calendar = self.make_saturday()
        self.assertEqual(calendar.hours_per_day, 7.33)
        self.assertEqual(policy.target_ids._get_seconds(calendar), 26400)
        self.team.sla_policy_id = policy
        policy.calendar_id = calendar
        ticket = self.make_ticket("2026-01-12 09:00")
        self.assertTimer(ticket, "response", due="2026-01-12 16:20")

    def test_a_day_that_somebody_set_is_kept(self):
        """Who writes 7.5 hours on the schedule means 7:30."""
        policy = self.make_policy(("response", 1, {"unit": "day"}))
        calendar = self.make_saturday()
        calendar.hours_per_day = 7.5
        self.assertEqual(policy.target_ids._get_seconds(calendar), 27000)

    def test_longer_hours_make_a_longer_day(self):
        """One day from Mon 10:00 is Tue 10:00, with hours until 17:00 and until 18:00.

        8 h: 7 on Monday, 1 on Tuesday; 9 h: 8 on Monday, 1 on Tuesday.
        """
        self.team.sla_policy_id = self.make_policy(("response", 1, {"unit": "day"}))
        ticket = self.make_ticket("2026-01-12 10:00")
        self.assertTimer(ticket, "response", due="2026-01-13 10:00")
        self.office.attendance_ids.hour_to = 18
        self.recompute()
        self.assertTimer(
            ticket, "response", due="2026-01-13 10:00", target_seconds=9 * 3600
        )
        self.assertEqual(ticket.next_due, utc("2026-01-13 10:00"))
        self.assertEqual(self.office.sla_stale_count, 0)

    def test_a_day_written_on_the_schedule_moves_open_dates(self):
        """The hours stay, a day becomes 4 h: Mon 10:00 is due at 14:00, not Tuesday."""
        self.team.sla_policy_id = self.make_policy(("response", 1, {"unit": "day"}))
        ticket = self.make_ticket("2026-01-12 10:00")
        self.office.hours_per_day = 4
        self.recompute("2026-01-12 10:30")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")
        self.assertEqual(ticket.next_due, utc("2026-01-12 14:00"))

    def test_a_step_after_days_counts_on_the_timers_calendar(self):
        """Around the clock, “after 2 days” is 48 h, not 16 h of the office (R-E3)."""
        policy = self.make_policy(("response", 5, {"unit": "day"}))
        with at("2026-01-01 09:00"):
            self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": policy.id,
                    "metric": "response",
                    "basis": "elapsed",
                    "amount": 2,
                    "unit": "day",
                    "action": "note",
                }
            )
        self.team.sla_policy_id = policy
        self.patch(
            type(self.env["helpdesk.ticket"]),
            "_get_sla_calendar",
            lambda ticket, policy: self.always,
        )
        ticket = self.make_ticket("2026-01-12 10:00")
        timer = ticket._get_timer("response")
        self.assertEqual(timer.due_at, utc("2026-01-17 10:00"))
        self.assertEqual(timer.next_step_at, utc("2026-01-14 10:00"))
