from odoo import fields, models
from odoo.exceptions import UserError


class AccountMoveLine(models.Model):
    """What a line charges that is charged once: a fee, a service credit, a pack.

    Whether it still does is derived from the state of its move and from the lines
    that reverse it, never from a button.
    """

    _inherit = "account.move.line"

    support_fee_id = fields.Many2one(
        "helpdesk.support.fee",
        string="Yearly Fee",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The fee of a contract's year that this line charges.",
    )
    support_service_credit_id = fields.Many2one(
        "helpdesk.service.credit",
        string="Service Credit",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        help="The service credit that this line gives.",
    )
    support_reversed_line_id = fields.Many2one(
        "account.move.line",
        string="Reverses or Replaces",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The line that sold the pack, or carried the service credit, that this "
        "one takes back or charges again.",
    )
    support_adjustment_ids = fields.One2many(
        "helpdesk.hours.pack", "credit_line_id", string="Hours Taken Back"
    )
    support_reversal_ids = fields.One2many(
        "account.move.line", "support_reversed_line_id", string="Reversed By"
    )

    def unlink(self):
        contracts = self.sudo().support_fee_id.contract_id
        result = super().unlink()
        if contracts:  # their hours wait for the next invoice
            contracts._reallocate_hours()
        return result

    def _prepare_support_reversal(self):
        """Return what a line that reverses or replaces this one must know."""
        packs = self.env["helpdesk.hours.pack"]
        has_pack = packs.search_count([("move_line_id", "=", self.id)], limit=1)
        charges = self.support_fee_id or self.support_service_credit_id
        if not (has_pack or charges or self.support_reversed_line_id):
            return {}
        return {
            "support_reversed_line_id": self,
            "support_fee_id": self.support_fee_id,
            "support_service_credit_id": self.support_service_credit_id,
        }

    def _put_taxes_in(self):
        """Turn prices before taxes into prices with the taxes that they include."""
        for line in self:
            taxes = line.tax_ids
            if any(tax.price_include for tax in taxes):
                line.price_unit = taxes._adapt_price_unit_to_another_taxes(
                    line.price_unit, line.product_id, taxes.browse(), taxes
                )

    def _is_reversal(self):
        """Tell whether this line takes another one back, instead of replacing it."""
        reversed_line = self.support_reversed_line_id
        return bool(reversed_line) and reversed_line.move_type != self.move_type

    def _undoes_reversal(self):
        """Tell whether this line charges again what a credit note took back."""
        return self._is_reversal() and self.support_reversed_line_id._is_reversal()

    def _get_reversed_part(self, with_drafts=False):
        """Return which part of this line posted reversals took back, 0 to 1.

        What reverses a credit note counts against it: once posted, ``with_drafts``
        from its draft on.
        """
        total, amount = abs(self.price_subtotal), 0
        for line in self.support_reversal_ids.filtered(lambda ln: ln._is_reversal()):
            is_claim = with_drafts and line._undoes_reversal()
            if line.parent_state == "posted" or (
                is_claim and line.parent_state == "draft"
            ):
                left = 1 - line._get_reversed_part(with_drafts)
                amount += line._get_subtotal_in(self.currency_id) * left
        if not total or not amount:
            return 0
        rest = self.currency_id.compare_amounts(total - amount, 0)
        return 1 if rest <= 0 else amount / total

    def _get_subtotal_in(self, currency):
        """Return what this line charges or credits before taxes, in a currency."""
        amount = abs(self.price_subtotal)
        if self.currency_id == currency:
            return amount
        date = self.move_id.invoice_date or fields.Date.context_today(self)
        return self.currency_id._convert(amount, currency, self.company_id, date)

    def _is_live_charge(self):
        """Tell whether this line charges: neither cancelled nor wholly reversed."""
        return (
            self.parent_state in ("draft", "posted")
            and not self._is_reversal()
            and self._get_reversed_part(with_drafts=True) < 1
        )

    def _follow_charges(self):
        """Follow the state of the move of these lines, or of what they reverse."""
        self._check_charged_once()
        self._follow_pack_credit()
        self._follow_service_credits()
        self.support_fee_id.contract_id._end_fee_reminders()

    def _check_charged_once(self):
        """Raise UserError when something is charged by two live lines."""
        self._lock_charges()
        for name in ("support_fee_id", "support_service_credit_id"):
            for record in self[name]:
                live = record.move_line_ids.filtered(lambda ln: ln._is_live_charge())
                if len(live) > 1:
                    raise UserError(
                        self.env._(
                            "%(what)s is on %(invoice)s by now: cancel or credit that "
                            "one first.",
                            what=record.display_name,
                            invoice=(live.move_id - self.move_id)[:1].display_name
                            or live.move_id[:1].display_name,
                        )
                    )

    def _lock_charges(self):
        """Let two transactions that charge the same follow each other."""
        contracts = self.support_fee_id.contract_id
        contracts |= self.support_service_credit_id.contract_id
        contracts._queue_for_packs()

    def _release_charges(self):
        """Free what these lines charge: they are about to be deleted."""
        self._follow_pack_credit(gone=True)
        self._follow_service_credits(gone=True)

    def _follow_service_credits(self, gone=False):
        """Let service credits be invoiced, or approved again (R-C7)."""
        for credit in self.support_service_credit_id:
            lines = credit.move_line_ids - self if gone else credit.move_line_ids
            is_live = any(line._is_live_charge() for line in lines)
            state = "invoiced" if is_live else "approved"
            if credit.state in ("approved", "invoiced") and credit.state != state:
                credit.state = state

    # Packs

    def _find_support_fee(self):
        """Let a line that somebody made by hand charge the open fee of its product."""
        if self.support_fee_id or not self.product_id:
            return
        contract = self._get_sold_contract()
        fees = contract.sudo().fee_ids.filtered(
            lambda fee: fee.state == "open" and fee.product_id == self.product_id
        )
        if fees:
            self.support_fee_id = fees[0]

    def _get_sold_pack(self):
        """Return the pack that this line, or the line that it reverses, sold."""
        line = self.support_reversed_line_id if self._is_reversal() else self
        packs = self.env["helpdesk.hours.pack"].sudo()
        return packs.search([("move_line_id", "=", line.id)]) if line else packs

    def _follow_pack_credit(self, gone=False):
        """Take hours back that posted credit notes credit, or give them again (R-A6).

        Each change is an adjustment of its own: what closed periods read stays.
        """
        lines = self | self.support_reversed_line_id  # of credit notes taken back
        for line in lines.filtered(lambda ln: ln._is_reversal()):
            pack = line._get_sold_pack()
            if not pack:
                continue
            pack.contract_id._queue_for_packs()
            taken = -sum(line.support_adjustment_ids.mapped("hours"))
            due = 0
            if line.parent_state == "posted" and not (gone and line in self):
                due = line._get_pack_credit() / 60
            minutes = round((taken - due) * 60)
            if minutes:
                pack.create(
                    {
                        "name": line._describe_pack_credit(minutes),
                        "contract_id": pack.contract_id.id,
                        "adjusts_id": pack.id,
                        "hours": minutes / 60,
                        "credit_line_id": line.id,
                    }
                )

    def _describe_pack_credit(self, minutes):
        here = self.with_context(lang=self.move_id.partner_id.lang or self.env.lang)
        if minutes < 0:
            return here.env._("Taken back by %s", self.move_id.name)
        return here.env._("Given again: %s", self.move_id.name)

    def _get_discount(self):
        """Return what credit notes took off this line's pack but no hours of it.

        In the company's currency, before taxes.
        """
        lines = self.support_reversal_ids.filtered(
            lambda line: (
                line._is_reversal()
                and line.parent_state == "posted"
                and line.move_id.keeps_support_hours
            )
        )
        return sum(line.balance * (1 - line._get_reversed_part()) for line in lines)

    def _get_pack_credit(self):
        """Return the minutes that this line of a credit note takes back.

        As much of the pack as it credits of the price, never what is used.
        """
        if self.move_id.keeps_support_hours:
            return 0
        pack, sold = self._get_sold_pack(), self.support_reversed_line_id
        total = abs(sold.price_subtotal)
        amount = self._get_subtotal_in(sold.currency_id)
        part = min(1, amount / total) if total else 1
        wanted = round(pack.hours * 60 * part * (1 - self._get_reversed_part()))
        own = -sum(self.support_adjustment_ids.mapped("hours"))
        left = round((pack._get_hours() + own - pack.hours_used) * 60)
        return max(0, min(wanted, left))
