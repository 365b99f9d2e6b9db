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
        nobody = self.env["res.partner"]
        of_all = runs.filtered_domain(runs._get_closing_domain(nobody))
        common = [*company._get_support_lock_dates(), *of_all.mapped("date_to")]
        rest, last = runs - of_all, max(common, default=None)
        result = {}
        for customer, own in partners.grouped("commercial_partner_id").items():
            closing = rest.filtered_domain(runs._get_closing_domain(customer))
            days = closing.mapped("date_to") + ([last] if last else [])
            result.update(dict.fromkeys(own, max(days, default=None)))
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
