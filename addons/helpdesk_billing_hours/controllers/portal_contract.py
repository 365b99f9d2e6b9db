from odoo.http import request

from odoo.addons.helpdesk_support_contract.controllers.portal_contract import (
    CustomerPortalContract,
)


class CustomerPortalContractHours(CustomerPortalContract):
    def _render_contract(self, contract, error=None, draft=None):
        """Add the hours of the contract, for who has the role to see them."""
        response = super()._render_contract(contract, error=error, draft=draft)
        partner = request.env.user.partner_id
        contract = contract.sudo()
        response.qcontext["packs"] = None
        if contract._may_see_hours(partner):
            response.qcontext["packs"] = contract._get_pool_packs()
        response.qcontext["price_notices"] = contract.price_notice_ids.filtered(
            lambda notice: (
                not notice.taken_back_at and contract._has_role(partner, "billing")
            )
        )
        return response
