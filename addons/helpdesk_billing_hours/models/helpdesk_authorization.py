from odoo import api, fields, models


class HelpdeskAuthorization(models.Model):
    _inherit = "helpdesk.authorization"

    price_unit = fields.Monetary(
        compute="_compute_price_unit", store=True, readonly=False, precompute=True
    )
    hours_used = fields.Float(
        compute="_compute_hours_used",
        help="Hours charged to this authorisation, minimum and rounding with them.",
    )
    alert_ids = fields.One2many(
        "helpdesk.hours.alert", "authorization_id", string="Alerts"
    )

    @api.depends("ticket_id")
    def _compute_price_unit(self):
        for authorization in self:
            contract = authorization.ticket_id.sudo().contract_id
            price = contract._get_hour_price() if contract else None
            authorization.price_unit = price or authorization.price_unit

    def _compute_hours_used(self):
        used = dict(
            self.env["helpdesk.hours.share"]
            .sudo()
            ._read_group(
                [("authorization_id", "in", self.ids)],
                ["authorization_id"],
                ["minutes:sum"],
            )
        )
        for authorization in self:
            authorization.hours_used = used.get(authorization._origin, 0) / 60

    def _record_answer(self, *args, **kwargs):
        result = super()._record_answer(*args, **kwargs)
        self.ticket_id.sudo()._reallocate_hours()
        return result
