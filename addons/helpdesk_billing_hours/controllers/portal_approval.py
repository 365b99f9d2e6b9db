from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, UserError
from odoo.http import request, route

from odoo.addons.helpdesk_warranty.controllers.portal import CustomerPortalWarranty


class CustomerPortalHoursApproval(CustomerPortalWarranty):
    """Contacts with the role Hours approve executed hours or dispute lines (R-B4)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "hours_approval_count" in counters:
            approvals = self._get_approvals()
            values["hours_approval_count"] = len(approvals)
        return values

    def _get_approvals(self):
        """Return what the user was asked to approve, as the superuser."""
        partner = request.env.user.partner_id
        approvals = request.env["helpdesk.hours.approval"].sudo()
        found = approvals.search(
            [
                ("partner_id", "=", partner.commercial_partner_id.id),
                ("state", "not in", ("draft", "withdrawn")),
            ]
        )
        return found.filtered(lambda approval: approval._may_answer(partner))

    def _get_approval(self, approval_id):
        """Return what the user was asked to approve, as that user, or NotFound."""
        approval = self._get_approvals().filtered(lambda a: a.id == approval_id)
        if not approval:
            raise NotFound
        return approval.with_user(request.env.user)

    def _render_approval(self, approval, error=None):
        """Return the page; what it says went wrong never comes from the address."""
        return request.render(
            "helpdesk_billing_hours.portal_hours_approval_page",
            {
                "page_name": "hours_approval",
                "approval": approval.sudo(),
                "error": error,
            },
        )

    @route("/my/hours-approvals", type="http", auth="user", website=True, readonly=True)
    def portal_my_hours_approvals(self, **kw):
        """List the executed hours that the user is, or was, asked to approve."""
        return request.render(
            "helpdesk_billing_hours.portal_my_hours_approvals",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "hours_approval",
                "approvals": self._get_approvals(),
                "default_url": "/my/hours-approvals",
            },
        )

    @route(
        "/my/hours-approval/<int:approval_id>",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_hours_approval(self, approval_id, **kw):
        """Show each line, and the signature form while it waits for an answer."""
        return self._render_approval(self._get_approval(approval_id))

    @route("/my/hours-approval/<int:approval_id>/sign", type="jsonrpc", auth="user")
    def portal_hours_approval_sign(self, approval_id, name=None, signature=None):
        """Approve all that is not disputed, with a signature."""
        error = self._check_signature(name, signature)
        if error:
            return {"error": error}
        try:
            approval = self._get_approval(approval_id)
            approval._sign(name.strip(), signature, request.httprequest.remote_addr)
        except (AccessError, UserError) as refusal:
            return {"error": str(refusal)}
        return {
            "force_refresh": True,
            "redirect_url": f"/my/hours-approval/{approval_id}",
        }

    @route(
        "/my/hours-approval/<int:approval_id>/dispute/<int:line_id>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_hours_approval_dispute(self, approval_id, line_id, reason=None, **kw):
        """Dispute one line, for a written reason."""
        approval = self._get_approval(approval_id)
        try:
            with request.env.cr.savepoint():
                approval._dispute_line(line_id, reason, request.httprequest.remote_addr)
        except (AccessError, UserError) as refusal:
            return self._render_approval(approval, error=str(refusal))
        return request.redirect(f"/my/hours-approval/{approval_id}", code=303)
