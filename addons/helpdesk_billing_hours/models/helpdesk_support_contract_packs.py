from dateutil.relativedelta import relativedelta

from odoo import models


class HelpdeskSupportContract(models.Model):
    _inherit = "helpdesk.support.contract"

    def _get_hours_pool(self):
        """Return the contract whose packs these tickets use: the first of renewals."""
        self.ensure_one()
        return self

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
        """Give the hours of a plan without a fee at the contract's start (R-A6).

        Each further year of the contract gives them again.
        """
        packs = self.env["helpdesk.hours.pack"].sudo()
        for contract in self.filtered(lambda c: c.kind == "support"):
            row = contract.sudo()._get_price_row()
            if not row.hours or row.price:
                continue
            granted = contract.sudo().pack_ids.filtered(lambda p: p.origin == "plan")
            packs.create(
                [
                    contract._prepare_yearly_pack(row, start)
                    for start in contract._get_years()
                    if start not in granted.mapped("date_from")
                ]
            )

    def _prepare_yearly_pack(self, row, start):
        """Return the values of the pack of one contract year; writes nothing."""
        return {
            "name": self.env._("Yearly hours: %s", row.plan_id.name),
            "contract_id": self.id,
            "origin": "plan",
            "hours": row.hours,
            "date_from": start,
        }

    def _get_consents(self):
        """Return the minutes beyond the packs that each pool allows in a month.

        None: any. Pools without a standing consent are left out.
        """
        consents = {}
        for contract in self.sudo().filtered("has_overage_consent"):
            cap = round(contract.overage_cap * 60) or None
            consents[contract._get_hours_pool().id] = cap
        return consents
