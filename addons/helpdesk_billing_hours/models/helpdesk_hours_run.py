from odoo import fields, models


class HelpdeskHoursRun(models.Model):
    """One invoicing of support hours: what it settled, made and could not make."""

    _name = "helpdesk.hours.run"
    _description = "Invoicing Run of Support Hours"
    _order = "id desc"
    _rec_name = "date_to"
    _allow_sudo_commands = False

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
    share_ids = fields.One2many("helpdesk.hours.share", "run_id", readonly=True)
    move_ids = fields.One2many("account.move", "support_run_id", readonly=True)
    move_count = fields.Integer(string="Invoices", compute="_compute_move_count")
    failure_ids = fields.One2many("helpdesk.hours.run.failure", "run_id", readonly=True)
    failure_count = fields.Integer(string="Failures", compute="_compute_move_count")

    def _compute_move_count(self):
        for run in self:
            run.move_count = len(run.sudo().move_ids)
            run.failure_count = len(run.failure_ids)

    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "Run until %s", fields.Date.to_string(run.date_to)
            )

    def action_view_invoices(self):
        """Open the invoices that this run made."""
        self.ensure_one()
        return self.move_ids._get_records_action(name=self.env._("Invoices"))

    def _get_closed_until(self, company, partner):
        """Return the last day that a run of this customer has settled, or False."""
        run = self.search(
            [
                ("company_id", "=", company.id),
                "|",
                ("partner_ids", "=", False),
                ("partner_ids", "in", partner.commercial_partner_id.ids),
            ],
            order="date_to desc",
            limit=1,
        )
        return run.date_to


class HelpdeskHoursRunFailure(models.Model):
    """An invoice that a run could not make; its hours are left for the next one."""

    _name = "helpdesk.hours.run.failure"
    _description = "Failure of an Invoicing Run"
    _allow_sudo_commands = False

    run_id = fields.Many2one(
        "helpdesk.hours.run",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contract_id = fields.Many2one("helpdesk.support.contract", readonly=True)
    message = fields.Char(readonly=True)
