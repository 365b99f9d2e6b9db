from odoo import api, fields, models


class HelpdeskTicketRefusal(models.TransientModel):
    """Why tickets are refused, in words that their customers read (R-C6)."""

    _name = "helpdesk.ticket.refusal"
    _description = "Refusal of Tickets"

    ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason_id = fields.Many2one("helpdesk.refusal.reason", required=True)
    text = fields.Text(string="Words to the Customer")
    preview = fields.Char(
        string="The Customer Reads", compute="_compute_preview", readonly=True
    )

    @api.depends("reason_id", "text")
    def _compute_preview(self):
        for wizard in self:
            parts = filter(None, (wizard.reason_id.name, wizard.text))
            wizard.preview = ": ".join(parts)

    def action_refuse(self):
        """Refuse the tickets: their clocks are void, their customers get a mail."""
        self.ensure_one()
        self.ticket_ids._refuse_for(self.reason_id, (self.text or "").strip())
        return {"type": "ir.actions.act_window_close"}
