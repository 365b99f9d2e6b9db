from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _get_support_price(self, pricelist, currency, company, date, listed=None):
        """Return the price of one unit before taxes in a currency: the list's, or the
        product's.

        Taxes that are included in the product's price are taken off. A list gives fixed
        prices in its own currency, whichever it is asked for.
        ``listed`` is a price that was announced in place of the product's own: a list
        starts from it, unless its rule is a fixed price or starts from the cost.
        """
        self.ensure_one()
        product = self.with_company(company)
        if listed is not None:
            product = product.with_context(support_listed={self.id: listed})
        if pricelist:
            pricelist = pricelist.with_company(company)
            price = pricelist._get_product_price(product, 1.0, date=date)
            own = pricelist.currency_id
        else:
            price = product.lst_price if listed is None else listed
            own = product.currency_id
        price = product._take_taxes_off(price, company)
        return own._convert(price, currency, company, date)

    def _take_taxes_off(self, price, company):
        """Return a price of this product before the taxes that are included in it."""
        taxes = self.taxes_id._filter_taxes_by_company(company)
        return taxes._adapt_price_unit_to_another_taxes(
            price, self, taxes, taxes.browse()
        )

    def _price_compute(
        self, price_type, uom=None, currency=None, company=None, date=False
    ):
        """Let a price list start from the price that was announced (R-A6)."""
        prices = super()._price_compute(
            price_type, uom=uom, currency=currency, company=company, date=date
        )
        listed = self.env.context.get("support_listed") or {}
        if price_type != "list_price":
            return prices
        for product in self.filtered(lambda product: product.id in listed):
            price = listed[product.id]
            if uom:
                price = product.uom_id._compute_price(price, uom)
            if currency:
                company = company or self.env.company
                price = product.currency_id._convert(price, currency, company, date)
            prices[product.id] = price
        return prices
