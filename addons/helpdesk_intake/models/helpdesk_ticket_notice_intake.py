from odoo import fields, models


class HelpdeskTicketNotice(models.Model):
    _inherit = "helpdesk.ticket.notice"

    def _make_mails(self):
        """Note on the tickets when their receipt has said what is missing."""
        result = super()._make_mails()
        tickets = self.filtered(
            lambda notice: notice.kind == "receipt" and notice.state == "sent"
        ).ticket_id.filtered(lambda ticket: ticket.intake_state == "incomplete")
        asked = tickets.filtered(lambda ticket: ticket._is_from_mail())
        asked.write({"intake_asked_at": fields.Datetime.now()})
        return result
