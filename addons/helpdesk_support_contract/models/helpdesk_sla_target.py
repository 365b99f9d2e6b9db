from odoo import api, models


class HelpdeskSlaTarget(models.Model):
    _name = "helpdesk.sla.target"
    _inherit = ["helpdesk.sla.target", "helpdesk.support.term.mixin"]

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "amount",
            "environment",
            "metric",
            "policy_id",
            "severity",
            "type_id",
            "unit",
            "working_time",
        }
