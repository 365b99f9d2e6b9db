"""R-A12: an agent judges what a customer asked for; the log takes nothing else."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import at, utc
from .escalation_common import EscalationCommon


@tagged("post_install", "-at_install")
class TestJudge(EscalationCommon):
    def ask(self, level="3", **values):
        """Return the row of what a customer asked for by telephone."""
        ticket = self.make_ticket("09:00", user_id=self.agent.id)
        return self.escalate(ticket, "10:00", level, by_customer=True, **values)

    def judge(self, row, when="11:00", user=None, **values):
        user = user or self.agent
        with at(when):
            action = row.with_user(user).action_judge()
            wizard = Form(
                self.env["helpdesk.sla.escalation.judge"]
                .with_user(user)
                .with_context(**action["context"])
            )
            wizard.reason = "Level 2 was never asked"
            for name, value in values.items():
                setattr(wizard, name, value)
            wizard.save().action_confirm()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_marked_with_a_reason(self):
        row = self.ask()
        self.assertFalse(row.ticket_id.has_improper_escalation)
        self.judge(row)
        self.assertRecordValues(
            row,
            [
                {
                    "is_improper": True,
                    "improper_kind": "skipped",
                    "improper_reason": "Level 2 was never asked",
                    "improper_user_id": self.agent.id,
                    "improper_at": utc("11:00"),
                }
            ],
        )
        ticket = row.ticket_id
        self.assertTrue(ticket.has_improper_escalation)
        self.assertIn("never asked", self.get_notes(ticket)[0].body)
        found = ticket.search([("has_improper_escalation", "=", True)])
        self.assertIn(ticket, found)

    def test_the_mark_is_taken_back(self):
        row = self.ask()
        self.judge(row)
        row.with_user(self.agent).action_unjudge()
        self.assertRecordValues(
            row, [{"is_improper": False, "improper_kind": False, "improper_at": False}]
        )
        self.assertFalse(row.ticket_id.has_improper_escalation)
        note = self.get_notes(row.ticket_id)[0]
        self.assertIn("No longer an improper", note.body)

    def test_the_kind_is_proposed(self):
        """What the facts say is proposed; a matter outside the policy otherwise."""
        for level, values, kind in (
            ("3", {}, "skipped"),
            ("2", {"is_emergency": True}, "emergency"),
            ("2", {}, "outside"),
        ):
            row = self.ask(level, **values)
            self.judge(row)
            self.assertEqual(row.improper_kind, kind)

    def test_refusals(self):
        row = self.ask()
        with self.assertRefused("Write why it is improper"):
            self.judge(row, reason="  ")
        with self.assertRefused("not marked improper"):
            row.with_user(self.agent).action_unjudge()
        self.judge(row)
        with self.assertRefused("marked improper already"):
            self.judge(row)
        own = self.escalate(self.make_ticket("09:00"), "10:00")
        with self.assertRefused("this one came from the agent"):
            self.judge(own)

    def test_who_may_judge(self):
        """Whoever works on the ticket; no customers, nor who cannot write on it."""
        row = self.ask()
        for user in (self.agent_own, self.portal_user):
            with self.assertRaises(AccessError):
                row.with_user(user).action_judge()
            with self.assertRaises(AccessError):
                row.with_user(user).action_unjudge()
        self.judge(row, user=self.manager)
        self.assertEqual(row.improper_user_id, self.manager)

    # A log

    def test_nobody_writes_the_log(self):
        row = self.ask()
        for user in (self.agent, self.manager, self.env.ref("base.user_admin")):
            own = row.with_user(user)
            self.assertTrue(own.has_access("read"))
            for call in (
                lambda own=own: own.write({"is_improper": True}),
                own.unlink,
                lambda own=own: own.create({"ticket_id": own.ticket_id.id}),
            ):
                with self.assertRaises(AccessError):
                    call()
        self.assertFalse(self.portal_user.has_group("base.group_user"))
        with self.assertRaises(AccessError):
            row.with_user(self.portal_user).read(["reason"])

    def test_not_even_elevated_code_changes_a_row(self):
        row = self.ask()
        with self.assertRefused("only added to, never changed", UserError):
            row.sudo().level_to = "1"

    def test_nobody_writes_the_log_through_the_ticket(self):
        row = self.ask()
        ticket = row.ticket_id
        for command in (
            Command.update(row.id, {"is_improper": True}),
            Command.delete(row.id),
            Command.clear(),
            Command.create({"level_from": "1", "level_to": "2", "origin": "agent"}),
        ):
            with (
                self.assertRaises(AccessError),
                self.request_of(self.manager) as env,
            ):
                env["helpdesk.ticket"].browse(ticket.id).write(
                    {"escalation_ids": [command]}
                )
        self.env.invalidate_all()
        self.assertEqual(ticket.escalation_ids, row)

    def test_rows_follow_the_rights_on_tickets(self):
        own_team = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Own",
                "sla_policy_id": self.policy.id,
                "user_ids": [Command.set((self.agent_own | self.agent_team).ids)],
            }
        )
        tickets = [
            self.make_ticket("09:00", team_id=own_team.id, user_id=self.agent_own.id),
            self.make_ticket("09:00", team_id=own_team.id, user_id=self.agent_team.id),
            self.make_ticket("09:00"),
        ]
        rows = [self.escalate(ticket, "10:00") for ticket in tickets]
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "level-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for user, expected in (
            (self.agent_own, [True, False, False]),
            (self.agent_team, [True, True, False]),
            (self.agent, [True, True, True]),
            (stranger, [False, False, False]),
        ):
            found = (
                self.env["helpdesk.sla.escalation"]
                .with_user(user)
                .search([("id", "in", [row.id for row in rows])])
            )
            self.assertEqual([row in found for row in rows], expected, user.login)
