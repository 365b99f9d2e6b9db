from odoo import models


class ResPartner(models.Model):
    """Customers read why hours are charged in their language."""

    _inherit = "res.partner"

    def write(self, vals):
        changed = self.browse()
        if "lang" in vals:
            changed = self.filtered(lambda partner: partner.lang != vals["lang"])
        result = super().write(vals)
        if changed:
            changed._say_reasons_again()
        return result

    def _say_reasons_again(self):
        """Charge again what is open: its reasons are said in the new language.

        What is settled stays as the customer was sent it.
        """
        shares = self.env["helpdesk.hours.share"].sudo()
        found = shares.search([("settled", "=", False), ("partner_id", "in", self.ids)])
        found.ticket_id._reallocate_hours()
