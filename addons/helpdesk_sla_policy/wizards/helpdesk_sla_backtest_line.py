from odoo import api, fields, models

from ..models.helpdesk_sla_severity import SEVERITIES


class HelpdeskSlaBacktestLine(models.TransientModel):
    _name = "helpdesk.sla.backtest.line"
    _description = "Result of a Back-Test"
    _order = "backtest_id, sequence, id"

    backtest_id = fields.Many2one(
        "helpdesk.sla.backtest", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer()
    metric = fields.Selection("_selection_metric", readonly=True)
    severity = fields.Selection(SEVERITIES, string="Stars", readonly=True)
    severity_name = fields.Char(string="Severity", compute="_compute_severity_name")
    rate = fields.Char(string="Kept", readonly=True)
    met = fields.Integer(readonly=True)
    missed = fields.Integer(readonly=True)
    open = fields.Integer(readonly=True)
    steps = fields.Integer(
        readonly=True, help="Steps of the policy that would have fired."
    )
    escalations = fields.Integer(
        readonly=True, help="Those of the steps that raise the support level."
    )
    base_rate = fields.Char(string="Kept in Force", readonly=True)
    base_met = fields.Integer(string="Met in Force", readonly=True)
    base_missed = fields.Integer(string="Missed in Force", readonly=True)
    base_open = fields.Integer(string="Open in Force", readonly=True)
    base_steps = fields.Integer(string="Steps in Force", readonly=True)
    base_escalations = fields.Integer(string="Escalations in Force", readonly=True)

    @api.depends("severity")
    def _compute_severity_name(self):
        for line in self:
            policy = line.backtest_id.policy_id
            line.severity_name = (
                policy._get_severity_name(line.severity)
                if line.severity
                else self.env._("All")
            )

    @api.model
    def _selection_metric(self):
        target = self.env["helpdesk.sla.target"]
        return target._fields["metric"]._description_selection(self.env)
