from odoo import api, fields, models

from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_severity import SEVERITIES

IMPACTS = [
    ("3", "All business processes"),
    ("2", "A critical process"),
    ("1", "No critical process"),
]
URGENCIES = [
    ("3", "Work is stopped"),
    ("2", "Work is hindered"),
    ("1", "It can wait"),
]
#: Stars by impact and urgency, as ITIL has them; what a policy starts with.
ITIL = {
    ("3", "3"): "3",
    ("3", "2"): "2",
    ("3", "1"): "1",
    ("2", "3"): "2",
    ("2", "2"): "1",
    ("2", "1"): "0",
    ("1", "3"): "1",
    ("1", "2"): "0",
    ("1", "1"): "0",
}


class HelpdeskSlaSeverityRule(models.Model):
    """One cell of a policy's matrix: impact and urgency give the severity (R-B1)."""

    _name = "helpdesk.sla.severity.rule"
    _description = "Severity by Impact and Urgency"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "policy_id, impact desc, urgency desc"
    _rec_name = "severity"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    impact = fields.Selection(IMPACTS, required=True, help="How much it touches.")
    urgency = fields.Selection(
        URGENCIES, required=True, help="How soon it must be cured."
    )
    severity = fields.Selection(SEVERITIES, required=True)

    _cell_uniq = models.Constraint(
        "UNIQUE (policy_id, impact, urgency)",
        "The matrix has one severity for each impact and urgency.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "impact",
            "policy_id",
            "severity",
            "urgency",
        }
