from odoo import fields, models


class HelpdeskRefusalReason(models.Model):
    _name = "helpdesk.refusal.reason"
    _description = "Reason of a Refusal"
    _order = "sequence, name, id"

    name = fields.Char(
        required=True, translate=True, help="As the customer reads it in the mail."
    )
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
