from odoo import fields, models


class HelpdeskSupportContract(models.Model):
    _inherit = "helpdesk.support.contract"

    hour_price = fields.Monetary(
        string="Price per Hour",
        tracking=True,
        help="What an hour costs that neither the plan nor a pack covers, before "
        "taxes. An authorisation fixes its own price.",
    )
    pack_ids = fields.One2many(
        "helpdesk.hours.pack", "contract_id", string="Packs of Hours"
    )
    hours_left = fields.Float(compute="_compute_hours_left")

    def _compute_hours_left(self):
        today = fields.Date.context_today(self)
        for contract in self:
            packs = contract.pack_ids.filtered(lambda p: p.date_to >= today)
            contract.hours_left = sum(packs.mapped("hours_left"))

    def _reallocate_hours(self):
        """Charge again what is not settled on the tickets of these contracts."""
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        tickets.search([("contract_id", "in", self.ids)])._reallocate_hours()
