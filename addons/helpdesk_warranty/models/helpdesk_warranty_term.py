from odoo import api, fields, models

KINDS = [
    ("ticket", "Ticket"),
    ("estimate", "Estimate"),
    ("development", "Development"),
    ("setting", "Setting"),
    ("document", "Document"),
]


class HelpdeskWarrantyTerm(models.Model):
    _name = "helpdesk.warranty.term"
    _description = "Warranty Term"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "policy_id, kind"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    kind = fields.Selection(KINDS, string="Deliverable", required=True)
    days = fields.Integer(
        required=True,
        aggregator=None,
        help="Calendar days of warranty, counted from the day after the delivery or "
        "the go-live, whichever comes later. The last day is included.",
    )

    _kind_uniq = models.Constraint(
        "UNIQUE (policy_id, kind)", "A policy has one warranty per kind of deliverable."
    )
    _days_check = models.Constraint(
        "CHECK (days >= 0)", "A warranty cannot last a negative number of days."
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"days", "kind", "policy_id"}
