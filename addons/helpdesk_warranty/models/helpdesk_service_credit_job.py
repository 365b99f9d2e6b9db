from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_timer import OPEN_STATES

from .. import credits

#: Ended periods that are looked at: what was recorded late still finds its credit.
WINDOWS = 2


class HelpdeskServiceCredit(models.Model):
    """The job that proposes credits when a period is over in the contract's zone."""

    _inherit = "helpdesk.service.credit"

    @api.model
    def _cron_propose(self):
        """Propose the credits of the periods that ended; again changes nothing."""
        rules = self.env["helpdesk.service.credit.rule"].with_context(active_test=False)
        rules = rules.search([("policy_id.plan_ids", "!=", False)])
        contracts = self.env["helpdesk.support.contract"]
        zones = contracts._read_group([("is_signed", "=", True)], ["tz"])
        work = [
            (group, period, tz, window)
            for period, group in rules.grouped("period").items()
            for (tz,) in zones
            for window in self._get_ended_windows(period, tz)
        ]
        for done, (group, period, tz, window) in enumerate(work, 1):
            more = len(work) - done
            if not self._propose_window(group, period, tz, *window, more=more):
                return
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _get_ended_windows(self, period, tz):
        now = clock.local(clock.to_instant(fields.Datetime.now()), tz)
        today = fields.Date.to_date(now[:10])
        return credits.get_ended_windows(period, today, WINDOWS)

    @api.model
    def _propose_window(self, rules, period, tz, start, stop, more=0):
        """Make or complete the proposals of a window for the contracts of a zone.

        Returns False when time is up.
        """
        bounds = [
            clock.to_datetime(clock.instant(day.isoformat(), tz))
            for day in (start, stop)
        ]
        domain = self._get_missed_domain(rules, *bounds)
        missed = self.env["helpdesk.sla.timer"].search(
            domain & Domain("ticket_id.contract_id.tz", "=", tz)
        )

        def act(contract):
            own = missed.filtered(lambda timer: timer.ticket_id.contract_id == contract)
            lines = self._prepare_lines(own, rules)
            if lines:
                self._propose(contract, period, start, stop, bounds, lines)

        return self.env["helpdesk.job.failure"]._work(
            "helpdesk_warranty.ir_cron_propose_credits",
            self._get_fresh(missed).ticket_id.contract_id,
            act,
            more=more,
        )

    @api.model
    def _get_fresh(self, missed):
        """Return those of the missed promises that no proposal has."""
        own_lines = self.env["helpdesk.service.credit.line"]
        known = own_lines.search([("ticket_id", "in", missed.ticket_id.ids)])
        keys = {own_lines._get_key(line) for line in known}
        return missed.filtered(lambda timer: own_lines._get_key(timer) not in keys)

    @api.model
    def _prepare_lines(self, missed, rules):
        """Return the values of the lines for what no proposal has; writes nothing."""
        return [
            self._prepare_line(timer, rule)
            for timer in self._get_fresh(missed)
            if (rule := rules._find_for(timer))
        ]

    @api.model
    def _get_missed_domain(self, rules, start, stop):
        """Return the missed promises of these rules' policies in a window, in UTC."""
        late = Domain("state", "in", OPEN_STATES) & Domain(
            "breach_at", "<", fields.Datetime.now()
        )
        in_window = Domain("breach_at", ">=", start) & Domain("breach_at", "<", stop)
        stopped = Domain("breach_at", "=", False)
        stopped &= Domain("stopped_at", ">=", start) & Domain("stopped_at", "<", stop)
        return (
            Domain("policy_id", "in", rules.policy_id.ids)
            & (Domain("state", "=", "missed") | late)
            & (Domain("target_seconds", ">", 0) | Domain("target_days", ">", 0))
            & (in_window | stopped)
            & Domain("metric", "!=", "acceptance")  # the customer's own term
            & Domain("ticket_id.contract_id", "!=", False)
        )

    @api.model
    def _prepare_line(self, timer, rule):
        """Return the values of a line for a missed promise; writes nothing."""
        return {
            "rule_id": rule.id,
            "timer_id": timer.id,
            "ticket_id": timer.ticket_id.id,
            "deliverable_id": timer.deliverable_id.id,
            "metric": timer.metric,
            "cycle": timer.cycle,
            "severity": timer.severity,
            "breach_at": timer.breach_at or timer.stopped_at,
        }

    @api.model
    def _propose(self, contract, period, start, stop, bounds, lines):
        """Add misses to the proposal of a contract's period; make it when needed."""
        key = [
            ("contract_id", "=", contract.id),
            ("period", "=", period),
            ("date_from", "=", start),
            ("state", "=", "proposed"),
        ]
        credit = self.search(key, limit=1)
        if not credit:
            credit = self.create(
                {
                    "contract_id": contract.id,
                    "period": period,
                    "date_from": start,
                    "date_to": fields.Date.subtract(stop, days=1),
                }
            )
            credit._ask_for_review()
        self.env["helpdesk.service.credit.line"].create(
            [{**line, "credit_id": credit.id} for line in lines]
        )
        credit.target_count = credit._count_targets(contract, *bounds)
        credit._refresh()

    @api.model
    def _count_targets(self, contract, start, stop):
        """Count the promises of a contract that were decided between two moments."""
        rules = self.line_ids.rule_id
        timers = self.env["helpdesk.sla.timer"]
        own = Domain("ticket_id.contract_id", "=", contract.id)
        promised = Domain("target_seconds", ">", 0) | Domain("target_days", ">", 0)
        met = Domain("state", "=", "met") & Domain("stopped_at", ">=", start)
        met &= Domain("stopped_at", "<", stop) & promised
        met &= Domain("policy_id", "in", rules.policy_id.ids)
        missed = self._get_missed_domain(rules, start, stop)
        return timers.search_count(own & (met | missed))

    def _ask_for_review(self):
        """Give the contract's person the proposal to decide."""
        user = self.contract_id.user_id
        if user:
            lang = self.with_context(lang=user.lang)
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=lang.env._("Missed targets: decide on the service credit"),
            )
