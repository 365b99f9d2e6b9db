from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

#: How many open tickets the page without a ticket proposes.
PROPOSED = 20


class CustomerPortalEscalation(CustomerPortalHelpdesk):
    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        ticket_sudo = ticket.sudo()
        values["escalation_role"] = ticket_sudo._get_level_contact(
            ticket_sudo.support_level
        )["role"]
        values["may_escalate"] = (
            not ticket_sudo.stage_id.closed and self._is_own_ticket(ticket_sudo)
        )
        return values

    def _is_own_ticket(self, ticket):
        """Tell whether a ticket is of the user's own company."""
        customer = request.env.user.partner_id.commercial_partner_id
        return ticket.commercial_partner_id == customer

    def _get_own_ticket(self, ticket_id):
        """Return a ticket of the user's own company, or raise AccessError."""
        ticket = self._document_check_access("helpdesk.ticket", ticket_id)
        if not self._is_own_ticket(ticket):
            raise AccessError(request.env._("This ticket is of another customer."))
        return request.env["helpdesk.ticket"].browse(ticket_id)

    @route(
        "/my/ticket/<int:ticket_id>/escalate",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_ticket_escalate(self, ticket_id, **kw):
        """Show whom the customer can escalate a ticket to, and how."""
        try:
            ticket = self._get_own_ticket(ticket_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return self._render_escalation(ticket, is_sent=bool(kw.get("sent")))

    def _render_escalation(
        self, ticket, error=None, reason="", target="", is_sent=False
    ):
        """Return the page; what it says went wrong never comes from the address."""
        ticket = ticket.sudo()
        team = ticket.team_id
        return request.render(
            "helpdesk_support_contract.portal_ticket_escalate",
            {
                "page_name": "escalation",
                "ticket": ticket,
                "choices": ticket._get_escalation_choices(),
                "general_email": team.alias_email or ticket.company_id.email,
                "escalations": ticket.escalation_ids.filtered(
                    lambda row: row.direction != "down"
                ),
                "error": error,
                "is_sent": is_sent,
                "reason": reason,
                "target": target,
            },
        )

    @route(
        "/my/ticket/<int:ticket_id>/escalate",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_do_escalate(self, ticket_id, target="", reason="", **kw):
        """Escalate a ticket in the customer's name."""
        try:
            ticket = self._get_own_ticket(ticket_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            ticket.escalate_by_customer(request.env.user.partner_id, target, reason)
        except UserError as refusal:
            return self._render_escalation(ticket, str(refusal), reason, target)
        return request.redirect(f"/my/ticket/{ticket.id}/escalate?sent=1")

    # Without a ticket at hand: every escalation cites one (R-A12)

    @route("/my/escalate", type="http", auth="user", website=True)
    def portal_escalate(self, number=None, **kw):
        """Ask which ticket is to be escalated, by its number."""
        tickets = request.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return request.redirect("/my")
        customer = request.env.user.partner_id.commercial_partner_id
        own = [("commercial_partner_id", "=", customer.id)]
        error = None
        if number is not None:
            wanted = number.strip().lstrip("#").upper()
            ticket = wanted and tickets.search(
                [*own, ("number", "=", wanted)], order="id desc", limit=1
            )
            if ticket:
                return request.redirect(f"/my/ticket/{ticket.id}/escalate")
            error = request.env._(
                "Your company has no ticket with the number “%s”: check it in the mail "
                "that confirmed your ticket, or open a ticket first.",
                number.strip(),
            )
        return request.render(
            "helpdesk_support_contract.portal_escalate",
            {
                "page_name": "escalation",
                "tickets": tickets.search(
                    [*own, ("stage_id.closed", "=", False)], limit=PROPOSED
                ).sudo(),
                "number": number or "",
                "error": error,
            },
        )
