from odoo import api, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    @api.model
    def _timesheet_domain_get_invoiced_lines(self, sale_line_delivery):
        """Link no hours on tickets to the invoice of a sales order."""
        domain = super()._timesheet_domain_get_invoiced_lines(sale_line_delivery)
        return [("ticket_id", "=", False), *domain]
