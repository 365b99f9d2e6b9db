from odoo import api, fields, models
from odoo.tools import SQL

from ..models.helpdesk_sla_escalation import GRACE
from ..models.helpdesk_sla_objective import INCIDENT
from ..models.helpdesk_sla_severity import SEVERITIES

STATES = [("met", "Met"), ("missed", "Missed"), ("open", "Open")]


class HelpdeskSlaAttainment(models.Model):
    """Promises and whether they were kept, one row each; void ones are left out.

    A missed promise belongs to the month of its breach, a met one to that of its
    stop, an open one to the present. An open promise whose time is used up is
    missed now. Each escalation that a policy asks for is a promise too. Where a
    policy has an objective for updates and escalations, each ticket that has any
    adds one row, the incident, that is kept when all of them were (R-E4).
    """

    _name = "helpdesk.sla.attainment"
    _description = "SLA Attainment"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "ticket_id"
    _depends = {
        "helpdesk.sla.timer": [
            "ticket_id",
            "company_id",
            "policy_id",
            "metric",
            "severity",
            "cycle",
            "state",
            "target_seconds",
            "target_days",
            "counted_seconds",
            "started_at",
            "due_at",
            "breach_at",
            "stopped_at",
            "next_step_at",
        ],
        "helpdesk.sla.alert": ["timer_id", "step_id", "due_at"],
        "helpdesk.sla.escalation": ["ticket_id", "level_to", "at"],
        "helpdesk.sla.event": ["ticket_id", "changes", "recorded_at"],
        "helpdesk.sla.step": [
            "policy_id",
            "metric",
            "severity",
            "basis",
            "amount",
            "unit",
            "level",
        ],
        "helpdesk.sla.objective": ["policy_id", "metric", "percent"],
        "helpdesk.sla.policy": ["calendar_id"],
        "resource.calendar": ["tz", "hours_per_day"],
        "helpdesk.ticket": [
            "commercial_partner_id",
            "team_id",
            "user_id",
            "type_id",
            "breach_reason_id",
        ],
    }

    date = fields.Date(
        string="Month",
        readonly=True,
        help="The day of the breach, of the stop, or today while it is open, in the "
        "zone of the policy's attention hours.",
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    timer_id = fields.Many2one("helpdesk.sla.timer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    policy_id = fields.Many2one("helpdesk.sla.policy", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", string="Agent", readonly=True)
    type_id = fields.Many2one("helpdesk.ticket.type", readonly=True)
    metric = fields.Selection("_selection_metric", readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    cycle = fields.Integer(readonly=True, aggregator=None)
    state = fields.Selection(STATES, readonly=True)
    breach_reason_id = fields.Many2one("helpdesk.sla.breach.reason", readonly=True)
    started_at = fields.Datetime(readonly=True)
    due_at = fields.Datetime(string="Due", readonly=True)
    breach_at = fields.Datetime(readonly=True)
    stopped_at = fields.Datetime(readonly=True)
    kept = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Met of all that are decided, in percent. Nothing decided: n/a.",
    )
    objective = fields.Float(
        readonly=True,
        aggregator="avg",
        help="What the policy wants to be kept, in percent.",
    )
    met_count = fields.Integer(string="Met", readonly=True)
    missed_count = fields.Integer(string="Missed", readonly=True)
    open_count = fields.Integer(string="Open", readonly=True)
    hours = fields.Float(
        string="Hours Used",
        readonly=True,
        aggregator="avg",
        help="Counted attention hours of what is decided.",
    )

    @api.model
    def _selection_metric(self):
        return self.env["helpdesk.sla.objective"]._selection_metric()

    def _compute_display_name(self):
        labels = dict(self._fields["metric"]._description_selection(self.env))
        for row in self:
            row.display_name = f"{row.ticket_id.number} {labels.get(row.metric)}"

    # Query

    @property
    def _table_query(self):
        columns = SQL(", ").join(
            SQL("%s AS %s", expression, SQL.identifier(name))
            for name, expression in self._get_columns().items()
        )
        return SQL(
            "SELECT %s FROM (%s UNION ALL %s UNION ALL %s) AS promise %s",
            columns,
            self._get_promises(),
            self._get_escalations(),
            self._get_incidents(),
            self._get_joins(),
        )

    @api.model
    def _get_now(self):
        """Return the SQL of the present; a test can freeze it."""
        return SQL("%s::timestamp", fields.Datetime.now())

    @api.model
    def _get_columns(self):
        """Return the SQL of every column; addons add theirs."""
        names = (
            "id",
            "timer_id",
            "ticket_id",
            "company_id",
            "policy_id",
            "metric",
            "severity",
            "cycle",
            "state",
            "started_at",
            "due_at",
            "breach_at",
            "stopped_at",
        )
        return {
            **{name: SQL.identifier("promise", name) for name in names},
            "partner_id": SQL("ticket.commercial_partner_id"),
            "team_id": SQL("ticket.team_id"),
            "user_id": SQL("ticket.user_id"),
            "type_id": SQL("ticket.type_id"),
            "breach_reason_id": SQL(
                "CASE WHEN promise.state = 'missed' THEN ticket.breach_reason_id END"
            ),
            "date": SQL(
                "(CASE promise.state "
                "WHEN 'missed' THEN coalesce(promise.breach_at, promise.stopped_at) "
                "WHEN 'met' THEN promise.stopped_at ELSE %s END "
                "AT TIME ZONE 'UTC' AT TIME ZONE coalesce(calendar.tz, 'UTC'))::date",
                self._get_now(),
            ),
            "kept": SQL(
                "CASE promise.state WHEN 'met' THEN 100.0 WHEN 'missed' THEN 0.0 END"
            ),
            "objective": SQL("objective.percent"),
            "met_count": SQL("(promise.state = 'met')::int"),
            "missed_count": SQL("(promise.state = 'missed')::int"),
            "open_count": SQL("(promise.state = 'open')::int"),
            "hours": SQL(
                "CASE WHEN promise.state != 'open' "
                "THEN promise.counted_seconds / 3600.0 END"
            ),
        }

    @api.model
    def _get_joins(self):
        """Return the SQL of the joins behind the promises; addons add theirs."""
        return SQL(
            "JOIN helpdesk_ticket ticket ON ticket.id = promise.ticket_id "
            "LEFT JOIN helpdesk_sla_policy policy ON policy.id = promise.policy_id "
            "LEFT JOIN resource_calendar calendar ON calendar.id = policy.calendar_id "
            "LEFT JOIN helpdesk_sla_objective objective "
            "ON objective.policy_id = promise.policy_id "
            "AND objective.metric = promise.metric"
        )

    @api.model
    def _get_promises(self):
        """Return the SQL of one row per timer on which something is promised."""
        return SQL(
            "SELECT 3 * id AS id, id AS timer_id, ticket_id, company_id, policy_id, "
            "metric, severity, cycle, %s AS state, started_at, due_at, breach_at, "
            "stopped_at, counted_seconds FROM helpdesk_sla_timer AS timer "
            "WHERE state != 'void' AND (target_seconds > 0 OR target_days > 0)",
            self._get_state(),
        )

    @api.model
    def _get_state(self):
        """Return the SQL of a timer's state: an open one can be missed now."""
        return SQL(
            "CASE WHEN timer.state IN ('met', 'missed') THEN timer.state "
            "WHEN timer.breach_at < %s THEN 'missed' ELSE 'open' END",
            self._get_now(),
        )

    @api.model
    def _get_escalations(self):
        """Return the SQL of one row per escalation that a policy asked for (R-E4).

        Kept when the ticket was at the step's level at any moment from its due time
        to GRACE seconds later: raised by the step, or by whoever the step alerted.
        One that the sweep has not come to is open for GRACE seconds, then missed.
        What was due before a ticket was adopted is not judged.
        """
        return SQL(
            "SELECT 3 * asked.id + 2 AS id, timer.id AS timer_id, timer.ticket_id, "
            "timer.company_id, timer.policy_id, 'escalation' AS metric, "
            "timer.severity, asked.level::int AS cycle, "
            "CASE WHEN row.at IS NOT NULL THEN 'met' "
            "WHEN asked.due_at < %(now)s - %(grace)s THEN 'missed' "
            "ELSE 'open' END AS state, timer.started_at, asked.due_at, "
            "asked.due_at + %(grace)s AS breach_at, "
            "greatest(row.at, asked.due_at) AS stopped_at, "
            "NULL::int AS counted_seconds "
            "FROM (%(fired)s UNION ALL %(waiting)s) AS asked "
            "JOIN helpdesk_sla_timer timer ON timer.id = asked.timer_id "
            "LEFT JOIN LATERAL (SELECT log.at FROM helpdesk_sla_escalation log "
            "WHERE log.ticket_id = timer.ticket_id AND log.level_to >= asked.level "
            "AND log.at <= asked.due_at + %(grace)s "
            "AND NOT EXISTS (SELECT FROM helpdesk_sla_escalation later "
            "WHERE later.ticket_id = log.ticket_id AND later.level_to < asked.level "
            "AND later.at <= asked.due_at AND (later.at, later.id) > (log.at, log.id))"
            " ORDER BY log.at, log.id LIMIT 1) AS row ON TRUE "
            "WHERE timer.state != 'void'",
            now=self._get_now(),
            grace=SQL("%s * interval '1 second'", GRACE),
            fired=SQL(
                "SELECT 2 * alert.id AS id, alert.timer_id, step.level, alert.due_at "
                "FROM helpdesk_sla_alert alert "
                "JOIN helpdesk_sla_step step ON step.id = alert.step_id "
                "WHERE step.level IS NOT NULL AND NOT EXISTS ("
                "SELECT FROM helpdesk_sla_event event "
                "WHERE event.ticket_id = alert.ticket_id "
                "AND event.changes IN ('adopted', 'history') "
                "AND event.recorded_at > alert.due_at)"
            ),
            waiting=SQL(
                "SELECT * FROM (SELECT DISTINCT ON (late.id) 2 * late.id + 1, "
                "late.id, step.level, late.next_step_at FROM helpdesk_sla_timer late "
                "LEFT JOIN resource_calendar calendar "
                "ON calendar.id = late.calendar_id "
                "JOIN helpdesk_sla_step step ON step.policy_id = late.policy_id "
                "AND step.metric = late.metric AND step.basis = 'elapsed' "
                "AND (step.severity IS NULL OR step.severity = late.severity) "
                "WHERE late.metric = 'escalation' AND late.next_step_at <= %s "
                "AND NOT EXISTS (SELECT FROM helpdesk_sla_alert alert "
                "WHERE alert.timer_id = late.id AND alert.step_id = step.id) "
                "ORDER BY late.id, step.amount * CASE step.unit WHEN 'minute' THEN 1 "
                "WHEN 'day' THEN 60 * coalesce(calendar.hours_per_day, 24) "
                "ELSE 60 END, step.level"
                ") AS following (id, timer_id, level, due_at) WHERE level IS NOT NULL",
                self._get_now(),
            ),
        )

    @api.model
    def _get_incidents(self):
        """Return the SQL of one row per ticket with updates or escalations (R-E4).

        Missed by any update or escalation that was; met once nothing of it is open
        any more: neither an update, nor the clock of the escalations.
        """
        return SQL(
            "SELECT 3 * ticket_id + 1, NULL::int, ticket_id, max(company_id), "
            "max(policy_id), %(incident)s, max(severity), 1, "
            "CASE WHEN bool_or(state = 'missed') THEN 'missed' "
            "WHEN bool_or(state = 'open') THEN 'open' ELSE 'met' END, "
            "min(started_at), min(due_at) FILTER (WHERE state != 'met'), "
            "min(breach_at) FILTER (WHERE state = 'missed'), max(stopped_at), "
            "NULL::int FROM (%(timers)s UNION ALL SELECT ticket_id, company_id, "
            "policy_id, severity, state, started_at, due_at, breach_at, stopped_at "
            "FROM (%(escalations)s) AS escalation) AS part "
            "WHERE policy_id IN (SELECT policy_id FROM helpdesk_sla_objective "
            "WHERE metric = %(incident)s) GROUP BY ticket_id",
            incident=INCIDENT,
            timers=SQL(
                "SELECT ticket_id, company_id, policy_id, severity, %s AS state, "
                "started_at, due_at, breach_at, stopped_at "
                "FROM helpdesk_sla_timer AS timer WHERE state != 'void' "
                "AND metric IN ('update', 'escalation') "
                "AND (metric = 'escalation' OR target_seconds > 0 OR target_days > 0)",
                self._get_state(),
            ),
            escalations=self._get_escalations(),
        )

    def action_open_ticket(self):
        """Open the ticket on which this was promised."""
        self.ensure_one()
        return self.ticket_id._get_records_action(name=self.ticket_id.display_name)
