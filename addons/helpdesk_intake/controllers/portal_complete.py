from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk

from .intake_form import IntakeForm
from .portal_policy import get_acceptance_page


class CustomerPortalIntake(CustomerPortalHelpdesk):
    """The customer completes a ticket (R-A3, R-A10)."""

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        ticket = request.env["helpdesk.ticket"].sudo().browse(ticket.id)
        is_new = request.session.get("helpdesk_submitted") == ticket.id
        if is_new:
            request.session.pop("helpdesk_submitted")
        is_open = not ticket.stage_id.closed and not ticket.duplicate_id
        return {
            **values,
            "intake_submitted": is_new,
            "intake_lines": [
                line for line in ticket._get_intake_lines() if line["answer"]
            ],
            "intake_missing": is_open and ticket._get_missing_intake_fields(),
            "intake_token": access_token,
        }

    @route(
        "/my/ticket/<int:ticket_id>/complete",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_ticket_complete(self, ticket_id, access_token=None, **kw):
        """Show what is missing on a ticket, and take the answers by POST."""
        try:
            ticket = self._document_check_access(
                "helpdesk.ticket", ticket_id, access_token=access_token
            )
        except (AccessError, MissingError):
            return request.redirect("/my")
        page = get_acceptance_page()
        if page:
            return page
        ticket = request.env["helpdesk.ticket"].sudo().browse(ticket.id)
        url = ticket.access_url + (
            f"?access_token={access_token}" if access_token else ""
        )
        missing = ticket._get_missing_intake_fields()
        if not missing or ticket.stage_id.closed:
            return request.redirect(url)
        lines = ticket._get_intake_lines()
        answered = {
            line["field"].key
            for line in lines
            if line["answer"] and line["answer"].is_answered
        }
        asked = ticket._get_intake_fields().filtered(
            lambda field: (
                field in missing or not (field.is_description or field.key in answered)
            )
        )
        form = IntakeForm(request.env, asked, with_files=False)
        if request.httprequest.method == "POST":
            form.take(request.httprequest.form, request.httprequest.files)
            if not form.errors:
                self._complete_ticket(ticket, form)
                return request.redirect(url)
        return request.render(
            "helpdesk_intake.portal_ticket_complete",
            {
                "page_name": "ticket",
                "ticket": ticket,
                "intake": form,
                "intake_values": form.values,
                "intake_lines": [line for line in lines if line["answer"]],
                "case": {"questions": asked},
                "access_token": access_token,
                "ticket_url": url,
            },
        )

    def _complete_ticket(self, ticket, form):
        """Take the answers on behalf of who is logged in, else of the contact."""
        user = request.env.user
        author = ticket.partner_id if user._is_public() else user.partner_id
        ticket._complete_by_customer(form.get_answers(), author)
