from odoo import api, models


class HelpdeskAuthorization(models.Model):
    _inherit = "helpdesk.authorization"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        ticket = self.env["helpdesk.ticket"].browse(values.get("ticket_id"))
        if ticket and "price_unit" in fields and not values.get("price_unit"):
            values["price_unit"] = ticket.sudo().contract_id.hour_price
        return values

    def _record_answer(self, *args, **kwargs):
        result = super()._record_answer(*args, **kwargs)
        self.ticket_id.sudo()._reallocate_hours()
        return result
