from odoo import models


class HelpdeskTicket(models.Model):
    """The mail of a delivery tells the customer of the solution too."""

    _inherit = "helpdesk.ticket"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if self._get_sla_reply_author(message) == "customer":
            self.sudo().deliverable_ids.filtered(
                lambda d: d.kind == "ticket" and d.delivered_at and not d.answer
            )._record_reply(message)
        return result

    def _write_solution_mails(self, since):
        mails, busy = super()._write_solution_mails(since)
        solutions = (
            self.env["helpdesk.deliverable"]
            .sudo()
            .search(
                [
                    ("ticket_id", "in", self.ids),
                    ("kind", "=", "ticket"),
                    ("delivered_at", "!=", False),
                ],
                order="version",
            )
        )
        # What was accepted before is not what was solved now.
        told = solutions.filtered(
            lambda d: not d.answered_at or d.answered_at >= since[d.ticket_id.id]
        )
        due = told.filtered(lambda d: d.notice_due == "delivery")
        locked = due.try_lock_for_update()
        locked._write_notices_due()
        busy |= set((due - locked).ticket_id.ids)
        for solution in told:
            mail = solution._get_delivery_mail(solution.ticket_id.partner_id)
            if mail:
                mails[solution.ticket_id.id] = mail
        return mails, busy
