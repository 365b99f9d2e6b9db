from odoo import fields, models

from .helpdesk_sla_target import METRICS


class HelpdeskSlaStep(models.Model):
    _inherit = "helpdesk.sla.step"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
