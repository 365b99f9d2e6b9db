from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..metrics import UNPROMISED
from ..rulebook import Promise
from .helpdesk_sla_target import METRICS


class HelpdeskSlaPolicy(models.Model):
    _name = "helpdesk.sla.policy"
    _description = "SLA Policy"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: every company can use this policy.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Attention Hours",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The hours in which time counts, when no plan or contract says otherwise.",
    )
    office_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Office Hours",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The hours on which terms in business days end. Empty: the attention "
        "hours. Terms in business days never run on a calendar that never closes.",
    )
    response_by = fields.Selection(
        [
            ("stage", "A stage that stops the response"),
            ("reply", "The first public reply of a person of the team"),
        ],
        string="Response Given By",
        required=True,
        default="stage",
        tracking=True,
    )
    reopening = fields.Selection(
        [
            ("resume", "The same clock goes on"),
            ("cycle", "A new cycle starts"),
        ],
        string="When a Ticket Is Reopened",
        required=True,
        default="resume",
        tracking=True,
        help="The time that the ticket was closed never counts.",
    )
    description = fields.Html(
        translate=True, help="What the customer reads about this policy."
    )
    target_ids = fields.One2many(
        "helpdesk.sla.target", "policy_id", string="Targets", copy=True
    )
    severity_ids = fields.One2many(
        "helpdesk.sla.severity", "policy_id", string="Severities", copy=True
    )
    step_ids = fields.One2many(
        "helpdesk.sla.step", "policy_id", string="Steps", copy=True
    )
    team_ids = fields.One2many(
        "helpdesk.ticket.team", "sla_policy_id", string="Teams", readonly=True
    )
    timer_count = fields.Integer(compute="_compute_timer_count")

    def _compute_timer_count(self):
        counts = dict(
            self.env["helpdesk.sla.timer"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.timer_count = counts.get(policy, 0)

    @api.constrains("calendar_id", "office_calendar_id")
    def _check_calendars(self):
        for policy in self:
            calendars = policy.calendar_id | policy.office_calendar_id
            calendars._check_support_hours()
            needs_office = policy.target_ids.filtered(
                lambda target: target.unit == "business_day"
            )
            if needs_office:
                policy._check_office_calendar()

    def _check_office_calendar(self):
        """Raise ValidationError when terms in business days would never end."""
        calendar = self._get_office_calendar()
        company = self.company_id or self.env.company
        if calendar._get_support_clock(company).is_always_open:
            raise ValidationError(
                self.env._(
                    "The policy “%s” promises business days, but its calendar never "
                    "closes: choose office hours.",
                    self.name,
                )
            )

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        if {"office_calendar_id", "response_by", "reopening"} & vals.keys():
            self._request_recompute()
        if "calendar_id" in vals:
            self.env["helpdesk.sla.change"]._note(self, "sla_policy_id")
        return result

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        if "name" in (default or {}) or self.env.context.get("keep_name"):
            return vals_list
        return [
            dict(vals, name=self.env._("%s (copy)", policy.name))
            for policy, vals in zip(self, vals_list, strict=True)
        ]

    def action_view_timers(self):
        """Open the timers that run, or ran, under this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_sla_policy.helpdesk_sla_timer_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        action["context"] = {}
        return action

    def _get_office_calendar(self):
        """Return the calendar on which terms in business days end."""
        return self.office_calendar_id or self.calendar_id

    def _get_metrics(self):
        """Return the metrics that this policy times, in their display order."""
        promised = set(self.target_ids.mapped("metric"))
        return [
            metric
            for metric, _label in METRICS
            if metric in promised or metric in self._get_unpromised_metrics()
        ]

    def _get_unpromised_metrics(self):
        """Return the metrics that count without a target."""
        return UNPROMISED if self._has_escalation() else ()

    def _has_escalation(self):
        """Tell whether any step counts from the first response (R-E3)."""
        return "escalation" in self.step_ids.mapped("metric")

    @api.model
    @tools.ormcache("policy_id")
    def _get_rules(self, policy_id):
        """Return (metrics, response_by, reopening) of a policy."""
        policy = self.browse(policy_id)
        return (tuple(policy._get_metrics()), policy.response_by, policy.reopening)

    @api.model
    @tools.ormcache("metric", "key", "company_id")
    def _get_promise(self, metric, key, company_id):
        """Return the Promise of a ledger key to the tickets of a company."""
        policy_id, severity, type_id, environment, calendar_id = key
        policy = self.browse(policy_id)
        calendar = self.env["resource.calendar"].browse(calendar_id)
        target = policy._find_target(metric, severity, type_id, environment)
        counting = target._get_calendar(policy, calendar)
        company = self.env["res.company"].browse(company_id)
        is_days = target.unit == "business_day"
        return Promise(
            target.id or None,
            target._get_seconds(calendar) if target and not is_days else None,
            int(target.amount) if is_days else None,
            counting.id or None,
            counting._get_support_clock(company)
            if counting
            else counting._get_always_open(),
        )

    @api.model
    @tools.ormcache("policy_id", "metric", "severity", "calendar_id")
    def _get_plain_steps(self, policy_id, metric, severity, calendar_id):
        """Return the steps on the timers of a metric and severity, for steps.py."""
        policy = self.browse(policy_id)
        calendar = self.env["resource.calendar"].browse(calendar_id)
        hours_per_day = calendar._get_support_day() if calendar else 24
        return [
            step._get_plain(hours_per_day)
            for step in policy.step_ids
            if step.metric == metric
            and (not step.severity or step.severity == severity)
        ]

    def _request_recompute(self):
        """Have the undecided timers of these policies computed again, soon."""
        self.env.registry.clear_cache()
        timers = self.env["helpdesk.sla.timer"].sudo()
        timers._mark_stale(policies=self)

    def _find_target(self, metric, severity, type_id, environment):
        """Return the target of a case; the most specific one wins.

        Environment counts before type, type before severity. An empty recordset
        means that nothing is promised.
        """
        best, rank = self.env["helpdesk.sla.target"], None
        given = (environment, type_id, severity)
        for target in self.target_ids:
            if target.metric != metric:
                continue
            wanted = (target.environment, target.type_id.id, target.severity)
            pairs = zip(wanted, given, strict=True)
            if all(not want or want == got for want, got in pairs):
                specific = tuple(bool(want) for want in wanted)
                if rank is None or specific > rank:
                    best, rank = target, specific
        return best

    def _get_severity_name(self, severity):
        """Return what the policy calls a number of stars."""
        named = self.severity_ids.filtered(lambda line: line.severity == severity)
        selection = self.env["helpdesk.ticket"]._fields["priority"]
        labels = dict(selection._description_selection(self.env))
        return named[:1].name or labels.get(severity, "")
