from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools.misc import formatLang

from .. import credits
from .helpdesk_service_credit_rule import PERIODS

#: What the job and the decision record; nobody writes it by hand.
RECORDED = {
    "amount",
    "contract_id",
    "date_from",
    "date_to",
    "decided_at",
    "decided_by_id",
    "line_ids",
    "percent",
    "period",
    "state",
    "target_count",
}

#: What the customer sees: what was granted, never what is still to be decided.
SHOWN = ("approved", "invoiced")


class HelpdeskServiceCredit(models.Model):
    """What a contract gets back for the missed targets of a period (R-C7)."""

    _name = "helpdesk.service.credit"
    _description = "Service Credit"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "date_from desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id",
        string="Customer",
        store=True,
        index=True,
        precompute=True,
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    period = fields.Selection(PERIODS, required=True, readonly=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(
        string="To",
        required=True,
        readonly=True,
        help="The last day of the period, in the contract's zone.",
    )
    line_ids = fields.One2many(
        "helpdesk.service.credit.line", "credit_id", string="Missed Targets"
    )
    target_count = fields.Integer(
        string="Targets",
        readonly=True,
        help="Promises that were decided in the period, met and missed.",
    )
    missed_count = fields.Integer(
        string="Missed", compute="_compute_missed_count", store=True
    )
    percent = fields.Float(
        string="% of the Fee",
        readonly=True,
        tracking=True,
        aggregator=None,
        help="Of the fee of the period, within the policy's limit.",
    )
    amount = fields.Monetary(
        string="Fixed Amount",
        readonly=True,
        tracking=True,
        help="Besides the percentage, within the limit.",
    )
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("invoiced", "Invoiced"),
        ],
        default="proposed",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    refusal_reason = fields.Char(
        string="Why Refused", copy=False, tracking=True, help="Needed to refuse it."
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_at = fields.Datetime(string="Decided", readonly=True, copy=False)

    @api.depends("line_ids")
    def _compute_missed_count(self):
        for credit in self:
            credit.missed_count = len(credit.line_ids)

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for credit in self:
            credit.display_name = f"{credit.name} {credit.partner_id.name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"]
                vals["name"] = sequence.next_by_code("helpdesk.service.credit") or "/"
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and RECORDED & vals.keys():
            raise AccessError(
                self.env._(
                    "A service credit follows from the missed targets: approve it or "
                    "refuse it instead of changing it."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(
            self.env._("A service credit stays on record: refuse it with a reason.")
        )

    # Decisions

    def action_approve(self):
        """Grant the credit; the customer is told and the next invoice carries it."""
        for credit in self:
            credit._check_decision("proposed")
            credit._refresh()
            if not (credit.percent or credit.amount):
                raise UserError(
                    self.env._("Nothing is left to credit: refuse it with a reason.")
                )
            credit._decide("approved")
            credit._tell_customer()

    def action_refuse(self):
        """Give nothing back; the reason must be written first."""
        for credit in self:
            credit._check_decision("proposed")
            if not (credit.refusal_reason or "").strip():
                raise UserError(self.env._("Write why this credit is refused."))
            credit._decide("refused")

    def action_reopen(self):
        """Take the decision back, unless it is on an invoice."""
        for credit in self:
            credit._check_decision("approved", "refused")
            credit.sudo().write(
                {"state": "proposed", "decided_at": False, "decided_by_id": False}
            )
            credit._refresh()

    def action_refresh(self):
        """Compute a proposal again from the timers as they are now."""
        for credit in self:
            credit._check_decision("proposed")
            credit._refresh()

    def action_view_contract(self):
        """Open the contract."""
        return self.contract_id._get_records_action()

    def _check_decision(self, *states):
        """Lock; raise unless a manager decides and the state is one of these."""
        self.check_access("write")
        self.lock_for_update()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(credit)s is: %(state)s. Open it again to see what was decided.",
                    credit=self.name,
                    state=labels[self.state],
                )
            )

    def _decide(self, state):
        self.sudo().write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        self.sudo().activity_ids.action_done()

    def _tell_customer(self):
        """Write to the contacts who see money, by mail (R-C7: visible)."""
        people = self.contract_id._get_role_partners("billing")
        people = people or self.contract_id.sudo().owner_id.filtered("active")
        if people:
            self.message_post_with_source(
                self.env.ref("helpdesk_warranty.mail_template_service_credit"),
                partner_ids=people.ids,
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_light",
            )

    def _format_figures(self):
        """Return what is credited in words: the percentage and the amount."""
        words = []
        if self.percent:
            words.append(self.env._("%s %% of the fee", f"{self.percent:g}"))
        if self.amount:
            words.append(
                formatLang(self.env, self.amount, currency_obj=self.currency_id)
            )
        return " + ".join(words) or "0"

    # Figures

    def _refresh(self):
        """Drop what is no longer a miss, and compute the figures within the caps."""
        credit = self.sudo()
        credit.line_ids.filtered(lambda line: not line._is_missed()).unlink()
        for line in credit.line_ids:
            line.update({"percent": 0, "amount": 0})
        in_order = credit.line_ids.sorted(lambda line: (line.breach_at, line.id))
        for rule, lines in in_order.grouped("rule_id").items():
            percent, amount = credits.get_credit(
                rule._get_plain(), len(lines), *credit._get_given(rule)
            )
            for line in lines:  # the first misses take what the cap leaves
                line.percent = min(rule.percent, percent)
                line.amount = min(rule.amount, amount)
                percent -= line.percent
                amount -= line.amount
        credit.write(
            {
                "percent": sum(credit.line_ids.mapped("percent")),
                "amount": sum(credit.line_ids.mapped("amount")),
            }
        )

    def _get_given(self, rule):
        """Return (percent, amount) that other credits of the period gave by a rule."""
        lines = self.env["helpdesk.service.credit.line"].search(
            [
                ("rule_id", "=", rule.id),
                ("credit_id", "!=", self.id),
                ("credit_id.contract_id", "=", self.contract_id.id),
                ("credit_id.date_from", "=", self.date_from),
                ("credit_id.state", "!=", "refused"),
            ]
        )
        return sum(lines.mapped("percent")), sum(lines.mapped("amount"))
