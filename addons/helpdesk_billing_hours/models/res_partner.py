from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_view_hours_statements(self):
        """Open the statements of support hours of this customer."""
        self.ensure_one()
        statements = self.env["helpdesk.hours.statement"]
        return statements._get_action(self.commercial_partner_id)
