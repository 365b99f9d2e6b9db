from odoo import models


class HelpdeskTicketNotice(models.Model):
    """A solution that another addon tells of is told in one mail."""

    _inherit = "helpdesk.ticket.notice"

    def _make_mails(self):
        solutions = self.filtered(lambda notice: notice.kind == "solution")
        rest = self - solutions._share_mails() if solutions else self
        return super(HelpdeskTicketNotice, rest)._make_mails()

    def _share_mails(self):
        """Record which of these solutions another mail tells of; return them.

        Those on which somebody is at it now stay in the queue for the next run.
        """
        since = {notice.ticket_id.id: notice.sent_at for notice in self}
        mails, busy = self.ticket_id._write_solution_mails(since)
        shared = self.filtered(lambda notice: notice.ticket_id.id in mails)
        for notice in shared:
            ticket = notice.ticket_id
            ticket = ticket.with_context(lang=ticket._get_notice_lang())
            notice.write(
                {
                    "state": "sent",
                    "mail_id": mails[ticket.id].id,
                    # Without what is for the reader's eyes only, as the own link.
                    "text": ticket._get_solution_words(is_asked=True),
                }
            )
        return shared | self.filtered(lambda notice: notice.ticket_id.id in busy)
