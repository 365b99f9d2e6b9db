from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskSupportContract(models.Model):
    """A contract keeps the prices of its beginning until it is renewed (R-A6)."""

    _inherit = "helpdesk.support.contract"

    price_notice_ids = fields.One2many(
        "helpdesk.price.notice", "contract_id", string="New Prices Told", readonly=True
    )

    signed_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="Prices announced before count when the contract begins after their date.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        now = fields.Datetime.now()
        for vals in vals_list:
            if vals.get("is_signed"):
                vals.setdefault("signed_at", now)
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("is_signed") and "signed_at" not in vals:
            unsigned = self.filtered(lambda contract: not contract.is_signed)
            super(HelpdeskSupportContract, unsigned).write(
                {"signed_at": fields.Datetime.now()}
            )
        return super().write(vals)

    def _get_price_date(self):
        """Return the day whose prices the contract has: when it took its plan."""
        start = self.date_start or fields.Date.context_today(self)
        if not self.plan_since:
            return start
        local = self.with_context(tz=self.tz or "UTC")
        since = fields.Datetime.context_timestamp(local, self.plan_since).date()
        return max(start, since)

    def _get_agreed_price(self, record, name):
        """Return a price of the plan as this contract has it.

        New prices count when they hold from its beginning or before, and were
        announced before the signature; also before the job has written them.
        """
        plan = record if record._name == "helpdesk.support.plan" else record.plan_id
        lines = plan.sudo().price_line_ids.filtered(
            lambda line: line._get_target() == (record.sudo(), name)
        )
        if not lines:
            return record[name]
        held = lines.filtered(self._has_prices_of)
        later = lines.filtered(lambda line: line.state == "applied") - held
        if later:
            return min(later, key=lambda line: (line.date_from, line.id)).old_value
        due = held.filtered(lambda line: line.state == "announced")
        if due:
            return max(due, key=lambda line: (line.date_from, line.id)).new_value
        return record[name]

    def _has_prices_of(self, announced):
        """Tell whether an announcement, or a line of it, holds for this contract."""
        change = (
            announced if "announced_at" in announced._fields else announced.change_id
        )
        if change.state not in ("announced", "applied"):
            return False
        was_told = not self.is_signed or (
            self.signed_at and change.announced_at <= self.signed_at
        )
        return bool(was_told) and change.date_from <= self._get_price_date()

    def _get_fee_price(self, row, listed=None):
        """Let a contract have the fee of its beginning, announced or past (R-A6)."""
        if listed is None:
            listed = self._get_agreed_price(row, "price")
        return super()._get_fee_price(row, listed)

    def _pays_hours(self):
        """Tell whether hours have a price that is not the contract's own."""
        if self.hour_price:
            return False
        types = self.env["helpdesk.work.type"].sudo()
        return any(
            self._get_hour_price(work_type) is not None
            for work_type in (types, *types.search([]))
        )


class HelpdeskSupportPlan(models.Model):
    _inherit = "helpdesk.support.plan"

    price_line_ids = fields.One2many(
        "helpdesk.price.change.line", "plan_id", string="Announced Prices", copy=False
    )

    def write(self, vals):
        if "hour_price" in vals and not self._is_announced():
            self._check_price_is_free(vals["hour_price"])
        return super().write(vals)

    def _is_announced(self):
        """Tell whether it is the job that writes prices which were announced."""
        return self.env.su and self.env.context.get("announced_prices")

    def _check_price_is_free(self, price):
        """Refuse another price under contracts that have one: it is announced (R-A6).

        A contract without a price of its own may have that of the type of work, or of
        a price list, as long as the plan has none.
        """
        for plan in self:
            if plan.hour_price != price:
                contracts = plan.sudo()._get_signed_contracts()
                plan._refuse_price(contracts.filtered(lambda c: c._pays_hours()))

    def _refuse_price(self, contracts):
        """Raise UserError when signed contracts have another price."""
        if contracts and self.env.registry.ready:
            raise UserError(
                self.env._(
                    "%(contract)s is signed on “%(plan)s” and keeps its price: "
                    "press Announce New Prices on the plan.",
                    contract=contracts[0].name,
                    plan=self.display_name,
                )
            )

    def action_announce_prices(self):
        """Open a draft announcement with the prices as they are now."""
        self.ensure_one()
        rows = [{"kind": "hour", "new_value": self.hour_price}]
        rows += [
            {"kind": "fee", "price_id": row.id, "new_value": row.price}
            for row in self.price_ids
        ]
        rows += [
            {"kind": "band", "band_id": band.id, "new_value": band.multiplier}
            for band in self.band_ids
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Announce New Prices"),
            "res_model": "helpdesk.price.change",
            "view_mode": "form",
            "context": {
                "default_plan_id": self.id,
                "default_line_ids": [fields.Command.create(row) for row in rows],
            },
        }


class HelpdeskSupportPlanBand(models.Model):
    _inherit = "helpdesk.support.plan.band"

    def _get_promised(self):
        """Let the job write a multiplier that was announced: contracts keep theirs."""
        if self.plan_id._is_announced():
            return self.browse()
        return super()._get_promised()


class HelpdeskSupportPlanPrice(models.Model):
    _inherit = "helpdesk.support.plan.price"

    def write(self, vals):
        if "price" in vals and not self.plan_id._is_announced():
            for row in self:
                if row.currency_id.compare_amounts(row.price, vals["price"]):
                    row.plan_id._refuse_price(row._get_signed_contracts())
        return super().write(vals)
