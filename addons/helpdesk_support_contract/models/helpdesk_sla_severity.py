from odoo import api, models


class HelpdeskSlaSeverity(models.Model):
    _name = "helpdesk.sla.severity"
    _inherit = ["helpdesk.sla.severity", "helpdesk.support.term.mixin"]

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "contact_methods",
            "meaning",
            "name",
            "policy_id",
            "severity",
        }
