from odoo import api, fields, models
from odoo.fields import Domain

from .. import clock
from ..rulebook import Rulebook
from .helpdesk_sla_severity import SEVERITIES
from .helpdesk_sla_target import METRICS

STATES = [
    ("running", "Running"),
    ("paused", "Paused"),
    ("met", "Met"),
    ("missed", "Missed"),
    ("void", "Void"),
]
OPEN_STATES = ("running", "paused")


class HelpdeskSlaTimer(models.Model):
    """One promise on one ticket, one row per cycle, derived from its ledger."""

    _name = "helpdesk.sla.timer"
    _description = "SLA Timer"
    _order = "ticket_id desc, started_at, id"
    _allow_sudo_commands = False
    _log_access = False  # the ledger says who and when

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    target_id = fields.Many2one(
        "helpdesk.sla.target",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    metric = fields.Selection(METRICS, required=True, readonly=True)
    cycle = fields.Integer(default=1, readonly=True, aggregator=None)
    state = fields.Selection(STATES, required=True, readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Hours",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        help="The calendar on which this promise counts. Empty: every hour counts.",
    )
    calendar_hash = fields.Char(
        readonly=True,
        help="What the calendar said when the dates were computed.",
    )
    tz = fields.Char(string="Time Zone", compute="_compute_tz")
    target_seconds = fields.Integer(readonly=True, aggregator=None)
    target_days = fields.Integer(
        string="Target in Business Days", readonly=True, aggregator=None
    )
    counted_seconds = fields.Integer(
        readonly=True, aggregator="avg", help="Counted up to the last entry."
    )
    counted_at = fields.Datetime(
        readonly=True, help="The moment of the last entry of the ledger."
    )
    started_at = fields.Datetime(readonly=True)
    due_at = fields.Datetime(
        string="Due",
        readonly=True,
        index=True,
        help="The first moment at which the promised time is used up. Empty while "
        "the clock is paused.",
    )
    breach_at = fields.Datetime(
        readonly=True,
        help="The last moment that is still in time: whoever is done by then has used "
        "no second too many.",
    )
    stopped_at = fields.Datetime(readonly=True)
    next_step_at = fields.Datetime(
        readonly=True, help="When the next step of the policy is due on this timer."
    )
    is_late = fields.Boolean(compute="_compute_is_late", search="_search_is_late")
    elapsed_seconds = fields.Integer(compute="_compute_elapsed", aggregator=None)
    remaining_seconds = fields.Integer(compute="_compute_elapsed", aggregator=None)
    elapsed_hours = fields.Float(
        string="Elapsed", compute="_compute_elapsed", aggregator=None
    )
    target_hours = fields.Float(
        string="Promised", compute="_compute_target_hours", aggregator=None
    )
    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    # The ledger's metrics only: other addons time more than one thing on a ticket.
    _ticket_metric_cycle_uniq = models.UniqueIndex(
        "(ticket_id, metric, cycle) WHERE metric IN ('response', 'solution', 'update', "
        "'estimate', 'escalation', 'diagnosis', 'follow_up')",
        "A ticket has one timer per metric and cycle.",
    )
    _next_step_idx = models.Index("(next_step_at, id) WHERE next_step_at IS NOT NULL")
    _open_calendar_idx = models.Index(
        "(calendar_id, company_id, calendar_hash) WHERE state IN ('running', 'paused')"
    )
    _open_breach_idx = models.Index("(breach_at) WHERE state IN ('running', 'paused')")

    @api.depends("metric", "cycle", "ticket_id.number")
    def _compute_display_name(self):
        labels = dict(self._fields["metric"]._description_selection(self.env))
        for timer in self:
            name = f"{timer.ticket_id.number} {labels.get(timer.metric)}"
            timer.display_name = f"{name} {timer.cycle}" if timer.cycle > 1 else name

    @api.depends("calendar_id.tz")
    def _compute_tz(self):
        for timer in self:
            timer.tz = timer.sudo().calendar_id.tz or self.env.user.tz or "UTC"

    @api.depends("state", "breach_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for timer in self:
            timer.is_late = (
                timer.state in OPEN_STATES
                and bool(timer.breach_at)
                and timer.breach_at < now
            )

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("state", "in", OPEN_STATES) & Domain("breach_at", "<", "now")

    @api.depends("state", "counted_seconds", "counted_at", "target_seconds")
    def _compute_elapsed(self):
        now = clock.to_instant(fields.Datetime.now())
        for timer in self:
            elapsed = timer.counted_seconds
            if timer.state == "running" and timer.counted_at:
                since = clock.to_instant(timer.counted_at)
                if now > since:
                    elapsed += timer._get_clock().elapsed(since, now)
            timer.elapsed_seconds = elapsed
            timer.elapsed_hours = elapsed / 3600
            if timer.target_days:
                due = timer.due_at and clock.to_instant(timer.due_at)
                left = timer._get_clock().elapsed(now, due) if due else 0
                timer.remaining_seconds = left
            else:
                timer.remaining_seconds = timer.target_seconds - elapsed

    @api.depends("target_seconds")
    def _compute_target_hours(self):
        for timer in self:
            timer.target_hours = timer.target_seconds / 3600

    def _compute_explanation(self):
        for timer in self:
            timer.explanation = self.env["ir.qweb"]._render(
                "helpdesk_sla_policy.timer_explanation",
                {"timer": timer, "segments": timer._get_explanation()},
            )

    def _get_clock(self):
        """Return the compiled calendar that this timer counts on."""
        if not self.calendar_id:
            return self.env["resource.calendar"]._get_always_open()
        return self.sudo().calendar_id._get_support_clock(self.company_id)

    def _get_explanation(self):
        """Return the segments of this cycle up to its end or now.

        Each is a dict of start, stop (naive UTC), label, counted (seconds) and why
        nothing was counted: its kind and, in words, the reason. Their sum is the
        elapsed time.
        """
        self.ensure_one()
        ticket = self.ticket_id.sudo()
        moments = [
            moment
            for moment in self._read_moments(ticket.ids).get(ticket.id, ())
            if moment.key[0]
        ]
        if not moments:
            return []
        rulebook = Rulebook(self.env)
        facts, rules = self._get_facts(
            self.metric, moments, self.company_id.id, rulebook
        )
        until = clock.to_instant(self.stopped_at or fields.Datetime.now())
        return [
            self._describe_segment(segment)
            for segment in clock.explain(facts, until, rules)
            if segment.cycle == self.cycle and segment.reason != "stopped"
        ]

    def _describe_segment(self, segment):
        """Return a segment of the clock as ``_get_explanation`` tells it."""
        return {
            "start": clock.to_datetime(segment.start),
            "stop": clock.to_datetime(segment.stop),
            "label": segment.label,
            "counted": segment.counted,
            "kind": segment.reason,
            "reason": self._describe_reason(segment),
        }

    def _describe_reason(self, segment):
        """Return in words why a segment counts nothing."""
        if segment.reason == "holiday":
            return self.env._("Closed: %s", segment.detail)
        return {
            "closed": self.env._("Outside attention hours"),
            "paused": self.env._("Paused: waiting for the customer"),
            "idle": self.env._("Not started yet"),
            "void": self.env._("No promise holds"),
        }.get(segment.reason, "")
