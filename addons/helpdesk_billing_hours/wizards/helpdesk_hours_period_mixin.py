from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date


class HelpdeskHoursPeriodMixin(models.AbstractModel):
    """The company and the days, first and last included, that a wizard is about."""

    _name = "helpdesk.hours.period.mixin"
    _description = "Period of Support Hours"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=1),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for wizard in self:
            if wizard.date_from > wizard.date_to:
                raise UserError(
                    self.env._("The period ends before it starts: correct the dates.")
                )

    @api.constrains("company_id")
    def _check_own_company(self):
        own = self.env.user.company_ids
        if self.env.uid != SUPERUSER_ID and self.company_id - own:
            raise AccessError(
                self.env._("You do not work in this company: choose another one.")
            )

    # Spreadsheets

    def _get_sheet_action(self, kind):
        """Return the action that downloads the spreadsheet of this wizard."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/helpdesk_billing_hours/{kind}/{self.id}",
            "target": "download",
        }

    def _get_sheet_heading(self):
        """Return the lines above a table: what it is, of whom, and when."""
        period = self.env._(
            "%(from)s to %(to)s",
            **{
                "from": format_date(self.env, self.date_from),
                "to": format_date(self.env, self.date_to),
            },
        )
        return [self._get_sheet_title(), self.company_id.name, period]
