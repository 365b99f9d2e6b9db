from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import email_normalize

from ..robots import is_unread


class HelpdeskTicket(models.Model):
    """Automatic answers that never loop with other robots."""

    _inherit = "helpdesk.ticket"

    @api.model
    def _is_automatic_mail(self, msg_dict):
        """Tell whether a mail that came in must get no automatic answer (R-B2).

        ``msg_dict`` is what ``message_parse`` returned. True for robots by their
        headers, bounces, addresses of our own or that nobody reads, and for a
        sender who had the allowed number of automatic answers in the last hour.
        """
        if self.env.context.get("helpdesk_robot_mail") or msg_dict.get("is_bounce"):
            return True
        sender = email_normalize(msg_dict.get("email_from") or msg_dict.get("from"))
        if not sender or is_unread(sender):
            return True
        return self._is_own_address(sender) or self._is_answered_too_often(sender)

    @api.model
    def _is_own_address(self, address):
        """Tell whether a normalised address is an alias or a company of ours."""
        if self.env["mail.alias.domain"].sudo()._find_aliases([address]):
            return True
        companies = self.env["res.company"].sudo().search([("email", "ilike", address)])
        return address in {
            email_normalize(email) for email in companies.mapped("email")
        }

    @api.model
    def _is_answered_too_often(self, address):
        """Tell whether a normalised address had its automatic answers of this hour."""
        since = fields.Datetime.now() - timedelta(hours=1)
        answered = (
            self.env["helpdesk.ticket.notice"]
            .sudo()
            .search_count(
                [
                    ("email", "=", address),
                    ("is_automatic", "=", True),
                    ("sent_at", ">", since),
                ]
            )
        )
        return answered >= self._get_answers_per_hour()

    @api.model
    def _get_answers_per_hour(self):
        """Return how many automatic answers one address gets in an hour."""
        parameter = self.env["ir.config_parameter"].sudo()
        return int(parameter.get_param("helpdesk_intake.answers_per_hour", 10))

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Keep a ticket that a robot opened from being answered by one."""
        if self._is_automatic_mail(msg_dict):
            tickets = self.with_context(helpdesk_no_answer=True)
            return super(HelpdeskTicket, tickets).message_new(
                msg_dict, custom_values=custom_values
            )
        return super().message_new(msg_dict, custom_values=custom_values)

    def _get_sla_reply_author(self, message):
        """Let what a robot writes be nobody's reply: no clock goes on for it."""
        if self.env.context.get("helpdesk_robot_mail"):
            return False
        return super()._get_sla_reply_author(message)
