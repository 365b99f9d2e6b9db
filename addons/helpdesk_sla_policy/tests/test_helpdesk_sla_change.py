"""Other hours on a policy count from the instant at which they were given."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.base.models import ir_cron

from ..models import helpdesk_sla_change
from .common import HelpdeskSlaCommon, at, local, utc


@tagged("post_install", "-at_install")
class TestHelpdeskSlaChange(HelpdeskSlaCommon):
    def give_hours(self, when, calendar):
        with at(when):
            self.policy.calendar_id = calendar
            self.env.flush_all()

    def test_time_before_keeps_the_hours_of_then(self):
        """4 h from Fri 16:50: 10 minutes until 17:00, round the clock from 18:00."""
        ticket = self.make_ticket("2026-01-09 16:50", "1")
        self.give_hours("2026-01-09 18:00", self.always)
        self.follow_changes("2026-01-09 18:30")  # the job is late, the change is not
        self.assertTimer(ticket, "response", due="2026-01-09 21:50")
        row = ticket.event_ids[-1]
        self.assertEqual(local(row.at), "2026-01-09 18:00:00")
        self.assertEqual(local(row.recorded_at), "2026-01-09 18:30:00")
        self.assertEqual(row.changes, "calendar_id")

    def test_nothing_moves_before_the_job(self):
        """Who saves a policy does not wait for the ledgers of its tickets."""
        ticket = self.make_ticket("2026-01-09 16:50", "1")
        self.give_hours("2026-01-09 18:00", self.always)
        self.assertEqual(len(ticket.event_ids), 1)
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("helpdesk_sla_policy.ir_cron_change").id)]
        )
        self.assertIn(utc("2026-01-09 18:00"), triggers.mapped("call_at"))

    def test_what_happened_in_between_stays(self):
        """In progress 10:30 to 11:00 on the old hours, the severity of 11:30 on new."""
        ticket = self.make_ticket("2026-01-09 10:00", "1")
        self.move(ticket, "2026-01-09 10:30", "in_progress")
        self.give_hours("2026-01-09 11:00", self.always)
        self.change(ticket, "2026-01-09 11:30", priority="2")
        self.follow_changes("2026-01-09 12:00")
        solution = ticket._get_timer("solution")
        self.assertEqual(solution.calendar_id, self.always)
        moments = [local(event.at)[11:16] for event in ticket.event_ids]
        self.assertEqual(moments, ["10:00", "10:30", "11:00", "11:30"])
        by_moment = dict(zip(moments, ticket.event_ids, strict=True))
        self.assertEqual(by_moment["11:00"].severity, "1")
        self.assertEqual(by_moment["10:30"].calendar_id, self.office)

    def test_it_resumes_where_it_stopped(self):
        """Batches of two; the second run has nothing to do."""
        tickets = [self.make_ticket("2026-01-09 16:50", "1") for _number in range(5)]
        self.give_hours("2026-01-09 18:00", self.always)
        change = self.env["helpdesk.sla.change"].search(
            [("res_id", "=", self.policy.id)], limit=1
        )
        with at("2026-01-09 18:01"), patch.object(helpdesk_sla_change, "BATCH", 2):
            change._follow_batch()
            self.assertEqual(change.ticket_count, 2)
            self.follow_changes("2026-01-09 18:02")
        self.assertTrue(change.done)
        self.assertEqual(change.ticket_count, 5)
        for ticket in tickets:
            self.assertTimer(ticket, "response", due="2026-01-09 21:50")
            self.assertEqual(len(ticket.event_ids), 2)
        self.follow_changes("2026-01-09 18:03")
        self.assertEqual({len(ticket.event_ids) for ticket in tickets}, {2})

    def test_it_goes_on_when_its_time_is_up(self):
        """Each call has time for one batch; it says that it did something."""
        for _number in range(5):
            self.make_ticket("2026-01-09 16:50", "1")
        self.give_hours("2026-01-09 18:00", self.always)
        change = self.env["helpdesk.sla.change"].search(
            [("res_id", "=", self.policy.id)], limit=1
        )
        self.assertEqual(change.left_count, 5)
        with (
            patch.object(helpdesk_sla_change, "BATCH", 2),
            patch.object(ir_cron, "MIN_TIME_PER_JOB", 0),
            self.assertNoLogs("odoo.addons.base.models.ir_cron", "WARNING"),
        ):
            self.follow_changes("2026-01-09 18:01")
        self.assertRecordValues(
            change, [{"done": True, "ticket_count": 5, "left_count": 0}]
        )

    def test_decided_timers_do_not_move(self):
        """A promise that was kept stays as it was counted."""
        ticket = self.make_ticket("2026-01-09 10:00", "1")
        self.move(ticket, "2026-01-09 11:00", "in_progress")
        self.move(ticket, "2026-01-09 12:00", "done")
        self.give_hours("2026-01-09 13:00", self.always)
        self.follow_changes("2026-01-09 13:01")
        self.assertTimer(ticket, "response", "met", elapsed="1:00")
        self.assertEqual(len(ticket.event_ids), 3)

    def test_managers_see_it_and_nobody_writes_it(self):
        self.make_ticket("2026-01-09 16:50", "1")
        self.give_hours("2026-01-09 18:00", self.always)
        change = self.env["helpdesk.sla.change"].search([], limit=1)
        self.assertEqual(change.name, self.policy.name)
        for operation in ("write", "create", "unlink"):
            access = self.env["ir.model.access"].with_user(self.manager)
            self.assertFalse(
                access.check("helpdesk.sla.change", operation, raise_exception=False)
            )
