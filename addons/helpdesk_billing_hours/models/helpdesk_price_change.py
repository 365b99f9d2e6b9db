from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.helpdesk_sla_policy.recorded import blank

CRON = "helpdesk_billing_hours.ir_cron_announce_prices"
BATCH = 50
RECORDED = {"announced_at", "announced_by_id", "notice_ids", "state"}


class HelpdeskPriceChange(models.Model):
    """New prices of a plan, told to its customers before they hold (R-A6).

    They hold for contracts that begin on their date or later; who has signed keeps the
    price until the renewal.
    """

    _name = "helpdesk.price.change"
    _description = "Announcement of Prices"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    plan_id = fields.Many2one(
        "helpdesk.support.plan",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date_from = fields.Date(
        string="Holds From",
        required=True,
        tracking=True,
        help="Contracts that begin on this day or later have the new prices.",
    )
    notice_days = fields.Integer(
        string="Days of Notice", related="plan_id.policy_id.price_notice_days"
    )
    reason = fields.Text(help="What customers read about why prices change.")
    line_ids = fields.One2many("helpdesk.price.change.line", "change_id", copy=True)
    notice_ids = fields.One2many("helpdesk.price.notice", "change_id", readonly=True)
    notice_count = fields.Integer(string="Told", compute="_compute_counts")
    concerned_count = fields.Integer(
        string="Contracts Concerned",
        compute="_compute_counts",
        help="Signed contracts on any version of the plan whose prices change with "
        "their renewal.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("announced", "Announced"),
            ("applied", "In force"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    announced_at = fields.Datetime(readonly=True, copy=False)
    announced_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _announced_uniq = models.UniqueIndex(
        "(plan_id, date_from) WHERE state IN ('announced', 'applied')",
        "New prices of this plan have been announced from this day: cancel those "
        "first.",
    )

    def _compute_counts(self):
        for change in self:
            change.notice_count = len(change.sudo().notice_ids)
            change.concerned_count = len(change.sudo()._get_contracts())

    @api.depends("plan_id", "date_from")
    def _compute_display_name(self):
        for change in self:
            if not change.plan_id or not change.date_from:
                change.display_name = self.env._("New prices")
                continue
            change.display_name = self.env._(
                "%(plan)s from %(date)s",
                plan=change.plan_id.display_name,
                date=format_date(self.env, change.date_from),
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_not_recorded(*vals_list)
        return super().create([blank(self, vals, RECORDED) for vals in vals_list])

    def write(self, vals):
        self._check_not_recorded(vals)
        agreed = {"date_from", "line_ids", "plan_id", "reason"}
        if agreed & vals.keys() and any(change.state != "draft" for change in self):
            raise UserError(
                self.env._(
                    "What customers have been told does not change: cancel the "
                    "announcement and make another one."
                )
            )
        return super().write(vals)

    def _check_not_recorded(self, *vals_list):
        if not self.env.su and any(RECORDED & vals.keys() for vals in vals_list):
            raise AccessError(
                self.env._("Press Announce: it records who told whom, and when.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        if any(change.state != "draft" for change in self):
            raise UserError(
                self.env._("Only a draft can be deleted: cancel this one instead.")
            )

    def action_announce(self):
        """Tell every contract concerned, by a job; the prices hold from their date.

        Raises UserError when nothing changes or the notice is shorter than agreed.
        """
        for change in self:
            change.check_access("write")
            change.sudo()._announce(self.env.user)
        self._wake()

    def _announce(self, user):
        self.lock_for_update()
        if self.state != "draft":
            raise UserError(self.env._("%s is announced already.", self.display_name))
        self.line_ids.filtered(lambda line: not line._is_change()).unlink()
        if not self.line_ids:
            raise UserError(self.env._("Write the prices that change first."))
        earliest = self._get_today() + timedelta(days=max(self.notice_days, 1))
        if self.date_from < earliest:
            raise UserError(
                self.env._(
                    "Customers are told %(days)s days before: the new prices can hold "
                    "from %(date)s.",
                    days=self.notice_days,
                    date=format_date(self.env, earliest),
                )
            )
        for line in self.line_ids:
            line.old_value = line._get_current()
        self.write(
            {
                "state": "announced",
                "announced_at": fields.Datetime.now(),
                "announced_by_id": user.id,
            }
        )

    def action_cancel(self):
        """Take new prices back before they hold; who was told is told again."""
        for change in self:
            change.check_access("write")
            change.sudo().lock_for_update()
            if change.state != "announced":
                raise UserError(
                    self.env._(
                        "%s: only what is announced and does not hold yet can be "
                        "cancelled.",
                        change.display_name,
                    )
                )
            change.sudo().state = "cancelled"
        self._wake()

    def _wake(self):
        cron = self.env.ref(CRON).sudo()
        midnights = [fields.Datetime.to_datetime(change.date_from) for change in self]
        cron._trigger([fields.Datetime.now(), *midnights])

    def _get_today(self):
        """Return today's date in the zone of the plan's policy."""
        tz = self.plan_id.policy_id.calendar_id.tz or "UTC"
        return fields.Date.context_today(self.with_context(tz=tz))

    def _get_contracts(self):
        """Return the signed contracts that do not end before, on any version."""
        if not self.plan_id or not self.date_from:
            return self.env["helpdesk.support.contract"]
        contracts = self.env["helpdesk.support.contract"].search(
            [
                ("plan_id", "in", self.plan_id._get_family().ids),
                ("is_signed", "=", True),
                ("ends_at", ">", "now"),
            ]
        )
        contracts = contracts.filtered(
            lambda c: not c.renewal_id.is_signed and not c._has_prices_of(self)
        )
        return contracts.filtered(self._get_lines_for)

    def _get_lines_for(self, contract):
        """Return the lines that concern a contract: its platform, its plan's prices."""
        return self.line_ids.filtered(
            lambda line: (
                (line.kind == "fee" and line._changes_fee(contract))
                or (line.kind == "hour" and not contract.hour_price)
                or (line.kind == "band")
            )
        )

    # The job

    @api.model
    def _cron_announce(self):
        """Tell what is announced or cancelled; let prices hold from their date (R-A6).

        Each contract has one notice and each contact one mail, whatever crashes.
        """
        changes = self.search([("state", "in", ("announced", "cancelled"))])
        self.env["helpdesk.job.failure"]._work_long(
            CRON, changes, lambda change: change._work_on()
        )

    def _work_on(self):
        """Do what is left of an announcement; return False when time is up."""
        failures = self.env["helpdesk.job.failure"]
        if self.state == "cancelled":
            told = [("change_id", "=", self.id), ("taken_back_at", "=", False)]
            notices = self.env["helpdesk.price.notice"].search(told)
            return failures._work(CRON, notices, lambda n: n._take_back(), BATCH)
        contracts = self._get_contracts() - self.notice_ids.contract_id
        if not failures._work(CRON, contracts, self._tell_contracts, BATCH, more=1):
            return False
        return failures._work(CRON, self, lambda change: change._apply_if_due())

    def _tell_contracts(self, contracts):
        """Record and write the notices of contracts that have none."""
        contracts -= self.notice_ids.contract_id
        if self.state != "announced" or not contracts:
            return
        now = fields.Datetime.now()
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s, %s)",
                self.id,
                contract.id,
                contract.company_id.id,
                contract.partner_id.id,
                now,
                max(self.date_from, contract.date_end + timedelta(days=1)),
                self.env.uid,
                now,
            )
            for contract in contracts
        )
        found = self.env.execute_query(
            SQL(
                "INSERT INTO helpdesk_price_notice (change_id, contract_id, "
                "company_id, partner_id, at, holds_from, create_uid, create_date) "
                "VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                rows,
            )
        )
        self.invalidate_recordset(["notice_ids"])
        for notice in self.env["helpdesk.price.notice"].browse(row[0] for row in found):
            notice._tell("helpdesk_billing_hours.mail_template_price_change")

    def _apply_if_due(self):
        """Write the new prices on the plan from their date on."""
        if self.state != "announced" or self.date_from > self._get_today():
            return
        self.lock_for_update()
        self.state = "applied"
        for line in self.line_ids:
            line.with_context(announced_prices=True)._apply()


class HelpdeskPriceChangeLine(models.Model):
    """One price that changes: of an hour, of a platform's fee, or of a band."""

    _name = "helpdesk.price.change.line"
    _description = "Announced Price"
    _order = "change_id, id"

    change_id = fields.Many2one(
        "helpdesk.price.change", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(related="change_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="change_id.company_id", store=True)
    state = fields.Selection(related="change_id.state", store=True)
    date_from = fields.Date(related="change_id.date_from", store=True)
    kind = fields.Selection(
        [
            ("hour", "Price per hour"),
            ("fee", "Yearly fee"),
            ("band", "Multiplier of a band"),
        ],
        string="What",
        required=True,
        default="hour",
    )
    price_id = fields.Many2one(
        "helpdesk.support.plan.price",
        string="Platform",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('plan_id', '=', plan_id)]",
    )
    band_id = fields.Many2one(
        "helpdesk.support.plan.band",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('plan_id', '=', plan_id)]",
    )
    old_value = fields.Float(
        string="Until Then", readonly=True, copy=False, aggregator=None
    )
    current_value = fields.Float(
        string="Now", compute="_compute_current_value", aggregator=None
    )
    new_value = fields.Float(string="From Then On", required=True, aggregator=None)

    _value_check = models.Constraint(
        "CHECK (new_value >= 0 AND (kind != 'band' OR new_value >= 1))",
        "A price cannot be negative, and an hour of a band counts one hour at least.",
    )
    _target_check = models.Constraint(
        "CHECK ((kind = 'fee') = (price_id IS NOT NULL) "
        "AND (kind = 'band') = (band_id IS NOT NULL))",
        "Choose the platform of a fee, the band of a multiplier, and neither for the "
        "price of an hour.",
    )
    _target_uniq = models.UniqueIndex(
        "(change_id, kind, coalesce(price_id, 0), coalesce(band_id, 0))",
        "This price is announced in another line already.",
    )

    @api.depends("kind", "price_id", "band_id", "change_id.plan_id")
    def _compute_current_value(self):
        for line in self:
            line.current_value = line._get_current()

    @api.constrains("price_id", "band_id")
    def _check_plan(self):
        for line in self:
            owner = line.price_id.plan_id | line.band_id.plan_id
            if owner - line.change_id.plan_id:
                raise ValidationError(
                    self.env._("This price belongs to another plan: choose one of its.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_announced(self):
        self._check_draft()

    def _check_draft(self):
        if not self.env.su and any(line.change_id.state != "draft" for line in self):
            raise UserError(
                self.env._(
                    "What customers have been told does not change: cancel the "
                    "announcement and make another one."
                )
            )

    def _get_target(self):
        """Return the record and the name of the field that hold this price."""
        return {
            "fee": (self.price_id, "price"),
            "band": (self.band_id, "multiplier"),
        }.get(self.kind, (self.change_id.plan_id, "hour_price"))

    def _get_current(self):
        record, name = self._get_target()
        return record.sudo()[name] if record else 0

    def _changes_fee(self, contract):
        """Tell whether a contract pays another fee: a price list may fix its own."""
        if self.price_id.platform != contract.platform:
            return False
        old, new = self._get_values_for(contract)
        return contract.currency_id.compare_amounts(old, new) != 0

    def _get_values_for(self, contract):
        """Return what a contract has until then and from then on, in its currency.

        Its price list applies to fees.
        """
        contract, today = contract.sudo(), contract._get_today()
        old = self._get_current() if self.state == "draft" else self.old_value
        values = (old, self.new_value)
        if self.kind == "fee":
            row = self.sudo().price_id
            return [contract._get_fee_price(row, value) for value in values]
        if self.kind == "hour":
            currency = self.change_id.sudo().currency_id
            return [
                currency._convert(
                    value, contract.currency_id, contract.company_id, today
                )
                for value in values
            ]
        return values

    def _is_change(self):
        return abs(self.new_value - self._get_current()) > 1e-6

    def _apply(self):
        record, name = self._get_target()
        record.sudo()[name] = self.new_value
