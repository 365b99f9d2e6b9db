from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import date_utils, formatLang

from .. import clock, replay


class HelpdeskSlaMonthly(models.TransientModel):
    """The promises kept in a month, on paper, one sheet for each customer."""

    _name = "helpdesk.sla.monthly"
    _description = "Monthly SLA Report"

    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help="Any day of the month that the report is about.",
    )
    month_name = fields.Char(compute="_compute_month_name")
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        domain="[('parent_id', '=', False)]",
        help="Empty: every customer with a promise in that month.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    @api.model
    def _default_month(self):
        today = fields.Date.context_today(self)
        return date_utils.start_of(date_utils.subtract(today, months=1), "month")

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_name(self):
        for wizard in self:
            wizard.month_name = wizard.month and wizard._get_month_name()

    @api.depends("month")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._(
                "SLA report %s", wizard.month.strftime("%Y-%m") if wizard.month else ""
            )

    def action_print(self):
        """Print a sheet for each customer, in the customer's language."""
        self.ensure_one()
        if not self._get_customers():
            raise UserError(
                self.env._(
                    "No customer had a promise in this month: choose another month."
                )
            )
        report = self.env.ref("helpdesk_sla_policy.action_report_sla_monthly")
        return report.report_action(self)

    # Content

    def _get_period(self):
        """Return the first and the last day of the month."""
        return (
            date_utils.start_of(self.month, "month"),
            date_utils.end_of(self.month, "month"),
        )

    def _get_customers(self):
        """Return the customers that get a sheet, those chosen or all with promises."""
        self.ensure_one()
        if self.partner_ids:
            return self.partner_ids.commercial_partner_id
        domain = self._get_domain() & Domain("partner_id", "!=", False)
        rows = self.env["helpdesk.sla.attainment"]._read_group(domain, ["partner_id"])
        partners = self.env["res.partner"].union(*(partner for (partner,) in rows))
        return partners.sorted("name")

    def _get_domain(self):
        """Return what was decided in the month, and what is open since then."""
        first, last = self._get_period()
        decided = Domain("state", "!=", "open") & Domain("date", ">=", first)
        later = last + timedelta(days=2)  # in whatever zone the month is meant
        is_open = Domain("state", "=", "open") & Domain("started_at", "<", later)
        return Domain("company_id", "=", self.company_id.id) & (
            decided & Domain("date", "<=", last) | is_open
        )

    def _get_sheets(self, partner):
        """Return what the sheet of a customer shows, one dict for each policy."""
        rows = (
            self.env["helpdesk.sla.attainment"]
            .search(
                self._get_domain() & Domain("partner_id", "=", partner.id),
                order="date, id",
            )
            .filtered(self._belongs_to_month)
        )
        return [
            {
                "policy": policy,
                "tz": policy.calendar_id.tz or "UTC",
                "lines": self._get_lines(policy, own),
                "missed": own.filtered(lambda row: row.state == "missed"),
                "open": own.filtered(lambda row: row.state == "open"),
            }
            for policy, own in rows.grouped("policy_id").items()
        ]

    def _belongs_to_month(self, row):
        """Tell whether a row was decided in the month, or open in it already."""
        _first, last = self._get_period()
        tz = row.policy_id.calendar_id.tz or "UTC"
        end = clock.instant((last + timedelta(days=1)).isoformat(), tz)
        return row.state != "open" or clock.to_instant(row.started_at) < end

    def _get_lines(self, policy, rows):
        """Return a line per metric, in all and by severity, with its objective."""
        labels = dict(rows._fields["metric"]._description_selection(self.env))
        by_metric = rows.grouped("metric")
        objectives = {
            objective.metric: objective.percent for objective in policy.objective_ids
        }
        lines = []
        for metric, label in labels.items():
            own = by_metric.get(metric)
            if not own:
                continue
            total = self._get_line(label, own, objectives.get(metric))
            lines.append(total | {"is_total": True})
            for severity in sorted(set(own.mapped("severity")), reverse=True):
                part = own.filtered(lambda row, s=severity: row.severity == s)
                name = policy._get_severity_name(severity)
                lines.append(self._get_line(name, part, None) | {"stars": severity})
        return lines

    def _get_line(self, name, rows, objective):
        counts = Counter(rows.mapped("state"))
        decided = counts["met"] + counts["missed"]
        rate = replay.get_rate(counts)
        return {
            "name": name,
            "met": counts["met"],
            "missed": counts["missed"],
            "open": counts["open"],
            "is_decided": bool(decided),
            "rate": self._format_percent(float(rate)) if decided else "",
            "objective": self._format_percent(objective) if objective else "",
            "is_reached": bool(objective)
            and counts["met"] * 100 >= objective * decided,
            "is_total": False,
            "stars": False,
        }

    @api.model
    def _format_percent(self, value):
        return f"{formatLang(self.env, value, digits=1)} %"

    def _get_month_name(self):
        """Return the month in words, as the language writes it."""
        field = self.env["ir.qweb.field.date"]
        return field.value_to_html(self.month, {"format": "MMMM yyyy"})
