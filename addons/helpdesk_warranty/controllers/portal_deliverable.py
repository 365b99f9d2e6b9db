from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import content_disposition, request, route

from .portal import CustomerPortalWarranty


class CustomerPortalDeliverable(CustomerPortalWarranty):
    """Deliverables on the portal, and by the signed link of a mail (R-B4, R-B5).

    A GET never answers anything. Every answer checks who asks: the session, or a
    link of one contact for one version.
    """

    def _identify(self, deliverable_id):
        """Return the deliverable as the superuser, who asks, and the page's address.

        Raises AccessError or MissingError when neither link nor session allow it.
        """
        token = request.httprequest.args.get("token")
        if not token:
            deliverable = self._document_check_access(
                "helpdesk.deliverable", deliverable_id
            )
            return deliverable, request.env.user.partner_id, deliverable.access_url
        deliverable = request.env["helpdesk.deliverable"].sudo().browse(deliverable_id)
        partner = deliverable._check_token(token)
        user = request.env.user
        if not user._is_public() and user.partner_id != partner:
            raise AccessError(
                request.env._(
                    "This link was sent to another contact: log out to use it."
                )
            )
        if partner.lang:
            request.update_context(lang=partner.lang)
            # The page's scripts ask for their texts by these.
            request.lang = request.env["res.lang"]._get_data(code=partner.lang)
            request.future_response.set_cookie("frontend_lang", partner.lang)
            deliverable = deliverable.with_context(lang=partner.lang)
        return deliverable, partner, f"/deliverable/{deliverable.id}?token={token}"

    def _get_address(self, url, action):
        """Return the address of an action on the page of a deliverable."""
        path, _sign, query = url.partition("?")
        return f"{path}/{action}" + (f"?{query}" if query else "")

    # Pages

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

    @route(
        "/deliverable/<int:deliverable_id>", type="http", auth="public", website=True
    )
    def portal_deliverable_link(self, deliverable_id, **kw):
        """Show the deliverable that a link in a mail is about."""
        if not request.httprequest.args.get("token"):
            return request.redirect(f"/my/deliverable/{deliverable_id}")
        return self._render_deliverable(deliverable_id)

    def _render_deliverable(self, deliverable_id, error=None):
        """Return the page; what it says went wrong never comes from the address."""
        try:
            deliverable, partner, url = self._identify(deliverable_id)
        except (AccessError, MissingError) as refusal:
            return self._refuse_page(refusal)
        is_link = "token=" in url
        deliverable._record_view(partner, by_link=is_link)
        timer = deliverable._get_terms("acceptance")[-1:]
        return request.render(
            "helpdesk_warranty.portal_deliverable_page",
            {
                "page_name": "deliverable",
                "deliverable": deliverable,
                "partner": partner,
                "is_link": is_link,
                "url": lambda action: self._get_address(url, action),
                "may_answer": deliverable.state == "delivered"
                and deliverable._may_answer(partner),
                "may_object": deliverable.state in ("accepted", "tacit")
                and partner.commercial_partner_id == deliverable.partner_id,
                "history": deliverable._get_history(drafts=False),
                "story": timer._get_story(deliverable._get_tz()) if timer else [],
                "error": error,
            },
        )

    def _refuse_page(self, refusal):
        """Return what whoever has no right to a deliverable sees."""
        if not request.httprequest.args.get("token"):
            return request.redirect("/my")
        return request.render(
            "helpdesk_warranty.portal_link_refused",
            {"error": str(refusal)},
            status=403,
        )

    # Answers

    @route(
        [
            "/my/deliverable/<int:deliverable_id>/accept",
            "/deliverable/<int:deliverable_id>/accept",
        ],
        type="jsonrpc",
        auth="public",
    )
    def portal_deliverable_accept(
        self, deliverable_id, name=None, signature=None, remarks=None
    ):
        """Accept a deliverable with a signature, and with remarks if there are any."""
        error = self._check_signature(name, signature)
        if error:
            return {"error": error}
        try:
            deliverable, partner, url = self._identify(deliverable_id)
            deliverable._accept(partner, name.strip(), signature, remarks)
        except (AccessError, MissingError, UserError) as refusal:
            return {"error": str(refusal)}
        return {"force_refresh": True, "redirect_url": url}

    @route(
        [
            "/my/deliverable/<int:deliverable_id>/reject",
            "/deliverable/<int:deliverable_id>/reject",
        ],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_deliverable_reject(self, deliverable_id, grounds=None, **kw):
        """Reject a deliverable, for written grounds."""
        return self._answer_by_form(
            deliverable_id,
            lambda deliverable, partner: deliverable._reject(
                partner, partner.name, grounds
            ),
        )

    @route(
        [
            "/my/deliverable/<int:deliverable_id>/object",
            "/deliverable/<int:deliverable_id>/object",
        ],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_deliverable_object(self, deliverable_id, objection=None, **kw):
        """Open a ticket for an objection to what was accepted (R-B7)."""
        return self._answer_by_form(
            deliverable_id,
            lambda deliverable, partner: deliverable._object(partner, objection),
        )

    def _answer_by_form(self, deliverable_id, answer):
        """Do what a form asks for; a refusal is told on the page."""
        try:
            deliverable, partner, url = self._identify(deliverable_id)
        except (AccessError, MissingError) as refusal:
            return self._refuse_page(refusal)
        try:
            made = answer(deliverable, partner)
        except (AccessError, UserError) as refusal:
            return self._render_deliverable(deliverable_id, error=str(refusal))
        if made and "token=" not in url:
            url = made.access_url
        return request.redirect(url)

    # Files

    @route(
        [
            "/my/deliverable/<int:deliverable_id>/term.ics",
            "/deliverable/<int:deliverable_id>/term.ics",
        ],
        type="http",
        auth="public",
        readonly=True,
    )
    def portal_deliverable_calendar(self, deliverable_id, **kw):
        """Give the last day to answer as a file for calendars."""
        try:
            deliverable, _partner, _url = self._identify(deliverable_id)
        except (AccessError, MissingError):
            return request.not_found()
        content = deliverable._get_calendar_text()
        if not content:
            return request.not_found()
        name = f"{deliverable.number}.ics"
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "text/calendar; charset=utf-8"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )

    @route(
        [
            "/my/deliverable/<int:deliverable_id>/file/<int:attachment_id>",
            "/deliverable/<int:deliverable_id>/file/<int:attachment_id>",
        ],
        type="http",
        auth="public",
        readonly=True,
    )
    def portal_deliverable_file(self, deliverable_id, attachment_id, **kw):
        """Give a file that was delivered."""
        try:
            deliverable, _partner, _url = self._identify(deliverable_id)
        except (AccessError, MissingError):
            return request.not_found()
        file = deliverable.attachment_ids.filtered(lambda a: a.id == attachment_id)
        if not file:
            return request.not_found()
        stream = request.env["ir.binary"]._get_stream_from(file)
        return stream.get_response(as_attachment=True)
