"""What the tests of escalations share: three levels of people, steps, the wizard."""

from odoo.fields import Command
from odoo.tests import Form

from .common import HelpdeskSlaCommon, at


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
        cls.team.level_ids.unlink()
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

    def get_notes(self, ticket):
        return ticket.message_ids.filtered(
            lambda message: message.subtype_id.internal and message.body
        )

    def get_activities(self, ticket):
        return ticket.activity_ids.filtered(
            lambda activity: (
                activity.activity_type_id
                == self.env.ref("helpdesk_sla_policy.mail_activity_type_escalation")
            )
        )
