from odoo import models
from odoo.fields import Domain


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _timesheet_compute_delivered_quantity_domain(self):
        """Count no hours on tickets as delivered by a sales order."""
        domain = super()._timesheet_compute_delivered_quantity_domain()
        return list(Domain(domain) & Domain("ticket_id", "=", False))
