import binascii

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager


class CustomerPortalWarranty(CustomerPortalHelpdesk):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        for counter, model in (
            ("deliverable_count", "helpdesk.deliverable"),
            ("authorization_count", "helpdesk.authorization"),
        ):
            if counter in counters:
                records = request.env[model]
                values[counter] = (
                    records.search_count(self._get_own_domain())
                    if records.has_access("read")
                    else 0
                )
        return values

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        partner = request.env.user.partner_id
        values["ticket_deliverables"] = ticket.sudo().deliverable_ids.filtered(
            "delivered_at"
        )
        values["ticket_authorizations"] = ticket.sudo().authorization_ids.filtered(
            lambda a: a.state != "draft" and a._may_answer(partner)
        )
        return values

    def _get_own_record(self, model, record_id):
        """Return a record that the user who is logged in may read, as that user."""
        self._document_check_access(model, record_id)
        return request.env[model].browse(record_id)

    def _get_own_domain(self):
        """Return what the portal shows: the own company's records only."""
        partner = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "=", partner.id)

    def _get_listing(self, model, url, page):
        records = request.env[model]
        domain = self._get_own_domain()
        pager = portal_pager(
            url=url,
            total=records.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        found = records.search(
            domain, limit=self._items_per_page, offset=pager["offset"]
        )
        return {
            **self._prepare_portal_layout_values(),
            "records": found.sudo(),
            "pager": pager,
            "default_url": url,
        }

    # Deliverables

    @route(
        ["/my/deliverables", "/my/deliverables/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_deliverables(self, page=1, **kw):
        """List what was delivered to the user's company."""
        values = self._get_listing("helpdesk.deliverable", "/my/deliverables", page)
        values["page_name"] = "deliverable"
        return request.render("helpdesk_warranty.portal_my_deliverables", values)

    @route(
        "/my/deliverable/<int:deliverable_id>", type="http", auth="user", website=True
    )
    def portal_my_deliverable(self, deliverable_id, **kw):
        """Show one deliverable, with its term and, for those who may, the answer."""
        return self._render_deliverable(deliverable_id)

    def _render_deliverable(self, deliverable_id, error=None):
        """Return the page; what it says went wrong never comes from the address."""
        try:
            deliverable = self._document_check_access(
                "helpdesk.deliverable", deliverable_id
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        return request.render(
            "helpdesk_warranty.portal_deliverable_page",
            {
                "page_name": "deliverable",
                "deliverable": deliverable,
                "may_answer": deliverable._may_answer(request.env.user.partner_id),
                "error": error,
            },
        )

    @route("/my/deliverable/<int:deliverable_id>/accept", type="jsonrpc", auth="user")
    def portal_deliverable_accept(self, deliverable_id, name=None, signature=None):
        """Accept a deliverable with a signature."""
        deliverable = self._get_own_record("helpdesk.deliverable", deliverable_id)
        error = self._check_signature(name, signature)
        if error:
            return {"error": error}
        try:
            deliverable.action_accept(name, signature)
        except (AccessError, UserError) as refusal:
            return {"error": str(refusal)}
        return {"force_refresh": True, "redirect_url": deliverable.access_url}

    @route(
        "/my/deliverable/<int:deliverable_id>/reject",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_deliverable_reject(self, deliverable_id, grounds=None, **kw):
        """Reject a deliverable, for written grounds."""
        try:
            deliverable = self._get_own_record("helpdesk.deliverable", deliverable_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        try:
            deliverable.action_reject(grounds)
        except (AccessError, UserError) as refusal:
            return self._render_deliverable(deliverable_id, error=str(refusal))
        return request.redirect(deliverable.access_url)

    def _check_signature(self, name, signature):
        """Return a sentence when the name or the signature cannot be used."""
        if not (name or "").strip():
            return request.env._("Write your name.")
        try:
            has_signature = bool(binascii.a2b_base64(signature or ""))
        except (TypeError, binascii.Error):
            has_signature = False
        return None if has_signature else request.env._("Sign in the box first.")
