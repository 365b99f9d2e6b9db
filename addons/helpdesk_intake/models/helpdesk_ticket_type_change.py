from odoo import fields, models


class HelpdeskTicketType(models.Model):
    _inherit = "helpdesk.ticket.type"

    is_change = fields.Boolean(
        string="Change Request",
        help="Tickets of this type are changes beyond the scope or after the "
        "warranty; they go to the project manager (R-B7).",
    )
