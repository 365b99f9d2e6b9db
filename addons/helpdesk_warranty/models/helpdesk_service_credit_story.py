from odoo import api, fields, models
from odoo.tools.misc import formatLang


class HelpdeskServiceCredit(models.Model):
    """A credit in words: what was missed, the arithmetic, the limit (R-C7)."""

    _inherit = "helpdesk.service.credit"

    explanation = fields.Text(
        compute="_compute_explanation",
        help="How the figures come about, as the customer reads it.",
    )

    @api.depends("line_ids.percent", "line_ids.amount", "line_ids.rule_id")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for credit in self:
            lines = [
                f"{row['promise']}: {row['sum']}" for row in credit._get_arithmetic()
            ]
            credit.explanation = "\n".join(lines)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for credit in self:
            credit.access_url = f"/my/service-credit/{credit.id}"
        return result

    def _get_arithmetic(self):
        """Return for each rule the promise and its sum in words, the limit applied."""
        self.ensure_one()
        rows = []
        for rule, lines in self.sudo().line_ids.grouped("rule_id").items():
            given = sum(lines.mapped("percent")), sum(lines.mapped("amount"))
            rows.append(
                {
                    "promise": rule._describe_promise(),
                    "misses": len(lines),
                    "sum": self._describe_sum(rule, len(lines), *given),
                    "given": self._format_worth(*given),
                }
            )
        return rows

    def _describe_sum(self, rule, misses, percent, amount):
        """Return misses × worth = sum, and what the rule's limit leaves of it."""
        words = [
            self.env._(
                "%(misses)s missed × %(worth)s = %(sum)s",
                misses=misses,
                worth=self._format_worth(rule.percent, rule.amount),
                sum=self._format_worth(rule.percent * misses, rule.amount * misses),
            )
        ]
        if rule.cap_percent or rule.cap_amount:
            words.append(
                self.env._(
                    "at most %(cap)s a %(period)s",
                    cap=self._format_worth(rule.cap_percent, rule.cap_amount),
                    period=self._get_period_name(rule),
                )
            )
            earlier = self._get_given(rule)
            if any(earlier):
                words.append(
                    self.env._("%s of it credited before", self._format_worth(*earlier))
                )
        return "; ".join(words) + f" → {self._format_worth(percent, amount)}"

    def _get_period_name(self, rule):
        names = dict(rule._fields["period"]._description_selection(self.env))
        return names[rule.period].lower()

    def _format_worth(self, percent, amount):
        """Return a percentage of the fee and an amount of money as they are read."""
        words = []
        if percent:
            words.append(f"{percent:g} %")
        if amount:
            words.append(formatLang(self.env, amount, currency_obj=self.currency_id))
        return " + ".join(words) or "0"


class HelpdeskServiceCreditLine(models.Model):
    """A missed target in words."""

    _inherit = "helpdesk.service.credit.line"

    def _tell_breach(self):
        """Return the last moment that was in time, in the contract's zone."""
        tz = self.credit_id.contract_id.tz
        options = {"tz_name": tz, "hide_seconds": True}
        return self.env["ir.qweb.field.datetime"].value_to_html(self.breach_at, options)
