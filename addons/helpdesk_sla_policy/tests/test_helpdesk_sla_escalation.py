"""What policy and agents escalate is logged, told and undone, in one transaction."""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import at, local, utc
from .escalation_common import EscalationCommon

SWEEP = "odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_timer_sweep"


@tagged("post_install", "-at_install")
class TestByThePolicy(CronMixinCase, EscalationCommon):
    """R-E3: escalation counts from the first response, by severity."""

    def start(self, stars="3", **values):
        """Return a ticket received Mon 12 Jan 2026 09:00 and answered at 10:00."""
        ticket = self.make_ticket("09:00", stars, **values)
        self.move(ticket, "10:00", "assigned")
        return ticket

    def test_levels_2_and_3_through_the_real_job(self):
        """R-E3, 3 stars: level 2 after 4 h, level 3 after 8 h of attention.

        Answered Mon 10:00. 4 h later is 14:00; 8 h later: 10:00-17:00 are 7 h, and
        one more on Tuesday: 10:00.
        """
        self.make_step("2", 4, severity="3")
        self.make_step("3", 8, severity="3")
        ticket = self.start(user_id=self.agent.id)
        timer = ticket._get_timer("escalation")
        self.assertEqual(local(timer.next_step_at), "2026-01-12 14:00:00")
        self.sweep("13:59:59")
        self.assertEqual(ticket.support_level, "1")
        self.sweep("14:00:00")
        self.assertEqual(ticket.support_level, "2")
        self.assertEqual(local(timer.next_step_at), "2026-01-13 10:00:00")
        self.sweep("2026-01-13 10:00:30")
        common = {"origin": "step", "severity": "3", "direction": "up"}
        self.assertRecordValues(
            self.get_log(ticket),
            [
                {
                    **common,
                    "level_from": "1",
                    "level_to": "2",
                    "at": utc("14:00"),
                    "due_at": utc("14:00"),
                    "is_late": False,
                    "elapsed_seconds": 4 * 3600,
                    "told": "Second, Second-B",
                    "partner_id": self.customer.id,
                },
                {
                    **common,
                    "level_from": "2",
                    "level_to": "3",
                    "at": utc("2026-01-13 10:00:30"),
                    "due_at": utc("2026-01-13 10:00"),
                    "is_late": False,
                    "elapsed_seconds": 8 * 3600 + 30,
                    "told": "Third",
                    "partner_id": self.customer.id,
                },
            ],
        )

    def test_other_severities(self):
        """R-E3: 8 h / 16 h with 2 stars, 2 days / 4 days below; a day is 8 h here.

        From Mon 10:00: 8 h end Tue 10:00, 16 h Wed 10:00; 2 days are 16 h: Wed
        10:00; 4 days are 32 h: Fri 10:00.
        """
        for stars, first, second, unit in (
            ("2", 8, 16, "hour"),
            ("1", 2, 4, "day"),
            ("0", 2, 4, "day"),
        ):
            self.make_step("2", first, unit, severity=stars)
            self.make_step("3", second, unit, severity=stars)
        expected = {
            "2": ("2026-01-13 10:00", "2026-01-14 10:00"),
            "1": ("2026-01-14 10:00", "2026-01-16 10:00"),
            "0": ("2026-01-14 10:00", "2026-01-16 10:00"),
        }
        tickets = {stars: self.start(stars) for stars in expected}
        for when in sorted({when for pair in expected.values() for when in pair}):
            self.sweep(when)
        for stars, (second, third) in expected.items():
            rows = self.get_log(tickets[stars])
            self.assertEqual(rows.mapped("at"), [utc(second), utc(third)], stars)
            self.assertEqual(rows.mapped("level_to"), ["2", "3"], stars)

    def test_nothing_before_the_first_response(self):
        """R-E3: no answer, no escalation by its steps."""
        self.make_step("2", 4)
        ticket = self.make_ticket("09:00", "3")
        self.sweep("16:00")
        self.assertFalse(self.get_log(ticket))
        self.assertFalse(ticket._get_timer("escalation"))

    def test_waiting_for_the_customer_holds_it_back(self):
        """Waiting 11:00-13:00 moves the 4 h from 14:00 to 16:00."""
        self.make_step("2", 4)
        ticket = self.start()
        self.move(ticket, "11:00", "awaiting")
        self.sweep("12:30")
        self.move(ticket, "13:00", "in_progress")
        self.sweep("15:59")
        self.assertFalse(self.get_log(ticket))
        self.sweep("16:00")
        self.assertEqual(self.get_log(ticket).at, utc("16:00"))

    def test_a_solved_ticket_goes_nowhere(self):
        self.make_step("2", 4)
        ticket = self.start()
        self.move(ticket, "13:00", "done")
        self.sweep("15:00")
        self.assertFalse(self.get_log(ticket))

    def test_severity_raised_later_escalates_at_once(self):
        """1 star for 5 h, then 3 stars: the 4 h were over at 14:00 already, so late."""
        self.make_step("2", 4, severity="3")
        ticket = self.start("1")
        self.change(ticket, "15:00", priority="3")
        self.sweep("15:00:30")
        self.assertRecordValues(
            self.get_log(ticket),
            [{"level_to": "2", "due_at": utc("14:00"), "is_late": True}],
        )

    def test_at_that_level_already(self):
        """Nobody is told twice, and the log has no row that changes nothing."""
        self.make_step("2", 4)
        ticket = self.start()
        self.escalate(ticket, "11:00")
        self.sweep("14:00")
        self.assertEqual(self.get_log(ticket).mapped("origin"), ["agent"])
        self.assertIn("already", ticket.alert_ids.result)

    def test_a_late_job_is_late(self):
        """R-E4: in time up to 60 s after the moment, late after 61."""
        self.make_step("2", 4)
        late = []
        for when in ("14:01:00", "14:01:01"):
            ticket = self.start()
            self.sweep(when)
            late.append(self.get_log(ticket).is_late)
        self.assertEqual(late, [False, True])

    # Who is told

    def test_the_level_is_told_by_mail_and_activity(self):
        self.make_step("2", 4)
        ticket = self.start(user_id=self.agent.id)
        self.sweep("14:00")
        for user in (self.second, self.second_b):
            mail = self.get_mails(user.partner_id)
            self.assertEqual(len(mail), 1)
            self.assertIn(ticket.number, mail.subject)
            self.assertIn("Raised to level 2", mail.body_html)
            self.assertEqual(mail.state, "outgoing")
        activities = self.get_activities(ticket)
        self.assertEqual(activities.user_id, self.second | self.second_b)
        self.assertEqual(set(activities.mapped("summary")), {"Level 1 → 2"})
        self.assertEqual(str(activities[0].date_deadline), "2026-01-12")
        for user in (self.third, self.leader, self.agent):
            self.assertFalse(self.get_mails(user.partner_id))
        note = self.get_notes(ticket)[0]
        self.assertIn("Raised to level 2. Second, Second-B", note.body)

    def test_the_customer_is_told(self):
        """In the customer's words, zone and language; answers find the ticket."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        template = self.env.ref("helpdesk_sla_policy.mail_template_escalation_customer")
        template.with_context(
            lang="es_ES"
        ).subject = "{{ object.ticket_id.number }} escalado a {{ object._get_role() }}"
        self.make_step("2", 4)
        ticket = self.start()
        self.sweep("14:00")
        mail = self.get_mails(self.contact)
        self.assertEqual(len(mail), 1)
        self.assertRegex(mail.subject, f"{ticket.number} escalado a (Level|Nivel) 2")
        self.assertIn("12/01/2026 14:00 (America/Guayaquil)", mail.body_html)
        self.assertIn(f"/my/ticket/{ticket.id}", mail.body_html)
        self.assertEqual((mail.model, mail.res_id), (ticket._name, ticket.id))
        self.assertIn("auto-generated", mail.headers)

    def test_a_level_that_does_not_tell_customers(self):
        self.level2.tell_customer = False
        self.make_step("2", 4)
        self.start()
        self.sweep("14:00")
        self.assertFalse(self.get_mails(self.contact))

    def test_a_customer_without_a_contact_is_told_by_address(self):
        self.make_step("2", 4)
        ticket = self.start(partner_id=False, partner_email="ana@customer.example.com")
        self.sweep("14:00")
        mail = self.env["mail.mail"].search([("email_to", "ilike", "ana@customer")])
        self.assertIn(ticket.number, mail.subject)

    def test_it_is_no_reply(self):
        """R-E2: mails of the system are no news for the customer."""
        self.policy.target_ids = [
            Command.create({"metric": "update", "amount": 6, "unit": "hour"})
        ]
        self.make_step("2", 4)
        ticket = self.start()
        self.sweep("14:00")
        self.assertEqual(len(self.get_log(ticket)), 1)
        self.assertTimer(ticket, "update", "running", due="2026-01-12 16:00", cycle=1)

    def test_one_mail_for_many_tickets(self):
        self.make_step("2", 4)
        tickets = [self.start() for _count in range(3)]
        self.sweep("14:00")
        mail = self.get_mails(self.second.partner_id)
        self.assertEqual(len(mail), 1)
        for ticket in tickets:
            self.assertIn(ticket.number, mail.body_html)

    def test_the_mail_queue_is_woken_once(self):
        """The customer's mail does not wait for the queue, which runs once an hour."""
        self.make_step("2", 4)
        self.team.level_ids.tell_customer = True
        for _count in range(3):
            self.start()
        queue = "mail.ir_cron_mail_scheduler_action"
        with self.capture_triggers(queue) as woken:
            self.sweep("14:00")
        self.assertLessEqual(len(woken.records), 2)  # by the batch and by the digest
        ticket = self.make_ticket("09:00", "3", user_id=self.agent.id)
        with self.capture_triggers(queue) as woken:
            self.escalate(ticket, "14:30")
        self.assertTrue(woken.records)

    def test_people_of_the_step_are_told_as_well(self):
        self.make_step("2", 4, to_leader=True)
        self.start()
        self.sweep("14:00")
        self.assertEqual(len(self.get_mails(self.leader.partner_id)), 1)

    def test_a_level_without_users_tells_the_leader(self):
        self.level2.user_ids = False
        self.make_step("2", 4)
        ticket = self.start()
        self.sweep("14:00")
        self.assertEqual(self.get_log(ticket).told, "Leader")
        self.assertEqual(len(self.get_mails(self.leader.partner_id)), 1)

    def test_nobody_to_tell_is_said(self):
        self.team.user_id = False
        self.level2.unlink()
        self.make_step("2", 4)
        ticket = self.start()
        self.sweep("14:00")
        self.assertEqual(ticket.support_level, "2")
        self.assertIn("name the users of this level", self.get_log(ticket).told)

    def test_who_cannot_see_the_ticket_is_named(self):
        """Personal agents see no colleague's ticket: an activity would lead nowhere."""
        self.agent_own.name = "Own"
        self.level2.user_ids = [Command.link(self.agent_own.id)]
        self.make_step("2", 4)
        ticket = self.start(user_id=self.agent.id)
        self.sweep("14:00")
        told = self.get_log(ticket).told
        self.assertIn("Second, Second-B; Own cannot see the ticket", told)
        self.assertNotIn(self.agent_own, self.get_activities(ticket).user_id)

    # Who works on it

    def test_the_agent_keeps_it(self):
        ticket = self.start(user_id=self.agent.id)
        self.escalate(ticket, "11:00")
        self.assertEqual(ticket.user_id, self.agent)

    def test_it_becomes_unassigned(self):
        self.level2.assign = "none"
        ticket = self.start(user_id=self.agent.id)
        row = self.escalate(ticket, "11:00")
        self.assertFalse(ticket.user_id)
        self.assertEqual((row.previous_agent_id, row.agent_id.id), (self.agent, False))

    def test_it_goes_to_whom_has_the_fewest_open_tickets(self):
        self.level2.assign = "load"
        self.make_ticket("09:00", user_id=self.second.id)
        done = self.make_ticket("09:00", user_id=self.second_b.id)
        self.move(done, "09:10", "cancelled")
        self.make_step("2", 4)
        ticket = self.start(user_id=self.agent.id)
        self.sweep("14:00")
        self.assertEqual(ticket.user_id, self.second_b)
        again = self.start(user_id=self.second.id)
        self.escalate(again, "15:00")
        self.assertEqual(again.user_id, self.second, "who has it and is of the level")

    # Nothing in between

    def test_log_activities_and_mails_are_one(self):
        """What fails half-way leaves nothing: neither a row nor a mail."""
        self.make_step("2", 4)
        good, bad = self.start(), self.start()
        model = type(self.env["helpdesk.sla.escalation"])
        tell = model._tell_customer

        def fail(row):
            if row.ticket_id == bad:
                raise ValueError("no mail server")
            return tell(row)

        with patch.object(model, "_tell_customer", fail), mute_logger(SWEEP):
            self.sweep("14:00")
        self.assertEqual((good.support_level, bad.support_level), ("2", "1"))
        self.assertFalse(self.get_log(bad))
        self.assertFalse(self.get_activities(bad))
        self.assertNotIn(bad.number, self.get_mails(self.second.partner_id).body_html)
        self.assertEqual(bad.alert_ids.failed, True)

    def test_message_ids_are_stable(self):
        row = self.escalate(self.start(), "11:00")
        ids = self.get_mails(self.second.partner_id).mapped("message_id")
        self.assertEqual(len(ids), 1)
        self.assertRegex(ids[0], rf"^<escalation-{row.id}-mail_template_escalation-")


