"""Deliverables: the term of acceptance, silence, rejection, warranty (R-B5, R-B6)."""

from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, local, utc

from .common import SIGNATURE, WarrantyCommon


@tagged("post_install", "-at_install")
class TestTerm(WarrantyCommon):
    """Five business days; the day of the delivery does not count (R-B5)."""

    def assertTerm(self, delivered, deadline):
        deliverable = self.make_deliverable(delivered)
        self.assertEqual(
            local(deliverable.acceptance_deadline), f"{deadline}:00", delivered
        )
        return deliverable

    def test_worked_examples(self):
        """The term ends at the close of the fifth following business day."""
        for delivered, deadline in (
            ("2026-01-08 16:00", "2026-01-15 17:00"),  # Thursday
            ("2026-01-08 19:00", "2026-01-15 17:00"),  # after closing
            ("2026-01-09 08:00", "2026-01-16 17:00"),  # before opening
            ("2026-01-10 11:00", "2026-01-16 17:00"),  # Saturday
        ):
            self.assertTerm(delivered, deadline)

    def test_holiday_is_no_business_day(self):
        """With Mon 12 Jan a holiday: Sat 10 Jan → Mon 19 Jan 17:00."""
        self.make_holiday("2026-01-12")
        self.assertTerm("2026-01-10 11:00", "2026-01-19 17:00")

    def test_term_is_the_offices_on_a_plan_that_never_closes(self):
        """A 24/7 plan does not make Saturday a business day."""
        self.contract.plan_id = self.plan_always
        self.assertTerm("2026-01-09 08:00", "2026-01-16 17:00")

    def test_waiting_for_the_customer_does_not_stop_the_term(self):
        ticket = self.make_ticket("2026-01-05 10:00")
        self.move(ticket, "2026-01-05 10:10", "in_progress")
        deliverable = self.make_deliverable("2026-01-08 16:00", ticket)
        self.move(ticket, "2026-01-08 16:10", "awaiting")
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(deliverable.answer, "tacit")

    def test_policy_without_a_term(self):
        """Without a promise of acceptance, silence accepts nothing, ever."""
        targets = self.policy.target_ids
        with self.as_unsigned():
            targets.filtered(lambda target: target.metric == "acceptance").unlink()
        deliverable = self.make_deliverable("2026-01-08 16:00")
        self.assertFalse(deliverable.acceptance_deadline)
        self.run_cron("2026-12-30 12:00")
        with at("2026-12-30 12:00"):
            self.env.invalidate_all()
            self.assertEqual(deliverable.state, "delivered")

    def test_delivery_is_told_with_its_term(self):
        """The first mail names the date at which silence accepts."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mail = deliverable.message_ids.filtered(
            lambda message: self.contact in message.partner_ids
        )
        self.assertIn("2026-01-15 17:00", mail.body)
        self.assertIn("counts as accepted", mail.body)
        self.assertIn(deliverable.number, mail.subject)

    def test_delivered_once(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("delivered already"):
            deliverable.action_deliver()

    def test_delivered_stays_on_record(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("stays on record"):
            deliverable.with_user(self.manager).unlink()


@tagged("post_install", "-at_install")
class TestSilence(WarrantyCommon):
    """Silence is tacit acceptance, effective at the close of the last day (R-B5)."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def assertState(self, when, state):
        with at(when):
            self.env.invalidate_all()
            self.assertEqual(self.deliverable.state, state, when)
            for name, _label in self.deliverable._fields["state"].selection:
                found = self.deliverable.search(
                    [("id", "=", self.deliverable.id), ("state", "=", name)]
                )
                self.assertEqual(bool(found), name == state, (when, name))

    def test_read_in_between_it_is_already_tacit(self):
        """From the first second after the term, before any job ran."""
        self.assertState("2026-01-15 17:00:00", "delivered")
        self.assertState("2026-01-15 17:00:01", "tacit")
        self.assertFalse(self.deliverable.answer)

    def test_effective_at_its_own_end_whenever_the_job_runs(self):
        """Three days late the job still records the end of the term."""
        self.run_cron("2026-01-18 03:00")
        self.assertEqual(self.deliverable.answer, "tacit")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")
        self.assertState("2026-01-18 03:00", "tacit")

    def test_job_twice_is_once(self):
        self.run_cron("2026-01-15 17:06")
        messages = self.deliverable.message_ids
        answered = self.deliverable.answered_at
        self.run_cron("2026-01-15 18:00")
        self.assertEqual(self.deliverable.message_ids, messages)
        self.assertEqual(self.deliverable.answered_at, answered)

    def test_job_waits_for_answers_on_their_way(self):
        """Five minutes after the term: a request that came in time wins."""
        self.run_cron("2026-01-15 17:04:59")
        self.assertFalse(self.deliverable.answer)
        self.run_cron("2026-01-15 17:05:00")
        self.assertEqual(self.deliverable.answer, "tacit")

    def test_job_is_woken_for_the_term(self):
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])
        self.assertIn(
            self.deliverable.acceptance_deadline + timedelta(minutes=5),
            triggers.mapped("call_at"),
        )

    def test_record_says_from_when_to_when(self):
        self.run_cron("2026-01-15 17:06")
        bodies = " ".join(self.deliverable.message_ids.mapped("body"))
        self.assertIn("from 2026-01-08 16:00 to 2026-01-15 17:00", bodies)

    def test_many_terms_at_once(self):
        """More than one batch of the job."""
        ticket = self.deliverable.ticket_id
        with at("2026-01-08 16:00"):
            many = self.env["helpdesk.deliverable"].create(
                [{"name": str(number), "ticket_id": ticket.id} for number in range(120)]
            )
            many.write(
                {
                    "delivered_at": utc("2026-01-08 16:00"),
                    "acceptance_deadline": utc("2026-01-15 17:00"),
                }
            )
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(set(many.mapped("answer")), {"tacit"})

    def test_rejection_one_second_late_is_refused(self):
        """With a sentence that says what to do now."""
        with (
            at("2026-01-15 17:00:01"),
            self.assertRefused("term ended on 2026-01-15 17:00.*new ticket"),
        ):
            self.deliverable.with_user(self.portal_user).action_reject("Wrong sum")
        self.assertState("2026-01-15 17:00:01", "tacit")

    def test_rejection_in_the_last_second_wins(self):
        with at("2026-01-15 17:00:00"):
            self.deliverable.with_user(self.portal_user).action_reject("Wrong sum")
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(self.deliverable.answer, "rejected")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")

    def test_acceptance_after_the_term_adds_nothing(self):
        """Tacit acceptance is definitive."""
        with at("2026-01-16 10:00"), self.assertRefused("term ended"):
            self.deliverable.with_user(self.portal_user).action_accept("Lucía")


