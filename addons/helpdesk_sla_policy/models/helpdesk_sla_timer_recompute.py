from functools import partial

from odoo import api, models
from odoo.tools import SQL

from .. import clock, steps
from ..retry import Redo
from ..rulebook import Rulebook
from .helpdesk_sla_timer import OPEN_STATES

CRON = "helpdesk_sla_policy.ir_cron_recompute"
BATCH = 10_000
REFOLD_BATCH = 500


class HelpdeskSlaTimer(models.Model):
    """Edits of configuration: undecided timers follow, in bulk, in the background.

    Each timer carries the hash of the calendar that its dates were computed on.
    Whatever carries an old one is still to be done, so the job can stop, resume
    and heal itself. Decided timers are never moved.
    """

    _inherit = "helpdesk.sla.timer"

    @api.model
    def _wake_recompute(self):
        """Have stale timers computed again as soon as this transaction is over."""
        cron = self.env.ref(
            "helpdesk_sla_policy.ir_cron_recompute", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _mark_stale(self, policies):
        """Mark the undecided timers of policies for computing again."""
        if not policies:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_sla_timer SET calendar_hash = NULL "
                "WHERE policy_id = ANY(%s) AND state IN ('running', 'paused')",
                policies.ids,
            )
        )
        self.invalidate_model(["calendar_hash"])
        self._wake_recompute()

    @api.model
    def _get_day_target_ids(self):
        """Return the ids of the targets whose amount is days of their calendar."""
        domain = [("unit", "=", "day"), ("working_time", "=", True)]
        return set(self.env["helpdesk.sla.target"].sudo().search(domain).ids)

    @api.model
    def _mark_days_stale(self, calendars):
        """Mark the undecided timers of calendars whose policies promise days."""
        targets = self.env["helpdesk.sla.target"].sudo()
        policies = targets.browse(self._get_day_target_ids()).policy_id
        policies |= policies.sudo().search([("step_ids.unit", "=", "day")])
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_sla_timer SET calendar_hash = NULL "
                "WHERE policy_id = ANY(%s) AND calendar_id = ANY(%s) "
                "AND state IN ('running', 'paused')",
                policies.ids,
                calendars.ids,
            )
        )
        self.invalidate_model(["calendar_hash"])

    @api.model
    def _get_stale_groups(self):
        """Return ``(calendar, company, current hash, count)`` where dates are old."""
        groups = self.sudo()._read_group(
            [("state", "in", ("running", "paused"))],
            ["calendar_id", "company_id", "calendar_hash"],
            ["__count"],
        )
        stale = {}
        for calendar, company, stamped, count in groups:
            current = self._get_current_hash(calendar, company)
            if stamped != current:
                key = (calendar, company, current)
                stale[key] = stale.get(key, 0) + count
        return [(*key, count) for key, count in stale.items()]

    @api.model
    def _get_current_hash(self, calendar, company):
        if not calendar:
            return calendar._get_always_open().hash
        return calendar.sudo()._get_support_clock(company).hash

    @api.model
    def _cron_recompute(self):
        """Compute again whatever carries an old hash; resumes where it stopped.

        Tickets and calendars that cannot be computed are listed; the first come first
        the next time.
        """
        failures = self.env["helpdesk.job.failure"]
        tickets = self.env["helpdesk.ticket"].sudo()
        if not failures._work_again(CRON, tickets, self._refold):
            return
        groups = self.sudo()._read_group(
            [("state", "in", OPEN_STATES)], ["calendar_id", "company_id"]
        )
        for calendar, company in groups:
            work = partial(self._recompute_calendar, calendar, company)
            if not failures._work_long(CRON, calendar or company, work):
                return

    @api.model
    def _recompute_calendar(self, calendar, company, _record):
        """Compute the timers of a calendar again; return False when time is up."""
        cron, redo = self.env["ir.cron"], Redo(self.env)
        current = self._get_current_hash(calendar, company)
        while done := redo(self._recompute_batch, calendar, company, current):
            if not cron._commit_progress(done, remaining=1):
                return False
        return True

    @api.model
    def _refold(self, tickets):
        """Compute the undecided timers of tickets again, from their ledgers."""
        self._update_from_ledger(tickets.sudo(), undecided_only=True)

    @api.model
    def _recompute_batch(self, calendar, company, current):
        """Recompute up to BATCH stale timers of a calendar; return how many."""
        rows = self._lock_stale(calendar, company, current)
        if not rows:
            return 0
        days = self._get_day_target_ids()  # their amount follows the calendar too
        simple, hard = [], []
        for row in rows:
            is_simple = row.calendar_hash and not row.counted_seconds
            kind = simple if is_simple and row.target_id not in days else hard
            kind.append(row)
        compiled = (
            calendar.sudo()._get_support_clock(company)
            if calendar
            else calendar._get_always_open()
        )
        self._move_dates(simple, calendar, compiled)
        self._update_ticket_dues({row.ticket_id for row in simple})
        self.invalidate_model()
        ticket_ids = list({row.ticket_id for row in hard})
        failed = self._refold_or_list(ticket_ids)
        self.flush_model()
        self._stamp([row.id for row in hard if row.ticket_id not in failed], current)
        self.env.invalidate_all()
        return len(rows)

    @api.model
    def _refold_or_list(self, ticket_ids):
        """Compute tickets again; list those that cannot be, and return their ids."""
        failures = self.env["helpdesk.job.failure"]
        cron = self.env.ref(CRON).sudo()
        tickets = self.env["helpdesk.ticket"].sudo()
        failed = []
        for start in range(0, len(ticket_ids), REFOLD_BATCH):
            batch = tickets.browse(ticket_ids[start : start + REFOLD_BATCH])
            failed += failures._attempt(cron, batch, self._refold)
        return {ticket.id for ticket in failed}

    @api.model
    def _get_failed_ids(self, model):
        """Return the ids of the records of a model that could not be computed."""
        failures = self.env["helpdesk.job.failure"]
        return list(failures._get_failed_ids(self.env.ref(CRON).sudo(), model))

    @api.model
    def _lock_stale(self, calendar, company, current):
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id, ticket_id, policy_id, metric, severity, state, cycle, "
                "extract(epoch FROM started_at)::bigint AS started_at, "
                "extract(epoch FROM counted_at)::bigint AS counted_at, "
                "counted_seconds, target_id, target_seconds, target_days, "
                "calendar_hash "
                "FROM helpdesk_sla_timer "
                "WHERE state IN ('running', 'paused') "
                "AND calendar_id IS NOT DISTINCT FROM %s AND company_id = %s "
                "AND calendar_hash IS DISTINCT FROM %s "
                "AND NOT ticket_id = ANY(%s) "
                "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                calendar.id or None,
                company.id,
                current,
                self._get_failed_ids("helpdesk.ticket"),
                BATCH,
            )
        )
        names = [column.name for column in self.env.cr.description]
        Row = type("Row", (), {"__slots__": names})
        rows = []
        for values in self.env.cr.fetchall():
            row = Row()
            for name, value in zip(names, values, strict=True):
                setattr(row, name, value)
            rows.append(row)
        return rows

    @api.model
    def _move_dates(self, rows, calendar, compiled):
        """Write the dates of timers whose clock has counted nothing yet."""
        if not rows:
            return
        fired = self._get_fired_step_ids([row.id for row in rows])
        rulebook = Rulebook(self.env)
        columns = [[], [], [], []]
        for row in rows:
            timer = clock.Timer(
                row.cycle,
                row.state,
                row.started_at,
                row.counted_at,
                None,
                False,
                0,
                row.target_seconds or None,
                row.target_days or None,
                compiled,
            )
            plain = rulebook.get_steps(
                row.policy_id, row.metric, row.severity, calendar.id
            )
            due = steps.get_due(plain, timer, fired.get(row.id, ()))
            for column, value in zip(
                columns,
                (row.id, timer.due_at, timer.breach_at, due[0][0] if due else None),
                strict=True,
            ):
                column.append(value)
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_sla_timer SET calendar_hash = %s, "
                "due_at = timestamp 'epoch' + moved.due * interval '1 second', "
                "breach_at = timestamp 'epoch' + moved.breach * interval '1 second', "
                "next_step_at = timestamp 'epoch' + moved.step * interval '1 second' "
                "FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::bigint[]) "
                "AS moved (id, due, breach, step) "
                "WHERE helpdesk_sla_timer.id = moved.id",
                compiled.hash,
                *columns,
            )
        )

    @api.model
    def _get_fired_step_ids(self, timer_ids):
        """Return the ids of the steps that have fired, by timer id."""
        if not timer_ids:
            return {}
        self.env["helpdesk.sla.alert"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT timer_id, array_agg(step_id) FROM helpdesk_sla_alert "
                "WHERE timer_id = ANY(%s) GROUP BY timer_id",
                timer_ids,
            )
        )
        return dict(rows)

    @api.model
    def _update_ticket_dues(self, ticket_ids):
        """Bring what falls due next on tickets up to date with their timers."""
        if ticket_ids:
            self.env["helpdesk.ticket"].flush_model(["next_due"])
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket SET next_due = dues.due FROM ("
                    "SELECT ticket_id, min(due_at) AS due FROM helpdesk_sla_timer "
                    "WHERE ticket_id = ANY(%s) AND state IN ('running', 'paused') "
                    "AND %s GROUP BY ticket_id) AS dues "
                    "WHERE helpdesk_ticket.id = dues.ticket_id "
                    "AND helpdesk_ticket.next_due IS DISTINCT FROM dues.due",
                    list(ticket_ids),
                    self._get_own_condition(),
                )
            )

    @api.model
    def _stamp(self, timer_ids, current):
        """Mark timers as up to date, also those whose dates did not move."""
        if timer_ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_sla_timer SET calendar_hash = %s "
                    "WHERE id = ANY(%s) AND calendar_hash IS DISTINCT FROM %s",
                    current,
                    timer_ids,
                    current,
                )
            )
