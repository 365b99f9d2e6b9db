from odoo import api, fields, models
from odoo.fields import Domain


class HelpdeskSlaPolicy(models.Model):
    _inherit = "helpdesk.sla.policy"

    warranty_ids = fields.One2many("helpdesk.warranty.term", "policy_id", copy=True)
    warranty_needs_contract = fields.Boolean(
        string="Warranty Needs a Contract",
        tracking=True,
        help="Faults in the warranty are repaired free only while the customer has a "
        "contract in force. Otherwise the warranty holds with or without one.",
    )
    authorization_days = fields.Integer(
        string="Days to Answer an Estimate",
        default=15,
        tracking=True,
        help="Calendar days after which unanswered hours lapse; the last day counts in "
        "the customer's zone. 0: they never lapse. Silence never approves hours.",
    )
    coverage_clause_ids = fields.One2many(
        "helpdesk.coverage.clause",
        "policy_id",
        string="Clauses on Causes",
        copy=True,
        help="What this policy says of each cause. A cause without a line is excluded.",
    )

    credit_rule_ids = fields.One2many(
        "helpdesk.service.credit.rule",
        "policy_id",
        string="Service Credits",
        copy=True,
        help="What the customer gets back for missed targets. None: nothing.",
    )

    _authorization_days_check = models.Constraint(
        "CHECK (authorization_days >= 0)",
        "The days to answer an estimate cannot be negative; 0 lets it wait for ever.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "authorization_days",
            "warranty_needs_contract",
        }

    def write(self, vals):
        result = super().write(vals)
        if "warranty_needs_contract" in vals:
            self.env["helpdesk.coverage.refresh"]._request(
                Domain("deliverable_id", "!=", False)
                & (
                    Domain("sla_policy_id", "in", self.ids)
                    | Domain("deliverable_id.ticket_id.sla_policy_id", "in", self.ids)
                )
            )
        return result

    def _get_warranty_days(self, kind):
        """Return the calendar days of warranty on a kind of deliverable."""
        term = self.warranty_ids.filtered(lambda line: line.kind == kind)
        return term[:1].days
