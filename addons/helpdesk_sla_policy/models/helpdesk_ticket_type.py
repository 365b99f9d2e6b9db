from odoo import fields, models


class HelpdeskTicketType(models.Model):
    _inherit = "helpdesk.ticket.type"

    is_development = fields.Boolean(
        string="Development Task",
        help="A task of this type is analysed and estimated instead of answered and "
        "solved in a fixed time; it goes to the team's development stage.",
    )
