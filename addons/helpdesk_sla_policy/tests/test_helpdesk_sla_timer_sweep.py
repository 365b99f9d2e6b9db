"""The steps of a policy: by their effect, through the real job, once each."""

from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HelpdeskSlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestHelpdeskSlaTimerSweep(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls.make_user("sla-leader", "helpdesk_mgmt.group_helpdesk_user")
        cls.boss = cls.make_user("sla-boss", "helpdesk_mgmt.group_helpdesk_user")
        cls.team.user_ids = [Command.link(cls.leader.id), Command.link(cls.boss.id)]
        cls.team.user_id = cls.leader
        cls.cron = cls.env.ref("helpdesk_sla_policy.ir_cron_sweep")

    def make_step(self, action, basis="percent", metric="solution", **values):
        with at("2026-01-01 09:00"):
            step = self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": metric,
                    "basis": basis,
                    "percent": 50,
                    "action": action,
                    **values,
                }
            )
        return step

    def start(self, received="09:00", stars="3", **values):
        """Return a ticket in progress from 10:00 on: 4 h, due at 14:00."""
        ticket = self.make_ticket(received, stars, **values)
        self.move(ticket, "10:00", "in_progress")
        return ticket

    def sweep(self, when):
        """Run the real job at a wall-clock time; return the alerts that it wrote."""
        alerts = self.env["helpdesk.sla.alert"]
        before = alerts.search([])
        with at(when), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()
        return alerts.search([]) - before

    def get_mails(self, partner):
        """Return the mails of the steps; Odoo's own notices aside."""
        return self.env["mail.mail"].search(
            [
                ("recipient_ids", "in", partner.ids),
                ("message_id", "like", "<sla-alert-"),
            ]
        )

    # When

    def test_step_fires_at_its_share_of_the_time(self):
        """50 % of 4 h in progress since 10:00 is 12:00, not a second earlier."""
        self.make_step("note")
        ticket = self.start()
        timer = ticket._get_timer("solution")
        self.assertEqual(timer.next_step_at, utc("12:00"))
        self.assertFalse(self.sweep("11:59:59"))
        alert = self.sweep("12:00:00")
        self.assertRecordValues(
            alert,
            [{"timer_id": timer.id, "due_at": utc("12:00"), "fired_at": utc("12:00")}],
        )

    def test_step_fires_once(self):
        self.make_step("note")
        self.start()
        self.assertEqual(len(self.sweep("12:00")), 1)
        self.assertFalse(self.sweep("12:01"))
        self.assertFalse(self.sweep("13:00"))

    def test_step_after_the_breach(self):
        """At the breach is the first second too late; 1 h after it is 15:00."""
        self.make_step("note", "overdue", amount=0)
        self.make_step("note", "overdue", amount=1, unit="hour")
        timer = self.start()._get_timer("solution")
        self.assertEqual(timer.next_step_at, utc("14:00:01"))
        self.assertEqual(len(self.sweep("14:00:01")), 1)
        self.assertEqual(timer.next_step_at, utc("15:00"))
        self.assertEqual(len(self.sweep("15:00")), 1)
        self.assertFalse(timer.next_step_at)

    def test_step_after_counted_time_needs_no_target(self):
        """R-E3: escalation counts from the first response, without a target."""
        self.make_step("level", "elapsed", "escalation", amount=2, level="2")
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:30", "assigned")
        self.assertEqual(ticket._get_timer("escalation").next_step_at, utc("11:30"))
        self.sweep("11:30")
        self.assertEqual(ticket.support_level, "2")

    def test_paused_clock_moves_the_step(self):
        """Waiting from 11:00 to 13:00 moves the 50 % from 12:00 to 14:00."""
        self.make_step("note")
        ticket = self.start()
        self.move(ticket, "11:00", "awaiting")
        self.assertFalse(ticket._get_timer("solution").next_step_at)
        self.assertFalse(self.sweep("12:30"))
        self.move(ticket, "13:00", "in_progress")
        self.assertEqual(ticket._get_timer("solution").next_step_at, utc("14:00"))

    def test_nothing_for_a_solved_ticket(self):
        self.make_step("note")
        ticket = self.start()
        self.move(ticket, "11:00", "done")
        self.assertFalse(self.sweep("12:30"))

    def test_step_written_later_does_not_fire_for_the_past(self):
        ticket = self.start()
        with at("13:00"):
            self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "solution",
                    "percent": 50,
                    "action": "note",
                }
            )
        self.run_recompute("13:00")
        self.assertFalse(ticket._get_timer("solution").next_step_at)
        self.assertFalse(self.sweep("13:01"))

    def test_new_step_reaches_open_timers(self):
        ticket = self.start()
        with at("11:00"):
            self.env["helpdesk.sla.step"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "solution",
                    "percent": 75,
                    "action": "note",
                }
            )
        self.run_recompute("11:00")
        self.assertEqual(ticket._get_timer("solution").next_step_at, utc("13:00"))

    def run_recompute(self, when):
        with at(when), self.enter_registry_test_mode():
            self.env.ref(
                "helpdesk_sla_policy.ir_cron_recompute"
            ).method_direct_trigger()
        self.env.invalidate_all()

    # What

    def test_note_tells_the_chatter(self):
        self.make_step("note")
        ticket = self.start()
        self.sweep("12:00")
        note = ticket.message_ids[0]
        self.assertIn("50 % of the time", note.body)
        self.assertTrue(note.is_internal or note.subtype_id.internal)

    def test_note_is_no_reply(self):
        """Automatic notes never count as a response (R-C1)."""
        self.policy.response_by = "reply"
        self.make_step("note", metric="response", percent=50)
        ticket = self.make_ticket("09:00", "3")
        self.assertTrue(self.sweep("09:15"))
        self.assertTimer(ticket, "response", "running")

    def test_mail_goes_to_the_agent(self):
        self.make_step("mail", to_agent=True)
        ticket = self.start(user_id=self.agent.id)
        self.sweep("12:00")
        mail = self.get_mails(self.agent.partner_id)
        self.assertEqual(len(mail), 1)
        self.assertIn(ticket.number, mail.subject)
        self.assertIn("50 % of the time", mail.subject)
        self.assertIn("02:00 PM", mail.body_html)  # due, in the customer's zone
        self.assertEqual(mail.state, "outgoing")

    def test_mail_without_agent_goes_to_the_leader(self):
        self.make_step("mail", to_agent=True)
        self.start(user_id=False)
        self.sweep("12:00")
        self.assertEqual(len(self.get_mails(self.leader.partner_id)), 1)

    def test_mail_goes_to_the_leader_and_to_named_users(self):
        """One mail each, with the ticket and what is due; nobody else has one."""
        self.make_step("mail", to_leader=True, user_ids=[Command.link(self.boss.id)])
        ticket = self.start(user_id=self.agent.id)
        self.sweep("12:00")
        for user in (self.leader, self.boss):
            mail = self.get_mails(user.partner_id)
            self.assertEqual(len(mail), 1)
            self.assertIn(ticket.number, mail.subject)
            self.assertIn("02:00 PM", mail.body_html)
        self.assertFalse(self.get_mails(self.agent.partner_id | self.contact))

    def test_mail_to_the_customer_is_in_plain_words(self):
        self.make_step("mail", to_customer=True)
        ticket = self.start()
        self.sweep("12:00")
        mail = self.get_mails(self.contact)
        self.assertEqual(len(mail), 1)
        self.assertIn("we are working on it", mail.subject)
        self.assertIn(f"/my/ticket/{ticket.id}", mail.body_html)
        self.assertNotIn("% of the time", mail.body_html)

    def test_message_id_is_stable(self):
        self.make_step("mail", to_agent=True)
        self.start(user_id=self.agent.id)
        self.sweep("12:00")
        mail = self.get_mails(self.agent.partner_id)
        self.assertRegex(mail.message_id, r"^<sla-alert-[0-9a-f]{32}@.+>$")

    def test_activity_for_named_users(self):
        step = self.make_step("activity", user_ids=[Command.link(self.boss.id)])
        ticket = self.start()
        self.sweep("12:00")
        activity = ticket.activity_ids.filtered(lambda a: a.user_id == self.boss)
        self.assertEqual(activity.summary, step.display_name)
        self.assertEqual(str(activity.date_deadline), "2026-01-12")

    def test_follow_adds_the_leader(self):
        self.make_step("follow", to_leader=True)
        ticket = self.start()
        self.sweep("12:00")
        self.assertIn(self.leader.partner_id, ticket.message_partner_ids)

    def test_assign_gives_the_ticket_to_one_user(self):
        self.make_step("assign", user_ids=[Command.link(self.boss.id)])
        ticket = self.start(user_id=self.agent.id)
        self.sweep("12:00")
        self.assertEqual(ticket.user_id, self.boss)

    def test_level_is_only_raised(self):
        self.make_step("level", level="2")
        ticket = self.start()
        ticket.support_level = "3"
        alert = self.sweep("12:00")
        self.assertEqual(ticket.support_level, "3")
        self.assertIn("already", alert.result)

    # Many at once

    def test_overdue_steps_of_a_ticket_are_merged(self):
        """After an outage each step fires once, in one note and one mail."""
        for percent in (50, 75, 100):
            self.make_step("mail", percent=percent, to_agent=True)
        ticket = self.start(user_id=self.agent.id)
        count = len(ticket.message_ids)
        alerts = self.sweep("16:00")
        self.assertEqual(len(alerts), 3)
        self.assertEqual(len(self.get_mails(self.agent.partner_id)), 1)
        self.assertEqual(len(ticket.message_ids), count + 1)
        self.assertIn("this was due at", ticket.message_ids[0].body)

    def test_many_tickets_are_one_digest_a_person(self):
        self.make_step("mail", to_agent=True)
        tickets = [self.start(user_id=self.agent.id) for _count in range(30)]
        self.assertEqual(len(self.sweep("12:00")), 30)
        mail = self.get_mails(self.agent.partner_id)
        self.assertEqual(len(mail), 1)
        self.assertIn("30 tickets", mail.subject)
        for ticket in tickets:
            self.assertIn(ticket.number, mail.body_html)

    def test_a_step_that_fails_does_not_stop_the_others(self):
        """It is kept as failed and not tried for ever."""
        self.make_step("note")
        bad, good = self.start(), self.start()
        model = type(bad)
        fire = model._fire_note

        def fail(ticket, *args):
            if ticket == bad:
                raise ValueError("broken")
            return fire(ticket, *args)

        with (
            patch.object(model, "_fire_note", fail),
            mute_logger(
                "odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_timer_sweep"
            ),
        ):
            alerts = self.sweep("12:00")
        failed = {alert.ticket_id: alert.failed for alert in alerts}
        self.assertEqual(failed, {bad: True, good: False})
        self.assertFalse(self.sweep("12:01"))

    # Configuration

    def test_steps_need_somebody_to_tell(self):
        for action in ("mail", "activity", "follow", "assign", "level"):
            with (
                self.subTest(action),
                self.assertRefused("Say|names", ValidationError),
            ):
                self.make_step(action)

    def test_severity_of_a_step(self):
        self.make_step("note", severity="2")
        ticket = self.start(stars="3")
        self.assertFalse(ticket._get_timer("solution").next_step_at)

    def test_business_days_step(self):
        """R-A2: half of the estimate's 5 business days, in office hours."""
        self.make_step("note", metric="estimate")
        ticket = self.make_ticket("09:00", type_id=self.development.id)
        timer = ticket._get_timer("estimate")
        self.assertEqual(timer.due_at, utc("2026-01-19 17:00"))
        # From Mon 09:00 to the next Mon 17:00 are 48 office hours; half is 24.
        self.assertEqual(timer.next_step_at, utc("2026-01-14 17:00"))

    def test_next_step_is_found_through_the_partial_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM helpdesk_sla_timer WHERE next_step_at <= %s "
            "ORDER BY next_step_at, id LIMIT 500",
            [datetime(2026, 1, 1)],
        )
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn("helpdesk_sla_timer_next_step_idx", plan)
