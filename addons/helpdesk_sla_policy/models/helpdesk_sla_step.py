from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import clock, steps
from .helpdesk_sla_severity import SEVERITIES
from .helpdesk_sla_target import METRICS

UNITS = [("minute", "Minutes"), ("hour", "Hours"), ("day", "Days")]


class HelpdeskSlaStep(models.Model):
    """What happens at a share, or after an amount, of a timer's counted time."""

    _name = "helpdesk.sla.step"
    _description = "SLA Step"
    _order = "policy_id, metric, basis, percent, amount, id"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    metric = fields.Selection(METRICS, required=True, default="solution")
    severity = fields.Selection(SEVERITIES, help="Empty: any severity.")
    basis = fields.Selection(
        [
            ("percent", "At a share of the promised time"),
            ("overdue", "After the breach"),
            ("elapsed", "After counted time"),
        ],
        required=True,
        default="percent",
        string="When",
    )
    percent = fields.Float(
        default=75, aggregator=None, help="Share of the promised time, in percent."
    )
    amount = fields.Float(aggregator=None, help="In attention hours.")
    unit = fields.Selection(UNITS, default="hour")
    action = fields.Selection(
        [
            ("note", "Note in the chatter"),
            ("activity", "Activity"),
            ("mail", "E-mail"),
            ("follow", "Add followers"),
            ("assign", "Reassign"),
            ("level", "Raise the support level"),
        ],
        required=True,
        default="note",
    )
    to_agent = fields.Boolean(
        string="Agent", help="The assigned agent; the team leader when there is none."
    )
    to_leader = fields.Boolean(string="Team Leader")
    to_customer = fields.Boolean(string="Customer", help="E-mail only.")
    user_ids = fields.Many2many(
        "res.users", string="Users", domain="[('share', '=', False)]"
    )
    level = fields.Selection(
        [("2", "Level 2"), ("3", "Level 3")],
        help="The level that the ticket goes to. On a step that only alerts: the level "
        "to which the agent has to escalate it by then.",
    )
    active_from = fields.Datetime(
        default=fields.Datetime.now,
        required=True,
        readonly=True,
        copy=False,
        help="A step does not fire for what was due before it was written down.",
    )

    _percent_check = models.Constraint(
        "CHECK (percent > 0)", "A step needs a share of more than 0 %."
    )
    _amount_check = models.Constraint(
        "CHECK (amount >= 0)", "The time of a step cannot be negative."
    )

    @api.constrains(
        "action", "to_agent", "to_leader", "to_customer", "user_ids", "level", "basis"
    )
    def _check_recipients(self):
        for step in self:
            people = step.to_agent or step.to_leader or step.user_ids
            if step.action == "mail" and not (people or step.to_customer):
                raise ValidationError(
                    self.env._("Say who gets the e-mail of this step.")
                )
            if step.action in ("activity", "follow") and not people:
                raise ValidationError(
                    self.env._("Say who is told by this step: agent, leader or users.")
                )
            if step.action == "assign" and not (
                step.to_leader or len(step.user_ids) == 1
            ):
                raise ValidationError(
                    self.env._(
                        "A step that reassigns names the team leader or one user."
                    )
                )
            if step.action == "level" and not step.level:
                raise ValidationError(
                    self.env._("Say to which support level this step escalates.")
                )

    @api.depends("metric", "basis", "percent", "amount", "unit", "action")
    def _compute_display_name(self):
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        for step in self:
            step.display_name = f"{metrics.get(step.metric)}: {step._describe()}"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records.policy_id._request_recompute()
        return records

    def write(self, vals):
        when = {"metric", "severity", "basis", "percent", "amount", "unit"}
        if when & vals.keys():
            vals = dict(vals, active_from=fields.Datetime.now())
        result = super().write(vals)
        if when & vals.keys():
            self.policy_id._request_recompute()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._request_recompute()
        return result

    def _describe(self):
        """Return in words when this step fires."""
        if self.basis == "percent":
            return self.env._("%s %% of the time", f"{self.percent:g}")
        unit = dict(self._fields["unit"]._description_selection(self.env))
        amount = f"{self.amount:g} {unit.get(self.unit, '').lower()}"
        if self.basis == "elapsed":
            return self.env._("after %s", amount)
        if not self.amount:
            return self.env._("at the breach")
        return self.env._("%s after the breach", amount)

    def _get_headline(self):
        """Return in a few words what this step is about: the level, or the promise."""
        name = "level" if self.action == "level" else "metric"
        labels = dict(self._fields[name]._description_selection(self.env))
        return f"{labels.get(self[name])} {self._describe()}"

    def _get_seconds(self, hours_per_day):
        """Return the amount of this step in seconds of attention time."""
        units = {"minute": 60, "hour": 3600, "day": hours_per_day * 3600}
        return round(self.amount * units[self.unit or "hour"])

    def _get_plain(self, hours_per_day):
        """Return this step for steps.py."""
        return steps.Step(
            self.id,
            self.basis,
            self.percent,
            self._get_seconds(hours_per_day),
            clock.to_instant(self.active_from),
        )

    def _get_users(self, ticket):
        """Return whom the step tells among the users."""
        users = self.user_ids
        leader = ticket.team_id.user_id
        if self.to_agent:
            users |= ticket.user_id or leader
        if self.to_leader:
            users |= leader
        return users
