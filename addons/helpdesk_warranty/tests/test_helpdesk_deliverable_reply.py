"""What the customer writes within the term is no silence (R-B5)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local, utc

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestReply(WarrantyCommon):
    """Delivered Thu 8 January 16:00: the term ends Thu 15 at 17:00."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def tell(self, when, user=None, record=None, body="The total is wrong."):
        with at(when):
            record = record or self.deliverable.sudo(False)
            record.with_user(user or self.portal_user).message_post(
                body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            self.env.flush_all()
        self.env.invalidate_all()

    def judge(self, answer, when="2026-01-16 10:00", **values):
        with at(when):
            self.env["helpdesk.deliverable.response"].with_user(self.agent).create(
                {
                    "deliverable_id": self.deliverable.id,
                    "answer": answer,
                    "name": "Lucía Paredes",
                    "text": "The total is wrong.",
                    **values,
                }
            ).action_record()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_written_in_the_last_second_it_is_not_tacit(self):
        self.tell("2026-01-15 17:00:00")
        self.assertEqual(self.deliverable.replied_at, utc("2026-01-15 17:00:00"))
        self.run_cron("2026-01-15 17:05")
        self.run_cron(
            "2026-01-16 09:00",
            self.env.ref("helpdesk_warranty.ir_cron_accept_tacitly"),
        )
        with at("2026-01-16 10:00"):
            self.assertEqual(self.deliverable.state, "delivered")
            found = self.deliverable.search([("state", "=", "delivered")])
            self.assertIn(self.deliverable, found)
        summaries = " ".join(self.deliverable.activity_ids.mapped("summary"))
        self.assertIn("record what it means", summaries)
        self.assertIn("the customer wrote in it", summaries)

    def test_written_one_second_late_it_is_tacit(self):
        self.tell("2026-01-15 17:00:01")
        self.assertFalse(self.deliverable.replied_at)
        self.run_cron("2026-01-15 17:05")
        self.assertEqual(self.deliverable.answer, "tacit")

    def test_recorded_later_it_counts_from_when_it_was_written(self):
        """Written Thu 15 at 16:50, read on Fri: the correction is due Thu 22, 17:00."""
        self.tell("2026-01-15 16:50")
        self.run_cron("2026-01-15 17:05")
        self.judge("rejected")
        self.assertRecordValues(
            self.deliverable,
            [{"answer": "rejected", "answered_at": utc("2026-01-15 16:50")}],
        )
        correction = self.deliverable._get_terms("correction")
        self.assertEqual(local(correction.breach_at), "2026-01-22 17:00:00")

    def test_judged_as_no_answer_silence_accepts_at_its_own_end(self):
        self.tell("2026-01-12 10:00", body="Thank you, we will look at it.")
        self.judge("none", "2026-01-12 11:00")
        self.assertFalse(self.deliverable.replied_at)
        self.run_cron("2026-01-15 17:05")
        self.assertRecordValues(
            self.deliverable,
            [{"answer": "tacit", "answered_at": utc("2026-01-15 17:00")}],
        )
        kinds = self.deliverable.event_ids.mapped("kind")
        self.assertIn("replied", kinds)
        self.assertIn("no_answer", kinds)

    def test_judged_as_no_answer_after_the_term(self):
        self.tell("2026-01-12 10:00")
        self.run_cron("2026-01-15 17:05")
        self.judge("none")
        with at("2026-01-16 10:01"):
            self.assertEqual(self.deliverable.state, "tacit")
        self.run_cron(
            "2026-01-17 03:00",
            self.env.ref("helpdesk_warranty.ir_cron_accept_tacitly"),
        )
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")

    def test_nothing_to_judge(self):
        with self.assertRefused("nothing that waits to be judged"):
            self.judge("none", "2026-01-12 11:00")

    def test_a_moment_that_cannot_be(self):
        for written in ("2026-01-08 15:59", "2026-01-16 10:01"):
            with self.assertRefused("after the delivery and before now"):
                self.judge("rejected", written_at=utc(written))

    def test_who_may_not_answer_breaks_no_silence(self):
        self.tell("2026-01-12 10:00", self.colleague)
        self.assertFalse(self.deliverable.replied_at)

    def test_the_team_breaks_no_silence(self):
        self.tell("2026-01-12 10:00", self.agent)
        self.assertFalse(self.deliverable.replied_at)

    def test_not_reminded_of_what_was_written_about(self):
        self.tell("2026-01-09 10:00")
        self.run_cron("2026-01-13 09:00")
        self.assertFalse(self.get_mails(self.deliverable, "reminder"))

    def test_a_solution_is_written_about_on_its_ticket(self):
        """Solved Mon 5 January 11:00: silence would accept on Mon 12 at 17:00."""
        ticket = self.make_ticket("2026-01-05 10:00")
        self.move(ticket, "2026-01-05 10:20", "in_progress")
        self.move(ticket, "2026-01-05 11:00", "closing")
        self.run_notices("2026-01-05 11:01")
        self.tell("2026-01-07 10:00", record=ticket.sudo(False))
        self.deliverable = ticket.sudo().deliverable_ids
        self.run_cron("2026-01-12 17:06")
        self.assertFalse(self.deliverable.answer)
        self.judge("accepted", "2026-01-13 09:00")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-07 10:00:00")
