import binascii

from odoo.fields import Domain
from odoo.http import request

from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.portal.controllers.portal import pager as portal_pager


class CustomerPortalWarranty(CustomerPortalHelpdesk):
    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        for counter, model in (
            ("deliverable_count", "helpdesk.deliverable"),
            ("authorization_count", "helpdesk.authorization"),
            ("service_credit_count", "helpdesk.service.credit"),
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
        values["may_claim"] = (
            not ticket.sudo().deliverable_id
            and not ticket.sudo().stage_id.closed
            and request.env["helpdesk.deliverable"].has_access("read")
            and bool(
                request.env["helpdesk.deliverable"].search_count(
                    ticket.sudo()._get_claimable_domain(), limit=1
                )
            )
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

    def _check_signature(self, name, signature):
        """Return a sentence when the name or the signature cannot be used."""
        if not (name or "").strip():
            return request.env._("Write your name.")
        try:
            has_signature = bool(binascii.a2b_base64(signature or ""))
        except (TypeError, binascii.Error):
            has_signature = False
        return None if has_signature else request.env._("Sign in the box first.")
