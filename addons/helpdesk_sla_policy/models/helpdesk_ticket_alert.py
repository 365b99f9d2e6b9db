from odoo import fields, models


class HelpdeskTicket(models.Model):
    """What the steps of a policy do to a ticket."""

    _inherit = "helpdesk.ticket"

    alert_ids = fields.One2many(
        "helpdesk.sla.alert", "ticket_id", string="Alerts", copy=False
    )

    def _fire_alerts(self, alerts, mails):
        """Do the actions of alerts on this ticket; mails are gathered by person."""
        self.ensure_one()
        for alert in alerts.sorted(lambda alert: (alert.due_at, alert.id)):
            step = alert.step_id
            alert.result = getattr(self, f"_fire_{step.action}")(alert, step, mails)
        self.message_post(
            body=self.env["ir.qweb"]._render(
                "helpdesk_sla_policy.alert_note",
                {"alerts": alerts.sorted("due_at"), "tz": self._get_customer_tz()},
            ),
            subtype_xmlid="mail.mt_note",
            author_id=self.env.ref("base.partner_root").id,
        )

    def _fire_note(self, _alert, _step, _mails):
        return self.env._("Noted in the chatter")

    def _fire_mail(self, alert, step, mails):
        partners = step._get_users(self).partner_id
        if step.to_customer:
            partners |= self.partner_id
        for partner in partners:
            mails[partner].append(alert)
        return self._describe_people(partners)

    def _fire_activity(self, alert, step, _mails):
        users = step._get_users(self)
        due = alert.timer_id.due_at or alert.due_at
        for user in users:
            local = fields.Datetime.context_timestamp(
                self.with_context(tz=user.tz or self._get_customer_tz()), due
            )
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=local.date(),
                summary=step.display_name,
                user_id=user.id,
            )
        return self._describe_people(users.partner_id)

    def _fire_follow(self, _alert, step, _mails):
        partners = step._get_users(self).partner_id
        self.message_subscribe(partner_ids=partners.ids)
        return self._describe_people(partners)

    def _fire_assign(self, _alert, step, _mails):
        user = self.team_id.user_id if step.to_leader else step.user_ids[:1]
        if not user:
            return self._describe_people(user.partner_id)
        self.user_id = user
        return self.env._("Assigned to %s", user.name)

    def _fire_level(self, alert, step, mails):
        if self.support_level >= step.level:
            return self.env._("At level %s already", self.support_level)
        row = self._escalate(
            step.level, "step", step._describe(), alert=alert, mails=mails
        )
        return self.env._(
            "Raised to level %(level)s. %(told)s", level=step.level, told=row.told
        )

    def _describe_people(self, partners):
        if not partners:
            return self.env._("Nobody to tell: assign an agent or a team leader")
        return ", ".join(partners.mapped("name"))
