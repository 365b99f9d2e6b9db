from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.helpdesk_warranty.controllers.portal import CustomerPortalWarranty

KINDS = ("line", "minimum", "fee")


class CustomerPortalDispute(CustomerPortalWarranty):
    """Contacts who see the hours dispute a line, follow it, and take it back."""

    def _get_disputed(self, line=None, ticket=None, kind="line"):
        """Return (ticket, line, kind) that the user may dispute, or raise NotFound."""
        kind = kind if kind in KINDS else "line"
        lines = request.env["account.analytic.line"].sudo()
        tickets = request.env["helpdesk.ticket"].sudo()
        found = lines.browse(_to_id(line)).exists() if line else lines
        ticket = found.ticket_id or tickets.browse(_to_id(ticket)).exists()
        if not ticket or (kind == "line") != bool(found):
            raise NotFound
        disputes = request.env["helpdesk.hours.dispute"]
        try:
            disputes._check_contact(ticket.contract_id, ticket)
        except AccessError as error:
            raise NotFound from error
        return ticket.with_user(request.env.user), found, kind

    def _get_dispute(self, dispute_id):
        """Return a dispute that the user may see, or raise NotFound."""
        dispute = request.env["helpdesk.hours.dispute"].browse(dispute_id)
        if not dispute.sudo().exists():
            raise NotFound
        try:
            own = dispute.sudo()
            dispute._check_contact(own.contract_id, own.ticket_id)
        except AccessError as error:
            raise NotFound from error
        return dispute

    def _render_new_dispute(self, ticket, line, kind, error=None, reason=""):
        """Return the form; what it says went wrong never comes from the address."""
        disputes = request.env["helpdesk.hours.dispute"]
        shares = disputes._get_disputed_shares(ticket, line, kind)
        if not shares:
            error = disputes._tell_nothing(kind)
        return request.render(
            "helpdesk_billing_hours.portal_dispute_new",
            {
                "page_name": "dispute",
                "ticket": ticket.sudo(),
                "line": line,
                "kind": kind,
                "shares": shares,
                "minutes": sum(shares.mapped("minutes")),
                "error": error,
                "reason": reason,
            },
        )

    def _render_dispute(self, dispute, error=None):
        return request.render(
            "helpdesk_billing_hours.portal_dispute_page",
            {"page_name": "dispute", "dispute": dispute.sudo(), "error": error},
        )

    @route("/my/disputes", type="http", auth="user", website=True, readonly=True)
    def portal_my_disputes(self, **kw):
        """List the disputes of the contracts whose hours the user sees."""
        disputes = request.env["helpdesk.hours.dispute"]
        domain = disputes._get_readable_domain()
        return request.render(
            "helpdesk_billing_hours.portal_my_disputes",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "dispute",
                "disputes": disputes.sudo().search(domain),
                "default_url": "/my/disputes",
            },
        )

    @route("/my/dispute/<int:dispute_id>", type="http", auth="user", website=True)
    def portal_my_dispute(self, dispute_id, **kw):
        """Show one dispute with its answer."""
        return self._render_dispute(self._get_dispute(dispute_id))

    @route("/my/dispute/new", type="http", auth="user", website=True, methods=["GET"])
    def portal_dispute_new(self, line=None, ticket=None, kind="line", **kw):
        """Show the form to dispute a line, a minimum or a fee."""
        return self._render_new_dispute(*self._get_disputed(line, ticket, kind))

    @route("/my/dispute/open", type="http", auth="user", website=True, methods=["POST"])
    def portal_dispute_open(self, line=None, ticket=None, kind="line", reason="", **kw):
        """Open a dispute with its reason."""
        ticket, found, kind = self._get_disputed(line, ticket, kind)
        address = request.httprequest.remote_addr
        try:
            with request.env.cr.savepoint():
                dispute = request.env["helpdesk.hours.dispute"]._open(
                    ticket, found, kind, reason, address
                )
        except UserError as error:
            return self._render_new_dispute(ticket, found, kind, str(error), reason)
        return request.redirect(f"/my/dispute/{dispute.id}", code=303)

    @route(
        "/my/dispute/<int:dispute_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_dispute_withdraw(self, dispute_id, **kw):
        """Take a dispute back."""
        dispute = self._get_dispute(dispute_id)
        try:
            with request.env.cr.savepoint():
                dispute._withdraw()
        except UserError as error:
            return self._render_dispute(dispute, str(error))
        return request.redirect(f"/my/dispute/{dispute_id}", code=303)


def _to_id(text):
    """Return an id from an address, 0 when it is none."""
    return int(text) if str(text or "").isdecimal() else 0
