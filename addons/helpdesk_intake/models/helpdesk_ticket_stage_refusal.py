from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    is_refusal = fields.Boolean(
        string="Refused Tickets",
        help="Tickets that are refused go here; the clocks of this stage are void.",
    )

    @api.constrains("is_refusal")
    def _check_refusal(self):
        for stage in self.filtered("is_refusal"):
            if not stage.closed or stage.sla_solution != "void":
                raise ValidationError(
                    self.env._(
                        "“%s” is for refused tickets: let it be closed and its clocks "
                        "void.",
                        stage.name,
                    )
                )
