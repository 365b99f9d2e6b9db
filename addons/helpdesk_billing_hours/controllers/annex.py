from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPORT = "helpdesk_billing_hours.report_hours_annex_action"


class SupportAnnex(CustomerPortal):
    @http.route(
        "/helpdesk_billing_hours/annex/<int:move_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def download_annex(self, move_id):
        """Return the hours of an invoice as a spreadsheet, to who may read it."""
        move = request.env["account.move"].browse(move_id)
        try:
            move.check_access("read")
            move._check_support_annex()
        except (AccessError, MissingError):
            return request.not_found()
        return self._send_annex(move)

    @http.route(
        "/my/invoices/<int:invoice_id>/hours",
        type="http",
        auth="public",
        readonly=True,
    )
    def download_customer_annex(self, invoice_id, access_token=None, report_type=None):
        """Return the hours of an invoice to its customer: PDF, or ``xlsx``.

        A contact needs the role Hours or Billing, or the token of the invoice.
        """
        try:
            move = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError):
            return request.not_found()
        partner = request.env.user.partner_id
        if not move._shows_support_annex(partner, access_token):
            return request.not_found()
        move = move.with_context(lang=move.partner_id.lang or request.env.lang)
        if report_type == "xlsx":
            return self._send_annex(move)
        return self._show_report(move, "pdf", REPORT, download=True)

    def _send_annex(self, move):
        name = (move.name or str(move.id)).replace("/", "-")
        filename = move.env._("Hours %s.xlsx", name)
        return request.make_response(
            move._make_support_annex(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
