"""Jobs: one record that fails stops no other, is listed, and is tried again."""

from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import helpdesk_sla_timer_recompute
from .common import HelpdeskSlaCommon, at

CRON = "helpdesk_sla_policy.ir_cron_adopt"
LOGGER = "odoo.addons.helpdesk_sla_policy.models.helpdesk_job_failure"


@tagged("post_install", "-at_install")
class TestHelpdeskJobFailure(HelpdeskSlaCommon):
    def setUp(self):
        super().setUp()
        self.failures = self.env["helpdesk.job.failure"]
        self.tickets = self.env["helpdesk.ticket"].concat(
            *(self.make_ticket("2026-01-12 10:00", "1") for _number in range(5))
        )
        self.calls = []

    def act(self, bad=None, error=None):
        """Return what a job does: it writes on tickets, and fails on a bad one."""

        def act(tickets):
            self.calls.append(len(tickets))
            tickets.write({"name": "Done"})
            if bad and bad in tickets:
                raise error or UserError("Write the e-mail first.\nDetails")

        return act

    def work(self, act, **kwargs):
        with (
            at("2026-01-13 10:00"),
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
        ):
            env = self.env(cr=cr)
            tickets = env["helpdesk.ticket"].browse(self.tickets.ids)
            failures = env["helpdesk.job.failure"]
            result = failures._work(CRON, tickets, act, **kwargs)
        self.env.invalidate_all()
        return result

    def get_failure(self):
        cron = self.env.ref(CRON)
        return self.failures.search([("cron_id", "=", cron.id)])

    def test_one_that_fails_in_the_middle_stops_no_other(self):
        """Of 5 the third fails: 4 are done; halves of 5 are 2 and 3, then 1 and 2."""
        bad = self.tickets[2]
        bad.user_id = self.agent
        self.assertTrue(self.work(self.act(bad), size=5))
        self.assertEqual(self.calls, [5, 2, 3, 1, 2])
        self.assertEqual(
            self.tickets.mapped("name"), ["Done", "Done", bad.name, "Done", "Done"]
        )
        self.assertNotEqual(bad.name, "Done")
        failure = self.get_failure()
        self.assertEqual((failure.res_id, failure.count), (bad.id, 1))
        self.assertEqual(failure.message, "Write the e-mail first.")
        activity = bad.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("left out: Write the e-mail first.", activity.summary)
        self.assertEqual(failure.action_open()["res_id"], bad.id)

    def test_what_failed_comes_last_and_alone_and_goes_when_it_works(self):
        bad = self.tickets[2]
        bad.user_id = self.agent
        self.work(self.act(bad), size=5)
        self.calls.clear()
        self.work(self.act(bad), size=5)
        self.assertEqual(self.calls, [4, 1])
        failure = self.get_failure()
        self.assertEqual(failure.count, 2)
        self.assertEqual(len(bad.activity_ids), 1, "told once")
        self.work(self.act(), size=5)
        self.assertFalse(self.get_failure())
        self.assertFalse(bad.activity_ids)
        self.assertEqual(set(self.tickets.mapped("name")), {"Done"})

    def test_an_error_of_the_program_is_logged_with_its_record(self):
        bad = self.tickets[4]
        with self.assertLogs(LOGGER, "ERROR") as logs:
            self.work(self.act(bad, ZeroDivisionError("division by zero")))
        self.assertIn(f"helpdesk.ticket({bad.id},) failed", logs.output[0])
        self.assertIn("An error of the program", self.get_failure().message)

    def test_a_deleted_record_is_no_failure(self):
        self.tickets[1].with_user(self.env.user).unlink()
        self.assertTrue(self.work(self.act(), size=2))
        self.assertEqual(sum(self.calls), 4)

    def test_a_conflict_is_tried_again_and_then_left(self):
        """Two people on the same rows are no failure; after 6 attempts it is left."""
        clash = SerializationFailure("could not serialize")
        with self.assertLogs(
            "odoo.addons.helpdesk_sla_policy.models.helpdesk_job_failure_work"
        ) as logs:
            self.work(self.act(self.tickets[0], clash))
        self.assertEqual(self.calls, [1] * 6 + [1] * 4)
        self.assertIn("left to the next time", logs.output[0])
        self.assertFalse(self.get_failure())
        self.assertEqual(set(self.tickets[1:].mapped("name")), {"Done"})

    def test_time_is_up_between_batches(self):
        """It stops after a batch, with what is left reported, and goes on later."""
        left = []
        crons = self.registry["ir.cron"]

        def commit(_self, processed=0, *, remaining=None, deactivate=False):
            left.append(remaining)
            return 0 if processed else 1

        with patch.object(crons, "_commit_progress", commit):
            self.assertFalse(self.work(self.act(), size=2, more=3))
        self.assertEqual(left, [8, 6])
        self.assertEqual(self.calls, [2])

    def test_each_company_in_its_own_batches(self):
        other = self.env["res.company"].create({"name": "Otra Empresa"})
        self.tickets += self.make_ticket("2026-01-12 10:00", "1", company_id=other.id)
        seen = []
        self.work(
            lambda tickets: seen.append((len(tickets), tickets.env.company)), size=9
        )
        self.assertEqual(seen, [(5, self.tickets[0].company_id), (1, other)])

    def test_managers_see_what_fails_and_have_it_tried_again(self):
        self.work(self.act(self.tickets[0]))
        failure = self.get_failure()
        mine = failure.with_user(self.manager)
        self.assertEqual(
            mine.read(["name", "message", "cron_id"])[0]["name"], failure.name
        )
        mine.action_retry()
        trigger = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", failure.cron_id.id)], limit=1
        )
        self.assertTrue(trigger)
        with self.assertRaises(AccessError):
            mine.write({"message": "Nothing"})
        with self.assertRaises(AccessError):
            failure.with_user(self.agent).read(["name"])
        with self.assertRaises(AccessError):
            failure.with_user(self.agent).action_retry()

    def test_a_ticket_whose_ledger_cannot_be_folded(self):
        """A holiday moves the others; the bad one follows when it can."""
        bad = self.tickets[2]
        for ticket in self.tickets:
            self.move(ticket, "2026-01-12 10:30", "in_progress")
            self.move(ticket, "2026-01-12 11:00", "awaiting")
        timers = self.registry["helpdesk.sla.timer"]
        fold = timers._fold_ticket

        def fail(timer, ticket_id, *args):
            if ticket_id == bad.id:
                raise ValueError("no facts")
            return fold(timer, ticket_id, *args)

        cron = self.env.ref("helpdesk_sla_policy.ir_cron_recompute")

        def recompute(when):
            with at(when), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            return self.env["helpdesk.sla.timer"].search_count(
                [
                    ("ticket_id", "in", self.tickets.ids),
                    ("state", "in", ("running", "paused")),
                    ("calendar_hash", "=", old),
                ]
            )

        old = bad.timer_ids.filtered(lambda t: t.state == "paused").calendar_hash
        self.make_holiday("2026-01-14")
        with (
            patch.object(timers, "_fold_ticket", fail),
            patch.object(helpdesk_sla_timer_recompute, "REFOLD_BATCH", 3),
            mute_logger(LOGGER),
        ):
            self.assertEqual(recompute("2026-01-12 12:00"), 1)
            self.assertEqual(recompute("2026-01-13 12:00"), 1)
        failure = self.failures.search([("cron_id", "=", cron.id)])
        self.assertEqual((failure.res_id, failure.count), (bad.id, 2))
        self.assertEqual(recompute("2026-01-14 12:00"), 0)
        self.assertFalse(failure.exists())
