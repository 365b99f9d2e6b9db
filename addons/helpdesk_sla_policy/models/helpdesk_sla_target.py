from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .helpdesk_sla_severity import SEVERITIES

METRICS = [
    ("response", "Response"),
    ("solution", "Solution"),
    ("update", "Update to the Customer"),
    ("estimate", "Estimate"),
    ("escalation", "Escalation"),
    ("diagnosis", "Diagnosis"),
    ("follow_up", "Follow-up"),
]
ENVIRONMENTS = [
    ("production_down", "Production, down"),
    ("production_up", "Production, up"),
    ("non_production", "Not production"),
]
UNITS = [
    ("minute", "Minutes"),
    ("hour", "Hours"),
    ("day", "Days"),
    ("business_day", "Business days"),
]


class HelpdeskSlaTarget(models.Model):
    _name = "helpdesk.sla.target"
    _description = "SLA Target"
    _order = "policy_id, metric, severity desc, id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    metric = fields.Selection(METRICS, required=True, default="response")
    severity = fields.Selection(SEVERITIES, help="Empty: any severity.")
    type_id = fields.Many2one(
        "helpdesk.ticket.type",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: any type.",
    )
    environment = fields.Selection(ENVIRONMENTS, help="Empty: any environment.")
    amount = fields.Float(
        required=True,
        aggregator=None,
        help="0 means no commitment; it overrides a more general target.",
    )
    unit = fields.Selection(UNITS, required=True, default="hour")
    working_time = fields.Boolean(
        default=True,
        help="Count only attention hours. Without it every hour of every day counts. "
        "Business days always end at the close of the policy's office hours.",
    )

    _amount_is_not_negative = models.Constraint(
        "CHECK (amount >= 0)", "A target cannot be negative; 0 means no commitment."
    )

    @api.depends("metric", "severity", "amount", "unit")
    def _compute_display_name(self):
        for target in self:
            metric = dict(self._fields["metric"]._description_selection(self.env))
            target.display_name = f"{metric.get(target.metric)}: {target._describe()}"

    @api.constrains("policy_id", "metric", "severity", "type_id", "environment")
    def _check_key_is_unique(self):
        for policy in self.policy_id:
            keys = set()
            for target in policy.target_ids:
                key = target._get_key()
                if key in keys:
                    raise ValidationError(
                        self.env._(
                            "The policy “%(policy)s” has two targets for the same "
                            "case (%(target)s): delete one of them or give it a "
                            "different severity, type or environment.",
                            policy=policy.name,
                            target=target.display_name,
                        )
                    )
                keys.add(key)

    @api.constrains("amount", "unit")
    def _check_amount_is_whole(self):
        for target in self:
            if target.unit == "business_day" and target.amount != int(target.amount):
                raise ValidationError(
                    self.env._(
                        "Business days are whole days: %s is not.", target.amount
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        targets.policy_id._request_recompute()
        return targets

    def write(self, vals):
        policies = self.policy_id
        result = super().write(vals)
        (policies | self.policy_id)._request_recompute()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._request_recompute()
        return result

    def _get_key(self):
        return (self.metric, self.environment, self.type_id.id, self.severity)

    def _describe(self):
        """Return the promise in words, as 4 hours."""
        if not self.amount:
            return self.env._("no commitment")
        if self.amount == 1:
            return {
                "minute": self.env._("1 minute"),
                "hour": self.env._("1 hour"),
                "day": self.env._("1 day"),
                "business_day": self.env._("1 business day"),
            }[self.unit]
        amount = f"{self.amount:g}"
        return {
            "minute": self.env._("%s minutes", amount),
            "hour": self.env._("%s hours", amount),
            "day": self.env._("%s days", amount),
            "business_day": self.env._("%s business days", amount),
        }[self.unit]

    def _get_seconds(self, calendar):
        """Return the promise in seconds; a working day has the calendar's hours.

        0 for business days, which are no amount of time.
        """
        self.ensure_one()
        if self.unit == "business_day":
            return 0
        if self.unit == "day":
            hours = calendar._get_support_day() if self.working_time else 24
            return round(self.amount * hours * 3600)
        return round(self.amount * {"minute": 60, "hour": 3600}[self.unit])

    def _get_calendar(self, policy, calendar):
        """Return the calendar on which this target counts; empty: every hour.

        ``calendar`` are the attention hours of the ticket. Business days end at
        the close of the policy's office hours.
        """
        if self.unit == "business_day":
            return policy._get_office_calendar()
        if self and not self.working_time:
            return calendar.browse()
        return calendar
