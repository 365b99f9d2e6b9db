from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    support_contract_ids = fields.One2many(
        "helpdesk.support.contract", "partner_id", string="Support Contracts"
    )
    support_contract_count = fields.Integer(compute="_compute_support_contract_count")

    def _compute_support_contract_count(self):
        contracts = self.env["helpdesk.support.contract"]
        counts = {}
        if contracts.has_access("read"):
            counts = dict(
                contracts._read_group(
                    [("partner_id", "in", self.commercial_partner_id.ids)],
                    ["partner_id"],
                    ["__count"],
                )
            )
        for partner in self:
            partner.support_contract_count = counts.get(
                partner.commercial_partner_id, 0
            )

    def action_view_support_contracts(self):
        """Open the support contracts of this customer."""
        self.ensure_one()
        customer = self.commercial_partner_id
        return customer.support_contract_ids._get_records_action(
            name=self.env._("Support Contracts"),
            context={"default_partner_id": customer.id},
        )
