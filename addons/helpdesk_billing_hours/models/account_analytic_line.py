from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_sla_policy import clock

from .helpdesk_hours_share import CHARGES

#: What an invoiced line no longer changes.
LOCKED = {
    "date",
    "employee_id",
    "is_running",
    "outside_authorization_id",
    "outside_message_id",
    "outside_note",
    "outside_request",
    "product_uom_id",
    "project_id",
    "started_at",
    "ticket_id",
    "unit_amount",
    "work_type_id",
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
    work_type_id = fields.Many2one(
        "helpdesk.work.type",
        index="btree_not_null",
        ondelete="restrict",
    )
    share_ids = fields.One2many(
        "helpdesk.hours.share",
        "line_id",
        string="Charged As",
        domain=[("is_reversed", "=", False), ("reversal_of_id", "=", False)],
    )
    accounted_hours = fields.Float(
        compute="_compute_charge",
        help="Hours that have a charge, pending ones aside, with what was added to "
        "them on account of this line.",
    )
    charge = fields.Selection([*CHARGES, ("mixed", "Mixed")], compute="_compute_charge")
    charge_reason = fields.Char(compute="_compute_charge")
    is_settled = fields.Boolean(
        compute="_compute_charge", help="Part of a run: it does not change any more."
    )

    @api.depends(
        "share_ids.minutes", "share_ids.charge", "share_ids.reason", "unit_amount"
    )
    def _compute_charge(self):
        added = dict(
            self.env["helpdesk.hours.share"]
            .sudo()
            ._read_group(
                [("source_line_id", "in", self.ids)],
                ["source_line_id"],
                ["minutes:sum"],
            )
        )
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
            minutes = sum(accounted.mapped("minutes")) + added.get(line._origin, 0)
            line.accounted_hours = minutes / 60
            line.is_settled = any(shares.mapped("settled"))

    @api.model_create_multi
    def create(self, vals_list):
        tickets = self.env["helpdesk.ticket"]
        for vals in vals_list:
            ticket_id = vals.get("ticket_id") or self.env.context.get(
                "default_ticket_id"
            )
            if ticket_id:
                ticket = tickets.browse(ticket_id)
                ticket.check_access("read")
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
        if vals.get("ticket_id"):
            before.browse(vals["ticket_id"]).check_access("read")
        own = self.filtered(lambda line: line.ticket_id or vals.get("ticket_id"))
        if own and {"date", "started_at", "ticket_id"} & vals.keys():
            for line in own:
                super(AccountAnalyticLine, line).write(line._fit_start(dict(vals)))
            result = super(AccountAnalyticLine, self - own).write(vals)
        else:
            result = super().write(vals)
        if LOCKED & vals.keys():
            (before | self.ticket_id)._reallocate_hours()
        return result

    def unlink(self):
        tickets = self.ticket_id
        if not tickets:
            return super().unlink()
        self._unlink_except_settled()
        open_shares = self.env["helpdesk.hours.share"].sudo()
        open_shares.search(
            [("source_line_id", "in", self.ids), ("settled", "=", False)]
        ).unlink()
        result = super().unlink()
        tickets.exists()._reallocate_hours()
        return result

    def _fit_start(self, vals):
        """Return values in which the work date is the customer's date of the start.

        Another date alone moves the start by days, at the same time of day.
        """
        tickets = self.env["helpdesk.ticket"].sudo()
        ticket = tickets.browse(vals.get("ticket_id")) or self.ticket_id
        if vals.get("date") and self.started_at and "started_at" not in vals:
            date = fields.Date.to_date(vals["date"])
            tz = ticket._get_customer_tz()
            local = fields.Datetime.context_timestamp(
                self.with_context(tz=tz), self.started_at
            )
            start = clock.instant(f"{date} {local:%H:%M:%S}", tz)
            vals["started_at"] = clock.to_datetime(start)
        if "ticket_id" in vals and not {"date", "started_at"} & vals.keys():
            vals["started_at"] = self.started_at
        self._set_date_of_start(vals, ticket)
        return vals

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
        if not self.ticket_id:
            return
        self._check_not_settled()
        shares = self.env["helpdesk.hours.share"].sudo()
        if shares.search_count(
            [("line_id", "in", self.ids), ("is_reversed", "=", True)], limit=1
        ):
            raise UserError(
                self.env._(
                    "These hours were invoiced and credited: set their time to 0:00 "
                    "instead of deleting them."
                )
            )

    def _check_not_settled(self):
        """Raise UserError when a line is part of a run; accountants included."""
        shares = self.env["helpdesk.hours.share"].sudo()
        settled = shares.search(
            [
                ("line_id", "in", self.ids),
                ("settled", "=", True),
                *shares._get_live_domain(),
            ],
            limit=1,
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
