import hashlib
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
        """Fire every step that is due; its cost follows what is due (design: Sweep)."""
        cron = self.env["ir.cron"]
        redo = Redo(self.env)
        while count := redo(lambda: self._sweep_batch(fields.Datetime.now())):
            remaining = self.search_count([("next_step_at", "<=", "now")], limit=BATCH)
            if not cron._commit_progress(count, remaining=remaining):
                break

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
        self._send_alert_mails(mails)

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

    @api.model
    def _send_alert_mails(self, mails):
        """Queue one mail per person: an alert, or a digest when there are many."""
        values_list = []
        for partner, alerts in mails.items():
            alerts = self.env["helpdesk.sla.alert"].concat(*alerts)
            record = self.with_context(lang=partner.lang or self.env.lang)
            values_list.append(record._prepare_alert_mail(partner, alerts))
        self.env["mail.mail"].sudo().create(values_list)

    def _prepare_alert_mail(self, partner, alerts):
        """Return the values of the mail that tells a person of alerts."""
        alerts = alerts.with_context(lang=self.env.lang)
        tickets = alerts.ticket_id
        is_customer = not partner.sudo().user_ids.filtered(lambda u: not u.share)
        if len(tickets) == 1:
            subject = f"{tickets.number} {tickets.name}: " + (
                self.env._("we are working on it")
                if is_customer
                else ", ".join(step._get_headline() for step in alerts.step_id)
            )
        else:
            subject = self.env._("%s tickets need your attention", len(tickets))
        body = self.env["ir.qweb"]._render(
            "helpdesk_sla_policy.alert_mail",
            {
                "partner": partner,
                "alerts": alerts.sorted("due_at"),
                "is_customer": is_customer,
                "tz": partner.tz or tickets[:1]._get_customer_tz(),
            },
        )
        fired = sorted((alert.timer_id.id, alert.step_id.id) for alert in alerts)
        digest = hashlib.sha256(f"{partner.id}:{fired}".encode()).hexdigest()[:32]
        database = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        company = tickets.company_id[:1]
        return {
            "subject": subject,
            "body_html": body,
            "email_from": company.email_formatted or self.env.user.email_formatted,
            "recipient_ids": [(4, partner.id)],
            "auto_delete": False,
            "message_id": f"<sla-alert-{digest}@{database}>",
            # A customer's answer finds its ticket; agents' mails stay off the chatter.
            "model": is_customer and len(tickets) == 1 and tickets._name,
            "res_id": is_customer and len(tickets) == 1 and tickets.id,
            "message_type": "email_outgoing",
            "headers": repr({"Auto-Submitted": "auto-generated"}),
        }
