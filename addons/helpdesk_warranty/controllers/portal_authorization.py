from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from .portal import CustomerPortalWarranty


class CustomerPortalAuthorization(CustomerPortalWarranty):
    @route(
        ["/my/authorizations", "/my/authorizations/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_authorizations(self, page=1, **kw):
        """List the authorisations that the user may answer."""
        values = self._get_listing("helpdesk.authorization", "/my/authorizations", page)
        values["page_name"] = "authorization"
        return request.render("helpdesk_warranty.portal_my_authorizations", values)

    @route(
        "/my/authorization/<int:authorization_id>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_authorization(self, authorization_id, **kw):
        """Show one authorisation with its hours, price and signature form."""
        return self._render_authorization(authorization_id)

    def _render_authorization(self, authorization_id, error=None):
        """Return the page; what it says went wrong never comes from the address."""
        try:
            authorization = self._document_check_access(
                "helpdesk.authorization", authorization_id
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "helpdesk_warranty.portal_authorization_page",
            {
                "page_name": "authorization",
                "authorization": authorization,
                "may_answer": authorization._may_answer(request.env.user.partner_id),
                "error": error,
            },
        )

    @route("/my/authorization/<int:authorization_id>/sign", type="jsonrpc", auth="user")
    def portal_authorization_sign(self, authorization_id, name=None, signature=None):
        """Approve the hours with a signature."""
        authorization = self._get_own_record("helpdesk.authorization", authorization_id)
        error = self._check_signature(name, signature)
        if error:
            return {"error": error}
        try:
            authorization._sign(name, signature, request.httprequest.remote_addr)
        except (AccessError, UserError) as refusal:
            return {"error": str(refusal)}
        return {"force_refresh": True, "redirect_url": authorization.access_url}

    @route(
        "/my/authorization/<int:authorization_id>/reject",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_authorization_reject(self, authorization_id, reason=None, **kw):
        """Reject the hours, with a reason."""
        try:
            authorization = self._get_own_record(
                "helpdesk.authorization", authorization_id
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            authorization._refuse(reason, request.httprequest.remote_addr)
        except (AccessError, UserError) as refusal:
            return self._render_authorization(authorization_id, error=str(refusal))
        return request.redirect(authorization.access_url)
