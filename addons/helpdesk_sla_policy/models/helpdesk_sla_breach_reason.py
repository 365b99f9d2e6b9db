from odoo import fields, models


class HelpdeskSlaBreachReason(models.Model):
    _name = "helpdesk.sla.breach.reason"
    _description = "SLA Breach Reason"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    description = fields.Char(
        translate=True, help="When agents choose this reason, for their orientation."
    )

    _name_uniq = models.Constraint(
        "UNIQUE (name)", "There is a breach reason with this name already."
    )
