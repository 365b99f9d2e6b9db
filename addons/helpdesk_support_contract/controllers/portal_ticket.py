from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk


class CustomerPortalHold(CustomerPortalHelpdesk):
    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        partner = request.env.user.partner_id
        return {
            **values,
            "ticket_contract": ticket.sudo().contract_id,
            "may_release": ticket._may_release(partner),
        }

    @route(
        "/my/ticket/<int:ticket_id>/release",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_ticket_release(self, ticket_id, **kw):
        """Release a held ticket of the own company, for contacts with the role."""
        try:
            self._document_check_access("helpdesk.ticket", ticket_id)
            ticket = request.env["helpdesk.ticket"].browse(ticket_id)
            ticket._release_by_contact()
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.redirect(f"/my/ticket/{ticket_id}")
