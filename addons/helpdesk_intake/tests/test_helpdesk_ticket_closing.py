from datetime import datetime

from odoo import fields
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local, utc

from .notice_common import NoticeCommon, NoticeHttpCommon

PANAMA = "America/Panama"


class ClosingMixin:
    def make_solved(self, solved="2026-01-08 16:00", **values):
        """Return a ticket that was solved at a wall-clock time."""
        ticket = self.make_ticket("2026-01-08 10:00", user_id=self.agent.id, **values)
        self.move(ticket, solved, "closing")
        return ticket


@tagged("post_install", "-at_install")
class TestTacitClosing(ClosingMixin, NoticeCommon):
    """R-A14: five business days after the solution notice; office 9-17 Guayaquil."""

    def test_the_term_is_told_in_words(self):
        """R-A14: solved Thu 8 Jan: Fri 9, Mon 12, Tue 13, Wed 14, Thu 15 17:00."""
        ticket = self.make_solved()
        self.assertEqual(local(ticket.closes_at), "2026-01-15 17:00:00")
        self.send("2026-01-08 16:01")
        text = self.get_mails(ticket)[-1].body_html
        self.assertIn("Thursday, January 15, 2026 at 17:00", text)

    def test_a_second_before_and_at_the_end(self):
        """R-A14: five minutes of grace, and the moment of closing is the term's end."""
        ticket = self.make_solved()
        self.close_at("2026-01-15 17:00:00")  # an answer may be under way
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.close_at("2026-01-15 17:04:59")
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.close_at("2026-01-15 17:05:00")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(local(ticket.closed_date), "2026-01-15 17:00:00")
        event = ticket.event_ids.sorted("id")[-1]
        self.assertTrue(event.closed)
        self.assertEqual(local(event.at), "2026-01-15 17:00:00")
        self.assertEqual(ticket._get_notice("solution").term, "elapsed")
        self.assertNotices(ticket, "receipt", "solution", "closing")
        self.send("2026-01-15 17:06")
        self.assertIn(
            "Thursday, January 15, 2026 at 17:00", self.get_mails(ticket)[-1].body_html
        )

    def test_once_only(self):
        ticket = self.make_solved()
        self.close_at("2026-01-15 17:05")
        events = len(ticket.event_ids)
        self.close_at("2026-01-15 18:05")
        self.assertEqual(len(ticket.event_ids), events)
        self.assertEqual(len(ticket.notice_ids), 3)

    def test_a_holiday_is_no_business_day(self):
        """R-A14: with Mon 12 Jan a holiday the term ends on Fri 16 Jan 17:00."""
        self.make_holiday("2026-01-12")
        ticket = self.make_solved()
        self.assertEqual(local(ticket.closes_at), "2026-01-16 17:00:00")
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.close_at("2026-01-16 17:05")
        self.assertEqual(local(ticket.closed_date), "2026-01-16 17:00:00")

    def test_what_was_told_stays(self):
        """A holiday decreed later does not move a date that the customer has read."""
        ticket = self.make_solved()
        self.make_holiday("2026-01-13")
        self.env.invalidate_all()
        self.assertEqual(local(ticket.closes_at), "2026-01-15 17:00:00")

    def test_an_answer_in_the_term_stops_it(self):
        """R-A14: a customer who writes is no silent customer; the agent decides."""
        ticket = self.make_solved()
        self.post(ticket, "2026-01-15 17:00:00", self.portal_user)  # the last second
        self.assertFalse(ticket.closes_at)
        self.assertEqual(ticket._get_notice("solution").term, "answered")
        self.assertTrue(ticket._get_customer_activities())
        self.close_at("2026-01-16 17:05")
        self.assertEqual(ticket.stage_id, self.stages["closing"])

    def test_an_answer_after_the_term_finds_it_closed(self):
        """R-A14: the job has not run yet, the term is over all the same."""
        ticket = self.make_solved()
        self.post(ticket, "2026-01-15 17:00:01", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(local(ticket.closed_date), "2026-01-15 17:00:00")
        self.assertTrue(ticket.customer_wrote_at)

    def test_an_internal_note_stops_nothing(self):
        ticket = self.make_solved()
        self.post(ticket, "2026-01-14 10:00", self.agent, subtype_xmlid="mail.mt_note")
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["done"])

    def test_reopened_in_the_term(self):
        """R-A14: worked on again, no term runs; solved again, a new one does."""
        ticket = self.make_solved()
        self.move(ticket, "2026-01-12 10:00", "in_progress")
        self.assertFalse(ticket.closes_at)
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        # Solved Fri 16 Jan 10:00: Mon 19 to Fri 23.
        self.move(ticket, "2026-01-16 10:00", "closing")
        self.assertEqual(local(ticket.closes_at), "2026-01-23 17:00:00")

    def test_reopened_after_the_term(self):
        ticket = self.make_solved()
        self.close_at("2026-01-15 17:05")
        self.move(ticket, "2026-01-16 10:00", "in_progress")
        self.close_at("2026-01-20 17:05")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_the_job_is_woken_at_the_date(self):
        with self.capture_triggers("helpdesk_intake.ir_cron_tacit_closing") as capture:
            self.make_solved()
        self.assertEqual(capture.records.mapped("call_at"), [utc("2026-01-15 17:05")])

    def test_whom_no_notice_reached_has_no_term(self):
        self.contact.email = False
        ticket = self.make_solved(partner_email=False)
        self.assertFalse(ticket.closes_at)

    def test_a_mail_that_did_not_arrive_closes_nothing(self):
        """The agent is told to call instead."""
        ticket = self.make_solved()
        self.send("2026-01-08 16:01")
        ticket._get_notice("solution").mail_id.state = "exception"
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.assertIn("did not arrive", ticket.activity_ids.summary)

    def test_without_a_closing_stage_the_agent_is_told(self):
        ticket = self.make_solved()
        self.stages["done"].active = False
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.assertIn("has no stage that closes", ticket.activity_ids.summary)

    def test_hours_that_never_close_end_no_term(self):
        policy = self.make_policy(calendar_id=self.always.id)
        with self.assertRefused("choose office hours", Exception):
            policy.tacit_close_days = 5


