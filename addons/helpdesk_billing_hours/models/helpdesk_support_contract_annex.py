from odoo import models


class HelpdeskSupportContract(models.Model):
    """What the annex says of money, as agreed when it is signed (R-A6)."""

    _inherit = "helpdesk.support.contract"

    def _has_annex_prices(self):
        return super()._has_annex_prices() or any(self._get_annex_prices().values())

    def _get_annex_prices(self):
        """Return the prices before taxes that the customer signs, by what they are for.

        ``fee`` is a year's; ``hour`` one that the contract does not cover; ``overage``
        one beyond the packs, where the customer agreed to it.
        """
        self.ensure_one()
        contract = self.sudo()
        row = contract._get_price_row()
        hour = contract._get_hour_price() or 0
        return {
            "fee": contract._get_fee_price(row) if row else 0,
            "hour": hour,
            "overage": contract.has_overage_consent
            and (contract.overage_price or hour),
        }
