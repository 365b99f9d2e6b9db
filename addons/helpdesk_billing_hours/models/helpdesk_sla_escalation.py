from odoo import models


class HelpdeskSlaEscalation(models.Model):
    _inherit = "helpdesk.sla.escalation"

    def write(self, vals):
        """Charge the fee of an improper escalation, or take it back (R-A12)."""
        result = super().write(vals)
        if "is_improper" in vals:
            self.ticket_id.sudo()._reallocate_hours()
        return result