@tagged("post_install", "-at_install")
class TestConfirmation(ClosingMixin, NoticeCommon):
    def test_the_agent_records_who_said_it(self):
        """R-A14, R-C3: the wizard names the person; the ticket closes."""
        ticket = self.make_solved()
        with at("2026-01-09 10:00"):
            wizards = self.env["helpdesk.ticket.confirmation"].with_user(self.agent)
            form = Form(wizards.with_context(default_ticket_id=ticket.id))
            self.assertEqual(form.partner_id, self.contact)
            form.note = "By telephone"
            form.save().action_confirm()
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(local(ticket.confirmed_at), "2026-01-09 10:00:00")
        self.assertEqual(ticket.confirmed_by_id, self.contact)
        self.assertEqual(ticket.confirmation_note, "By telephone")

    def test_nothing_to_confirm(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        with self.assertRefused("not solved yet"):
            ticket._confirm(self.contact, "x")

    def test_confirmed_twice(self):
        """Two people at once: the second is told."""
        ticket = self.make_solved()
        ticket._confirm(self.contact, "x")
        with self.assertRefused("closed already"):
            ticket._confirm(self.contact, "x")

    def test_reopening_forgets_the_confirmation(self):
        ticket = self.make_solved()
        ticket._confirm(self.contact, "x")
        self.move(ticket, "2026-01-12 10:00", "in_progress")
        self.assertFalse(ticket.confirmed_at)


@tagged("post_install", "-at_install")
class TestFollowUp(NoticeCommon):
    """R-C3: 48 h of calendar time after the resolution, a gate before closing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("helpdesk_sla_policy.policy_production")
        cls.policy.action_activate()
        cls.policy.write({"without_contract": False, "only_authorized": False})
        cls.team = cls.env.ref("helpdesk_sla_policy.team_production")
        cls.team.user_ids = cls.agent | cls.manager
        names = ("new", "investigation", "in_progress", "verification", "follow_up")
        prefix = "helpdesk_sla_policy.stage_production_"
        cls.stages = {
            name: cls.env.ref(prefix + name)
            for name in (*names, "done", "cancelled", "rejected")
        }

    def make_solved(self):
        """Return a ticket solved on Fri 9 Jan 2026 at 15:00 in Panama."""
        ticket = self.make_ticket("2026-01-09 10:00", team_id=self.team.id)
        self.move(
            ticket, "2026-01-09 11:00", "in_progress", diagnosis="<p>The disk.</p>"
        )
        self.move(
            ticket, "2026-01-09 15:00", "verification", solution="<p>Replaced.</p>"
        )
        return ticket

    def test_three_notices(self):
        """R-C3: the second and the third notice are dated records."""
        ticket = self.make_solved()
        self.assertNotices(ticket, "receipt", "diagnosis", "solution")
        self.move(ticket, "2026-01-09 16:00", "follow_up")
        self.assertNotices(ticket, "receipt", "diagnosis", "solution")

    def test_a_gate_of_48_hours(self):
        """R-C3: Fri 15:00 + 48 h of calendar time = Sun 11 Jan 15:00:00."""
        ticket = self.make_solved()
        with at("2026-01-10 10:00"):
            self.assertEqual(
                local(ticket.followed_up_until, PANAMA), "2026-01-11 15:00:00"
            )
        with (
            at("2026-01-11 14:59:59"),
            self.assertRefused("followed up until Sunday, January 11, 2026 at 15:00"),
        ):
            ticket.with_user(self.agent).stage_id = self.stages["done"]
        self.move(ticket, "2026-01-11 15:00:00", "done")
        self.assertTrue(ticket.closed)
        self.assertTimer(ticket, "follow_up", "met")

    def test_longer_is_never_late(self):
        """R-C3: 48 h must pass; closing on Tuesday is no missed promise."""
        ticket = self.make_solved()
        with at("2026-01-13 09:00"):
            self.env.invalidate_all()
            self.assertFalse(ticket.is_late)
        self.move(ticket, "2026-01-13 09:00", "done")
        self.assertTimer(ticket, "follow_up", "met")

    def test_the_customer_may_end_it(self):
        """R-C3: unless the customer confirms."""
        ticket = self.make_solved()
        with at("2026-01-10 09:00"):
            ticket.with_user(self.agent)._confirm(self.contact, "By telephone")
        self.assertTrue(ticket.closed)

    def test_confirmed_and_closed_later(self):
        ticket = self.make_solved()
        with at("2026-01-10 09:00"):
            ticket.with_user(self.agent)._confirm(self.contact, "x", close=False)
        self.move(ticket, "2026-01-10 09:30", "done")
        self.assertTrue(ticket.closed)

    def test_closing_at_once_is_refused(self):
        """R-C3: not even a ticket that skips the verification avoids it."""
        ticket = self.make_ticket("2026-01-09 10:00", team_id=self.team.id)
        with at("2026-01-09 11:00"), self.assertRefused("is followed up for"):
            ticket.with_user(self.agent).stage_id = self.stages["done"]

    def test_cancelling_needs_no_follow_up(self):
        ticket = self.make_ticket("2026-01-09 10:00", team_id=self.team.id)
        self.move(ticket, "2026-01-09 11:00", "cancelled")
        self.assertTrue(ticket.closed)

    def test_reopened_it_starts_again(self):
        """R-C3: solved again Mon 12 Jan 10:00, followed up until Wed 14 Jan 10:00."""
        ticket = self.make_solved()
        self.move(ticket, "2026-01-11 16:00", "in_progress")
        self.move(ticket, "2026-01-12 10:00", "verification")
        with at("2026-01-14 09:59:59"), self.assertRefused("January 14, 2026 at 10:00"):
            ticket.with_user(self.agent).stage_id = self.stages["done"]
        self.move(ticket, "2026-01-14 10:00", "done")
        self.assertTrue(ticket.closed)


@tagged("post_install", "-at_install")
class TestPortalConfirmation(ClosingMixin, NoticeHttpCommon):
    def make_now(self, **values):
        """Return a ticket that was solved a moment ago, on the real clock."""
        ticket = self.env["helpdesk.ticket"].create(self.prepare_ticket(**values))
        ticket.with_user(self.agent).write(
            {
                "stage_id": self.stages["closing"].id,
                "solution": "<p>Extended.</p>",
                "diagnosis": "<p>The sequence.</p>",
            }
        )
        self.env.flush_all()
        return ticket

    def confirm(self, ticket, **data):
        data = {"csrf_token": self.get_csrf_token(), **data}
        response = self.url_open(f"/my/ticket/{ticket.id}/confirm", data=data)
        self.env.invalidate_all()
        return response

    def test_the_customer_confirms(self):
        """R-A14: the button of the portal closes the ticket and says who pressed it."""
        ticket = self.make_now()
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn('name="ticket_confirm"', page)
        self.assertIn('name="ticket_notices"', page)
        self.assertIn("Without an answer the ticket closes", page)
        response = self.confirm(ticket)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(ticket.confirmed_by_id, self.contact)
        self.assertNotIn('name="ticket_confirm"', response.text)

    def test_a_get_confirms_nothing(self):
        ticket = self.make_now()
        self.log_in(self.portal_user)
        self.url_open(f"/my/ticket/{ticket.id}/confirm")  # shows the page
        self.env.invalidate_all()
        self.assertFalse(ticket.confirmed_at)

    def test_without_a_token_of_the_session(self):
        ticket = self.make_now()
        self.log_in(self.portal_user)
        self.assertEqual(self.confirm(ticket, csrf_token="x").status_code, 400)
        self.assertFalse(ticket.confirmed_at)

    def test_another_company_confirms_nothing(self):
        """A portal user of another customer is sent away; the ticket stays open."""
        ticket = self.make_now()
        _customer, stranger = self.make_customer("Textiles del Sur", "textiles")
        self.log_in(stranger)
        response = self.confirm(ticket)
        self.assertNotIn(ticket.number, response.text)
        self.assertFalse(ticket.confirmed_at)
        self.assertFalse(ticket.closed)

    def test_a_contact_without_the_role(self):
        """R-B4: only who may close says that it is solved, with any button."""
        contract = self.make_contract(
            contacts=[self.contact],
            date_start="2025-01-01",
            date_end=fields.Date.add(fields.Date.today(), years=1),
        )
        contract.contact_ids.role_close = False
        ticket = self.make_now(contract_id=contract.id)
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertNotIn('name="ticket_confirm"', page)
        self.assertNotIn("/ticket/close", page)
        response = self.confirm(ticket)
        self.assertIn("does not name you", response.text)
        self.assertFalse(ticket.confirmed_at)

    def test_two_tabs(self):
        """The second click is told that it is closed."""
        ticket = self.make_now()
        self.log_in(self.portal_user)
        self.confirm(ticket)
        moment = ticket.confirmed_at
        response = self.confirm(ticket)
        self.assertIn("is closed already", response.text)
        self.assertEqual(ticket.confirmed_at, moment)
        self.assertIsInstance(moment, datetime)
