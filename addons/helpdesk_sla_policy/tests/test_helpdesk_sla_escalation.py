"""Escalations: by the policy, by agents, judged; each logged, told and undone."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import HelpdeskSlaCommon, at, local, utc


class EscalationCommon(HelpdeskSlaCommon):
    """Policy of R-E3 for 3 stars on the office's hours, and a team of three levels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "helpdesk_mgmt.group_helpdesk_user"
        cls.second, cls.second_b, cls.third, cls.leader = (
            cls.make_user(f"level-{name.lower()}", group, name=name)
            for name in ("Second", "Second-B", "Third", "Leader")
        )
        cls.team.user_id = cls.leader
        cls.level2 = cls.make_level("2", "Specialists", cls.second | cls.second_b)
        cls.level3 = cls.make_level("3", "Operations Manager", cls.third)
        cls.cron = cls.env.ref("helpdesk_sla_policy.ir_cron_sweep")

    @classmethod
    def make_level(cls, level, name, users, **values):
        return cls.env["helpdesk.support.level"].create(
            {
                "team_id": cls.team.id,
                "level": level,
                "name": name,
                "user_ids": [Command.set(users.ids)],
                **values,
            }
        )

    @classmethod
    def make_step(cls, level, amount, unit="hour", action="level", **values):
        with at("2026-01-01 09:00"):
            return cls.env["helpdesk.sla.step"].create(
                {
                    "policy_id": cls.policy.id,
                    "metric": "escalation",
                    "basis": "elapsed",
                    "amount": amount,
                    "unit": unit,
                    "action": action,
                    "level": level,
                    **values,
                }
            )

    def sweep(self, when):
        """Run the real job at a wall-clock time."""
        with at(when), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def escalate(self, ticket, when, level="2", user=None, **values):
        """Let an agent escalate by the wizard; return the row of the log."""
        user = user or self.agent
        with at(when):
            action = ticket.with_user(user).action_escalate()
            wizard = Form(
                self.env["helpdesk.sla.escalate"]
                .with_user(user)
                .with_context(**action["context"])
            )
            wizard.level = level
            wizard.reason = "The invoices of the whole country wait"
            for name, value in values.items():
                setattr(wizard, name, value)
            wizard.save().action_confirm()
            self.env.flush_all()
        self.env.invalidate_all()
        return self.get_log(ticket)[-1:]

    def get_log(self, ticket):
        return ticket.escalation_ids.sorted("id")

    def get_mails(self, partner):
        return self.env["mail.mail"].search(
            [
                ("recipient_ids", "in", partner.ids),
                "|",
                ("message_id", "like", "<escalation-"),
                ("message_id", "like", "<sla-alert-"),
            ]
        )

    def get_activities(self, ticket):
        return ticket.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("helpdesk_sla_policy.mail_activity_type_escalation")
            )
        )


@tagged("post_install", "-at_install")
class TestByThePolicy(EscalationCommon):
    """R-E3: escalation counts from the first response, by severity."""

    def test_levels_2_and_3_through_the_real_job(self):
        """R-E3, 3 stars: level 2 after 4 h, level 3 after 8 h of attention.

        Mon 12 Jan 2026: received 09:00, answered 10:00. 4 h later is 14:00; 8 h
        later: 10:00-17:00 are 7 h, and one more on Tuesday: 10:00.
        """
        self.make_step("2", 4, severity="3")
        self.make_step("3", 8, severity="3")
        ticket = self.make_ticket("09:00", "3", user_id=self.agent.id)
        self.move(ticket, "10:00", "assigned")
        timer = ticket._get_timer("escalation")
        self.assertEqual(local(timer.next_step_at), "2026-01-12 14:00:00")
        self.sweep("13:59:59")
        self.assertEqual(ticket.support_level, "1")
        self.sweep("14:00:00")
        self.assertEqual(ticket.support_level, "2")
        self.assertEqual(local(timer.next_step_at), "2026-01-13 10:00:00")
        self.sweep("2026-01-13 10:00:30")
        self.assertRecordValues(
            self.get_log(ticket),
            [
                {
                    "level_from": "1",
                    "level_to": "2",
                    "origin": "step",
                    "at": utc("14:00"),
                    "due_at": utc("14:00"),
                    "is_late": False,
                    "elapsed_seconds": 4 * 3600,
                    "severity": "3",
                    "told": "Second, Second-B",
                    "is_improper": False,
                    "direction": "up",
                },
                {
                    "level_from": "2",
                    "level_to": "3",
                    "origin": "step",
                    "at": utc("2026-01-13 10:00:30"),
                    "due_at": utc("2026-01-13 10:00"),
                    "is_late": False,
                    "elapsed_seconds": 8 * 3600 + 30,
                    "severity": "3",
                    "told": "Third",
                    "is_improper": False,
                    "direction": "up",
                },
            ],
        )
