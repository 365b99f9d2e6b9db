from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .. import hours
from .helpdesk_hours_dispute import LESSENED, LINE


class HelpdeskHoursDispute(models.Model):
    """The answer to a dispute, and what it does to the hours."""

    _inherit = "helpdesk.hours.dispute"

    @api.depends("state", "charged_minutes", "line_id.share_ids.move_line_id")
    def _compute_move_ids(self):
        for dispute in self.sudo():
            dispute.move_ids = dispute._get_shares().move_line_id.move_id
            dispute.needs_credit = bool(
                dispute.state in LESSENED and dispute._get_invoiced()
            )

    def _search_needs_credit(self, operator, value):
        if operator != "in":
            return NotImplemented
        lessened = self.sudo().search([("state", "in", LESSENED)])
        return [("id", "in", lessened.filtered("needs_credit").ids)]

    def action_keep(self):
        """Keep the charge as it is; the customer reads why."""
        for dispute in self:
            dispute._resolve("kept")

    def action_correct(self):
        """Charge the first Hours to Charge only; the rest is free."""
        for dispute in self:
            dispute._check_correction()
            minutes = round(dispute.charged_hours * 60)
            dispute._resolve("corrected", charged_minutes=minutes)

    def action_write_off(self):
        """Charge nothing of it."""
        for dispute in self:
            dispute._resolve("written_off", charged_minutes=0)

    def action_withdraw(self):
        """Close it because the customer takes it back."""
        for dispute in self:
            dispute._resolve("withdrawn")

    def action_reopen(self):
        """Undo the resolution: the hours are charged as before, and held again.

        What a credit note freed by then stays freed.
        """
        for dispute in self:
            dispute.check_access("write")
            dispute.sudo().lock_for_update()
            if dispute.state == "open":
                raise UserError(self.env._("%s is open already.", dispute.name))
            dispute.sudo().write(
                {
                    "state": "open",
                    "charged_minutes": 0,
                    "resolved_at": False,
                    "resolved_by_id": False,
                }
            )
            dispute.ticket_id.sudo()._reallocate_hours()

    def action_view_line(self):
        """Open the ticket whose hours are disputed."""
        return self.ticket_id._get_records_action()

    def action_view_invoices(self):
        """Open the invoices that charge these hours."""
        self.ensure_one()
        moves = self.env["account.move"].browse(self.move_ids.ids)
        return moves._get_records_action(name=self.env._("Invoices"))

    def _check_correction(self):
        minutes = round(self.charged_hours * 60)
        if self.kind != LINE:
            raise UserError(
                self.env._("A fee or a minimum is kept or written off as a whole.")
            )
        if not 0 < minutes < self.line_id.sudo()._get_minutes():
            raise UserError(
                self.env._(
                    "Write how many of the %(hours).2f worked hours stay charged: more "
                    "than none, and not all.",
                    hours=self.line_id.sudo().unit_amount,
                )
            )

    def _resolve(self, state, charged_minutes=0):
        """Lock; record the answer as a manager; do it to the hours; tell the customer.

        Raises UserError without an answer, or when somebody resolved it before.
        """
        self.check_access("write")
        if not (self.answer or "").strip():
            raise UserError(
                self.env._("Write the answer that the customer will read first.")
            )
        self.sudo()._close(state, charged_minutes, self.env.user)
        template = "helpdesk_billing_hours.mail_template_dispute_resolved"
        self._write_to_customer(self.env.ref(template))

    def _close(self, state, charged_minutes=0, user=None, body=None):
        self.lock_for_update()
        if self.state != "open":
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(dispute)s is not open any more: %(state)s.",
                    dispute=self.name,
                    state=labels[self.state],
                )
            )
        self.write(
            {
                "state": state,
                "charged_minutes": charged_minutes,
                "resolved_by_id": user.id if user else False,
                "resolved_at": fields.Datetime.now(),
            }
        )
        self.activity_ids.unlink()
        if body:
            self.message_post(body=body, subtype_xmlid="mail.mt_note")
        if state in LESSENED:
            self._free_settled()
            self._ask_for_credit()
        self.ticket_id._reallocate_hours()

    # What it does to the hours

    def _get_excess(self, shares):
        """Return ``(share, minutes)`` of shares beyond what stays charged."""
        excess = []
        for share in shares:
            start = share.first_minute if share.line_id else 0
            keep = self.charged_minutes if share.line_id else 0
            if not share.line_id and self.charged_minutes:
                continue  # what was added stays with the hours that stay
            minutes = min(abs(share.minutes), start + abs(share.minutes) - keep)
            if minutes > 0:
                excess.append((share, minutes))
        return excess

    def _get_invoiced(self):
        """Return the shares that an invoice charges beyond what was resolved."""
        shares = self._get_shares().filtered(
            lambda s: s.settled and s.charge in hours.CHARGED
        )
        excess = [share.id for share, _minutes in self._get_excess(shares)]
        return shares.browse(excess)

    def _free_settled(self):
        """Give settled hours back to their pack; invoiced ones need a credit note."""
        settled = self._get_shares().filtered(
            lambda s: s.settled and s.charge == "pack" and s.minutes > 0
        )
        for share, minutes in self._get_excess(settled):
            share._free(minutes=minutes)

    def _ask_for_credit(self):
        """Give who made the invoice the task to credit it."""
        invoiced = self._get_invoiced()
        for move in invoiced.move_line_id.move_id:
            user = move.create_uid
            if not (user.active and user.has_group("account.group_account_invoice")):
                user = self.resolved_by_id
            excess = self._get_excess(
                invoiced.filtered(lambda s, m=move: s.move_id == m)
            )
            minutes = sum(amount for _share, amount in excess)
            lang = self.with_context(lang=user.lang)
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=lang.env._(
                    "%(dispute)s: credit %(hours)s hours of %(invoice)s",
                    dispute=self.name,
                    hours=f"{minutes // 60}:{minutes % 60:02}",
                    invoice=move.display_name,
                ),
            )

    def _describe_outcome(self):
        """Return what was resolved, in a sentence for the customer."""
        self.ensure_one()
        dispute = self.sudo()
        kept = dispute.charged_minutes
        sentences = {
            "open": self.env._("We look at it; the hours wait until then."),
            "kept": self.env._("The charge stays as it is."),
            "corrected": self.env._(
                "%s of these hours stay charged; the rest is free.",
                f"{kept // 60}:{kept % 60:02}",
            ),
            "written_off": self.env._("Nothing is charged for it."),
            "withdrawn": self.env._("The dispute was taken back."),
        }
        sentence = sentences[dispute.state]
        if dispute.needs_credit:
            sentence += " " + self.env._(
                "It is on %s: you will receive a credit note.",
                ", ".join(dispute._get_invoiced().move_id.mapped("display_name")),
            )
        return sentence

    def _describe_target(self):
        """Return what is disputed in words: hours, ticket and day."""
        self.ensure_one()
        dispute = self.sudo()
        ticket = f"{dispute.ticket_id.number} {dispute.ticket_id.name}"
        if dispute.kind != LINE:
            labels = dict(self._fields["kind"]._description_selection(self.env))
            return f"{labels[dispute.kind]} ({ticket})"
        return self.env._(
            "%(hours)s hours of %(date)s on %(ticket)s",
            hours=f"{dispute.minutes // 60}:{dispute.minutes % 60:02}",
            date=format_date(self.env, dispute.work_date),
            ticket=ticket,
        )
