from odoo import api, models


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    @api.depends("ticket_id")
    def _compute_so_line(self):
        """Leave hours on tickets without a sales order item."""
        on_tickets = self.filtered("ticket_id")
        on_tickets.so_line = False
        return super(AccountAnalyticLine, self - on_tickets)._compute_so_line()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("ticket_id") or self.env.context.get("default_ticket_id"):
                vals["so_line"] = False
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("ticket_id") or (
            vals.get("so_line") and any(self.mapped("ticket_id"))
        ):
            on_tickets = self if vals.get("ticket_id") else self.filtered("ticket_id")
            super(AccountAnalyticLine, self - on_tickets).write(vals)
            return super(AccountAnalyticLine, on_tickets).write(
                {**vals, "so_line": False}
            )
        return super().write(vals)
