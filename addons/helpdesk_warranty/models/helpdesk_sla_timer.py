from collections import defaultdict, namedtuple
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_timer import OPEN_STATES
from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_timer_recompute import CRON

from .. import terms
from .helpdesk_sla_target import METRICS

#: What base moves in bulk, as its rows name it.
Row = namedtuple(
    "Row",
    "id cycle state started_at counted_at target_seconds target_days policy_id "
    "metric severity",
)
BATCH = 2000
GRACE = timedelta(seconds=terms.GRACE)


class HelpdeskSlaTimer(models.Model):
    """Terms of deliverables: acceptance by the customer, correction by us (R-B5)."""

    _inherit = "helpdesk.sla.timer"

    metric = fields.Selection(
        selection_add=METRICS,
        ondelete={"acceptance": "cascade", "correction": "cascade"},
    )
    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="The deliverable that this promise is about.",
    )

    _deliverable_metric_cycle_uniq = models.UniqueIndex(
        "(deliverable_id, metric, cycle) WHERE deliverable_id IS NOT NULL",
        "A deliverable has one timer per metric and cycle.",
    )

    @api.depends("deliverable_id.number", "deliverable_id.version")
    def _compute_display_name(self):
        of_terms = self.filtered("deliverable_id")
        result = super(HelpdeskSlaTimer, self - of_terms)._compute_display_name()
        labels = dict(self._fields["metric"]._description_selection(self.env))
        for timer in of_terms:
            number, version = timer.deliverable_id.number, timer.deliverable_id.version
            timer.display_name = f"{number} v{version} {labels.get(timer.metric)}"
        return result

    @api.model
    def _get_own_condition(self):
        # Promises about a deliverable do not follow from the ticket's stages.
        return SQL("deliverable_id IS NULL")

    def _is_independent(self):
        return bool(self.deliverable_id)

    def _get_explanation(self):
        if not self.deliverable_id:
            return super()._get_explanation()
        fact = clock.Fact(
            clock.to_instant(self.started_at),
            clock.RUN,
            self._get_clock(),
            self.target_seconds or None,
            self.target_days or None,
            label=self.deliverable_id.display_name,
        )
        until = clock.to_instant(self.stopped_at or fields.Datetime.now())
        return [
            self._describe_segment(segment) for segment in clock.explain([fact], until)
        ]

    # Start and stop

    @api.model
    def _prepare_term(self, deliverable, metric, promise, moment, rulebook):
        """Return the values of a term's timer that starts at a naive UTC moment."""
        ticket = deliverable.ticket_id
        fact = clock.Fact(
            clock.to_instant(moment),
            clock.RUN,
            promise.calendar,
            promise.seconds,
            promise.days,
        )
        timer = clock.fold([fact])[-1]
        earlier = deliverable.timer_ids.filtered(lambda term: term.metric == metric)
        values = self._prepare_values(timer, promise) | {
            "cycle": len(earlier) + 1,
            "company_id": ticket.company_id.id,
            "deliverable_id": deliverable.id,
            "metric": metric,
            "policy_id": ticket.sla_policy_id.id,
            "severity": ticket.priority,
            "ticket_id": ticket.id,
        }
        values["next_step_at"] = self._get_next_step_at(values, timer, rulebook, ())
        return values

    def _stop_term(self, moment):
        """Stop the terms that run at a naive UTC moment: met, or missed when late."""
        for timer in self.filtered(lambda timer: timer.state in OPEN_STATES):
            state = "met" if moment <= timer.breach_at else "missed"
            timer._write_end(state, moment)

    def _void_term(self, moment):
        """Let the terms count for nothing: there was no delivery, or none any more."""
        for timer in self.filtered(lambda timer: timer.state != "void"):
            timer._write_end("void", moment)

    def _write_end(self, state, moment):
        start, stop = clock.to_instant(self.started_at), clock.to_instant(moment)
        self.write(
            {
                "state": state,
                "stopped_at": moment,
                "counted_at": moment,
                "counted_seconds": self._get_clock().elapsed(start, stop),
                "next_step_at": False,
            }
        )

    # Sweep

    def _fire_due_steps(self, now):
        of_terms = self.filtered("deliverable_id")
        result = None
        if self - of_terms:
            result = super(HelpdeskSlaTimer, self - of_terms)._fire_due_steps(now)
        if of_terms:
            of_terms._fire_due_terms(now)
        return result

    def _fire_due_terms(self, now):
        """Remind, accept and tell, each once; a closed ticket stops none of it."""
        alerts = self._record_alerts(now)
        deliverables = alerts.timer_id.deliverable_id
        # An answer on its way is waited for; one that came makes the sweep look again.
        try:
            deliverables._lock()
        except psycopg2.errors.DeadlockDetected as error:
            raise ConcurrencyError(str(error)) from error
        by_action = alerts.grouped(lambda alert: alert.step_id.action)
        accepting = by_action.pop("accept", alerts.browse())
        # A term that was over when its calendar changed ends as it was told.
        over = self.filtered(
            lambda timer: (
                timer.metric == "acceptance" and timer.breach_at <= now - GRACE
            )
        )
        if accepting or over:
            accepted = (accepting.timer_id | over).deliverable_id._end_term(now)
            for alert in accepting:
                is_tacit = alert.timer_id.deliverable_id in accepted
                alert.result = (
                    self.env._("Tacitly accepted")
                    if is_tacit
                    else self.env._("Silence does not accept it")
                )
        reminding = by_action.pop("remind", alerts.browse())
        for deliverable, own in reminding.grouped(
            lambda alert: alert.timer_id.deliverable_id
        ).items():
            own.result = deliverable._remind(own)
        others = alerts - accepting - reminding
        mails = defaultdict(list)
        for ticket, own in others.grouped("ticket_id").items():
            ticket._fire_alerts(own, mails)
        alerts._await_mails(mails)

    # Calendars that change

    @api.model
    def _cron_recompute(self):
        failures, model = self.env["helpdesk.job.failure"], self.browse()
        if not failures._work_again(CRON, model, lambda t: t._move_term_again()):
            return None
        return super()._cron_recompute()

    def _move_term_again(self):
        """Compute a term that could not be computed the last time."""
        calendar = self.calendar_id
        compiled = self._get_clock()
        self._move_terms(calendar, compiled, compiled.hash)

    @api.model
    def _recompute_batch(self, calendar, company, current):
        return self._recompute_terms(calendar, company, current) or (
            super()._recompute_batch(calendar, company, current)
        )

    @api.model
    def _recompute_terms(self, calendar, company, current):
        """Move up to BATCH undecided terms of a calendar; return how many were seen.

        A term that is over is decided, whether the sweep has been there or not,
        and no edit ends a term in the past: these keep their dates.
        """
        found = self.search(
            [
                ("deliverable_id", "!=", False),
                ("state", "in", OPEN_STATES),
                ("calendar_id", "=", calendar.id),
                ("company_id", "=", company.id),
                ("id", "not in", self._get_failed_ids(self._name)),
                "|",
                ("calendar_hash", "=", False),
                ("calendar_hash", "!=", current),
            ],
            limit=BATCH,
        ).try_lock_for_update()
        if not found:
            return 0
        compiled = (
            calendar.sudo()._get_support_clock(company)
            if calendar
            else calendar._get_always_open()
        )
        self.env["helpdesk.job.failure"]._attempt(
            self.env.ref(CRON).sudo(),
            found,
            lambda part: part._move_terms(calendar, compiled, current),
        )
        self.env.invalidate_all()
        return len(found)

    def _move_terms(self, calendar, compiled, current):
        """Compute these terms on a calendar as it is now; stamp those that stay."""
        now = clock.to_instant(fields.Datetime.now())
        moving = self.filtered(lambda timer: timer._may_move(compiled, now))
        self._move_dates([timer._get_row() for timer in moving], calendar, compiled)
        self.invalidate_model()
        self._stamp((self - moving).ids, current)
        moving.deliverable_id._move_term()

    def _may_move(self, calendar, now):
        """Tell whether a term is undecided and would end in the future."""
        if self.metric != "acceptance":
            return True
        timer = self._get_clock_timer()
        moved = clock.Timer(
            state=timer.state,
            started_at=timer.started_at,
            since=timer.since,
            elapsed=timer.elapsed,
            target=timer.target,
            days=timer.days,
            calendar=calendar,
        )
        return timer.since is not None and (
            clock.to_instant(self.breach_at) >= now and moved.breach_at > now
        )

    def _get_row(self):
        return Row(
            self.id,
            self.cycle,
            self.state,
            clock.to_instant(self.started_at),
            clock.to_instant(self.counted_at),
            self.target_seconds,
            self.target_days,
            self.policy_id.id,
            self.metric,
            self.severity or None,
        )
