from odoo import api, fields, models


class HelpdeskTicketConfirmation(models.TransientModel):
    """Who of the customer said that a ticket is solved, and how (R-C3, R-A14)."""

    _name = "helpdesk.ticket.confirmation"
    _description = "Confirmation of a Ticket"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", readonly=True
    )
    commercial_partner_id = fields.Many2one(related="ticket_id.commercial_partner_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Confirmed By",
        required=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        domain="[('commercial_partner_id', '=', commercial_partner_id)]",
        help="The person of the customer who says that the service is back.",
    )
    note = fields.Char(
        string="How", required=True, help="By telephone, in a meeting, by mail of …"
    )
    close = fields.Boolean(
        string="Close the Ticket",
        default=True,
        help="Otherwise the ticket stays where it is and may be closed at any time.",
    )

    @api.depends("ticket_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.ticket_id.partner_id

    def action_confirm(self):
        """Record the confirmation, and close the ticket if the agent wants it."""
        self.ensure_one()
        self.ticket_id._confirm(self.partner_id, self.note, close=self.close)
        return {"type": "ir.actions.act_window_close"}
