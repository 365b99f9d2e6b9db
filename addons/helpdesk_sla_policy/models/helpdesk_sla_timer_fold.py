import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, split_every

from .. import clock, metrics, steps
from ..rulebook import Rulebook
from .helpdesk_sla_timer import OPEN_STATES

#: The columns of the ledger that the fold reads, in this order.
LEDGER = (
    "ticket_id",
    "at",
    "response_effect",
    "solution_effect",
    "reply",
    "development",
    "estimated",
    "diagnosed",
    "closed",
    "changes",
    "policy_id",
    "severity",
    "type_id",
    "environment",
    "calendar_id",
    "stage_name",
)

#: The columns of a timer that the fold writes, without those that name it.
DERIVED = (
    "company_id",
    "policy_id",
    "target_id",
    "state",
    "severity",
    "calendar_id",
    "calendar_hash",
    "target_seconds",
    "target_days",
    "counted_seconds",
    "counted_at",
    "started_at",
    "due_at",
    "breach_at",
    "stopped_at",
    "next_step_at",
)

#: The columns of the ORM's log, and whether each names a user.
LOG = {"create_uid": True, "create_date": False, "write_uid": True, "write_date": False}
#: How many rows one statement inserts.
PAGE = 1000


class HelpdeskSlaTimer(models.Model):
    """How timers follow from the ledger: read, fold, write what differs.

    It works on plain rows, without the ORM: it runs at every change of every
    ticket, and the ledger and the timers have nobody else who writes them.
    """

    _inherit = "helpdesk.sla.timer"

    @api.model
    def _update_from_ledger(
        self, tickets, rows=(), undecided_only=False, companions=()
    ):
        """Bring the timers of tickets up to date with their ledger.

        ``rows`` are values to append to the ledger, in order of time by ticket; the
        last one of a ticket says what was decided anew. ``companions`` are rows of
        other tables to insert with them, as ``_insert_plain`` takes them. With
        ``undecided_only`` what was decided stays as it is: configuration changed,
        not the facts.
        """
        is_new = bool(rows) and all(row["changes"] == "created" for row in rows)
        moments = {} if is_new else self._read_moments(tickets.ids)
        self._add_moments(moments, rows)
        existing = {} if is_new else self._read_timers(tickets.ids)
        fired = self._get_fired_step_ids([timer["id"] for timer in existing.values()])
        rulebook = Rulebook(self.env)
        created, updated, lost, verdicts, next_dues = [], [], [], {}, {}
        for ticket in tickets.sudo():
            company_id = ticket.company_id.id
            dues = []
            for values in self._fold_ticket(
                ticket.id, company_id, moments.get(ticket.id, ()), rulebook
            ):
                key = (ticket.id, values["metric"], values["cycle"])
                old = existing.pop(key, None)
                if undecided_only and (old or values)["state"] not in OPEN_STATES:
                    continue
                timer = values.pop("clock")
                done = fired.get(old["id"], ()) if old else ()
                values["next_step_at"] = self._get_next_step_at(
                    values, timer, rulebook, done
                )
                lost += self._get_lost_steps(old, values, timer, rulebook, done)
                if values["state"] in OPEN_STATES and values["due_at"]:
                    dues.append(values["due_at"])
                if decided := self._describe_verdict(old, values):
                    verdicts.setdefault(ticket.id, []).append(decided)
                if old is None:
                    created.append(values)
                elif any(old[name] != values[name] for name in DERIVED):
                    updated.append(values | {"id": old["id"]})
            next_dues[ticket.id] = min(dues, default=None)
        for old in existing.values():  # promised once, by another policy
            if old["state"] in OPEN_STATES:
                gone = dict.fromkeys(("due_at", "breach_at", "next_step_at"))
                updated.append(old | gone | {"state": "void"})
        last = {row["ticket_id"]: row for row in rows}
        for ticket_id, row in last.items():
            row["verdicts"] = "; ".join(verdicts.get(ticket_id, ())) or None
        self._insert_plain(
            (self, ("ticket_id", "metric", "cycle", *DERIVED), created),
            (self.env["helpdesk.sla.event"], tuple(rows[0]) if rows else (), rows),
            *companions,
        )
        self._update_rows(updated)
        self._set_next_due(tickets, next_dues)
        if not is_new:
            self.invalidate_model()
        self._forget_caches(tickets)
        self._record_lost_steps(lost)

    # Reading

    @api.model
    def _read_moments(self, ticket_ids):
        """Return the ledger as lists of metrics.Moment by ticket id."""
        events = self.env["helpdesk.sla.event"]
        events.flush_model()
        query = SQL(
            "SELECT %s FROM helpdesk_sla_event WHERE ticket_id = ANY(%s) "
            "ORDER BY ticket_id, at, id",
            SQL(", ").join(SQL.identifier(name) for name in LEDGER),
            list(ticket_ids),
        )
        moments = {}
        for row in self.env.execute_query(query):
            moments.setdefault(row[0], []).append(self._get_moment(row))
        return moments

    @api.model
    def _add_moments(self, moments, rows):
        """Add ledger values that are about to be written to lists of moments."""
        for row in rows:
            history = moments.setdefault(row["ticket_id"], [])
            history.append(self._get_moment([row[name] for name in LEDGER]))
            history.sort(key=lambda moment: moment.at)  # stable: ties keep their order

    @api.model
    def _get_moment(self, row):
        """Return ledger columns, in the order of LEDGER, as a metrics.Moment."""
        (
            _ticket_id,
            at,
            response,
            solution,
            reply,
            development,
            estimated,
            diagnosed,
            closed,
            changes,
            *key,
            label,
        ) = row
        return metrics.Moment(
            at=clock.to_instant(at),
            response=response,
            solution=solution,
            reply=reply or "",
            development=bool(development),
            estimated=bool(estimated),
            diagnosed=bool(diagnosed),
            closed=bool(closed),
            adopted=changes == "adopted",
            key=tuple(value or False for value in key),
            label=label or "",
        )

    @api.model
    def _read_timers(self, ticket_ids):
        """Return the stored timers as dicts by (ticket id, metric, cycle)."""
        self.flush_model()
        names = ("id", "ticket_id", "metric", "cycle", *DERIVED)
        query = SQL(
            "SELECT %s FROM helpdesk_sla_timer WHERE ticket_id = ANY(%s) AND %s",
            SQL(", ").join(SQL.identifier(name) for name in names),
            list(ticket_ids),
            self._get_own_condition(),
        )
        return {
            row[1:4]: dict(zip(names, row, strict=True))
            for row in self.env.execute_query(query)
        }

    @api.model
    def _get_own_condition(self):
        """Return the SQL condition of timers that follow from the ticket's ledger."""
        return SQL("TRUE")

    def _is_independent(self):
        """Tell whether this timer does not follow from its ticket's ledger."""
        return False

    # Folding

    @api.model
    def _fold_ticket(self, ticket_id, company_id, moments, rulebook):
        """Return the values of every timer of a ticket, one dict per cycle."""
        if not moments or not moments[-1].key[0]:
            return []
        moments = [moment for moment in moments if moment.key[0]]
        last = moments[-1].key
        values_list = []
        for metric in rulebook.get_policy(last[0])[0]:
            counts = metric in metrics.UNPROMISED
            if not counts and not self._promises(metric, moments, company_id, rulebook):
                continue
            facts, rules = self._get_facts(metric, moments, company_id, rulebook)
            promise = rulebook.get_promise(metric, last, company_id)
            for timer in clock.fold(facts, rules=rules):
                if timer.started_at is not None:
                    values = self._prepare_values(timer, promise, counts)
                    values |= {
                        "ticket_id": ticket_id,
                        "company_id": company_id,
                        "policy_id": last[0],
                        "severity": last[1] or None,
                        "metric": metric,
                        "clock": timer,
                    }
                    if metric in metrics.AWAITED:
                        values |= self._prepare_awaited(values)
                    values_list.append(values)
        return values_list

    @api.model
    def _promises(self, metric, moments, company_id, rulebook):
        """Tell whether a metric has a target at any of these moments."""
        for key in {moment.key for moment in moments}:
            promise = rulebook.get_promise(metric, key, company_id)
            if promise.seconds or promise.days:
                return True
        return False

    @api.model
    def _get_facts(self, metric, moments, company_id, rulebook):
        """Return the clock's facts and rules of one metric."""
        _metrics, response_by, reopening = rulebook.get_policy(moments[-1].key[0])
        facts, key = [], None
        for moment, effect, renew in metrics.read(metric, moments, response_by):
            if moment.key != key:
                key = moment.key
                promise = rulebook.get_promise(metric, key, company_id)
            facts.append(
                clock.Fact(
                    moment.at,
                    effect,
                    promise.calendar,
                    promise.seconds,
                    promise.days,
                    renew,
                    moment.label,
                )
            )
        return facts, metrics.get_rules(metric, reopening)

    @api.model
    def _prepare_values(self, timer, promise, counts=False):
        """Return the stored values of a folded clock.Timer.

        ``counts``: the metric is timed without a promise, for its steps.
        """

        def moment(at):
            return None if at is None else clock.to_datetime(at)

        state = timer.verdict
        if counts and not timer.is_promised:
            state = "met" if timer.state == "stopped" else timer.state
        is_open = state in OPEN_STATES
        return {
            "target_id": promise.target_id,
            "cycle": timer.cycle,
            "state": state,
            "calendar_id": promise.calendar_id,
            "calendar_hash": timer.calendar.hash,
            "target_seconds": timer.target or 0,
            "target_days": timer.days or 0,
            "counted_seconds": timer.elapsed,
            "counted_at": moment(timer.since if is_open else timer.stopped_at),
            "started_at": moment(timer.started_at),
            "due_at": moment(timer.due_at),
            "breach_at": moment(timer.breach_at),
            "stopped_at": moment(None if is_open else timer.stopped_at),
        }

    @api.model
    def _prepare_awaited(self, values):
        """Return what differs when time has to pass: nobody is ever late (R-C3)."""
        return {
            "breach_at": None,
            "state": "met" if values["state"] == "missed" else values["state"],
        }

    @api.model
    def _get_next_step_at(self, values, timer, rulebook, fired):
        """Return when the next step of a timer is due, as naive UTC, or None."""
        if values["state"] != "running":
            return None
        plain = rulebook.get_steps(
            values["policy_id"],
            values["metric"],
            values["severity"],
            values["calendar_id"],
        )
        due = steps.get_due(plain, timer, fired) if plain else ()
        return clock.to_datetime(due[0][0]) if due else None

    @api.model
    def _describe_verdict(self, old, values):
        """Return in words what a decision was and is, when it changed."""
        before = old["state"] if old else "running"
        after = values["state"]
        if before == after or not {before, after} & {"met", "missed"}:
            return ""
        hours, rest = divmod(values["counted_seconds"], 3600)
        spent = f"{hours}:{rest // 60:02}:{rest % 60:02}"
        change = f"{before} → {after}" if old else after
        return f"{values['metric']} {change} ({spent})"

    # Writing

    @api.model
    def _insert_plain(self, *inserts):
        """Insert plain rows into tables of ours in one go.

        Each insert is a model, the names of its columns, and its rows as dicts. Who
        and when is added where the model keeps it. Raises ConcurrencyError where
        somebody inserted the same in the meantime: Odoo then tries all of it again.
        """
        now, uid = fields.Datetime.now(), self.env.uid
        statements, params = [], []
        for model, names, rows in inserts:
            log = LOG if model._log_access else {}
            columns = (*names, *log)
            stamp = [uid if is_user else now for is_user in log.values()]
            for page in split_every(PAGE, rows):
                row = f"({', '.join(['%s'] * len(columns))})"
                statements.append(
                    f"INSERT INTO {model._table} ({', '.join(columns)}) "
                    f"VALUES {', '.join([row] * len(page))}"
                )
                for values in page:
                    params += [values[name] or _empty(values[name]) for name in names]
                    params += stamp
        if not statements:
            return
        try:
            self.env.cr.execute("; ".join(statements), params, log_exceptions=False)
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    @api.model
    def _update_rows(self, rows):
        """Write the derived columns of timers."""
        if not rows:
            return
        assignments = ", ".join(
            f"{name} = changed.{name}::{self._fields[name].column_type[1]}"
            for name in DERIVED
        )
        self.env.cr.execute_values(
            f"UPDATE helpdesk_sla_timer SET {assignments} "
            f"FROM (VALUES %s) AS changed (id, {', '.join(DERIVED)}) "
            "WHERE helpdesk_sla_timer.id = changed.id",
            [(row["id"], *(row[name] for name in DERIVED)) for row in rows],
            page_size=1000,
        )

    @api.model
    def _set_next_due(self, tickets, next_dues):
        """Store what falls due next on the tickets, where it differs."""
        field = tickets._fields["next_due"]
        for ticket in tickets.sudo():
            due = next_dues[ticket.id]
            if (ticket.next_due or None) != due:
                # Written with whatever else this transaction writes on the ticket,
                # past its write(): nothing follows from it.
                field._update_cache(ticket, due, dirty=True)

    @api.model
    def _forget_caches(self, tickets):
        """Have what was written past the ORM read again on tickets."""
        tickets.invalidate_recordset(
            [
                "event_ids",
                "timer_ids",
                "is_breached",
                "is_late",
                "response_due",
                "solution_due",
                "total_hours",
                "update_due",
            ],
            flush=False,
        )


def _empty(value):
    """Return an empty value of the ORM for SQL: False is NULL, 0 stays."""
    return None if value is False else value
