from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from .portal import CustomerPortalWarranty


class CustomerPortalClaim(CustomerPortalWarranty):
    """The customer says which delivery a fault is about."""

    @route(
        "/my/ticket/<int:ticket_id>/claim",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_ticket_claim(self, ticket_id, words=None, **kw):
        """List what was delivered to the customer and fits the ticket."""
        return self._render_claim(ticket_id, words)

    def _render_claim(self, ticket_id, words=None, error=None):
        """Return the page; what it says went wrong never comes from the address."""
        try:
            ticket = self._document_check_access("helpdesk.ticket", ticket_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        words = (words or "").strip()
        found = ticket._suggest_deliverables(words or None)
        if not found and not words:
            found = request.env["helpdesk.deliverable"].search(
                ticket._get_claimable_domain(), limit=8
            )
        return request.render(
            "helpdesk_warranty.portal_claim_page",
            {
                "page_name": "ticket",
                "ticket": ticket,
                "deliverables": found.sudo(),
                "words": words,
                "error": error,
            },
        )

    @route(
        "/my/ticket/<int:ticket_id>/claim",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_claim_this(self, ticket_id, deliverable_id=None, **kw):
        """Claim on a delivery: the ticket then shows whether it is under warranty."""
        try:
            ticket = self._get_own_record("helpdesk.ticket", ticket_id)
            number = int(deliverable_id or 0)
            deliverable = self._get_own_record("helpdesk.deliverable", number)
        except (AccessError, MissingError, ValueError):
            return request.redirect("/my")
        try:
            ticket._claim(deliverable)
        except (AccessError, UserError) as refusal:
            return self._render_claim(ticket_id, error=str(refusal))
        return request.redirect(ticket.access_url)
