from werkzeug.exceptions import BadRequest, NotFound

from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController


class SafeHelpdeskTicketController(HelpdeskTicketController):
    @route(methods=["POST"])
    def support_ticket_close(self, **kw):
        """Close a ticket that the user may see, in a stage its team offers for it."""
        try:
            ticket_id, stage_id = int(kw["ticket_id"]), int(kw["stage_id"])
        except (KeyError, ValueError) as error:
            raise BadRequest from error
        ticket = request.env["helpdesk.ticket"].browse(ticket_id)
        try:
            ticket.check_access("read")
            is_there = ticket.exists()
        except (AccessError, MissingError) as error:
            raise NotFound from error
        if not is_there:
            raise NotFound
        if stage_id in ticket.sudo()._get_portal_closing_stages().ids:
            ticket.sudo().stage_id = stage_id
        return request.redirect(f"/my/ticket/{ticket.id}")
