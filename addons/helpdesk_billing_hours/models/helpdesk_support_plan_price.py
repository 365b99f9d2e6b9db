from odoo import api, fields, models

from odoo.addons.helpdesk_support_contract.models.helpdesk_support_contract import (
    PLATFORMS,
)


class HelpdeskSupportPlanPrice(models.Model):
    """The yearly fee of a plan on a platform and the hours that it carries (R-A6)."""

    _name = "helpdesk.support.plan.price"
    _description = "Yearly Price of a Support Plan"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "plan_id, platform"

    plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    platform = fields.Selection(PLATFORMS, required=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('type', '=', 'service')]",
        help="What the invoice of the fee shows; its taxes, accounts and price lists "
        "are the fee's.",
    )
    currency_id = fields.Many2one(related="product_id.currency_id")
    price = fields.Float(
        string="Yearly Fee",
        related="product_id.lst_price",
        readonly=False,
        digits="Product Price",
        help="Before taxes, but for taxes that are included in the product's price; in "
        "the company's currency. Price lists may change it. A contract that is signed "
        "keeps its price.",
    )
    hours = fields.Float(
        required=True,
        default=50,
        help="Support hours a year that come with the fee. They expire one year after "
        "the purchase.",
    )

    _platform_uniq = models.Constraint(
        "UNIQUE (plan_id, platform)",
        "The plan has a price for this platform already: change that one.",
    )
    _hours_check = models.Constraint(
        "CHECK (hours >= 0)", "The hours of a plan cannot be negative."
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "hours",
            "plan_id",
            "platform",
            "product_id",
        }

    def _get_agreed_owners(self):
        return self.plan_id

    def _get_promised(self):
        """Leave rows free that no signed contract has, and what is only added."""
        if self.env.context.get("is_added"):
            return self.browse()
        return self.filtered(lambda row: row._get_signed_contracts())

    def _get_signed_contracts(self):
        """Return the signed contracts of the plan on this platform."""
        return (
            self.plan_id.sudo()
            ._get_signed_contracts()
            .filtered(lambda c: c.kind == "support" and c.platform == self.platform)
        )

    @api.model_create_multi
    def create(self, vals_list):
        """Let a plan get the price of a platform that it had none for."""
        rows = super(HelpdeskSupportPlanPrice, self.with_context(is_added=True))
        return rows.create(vals_list).with_env(self.env)

    @api.depends("plan_id", "platform")
    def _compute_display_name(self):
        platforms = dict(self._fields["platform"]._description_selection(self.env))
        for row in self:
            row.display_name = (
                f"{row.plan_id.name or ''} / {platforms.get(row.platform, '')}"
            )
