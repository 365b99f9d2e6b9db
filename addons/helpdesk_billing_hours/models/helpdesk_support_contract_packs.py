from dateutil.relativedelta import relativedelta

from odoo import models


class HelpdeskSupportContract(models.Model):
    """The years of a contract and the hours that come with them."""

    _inherit = "helpdesk.support.contract"

    def _get_price_row(self):
        """Return the yearly fee and hours of the plan on this platform."""
        return self.plan_id._get_price_row(self.platform)

    def _get_years(self):
        """Return the first day of each contract year."""
        years, start = [], self.date_start
        while start <= self.date_end:
            years.append(start)
            start = self.date_start + relativedelta(years=len(years))
        return years

    def _grant_free_hours(self):
        """Give the hours of years without a fee from the year's first day (R-A6)."""
        packs = self.env["helpdesk.hours.pack"].sudo()
        for contract in self.sudo():
            granted = contract.pack_ids.filtered(lambda p: p.origin == "plan")
            packs.create(
                [
                    contract._prepare_yearly_pack(fee)
                    for fee in contract.fee_ids
                    if fee.state == "none"
                    and fee.hours
                    and fee.date_from not in granted.mapped("date_from")
                ]
            )

    def _drop_free_hours(self, years):
        """Take back the hours given without an invoice for other years than these.

        Raises UserError when hours of them are settled.
        """
        self.pack_ids.filtered(
            lambda pack: (
                pack.origin == "plan"
                and not pack.move_line_id
                and pack.date_from not in years
            )
        ).unlink()

    def _prepare_yearly_pack(self, fee):
        """Return the values of the pack of one contract year; writes nothing."""
        here = self.with_context(lang=self.partner_id.lang or self.env.lang)
        return {
            "name": here.env._("Yearly hours: %s", here.plan_id.name),
            "contract_id": self.id,
            "origin": "plan",
            "hours": fee.hours,
            "date_from": fee.date_from,
        }
