"""The term of acceptance, silence, correction (R-A13, R-B5)."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.models import helpdesk_sla_timer_sweep as sweep
from odoo.addons.helpdesk_sla_policy.tests.common import at, local

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

    def test_each_kind_has_its_own_days(self):
        """Documents need no acceptance here, settings ten days (R-B5)."""
        with self.as_unsigned():
            self.env["helpdesk.sla.target"].create(
                [
                    {
                        "policy_id": self.policy.id,
                        "metric": "acceptance",
                        "kind": kind,
                        "amount": days,
                        "unit": "business_day",
                    }
                    for kind, days in (("document", 0), ("setting", 10))
                ]
            )
        document = self.make_deliverable("2026-01-08 16:00", kind="document")
        self.assertFalse(document.acceptance_deadline)
        self.assertFalse(document.timer_ids)
        setting = self.make_deliverable("2026-01-08 16:00", kind="setting")
        self.assertEqual(local(setting.acceptance_deadline), "2026-01-22 17:00:00")
        self.assertTerm("2026-01-08 16:00", "2026-01-15 17:00")

    def test_two_targets_of_a_kind_are_refused(self):
        with (
            self.as_unsigned(),
            self.assertRefused("two targets for the same case", ValidationError),
        ):
            self.env["helpdesk.sla.target"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "acceptance",
                    "amount": 3,
                    "unit": "business_day",
                }
            )
        with (
            self.as_unsigned(),
            self.assertRefused("by kind of deliverable", ValidationError),
        ):
            self.env["helpdesk.sla.target"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "diagnosis",
                    "kind": "setting",
                    "amount": 3,
                }
            )

    def test_clocks_go_forward_in_the_term(self):
        """Santiago leaves summer time on Sun 5 April 2026: the close stays 17:00."""
        zone = "America/Santiago"
        with self.as_unsigned():
            self.policy.office_calendar_id = self.make_calendar(9, 17, tz=zone)
        with at("2026-04-02 16:00", zone):
            ticket = self.env["helpdesk.ticket"].create(self.prepare_ticket())
            deliverable = self.env["helpdesk.deliverable"].create(
                {"name": "Report", "ticket_id": ticket.id}
            )
            deliverable.action_deliver()
        # Fri 3, Mon 6, Tue 7, Wed 8, Thu 9: 17:00 is 21:00 UTC now, 20:00 before.
        self.assertEqual(
            local(deliverable.acceptance_deadline, zone), "2026-04-09 17:00:00"
        )
        self.assertEqual(str(deliverable.acceptance_deadline), "2026-04-09 21:00:00")

    def test_term_is_a_timer_like_any_other(self):
        """It runs on the deliverable, shown with its days, out of the ticket's own."""
        ticket = self.make_ticket("2026-01-05 10:00")
        for stage in ("assigned", "in_progress", "closing", "done"):
            self.move(ticket, "2026-01-05 10:10", stage)
        deliverable = self.make_deliverable("2026-01-08 16:00", ticket)
        timer = deliverable.timer_ids
        self.assertRecordValues(
            timer,
            [
                {
                    "metric": "acceptance",
                    "state": "running",
                    "target_days": 5,
                    "due_at": deliverable.acceptance_deadline,
                    "breach_at": deliverable.acceptance_deadline,
                    "ticket_id": deliverable.ticket_id.id,
                }
            ],
        )
        self.assertNotIn(timer, deliverable.ticket_id.timer_ids)
        self.assertNotEqual(deliverable.ticket_id.next_due, timer.due_at)
        with at("2026-01-15 17:02"):
            self.env.invalidate_all()
            late = self.env["helpdesk.ticket"].search([("is_late", "=", True)])
            self.assertFalse(deliverable.ticket_id.is_late)
            self.assertNotIn(deliverable.ticket_id, late)
            self.assertFalse(deliverable.ticket_id._get_missed_timers())
            self.assertTrue(timer.explanation)
            story = timer._get_story("America/Guayaquil")
        self.assertEqual(
            [line["text"] for line in story if line["kind"] == "counted"],
            [f"Business day {number} of 5" for number in range(1, 6)],
        )

    def test_terms_stay_out_of_attainment(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        self.run_cron("2026-01-15 17:06")
        rows = self.env["helpdesk.sla.attainment"].search(
            [("ticket_id", "=", deliverable.ticket_id.id)]
        )
        self.assertFalse({"acceptance", "correction"} & set(rows.mapped("metric")))

    def test_ticket_without_timers_of_its_own_can_be_adopted(self):
        """A term of a deliverable does not make an old ticket look timed."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        ticket = deliverable.ticket_id
        self.assertTrue(ticket.timer_ids)
        self.env.cr.execute(
            "DELETE FROM helpdesk_sla_timer WHERE ticket_id = %s "
            "AND deliverable_id IS NULL",
            [ticket.id],
        )
        self.env.invalidate_all()
        found = ticket.search([("id", "=", ticket.id), ("timer_ids", "=", False)])
        self.assertEqual(found, ticket)

    def test_two_deliverables_of_a_ticket_have_a_term_each(self):
        ticket = self.make_ticket("2026-01-05 10:00")
        self.make_deliverable("2026-01-08 16:00", ticket)
        self.make_deliverable("2026-01-08 16:00", ticket)
        terms = self.env["helpdesk.sla.timer"].search(
            [("ticket_id", "=", ticket.id), ("metric", "=", "acceptance")]
        )
        self.assertEqual(len(terms), 2)

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

    def test_policy_without_silence(self):
        """A term that nothing ends: a policy may ask for an answer always."""
        steps = self.policy.step_ids
        with self.as_unsigned():
            steps.filtered(lambda step: step.action == "accept").unlink()
        deliverable = self.make_deliverable("2026-01-08 16:00")
        self.assertEqual(local(deliverable.acceptance_deadline), "2026-01-15 17:00:00")
        self.run_cron("2026-12-30 12:00")
        with at("2026-12-30 12:00"):
            self.env.invalidate_all()
            self.assertEqual(deliverable.state, "delivered")

    def test_delivered_once(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("delivered already"):
            deliverable.action_deliver()

    def test_delivered_stays_on_record(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("stays on record"):
            deliverable.with_user(self.manager).unlink()

    def test_frozen_once_delivered(self):
        """What the customer was shown does not change: only the next version does."""
        other = self.make_ticket("2026-01-06 10:00")
        files = self.env["ir.attachment"].with_user(self.agent)
        file = files.create({"name": "a.txt", "raw": b"first"})
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", attachment_ids=[Command.set(file.ids)]
        )
        for values in (
            {"kind": "document"},
            {"name": "Another title"},
            {"specification": "<p>Less</p>"},
            {"ticket_id": other.id},
            {"attachment_ids": [Command.clear()]},
        ):
            for user in (self.agent, self.manager):
                with self.subTest(values=values), self.assertRefused("as it was"):
                    deliverable.sudo(False).with_user(user).write(values)
        with self.assertRefused("has been delivered"):
            file.raw = b"second"
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            file.unlink()


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

    def test_steps_are_due_on_their_days(self):
        """Day 3 is Tue 13, day 5 Thu 15 January; silence is swept at 17:05."""
        timer = self.deliverable.timer_ids
        for due, fired in (
            ("2026-01-13 09:00:00", 0),
            ("2026-01-15 09:00:00", 1),
            ("2026-01-15 17:05:00", 2),
        ):
            self.assertEqual(local(timer.next_step_at), due)
            self.assertEqual(len(timer.alert_ids), fired)
            self.run_cron(due)
        self.assertFalse(timer.next_step_at)
        self.assertEqual(len(timer.alert_ids), 3)

    def test_closed_ticket_does_not_stop_the_term(self):
        """Deliverables are answered when their ticket is long closed."""
        ticket = self.deliverable.ticket_id
        ticket.sudo().stage_id = self.stages["done"]
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(self.deliverable.answer, "tacit")

    def test_timer_stops_at_the_end_of_the_term(self):
        self.run_cron("2026-01-18 03:00")
        timer = self.deliverable.timer_ids
        self.assertEqual(timer.state, "met")
        self.assertEqual(local(timer.stopped_at), "2026-01-15 17:00:00")

    def test_outage_of_a_week(self):
        """All steps are overdue at once: nobody is reminded of a term that is over."""
        self.run_cron("2026-01-22 10:00")
        self.assertEqual(self.deliverable.answer, "tacit")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")
        purposes = self.deliverable.event_ids.mapped("purpose")
        self.assertNotIn("reminder", purposes)

    def test_net_decides_what_the_sweep_left(self):
        """The steps failed or are gone: the customer was told that silence accepts."""
        with self.as_unsigned():
            self.policy.step_ids.filtered(lambda s: s.metric == "acceptance").unlink()
        self.deliverable.timer_ids.next_step_at = False
        self.run_cron("2026-01-15 17:06")
        self.assertFalse(self.deliverable.answer)
        net = self.env.ref("helpdesk_warranty.ir_cron_accept_tacitly")
        self.run_cron("2026-01-16 03:00", net)
        self.assertEqual(self.deliverable.answer, "tacit")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")

    def test_record_says_from_when_to_when(self):
        self.run_cron("2026-01-15 17:06")
        bodies = " ".join(self.deliverable.message_ids.mapped("body"))
        self.assertIn("from 01/08/2026 04:00 PM to 01/15/2026 05:00 PM", bodies)

    def test_many_terms_at_once(self):
        """More than one batch of the job."""
        ticket = self.deliverable.ticket_id
        with at("2026-01-08 16:00"), patch.object(sweep, "BATCH", 7):
            many = self.env["helpdesk.deliverable"].create(
                [{"name": str(number), "ticket_id": ticket.id} for number in range(20)]
            )
            many.action_deliver()
            self.env.flush_all()
        with patch.object(sweep, "BATCH", 7):
            self.run_cron("2026-01-15 17:06")
        self.assertEqual(set(many.mapped("answer")), {"tacit"})
        tacit = many.event_ids.filtered(lambda event: event.kind == "tacit")
        self.assertEqual(tacit.deliverable_id, many)
        self.assertEqual(len(tacit), 20)

    def test_rejection_one_second_late_is_refused(self):
        """With a sentence that says what to do now."""
        with (
            at("2026-01-15 17:00:01"),
            self.assertRefused("term ended on 01/15/2026 05:00 PM.*new ticket"),
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
            self.deliverable.with_user(self.portal_user).action_accept(
                "Lucía", SIGNATURE
            )


@tagged("post_install", "-at_install")
class TestCalendarMoves(WarrantyCommon):
    """Edits of the calendar move undecided terms; the customers are told."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def recompute(self, when):
        with at(when), self.enter_registry_test_mode():
            self.env.ref(
                "helpdesk_sla_policy.ir_cron_recompute"
            ).method_direct_trigger()
            self.env.ref("helpdesk_warranty.ir_cron_notices").method_direct_trigger()
        self.env.invalidate_all()

    def assertEnds(self, deadline):
        self.assertEqual(local(self.deliverable.acceptance_deadline), deadline)
        self.assertEqual(local(self.deliverable.timer_ids.due_at), deadline)

    def test_holiday_moves_the_term(self):
        """Mon 12 becomes a holiday: Thu 15 → Fri 16, told and swept there."""
        with at("2026-01-09 10:00"):
            holiday = self.make_holiday("2026-01-12")
        self.recompute("2026-01-09 10:01")
        self.assertEnds("2026-01-16 17:00:00")
        mails = self.get_mails(self.deliverable, "moved")
        self.assertEqual(mails.recipient_ids, self.contact)
        self.assertIn("Friday, January 16, 2026", mails.subject)
        self.run_cron("2026-01-15 17:06")
        self.assertFalse(self.deliverable.answer)
        with at("2026-01-15 17:10"):
            self.assertEqual(self.deliverable.state, "delivered")
            holiday.unlink()
        # Back to Thu 15, which is over by now: no edit ends a term in the past.
        self.recompute("2026-01-15 17:11")
        self.assertEnds("2026-01-16 17:00:00")
        self.run_cron("2026-01-16 17:05")
        self.assertEqual(self.deliverable.answer, "tacit")

    def test_holiday_that_is_removed_moves_it_back(self):
        with at("2026-01-09 10:00"):
            holiday = self.make_holiday("2026-01-12")
        self.recompute("2026-01-09 10:01")
        with at("2026-01-09 11:00"):
            holiday.unlink()
        self.recompute("2026-01-09 11:01")
        self.assertEnds("2026-01-15 17:00:00")

    def test_decided_terms_stay(self):
        """Over is over, also before the sweep was there."""
        with at("2026-01-15 17:03"):
            self.make_holiday("2026-01-15")
        self.recompute("2026-01-15 17:04")
        self.assertEnds("2026-01-15 17:00:00")
        self.run_cron("2026-01-15 17:05")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")

    def test_reminder_added_to_the_policy_counts_for_running_terms(self):
        with at("2026-01-09 10:00"), self.as_unsigned():
            self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "acceptance",
                    "basis": "business_day",
                    "amount": 2,
                    "action": "remind",
                }
            )
        self.recompute("2026-01-09 10:01")
        self.assertEnds("2026-01-15 17:00:00")
        self.assertEqual(
            local(self.deliverable.timer_ids.next_step_at), "2026-01-12 09:00:00"
        )
        self.assertFalse(self.get_mails(self.deliverable, "moved"))


