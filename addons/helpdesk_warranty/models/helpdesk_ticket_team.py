from odoo import models
from odoo.fields import Domain


class HelpdeskTicketTeam(models.Model):
    """The dashboard counts what waits for an authorisation or an acceptance."""

    _inherit = "helpdesk.ticket.team"

    def _retrieve_dashboard(self):
        cards = super()._retrieve_dashboard()
        open_ticket = Domain("stage_id.closed", "=", False)
        unauthorized = Domain("coverage", "=", "billable") & Domain(
            "authorization_ids",
            "not any",
            [("state", "=", "approved"), ("is_out_of_hours", "=", False)],
        )
        counted = [
            (
                self.env._("Not Covered, Not Authorised"),
                "helpdesk.ticket",
                open_ticket & unauthorized,
                "fa-ban",
                "helpdesk_ticket_action_unauthorized",
            ),
            (
                self.env._("Under Warranty"),
                "helpdesk.ticket",
                open_ticket & Domain("coverage", "=", "warranty"),
                "fa-shield",
                "helpdesk_ticket_action_warranty",
            ),
            (
                self.env._("Awaiting Acceptance"),
                "helpdesk.deliverable",
                Domain("state", "=", "delivered"),
                "fa-gift",
                "helpdesk_deliverable_action_awaiting",
            ),
            (
                self.env._("Awaiting Authorisation"),
                "helpdesk.authorization",
                Domain("state", "=", "sent"),
                "fa-pencil-square-o",
                "helpdesk_authorization_action_sent",
            ),
        ]
        return cards + [
            {
                "name": name,
                "value": self.env[model].search_count(domain),
                "sequence": sequence,
                "icon": icon,
                "show": True,
                "action": f"helpdesk_warranty.{action}",
            }
            for sequence, (name, model, domain, icon, action) in enumerate(counted, 20)
        ]
