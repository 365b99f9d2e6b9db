from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """The customer is told once that a ticket is not covered, before work starts."""

    _inherit = "helpdesk.ticket"

    uncovered_told_at = fields.Datetime(
        string="Told Not Covered",
        readonly=True,
        copy=False,
        help="When the customer was told that the contract does not cover this ticket.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        context = self.env.context  # what a robot wrote is not answered by one
        if not (context.get("tracking_disable") or context.get("helpdesk_no_answer")):
            for ticket in tickets.filtered(lambda t: t._is_untold()):
                values = ticket._prepare_uncovered_mail()
                template = values.pop("template")
                ticket.message_post_with_source(template, **values)
        return tickets

    def _track_template(self, tracking):
        templates = super()._track_template(tracking)
        ticket = self[:1]
        if "coverage" in tracking and ticket._is_untold():
            values = ticket._prepare_uncovered_mail()
            templates["coverage"] = (values.pop("template"), values)
        return templates

    def _is_untold(self):
        """Tell whether the customer still has to hear that this is not covered."""
        return (
            self.coverage == "billable"
            and not self.uncovered_told_at
            and not self.stage_id.closed
            and not self.hold_reason  # who is held is told how to go on
            and bool(self.partner_id)
        )

    def _prepare_uncovered_mail(self):
        """Return the mail to the customer; it is on record that it was sent."""
        self.sudo().uncovered_told_at = fields.Datetime.now()
        return {
            "template": self.env.ref("helpdesk_warranty.mail_template_uncovered"),
            "subtype_xmlid": "mail.mt_comment",
            "email_layout_xmlid": "mail.mail_notification_light",
        }
