from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date


class HelpdeskHoursRun(models.Model):
    """One invoicing of support hours: what it settled, made and could not make."""

    _name = "helpdesk.hours.run"
    _description = "Invoicing Run of Support Hours"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "date_to"
    _allow_sudo_commands = False
    _mail_post_access = "read"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    date_from = fields.Date(string="From", readonly=True)
    date_to = fields.Date(string="Until", required=True, readonly=True)
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        readonly=True,
        help="Empty: every customer.",
    )
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("stopped", "Stopped")],
        required=True,
        default="done",
        readonly=True,
        help="A large run goes on in the background. What it has made when it is "
        "stopped stays; another run takes the rest.",
    )
    customer_count = fields.Integer(
        string="Customers With Hours", readonly=True, aggregator=None
    )
    done_count = fields.Integer(string="Customers Done", readonly=True, aggregator=None)
    progress = fields.Float(compute="_compute_progress", help="Percent of customers.")
    last_partner_id = fields.Integer(readonly=True, aggregator=None)
    done_at = fields.Datetime(string="Ended At", readonly=True)
    share_ids = fields.One2many("helpdesk.hours.share", "run_id", readonly=True)
    move_ids = fields.One2many("account.move", "support_run_id", readonly=True)
    move_count = fields.Integer(string="Invoices", compute="_compute_counts")
    failure_ids = fields.One2many("helpdesk.hours.run.failure", "run_id", readonly=True)
    failure_count = fields.Integer(string="Failures", compute="_compute_counts")

    _one_running = models.UniqueIndex(
        "(company_id) WHERE state = 'running'",
        "Somebody else is invoicing support hours right now: look at the new drafts "
        "in a minute.",
    )

    @api.depends("date_to")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "Run until %s", format_date(self.env, run.date_to)
            )

    @api.depends("customer_count", "done_count", "state")
    def _compute_progress(self):
        for run in self:
            total = max(run.customer_count, run.done_count)
            share = run.done_count / total if total else 0
            run.progress = 100 if run.state == "done" else 100 * share

    def _compute_counts(self):
        moves = self.env["account.move"].sudo()
        made = moves._read_group(
            [("support_run_id", "in", self.ids)], ["support_run_id"], ["__count"]
        )
        failed = self.env["helpdesk.hours.run.failure"]._read_group(
            [("run_id", "in", self.ids)], ["run_id"], ["__count"]
        )
        counts = {run.id: count for run, count in made}
        failures = {run.id: count for run, count in failed}
        for run in self:
            run.move_count = counts.get(run.id, 0)
            run.failure_count = failures.get(run.id, 0)

    def action_view_invoices(self):
        """Open the invoices that this run made."""
        self.ensure_one()
        return self.move_ids._get_records_action(name=self.env._("Invoices"))

    def action_stop(self):
        """Stop a run in the background; what it has made stays.

        Raises AccessError unless the user invoices, UserError when it has ended.
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Only who invoices can stop a run."))
        if self.state != "running":
            raise UserError(self.env._("This run has ended already."))
        self.sudo().write({"state": "stopped", "done_at": fields.Datetime.now()})

    def _get_domain(self):
        """Return the domain of the shares that this run is about."""
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("settled", "=", False),
                ("work_date", "<=", self.date_to),
            ]
        )
        if self.partner_ids:
            domain &= Domain("partner_id", "in", self.partner_ids.ids)
        return domain

    @api.model
    def _get_closing_domain(self, customer):
        """Return the domain of the runs that have closed the days of a customer.

        A run that goes on, or was stopped, has closed those of the customers that it
        has come to.
        """
        about = Domain("partner_ids", "=", False)
        about |= Domain("partner_ids", "in", customer.ids)
        over = Domain("state", "=", "done")
        if customer:
            over |= Domain("last_partner_id", ">=", customer.id)
        return about & over

    @api.model
    def _get_closed_until(self, company, partner):
        """Return the last day that a run of this customer has settled, or False."""
        domain = self._get_closing_domain(partner.commercial_partner_id)
        domain &= Domain("company_id", "=", company.id)
        return self.search(domain, order="date_to desc", limit=1).date_to
