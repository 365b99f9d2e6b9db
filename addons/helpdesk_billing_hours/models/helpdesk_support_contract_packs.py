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

    def _follow_free_hours(self):
        """Give the hours of years without a fee from the year's first day (R-A6).

        Hours given for a year that has moved move along, with what adjusts them;
        those of a year that is no more, or has a fee now, are taken back. Raises
        UserError when hours of them are settled, or adjusted.
        """
        for contract in self.sudo():
            fees, today = contract.fee_ids, contract._get_today()
            free = fees.filtered(lambda fee: fee.state == "none" and fee.hours)
            begun = fees.filtered(lambda fee, today=today: fee.date_from <= today)
            years = (free | begun).mapped("date_from")
            packs = contract.pack_ids.filtered(lambda pack: pack.origin == "plan")
            given = packs.mapped("date_from")
            new = free.filtered(lambda fee, given=given: fee.date_from not in given)
            lost = packs.filtered(
                lambda pack, years=years: (
                    not pack.move_line_id and pack.date_from not in years
                )
            ).sorted("date_from")
            for pack, fee in zip(lost, new, strict=False):
                pack._move_to(fee.date_from)
            lost[len(new) :].unlink()
            packs.create(
                [contract._prepare_yearly_pack(fee) for fee in new[len(lost) :]]
            )

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
