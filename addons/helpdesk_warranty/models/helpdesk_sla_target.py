from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .helpdesk_warranty_term import KINDS

METRICS = [
    ("acceptance", "Acceptance by the Customer"),
    ("correction", "Correction"),
]
#: The metrics that run on deliverables, not on the ticket.
TERMS = ("acceptance", "correction")


class HelpdeskSlaTarget(models.Model):
    _inherit = "helpdesk.sla.target"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
    kind = fields.Selection(
        KINDS,
        string="Deliverable",
        help="Empty: any kind. Only for acceptance and correction; 0 days for a kind "
        "means that it needs no acceptance.",
    )

    @api.constrains("policy_id", "metric", "severity", "type_id", "environment", "kind")
    def _check_key_is_unique(self):
        return super()._check_key_is_unique()

    @api.constrains("metric", "kind")
    def _check_kind(self):
        for target in self:
            if target.kind and target.metric not in TERMS:
                raise ValidationError(
                    self.env._(
                        "Only acceptance and correction are promised by kind of "
                        "deliverable: empty the kind on “%s”.",
                        target.display_name,
                    )
                )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"kind"}

    def _get_key(self):
        return (*super()._get_key(), self.kind)
