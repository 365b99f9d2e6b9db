from odoo import fields, models


class HelpdeskSupportPhone(models.Model):
    """A phone line of the provider for one country (R-C5)."""

    _name = "helpdesk.support.phone"
    _description = "Support Phone Line"
    _order = "contract_id, sequence, id"
    _rec_name = "phone"

    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    country_id = fields.Many2one("res.country", ondelete="restrict")
    phone = fields.Char(required=True)
    note = fields.Char(help="When to call it, as Emergencies only.")
