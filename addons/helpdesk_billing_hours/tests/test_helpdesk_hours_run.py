"""Large runs: in the background, in batches, resumable; one failure is one (R-A8)."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from ..models import helpdesk_hours_run_job as job
from .common import BillingCommon

LOGGER = "odoo.addons.helpdesk_billing_hours.models.helpdesk_hours_run_failure"
FAILURES = "odoo.addons.helpdesk_sla_policy.models.helpdesk_job_failure"


class RunCommon(BillingCommon):
    def make_many(self, count):
        """Give that many customers a ticket each with an authorised hour."""
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        customers = self.env["res.partner"].create(
            [
                {"name": f"Customer {number:04}", "is_company": True}
                for number in range(count)
            ]
        )
        with at("2026-01-12 10:00"):
            tickets = (
                self.env["helpdesk.ticket"]
                .with_context(tracking_disable=True)
                .create(
                    [
                        {
                            "name": "Invoices fail",
                            "description": "<p>Error</p>",
                            "team_id": self.team.id,
                            "partner_id": customer.id,
                            "user_id": False,
                            "cause_id": cause.id,
                            "work_override_reason": "The ERP is down",
                        }
                        for customer in customers
                    ]
                )
            )
            self.env["helpdesk.authorization"].create(
                [
                    {
                        "ticket_id": ticket.id,
                        "hours": 3,
                        "price_unit": 45,
                        "state": "approved",
                        "answered_at": utc("2026-01-12 11:00"),
                        "answered_by": "Lucía Paredes",
                    }
                    for ticket in tickets
                ]
            )
            self.env["account.analytic.line"].create(
                [
                    {
                        "ticket_id": ticket.id,
                        "employee_id": self.agent.employee_id.id,
                        "name": "Correction",
                        "started_at": utc("2026-01-13 10:00"),
                        "unit_amount": 1,
                    }
                    for ticket in tickets
                ]
            )
        self.env.flush_all()
        return tickets

    def start(self, date_to="2026-01-31", user=None, **values):
        """Let the accountant start a run; return it."""
        with at(f"{date_to} 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].with_user(
                user or self.accountant
            )
            action = wizard.create(
                {"date_from": f"{date_to[:8]}01", "date_to": date_to, **values}
            ).action_create_invoices()
        self.assertEqual(action["res_model"], "helpdesk.hours.run")
        self.env.invalidate_all()
        return self.env["helpdesk.hours.run"].browse(action["res_id"])

    def work(self, when="2026-01-31 12:05"):
        """Let the job run, as the scheduler does."""
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_invoice_hours")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def fail_for(self, tickets, error=None):
        """Let the invoices of the customers of these tickets fail."""
        wizard = type(self.env["helpdesk.hours.invoicing"])
        prepare = wizard._prepare_invoice
        bad = tickets.commercial_partner_id

        def fail(this, partner, contract, currency, lines):
            if partner in bad:
                raise error or UserError("The customer has no receivable account.")
            return prepare(this, partner, contract, currency, lines)

        self.patch(wizard, "_prepare_invoice", fail)


@tagged("post_install", "-at_install")
class TestRunInTheBackground(RunCommon):
    def test_one_of_1000_fails(self):
        """Customer 700 of 1,000 fails: 999 drafts, one failure; who ran it is told."""
        # Nothing is committed in a test: when PostgreSQL counts the rows meanwhile it
        # finds none, and would loop over all moves for each of them.
        self.env.cr.execute("SET LOCAL enable_nestloop = off")
        tickets = self.make_many(1000)
        bad = tickets[699]
        self.fail_for(bad)
        run = self.start()
        self.assertEqual((run.state, run.progress, run.move_count), ("running", 0, 0))
        self.assertEqual((run.customer_count, run.done_count), (1000, 0))
        self.work()
        self.assertEqual((run.state, run.progress), ("done", 100))
        self.assertEqual((run.customer_count, run.done_count), (1000, 1000))
        self.assertEqual(run.move_count, 999)
        self.assertEqual(len(run.move_ids.partner_id), 999)
        self.assertEqual(run.move_ids.create_uid, self.accountant)
        self.assertEqual(set(run.move_ids.mapped("amount_untaxed")), {45})
        failure = run.failure_ids
        self.assertEqual(failure.partner_id, bad.commercial_partner_id)
        self.assertEqual(failure.message, "The customer has no receivable account.")
        self.assertFalse(any(bad.share_ids.mapped("settled")))
        told = run.message_ids.filtered("notified_partner_ids")
        self.assertEqual(told.notified_partner_ids, self.accountant.partner_id)
        self.assertIn("Customers: 1000, draft invoices: 999, failures: 1", told.body)
        self.assertEqual(run.activity_ids.user_id, self.accountant)
        # January is closed for who was invoiced: all work is dated in it.
        dates = tickets.share_ids.filtered("settled").mapped("accounting_date")
        self.assertEqual({str(date) for date in dates}, {"2026-01-13"})

    def test_it_goes_on_where_it_died(self):
        """Killed in the third batch of 7: what was committed stays, the rest comes."""
        tickets = self.make_many(30)
        self.patch(job, "LARGE_CUSTOMERS", 10)
        self.patch(job, "BATCH", 7)
        run = self.start()
        runs = type(run)
        make, calls = runs._make_drafts, []

        def die(this, shares):
            calls.append(len(shares))
            make(this, shares)
            if len(calls) >= 3:
                raise MemoryError("killed")

        self.patch(runs, "_make_drafts", die)
        with self.assertLogs(FAILURES, "ERROR"):
            self.work()
        self.assertEqual(
            (run.state, run.done_count, run.move_count), ("running", 14, 14)
        )
        self.patch(runs, "_make_drafts", make)
        self.work()
        self.assertEqual((run.state, run.done_count, run.move_count), ("done", 30, 30))
        self.assertEqual(len(run.move_ids.partner_id), 30)
        self.assertTrue(all(tickets.share_ids.mapped("settled")))

    def test_time_is_up(self):
        """The job stops between two batches and is called again."""
        self.make_many(12)
        self.patch(job, "LARGE_CUSTOMERS", 10)
        self.patch(job, "BATCH", 5)
        run = self.start()
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 0)
        run._cron_invoice()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.done_count, run.move_count), ("running", 5, 5))
        self.assertAlmostEqual(run.progress, 100 * 5 / 12)

    def test_small_runs_are_made_at_once(self):
        self.make_many(10)
        self.patch(job, "LARGE_CUSTOMERS", 10)
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(len(moves), 10)
        run = moves.support_run_id
        self.assertEqual((run.state, run.done_count, run.progress), ("done", 10, 100))
        self.assertFalse(run.message_ids.notified_partner_ids)

    def test_many_hours_of_few_customers_are_a_large_run(self):
        self.make_many(3)
        self.patch(job, "LARGE_SHARES", 2)
        self.assertEqual(self.start().state, "running")

    def test_one_run_at_a_time(self):
        """The second accountant is told who is at it, and how far."""
        self.make_many(3)
        self.patch(job, "LARGE_CUSTOMERS", 2)
        run = self.start()
        for values in ({}, {"partner_ids": self.contact.ids}):
            with self.assertRefused(r"of sla-accountant .* goes on: 0 of 3 customers"):
                self.run_invoicing("2026-02-28", **values)
        self.work()
        self.assertEqual(run.move_count, 3)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")

    def test_stopped(self):
        """What was made stays, another run takes the rest, in its own period."""
        tickets = self.make_many(12)
        self.patch(job, "LARGE_CUSTOMERS", 10)
        run = self.start()
        with at("2026-01-31 12:01"):
            self.assertEqual(run._as_accountant()._run_batch(5), 5)
            run.sudo(False).with_user(self.accountant).action_stop()
        self.assertEqual((run.state, run.move_count), ("stopped", 5))
        self.work()
        self.assertEqual((run.state, run.move_count), ("stopped", 5))
        with self.assertRefused("has ended already"):
            run.with_user(self.accountant).action_stop()
        rest = self.run_invoicing("2026-01-31")
        self.assertEqual(len(rest), 7)
        self.assertEqual(len((rest | run.move_ids).partner_id), 12)
        dates = tickets.share_ids.mapped("accounting_date")
        self.assertEqual({str(date) for date in dates}, {"2026-01-13"})

    def test_only_who_invoices_stops_a_run(self):
        self.make_many(3)
        self.patch(job, "LARGE_CUSTOMERS", 2)
        run = self.start()
        for user in (self.agent, self.manager, self.portal_user):
            with self.assertRaises(AccessError):
                run.sudo(False).with_user(user).action_stop()
        self.assertEqual(run.state, "running")

    def test_rights_are_those_of_who_started_it(self):
        """Who may not invoice any more makes no drafts: each one is a failure."""
        self.make_many(3)
        self.patch(job, "LARGE_CUSTOMERS", 2)
        run = self.start()
        group = self.env.ref("account.group_account_invoice")
        self.accountant.group_ids = [Command.unlink(group.id)]
        self.work()
        self.assertEqual((run.state, run.move_count, run.failure_count), ("done", 0, 3))


@tagged("post_install", "-at_install")
class TestFailures(RunCommon):
    def test_wrong_receivable_account_is_known_before(self):
        """It shows in the proposal; the run lists it and makes the other drafts."""
        good, bad = self.make_many(2)
        income = self.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        customer = bad.commercial_partner_id.with_company(self.company)
        customer.property_account_receivable_id = income
        with at("2026-01-31 12:00"):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(self.accountant)
                .create({"date_to": "2026-01-31"})
            )
            problems = {row["customer"]: row["problem"] for row in wizard._get_totals()}
        self.assertFalse(problems[good.partner_id.name])
        self.assertIn("is of another type", problems[bad.partner_id.name])
        self.assertIn("is of another type", wizard.totals)
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(moves.partner_id, good.partner_id)
        self.assertEqual(moves.support_run_id.failure_ids.partner_id, bad.partner_id)

    def test_hours_that_cannot_be_charged_are_a_failure_of_their_customer(self):
        """A calendar that is broken stops one customer, not the run."""
        tickets = self.make_many(5)
        model = type(tickets)
        allocate = model._allocate_hours

        message = "The calendar has no hours."

        def fail(this, until=None):
            if tickets[2] in this:
                raise UserError(message)
            return allocate(this, until)

        self.patch(model, "_allocate_hours", fail)
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(len(moves), 4)
        failure = moves.support_run_id.failure_ids
        self.assertEqual(failure.partner_id, tickets[2].commercial_partner_id)
        self.assertEqual(failure.message, message)

    def test_errors_of_programs_are_sentences_too(self):
        tickets = self.make_many(3)
        self.fail_for(tickets[1], KeyError("x"))
        with mute_logger(LOGGER):
            moves = self.run_invoicing("2026-01-31")
        self.assertEqual(len(moves), 2)
        message = moves.support_run_id.failure_ids.message
        self.assertIn("ask who looks after it", message)

    def test_who_failed_before_is_tried_alone(self):
        """The next run does not make the other drafts twice because of it."""
        tickets = self.make_many(6)
        self.fail_for(tickets[3])
        self.run_invoicing("2026-01-31")
        for ticket in tickets:
            self.log(ticket, "2026-02-10 10:00", "1:00")
        wizard = type(self.env["helpdesk.hours.invoicing"])
        create, sizes = wizard._create_invoices, []

        def count(this, run, groups):
            sizes.append(len(groups))
            return create(this, run, groups)

        self.patch(wizard, "_create_invoices", count)
        self.assertEqual(len(self.run_invoicing("2026-02-28")), 5)
        self.assertEqual(sizes, [5, 1])
