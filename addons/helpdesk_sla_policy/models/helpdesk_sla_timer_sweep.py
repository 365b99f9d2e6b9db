import logging
from collections import defaultdict

from odoo import api, fields, models

from .. import clock, steps
from ..retry import CONCURRENT, Redo
from ..rulebook import Rulebook

_logger = logging.getLogger(__name__)

BATCH = 500


class HelpdeskSlaTimer(models.Model):
    """The sweep: every minute, the steps that have fallen due fire, once each."""

    _inherit = "helpdesk.sla.timer"

    alert_ids = fields.One2many("helpdesk.sla.alert", "timer_id", string="Alerts")

    # When

    def _get_clock_timer(self):
        """Return what is stored as a clock.Timer, without its earlier stretches."""
        self.ensure_one()

        def instant(moment):
            return clock.to_instant(moment) if moment else None

        state = self.state if self.state in ("running", "paused", "void") else "stopped"
        return clock.Timer(
            cycle=self.cycle,
            state=state,
            started_at=instant(self.started_at),
            since=instant(self.counted_at),
            stopped_at=instant(self.stopped_at),
            elapsed=self.counted_seconds,
            target=self.target_seconds or None,
            days=self.target_days or None,
            calendar=self._get_clock(),
        )

    def _get_step_timer(self):
        """Return the clock.Timer on which steps fall due.

        Folded from the ledger where a fact was recorded after a step was due: when
        the sweep comes late, or when a higher severity makes a step overdue.
        """
        if (
            self._is_independent()
            or not (self.next_step_at and self.counted_at)
            or self.counted_at <= self.next_step_at
        ):
            return self._get_clock_timer()
        ticket = self.ticket_id
        moments = [
            moment
            for moment in self._read_moments(ticket.ids)[ticket.id]
            if moment.key[0]
        ]
        facts, rules = self._get_facts(
            self.metric, moments, self.company_id.id, Rulebook(self.env)
        )
        return clock.fold(facts, rules=rules)[self.cycle - 1]

    # What

    @api.model
    def _cron_sweep(self):
        """Fire every step that is due; its cost follows what is due (design: Sweep).

        Who is to be told by mail is told once all has fired: of everything in one.
        """
        cron = self.env["ir.cron"]
        alerts = self.env["helpdesk.sla.alert"]
        redo = Redo(self.env)
        remaining = 0
        while count := redo(lambda: self._sweep_batch(fields.Datetime.now())):
            remaining = self.search_count([("next_step_at", "<=", "now")], limit=BATCH)
            if not cron._commit_progress(count, remaining=remaining):
                break  # no time left: the job is called again for what remains
        else:
            remaining = 0
        if not remaining or alerts._has_waited(fields.Datetime.now()):
            while told := redo(alerts._tell_batch):
                cron._commit_progress(told, remaining=remaining)

    @api.model
    def _sweep_batch(self, now):
        """Fire what is due on up to BATCH timers; return how many were taken."""
        due = self.search(
            [("next_step_at", "<=", now)], limit=BATCH, order="next_step_at, id"
        )
        timers = due.try_lock_for_update()
        if not timers:
            return 0
        try:
            with self.env.cr.savepoint():
                timers._fire_due_steps(now)
        except CONCURRENT:
            raise
        except Exception:
            _logger.exception("A batch of SLA steps failed; one by one now")
            self.env.invalidate_all()
            for timer in timers:
                timer._fire_alone(now)
        return len(timers)

    def _fire_alone(self, now):
        """Fire one timer's steps; keep what fails from being tried for ever."""
        try:
            with self.env.cr.savepoint():
                self._fire_due_steps(now)
        except CONCURRENT:
            raise
        except Exception:
            _logger.exception("The steps of SLA timer %s failed", self.id)
            self.env.invalidate_all()
            self._give_up(now)

    def _give_up(self, now):
        """Record that the steps failed; whatever happens, the sweep goes on."""
        try:
            with self.env.cr.savepoint():
                self._record_alerts(now, failed=True)
        except CONCURRENT:
            raise
        except Exception:
            _logger.exception("SLA timer %s is left out of the sweep", self.id)
            self.env.invalidate_all()
            self.next_step_at = False

    def _fire_due_steps(self, now):
        """Do the actions of the steps due on these timers, each once and merged."""
        alerts = self._record_alerts(now)
        mails = defaultdict(list)
        for ticket, own in alerts.grouped("ticket_id").items():
            if ticket.stage_id.closed and "follow_up" not in own.timer_id.mapped(
                "metric"
            ):
                own.result = self.env._("Closed: nobody was told")
                continue
            ticket._fire_alerts(own, mails)
        alerts._await_mails(mails)
        if "level" in alerts.step_id.mapped("action"):  # customers may be told at once
            alerts._wake_mail_queue()

    def _record_alerts(self, now, failed=False):
        """Write one alert per due step and the timers' next step."""
        at = clock.to_instant(now)
        fired = defaultdict(set)
        for alert in self.env["helpdesk.sla.alert"].search(
            [("timer_id", "in", self.ids)]
        ):
            fired[alert.timer_id].add(alert.step_id.id)
        rows, next_steps = [], defaultdict(self.browse)
        rulebook = Rulebook(self.env)
        for timer in self:
            plain = rulebook.get_steps(
                timer.policy_id.id,
                timer.metric,
                timer.severity or None,
                timer.calendar_id.id,
            )
            due = steps.get_due(plain, timer._get_step_timer(), fired[timer])
            rows += [
                {
                    "timer_id": timer.id,
                    "step_id": step_id,
                    "ticket_id": timer.ticket_id.id,
                    "company_id": timer.company_id.id,
                    "due_at": clock.to_datetime(moment),
                    "fired_at": now,
                    "failed": failed,
                }
                for moment, step_id in due
                if moment <= at
            ]
            following = [moment for moment, _step_id in due if moment > at]
            moment = clock.to_datetime(following[0]) if following else False
            next_steps[moment] |= timer
        for moment, timers in next_steps.items():
            timers.write({"next_step_at": moment})
        return self.env["helpdesk.sla.alert"].create(rows)
