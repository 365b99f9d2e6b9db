from odoo import api, fields, models


class HelpdeskSlaPolicy(models.Model):
    _inherit = "helpdesk.sla.policy"

    exempt_work_type_ids = fields.Many2many(
        "helpdesk.work.type",
        string="Payable Without Authorisation",
        help="Work that is invoiced whether or not the customer authorised hours or "
        "accepts the solution, as diagnosis and meetings.",
    )
    minimum_minutes = fields.Integer(
        string="Least to Bill",
        required=True,
        default=60,
        help="Minutes that a ticket which is not covered is billed at least, over its "
        "whole life.",
    )
    bills_after_acceptance = fields.Boolean(
        string="Bill After Acceptance",
        help="Hours that are not covered are invoiced once the customer has accepted "
        "what was delivered on the ticket.",
    )

    _minimum_check = models.Constraint(
        "CHECK (minimum_minutes >= 0)", "The least to bill cannot be negative."
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "bills_after_acceptance",
            "exempt_work_type_ids",
            "minimum_minutes",
        }
