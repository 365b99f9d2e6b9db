from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date
from odoo.tools.misc import format_duration

from odoo.addons.helpdesk_sla_policy.recorded import blank

from .. import hours

#: Where the hours of a pack come from; only an invoice or a contract says it.
GIVEN = {"credit_line_id", "move_line_id", "origin"}
#: What a pack that was sold, or came with the plan, gives: adjustments change it.
SOLD = {"adjusts_id", "contract_id", "hours"}


class HelpdeskHoursPack(models.Model):
    """Hours bought, with a start and an expiry; a pack is its own grant."""

    _name = "helpdesk.hours.pack"
    _description = "Pack of Support Hours"
    _inherit = ["mail.thread"]
    _order = "date_to, date_from, id"

    name = fields.Char(string="Reason", required=True, tracking=True)
    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", store=True, index=True, precompute=True
    )
    origin = fields.Selection(
        [
            ("plan", "Plan"),
            ("extra", "Extra pack"),
            ("adjustment", "Adjustment"),
            ("manual", "By hand"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="manual",
    )
    adjusts_id = fields.Many2one(
        "helpdesk.hours.pack",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('contract_id', '=', contract_id), ('adjusts_id', '=', False)]",
        help="The pack that these hours are added to, or taken from when negative.",
    )
    adjustment_ids = fields.One2many("helpdesk.hours.pack", "adjusts_id")
    hours = fields.Float(required=True, tracking=True)
    date_from = fields.Date(
        string="Start",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
    )
    date_to = fields.Date(
        string="End",
        compute="_compute_date_to",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="The last day on which these hours can be used, in the customer's zone.",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
        help="The line that sold these hours. Empty: given without an invoice.",
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", related="move_line_id.move_id"
    )
    credit_line_id = fields.Many2one(
        "account.move.line",
        string="Line of the Credit Note",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="The line that took these hours back, or gave them again.",
    )
    is_usable = fields.Boolean(
        compute="_compute_is_usable",
        search="_search_is_usable",
        help="Hours wait until the invoice is posted, or paid, as the plan says.",
    )
    share_ids = fields.One2many("helpdesk.hours.share", "pack_id", string="Used")
    hours_used = fields.Float(compute="_compute_hours_left")
    hours_left = fields.Float(
        compute="_compute_hours_left", help="Adjustments are counted in."
    )

    _dates_check = models.Constraint(
        "CHECK (date_to >= date_from)", "A pack cannot expire before it starts."
    )
    _hours_check = models.Constraint(
        "CHECK (hours >= 0 OR adjusts_id IS NOT NULL)",
        "To take hours away, make an adjustment of the pack that they come from.",
    )
    _move_line_uniq = models.UniqueIndex(
        "(move_line_id) WHERE move_line_id IS NOT NULL",
        "This invoice line has given its hours already.",
    )
    _yearly_uniq = models.UniqueIndex(
        "(contract_id, date_from) WHERE origin = 'plan' AND move_line_id IS NULL",
        "The contract has its yearly hours from this date already.",
    )

    @api.depends("adjusts_id")
    def _compute_date_from(self):
        for pack in self:
            pack.date_from = (
                pack.adjusts_id.date_from
                or pack.date_from
                or fields.Date.context_today(pack)
            )

    @api.depends("date_from", "adjusts_id")
    def _compute_date_to(self):
        for pack in self:
            if pack.adjusts_id:
                pack.date_to = pack.adjusts_id.date_to
            elif pack.date_from:
                pack.date_to = pack.date_from + relativedelta(years=1)

    @api.depends("move_line_id.parent_state", "move_line_id.move_id.payment_state")
    def _compute_is_usable(self):
        for pack in self:
            pack.is_usable = pack._is_usable()

    def _is_usable(self):
        """Tell whether the invoice of these hours is posted, or paid (R-A6)."""
        move = self.sudo().move_line_id.move_id
        if not move:
            return True
        if move.state != "posted":
            return False
        if self.contract_id.plan_id.grant_on == "posted" or not move.amount_total:
            return True
        # What is left of a pack that was paid and credited is what was used of it.
        return move.payment_state in ("in_payment", "paid", "reversed")

    def _search_is_usable(self, operator, value):
        if operator != "in":
            return NotImplemented
        packs = self.sudo().search([("move_line_id", "!=", False)])
        waiting = packs.filtered(lambda pack: not pack.is_usable)
        return [("id", "not in", waiting.ids)]

    @api.depends("hours", "adjustment_ids.hours", "share_ids.minutes")
    def _compute_hours_left(self):
        used = dict(
            self.env["helpdesk.hours.share"]
            .sudo()
            ._read_group([("pack_id", "in", self.ids)], ["pack_id"], ["minutes:sum"])
        )
        for pack in self:
            minutes = used.get(pack._origin, 0)
            pack.hours_used = minutes / 60
            pack.hours_left = 0 if pack.adjusts_id else pack._get_hours() - minutes / 60
            if pack.roll_over == "capped" and not pack.adjusts_id:
                pack.hours_left = min(pack.hours_left, pack._get_rolled_over())

    def _get_rolled_over(self):
        """Return what the plan's cap leaves after the year; before its end: all."""
        if self.contract_id._get_today() <= self.date_to:
            return self._get_hours()
        shares = self.env["helpdesk.hours.share"].sudo()
        domain = [("pack_id", "=", self._origin.id), ("work_date", ">", self.date_to)]
        late = shares._read_group(domain, aggregates=["minutes:sum"])[0][0] or 0
        return max(0, self.roll_over_hours - late / 60)

    @api.constrains("adjusts_id", "contract_id")
    def _check_adjusts(self):
        for pack in self:
            adjusted = pack.adjusts_id
            if adjusted.adjusts_id or adjusted.contract_id - pack.contract_id:
                raise ValidationError(
                    self.env._(
                        "An adjustment changes a pack of the same contract that is no "
                        "adjustment itself."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_given(vals)
        vals_list = [blank(self, vals, GIVEN) for vals in vals_list]
        for vals in vals_list:
            if vals.get("adjusts_id"):
                vals["origin"] = "adjustment"
        packs = super().create(vals_list)
        packs.contract_id._reallocate_hours()
        packs._check_settled()
        return packs

    def write(self, vals):
        self._check_given(vals)
        self._check_not_sold(vals)
        result = super().write(vals)
        if {"hours", "date_from", "date_to", "contract_id", "adjusts_id"} & vals.keys():
            self._check_settled()
            self.contract_id._reallocate_hours()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        packs = self | self.adjusts_id
        if packs.sudo().share_ids.filtered("settled"):
            raise UserError(
                self.env._(
                    "Hours of this pack are settled: make an adjustment that takes the "
                    "rest away instead of deleting it."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_adjusted(self):
        for pack in self:
            others = pack.adjustment_ids - self
            if others:
                raise UserError(
                    self.env._(
                        "“%(pack)s” from %(date)s is adjusted by %(hours)s hours: "
                        "delete the adjustment first, or make another one that takes "
                        "the hours away.",
                        pack=pack.name,
                        date=format_date(self.env, pack.date_from),
                        hours=format_duration(sum(others.mapped("hours"))),
                    )
                )

    def unlink(self):
        contracts = self.contract_id
        self.sudo().share_ids.filtered(lambda share: not share.settled).unlink()
        result = super().unlink()
        contracts._reallocate_hours()
        return result

    def _check_given(self, vals):
        """Refuse that somebody writes where the hours of a pack come from."""
        if not self.env.su and GIVEN & vals.keys():
            raise AccessError(
                self.env._("Only an invoice or a contract says where its hours go.")
            )

    def _check_not_sold(self, vals):
        """Refuse to rewrite hours that were sold, or came with the plan (R-A6)."""
        sold = self.filtered(lambda pack: pack.origin in ("plan", "extra"))
        if sold and not self.env.su and SOLD & vals.keys():
            raise UserError(
                self.env._(
                    "“%s” was sold or came with the plan: make an adjustment with its "
                    "reason, which adds hours or takes some away.",
                    sold[:1].name,
                )
            )

    def _move_to(self, day):
        """Let these hours, and what adjusts them, be of the year from another day.

        Raises UserError when a closed period counts them.
        """
        if self._is_granted_for_good():
            raise UserError(
                self.env._(
                    "“%(pack)s” of %(contract)s counts in the period until %(date)s, "
                    "which is closed: leave the years of the contract as they are, or "
                    "end it and sign another one from the new date.",
                    pack=self.name,
                    contract=self.contract_id.name,
                    date=format_date(self.env, self._get_closed_until()),
                )
            )
        (self | self.adjustment_ids).write(
            {"date_from": day, "date_to": day + relativedelta(years=1)}
        )

    def _follow_payment(self):
        """Charge again what waited for these packs."""
        self.contract_id._reallocate_hours()

    def _check_settled(self):
        """Refuse what would take away hours that a run has settled."""
        for pack in (self | self.adjusts_id).filtered(lambda p: not p.adjusts_id):
            settled = pack.sudo().share_ids.filtered("settled")
            minutes = sum(settled.mapped("minutes"))
            days = settled.mapped("work_date")
            last = pack._get_last_day()
            if (
                minutes > round(pack._get_hours() * 60)
                or not pack._is_settled_within_pool()
                or any(not pack.date_from <= day <= last for day in days)
            ):
                raise UserError(
                    self.env._(
                        "%(hours).2f hours of “%(pack)s” are settled: its hours and "
                        "dates must contain them. Make an adjustment or a new pack "
                        "instead.",
                        hours=minutes / 60,
                        pack=pack.name,
                    )
                )

    def _is_settled_within_pool(self):
        """Tell whether only contracts that share this pack have settled hours of it."""
        settled = self.sudo().share_ids.filtered("settled")
        return settled.contract_id._get_hours_pool() <= (
            self.contract_id.sudo()._get_hours_pool()
        )

    def _get_hours(self):
        """Return the hours of this pack with its adjustments.

        A cancelled invoice leaves what was settled of them.
        """
        total = self.hours + sum(self.sudo().adjustment_ids.mapped("hours"))
        if self.sudo().move_line_id.parent_state == "cancel":
            settled = self.sudo().share_ids.filtered("settled")
            return min(total, sum(settled.mapped("minutes")) / 60)
        return total

    def _get_last_day(self):
        """Return the last day on which anything of this pack can be used."""
        if self.roll_over == "none":
            return self.date_to
        return self.date_to + relativedelta(years=1)

    def _get_plain(self):
        """Return this pack for hours.py; adjustments are counted in."""
        rolls = {"none": 0, "all": None, "capped": round(self.roll_over_hours * 60)}
        return hours.Pack(
            self.id,
            max(0, round(self._get_hours() * 60)),
            self.date_from,
            self.date_to,
            self.contract_id._get_hours_pool().id,
            self._is_usable(),
            self._get_last_day() if self.roll_over != "none" else None,
            rolls[self.roll_over],
        )
