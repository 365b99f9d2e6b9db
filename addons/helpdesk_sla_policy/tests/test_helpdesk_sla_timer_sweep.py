"""The steps of a policy: by their effect, through the real job, once each."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models import helpdesk_sla_alert_mail, helpdesk_sla_timer_sweep
from ..models.helpdesk_sla_timer_fold import DERIVED
from .common import HelpdeskSlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestHelpdeskSlaTimerSweep(CronMixinCase, HelpdeskSlaCommon):
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

    def make_many(self, agents, count, partner=None):
        """Return tickets of agents in turn of 10:00: 50 % of 30 min is 10:15."""
        values = {
            "name": "Invoices fail",
            "description": "<p>Text</p>",
            "team_id": self.team.id,
            "partner_id": partner and partner.id,
            "priority": "3",
        }
        with at("10:00"):
            tickets = (
                self.env["helpdesk.ticket"]
                .with_context(mail_notrack=True, mail_create_nolog=True)
                .create([dict(values) for _number in range(count)])
            )
            for number, agent in enumerate(agents):
                own = tickets[number :: len(agents)]
                own.with_context(mail_auto_subscribe_no_notify=True).user_id = agent
            self.env.flush_all()
        return tickets

    def assertOneMailOfAll(self, agent, tickets):
        """Assert that an agent has exactly one mail, with each ticket once."""
        mail = self.get_mails(agent.partner_id)
        self.assertEqual(len(mail), 1)
        self.assertIn(f"{len(tickets)} tickets", mail.subject)
        found = [mail.body_html.count(f"{t.number} - ") for t in tickets]
        self.assertEqual(set(found), {1})

    def test_one_digest_a_person_across_batches(self):
        """1,200 steps of two agents are three batches, and one mail for each agent."""
        self.make_step("mail", metric="response", to_agent=True)
        agents = [self.agent, self.boss]
        tickets = self.make_many(agents, 1200)
        with self.capture_triggers("mail.ir_cron_mail_scheduler_action") as woken:
            self.assertEqual(len(self.sweep("10:15")), 1200)
        self.assertEqual(len(woken.records), 1)  # the queue alone runs once an hour
        for number, agent in enumerate(agents):
            self.assertOneMailOfAll(agent, tickets[number::2])
        self.sweep("10:16")
        self.assertEqual(len(self.get_mails(self.agent.partner_id)), 1)

    def test_the_next_sweep_tells_what_a_dead_one_left(self):
        """Two batches fired before the death, one after it: one mail of all."""
        self.make_step("mail", metric="response", to_agent=True)
        tickets = self.make_many([self.agent], 25)
        with patch.object(helpdesk_sla_timer_sweep, "BATCH", 10):
            with at("10:15"):
                timers = self.env["helpdesk.sla.timer"]
                for _batch in range(2):
                    self.assertEqual(timers._sweep_batch(utc("10:15")), 10)
            self.assertFalse(self.get_mails(self.agent.partner_id))
            waiting = [("waiting_partner_ids", "in", self.agent.partner_id.ids)]
            alerts = self.env["helpdesk.sla.alert"]
            self.assertEqual(alerts.search_count(waiting), 20)
            self.assertEqual(len(self.sweep("10:16")), 5)
        self.assertOneMailOfAll(self.agent, tickets)
        self.assertFalse(alerts.search_count(waiting))

    def test_a_sweep_out_of_time_leaves_the_mails_to_the_next(self):
        """The job is called again for what remains, and then tells of all in one."""
        self.make_step("mail", metric="response", to_agent=True)
        tickets = self.make_many([self.agent], 25)
        cron = type(self.env["ir.cron"])
        with (
            patch.object(helpdesk_sla_timer_sweep, "BATCH", 10),
            patch.object(cron, "_commit_progress", lambda *_args, **_values: 0),
            at("10:15"),
        ):
            for mails in (0, 0, 1):
                self.env["helpdesk.sla.timer"]._cron_sweep()
                self.assertEqual(len(self.get_mails(self.agent.partner_id)), mails)
        self.assertOneMailOfAll(self.agent, tickets)

    def test_nobody_waits_for_a_sweep_that_never_ends(self):
        """After half a minute the mails go, though steps remain due."""
        self.make_step("mail", metric="response", to_agent=True)
        self.make_many([self.agent], 25)
        cron = type(self.env["ir.cron"])
        with (
            patch.object(helpdesk_sla_timer_sweep, "BATCH", 10),
            patch.object(cron, "_commit_progress", lambda *_args, **_values: 0),
        ):
            timers = self.env["helpdesk.sla.timer"]
            for moment, mails in (("10:15:00", 0), ("10:15:30", 1)):
                with at(moment):
                    timers._cron_sweep()
                self.assertEqual(len(self.get_mails(self.agent.partner_id)), mails)
        self.assertIn("20 tickets", self.get_mails(self.agent.partner_id).subject)

    def test_a_mail_that_fails_stops_nobody_elses(self):
        """It is kept as failed and not tried for ever."""
        self.make_step("mail", metric="response", to_agent=True)
        self.make_many([self.agent, self.boss], 2)
        alerts = self.env["helpdesk.sla.alert"]
        prepare = type(alerts)._prepare_alert_mail

        def fail(record, partner):
            if partner == self.agent.partner_id:
                raise ValueError("broken")
            return prepare(record, partner)

        with (
            patch.object(type(alerts), "_prepare_alert_mail", fail),
            mute_logger(
                "odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_alert_mail"
            ),
        ):
            fired = self.sweep("10:15")
        self.assertEqual(len(self.get_mails(self.boss.partner_id)), 1)
        failed = {alert.ticket_id.user_id: alert.failed for alert in fired}
        self.assertEqual(failed, {self.agent: True, self.boss: False})
        self.assertFalse(fired.waiting_partner_ids)

    def test_a_digest_lists_the_oldest_and_counts_the_rest(self):
        self.make_step("mail", metric="response", to_agent=True)
        self.make_many([self.agent], 12)
        with patch.object(helpdesk_sla_alert_mail, "LINES", 10):
            self.sweep("10:15")
        mail = self.get_mails(self.agent.partner_id)
        self.assertIn("12 tickets", mail.subject)
        self.assertEqual(mail.body_html.count("50 % of the time"), 10)
        self.assertIn("Alerts beyond this list: 2 ", " ".join(mail.body_html.split()))

    def test_a_customer_with_several_tickets(self):
        self.make_step("mail", metric="response", to_customer=True)
        self.make_many([self.agent], 2, self.contact)
        self.sweep("10:15")
        mail = self.get_mails(self.contact)
        self.assertEqual(mail.subject, "Your 2 tickets: we are working on them")
        self.assertFalse(mail.res_id)

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
        """Of 20,000 promises ten have a step due: the planner chooses it by itself."""
        self.make_step("note")
        timer = self.start()._get_timer("solution")
        self.env.flush_all()
        names = ("ticket_id", "metric", *DERIVED)
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        self.env.cr.execute(
            SQL(
                "INSERT INTO helpdesk_sla_timer (cycle, %s) SELECT n, %s "
                "FROM helpdesk_sla_timer, generate_series(2, 20000) AS n WHERE id = %s",
                columns,
                columns,
                timer.id,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_sla_timer SET next_step_at = CASE "
                "WHEN cycle %% 10 > 0 THEN %s + cycle * interval '1 minute' END "
                "WHERE ticket_id = %s AND metric = 'solution'",
                utc("12:00"),
                timer.ticket_id.id,
            )
        )
        self.env.cr.execute("ANALYZE helpdesk_sla_timer")
        query = self.env["helpdesk.sla.timer"]._search(
            [("next_step_at", "<=", utc("12:10"))], order="next_step_at, id", limit=500
        )
        lines = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        plan = "\n".join(line for (line,) in lines)
        self.assertIn("helpdesk_sla_timer_next_step_idx", plan)
        self.assertNotIn("Seq Scan", plan)
        self.assertNotIn("Sort", plan)  # the index gives the order too
