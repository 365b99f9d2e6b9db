from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from .helpdesk_sla_severity_rule import IMPACTS, ITIL, URGENCIES


class HelpdeskSlaPolicy(models.Model):
    """How a policy finds the severity of a ticket, and whether it is triaged."""

    _inherit = "helpdesk.sla.policy"

    use_triage = fields.Boolean(
        string="Triage",
        tracking=True,
        help="Tickets are triaged: somebody records speciality, type and severity, "
        "which propose a team and an agent.",
    )
    severity_by = fields.Selection(
        [("agent", "The agent"), ("matrix", "Impact and urgency")],
        string="Severity Set By",
        required=True,
        default="agent",
        tracking=True,
        help="With impact and urgency the severity follows from the matrix.",
    )
    ask_severity = fields.Boolean(
        string="Customers Ask for a Severity",
        default=True,
        tracking=True,
        help="The form on the portal asks the customer; the agent agrees or not.",
    )
    severity_rule_ids = fields.One2many(
        "helpdesk.sla.severity.rule", "policy_id", string="Matrix", copy=True
    )
    severity_grid = fields.Html(
        string="Impact and Urgency", compute="_compute_severity_grid", sanitize=False
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"severity_by"}

    @api.depends("severity_rule_ids.severity", "severity_ids.name")
    @api.depends_context("lang")
    def _compute_severity_grid(self):
        rules = self.env["helpdesk.sla.severity.rule"]
        impacts = rules._fields["impact"]._description_selection(self.env)
        urgencies = rules._fields["urgency"]._description_selection(self.env)
        for policy in self:
            cells = {
                (rule.impact, rule.urgency): rule.severity
                for rule in policy.severity_rule_ids
            }
            policy.severity_grid = self.env["ir.qweb"]._render(
                "helpdesk_intake.severity_grid",
                {
                    "impacts": impacts,
                    "urgencies": urgencies,
                    "cells": cells,
                    "names": {
                        severity: policy._get_severity_name(severity)
                        for severity in set(filter(None, cells.values()))
                    },
                },
            )

    @api.onchange("severity_by")
    def _onchange_severity_by(self):
        if self.severity_by == "matrix" and not self.severity_rule_ids:
            self.severity_rule_ids = [
                Command.create(
                    {"impact": impact, "urgency": urgency, "severity": stars}
                )
                for (impact, urgency), stars in ITIL.items()
            ]

    @api.constrains("severity_by", "severity_rule_ids")
    def _check_severity_rules(self):
        wanted = len(IMPACTS) * len(URGENCIES)
        for policy in self:
            if policy.severity_by == "matrix" and (
                len(policy.severity_rule_ids) < wanted
            ):
                raise ValidationError(
                    self.env._(
                        "The matrix of “%s” needs a severity for each impact and "
                        "urgency: nine lines.",
                        policy.name,
                    )
                )

    def _get_matrix_severity(self, impact, urgency):
        """Return the stars of an impact and urgency, or False."""
        self.ensure_one()
        if self.severity_by != "matrix" or not (impact and urgency):
            return False
        return self.severity_rule_ids.filtered(
            lambda rule: rule.impact == impact and rule.urgency == urgency
        ).severity
