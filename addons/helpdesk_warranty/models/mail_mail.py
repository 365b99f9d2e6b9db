from odoo import models

from .helpdesk_deliverable_notice import PREFIX

#: Failures of our own configuration: the mail waits and may still be sent.
OWN_FAILURES = ("mail_smtp", "mail_from_invalid", "mail_from_missing")


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _send(self, *args, **kwargs):
        result = super()._send(*args, **kwargs)
        if self.env["ir.mail_server"]._disable_send():
            # No mail ever leaves here, as in tests: what is written counts as sent.
            self._record_deliverables()
        return result

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        if failure_type not in OWN_FAILURES:
            self._record_deliverables(failure_type and (failure_reason or failure_type))
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )

    def _record_deliverables(self, failure=None):
        """Record on their deliverables that these mails left, or why they did not."""
        keys = [
            key for key in self.mapped("message_id") if (key or "").startswith(PREFIX)
        ]
        if not keys:
            return
        deliverables = self.env["helpdesk.deliverable"].sudo()
        if failure:
            deliverables._record_failure(keys, str(failure))
        else:
            deliverables._record_sending(keys)
