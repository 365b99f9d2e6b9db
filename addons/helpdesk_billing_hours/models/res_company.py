from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    support_project_id = fields.Many2one(
        "project.project",
        help="Where the hours on tickets are kept when neither ticket nor team names "
        "a project.",
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
