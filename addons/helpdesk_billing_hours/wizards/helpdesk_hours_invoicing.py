from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..hours import CHARGED


class HelpdeskHoursInvoicing(models.TransientModel):
    """Make draft invoices of the support hours that are ready."""

    _name = "helpdesk.hours.invoicing"
    _description = "Invoice Support Hours"
    _inherit = ["helpdesk.hours.period.mixin"]

    date_from = fields.Date(
        help="Hours worked before this day are included as well, unless an earlier run "
        "took them.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: every customer."
    )
    share_ids = fields.Many2many(
        "helpdesk.hours.share", string="To Invoice", compute="_compute_share_ids"
    )
    exception_ids = fields.Many2many(
        "helpdesk.hours.share", string="Left Out", compute="_compute_share_ids"
    )
    running_ids = fields.Many2many(
        "account.analytic.line",
        string="Timers That Run",
        compute="_compute_running_ids",
    )
    differing_ids = fields.Many2many(
        "account.move.line",
        string="Drafts With Another Quantity",
        compute="_compute_differing_ids",
    )
    totals = fields.Html(string="Invoices", compute="_compute_totals")

    @api.depends("company_id", "date_to", "partner_ids")
    def _compute_share_ids(self):
        shares = self.env["helpdesk.hours.share"].sudo()
        for wizard in self:
            found = shares.search(wizard._get_domain())
            held = found.filtered(lambda share: share._get_hold())
            wizard.share_ids = (found - held).filtered(lambda s: s.charge in CHARGED)
            wizard.exception_ids = held

    @api.depends("company_id", "date_to", "partner_ids")
    def _compute_running_ids(self):
        lines = self.env["account.analytic.line"].sudo()
        for wizard in self:
            domain = Domain("is_running", "=", True) & Domain(
                "ticket_id.company_id", "=", wizard.company_id.id
            )
            if wizard.partner_ids:
                customers = wizard.partner_ids.commercial_partner_id
                domain &= Domain("ticket_id.commercial_partner_id", "in", customers.ids)
            running = lines.search(domain)
            wizard.running_ids = running.filtered(
                lambda line, w=wizard: not w.date_to or line.date <= w.date_to
            )

    @api.depends("company_id", "partner_ids")
    def _compute_differing_ids(self):
        moves = self.env["account.move"].sudo()
        for wizard in self:
            domain = Domain("support_hours_differ", "=", True) & Domain(
                "company_id", "=", wizard.company_id.id
            )
            if wizard.partner_ids:
                customers = wizard.partner_ids.commercial_partner_id
                domain &= Domain("commercial_partner_id", "in", customers.ids)
            wizard.differing_ids = moves.search(domain)._get_differing_lines()

    @api.depends("share_ids")
    def _compute_totals(self):
        for wizard in self:
            wizard.totals = self.env["ir.qweb"]._render(
                "helpdesk_billing_hours.invoicing_totals",
                {"totals": wizard._get_totals()},
            )

    def _get_domain(self):
        return self.env["helpdesk.hours.run"].new(self._prepare_run())._get_domain()

    def action_create_invoices(self):
        """Make the draft invoices; open them, or the run that makes them.

        Hours that cost nothing are settled as well. Running it again finds nothing
        more. An invoice that cannot be made is listed on the run, the others are made.
        Raises UserError when there is nothing, or when another run goes on.
        """
        self.ensure_one()
        self.env["account.move"].check_access("create")
        self._check_day_has_come()
        self._check_not_running()
        run = self._create_run()
        run._start()
        self.invalidate_recordset()
        if run.state == "running" or run.failure_ids:
            return run._get_records_action(name=self.env._("Run"))
        if run.move_ids:
            return run.action_view_invoices()
        if run.share_ids:
            return self._prepare_notice()
        raise UserError(self._get_nothing())

    def _create_run(self):
        """Return the record of a run that begins; who starts it is told its end."""
        runs = self.env["helpdesk.hours.run"]
        quiet = {"mail_create_nolog": True, "mail_create_nosubscribe": True}
        made = runs.sudo().with_context(**quiet).create(self._prepare_run())
        return runs.browse(made.id)

    def _check_day_has_come(self):
        """Raise UserError for a day to come: it would close days still to be worked."""
        today = fields.Date.context_today(self)
        if self.date_to > today:
            raise UserError(
                self.env._(
                    "%(date)s is still to come: invoice until %(today)s at the latest.",
                    date=format_date(self.env, self.date_to),
                    today=format_date(self.env, today),
                )
            )

    def _check_not_running(self):
        """Raise UserError while a run of the company goes on in the background."""
        runs = self.env["helpdesk.hours.run"].sudo()
        going = runs.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "running")]
        )
        if going:
            raise UserError(
                self.env._(
                    "The run until %(date)s of %(user)s goes on: %(done)s of "
                    "%(customers)s customers. Wait for its end, or stop it.",
                    date=going.date_to,
                    user=going.create_uid.name,
                    done=going.done_count,
                    customers=going.customer_count,
                )
            )

    def _get_nothing(self):
        """Return why there is nothing to invoice, and what to do."""
        return self.env._(
            "There are no support hours to invoice until %s. Look at what was left "
            "out: hours may wait for an authorisation or a price.",
            self.date_to,
        )

    def _prepare_run(self):
        """Return the values of the record of this run; writes nothing."""
        return {
            "company_id": self.company_id.id,
            "date_from": self.date_from,
            "date_to": self.date_to,
            "partner_ids": self.partner_ids.commercial_partner_id.ids,
            "state": "running",
        }

    def _prepare_notice(self):
        """Return the action that says that hours were settled without an invoice."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The hours until %s are settled; none of them is to be invoiced.",
                    self.date_to,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
