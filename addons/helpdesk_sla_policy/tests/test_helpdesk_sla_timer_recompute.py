"""Edits of calendars and policies: undecided timers follow, decided ones do not."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestHelpdeskSlaTimerRecompute(HelpdeskSlaCommon):
    def recompute(self, when="2026-01-12 12:00"):
        with at(when), self.enter_registry_test_mode():
            self.env.ref(
                "helpdesk_sla_policy.ir_cron_recompute"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_a_holiday_moves_open_dates(self):
        """Received Fri 16:50: 10 minutes on Friday, the rest after Monday's holiday."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 09:20")
        with at("2026-01-11 12:00"):
            self.make_holiday("2026-01-12")
        self.assertEqual(self.office.sla_stale_count, 1)
        self.recompute("2026-01-11 12:01")
        self.assertTimer(ticket, "response", "running", due="2026-01-13 09:20")
        self.assertEqual(ticket.next_due, utc("2026-01-13 09:20"))
        self.assertEqual(self.office.sla_stale_count, 0)

    def test_a_holiday_removed_moves_them_back(self):
        holiday = self.make_holiday("2026-01-12")
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        holiday.unlink()
        self.recompute()
        self.assertTimer(ticket, "response", "running", due="2026-01-12 09:20")

    def test_a_correction_counts_from_the_start(self):
        """A holiday added for a day that was counted takes its time back."""
        ticket = self.make_ticket("2026-01-08 09:00", "2")
        self.move(ticket, "2026-01-08 09:30", "in_progress")
        self.move(ticket, "2026-01-09 12:00", "awaiting")
        self.move(ticket, "2026-01-09 14:00", "in_progress")
        self.assertTimer(ticket, "solution", elapsed="10:30")
        with at("2026-01-09 15:00"):
            self.make_holiday("2026-01-08")
        self.recompute("2026-01-09 15:01")
        self.assertTimer(ticket, "solution", "running", elapsed="3:00")

    def test_decided_timers_do_not_move(self):
        """An edit of configuration never changes a verdict."""
        ticket = self.make_ticket("2026-01-09 16:00", "3")
        self.move(ticket, "2026-01-09 16:45", "in_progress")
        self.assertTimer(ticket, "response", "missed", elapsed="0:45")
        self.make_holiday("2026-01-09")
        self.recompute()
        self.assertTimer(ticket, "response", "missed", elapsed="0:45")
        self.assertTimer(ticket, "solution", "running")

    def test_hours_and_zone_edited(self):
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.office.attendance_ids.hour_to = 18
        self.recompute()
        self.assertTimer(ticket, "response", due="2026-01-09 17:20")
        self.office.tz = "America/Panama"  # the same offset
        self.recompute()
        self.assertTimer(ticket, "response", due="2026-01-09 17:20")
        self.office.tz = "America/Mexico_City"  # one hour behind
        self.recompute()
        self.assertTimer(ticket, "response", due="2026-01-09 17:20")
        self.assertEqual(self.office.sla_stale_count, 0)

    def test_a_target_edited_moves_open_dates_only(self):
        open_ticket = self.make_ticket("10:00", "3")
        done = self.make_ticket("10:00", "3")
        self.move(done, "10:20", "in_progress")
        target = self.policy.target_ids.filtered(
            lambda t: (t.metric, t.severity) == ("response", "3")
        )
        target.amount = 10
        self.recompute("10:25")
        self.assertTimer(open_ticket, "response", "running", due="2026-01-12 10:10")
        self.assertTimer(done, "response", "met", target_seconds=1800)

    def test_the_job_resumes(self):
        """What one run leaves is found by the next by its old hash."""
        tickets = [self.make_ticket("2026-01-09 16:50", "3") for _count in range(5)]
        self.make_holiday("2026-01-12")
        timers = self.env["helpdesk.sla.timer"]
        group = timers._get_stale_groups()[0]
        self.env.cr.execute(
            "UPDATE helpdesk_sla_timer SET calendar_hash = %s WHERE ticket_id = %s",
            [group[2], tickets[0].id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.office.sla_stale_count, 4)
        self.recompute()
        self.assertEqual(self.office.sla_stale_count, 0)
        for ticket in tickets[1:]:
            self.assertTimer(ticket, "response", due="2026-01-13 09:20")

    def test_two_companies_have_their_own_holidays(self):
        """A holiday without a calendar closes only its own company's tickets."""
        other = self.env["res.company"].create({"name": "Otra Empresa"})
        mine = self.make_ticket("2026-01-09 16:50", "3")
        theirs = self.make_ticket("2026-01-09 16:50", "3", company_id=other.id)
        leaves = self.env["resource.calendar.leaves"].with_company(other)
        leave = leaves.create(
            {
                "name": "Feriado",
                "calendar_id": False,
                "date_from": utc("2026-01-12 00:00"),
                "date_to": utc("2026-01-12 23:59:59"),
            }
        )
        leave.flush_recordset()
        self.assertEqual(leave.company_id, other)
        self.recompute()
        self.assertTimer(mine, "response", due="2026-01-12 09:20")
        self.assertTimer(theirs, "response", due="2026-01-13 09:20")

    def test_another_calendar_counts_from_its_date(self):
        """24x7 put on the policy at 16:00: 6 h of office time before stay counted."""
        ticket = self.make_ticket("2026-01-09 09:00", "2")
        self.move(ticket, "2026-01-09 10:00", "in_progress")
        with at("2026-01-09 16:00"):
            self.policy.write(
                {"calendar_id": self.always.id, "office_calendar_id": self.office.id}
            )
        self.follow_changes("2026-01-09 16:01")
        # 6 h until 16:00, then 18 h of calendar time: Sat 10:00.
        self.assertTimer(ticket, "solution", "running", due="2026-01-10 10:00")
        row = ticket.event_ids.sorted("id")[-1]
        self.assertEqual((row.changes, row.calendar_id), ("calendar_id", self.always))

    def test_dates_of_paused_timers_stay_empty(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "11:00", "awaiting")
        self.make_holiday("2026-01-13")
        self.recompute("12:00")
        self.assertTimer(ticket, "solution", "paused", due=False)

    def test_steps_follow(self):
        with at("2026-01-01 09:00"):
            self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "response",
                    "percent": 50,
                    "action": "mail",
                    "user_ids": [Command.link(self.agent.id)],
                }
            )
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.assertEqual(
            ticket._get_timer("response").next_step_at, utc("2026-01-12 09:05")
        )
        with at("2026-01-10 12:00"):
            self.make_holiday("2026-01-12")
        self.recompute("2026-01-10 12:00")
        self.assertEqual(
            ticket._get_timer("response").next_step_at, utc("2026-01-13 09:05")
        )
