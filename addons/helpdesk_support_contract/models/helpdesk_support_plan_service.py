from odoo import api, fields, models


class HelpdeskSupportPlanService(models.Model):
    """A service that a plan includes or excludes."""

    _name = "helpdesk.support.plan.service"
    _description = "Service of a Support Plan"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "plan_id, kind desc, sequence, id"
    _rec_name = "service_id"

    plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    service_id = fields.Many2one(
        "helpdesk.support.service", required=True, index=True, ondelete="restrict"
    )
    kind = fields.Selection(
        [("included", "Included"), ("excluded", "Excluded")],
        required=True,
        default="included",
    )
    note = fields.Char(
        translate=True, help="A limit or condition, as the customer reads it."
    )

    _service_uniq = models.Constraint(
        "UNIQUE (plan_id, service_id)",
        "A plan names a service only once: it is included or excluded.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"kind", "note", "plan_id", "service_id"}

    def _get_agreed_owners(self):
        return self.plan_id
