from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .. import clock, metrics, steps
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


class Promise(NamedTuple):
    """What a case is promised: the target, and the calendar that it counts on."""

    target_id: int
    seconds: int | None
    days: int | None
    calendar_id: int
    calendar: clock.Calendar


class HelpdeskSlaTimer(models.Model):
    """How timers follow from the ledger: read, fold, write what differs."""

    _inherit = "helpdesk.sla.timer"

    @api.model
    def _update_from_ledger(self, tickets, rows=None, undecided_only=False):
        """Bring the timers of tickets up to date with their ledger.

        ``rows`` are ledger values about to be written, one for each ticket, that
        count as part of it. With ``undecided_only`` what was decided stays as it
        is: configuration changed, not the facts. Returns, by ticket id and in
        words for the ledger, what was decided anew.
        """
        timers = self.sudo()
        is_new = bool(rows) and all(row["changes"] == "created" for row in rows)
        moments = {} if is_new else self._read_moments(tickets.ids)
        for row in rows or ():
            moment = self._get_moment([row[name] for name in LEDGER])
            history = moments.setdefault(row["ticket_id"], [])
            history.append(moment)
            history.sort(key=lambda moment: moment.at)  # stable: ties keep their order
        existing = {}
        if not is_new:
            for timer in timers.search([("ticket_id", "in", tickets.ids)]):
                key = (timer.ticket_id.id, timer.metric, timer.cycle)
                existing[key] = timer
        fired = self._get_fired_step_ids([timer.id for timer in existing.values()])
        promises, to_create, verdicts, next_dues = {}, [], {}, {}
        for ticket in tickets.sudo():
            values_list = self._fold_ticket(
                ticket, moments.get(ticket.id, ()), promises
            )
            for values in values_list:
                key = (ticket.id, values["metric"], values["cycle"])
                timer = existing.pop(key, None)
                values["next_step_at"] = self._get_next_step_at(
                    values, values.pop("_clock"), fired.get(timer and timer.id, ())
                )
                decided = self._describe_verdict(timer, values)
                if decided:
                    verdicts.setdefault(ticket.id, []).append(decided)
                if (
                    undecided_only
                    and (timer.state if timer else values["state"]) not in OPEN_STATES
                ):
                    continue
                if timer is None:
                    to_create.append(values)
                elif changes := timer._get_changes(values):
                    timer.write(changes)
            next_dues[ticket.id] = self._get_next_due(values_list)
        for timer in existing.values():  # promised once, by another policy
            if timer.state in OPEN_STATES and not timer._is_independent():
                timer.write(
                    {
                        "state": "void",
                        "due_at": False,
                        "breach_at": False,
                        "next_step_at": False,
                    }
                )
        created = timers.create(to_create)
        self._set_next_due(tickets, next_dues)
        (created | timers.concat(*existing.values()))._wake_sweep()
        return {
            ticket_id: "; ".join(decided) for ticket_id, decided in verdicts.items()
        }

    def _is_independent(self):
        """Tell whether this timer does not follow from its ticket's stages."""
        return False

    def _wake_sweep(self):
        """Let addons wake jobs that wait for these timers."""

    # Reading

    @api.model
    def _read_moments(self, ticket_ids):
        """Return the ledger as lists of metrics.Moment by ticket id."""
        events = self.env["helpdesk.sla.event"]
        events.flush_model()
        columns = SQL(", ").join(SQL.identifier(name) for name in LEDGER)
        query = SQL(
            "SELECT %s FROM helpdesk_sla_event WHERE ticket_id = ANY(%s) "
            "ORDER BY ticket_id, at, id",
            columns,
            list(ticket_ids),
        )
        moments = {}
        for row in self.env.execute_query(query):
            moments.setdefault(row[0], []).append(self._get_moment(row))
        return moments

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

    # Folding

    @api.model
    def _fold_ticket(self, ticket, moments, promises):
        """Return the values of every timer of a ticket, one dict per cycle."""
        if not moments or not moments[-1].key[0]:
            return []
        moments = [moment for moment in moments if moment.key[0]]
        policy = self.env["helpdesk.sla.policy"].sudo().browse(moments[-1].key[0])
        values_list = []
        for metric in policy._get_metrics():
            facts, rules = self._get_facts(ticket, metric, moments, promises)
            counts = metric in metrics.UNPROMISED
            if not counts and not any(fact.target or fact.days for fact in facts):
                continue
            promise = self._get_promise(ticket, metric, moments[-1].key, promises)
            for timer in clock.fold(facts, rules=rules):
                if timer.started_at is not None:
                    values = self._prepare_values(
                        ticket, policy, metric, timer, promise
                    )
                    values_list.append(values | {"severity": moments[-1].key[1]})
        return values_list

    @api.model
    def _get_facts(self, ticket, metric, moments, promises):
        """Return the clock's facts and rules of one metric of a ticket."""
        policy = self.env["helpdesk.sla.policy"].sudo().browse(moments[-1].key[0])
        facts = []
        for reading in metrics.read(metric, moments, policy.response_by):
            moment = reading.moment
            promise = self._get_promise(ticket, metric, moment.key, promises)
            facts.append(
                clock.Fact(
                    moment.at,
                    reading.effect,
                    promise.calendar,
                    promise.seconds,
                    promise.days,
                    reading.renew,
                    moment.label,
                )
            )
        return facts, metrics.get_rules(metric, policy.reopening)

    @api.model
    def _get_promise(self, ticket, metric, key, promises):
        """Return the Promise of a ledger key; ``promises`` remembers them."""
        company = ticket.company_id
        cache_key = (metric, company.id, *key)
        if cache_key not in promises:
            policy_id, severity, type_id, environment, calendar_id = key
            policy = self.env["helpdesk.sla.policy"].sudo().browse(policy_id)
            target = policy._find_target(metric, severity, type_id, environment)
            calendar = self.env["resource.calendar"].sudo().browse(calendar_id)
            counting = target._get_calendar(policy, calendar)
            is_days = target.unit == "business_day"
            promises[cache_key] = Promise(
                target.id,
                target._get_seconds(calendar) if target and not is_days else None,
                int(target.amount) if is_days else None,
                counting.id,
                counting._get_support_clock(company)
                if counting
                else counting._get_always_open(),
            )
        return promises[cache_key]

    @api.model
    def _prepare_values(self, ticket, policy, metric, timer, promise):
        """Return the stored values of a folded clock.Timer."""

        def moment(at):
            return clock.to_datetime(at) if at is not None else False

        state = timer.verdict
        if metric in metrics.UNPROMISED and not timer.is_promised:
            state = "met" if timer.state == "stopped" else timer.state
        is_open = state in OPEN_STATES
        return {
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "policy_id": policy.id,
            "target_id": promise.target_id,
            "metric": metric,
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
            "_clock": timer,
        }

    @api.model
    def _get_next_step_at(self, values, timer, fired=()):
        """Return when the next step of a timer is due, as naive UTC, or False."""
        if values["state"] != "running":
            return False
        policy = self.env["helpdesk.sla.policy"].sudo().browse(values["policy_id"])
        plain = policy._get_plain_steps(values["metric"], values["severity"])
        due = steps.get_due(plain, timer, fired)
        return clock.to_datetime(due[0][0]) if due else False

    # Writing

    def _get_changes(self, values):
        """Return those of the values that differ from what is stored."""
        self.ensure_one()
        changes = {}
        for name, value in values.items():
            stored = self[name]
            if isinstance(stored, models.BaseModel):
                stored = stored.id
            if (stored or False) != (value or False):
                changes[name] = value
        return changes

    @api.model
    def _describe_verdict(self, timer, values):
        """Return in words what a decision was and is, when it changed."""
        old = timer.state if timer else "running"
        new = values["state"]
        if old == new or not {old, new} & {"met", "missed"}:
            return ""
        spent = values["counted_seconds"]
        text = (
            f"{values['metric']} {old} → {new}"
            if timer
            else (f"{values['metric']} {new}")
        )
        hours, rest = divmod(spent, 3600)
        return f"{text} ({hours}:{rest // 60:02}:{rest % 60:02})"

    @api.model
    def _get_next_due(self, values_list):
        """Return the earliest due date of the open promises, or None."""
        return min(
            (
                values["due_at"]
                for values in values_list
                if values["state"] in OPEN_STATES and values["due_at"]
            ),
            default=None,
        )

    @api.model
    def _set_next_due(self, tickets, next_dues):
        """Store what falls due next on the tickets, where it differs."""
        changed = {
            ticket_id: due
            for ticket_id, due in next_dues.items()
            if (tickets.browse(ticket_id).sudo().next_due or None) != due
        }
        if not changed:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE helpdesk_ticket SET next_due = changed.due FROM "
                "unnest(%s, %s::timestamp[]) AS changed (id, due) "
                "WHERE helpdesk_ticket.id = changed.id",
                list(changed),
                list(changed.values()),
            )
        )
        found = tickets.browse(changed)
        found.invalidate_recordset(["next_due"], flush=False)
