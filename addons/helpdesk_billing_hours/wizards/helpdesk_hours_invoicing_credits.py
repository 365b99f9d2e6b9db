from odoo import models


class HelpdeskHoursInvoicing(models.TransientModel):
    """The drafts of a run carry the service credits that were approved (R-C7)."""

    _inherit = "helpdesk.hours.invoicing"

    def _create_invoices(self, run, groups):
        ids = self.env.context.get("support_credit_ids")
        before = run.move_ids if ids else None
        result = super()._create_invoices(run, groups)
        if ids:
            moves = (run.move_ids - before).sudo()
            credits = self.env["helpdesk.service.credit"].sudo().browse(ids)
            credits.filtered(
                lambda credit: credit.partner_id in moves.commercial_partner_id
            )._add_to_invoices(moves)
        return result
