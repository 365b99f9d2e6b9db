from odoo import api, fields, models
from odoo.exceptions import UserError

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
    share_ids = fields.One2many(
        "helpdesk.hours.share",
        "ticket_id",
        string="Charged",
        domain=[("is_reversed", "=", False), ("reversal_of_id", "=", False)],
    )
    worked_hours = fields.Float(compute="_compute_worked_hours")
    billable_hours = fields.Float(compute="_compute_worked_hours")
    invoice_count = fields.Integer(compute="_compute_invoice_count")
    is_timer_running = fields.Boolean(
        string="My Timer Runs", compute="_compute_is_timer_running"
    )
    timer_started_at = fields.Datetime(
        string="My Timer Runs Since", compute="_compute_is_timer_running"
    )

    @api.depends("timesheet_ids.unit_amount", "share_ids.minutes", "share_ids.charge")
    def _compute_worked_hours(self):
        for ticket in self.sudo():
            ticket.worked_hours = sum(ticket.timesheet_ids.mapped("unit_amount"))
            charged = ticket.share_ids.filtered(
                lambda share: share.charge in hours.CHARGED
            )
            ticket.billable_hours = sum(charged.mapped("minutes")) / 60

    @api.depends("share_ids.move_line_id")
    def _compute_invoice_count(self):
        for ticket in self.sudo():
            ticket.invoice_count = len(ticket.share_ids.move_line_id.move_id)

    @api.depends("timesheet_ids.is_running")
    @api.depends_context("uid")
    def _compute_is_timer_running(self):
        running = self.env["account.analytic.line"].sudo()
        running = running.search(running._get_my_timer_domain())
        for ticket in self:
            mine = running.filtered(lambda line, t=ticket: line.ticket_id == t._origin)
            ticket.is_timer_running = bool(mine)
            ticket.timer_started_at = mine[:1].started_at

    def write(self, vals):
        if "company_id" in vals:
            self._check_company_stays(vals["company_id"])
        if "partner_id" in vals:
            self._check_customer_stays(vals["partner_id"])
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

    def _check_company_stays(self, company_id):
        """Refuse to move tickets whose hours a run of their company has settled."""
        moved = self.sudo().filtered(lambda ticket: ticket.company_id.id != company_id)
        if settled := moved.share_ids.filtered("settled")[:1]:
            raise UserError(
                self.env._(
                    "Hours of %(ticket)s are settled in %(company)s: open a new ticket "
                    "in the other company, or credit their invoice first.",
                    ticket=settled.ticket_id.number,
                    company=settled.company_id.name,
                )
            )

    def _check_customer_stays(self, partner_id):
        """Refuse another customer once a run has settled hours with the first one."""
        customer = self.env["res.partner"].browse(partner_id).commercial_partner_id
        settled = self.sudo().share_ids.filtered(
            lambda share: (
                share.settled
                and share.partner_id != customer
                and share.ticket_id.commercial_partner_id != customer
            )
        )[:1]
        if settled:
            raise UserError(
                self.env._(
                    "Hours of %(ticket)s are settled with %(customer)s: open a new "
                    "ticket for the other customer, or credit their invoice first.",
                    ticket=settled.ticket_id.number,
                    customer=settled.partner_id.display_name,
                )
            )

    def _get_charging_state(self):
        """Return what decides how hours are charged: coverage and contract."""
        return (self.coverage, self.sudo().contract_id.id)

    # Overdue invoices

    @api.model
    def _get_coverage_rules(self):
        rules = super()._get_coverage_rules()
        rules.insert(rules.index("_coverage_by_contract") + 1, "_coverage_by_payment")
        return rules

    def _coverage_by_payment(self, _moment):
        """Judge overdue invoices now, not at the work: paying restores it (R-A9)."""
        contract = self.contract_id
        plan = contract._get_plan_at(fields.Datetime.now())
        days = plan._get_grace_days(plan.id)
        if days is None or not contract.overdue_since:
            return None
        last = fields.Date.add(contract.overdue_since, days=days)
        if contract._get_today() <= last:
            return None
        date = fields.Date.to_string(contract.overdue_since)
        return "invoices_overdue", {"date": date}

    # Timer

    def action_start_timer(self):
        """Start my timer on this ticket; the one on another ticket stops."""
        self.ensure_one()
        self.check_access("read")
        lines = self.env["account.analytic.line"]
        if not self.env.user.employee_id:
            raise UserError(
                self.env._(
                    "You are not an employee yet: ask your manager to make one with "
                    "your user, then start the timer."
                )
            )
        running = lines.search(lines._get_my_timer_domain())
        if running.ticket_id == self:
            return True
        running.action_stop_timer()
        lines.create(
            {
                "ticket_id": self.id,
                "name": self.name,
                "is_running": True,
                "started_at": fields.Datetime.now(),
                "employee_id": self.env.user.employee_id.id,
                "unit_amount": 0,
            }
        )
        return True

    def action_stop_timer(self):
        """Stop my timer on this ticket: its time becomes a line."""
        lines = self.env["account.analytic.line"]
        running = lines.search(lines._get_my_timer_domain())
        mine = running.filtered(lambda line: line.ticket_id in self)
        if not mine:
            raise UserError(self.env._("Your timer does not run on this ticket."))
        return mine.action_stop_timer()

    def action_view_invoices(self):
        """Open the invoices that charge this ticket's hours."""
        self.ensure_one()
        self.check_access("read")
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
            or self.sudo().contract_id.project_id
            or team.default_project_id
            or self.company_id._get_support_project()
        )
