from datetime import timedelta

from odoo import fields, models

#: Within this time of the last one, another message of a customer sends no mail.
STORM = timedelta(minutes=15)
ACTIVITY = "helpdesk_intake.mail_activity_customer_wrote"


class HelpdeskTicket(models.Model):
    """Each side is told when the other one writes (R-D1)."""

    _inherit = "helpdesk.ticket"

    customer_wrote_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="The customer's first message since the team last answered.",
    )
    unanswered_count = fields.Integer(
        string="Messages Without an Answer", readonly=True, copy=False, aggregator=None
    )
    agent_mailed_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the customer's last message was mailed to the team.",
    )

    _customer_wrote_idx = models.Index(
        "(customer_wrote_at) WHERE customer_wrote_at IS NOT NULL"
    )

    def _message_post_after_hook(self, message, msg_vals):
        author = self._get_sla_reply_author(message)
        if author == "customer":
            self._close_overdue()
        result = super()._message_post_after_hook(message, msg_vals)
        if author == "customer":
            self._stop_tacit_closing()
            self._tell_agent()
        elif author == "team":
            self._forget_unanswered()
        return result

    def _get_responsible(self):
        """Return who answers the customer: the agent, else the team's leader."""
        ticket = self.sudo()
        for user in (ticket.user_id, ticket.team_id.user_id):
            if user.active and not user.share:
                return user
        return ticket.user_id.browse()

    def _tell_agent(self):
        """Give the responsible person one activity for all that was not answered."""
        for ticket in self.sudo():
            now = fields.Datetime.now()
            count = ticket.unanswered_count + 1
            ticket.write(
                {
                    "customer_wrote_at": ticket.customer_wrote_at or now,
                    "unanswered_count": count,
                }
            )
            user = ticket._get_responsible()
            if not user:
                continue
            # It makes the user follow the ticket, who so gets the message itself.
            theirs = ticket.with_context(
                lang=user.lang or self.env.lang, mail_activity_quick_update=True
            )
            summary = (
                theirs.env._("The customer wrote")
                if count == 1
                else theirs.env._("The customer wrote %s messages", count)
            )
            activity = theirs._get_customer_activities()[:1]
            if activity:
                activity.write({"summary": summary, "user_id": user.id})
            else:
                theirs.activity_schedule(ACTIVITY, summary=summary, user_id=user.id)

    def _get_customer_activities(self):
        """Return the open activities that say that the customer wrote."""
        activity_type = self.env.ref(ACTIVITY, raise_if_not_found=False)
        return self.activity_ids.filtered(
            lambda activity: activity.activity_type_id == activity_type
        )

    def _forget_unanswered(self):
        """Close what the team's answer has settled."""
        for ticket in self.sudo().filtered("customer_wrote_at"):
            ticket.write(
                {
                    "customer_wrote_at": False,
                    "unanswered_count": 0,
                    "agent_mailed_at": False,
                }
            )
            activities = ticket._get_customer_activities()
            if activities:
                activities.action_feedback(feedback=self.env._("Answered"))

    def _schedule_for_agent(self, summary):
        """Give the responsible person something to do, else write a note."""
        self.ensure_one()
        user = self._get_responsible()
        if user:
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, user_id=user.id
            )
        else:
            self.message_post(body=summary, subtype_xmlid="mail.mt_note")

    # Who gets a mail

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Mail the customer what an agent writes, and the team one mail per storm."""
        author = self._get_sla_reply_author(message) if len(self) == 1 else False
        if author == "team" and self.partner_id:
            values = dict(msg_vals or {})
            partner_ids = values.get("partner_ids", message.partner_ids.ids)
            values["partner_ids"] = [*partner_ids, self.sudo().partner_id.id]
            return super()._notify_get_recipients(message, values, **kwargs)
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if author == "customer":
            recipients = self._merge_storm(recipients)
        return recipients

    def _merge_storm(self, recipients):
        """Leave out the team's mails when one has just told it to look."""
        ticket = self.sudo()
        now = fields.Datetime.now()
        mailed = [
            data
            for data in recipients
            if data["type"] == "user" and data["notif"] == "email"
        ]
        if not mailed:
            return recipients
        if ticket.agent_mailed_at and now - ticket.agent_mailed_at < STORM:
            return [data for data in recipients if data not in mailed]
        ticket.agent_mailed_at = now
        return recipients
