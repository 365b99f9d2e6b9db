from odoo import fields, models

METRICS = [
    ("acceptance", "Acceptance by the Customer"),
    ("correction", "Correction"),
]


class HelpdeskSlaTarget(models.Model):
    _inherit = "helpdesk.sla.target"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
