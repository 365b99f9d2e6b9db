from odoo import api, fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # Two digits would turn 2:10 h into 2.17: the invoice charges whole minutes.
    quantity = fields.Float(
        digits="Invoiced Quantity", min_display_digits="Product Unit"
    )
    support_share_ids = fields.One2many(
        "helpdesk.hours.share", "move_line_id", string="Support Hours"
    )
    support_hours_count = fields.Integer(compute="_compute_support_hours_count")

    @api.depends("support_share_ids")
    def _compute_support_hours_count(self):
        for line in self:
            line.support_hours_count = len(line.sudo().support_share_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_release_support_hours(self):
        self.sudo().support_share_ids._release()
