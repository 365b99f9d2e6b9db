from odoo import fields, models


class HelpdeskSupportService(models.Model):
    """Something that customers ask for: plans include it or exclude it (R-A5)."""

    _name = "helpdesk.support.service"
    _description = "Support Service"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: every company can sell this service.",
    )
