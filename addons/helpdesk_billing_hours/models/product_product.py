from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_support_price(self, pricelist, currency, company, date):
        """Return the price of one unit in a currency: the list's, or the product's.

        A list gives fixed prices in its own currency, whichever it is asked for.
        """
        self.ensure_one()
        if pricelist:
            price = pricelist._get_product_price(self, 1.0, date=date)
            return pricelist.currency_id._convert(price, currency, company, date)
        return self.currency_id._convert(self.lst_price, currency, company, date)
