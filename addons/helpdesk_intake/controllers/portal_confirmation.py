from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk


class CustomerPortalConfirmation(CustomerPortalHelpdesk):
    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        # The record of the page is the superuser's: ask on behalf of who is there.
        ticket = request.env["helpdesk.ticket"].browse(ticket.id).sudo()
        partner = request.env.user.partner_id
        is_customer = not request.env.user._is_public()
        return {
            **values,
            "closed_stages": ticket._get_portal_closing_stages(),
            "may_confirm": is_customer
            and ticket.awaits_confirmation
            and ticket._may_confirm(partner),
            "ticket_notices": ticket.notice_ids.filtered(
                lambda notice: notice.state in ("queued", "sent")
            ).sorted("sent_at"),
        }

    @route(
        "/my/ticket/<int:ticket_id>/confirm",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_confirm(self, ticket_id, **kw):
        """Confirm that the service is back: the ticket closes (R-A14, R-C3)."""
        try:
            self._document_check_access("helpdesk.ticket", ticket_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        ticket = request.env["helpdesk.ticket"].browse(ticket_id).sudo()
        partner = request.env.user.partner_id
        if not ticket._may_confirm(partner):
            return self._render_ticket(
                ticket,
                request.env._("Your contract does not name you to close tickets."),
            )
        try:
            ticket._confirm(partner, request.env._("On the portal"))
        except UserError as refusal:
            request.env.cr.rollback()
            return self._render_ticket(ticket, str(refusal))
        return request.redirect(f"/my/ticket/{ticket_id}")

    def _render_ticket(self, ticket, error):
        """Return the page of a ticket with what went wrong."""
        values = self._ticket_get_page_view_values(ticket, None)
        values["confirmation_error"] = error
        return request.render("helpdesk_mgmt.portal_helpdesk_ticket_page", values)
