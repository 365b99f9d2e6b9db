from odoo import models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        """Let packs wait again whose payment is taken back (R-A6)."""
        moves = (self.debit_move_id + self.credit_move_id).move_id
        packs = self.env["helpdesk.hours.pack"].sudo()
        if moves:
            packs = packs.search([("move_line_id.move_id", "in", moves.ids)])
        result = super().unlink()
        if packs:
            packs._follow_payment()
            packs.move_line_id.move_id._refresh_coverage_of_customers()
        return result
