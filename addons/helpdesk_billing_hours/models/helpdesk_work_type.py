from odoo import fields, models


class HelpdeskWorkType(models.Model):
    """What was done in an hour: diagnosis, meeting, work, travel …"""

    _name = "helpdesk.work.type"
    _description = "Type of Support Work"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    hour_price = fields.Monetary(
        string="Price per Hour",
        help="Before taxes. Used when neither the contract nor the plan has a price; "
        "0: the price of the product in the customer's price list.",
    )
    service_id = fields.Many2one(
        "helpdesk.support.service",
        index="btree_not_null",
        ondelete="restrict",
        help="Plans that exclude this service make such work billable.",
    )
    product_id = fields.Many2one(
        "product.product",
        domain="[('type', '=', 'service')]",
        index="btree_not_null",
        ondelete="restrict",
        help="What invoices show for this work. Empty: Support Hour.",
    )

    _name_uniq = models.Constraint(
        "UNIQUE (name)", "There is a type of work with this name already."
    )

    def _get_product(self):
        """Return the product that invoices show for this work."""
        if self.product_id:
            return self.product_id
        number = self.env["ir.model.data"]._xmlid_to_res_id(
            "helpdesk_billing_hours.product_support_hour", raise_if_not_found=True
        )
        return self.env["product.product"].browse(number)

    def _get_listed_price(self, partner, company, currency, date, pricelist=None):
        """Return the price list's price of an hour of this work, None without one."""
        product = self._get_product().with_company(company)
        pricelist = (
            pricelist or partner.with_company(company).property_product_pricelist
        )
        return product._get_support_price(pricelist, currency, company, date) or None

    def _get_default_price(self, partner, company, date):
        """Return the price of an hour without a contract, in the company's currency."""
        if self.hour_price:
            return self.currency_id._convert(
                self.hour_price, company.currency_id, company, date
            )
        return self._get_listed_price(partner, company, company.currency_id, date)
