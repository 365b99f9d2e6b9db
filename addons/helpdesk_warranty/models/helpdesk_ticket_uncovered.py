from odoo import api, fields, models
from odoo.tools.misc import clean_context

#: How many tickets a mail names; the others are on the portal.
NAMED = 50


class HelpdeskTicket(models.Model):
    """The customer is told once that a ticket is not covered, before work starts.

    What one person turns is told at once; what an edit or the end of a contract turns
    is told in one mail for all the tickets of a contact.
    """

    _inherit = "helpdesk.ticket"

    uncovered_told_at = fields.Datetime(
        string="Told Not Covered",
        readonly=True,
        copy=False,
        help="When the customer was told that the contract does not cover this ticket.",
    )
    uncovered_due = fields.Boolean(
        string="To Be Told",
        readonly=True,
        copy=False,
        help="The contact is told with the next mail for all such tickets.",
    )

    _uncovered_due_idx = models.Index("(partner_id) WHERE uncovered_due")

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        if not self._is_robot():
            for ticket in tickets.filtered(lambda t: t._is_untold()):
                ticket._tell_uncovered()
        return tickets

    def _message_track_post_template(self, changes):
        result = super()._message_track_post_template(changes)
        ticket = self[:1]
        if changes and "coverage" in changes and ticket._is_untold():
            ticket._tell_uncovered()
        return result

    def _is_untold(self):
        """Tell whether the customer still has to hear that this is not covered."""
        return not self.uncovered_due and self._may_be_told()

    def _may_be_told(self):
        """Tell whether this is not covered, open, and never told."""
        return (
            self.coverage == "billable"
            and not self.uncovered_told_at
            and not self.stage_id.closed
            and not self.hold_reason  # who is held is told how to go on
            and bool(self.partner_id)
        )

    def _tell_uncovered(self):
        """Write to the customer of one ticket; a note tells its agents."""
        self._mail_uncovered("mail_template_uncovered")
        agent = self._as_agent_reads()
        self._message_log(
            body=agent.env._(
                "%(name)s was told that the contract does not cover this: %(reason)s.",
                name=self.partner_id.name,
                reason=(agent.coverage_note or "").rstrip("."),
            )
        )

    def _mail_uncovered(self, template, **context):
        """Mail a template to the customer alone; it is on record that it was sent."""
        self.sudo().uncovered_told_at = fields.Datetime.now()
        # Without default_* of whoever edits, which would fall on the message.
        context |= {**clean_context(self.env.context), "helpdesk_tell_customer": True}
        ticket = self.with_env(self.env(context=context))._fallback_lang()
        ticket.message_post_with_source(
            self.env.ref(f"helpdesk_warranty.{template}"),
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Leave out agents who follow: they read a note in their own language."""
        recipients = super()._notify_get_recipients(message, msg_vals, **kwargs)
        if not self.env.context.get("helpdesk_tell_customer"):
            return recipients
        customer_id = self.partner_id.id
        return [
            data
            for data in recipients
            if data["type"] != "user" or data["id"] == customer_id
        ]

    def _as_agent_reads(self):
        """Return this ticket in the language of its agent, leader or company."""
        ticket = self.sudo()
        langs = (ticket.user_id.lang, ticket.team_id.user_id.lang)
        lang = next(filter(None, langs), ticket.company_id.partner_id.lang)
        return self.with_context(lang=lang or self.env.lang)

    # One mail for many tickets

    @api.model
    def _is_robot(self):
        """Tell whether a robot writes, who is not answered by another one."""
        context = self.env.context
        return context.get("tracking_disable") or context.get("helpdesk_no_answer")

    def _merge_uncovered_mails(self, at_once=True):
        """Leave several that are not covered to the job that writes to each contact.

        With ``at_once`` a single one is told at once, with its own mail.
        """
        untold = self.filtered(lambda ticket: ticket._is_untold())
        if len(untold) > at_once and not self._is_robot():
            untold.sudo().uncovered_due = True
            self.env.ref("helpdesk_warranty.ir_cron_tell_uncovered").sudo()._trigger()

    @api.model
    def _cron_tell_uncovered(self):
        """Write one mail to each contact, once all that turns has been judged."""
        if self.env["helpdesk.coverage.refresh"].search_count([], limit=1):
            return  # the job that judges calls for this one when it is done
        due = self.search([("uncovered_due", "=", True)], order="id")
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_warranty.ir_cron_tell_uncovered",
            due.grouped(lambda ticket: (ticket.partner_id, ticket.company_id)).values(),
            lambda tickets: tickets._tell_contact(),
        )

    @api.model
    def _call_for_uncovered_mails(self):
        """Wake the job: it found tickets that were still to be judged and gave up."""
        if self.search_count([("uncovered_due", "=", True)], limit=1):
            self.env.ref("helpdesk_warranty.ir_cron_tell_uncovered").sudo()._trigger()

    def _tell_contact(self):
        """Tell a contact of all that is due and still not covered, in one mail."""
        due = self.filtered("uncovered_due")
        due.uncovered_due = False
        tickets = due.filtered(lambda ticket: ticket._may_be_told())
        first, others = tickets[:1], tickets[1:]
        if not others:
            return first and first._tell_uncovered()
        # On the first one: replies find a ticket, and the others say where it is.
        first._mail_uncovered(
            "mail_template_uncovered_together", uncovered_ids=tickets.ids
        )
        others.uncovered_told_at = first.uncovered_told_at
        bodies = {
            ticket.id: ticket._as_agent_reads().env._(
                "Told with %(ticket)s that the contract does not cover it.",
                ticket=first.number,
            )
            for ticket in others
        }
        return others._message_log_batch(bodies=bodies)

    def _get_told_together(self):
        """Return the tickets that the mail names, and how many more there are."""
        tickets = self.browse(self.env.context.get("uncovered_ids") or self.ids)
        return tickets[:NAMED], len(tickets[NAMED:])
