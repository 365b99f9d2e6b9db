from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import format_date

from .. import ledger

#: The columns of the roll-forward, in minutes.
COLUMNS = (
    "opening",
    "granted",
    "adjusted",
    "credited",
    "used",
    "expired",
    "closing",
)


class HelpdeskHoursLiability(models.TransientModel):
    """What customers have paid for and not used, on any day."""

    _name = "helpdesk.hours.liability"
    _description = "Liability of Unused Hours"
    _inherit = ["helpdesk.hours.period.mixin"]

    date_from = fields.Date(
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(months=-1, day=1)
        ),
    )
    date_to = fields.Date(
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(months=-1, day=31)
        ),
        help="What is left at the end of this day is owed.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: every customer."
    )
    line_ids = fields.One2many("helpdesk.hours.liability.line", "wizard_id")

    def action_show(self):
        """Show the roll-forward, a line for each pack."""
        self.ensure_one()
        self.env["account.move"].check_access("read")
        self._make_lines()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_liability_line_action"
        )
        action["domain"] = [("wizard_id", "=", self.id)]
        action["display_name"] = self.env._(
            "Unused Hours, %(from)s to %(to)s",
            **{
                "from": format_date(self.env, self.date_from),
                "to": format_date(self.env, self.date_to),
            },
        )
        return action

    def _make_lines(self):
        """Compute the lines anew; the number of queries does not grow with packs."""
        self.line_ids.unlink()
        self._record_grants()
        self.env["helpdesk.hours.liability.line"].sudo().create(self._get_values())

    def _get_packs(self):
        """Return the packs of the company and the customers, adjustments aside."""
        packs = self.env["helpdesk.hours.pack"].sudo()
        domain = [("company_id", "=", self.company_id.id), ("adjusts_id", "=", False)]
        if self.partner_ids:
            customers = self.partner_ids.commercial_partner_id
            domain.append(("partner_id", "in", customers.ids))
        return packs.search(domain)

    def _record_grants(self):
        """Record what packs that were sold give now."""
        packs = self._get_packs()
        (packs | packs.adjustment_ids).filtered("move_line_id")._record_grants()

    def _get_values(self):
        """Return the values of the lines; writes nothing."""
        values = []
        for pack, (terms, grants, uses) in self._get_packs()._get_ledger().items():
            period = (self.date_from, self.date_to)
            roll = ledger.roll_forward(terms, grants, uses, *period)
            if any(getattr(roll, name) for name in COLUMNS):
                values.append(self._prepare_line(pack, roll))
        return values

    def _prepare_line(self, pack, roll):
        """Return the values of the line of a pack; writes nothing."""
        vals = {"wizard_id": self.id, "pack_id": pack.id}
        currency, price = pack.company_currency_id, pack.hour_value
        for name in COLUMNS:
            minutes = getattr(roll, name)
            vals[name] = minutes / 60
            vals[f"{name}_amount"] = currency.round(minutes / 60 * price)
        # The columns of money sum up to the cent as those of hours to the minute.
        vals["used_amount"] = currency.round(
            sum(
                vals[f"{name}_amount"]
                for name in ("opening", "granted", "adjusted", "credited")
            )
            - vals["expired_amount"]
            - vals["closing_amount"]
        )
        return vals


class HelpdeskHoursLiabilityLine(models.TransientModel):
    """The roll-forward of one pack."""

    _name = "helpdesk.hours.liability.line"
    _description = "Liability of Unused Hours by Pack"
    _order = "partner_id, contract_id, pack_id, id"
    _rec_name = "pack_id"

    wizard_id = fields.Many2one(
        "helpdesk.hours.liability", required=True, index=True, ondelete="cascade"
    )
    pack_id = fields.Many2one(
        "helpdesk.hours.pack", readonly=True, required=True, ondelete="cascade"
    )
    contract_id = fields.Many2one(related="pack_id.contract_id", store=True)
    partner_id = fields.Many2one(
        related="pack_id.partner_id", string="Customer", store=True
    )
    currency_id = fields.Many2one(related="pack_id.company_currency_id")
    date_to = fields.Date(related="pack_id.date_to", string="Usable Through")
    hour_value = fields.Float(related="pack_id.hour_value")
    opening = fields.Float(readonly=True)
    granted = fields.Float(readonly=True)
    adjusted = fields.Float(readonly=True)
    credited = fields.Float(readonly=True)
    used = fields.Float(readonly=True)
    expired = fields.Float(readonly=True)
    closing = fields.Float(readonly=True)
    opening_amount = fields.Monetary(readonly=True)
    granted_amount = fields.Monetary(readonly=True)
    adjusted_amount = fields.Monetary(readonly=True)
    credited_amount = fields.Monetary(readonly=True)
    used_amount = fields.Monetary(readonly=True)
    expired_amount = fields.Monetary(readonly=True)
    closing_amount = fields.Monetary(readonly=True)
