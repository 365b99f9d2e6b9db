import re

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

COVERAGES = [
    ("pending", "Pending"),
    ("covered", "Covered"),
    ("warranty", "Under warranty"),
    ("billable", "Not covered"),
    ("void", "Void"),
]


class HelpdeskCoverageReason(models.Model):
    _name = "helpdesk.coverage.reason"
    _description = "Coverage Reason"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(required=True, help="Stable name used by the coverage rules.")
    name = fields.Char(required=True, translate=True)
    clause = fields.Char(
        translate=True, help="The clause of the policy that the reason quotes."
    )
    sentence = fields.Char(
        translate=True,
        help="What the ticket says, with what the rule found in braces, as {date}. "
        "Empty: the clause.",
    )
    coverage = fields.Selection(COVERAGES, required=True, default="billable")
    is_cause = fields.Boolean(
        string="Chosen by the Agent",
        help="A cause that the agent picks on the ticket, as user error.",
    )
    breaks_warranty = fields.Boolean(
        default=True,
        help="A fault with this cause is none of the warranty, unless the policy says "
        "otherwise.",
    )

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another reason has this code already."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_rule(self):
        if any(not reason.is_cause for reason in self):
            raise UserError(
                self.env._(
                    "The coverage rules use this reason: change its name or its clause "
                    "instead of deleting it."
                )
            )

    @api.model
    def _get(self, code):
        """Return the reason with a code; archived ones count too."""
        return self.sudo().browse(self._get_decision(code)[0])

    @api.model
    @tools.ormcache("code")
    def _get_decision(self, code):
        """Return (id, coverage) of the reason with a code."""
        reasons = self.sudo().with_context(active_test=False)
        reason = reasons.search([("code", "=", code)], limit=1)
        return reason.id, reason.coverage

    @api.model_create_multi
    def create(self, vals_list):
        reasons = super().create(vals_list)
        self.env.registry.clear_cache()
        return reasons

    def write(self, vals):
        result = super().write(vals)
        if {"code", "coverage", "breaks_warranty"} & vals.keys():
            self._judge_again()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _judge_again(self, policies=None):
        """Judge the open tickets of these causes again: the configuration changed."""
        self.env.registry.clear_cache()
        domain = Domain("cause_id", "in", self.ids)
        if policies is not None:
            domain &= Domain("sla_policy_id", "in", policies.ids) | Domain(
                "deliverable_id.ticket_id.sla_policy_id", "in", policies.ids
            )
        self.env["helpdesk.coverage.refresh"]._request(domain)

    def _describe(self, details):
        """Return in the reader's language what a rule decided and why.

        ``details`` is what the rule found: values for the braces of the sentence.
        Dates are texts as in ``fields.Date``, records are pairs of model and id;
        ``text`` is said as it stands, ``clause`` is the id of a policy's own.
        """
        reason, details = self.sudo(), details or {}
        if details.get("text"):
            return details["text"]
        own = self.env["helpdesk.coverage.clause"].sudo().browse(details.get("clause"))
        clause = own.exists().clause or reason.clause or reason.name or ""
        words = {name: self._describe_value(v) for name, v in details.items()}
        if "state" in details:
            words["state"] = self._describe_state(details["state"], words["date"])
        if reason.is_cause and details.get("deliverable"):
            return self.env._(
                "%(clause)s; the warranty on %(deliverable)s does not reach it",
                clause=clause.rstrip("."),
                deliverable=words["deliverable"],
            )
        sentence = reason.sentence or ""
        if not set(re.findall(r"{(\w+)}", sentence)) <= words.keys():
            return clause
        return re.sub(r"{(\w+)}", lambda name: words[name[1]], sentence) or clause

    @api.model
    def _describe_state(self, state, date):
        """Return in words why a contract is not in force."""
        return {
            "ended": self.env._("ended on %s", date),
            "suspended": self.env._("suspended since %s", date),
            "starts": self.env._("starts on %s", date),
        }.get(state) or self.env._("not signed yet")

    @api.model
    def _describe_value(self, value):
        if isinstance(value, list):
            model, record_id = value
            return self.env[model].sudo().browse(record_id).exists().display_name or ""
        text = str(value)
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return format_date(self.env, text, date_format="long")
        return text
