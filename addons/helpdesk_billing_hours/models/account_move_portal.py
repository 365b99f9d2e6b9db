from odoo import api, fields, models
from odoo.fields import Domain


class AccountMove(models.Model):
    """Which invoices of support a customer's contact finds on the portal (R-C5)."""

    _inherit = "account.move"

    is_for_portal_user = fields.Boolean(
        string="For the Portal User",
        compute="_compute_is_for_portal_user",
        search="_search_is_for_portal_user",
        help="Invoices of support are for the contacts with the role Hours or Billing "
        "on the contract; a contract that names nobody shows them to all.",
    )

    @api.depends_context("uid")
    def _compute_is_for_portal_user(self):
        hidden = self._get_moves_of_others()
        for move in self:
            move.is_for_portal_user = move not in hidden

    def _search_is_for_portal_user(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [("id", "not in", self._get_moves_of_others().ids)]

    @api.model
    def _get_moves_of_others(self):
        """Return the invoices of contracts whose hours the user's roles do not show.

        Not those that are addressed to the user.
        """
        partner = self.env.user.partner_id
        contracts = self.env["helpdesk.support.contract"].sudo()
        contracts = contracts.with_context(active_test=False).search(
            [("partner_id", "=", partner.commercial_partner_id.id)]
        )
        hidden = contracts.filtered(
            lambda contract: (
                contract._get_role_partners("hours", "billing")
                and not contract._may_see_hours(partner)
            )
        )
        moves = self.env["account.move"].sudo()
        if not hidden:
            return moves
        links = (
            "support_contract_id",
            "support_fee_id.contract_id",
            "support_service_credit_id.contract_id",
            "support_share_ids.contract_id",
        )
        of_hidden = Domain.OR([(link, "in", hidden.ids)] for link in links)
        lines = self.env["account.move.line"].sudo().search(of_hidden)
        return lines.move_id.filtered(lambda move: move.partner_id != partner)
