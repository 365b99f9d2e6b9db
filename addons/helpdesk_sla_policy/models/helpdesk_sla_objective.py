from odoo import api, fields, models

#: All updates and escalations of a ticket, judged as one (R-E4).
INCIDENT = "incident"


class HelpdeskSlaObjective(models.Model):
    """How many of the promises of a metric shall be kept."""

    _name = "helpdesk.sla.objective"
    _description = "SLA Objective"
    _order = "policy_id, metric, id"
    _rec_name = "metric"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    metric = fields.Selection("_selection_metric", required=True, default="response")
    percent = fields.Float(
        required=True,
        aggregator=None,
        help="Share of the promises that shall be kept, in percent.",
    )

    _metric_uniq = models.Constraint(
        "UNIQUE (policy_id, metric)", "A policy has one objective for each metric."
    )
    _percent_check = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "An objective is more than 0 % and at most 100 %.",
    )

    @api.model
    def _selection_metric(self):
        """Return the metrics of targets, then all updates and escalations as one."""
        target = self.env["helpdesk.sla.target"]._fields["metric"]
        return [
            *target._description_selection(self.env),
            (INCIDENT, self.env._("Escalated and Updated")),
        ]
