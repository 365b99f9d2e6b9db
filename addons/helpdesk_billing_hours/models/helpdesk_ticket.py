from odoo import api, fields, models

from .. import hours

#: How each coverage charges the hours, before packs are asked.
RULES = {
    "covered": hours.FREE,
    "warranty": hours.FREE,
    "billable": hours.BILLABLE,
    "void": hours.FREE,
    "pending": hours.PENDING,
}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    timesheet_ids = fields.One2many(
        "account.analytic.line", "ticket_id", string="Hours"
    )
    share_ids = fields.One2many("helpdesk.hours.share", "ticket_id", string="Charged")
    worked_hours = fields.Float(compute="_compute_worked_hours")
    billable_hours = fields.Float(compute="_compute_worked_hours")
    invoice_count = fields.Integer(compute="_compute_invoice_count")

    @api.depends("timesheet_ids.unit_amount", "share_ids.minutes", "share_ids.charge")
    def _compute_worked_hours(self):
        for ticket in self.sudo():
            ticket.worked_hours = sum(ticket.timesheet_ids.mapped("unit_amount"))
            charged = ticket.share_ids.filtered(
                lambda share: share.charge in ("billable", "overage")
            )
            ticket.billable_hours = sum(charged.mapped("minutes")) / 60

    @api.depends("share_ids.move_line_id")
    def _compute_invoice_count(self):
        for ticket in self.sudo():
            ticket.invoice_count = len(ticket.share_ids.move_line_id.move_id)

    def write(self, vals):
        before = {ticket.id: ticket._get_charging_state() for ticket in self}
        result = super().write(vals)
        changed = self.filtered(
            lambda ticket: ticket._get_charging_state() != before[ticket.id]
        )
        if changed.sudo().timesheet_ids:
            changed._reallocate_hours()
            left = {before[ticket.id][1] for ticket in changed}
            contracts = self.env["helpdesk.support.contract"].sudo().browse(left)
            (contracts - changed.sudo().contract_id)._reallocate_hours()
        return result

    def _get_charging_state(self):
        """Return what decides how hours are charged: coverage and contract."""
        return (self.coverage, self.sudo().contract_id.id)

    def action_view_invoices(self):
        """Open the invoices that charge this ticket's hours."""
        self.ensure_one()
        moves = self.sudo().share_ids.move_line_id.move_id
        return (
            self.env["account.move"]
            .browse(moves.ids)
            ._get_records_action(name=self.env._("Invoices"))
        )

    def _get_support_project(self):
        """Return the project that the hours of this ticket belong to."""
        self.ensure_one()
        team = self.sudo().team_id.with_company(self.company_id)
        return (
            self.sudo().project_id
            or team.default_project_id
            or self.company_id._get_support_project()
        )

    def _reallocate_hours(self):
        """Rewrite the shares that are not settled, of all that hangs together.

        Tickets of one contract share its packs, so they are charged together.
        """
        tickets = self.sudo().with_context(active_test=False)
        for contract, own in tickets.grouped("contract_id").items():
            scope = own
            if contract.pack_ids:
                scope = tickets.search([("contract_id", "=", contract.id)])
            scope._allocate_hours(contract)

    def _allocate_hours(self, contract):
        share_model = self.env["helpdesk.hours.share"].sudo()
        shares = share_model.search([("ticket_id", "in", self.ids)])
        settled = shares.filtered("settled")
        (shares - settled).unlink()
        plain = hours.allocate(
            [pack._get_plain() for pack in contract.pack_ids],
            [line._get_plain() for line in self.timesheet_ids],
            [share._get_plain() for share in settled],
            {ticket.id: ticket._get_billing_terms() for ticket in self},
        )
        share_model.create([self._prepare_share(share) for share in plain])

    def _get_billing_terms(self):
        """Return what the customer authorised and the minimum (R-A8)."""
        return hours.Terms(authorized=round(self.authorized_hours * 60), minimum=60)

    def _prepare_share(self, share):
        """Return the values of a stored share; writes nothing."""
        ticket = self.browse(share.ticket)
        line = self.env["account.analytic.line"].browse(share.line)
        is_minimum = share.reason == hours.MINIMUM
        reason = share.reason
        if is_minimum:
            reason = self.env._("Minimum of 1 hour per ticket")
        elif share.reason == hours.UNAUTHORIZED:
            reason = self.env._("Waits for an authorisation")
        elif share.charge == hours.OVERAGE:
            reason = self.env._("Hours beyond the pack (%s)", share.reason)
        approved = ticket.authorization_ids.filtered(lambda a: a.state == "approved")
        is_billable = share.charge == hours.BILLABLE
        return {
            "line_id": line.id,
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "partner_id": ticket.commercial_partner_id.id,
            "contract_id": ticket.contract_id.id,
            "charge": share.charge,
            "minutes": share.minutes,
            "pack_id": share.pack,
            "authorization_id": approved[:1].id if is_billable else False,
            "reason": reason,
            "is_minimum": is_minimum,
            "work_date": share.day,
        }
