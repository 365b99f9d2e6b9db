import base64
import binascii
import os
import tempfile
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import date_utils, formatLang

from .. import backtest, clock, metrics, replay
from ..models.helpdesk_sla_target import METRICS
from ..rulebook import Rulebook

BATCH = 1000
#: What the log of another system can tell: it names stages, no replies.
LOG_METRICS = ("response", "solution", "escalation")


class LogRulebook(Rulebook):
    """Promises for a log, which knows stages and no replies."""

    def get_policy(self, policy_id):
        names, _response_by, reopening = super().get_policy(policy_id)
        return [name for name in names if name in LOG_METRICS], "stage", reopening


class HelpdeskSlaBacktest(models.TransientModel):
    """What a policy would have done to the tickets of a period; nothing is written.

    The ledgers are folded in memory once as they are and once as if the other
    policy had been in force, with its targets, hours, response and reopening.
    """

    _name = "helpdesk.sla.backtest"
    _description = "Back-Test of a Policy"

    policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="Policy to Try",
        required=True,
        ondelete="cascade",
        context={"active_test": False},
        help="Any policy, archived ones and copies that no team uses among them.",
    )
    source = fields.Selection(
        [("tickets", "Our tickets"), ("log", "A log of another system")],
        required=True,
        default="tickets",
    )
    date_from = fields.Date(
        string="Received from", default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="Received until", default=lambda self: self._default_date_to()
    )
    team_id = fields.Many2one("helpdesk.ticket.team", help="Empty: all teams.")
    keep_hours = fields.Boolean(
        string="Contracts Keep Their Hours",
        default=True,
        help="Tickets whose contract or plan has attention hours of its own go on "
        "counting on those. Without it all count on the hours of the policy to try.",
    )
    log_file = fields.Binary(string="Log (CSV)", attachment=False)
    log_name = fields.Char()
    mapping_file = fields.Binary(string="Mapping (JSON)", attachment=False)
    mapping_name = fields.Char()
    line_ids = fields.One2many(
        "helpdesk.sla.backtest.line", "backtest_id", string="Results", readonly=True
    )
    ticket_count = fields.Integer(string="Tickets Looked At", readonly=True)
    summary = fields.Char(string="With This Policy", readonly=True)
    base_summary = fields.Char(string="As in Force", readonly=True)
    run_at = fields.Datetime(readonly=True)

    @api.model
    def _default_date_from(self):
        today = fields.Date.context_today(self)
        return date_utils.start_of(date_utils.subtract(today, months=1), "month")

    @api.model
    def _default_date_to(self):
        today = fields.Date.context_today(self)
        return date_utils.start_of(today, "month") - timedelta(days=1)

    @api.depends("policy_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = (
                self.env._("Back-test: %s", wizard.policy_id.name)
                if wizard.policy_id
                else self.env._("Back-test")
            )

    # Actions

    def action_run(self):
        """Compute the results and show them."""
        self.ensure_one()
        run = self._run_log if self.source == "log" else self._run_tickets
        count, tally, base = run()
        self.line_ids.unlink()
        self.write(
            {
                "line_ids": self._prepare_lines(tally, base),
                "ticket_count": count,
                "summary": self._summarize(tally),
                "base_summary": self._summarize(base),
                "run_at": fields.Datetime.now(),
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "name": self.display_name,
        }

    def action_print(self):
        """Print the results."""
        self.ensure_one()
        report = self.env.ref("helpdesk_sla_policy.action_report_backtest")
        return report.report_action(self)

    # Our tickets

    def _run_tickets(self):
        """Return (tickets, tally of the policy, tally of the policies in force)."""
        tickets = self.env["helpdesk.ticket"].with_context(active_test=False)
        found = tickets.search(self._get_ticket_domain(), order="id")
        now = clock.to_instant(fields.Datetime.now())
        tally, base, count = backtest.Tally(), backtest.Tally(), 0
        rulebook, own_hours = Rulebook(self.env), {}
        timers = self.env["helpdesk.sla.timer"].sudo()
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            company_ids = {ticket.id: ticket.company_id.id for ticket in batch}
            for ticket_id, moments in timers._read_moments(batch.ids).items():
                moments = self._get_counting(moments)
                if not moments:
                    continue
                count += 1
                tried = [self._try_policy(moment, own_hours) for moment in moments]
                for case, counts in ((tried, tally), (moments, base)):
                    self._fold(
                        counts, ticket_id, company_ids[ticket_id], case, now, rulebook
                    )
        return count, tally, base

    def _get_ticket_domain(self):
        """Return the domain of the tickets whose past is told by their ledger."""
        if not self.date_from or not self.date_to or self.date_from > self.date_to:
            raise UserError(
                self.env._("Say from when until when the tickets were received.")
            )
        tz = self.policy_id.calendar_id.tz or "UTC"
        low = clock.instant(self.date_from.isoformat(), tz)
        high = clock.instant((self.date_to + timedelta(days=1)).isoformat(), tz)
        domain = (
            Domain("sla_adopted", "=", True)
            & Domain("received_at", ">=", clock.to_datetime(low))
            & Domain("received_at", "<", clock.to_datetime(high))
        )
        if self.team_id:
            domain &= Domain("team_id", "=", self.team_id.id)
        return domain

    @api.model
    def _get_counting(self, moments):
        """Return the moments that count: those under a policy, else all of them."""
        timed = [moment for moment in moments if moment.key[0]]
        if timed and not moments[-1].key[0]:
            return []  # it went to a team without policy: void
        return timed or moments

    def _try_policy(self, moment, own_hours):
        """Return a moment as if the policy to try had been in force."""
        policy_id, *case, calendar_id = moment.key
        hours = self.policy_id.calendar_id.id
        if self.keep_hours and policy_id:
            if policy_id not in own_hours:
                policy = self.env["helpdesk.sla.policy"].sudo().browse(policy_id)
                own_hours[policy_id] = policy.calendar_id.id
            if calendar_id != own_hours[policy_id]:
                hours = calendar_id
        return moment._replace(key=(self.policy_id.id, *case, hours))

    def _fold(self, tally, case_id, company_id, moments, now, rulebook):
        """Fold one case in memory and count what became of its promises."""
        timers = self.env["helpdesk.sla.timer"].sudo()
        for values in timers._fold_ticket(case_id, company_id, moments, rulebook):
            timer = values["clock"]
            steps = rulebook.get_steps(
                values["policy_id"],
                values["metric"],
                values["severity"],
                values["calendar_id"],
            )
            tally.add(
                values["metric"],
                values["severity"] or "",
                backtest.judge(timer, now) if timer.is_promised else "void",
                backtest.get_fired(steps, timer, now),
            )

    # A log

    def _run_log(self):
        """Return (cases, tally of the policy, tally of the mapping's promises)."""
        mapping, cases, outcomes = self._read_log()
        tally, base = backtest.Tally(), backtest.Tally()
        for outcome in outcomes:
            has_begun = outcome.timer.started_at is not None
            if has_begun and outcome.metric in LOG_METRICS:
                base.add(outcome.metric, outcome.severity, outcome.verdict)
        policy, rulebook = self.policy_id, LogRulebook(self.env)
        company = policy.company_id or self.env.company
        for number, rows in enumerate(cases.values()):
            severity = rows[-1].severity
            key = (policy.id, severity, False, False, policy.calendar_id.id)
            moments = [
                metrics.Moment(
                    row.at,
                    mapping.effects[row.stage].get("response", clock.IDLE),
                    mapping.effects[row.stage].get("solution", clock.IDLE),
                    key=key,
                    label=row.stage,
                )
                for row in rows
            ]
            self._fold(tally, number, company.id, moments, rows[-1].at, rulebook)
        return len(cases), tally, base

    def _read_log(self):
        """Return the mapping, the cases of the uploads and what became of them.

        Raises UserError where they cannot be used.
        """
        if not self.log_file or not self.mapping_file:
            raise UserError(self.env._("Upload the log and its mapping first."))
        with tempfile.TemporaryDirectory() as folder:
            paths = {}
            for name in ("mapping", "log"):
                paths[name] = os.path.join(folder, name)
                try:
                    content = base64.b64decode(self[f"{name}_file"])
                except binascii.Error as error:
                    raise UserError(
                        self.env._("The file could not be uploaded.")
                    ) from error
                with open(paths[name], "wb") as file:
                    file.write(content)
            try:
                data = replay.read_json(paths["mapping"])
                mapping = replay.read_mapping(data, paths["mapping"])
                cases = replay.read_log(paths["log"], mapping)
                return mapping, cases, replay.replay(cases, mapping)
            except replay.InputError as error:
                message = str(error)
                for name, path in paths.items():
                    message = message.replace(path, self[f"{name}_name"] or name)
                raise UserError(message) from error

    # Results

    def _prepare_lines(self, tally, base):
        """Return commands for a line per metric, in all and by severity."""
        keys = tally.get_keys() | base.get_keys()
        severities = {}
        for metric, severity in keys:
            severities.setdefault(metric, set()).add(severity)
        lines = []
        order = [metric for metric, _label in METRICS]
        known = [metric for metric in order if metric in severities]
        for metric in known + sorted(severities.keys() - set(order)):
            for severity in [None, *sorted(severities[metric] - {""}, reverse=True)]:
                lines.append(
                    Command.create(
                        self._prepare_line(len(lines), metric, severity, tally, base)
                    )
                )
        return lines

    def _prepare_line(self, sequence, metric, severity, tally, base):
        counts = tally.get_verdicts(metric, severity)
        base_counts = base.get_verdicts(metric, severity)
        return {
            "sequence": sequence,
            "metric": metric,
            "severity": severity,
            "rate": self._format_rate(counts),
            "met": counts["met"],
            "missed": counts["missed"],
            "open": counts["open"],
            "base_rate": self._format_rate(base_counts),
            "base_met": base_counts["met"],
            "base_missed": base_counts["missed"],
            "base_open": base_counts["open"],
            **self._prepare_steps("", tally.get_fired(metric, severity)),
            **self._prepare_steps("base_", base.get_fired(metric, severity)),
        }

    @api.model
    def _prepare_steps(self, prefix, fired):
        """Return how many steps fired, and how many of them raise the level."""
        steps = self.env["helpdesk.sla.step"].sudo().browse(fired)
        levels = steps.filtered(lambda step: step.action == "level")
        return {
            f"{prefix}steps": sum(fired.values()),
            f"{prefix}escalations": sum(fired[step.id] for step in levels),
        }

    @api.model
    def _format_rate(self, counts):
        """Return the share in words, n/a where nothing is decided."""
        rate = replay.get_rate(counts)
        if rate == "n/a":
            return self.env._("n/a")
        return f"{formatLang(self.env, float(rate), digits=1)} %"

    def _summarize(self, tally):
        """Return the shares by metric and the escalations, in one line."""
        labels = dict(
            self.env["helpdesk.sla.target"]
            ._fields["metric"]
            ._description_selection(self.env)
        )
        parts = [
            f"{labels.get(metric, metric)}: {self._format_rate(counts)}"
            for metric in labels
            if (counts := tally.get_verdicts(metric))
        ]
        escalations = self._prepare_steps("", tally.get_fired())["escalations"]
        if escalations:
            parts.append(self.env._("Escalations: %s", escalations))
        return ", ".join(parts) or self.env._("Nothing was promised.")
