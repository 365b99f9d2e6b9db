from markupsafe import Markup

from odoo import models
from odoo.tools import format_date
from odoo.tools.misc import format_duration


class HelpdeskTicket(models.Model):
    """What a correction or a back-dated line changed on lines entered before."""

    _inherit = "helpdesk.ticket"

    def _log_recharged(self, before, after):
        """Log on each ticket how lines were charged and how they are now.

        ``before`` and ``after``: ``{line: {charge: minutes}}``. New lines are no news.
        """
        changes = {}
        for line, charges in before.items():
            if line in after and after[line] != charges:
                changes.setdefault(line.ticket_id, []).append(line)
        if not changes:
            return
        labels = dict(
            self.env["helpdesk.hours.share"]
            ._fields["charge"]
            ._description_selection(self.env)
        )

        def describe(charges):
            return ", ".join(
                f"{labels[charge]} {format_duration(minutes / 60)}"
                for charge, minutes in sorted(charges.items())
            )

        bodies = {
            ticket.id: Markup("%s<ul>%s</ul>")
            % (
                self.env._("Hours are charged differently now:"),
                Markup("").join(
                    Markup("<li>%s, %s: %s → %s</li>")
                    % (
                        format_date(self.env, line.date),
                        line.employee_id.name or "",
                        describe(before[line]),
                        describe(after[line]),
                    )
                    for line in sorted(lines, key=lambda ln: (ln.date, ln.id))
                ),
            )
            for ticket, lines in changes.items()
        }
        self.browse(bodies)._message_log_batch(bodies)
