from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    support_hours = fields.Float(
        help="Hours that each unit gives to the customer's contract when its invoice "
        "is posted: an extra pack of hours.",
    )

    _support_hours_check = models.Constraint(
        "CHECK (support_hours >= 0)", "A pack cannot give negative hours."
    )
