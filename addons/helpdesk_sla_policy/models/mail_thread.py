from odoo import models

#: What keeps absence notes and other robots from answering our own; bounces are told.
AUTOMATIC = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "OOF, AutoReply",
}


class MailThread(models.AbstractModel):
    """Mails that a job sends say so."""

    _inherit = "mail.thread"

    def _notify_by_email_get_headers(self, headers=None):
        headers = super()._notify_by_email_get_headers(headers=headers)
        if self.env.context.get("helpdesk_automatic"):
            headers = {**AUTOMATIC, **(headers or {})}
        return headers
