from odoo import api, fields, models

LEVELS = [("1", "Level 1"), ("2", "Level 2"), ("3", "Level 3")]


class HelpdeskSupportPlanLevel(models.Model):
    """Whom the customer reaches at a support level, and how (R-A12)."""

    _name = "helpdesk.support.plan.level"
    _description = "Support Level of a Plan"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "plan_id, level, id"
    _rec_name = "role"

    plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    level = fields.Selection(LEVELS, required=True, default="1")
    role = fields.Char(
        required=True, translate=True, help="Who answers, as Operations manager."
    )
    channel = fields.Char(
        translate=True, help="How the customer reaches them, as Messaging or Phone."
    )

    _level_uniq = models.Constraint(
        "UNIQUE (plan_id, level)", "A plan describes each support level only once."
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"channel", "level", "plan_id", "role"}

    def _get_agreed_owners(self):
        return self.plan_id