@tagged("post_install", "-at_install")
class TestAnswer(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def as_customer(self, user=None):
        return self.deliverable.sudo(False).with_user(user or self.portal_user)

    def test_accepted_with_who_and_when(self):
        with at("2026-01-09 10:00"):
            self.as_customer().action_accept("Lucía Paredes", SIGNATURE)
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "accepted",
                    "state": "accepted",
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("2026-01-09 10:00"),
                }
            ],
        )
        self.assertTrue(self.deliverable.signature)

    def test_rejection_needs_grounds(self):
        """In writing, with its grounds (R-B5)."""
        for grounds in (None, "", "  ", "<p><br></p>"):
            with at("2026-01-09 10:00"), self.assertRefused("needs its grounds"):
                self.as_customer().action_reject(grounds)
        self.assertFalse(self.deliverable.answer)

    def test_answered_once(self):
        with at("2026-01-09 10:00"):
            self.as_customer().action_accept("Lucía")
            with self.assertRefused("answered already"):
                self.as_customer().action_reject("Wrong sum")
            with self.assertRefused("answered already"):
                self.as_customer().action_accept("Lucía")

    def test_draft_cannot_be_answered(self):
        draft = self.env["helpdesk.deliverable"].create(
            {"name": "Draft", "ticket_id": self.deliverable.ticket_id.id}
        )
        with self.assertRefused("not been delivered"):
            draft.action_accept()

    def test_role_is_asked_for(self):
        """Only contacts who accept deliverables answer (R-B4)."""
        with at("2026-01-09 10:00"):
            with self.assertRefused("not on the contract", AccessError):
                self.as_customer(self.colleague).action_accept("Colleague")
            with self.assertRefused("not on the contract", AccessError):
                self.as_customer(self.colleague).action_reject("Wrong sum")
            with self.assertRaises(AccessError):
                self.as_customer(self.stranger).action_accept("Stranger")
        self.assertFalse(self.deliverable.answer)

    def test_agent_records_an_answer_that_came_by_mail(self):
        """By e-mail or electronic signature (R-B5): who recorded it is kept."""
        with at("2026-01-09 10:00"):
            self.deliverable.sudo(False).with_user(self.agent).action_reject(
                "Wrong sum, by e-mail"
            )
        self.assertEqual(self.deliverable.answered_by, self.agent.name)

    def test_corrected_version_has_its_own_term(self):
        """Delivered again: a new term, tacit too (R-B5)."""
        with at("2026-01-09 10:00"):
            self.as_customer().action_reject("Wrong sum")
            action = (
                self.deliverable.sudo(False).with_user(self.agent).action_redeliver()
            )
        version = self.deliverable.browse(action["res_id"])
        self.assertRecordValues(
            version,
            [
                {
                    "version": 2,
                    "previous_id": self.deliverable.id,
                    "number": self.deliverable.number,
                    "state": "draft",
                    "answer": False,
                    "grounds": False,
                }
            ],
        )
        with at("2026-01-14 12:00"):
            version.with_user(self.agent).action_deliver()
        self.assertEqual(local(version.acceptance_deadline), "2026-01-21 17:00:00")
        self.run_cron("2026-01-21 17:06")
        self.assertEqual(version.answer, "tacit")
        self.assertEqual(self.deliverable.answer, "rejected")

    def test_only_a_rejected_version_is_delivered_again(self):
        with at("2026-01-09 10:00"), self.assertRefused("Only a rejected version"):
            self.deliverable.action_redeliver()

    def test_facts_of_the_answer_are_not_written(self):
        """Nobody writes an acceptance or a date by hand: there are actions for it."""
        for values in (
            {"answer": "accepted"},
            {"answered_at": utc("2026-01-09 10:00")},
            {"answered_by": "Lucía Paredes"},
            {"delivered_at": utc("2026-01-01 10:00")},
            {"acceptance_deadline": utc("2026-01-09 17:00")},
            {"signature": SIGNATURE},
            {"grounds": "None"},
            {"version": 7},
        ):
            for user in (self.agent, self.manager):
                forged = self.deliverable.sudo(False).with_user(user)
                with (
                    self.subTest(values=values, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    forged.write(values)
        with self.assertRaises(AccessError):
            self.env["helpdesk.deliverable"].with_user(self.agent).create(
                {
                    "name": "Forged",
                    "ticket_id": self.deliverable.ticket_id.id,
                    "delivered_at": utc("2026-01-01 10:00"),
                    "answer": "accepted",
                }
            )


@tagged("post_install", "-at_install")
class TestWarranty(WarrantyCommon):
    """In days by kind, from the later of delivery and go-live (R-A13, R-B6)."""

    def assertWarranty(self, deliverable, last_day):
        """Assert the last day, whose last second is still covered."""
        self.assertEqual(str(deliverable.warranty_until), last_day)
        following = date.fromisoformat(last_day) + timedelta(days=1)
        for moment, inside in (
            (f"{last_day} 23:59:59", True),
            (f"{following} 00:00:00", False),
        ):
            self.assertEqual(deliverable._is_in_warranty(utc(moment)), inside)
            with at(moment):
                self.env.invalidate_all()
                self.assertEqual(deliverable.in_warranty, inside)

    def test_by_kind(self):
        """Tickets and settings 15 days, developments 60, documents none."""
        for kind, last_day in (
            ("ticket", "2026-01-23"),
            ("setting", "2026-01-23"),
            ("development", "2026-03-09"),
        ):
            deliverable = self.make_deliverable("2026-01-08 16:00", kind=kind)
            self.assertWarranty(deliverable, last_day)
        for kind in ("document", "estimate"):
            deliverable = self.make_deliverable("2026-01-08 16:00", kind=kind)
            self.assertFalse(deliverable.warranty_until)
            self.assertFalse(deliverable.in_warranty)

    def test_go_live_later_counts(self):
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", go_live_date="2026-02-01"
        )
        self.assertWarranty(deliverable, "2026-04-02")

    def test_go_live_earlier_does_not(self):
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", go_live_date="2026-01-02"
        )
        self.assertWarranty(deliverable, "2026-03-09")

    def test_go_live_told_later_moves_the_warranty(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        deliverable.sudo(False).with_user(self.agent).go_live_date = "2026-01-20"
        self.assertWarranty(deliverable, "2026-03-21")

    def test_day_is_the_customers(self):
        """Delivered 23:30 in Guayaquil is the 8th there, the 9th in UTC."""
        deliverable = self.make_deliverable("2026-01-08 23:30")
        self.assertWarranty(deliverable, "2026-03-09")

    def test_customer_in_another_zone(self):
        """Delivered 19:00 in Guayaquil is 01:00 of the 9th in Madrid."""
        self.contract.tz = "Europe/Madrid"
        deliverable = self.make_deliverable("2026-01-08 19:00")
        self.assertEqual(str(deliverable.warranty_until), "2026-03-10")

    def test_rejected_version_has_no_warranty(self):
        """A version accepted after a rejection: from its own delivery."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with at("2026-01-09 10:00"):
            deliverable.with_user(self.portal_user).action_reject("Wrong sum")
            self.env.invalidate_all()
            self.assertFalse(deliverable.in_warranty)
            version = deliverable.browse(deliverable.action_redeliver()["res_id"])
        with at("2026-01-14 12:00"):
            version.action_deliver()
        self.assertWarranty(version, "2026-03-15")

    def test_days_are_the_policys(self):
        """A policy copied for one customer may give more."""
        policy = self.policy.copy()
        term = policy.warranty_ids.filtered(lambda term: term.kind == "development")
        term.days = 90
        self.contract.plan_id = self.plan.copy({"policy_id": policy.id})
        deliverable = self.make_deliverable("2026-01-08 16:00")
        self.assertWarranty(deliverable, "2026-04-08")

    def test_terms_are_kept_once_per_kind_and_positive(self):
        terms = self.env["helpdesk.warranty.term"]
        for values in (
            {"kind": "setting", "days": 1},
            {"kind": "document", "days": -1},
        ):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                terms.create({"policy_id": self.policy.id, **values})

    def test_deliverable_of_another_customer_cannot_be_claimed(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("another customer", UserError):
            self.make_claim(
                "2026-01-20 10:00",
                deliverable,
                partner_id=self.stranger.partner_id.id,
            )
