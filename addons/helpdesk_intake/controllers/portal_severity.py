from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_severity import SEVERITIES


class SeverityTicketController(HelpdeskTicketController):
    """The customer may ask for a severity; the agent agrees or not (R-A1)."""

    def _get_create_new_ticket_values(self, **kw):
        values = super()._get_create_new_ticket_values(**kw)
        return {**values, "severity_choices": self._get_severity_choices}

    def _get_severity_choices(self, case=None):
        """Return the severities to choose from, as the policy calls them.

        ``case`` is what is known about the ticket, with its ``policy``. None are
        offered where the policy finds the severity in another way.
        """
        policy = (case or {}).get("policy")
        tickets = request.env["helpdesk.ticket"]
        labels = dict(tickets._fields["priority"]._description_selection(request.env))
        if not policy:
            return [
                {"stars": stars, "name": labels[stars], "meaning": ""}
                for stars, _label in reversed(SEVERITIES)
            ]
        policy = policy.sudo()
        if not policy.ask_severity or policy.severity_by == "matrix":
            return []
        meanings = {line.severity: line.meaning for line in policy.severity_ids}
        return [
            {
                "stars": stars,
                "name": policy._get_severity_name(stars),
                "meaning": meanings.get(stars) or "",
            }
            for stars, _label in reversed(SEVERITIES)
        ]

    def _prepare_submit_ticket_vals(self, **kw):
        vals = super()._prepare_submit_ticket_vals(**kw)
        if kw.get("requested_priority") in dict(SEVERITIES):
            vals["requested_priority"] = kw["requested_priority"]
        return vals


class CustomerPortalChange(CustomerPortalHelpdesk):
    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        """Show the links between a ticket and its change requests (R-B7)."""
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        own = ticket.sudo()
        links = own.origin_ticket_id | own.change_ids
        values["ticket_links"] = links.filtered(
            lambda link: link.commercial_partner_id == own.commercial_partner_id
        )
        return values
