from markupsafe import Markup

from odoo import models


class HelpdeskTicket(models.Model):
    """How addons that do not know each other treat a solution as one thing.

    The customer has one mail about it, and one answer to give.
    """

    _inherit = "helpdesk.ticket"

    def _write_solution_mails(self, since):
        """Write what still has to tell the contacts of these tickets of a solution.

        ``since`` is {ticket id: when it was solved}. Return the mails that do, as
        {ticket id: mail}, and the ids of the tickets on which somebody is at it now.
        """
        return {}, set()

    def _get_closing_words(self, is_asked):
        """Return as HTML what a mail about the solution says of the ticket's closing.

        ``is_asked`` tells whether the mail asks its reader to accept the solution.
        """
        return Markup("")

    def _take_acceptance(self, partner, name):
        """Follow the acceptance of the solution by a contact, or one in writing."""
