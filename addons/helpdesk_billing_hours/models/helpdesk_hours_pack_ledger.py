from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import ledger


class HelpdeskHoursPack(models.Model):
    """What a pack granted and used by accounting date, and what an hour is worth."""

    _inherit = "helpdesk.hours.pack"

    grant_ids = fields.One2many("helpdesk.hours.grant", "root_id", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    # Not to the cent: so many hours are worth what was paid for all of them.
    hour_value = fields.Float(
        string="Value of an Hour",
        digits=(16, 6),
        compute="_compute_hour_value",
        store=True,
        readonly=False,
        groups="account.group_account_invoice",
        help="What an unused hour is owed at: what the customer paid for the pack, "
        "before taxes, by its hours. It does not change once its period is closed.",
    )

    roll_over = fields.Selection(
        lambda self: self.env["helpdesk.support.plan"]._fields["roll_over"].selection,
        string="Hours Left After a Year",
        compute="_compute_roll_over",
        store=True,
        help="As the plan says, until the period in which the hours expire is closed.",
    )
    roll_over_hours = fields.Float(
        string="Roll Over at Most", compute="_compute_roll_over", store=True
    )

    @api.depends("contract_id.plan_id.roll_over", "contract_id.plan_id.roll_over_hours")
    def _compute_roll_over(self):
        for pack in self:
            plan = pack.contract_id.plan_id
            is_final = pack.roll_over and pack._has_expired_for_good()
            terms = pack if is_final else plan
            pack.update(
                {
                    "roll_over": terms.roll_over or "none",
                    "roll_over_hours": terms.roll_over_hours,
                }
            )

    @api.depends(
        "hours",
        "move_line_id.balance",
        "move_line_id.parent_state",
        "move_line_id.support_reversal_ids.parent_state",
    )
    def _compute_hour_value(self):
        for pack in self:
            line = pack.move_line_id
            pack.hour_value = pack.hour_value
            is_sold = line and pack.hours and line.parent_state == "posted"
            if is_sold and not pack._is_granted_for_good():
                paid = -line.balance - line._get_discount()
                pack.hour_value = paid / pack.hours

    def write(self, vals):
        fixed = {"date_from", "date_to", "contract_id", "adjusts_id", "hour_value"}
        if fixed & vals.keys():
            before = {pack.id: pack._get_fixed_facts() for pack in self}
        result = super().write(vals)
        if fixed & vals.keys():
            for pack in self:
                pack._check_closed_facts(before[pack.id])
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        for pack in self:
            is_settled = any(pack.sudo().share_ids.mapped("settled"))  # says so itself
            if not is_settled and pack._is_granted_for_good():
                raise UserError(
                    self.env._(
                        "“%s” was granted in a closed period: make an adjustment that "
                        "takes the hours away instead of deleting it.",
                        pack.name,
                    )
                )

    # Closed periods

    def _get_closed_until(self):
        """Return the last day of the closed periods of the customer, or None."""
        shares = self.env["helpdesk.hours.share"].sudo()
        return shares._get_closed_until(self.company_id, self.partner_id)

    def _is_granted_for_good(self):
        """Tell whether a closed period counts hours of this pack."""
        closed = self._get_closed_until()
        own = self.sudo().grant_ids.filtered(lambda g: g.pack_id == self)
        return bool(closed and any(g.accounting_date <= closed for g in own))

    def _has_expired_for_good(self):
        """Tell whether a closed period counts that hours of this pack expired."""
        closed = self._get_closed_until()
        return bool(closed and self.date_to < closed)

    def _get_fixed_facts(self):
        """Return what a closed period was computed from."""
        pack = self.sudo()
        return {
            "date_from": pack.date_from,
            "contract_id": pack.contract_id,
            "adjusts_id": pack.adjusts_id,
            "hour_value": pack.hour_value,
            "date_to": pack.date_to,
        }

    def _check_closed_facts(self, before):
        """Refuse to change what closed periods were computed from."""
        after = self._get_fixed_facts()
        changed = {name for name in after if after[name] != before[name]}
        if not changed or not self._is_granted_for_good():
            return
        closed = self._get_closed_until()
        is_open = min(before["date_to"], after["date_to"]) >= closed
        if changed == {"date_to"} and is_open:
            return
        raise UserError(
            self.env._(
                "The period until %(date)s is closed, and “%(pack)s” counts in it: "
                "make an adjustment or a new pack instead.",
                date=closed,
                pack=self.name,
            )
        )

    # Grants

    def _record_grants(self):
        """Let the ledger of grants say what these packs give now.

        Rows of open periods are rewritten; what changes later is a row of its own in
        the first open period.
        """
        model = self.env["helpdesk.hours.grant"].sudo()
        packs = self.sudo()
        rows = model.search([("pack_id", "in", packs.ids)])
        closed = packs._get_closed_dates()
        by_pack = rows.grouped("pack_id")
        for pack in packs:
            pack._record_grant(by_pack.get(pack, rows.browse()), closed[pack.id])

    def _record_grant(self, rows, closed):
        """Write the difference between what is recorded and what is given now."""
        fixed = rows.filtered(lambda g: closed and g.accounting_date <= closed)
        own = rows - fixed
        rest = self._get_granted_minutes() - sum(fixed.mapped("minutes"))
        date = self._get_grant_date(closed, bool(fixed), own)
        vals = self._prepare_grant(rest, date)
        if len(own) == 1 and all(
            (own[name].id if name.endswith("_id") else own[name]) == value
            for name, value in vals.items()
        ):
            return
        own.unlink()
        if rest:
            rows.create(vals)

    def _get_granted_minutes(self):
        """Return what counts as given now.

        What was settled of a pack stays given when its invoice is taken back.
        """
        minutes = round(self.hours * 60)
        if self._is_granted():
            return minutes
        settled = self.share_ids.filtered("settled") if not self.adjusts_id else []
        return min(max(minutes, 0), sum(share.minutes for share in settled))

    def _is_granted(self):
        """Tell whether these hours count: of an adjustment, also its pack's."""
        return self._is_usable() and (
            not self.adjusts_id or self.move_line_id or self.adjusts_id._is_usable()
        )

    def _get_grant_date(self, closed, is_changed, own):
        """Return from which accounting date on the hours count.

        A pack counts from its start; what takes hours away, is credited, or changes
        what a closed period counts, from the day on which it is done.
        """
        date = self.date_from
        is_event = self.adjusts_id and (self.hours < 0 or self.credit_line_id)
        if is_changed or is_event:
            today = fields.Date.context_today(
                self.with_context(tz=self.contract_id._get_terms().tz or "UTC")
            )
            date = own[:1].accounting_date or max(today, date)
        shares = self.env["helpdesk.hours.share"]
        return shares._get_accounting_date(date, closed)

    def _prepare_grant(self, minutes, date):
        """Return the values of a row of the ledger; writes nothing."""
        return {
            "pack_id": self.id,
            "root_id": (self.adjusts_id or self).id,
            "kind": self._get_grant_kind(),
            "accounting_date": date,
            "minutes": minutes,
        }

    def _get_grant_kind(self):
        """Return whether hours are granted, adjusted, or credited by a credit note."""
        if self.credit_line_id:
            return ledger.CREDIT
        return ledger.ADJUSTMENT if self.adjusts_id else ledger.GRANT

    # Balances

    def _get_ledger(self):
        """Return ``{pack: (terms, grants, uses)}`` for ledger.py, in few queries.

        Hours that no run has settled count in the first open period at the earliest.
        """
        packs = self.sudo().filtered(lambda pack: not pack.adjusts_id)
        grants = {pack.id: [] for pack in packs}
        rows = self.env["helpdesk.hours.grant"].sudo()
        for row in rows.search([("root_id", "in", packs.ids)]):
            plain = ledger.Grant(row.accounting_date, row.minutes, row.kind)
            grants[row.root_id.id].append(plain)
        uses = {pack.id: [] for pack in packs}
        closed = packs._get_closed_dates()
        shares = self.env["helpdesk.hours.share"]
        shares.flush_model()
        for pack_id, date, work_date, settled, minutes in self.env.execute_query(
            SQL(
                "SELECT pack_id, accounting_date, work_date, settled, sum(minutes) "
                "FROM helpdesk_hours_share WHERE pack_id = ANY(%s) AND charge = 'pack' "
                "GROUP BY 1, 2, 3, 4",
                packs.ids,
            )
        ):
            date = date or work_date
            if not settled:
                date = shares._get_accounting_date(date, closed[pack_id])
            uses[pack_id].append(ledger.Use(date, work_date, minutes))
        return {
            pack: (pack._get_ledger_terms(), grants[pack.id], uses[pack.id])
            for pack in packs
        }

    def _get_closed_dates(self):
        """Return ``{id: last closed day or None}`` of many packs in few queries."""
        shares = self.env["helpdesk.hours.share"].sudo()
        result = {}
        for company, packs in self.grouped("company_id").items():
            by_customer = shares._get_closed_dates(company, packs.partner_id)
            for pack in packs:
                result[pack.id] = by_customer[pack.partner_id]
        return result

    def _get_ledger_terms(self):
        """Return when what is left of this pack expires."""
        if self.roll_over == "none":
            return ledger.Terms(self.date_to)
        limit = round(self.roll_over_hours * 60) if self.roll_over == "capped" else None
        return ledger.Terms(self.date_to, self._get_last_day(), limit)
