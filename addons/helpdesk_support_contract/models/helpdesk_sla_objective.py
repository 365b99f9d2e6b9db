from odoo import api, models


class HelpdeskSlaObjective(models.Model):
    _name = "helpdesk.sla.objective"
    _inherit = ["helpdesk.sla.objective", "helpdesk.support.term.mixin"]

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"metric", "percent", "policy_id"}
