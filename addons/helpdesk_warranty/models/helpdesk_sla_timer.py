from odoo import fields, models

from .helpdesk_sla_target import METRICS


class HelpdeskSlaTimer(models.Model):
    _inherit = "helpdesk.sla.timer"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="The deliverable that this promise is about.",
    )
