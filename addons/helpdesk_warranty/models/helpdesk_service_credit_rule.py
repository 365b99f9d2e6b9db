from odoo import api, fields, models

from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_severity import SEVERITIES

from .. import credits

PERIODS = [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")]


class HelpdeskServiceCreditRule(models.Model):
    """What a policy gives back for a missed target (R-C7); the closest rule counts."""

    _name = "helpdesk.service.credit.rule"
    _description = "Rule of Service Credits"
    _inherit = ["helpdesk.support.term.mixin"]
    _order = "policy_id, metric, severity desc, id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    metric = fields.Selection(
        "_selection_metric", help="Empty: every promise of the policy."
    )
    severity = fields.Selection(SEVERITIES, help="Empty: every severity.")
    percent = fields.Float(
        string="% per Miss",
        aggregator=None,
        help="Percent of the fee of the period for each missed target.",
    )
    amount = fields.Float(
        string="Amount per Miss",
        aggregator=None,
        help="Money for each missed target, in the contract's currency.",
    )
    cap_percent = fields.Float(
        string="At Most %",
        aggregator=None,
        help="The most percent that a period gives. 0: no limit.",
    )
    cap_amount = fields.Float(
        string="At Most",
        aggregator=None,
        help="The most money that a period gives. 0: no limit.",
    )
    period = fields.Selection(PERIODS, required=True, default="month")

    _figures_check = models.Constraint(
        "CHECK (percent >= 0 AND amount >= 0 AND cap_percent >= 0 AND cap_amount >= 0 "
        "AND percent <= 100 AND cap_percent <= 100)",
        "Percentages lie between 0 and 100, amounts are not negative.",
    )
    _worth_check = models.Constraint(
        "CHECK (percent > 0 OR amount > 0)",
        "Write what a missed target is worth: a percentage or an amount.",
    )
    _case_uniq = models.UniqueIndex(
        "(policy_id, coalesce(metric, ''), coalesce(severity, ''))",
        "The policy has a rule for this promise and severity already: change that one.",
    )

    @api.model
    def _selection_metric(self):
        """Return the promises of the provider; acceptance is the customer's."""
        target = self.env["helpdesk.sla.target"]._fields["metric"]
        metrics = target._description_selection(self.env)
        return [metric for metric in metrics if metric[0] != "acceptance"]

    @api.depends("metric", "severity", "percent", "amount")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule._describe()

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "amount",
            "cap_amount",
            "cap_percent",
            "metric",
            "percent",
            "period",
            "policy_id",
            "severity",
        }

    def _describe(self):
        """Return the rule in words: the promise, the severity and its worth."""
        worth = f"{self.percent:g} %" if self.percent else f"{self.amount:g}"
        return f"{self._describe_promise()}: {worth}"

    def _describe_promise(self):
        """Return in words what is promised, and for which severity."""
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        severities = dict(self._fields["severity"]._description_selection(self.env))
        words = [metrics.get(self.metric) or self.env._("Any promise")]
        if self.severity:
            words.append(severities[self.severity])
        return ", ".join(words)

    def _find_for(self, timer):
        """Return the rule among these that a timer falls under, the closest one."""
        best, rank = self.browse(), None
        for rule in self:
            wanted = (rule.severity, rule.metric)
            given = (timer.severity, timer.metric)
            pairs = zip(wanted, given, strict=True)
            if rule.policy_id == timer.policy_id and all(
                not want or want == got for want, got in pairs
            ):
                specific = (bool(rule.metric), bool(rule.severity))
                if rank is None or specific > rank:
                    best, rank = rule, specific
        return best

    def _get_plain(self):
        """Return this rule for credits.py."""
        return credits.Rule(
            self.percent, self.amount, self.cap_percent, self.cap_amount
        )
