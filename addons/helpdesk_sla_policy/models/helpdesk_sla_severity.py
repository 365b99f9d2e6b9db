from odoo import fields, models

SEVERITIES = [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Critical")]


class HelpdeskSlaSeverity(models.Model):
    _name = "helpdesk.sla.severity"
    _description = "SLA Severity Name"
    _order = "policy_id, severity desc"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    severity = fields.Selection(SEVERITIES, string="Stars", required=True)
    name = fields.Char(
        required=True, translate=True, help="How the policy calls this severity."
    )
    meaning = fields.Text(
        translate=True,
        help="When a ticket has this severity, as the customer reads it.",
    )
    contact_methods = fields.Char(
        translate=True, help="How the customer should report it: phone, e-mail, web."
    )

    _severity_uniq = models.Constraint(
        "UNIQUE (policy_id, severity)", "A policy names each severity only once."
    )
