from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class SupportAnnex(http.Controller):
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
            name = move.name or str(move.id)
        except (AccessError, MissingError):
            return request.not_found()
        if not request.env.user.has_group("account.group_account_invoice"):
            return request.not_found()
        filename = request.env._("Hours %s.xlsx", name.replace("/", "-"))
        return request.make_response(
            move._make_support_annex(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(filename)),
            ],
        )
