from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class HelpdeskHoursCredit(models.Model):
    """Which hours a line of a credit note frees once it is posted."""

    _name = "helpdesk.hours.credit"
    _description = "Support Hours to Credit"
    _order = "id"

    move_line_id = fields.Many2one(
        "account.move.line",
        string="Line of the Credit Note",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    move_id = fields.Many2one(related="move_line_id.move_id")
    company_id = fields.Many2one(related="move_line_id.company_id", store=True)
    share_id = fields.Many2one(
        "helpdesk.hours.share",
        string="Charged Hours",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    ticket_id = fields.Many2one(related="share_id.ticket_id")
    work_date = fields.Date(related="share_id.work_date")
    reason = fields.Char(related="share_id.reason")
    charged_hours = fields.Float(string="Invoiced", related="share_id.hours")
    minutes = fields.Integer(required=True)
    hours = fields.Float(
        string="To Credit", compute="_compute_hours", inverse="_inverse_hours"
    )

    @api.depends("minutes")
    def _compute_hours(self):
        for credit in self:
            credit.hours = credit.minutes / 60

    def _inverse_hours(self):
        for credit in self:
            credit.minutes = round(credit.hours * 60)

    @api.constrains("minutes", "share_id")
    def _check_minutes(self):
        for credit in self:
            low, high = sorted((0, credit.share_id.minutes))
            if not low <= credit.minutes <= high:
                raise ValidationError(
                    self.env._("No more hours can be credited than were invoiced.")
                )
            if low and credit.minutes not in (low, high):
                raise ValidationError(
                    self.env._("What was taken off is credited whole, or not at all.")
                )

    def write(self, vals):
        if not self.env.su and vals.keys() - {"hours", "minutes"}:
            raise AccessError(
                self.env._("Only the time to credit is chosen here, not the hours.")
            )
        if any(credit.move_id.state != "draft" for credit in self) and not self.env.su:
            raise ValidationError(
                self.env._("The credit note is posted: its hours do not change.")
            )
        return super().write(vals)

    def _is_live(self):
        """Tell whether the hours are still on the invoice that is credited."""
        share = self.share_id.sudo()
        return share.settled and not share.is_reversed
