from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_sla_policy import clock

from .. import hours
from .helpdesk_hours_share import CHARGES
from .helpdesk_ticket import RULES

#: What an invoiced line no longer changes.
LOCKED = {
    "date",
    "employee_id",
    "product_uom_id",
    "project_id",
    "started_at",
    "ticket_id",
    "unit_amount",
}


class AccountAnalyticLine(models.Model):
    _inherit = "account.analytic.line"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        index="btree_not_null",
        ondelete="restrict",
        help="The ticket that was worked on. It says what the hours cost.",
    )
    started_at = fields.Datetime(
        string="Start",
        help="When the work began. It decides whether it was in attention hours.",
    )
    share_ids = fields.One2many("helpdesk.hours.share", "line_id", string="Charged As")
    accounted_hours = fields.Float(
        compute="_compute_charge", help="Hours that have a charge, pending ones aside."
    )
    charge = fields.Selection([*CHARGES, ("mixed", "Mixed")], compute="_compute_charge")
    charge_reason = fields.Char(compute="_compute_charge")

    @api.depends(
        "share_ids.minutes", "share_ids.charge", "share_ids.reason", "unit_amount"
    )
    def _compute_charge(self):
        for line in self:
            shares = line.sudo().share_ids
            charges = set(shares.mapped("charge"))
            line.charge = (
                "mixed" if len(charges) > 1 else next(iter(charges), "pending")
            )
            if not line.ticket_id:
                line.charge = False
            line.charge_reason = ", ".join(
                dict.fromkeys(share.reason for share in shares if share.reason)
            )
            accounted = shares.filtered(lambda share: share.charge != "pending")
            line.accounted_hours = sum(accounted.mapped("minutes")) / 60

    @api.model_create_multi
    def create(self, vals_list):
        tickets = self.env["helpdesk.ticket"]
        for vals in vals_list:
            ticket_id = vals.get("ticket_id") or self.env.context.get(
                "default_ticket_id"
            )
            if ticket_id:
                ticket = tickets.browse(ticket_id)
                if not vals.get("project_id"):
                    vals["project_id"] = ticket._get_support_project().id
                if not vals.get("started_at") and not vals.get("date"):
                    vals["started_at"] = fields.Datetime.now()
                self._set_date_of_start(vals, ticket)
        lines = super().create(vals_list)
        lines.ticket_id._reallocate_hours()
        return lines

    def write(self, vals):
        before = self.ticket_id
        if vals.get("started_at") and "date" not in vals and len(self.ticket_id) == 1:
            self._set_date_of_start(vals, self.ticket_id)
        result = super().write(vals)
        if LOCKED & vals.keys():
            (before | self.ticket_id)._reallocate_hours()
        return result

    def unlink(self):
        tickets = self.ticket_id
        result = super().unlink()
        tickets.exists()._reallocate_hours()
        return result

    @api.model
    def _set_date_of_start(self, vals, ticket):
        """Set the work date to the customer's date of the start."""
        if vals.get("started_at"):
            started_at = fields.Datetime.to_datetime(vals["started_at"])
            tz = ticket._get_customer_tz()
            local = fields.Datetime.context_timestamp(
                self.with_context(tz=tz), started_at
            )
            vals["date"] = local.date()

    def _check_can_write(self, values):
        if LOCKED & values.keys():
            self._check_not_settled()
        return super()._check_can_write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        self._check_not_settled()

    def _check_not_settled(self):
        """Raise UserError when a line is part of a run; accountants included."""
        settled = (
            self.env["helpdesk.hours.share"]
            .sudo()
            .search([("line_id", "in", self.ids), ("settled", "=", True)], limit=1)
        )
        if settled:
            raise UserError(
                self.env._(
                    "The hours of %(date)s on %(ticket)s are settled: cancel or credit "
                    "their invoice first, or log a correction as a new line.",
                    date=settled.work_date,
                    ticket=settled.ticket_id.number,
                )
            )

    def _get_minutes(self):
        return round(self.unit_amount * 60)

    def _get_moment(self):
        """Return when the work began, as naive UTC: noon when only the day is known."""
        tz = self.ticket_id._get_customer_tz()
        noon = clock.instant(f"{self.date} 12:00", tz)
        return self.started_at or clock.to_datetime(noon)

    def _get_plain(self):
        """Return this line for hours.py: its own start decides the coverage."""
        ticket = self.ticket_id.sudo()
        moment = self._get_moment()
        code, note = ticket._coverage_at(moment)
        reason = self.env["helpdesk.coverage.reason"]._get(code)
        rule = RULES[reason.coverage]
        if reason.coverage == "covered" and ticket.contract_id.pack_ids:
            rule = hours.PACK
        return hours.Line(
            id=self.id,
            ticket=ticket.id,
            day=self.date,
            minutes=self._get_minutes(),
            rule=rule,
            reason=note or reason.clause or reason.name,
            contract=ticket.contract_id.id,
            order=(fields.Datetime.to_string(moment),),
        )
