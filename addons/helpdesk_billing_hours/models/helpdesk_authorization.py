from odoo import api, fields, models


class HelpdeskAuthorization(models.Model):
    _inherit = "helpdesk.authorization"

    price_unit = fields.Monetary(
        compute="_compute_price_unit", store=True, readonly=False, precompute=True
    )

    @api.depends("ticket_id")
    def _compute_price_unit(self):
        for authorization in self:
            contract = authorization.ticket_id.sudo().contract_id
            price = contract._get_hour_price() if contract else None
            authorization.price_unit = price or authorization.price_unit

    def _record_answer(self, *args, **kwargs):
        result = super()._record_answer(*args, **kwargs)
        self.ticket_id.sudo()._reallocate_hours()
        return result
