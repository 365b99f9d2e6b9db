from odoo import api, fields, models
from odoo.tools import format_date, html2plaintext

LENGTH = 60


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.depends("author_id", "body", "date", "subject")
    @api.depends_context("names_request", "tz")
    def _compute_display_name(self):
        """Name messages by date, author and first words, with ``names_request``."""
        result = super()._compute_display_name()
        if self.env.context.get("names_request"):
            for message in self:
                moment = fields.Datetime.context_timestamp(message, message.date)
                words = html2plaintext(message.body or "") or message.subject or ""
                date = format_date(self.env, moment.date())
                name = f"{date} {moment:%H:%M} {message.author_id.name or ''}"
                message.display_name = f"{name}: {words[:LENGTH]}" if words else name
        return result
