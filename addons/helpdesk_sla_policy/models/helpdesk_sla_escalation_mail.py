from odoo import models

from .mail_thread import AUTOMATIC


class HelpdeskSlaEscalation(models.Model):
    """The mails of an escalation: rows of the transaction that logs it."""

    _inherit = "helpdesk.sla.escalation"

    def _send(self, template_name, partners, **values):
        """Queue one mail to partners in each of their languages."""
        self.ensure_one()
        template = self.env.ref(f"helpdesk_sla_policy.{template_name}").sudo()
        for lang, group in partners.grouped("lang").items():
            # Each reader's language: a template by itself takes the customer's.
            template.with_context(
                template_preview_lang=lang or self.env.lang
            ).send_mail(
                self.id,
                email_values={
                    **self._prepare_mail(f"{template_name}-{lang}"),
                    "recipient_ids": [(4, partner.id) for partner in group],
                    **values,
                },
            )

    def _tell_customer(self):
        """Confirm an escalation to the customer who asked, or whom the level tells."""
        ticket = self.ticket_id
        if self.direction == "down" or not (
            self.requested_by_id or self._get_level().tell_customer
        ):
            return
        partner = self.requested_by_id or ticket.partner_id
        reply_to = ticket._notify_get_reply_to()[ticket.id]
        values = {
            # An answer to it finds its ticket.
            "model": ticket._name,
            "res_id": ticket.id,
            **({"reply_to": reply_to} if reply_to else {}),
        }
        if not partner and ticket.partner_email:
            values["email_to"] = ticket.partner_email
            self._send_to_address(values)
        elif partner:
            self._send("mail_template_escalation_customer", partner, **values)

    def _send_to_address(self, values):
        name = "mail_template_escalation_customer"
        template = self.env.ref(f"helpdesk_sla_policy.{name}").sudo()
        template.send_mail(self.id, email_values={**self._prepare_mail(name), **values})

    def _prepare_mail(self, purpose):
        """Return what the mails of this row have in common; never sent twice."""
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        company = self.company_id or self.env.company
        return {
            "author_id": company.partner_id.id,
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "message_id": f"<escalation-{self.id}-{purpose}@{database}>",
            "message_type": "email_outgoing",
            "auto_delete": False,
            "headers": repr(AUTOMATIC),
        }
