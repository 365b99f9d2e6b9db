from odoo import models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """What another addon's mail about the solution says, and what its answer does."""

    _inherit = "helpdesk.ticket"

    def _get_notice_lang(self):
        """Return the language in which the customer reads notices."""
        ticket = self.sudo()
        partners = ticket.partner_id | ticket.company_id.partner_id
        return next(filter(None, partners.mapped("lang")), self.env.lang)

    def _get_closing_words(self, is_asked):
        words = super()._get_closing_words(is_asked)
        if not self.sudo()._get_notice("solution"):
            return words  # the policy has no notices of its own
        return words + self._get_solution_words(is_asked, is_told=False)

    def _get_solution_words(self, is_asked, is_told=True):
        """Return as HTML how this solved ticket closes, ``is_told`` with its solution.

        Who is not asked to accept the solution is asked to confirm it.
        """
        return self.env["ir.qweb"]._render(
            "helpdesk_intake.solution_words",
            {"ticket": self.sudo(), "is_asked": is_asked, "is_told": is_told},
        )

    def _take_acceptance(self, partner, name):
        """Close the ticket whose solution was accepted by who may confirm it (R-A14).

        An agent who records a written acceptance answers for who wrote it.
        """
        result = super()._take_acceptance(partner, name)
        if not self.awaits_confirmation or (partner and not self._may_confirm(partner)):
            return result
        ticket = self.sudo()
        note = self.env._("Accepted by %s", name)
        try:
            with self.env.cr.savepoint():
                ticket._confirm(partner, note)
                ticket.flush_recordset()
        except UserError as refusal:
            ticket.invalidate_recordset()
            ticket._confirm(partner, note, close=False)
            ticket._schedule_for_agent(
                self.env._("Accepted, but it could not close by itself: %s", refusal)
            )
        return result