@tagged("post_install", "-at_install")
class TestCorrection(WarrantyCommon):
    """A rejection gives the provider five business days, timed and alerted (R-B5)."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")
        self.deliverable.ticket_id.user_id = self.agent
        with at("2026-01-09 10:00"):
            self.deliverable.sudo(False).with_user(self.agent).action_reject("Wrong")
        self.env.invalidate_all()
        self.correction = self.deliverable._get_terms("correction")

    def make_version(self, delivered):
        with at(delivered):
            agents = self.deliverable.sudo(False).with_user(self.agent)
            version = agents.browse(agents.action_redeliver()["res_id"])
            version.action_deliver()
            self.env.flush_all()
        self.env.invalidate_all()
        return version.sudo()

    def test_timed(self):
        """Rejected Fri 9 January 10:00 → Fri 16, 17:00."""
        self.assertEqual(self.correction.state, "running")
        self.assertEqual(local(self.correction.due_at), "2026-01-16 17:00:00")
        activity = self.deliverable.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("rejected: correct it by 01/16/2026 05:00 PM", activity.summary)

    def test_met(self):
        self.make_version("2026-01-16 17:00:00")
        self.assertEqual(self.correction.state, "met")

    def test_missed(self):
        self.make_version("2026-01-16 17:00:01")
        self.assertEqual(self.correction.state, "missed")

    def test_alerted(self):
        """On its fourth day by an activity, after its end by mail."""
        self.run_cron("2026-01-15 09:00")
        ticket = self.deliverable.ticket_id
        self.assertIn("Correction", ticket.activity_ids.mapped("summary")[0])
        self.run_cron("2026-01-16 17:01")
        self.assertEqual(len(self.correction.alert_ids), 2)
        mail = self.env["mail.mail"].search(
            [("recipient_ids", "in", self.agent.partner_id.ids)], limit=1
        )
        self.assertIn(ticket.number, mail.subject)

    def test_next_version_has_its_own_term(self):
        """Delivered Wed 14 January 12:00 → Wed 21, tacit too."""
        version = self.make_version("2026-01-14 12:00")
        self.assertEqual(local(version.acceptance_deadline), "2026-01-21 17:00:00")
        self.run_cron("2026-01-21 17:06")
        self.assertEqual(version.answer, "tacit")
        self.assertEqual(self.deliverable.answer, "rejected")

    def test_made_once(self):
        agents = self.deliverable.sudo(False).with_user(self.agent)
        first, second = agents.action_redeliver(), agents.action_redeliver()
        self.assertEqual(first["res_id"], second["res_id"])

    def test_later_versions_may_need_an_answer(self):
        """A policy may ask for express acceptance of later versions (R-B5)."""
        with self.as_unsigned():
            self.policy.express_versions = True
        version = self.make_version("2026-01-14 12:00")
        self.assertFalse(version.silence_accepts)
        mail = self.get_mails(version, "delivery")
        self.assertIn("Silence does not accept it", mail.body_html)
        self.run_cron("2026-01-21 17:06")
        with at("2026-01-22 10:00"):
            self.env.invalidate_all()
            self.assertEqual(version.state, "delivered")
            self.assertIn("silence does not accept", version.activity_ids.summary)
            version.sudo(False).with_user(self.portal_user).action_accept(
                "Lucía", SIGNATURE
            )
        self.assertEqual(version.answer, "accepted")
