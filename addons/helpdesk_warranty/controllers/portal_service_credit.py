from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from .portal import CustomerPortalWarranty


class CustomerPortalServiceCredit(CustomerPortalWarranty):
    """What was credited for missed targets, for who sees the billing (R-C7)."""

    @route(
        ["/my/service-credits", "/my/service-credits/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_service_credits(self, page=1, **kw):
        """List the credits that were granted to the user's company."""
        model = "helpdesk.service.credit"
        if not request.env[model].has_access("read"):
            return request.redirect("/my")
        values = self._get_listing(model, "/my/service-credits", page)
        values["page_name"] = "service_credit"
        return request.render("helpdesk_warranty.portal_my_service_credits", values)

    @route(
        "/my/service-credit/<int:credit_id>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_service_credit(self, credit_id, **kw):
        """Show one credit: the targets that were missed, and its arithmetic."""
        try:
            credit = self._document_check_access("helpdesk.service.credit", credit_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "helpdesk_warranty.portal_service_credit_page",
            {"page_name": "service_credit", "credit": credit},
        )
