from odoo import models


class HelpdeskSupportContract(models.Model):
    """Who reads the statement of hours of a contract."""

    _inherit = "helpdesk.support.contract"

    def _may_see_hours(self, partner):
        """Tell whether a contact sees the hours: it has the role Hours or Billing."""
        self.ensure_one()
        return self._has_role(partner, "hours") or self._has_role(partner, "billing")

    def _get_readable_contracts(self, partner):
        """Return the signed contracts whose hours a contact sees on the portal."""
        contracts = self.sudo().search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("is_signed", "=", True),
            ]
        )
        return contracts.filtered(lambda contract: contract._may_see_hours(partner))
