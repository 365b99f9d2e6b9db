from odoo import api, fields, models

#: Countries whose electronic invoices refuse negative lines.
ONLY_CREDIT_NOTES = ("EC",)


class ResCompany(models.Model):
    _inherit = "res.company"

    support_project_id = fields.Many2one(
        "project.project",
        help="Where the hours on tickets are kept when neither ticket nor team names "
        "a project.",
    )

    support_credits_apart = fields.Boolean(
        string="Service Credits as Credit Notes",
        compute="_compute_support_credits_apart",
        store=True,
        readonly=False,
        help="A run gives service credits as credit notes only, never as negative "
        "lines of an invoice: some tax authorities refuse those.",
    )
    support_fee_days = fields.Integer(
        string="Remind of Fees After (Days)",
        default=7,
        help="Days after which an accountant is reminded of a yearly fee that is not "
        "invoiced, or whose draft is not posted; again after as many days. 0: never.",
    )
    support_fee_user_id = fields.Many2one(
        "res.users",
        string="Who Invoices Fees",
        domain="[('share', '=', False)]",
        help="Who gets the reminders. Empty: an accountant of the company.",
    )

    _support_fee_days_check = models.Constraint(
        "CHECK (support_fee_days >= 0)",
        "The days until a reminder cannot be negative; 0 means none.",
    )

    @api.depends("account_fiscal_country_id")
    def _compute_support_credits_apart(self):
        """Say yes where electronic invoices refuse negative lines: Ecuador."""
        for company in self:
            company.support_credits_apart = (
                company.account_fiscal_country_id.code in ONLY_CREDIT_NOTES
            )

    def _get_support_lock_dates(self):
        """Return the dates until which accountants have locked sales."""
        locks = [
            self.fiscalyear_lock_date,
            self.sale_lock_date,
            self.hard_lock_date,
        ]
        return [date for date in locks if date]

    def _get_support_project(self):
        """Return the project of support hours; it is made when first needed.

        Its privacy hides it from portal users: they see hours by role only.
        """
        self.ensure_one()
        company = self.sudo()
        if not company.support_project_id:
            company.support_project_id = (
                self.env["project.project"]
                .sudo()
                .create(
                    {
                        "name": self.env._("Support"),
                        "company_id": company.id,
                        "allow_timesheets": True,
                        "privacy_visibility": "employees",
                    }
                )
            )
        return company.support_project_id
