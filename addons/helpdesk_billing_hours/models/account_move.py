from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    support_share_ids = fields.One2many(
        related="invoice_line_ids.support_share_ids", string="Support Hours"
    )
    has_support_hours = fields.Boolean(compute="_compute_has_support_hours")

    def _compute_has_support_hours(self):
        for move in self:
            move.has_support_hours = bool(move.sudo().line_ids.support_share_ids)

    def action_view_support_hours(self):
        """Open the hours that this invoice charges, each with its reason."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_share_action"
        )
        action["domain"] = [("move_line_id.move_id", "=", self.id)]
        action["context"] = {}
        return action

    def button_cancel(self):
        result = super().button_cancel()
        cancelled = self.filtered(lambda move: move.state == "cancel")
        cancelled.sudo().line_ids.support_share_ids._release()
        return result
