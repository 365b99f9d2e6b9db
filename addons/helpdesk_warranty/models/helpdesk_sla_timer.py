from odoo import api, fields, models
from odoo.tools import SQL

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

    @api.model
    def _get_own_condition(self):
        # Promises about a deliverable do not follow from the ticket's stages.
        return SQL("deliverable_id IS NULL")

    def _is_independent(self):
        return bool(self.deliverable_id)
