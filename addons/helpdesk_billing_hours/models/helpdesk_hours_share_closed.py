from odoo import fields, models


class HelpdeskHoursShare(models.Model):
    """Closed periods read the same for ever: their rows are answered, not removed."""

    _inherit = "helpdesk.hours.share"

    is_renewed = fields.Boolean(
        readonly=True,
        help="Freed in a closed period and taken back since: a later row charges it.",
    )

    def _get_closed_dates(self, company, partners):
        """Return ``{customer: last closed day or None}`` in few queries."""
        runs = self.env["helpdesk.hours.run"].sudo()
        runs = runs.search([("company_id", "=", company.id)])
        locks = [
            company.fiscalyear_lock_date,
            company.sale_lock_date,
            company.hard_lock_date,
        ]
        done = [run.date_to for run in runs if run._is_over() and not run.partner_ids]
        common = max((day for day in [*locks, *done] if day), default=None)
        own = runs.filtered(lambda run: not run._is_over() or run.partner_ids)
        result = {}
        for partner in partners:
            customer = partner.commercial_partner_id
            days = [run.date_to for run in own if run._has_closed(customer)]
            result[partner] = max([*days, common] if common else days, default=None)
        return result

    def _is_closed(self):
        """Tell whether the accounting date of this row is in a closed period."""
        closed = self._get_closed_until(self.company_id, self.partner_id)
        return bool(closed and self.accounting_date and self.accounting_date <= closed)

    def _take_back(self):
        """Charge freed minutes again; a freeing in a closed period gets its answer."""
        freed = self.sudo().filtered(lambda s: s.is_reversed and not s.is_renewed)
        freeing = freed.search([("reversal_of_id", "in", freed.ids)])
        closed = freeing.filtered(lambda row: row._is_closed()).reversal_of_id
        credits = self.env["helpdesk.hours.credit"].sudo()
        for share in closed:
            renewed = share._renew(share.move_line_id)
            share.is_renewed = True
            credits.search([("share_id", "=", share.id)]).share_id = renewed
        return super(HelpdeskHoursShare, freed - closed)._take_back()

    def _release(self):
        """Forget what an open period has; free what a closed one has."""
        shares = self.sudo()
        freeing = shares.search([("reversal_of_id", "in", shares.ids)])
        kept = (shares | freeing).filtered(lambda row: row._is_closed())
        kept |= kept.reversal_of_id
        live = kept.filtered(lambda s: not s.is_reversed and not s.reversal_of_id)
        rest = shares - kept - freeing.filtered(lambda r: r.reversal_of_id in kept)
        live._free()
        return super(HelpdeskHoursShare, rest)._release() if rest else None


class HelpdeskHoursRun(models.Model):
    _inherit = "helpdesk.hours.run"

    def _is_over(self):
        """Tell whether this run has come to all of its customers."""
        return self.state == "done"

    def _has_closed(self, customer):
        """Tell whether this run has closed the days of a customer until its last."""
        if self.partner_ids and customer not in self.partner_ids:
            return False
        return self._is_over() or (
            bool(customer) and self.last_partner_id >= customer.id
        )
