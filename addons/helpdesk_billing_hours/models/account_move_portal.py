from odoo import api, fields, models


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
        moves = hidden._find_support_moves() if hidden else self.sudo().browse()
        return moves.filtered(lambda move: move.partner_id != partner)
