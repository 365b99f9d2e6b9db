from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .helpdesk_hours_dispute import FEE, LINE, MINIMUM

#: Reminders at most; then it is our people's turn.
REMINDERS = 3


class HelpdeskHoursApproval(models.Model):
    """The customer's answer to executed hours, and the reminders until it comes."""

    _inherit = "helpdesk.hours.approval"

    def _check_may_answer(self):
        """Raise AccessError unless the user who is logged in may approve hours."""
        self.ensure_one()
        if not self._may_answer(self.env.user.partner_id):
            raise AccessError(
                self.env._(
                    "You are not on the contract as a contact who approves hours: ask "
                    "the service owner of your company."
                )
            )

    def _sign(self, name, signature, address=None):
        """Approve all lines that are not disputed and still as they were shown.

        Raises UserError when all of them were changed since, or it was answered.
        """
        self._check_may_answer()
        self._lock_to_answer()
        count, gone = self.sudo()._approve(
            answered_at=fields.Datetime.now(),
            answered_by=name,
            answered_from=address,
            signature=signature,
        )
        body = self.env._(
            "Approved by %(name)s: %(count)s lines.", name=name, count=count
        )
        if gone:
            body += " " + self.env._(
                "%s lines were changed meanwhile: ask for them again.", gone
            )
        self.sudo()._note(body)

    def _approve(self, **answer):
        """Approve what waits and is still as shown; return how many, and are gone.

        Raises UserError when all of them were changed since.
        """
        gone = self.line_ids._drop_outdated()
        waiting = self.line_ids.filtered(lambda line: line.state == "waiting")
        if not waiting:
            raise UserError(
                self.env._(
                    "These hours were changed since we sent them: we will ask you "
                    "again."
                )
            )
        waiting.state = "approved"
        self.write({"state": "approved", **answer})
        self._close("approved")
        return len(waiting), len(gone)

    def _dispute_line(self, line_id, reason, address=None):
        """Open a dispute of one line as the user who is logged in; return it.

        All lines on account of the same worked hours go with it.
        """
        self._check_may_answer()
        self._lock_to_answer()
        approval = self.sudo()
        line = approval.line_ids.filtered(
            lambda ln: ln.id == line_id and ln.state == "waiting"
        )
        if not line:
            raise UserError(self.env._("This line has been answered already."))
        if not (reason or "").strip():
            raise UserError(self.env._("Write what is wrong with these hours."))
        kind = line.kind if not line.line_id and line.kind in (MINIMUM, FEE) else LINE
        dispute = self.env["helpdesk.hours.dispute"]._open(
            line.ticket_id.with_user(self.env.user),
            line.line_id,
            kind,
            reason,
            address,
        )
        same = approval.line_ids.filtered(
            lambda ln: (
                ln.state == "waiting"
                and ln.ticket_id == line.ticket_id
                and ln.line_id == line.line_id
                and (ln.line_id or ln.kind == line.kind)
            )
        )
        same.write({"state": "disputed", "dispute_id": dispute.id})
        approval._note(
            self.env._(
                "%(name)s disputes %(ticket)s: %(reason)s",
                name=self.env.user.partner_id.name,
                ticket=line.ticket_id.number,
                reason=reason.strip(),
            )
        )
        if not approval.line_ids.filtered(lambda ln: ln.state == "waiting"):
            approval.write(
                {
                    "state": "disputed",
                    "answered_at": fields.Datetime.now(),
                    "answered_by": self.env.user.partner_id.name,
                    "answered_from": address,
                }
            )
            approval._close("disputed")
        return dispute

    def _note(self, body):
        self.message_post(
            body=body,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    # Reminders

    @api.model
    def _cron_remind(self):
        """Remind of what is not answered; silence never approves hours (R-B4)."""
        due = self.search(
            [("state", "=", "sent"), ("reminder_count", "<", REMINDERS)], order="id"
        ).filtered(lambda approval: approval._is_reminder_due())
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_remind_approvals",
            due,
            lambda approval: approval._remind_if_due(),
        )

    def _remind_if_due(self):
        if self._is_reminder_due():
            self._remind()

    def _is_reminder_due(self):
        days = self.contract_id.plan_id.policy_id.hours_reminder_days
        last = self.reminded_at or self.sent_at
        now = fields.Datetime.now()
        return self.state == "sent" and days > 0 and now >= last + timedelta(days=days)

    def _remind(self):
        """Write to the contacts again; our contact is told with the first reminder.

        Raises UserError when nobody can be asked any more.
        """
        partners = self._find_approvers()
        self.write(
            {
                "reminded_at": fields.Datetime.now(),
                "reminder_count": self.reminder_count + 1,
            }
        )
        self._write_mails(
            "helpdesk_billing_hours.mail_template_hours_reminder",
            partners,
            self,
            key=str(self.reminder_count),
        )
        user = self.contract_id.user_id.filtered("active")
        if user and self.reminder_count == 1:
            lang = self.with_context(lang=user.lang)
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=lang.env._(
                    "%(approval)s: %(customer)s has not approved the hours",
                    approval=self.name,
                    customer=self.partner_id.name,
                ),
            )