@tagged("post_install", "-at_install")
class TestByAgents(EscalationCommon):
    """Agents escalate with a reason, and undo it with one."""

    def test_with_a_reason(self):
        ticket = self.make_ticket("09:00", "3", user_id=self.agent.id)
        row = self.escalate(ticket, "10:00")
        self.assertRecordValues(
            row,
            [
                {
                    "origin": "agent",
                    "level_from": "1",
                    "level_to": "2",
                    "user_id": self.agent.id,
                    "requested_by_id": False,
                    "reason": "The invoices of the whole country wait",
                    "at": utc("10:00"),
                    "told": "Second, Second-B",
                    "is_questionable": False,
                }
            ],
        )
        note = self.get_notes(ticket)[0]
        self.assertIn("whole country", note.body)
        self.assertIn("Second-B", note.body)
        mail = self.get_mails(self.second.partner_id)
        self.assertIn("whole country", mail.body_html)
        self.assertIn(f"/odoo/helpdesk-tickets/{ticket.id}", mail.body_html)
        self.assertEqual(len(self.get_activities(ticket)), 2)
        self.assertEqual(len(self.get_mails(self.contact)), 1)

    def test_the_wizard_says_who_will_be_told(self):
        ticket = self.make_ticket("09:00").with_user(self.agent)
        wizard = Form(
            self.env["helpdesk.sla.escalate"]
            .with_user(self.agent)
            .with_context(**ticket.action_escalate()["context"])
        )
        self.assertEqual((wizard.level_from, wizard.level), ("1", "2"))
        self.assertEqual(wizard.preview, "Second, Second-B")
        wizard.level = "3"
        self.assertEqual(wizard.preview, "Third")
        wizard.is_emergency = True
        self.assertEqual(wizard.preview, "Third")

    def test_undone_and_logged(self):
        """De-escalation: a row of its own, to-dos gone, the agent has it back."""
        self.level2.assign = "load"
        ticket = self.make_ticket("09:00", user_id=self.agent.id)
        self.escalate(ticket, "10:00")
        self.assertEqual(ticket.user_id, self.second)
        before = len(self.get_mails(self.second.partner_id))
        with at("11:00"):
            action = ticket.with_user(self.agent).action_deescalate()
        self.assertEqual(action["context"]["default_level"], "1")
        row = self.escalate(ticket, "11:00", "1", reason="It was a setting")
        self.assertRecordValues(
            row,
            [
                {
                    "direction": "down",
                    "level_from": "2",
                    "level_to": "1",
                    "reason": "It was a setting",
                    "told": False,
                    "agent_id": self.agent.id,
                }
            ],
        )
        self.assertEqual((ticket.support_level, ticket.user_id), ("1", self.agent))
        self.assertFalse(self.get_activities(ticket))
        self.assertEqual(len(self.get_mails(self.second.partner_id)), before)

    def test_undoing_leaves_a_later_assignment_alone(self):
        self.level2.assign = "load"
        ticket = self.make_ticket("09:00", user_id=self.agent.id)
        self.escalate(ticket, "10:00")
        self.change(ticket, "10:30", user_id=self.manager.id)
        self.escalate(ticket, "11:00", "1")
        self.assertEqual(ticket.user_id, self.manager)

    def test_a_level_never_changes_without_a_row(self):
        """Whoever writes the field, as an import or a dragged card, is on record."""
        ticket = self.make_ticket("09:00")
        self.change(ticket, "10:00", support_level="3")
        self.change(ticket, "11:00", support_level="1", priority="2")
        self.change(ticket, "12:00", support_level="1")
        rows = self.get_log(ticket)
        self.assertEqual(rows.mapped("level_to"), ["3", "1"])
        self.assertEqual(rows.user_id, self.agent)
        self.assertEqual(set(rows.mapped("reason")), {"No reason was given"})
        self.assertEqual(ticket.priority, "2")

    def test_a_ticket_opened_at_a_level(self):
        ticket = self.make_ticket("09:00", support_level="2")
        self.assertRecordValues(
            self.get_log(ticket),
            [{"level_to": "2", "at": utc("09:00"), "reason": "Opened at this level"}],
        )
        self.assertFalse(self.get_log(self.make_ticket("09:00")))

    def test_asked_for_by_telephone(self):
        """R-A12: the customer called: in the customer's name, even levels skipped."""
        ticket = self.make_ticket("09:00")
        row = self.escalate(ticket, "10:00", "3", by_customer=True)
        self.assertRecordValues(
            row,
            [
                {
                    "origin": "customer",
                    "requested_by_id": self.contact.id,
                    "user_id": self.agent.id,
                    "is_questionable": True,
                }
            ],
        )
        self.assertEqual(len(self.get_mails(self.contact)), 1)

    def test_level_1_reminded_by_telephone(self):
        """R-A12: level 1 is for all; the ticket stays there and they are told."""
        self.make_level("1", "Service Desk", self.agent)
        row = self.escalate(self.make_ticket("09:00"), "10:00", "1", by_customer=True)
        self.assertEqual((row.direction, row.told), ("same", self.agent.name))

    # Emergencies

    def test_emergency_goes_to_operations(self):
        """R-A12: the operations manager, whatever the level; the ticket is theirs."""
        boss = self.make_user("level-boss", "helpdesk_mgmt.group_helpdesk_user")
        self.team.operations_user_ids = boss
        ticket = self.make_ticket("09:00", "3")
        row = self.escalate(ticket, "10:00", is_emergency=True, by_customer=True)
        self.assertRecordValues(
            row,
            [
                {
                    "origin": "emergency",
                    "level_to": "3",
                    "told": boss.name,
                    "is_questionable": False,
                }
            ],
        )
        self.assertEqual(self.get_activities(ticket).user_id, boss)
        self.assertIn("Emergency", self.get_mails(boss.partner_id).subject)
        self.assertIn("Operations", self.get_mails(self.contact).subject)

    def test_emergency_at_the_highest_level(self):
        ticket = self.make_ticket("09:00", "3", support_level="3")
        row = self.escalate(ticket, "10:00", "3", is_emergency=True)
        self.assertEqual((row.origin, row.told), ("emergency", "Third"))

    def test_emergency_on_less_than_3_stars_is_to_be_judged(self):
        """R-A12: improper = an emergency on less than 3 stars; the agent says so."""
        for stars, expected in (("3", False), ("2", True), ("0", True)):
            row = self.escalate(
                self.make_ticket("09:00", stars),
                "10:00",
                is_emergency=True,
                by_customer=True,
            )
            self.assertEqual(row.is_questionable, expected, stars)

    # Refusals

    def test_refusals(self):
        ticket = self.make_ticket("09:00")
        for values, words in (
            ({"reason": "   "}, "Write why"),
            ({"level": "1"}, "at level 1 already: choose another level"),
        ):
            with self.assertRefused(words):
                self.escalate(ticket, "10:00", **values)
        self.assertFalse(self.get_log(ticket))
        self.escalate(ticket, "10:00", "3")
        with self.assertRefused("a customer asks for that level or a higher one"):
            wizard = self.env["helpdesk.sla.escalate"].create(
                {
                    "ticket_id": ticket.id,
                    "level": "2",
                    "reason": "Please",
                    "by_customer": True,
                }
            )
            wizard.action_confirm()
        nobody = self.make_ticket("09:00", partner_id=False)
        with self.assertRefused("Say which contact"):
            self.env["helpdesk.sla.escalate"].create(
                {
                    "ticket_id": nobody.id,
                    "level": "2",
                    "reason": "Please",
                    "by_customer": True,
                }
            ).action_confirm()

    def test_a_closed_ticket(self):
        ticket = self.make_ticket("09:00")
        self.move(ticket, "10:00", "done")
        for name in ("action_escalate", "action_deescalate"):
            with self.assertRefused("is closed: reopen it before you escalate it"):
                getattr(ticket.with_user(self.agent), name)()

    def test_a_colleagues_ticket(self):
        """Who may not change a ticket does not escalate it, by no method."""
        ticket = self.make_ticket("09:00", user_id=self.agent.id)
        for user in (self.agent_own, self.portal_user):
            with self.assertRaises(AccessError):
                ticket.with_user(user).action_escalate()
            with self.assertRaises(AccessError):
                ticket.with_user(user).support_level = "2"
        wizard = self.env["helpdesk.sla.escalate"].create(
            {"ticket_id": ticket.id, "level": "2", "reason": "Mine"}
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.agent_own).action_confirm()
        self.assertFalse(self.get_log(ticket))

    # Levels of a team

    def test_a_level_once_a_team(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.make_level("2", "Again", self.third)

    def test_users_without_tickets_cannot_be_of_a_level(self):
        clerk = self.make_user("level-clerk", "base.group_user", name="Clerk")
        with self.assertRefused("Clerk has no access to tickets", ValidationError):
            self.level2.user_ids = clerk

    def test_managers_keep_the_levels(self):
        for user, may in ((self.manager, True), (self.agent, False)):
            for operation in ("write", "create", "unlink"):
                self.assertEqual(self.level2.with_user(user).has_access(operation), may)
        self.assertTrue(self.level2.with_user(self.agent_own).name)
        with self.assertRaises(AccessError):
            self.level2.with_user(self.portal_user).read(["name"])

    def test_levels_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.team.company_id = company
        levels = self.env["helpdesk.support.level"].with_user(self.manager)
        self.assertFalse(levels.search([("team_id", "=", self.team.id)]))

    def test_it_is_refused_to_raise_what_is_unknown(self):
        ticket = self.make_ticket("09:00")
        with self.assertRaises(ValueError):
            ticket.support_level = "9"
