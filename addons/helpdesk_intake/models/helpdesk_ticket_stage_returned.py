from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    is_returned = fields.Boolean(
        string="Returned to the Customer",
        help="Incomplete tickets are returned to this stage; they leave it when the "
        "customer completes them.",
    )
