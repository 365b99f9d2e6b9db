from odoo import api, models
from odoo.tools import html2plaintext


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        result = super()._routing_handle_bounce(email_message, message_dict)
        keys = message_dict.get("bounced_msg_ids")
        if keys:
            body = html2plaintext(message_dict.get("body") or "").strip()
            deliverables = self.env["helpdesk.deliverable"].sudo()
            deliverables._record_failure(keys, body[:500])
        return result
