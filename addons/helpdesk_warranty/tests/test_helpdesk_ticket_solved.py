"""Solving a ticket delivers it, where the policy says so (R-A13, R-A14)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local

from .common import SIGNATURE, WarrantyCommon


@tagged("post_install", "-at_install")
class TestSolved(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket("2026-01-05 10:00")
        self.move(self.ticket, "2026-01-05 10:10", "assigned")
        self.move(self.ticket, "2026-01-05 10:20", "in_progress")

    def get_solutions(self, ticket=None):
        solutions = (ticket or self.ticket).deliverable_ids
        return solutions.sudo().sorted("version")

    def test_delivered_when_it_is_solved(self):
        """Solved Mon 5 January 11:00 → Mon 12, 17:00; the mail follows by a job."""
        self.move(self.ticket, "2026-01-05 11:00", "closing")
        solution = self.get_solutions()
        self.assertRecordValues(
            solution,
            [
                {
                    "kind": "ticket",
                    "number": self.ticket.number,
                    "name": self.ticket.name,
                    "version": 1,
                    "state": "delivered",
                    "silence_accepts": True,
                }
            ],
        )
        self.assertIn("Extended and tested", solution.specification)
        self.assertEqual(local(solution.acceptance_deadline), "2026-01-12 17:00:00")
        self.assertEqual(str(solution.warranty_until), "2026-01-20")
        self.assertFalse(self.get_mails(solution, "delivery"))
        self.run_notices("2026-01-05 11:01")
        self.run_notices("2026-01-05 11:02")
        mail = self.get_mails(solution, "delivery")
        self.assertEqual(mail.recipient_ids, self.contact)
        self.move(self.ticket, "2026-01-05 12:00", "done")
        self.assertEqual(len(self.get_solutions()), 1)
        self.run_cron("2026-01-12 17:06")
        self.assertEqual(solution.answer, "tacit")

    def test_reopened_before_the_acceptance(self):
        """It is withdrawn; solved again it is the next version, with its own term."""
        self.move(self.ticket, "2026-01-05 11:00", "closing")
        first = self.get_solutions()
        self.run_notices("2026-01-05 11:01")
        self.move(self.ticket, "2026-01-06 09:00", "in_progress")
        self.assertEqual(first.state, "withdrawn")
        self.assertEqual(first.timer_ids.state, "void")
        self.assertFalse(first.in_warranty)
        with at("2026-01-06 09:30"), self.assertRefused("was withdrawn"):
            first.sudo(False).with_user(self.portal_user).action_accept(
                "Lucía", SIGNATURE
            )
        self.move(self.ticket, "2026-01-06 10:00", "done")
        self.run_notices("2026-01-06 10:01")
        second = self.get_solutions()[-1]
        self.assertEqual((second.version, second.previous_id), (2, first))
        self.run_cron("2026-01-13 17:06")
        self.assertEqual(first.answer, "withdrawn")
        self.assertEqual(second.answer, "tacit")
        self.assertEqual(local(second.answered_at), "2026-01-13 17:00:00")

    def test_reopened_after_the_acceptance(self):
        """Accepted is accepted: nothing is withdrawn, nothing is asked again."""
        self.move(self.ticket, "2026-01-05 11:00", "done")
        self.run_notices("2026-01-05 11:01")
        self.run_cron("2026-01-12 17:06")
        self.move(self.ticket, "2026-01-14 10:00", "in_progress")
        self.move(self.ticket, "2026-01-14 11:00", "done")
        self.assertEqual(self.get_solutions().mapped("answer"), ["tacit"])

    def test_rejected_solution_is_worked_on_again(self):
        self.move(self.ticket, "2026-01-05 11:00", "done")
        first = self.get_solutions()
        with at("2026-01-06 10:00"):
            first.sudo(False).with_user(self.portal_user).action_reject("Still fails")
        self.env.invalidate_all()
        self.assertEqual(self.ticket.stage_id.sla_solution, "run")
        self.assertIn("Still fails", self.ticket.message_ids[0].body)
        self.assertEqual(first.answer, "rejected")
        correction = first._get_terms("correction")
        self.assertEqual(correction.state, "running")
        self.move(self.ticket, "2026-01-07 10:00", "done")
        self.assertEqual(self.get_solutions().mapped("version"), [1, 2])
        self.assertEqual(correction.state, "met")

    def test_stages_that_solve_nothing(self):
        for stage in ("returned", "development", "cancelled", "awaiting"):
            ticket = self.make_ticket("2026-01-05 10:00")
            self.move(ticket, "2026-01-05 11:00", stage)
            self.assertFalse(self.get_solutions(ticket), stage)

    def test_policy_that_asks_for_none(self):
        with self.as_unsigned():
            self.policy.accept_tickets = False
        self.move(self.ticket, "2026-01-05 11:00", "done")
        self.assertFalse(self.get_solutions())

    def test_nobody_who_could_answer(self):
        """Solving is never refused: the agent is told, and no term runs."""
        self.contract.contact_ids.role_deliverables = False
        self.ticket.user_id = self.agent
        self.move(self.ticket, "2026-01-05 11:00", "done")
        self.run_notices("2026-01-05 11:01")
        solution = self.get_solutions()
        self.assertTrue(solution.notice_failed)
        self.assertFalse(solution.acceptance_deadline)
        self.assertEqual(solution.activity_ids.user_id, self.agent)

    def count_queries(self, count):
        """Return how many queries it takes to solve tickets in one batch."""
        tickets = self.env["helpdesk.ticket"]
        for _number in range(count):
            tickets |= self.make_ticket("2026-01-05 10:00")
        self.env.flush_all()
        self.env.invalidate_all()
        with at("2026-01-05 11:00"):
            before = self.env.cr.sql_log_count
            tickets.with_context(tracking_disable=True).write(
                {"stage_id": self.stages["done"].id}
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

    def test_many_solved_at_once_cost_no_query_each(self):
        self.count_queries(2)  # fills the caches
        few, many = self.count_queries(5), self.count_queries(25)
        self.assertLessEqual(many - few, 20, "one query more per ticket")
