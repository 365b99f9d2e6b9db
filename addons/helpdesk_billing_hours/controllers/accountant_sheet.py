from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request

from .annex import XLSX

MODELS = {
    "liability": "helpdesk.hours.liability",
    "reconciliation": "helpdesk.hours.reconciliation",
}


class AccountantSheet(http.Controller):
    @http.route(
        "/helpdesk_billing_hours/<any(liability,reconciliation):kind>/<int:wizard_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def download_accountant_sheet(self, kind, wizard_id):
        """Return what an accountant has asked a wizard for as a spreadsheet."""
        wizard = request.env[MODELS[kind]].browse(wizard_id)
        try:
            request.env["account.move"].check_access("read")
            wizard.check_access("read")
            wizard.read(["date_from"])  # raises when it is gone
        except (AccessError, MissingError):
            return request.not_found()
        if wizard.create_uid != request.env.user:
            return request.not_found()
        period = f"{wizard.date_from} {wizard.date_to}"
        name = f"{wizard._get_sheet_title()} {period}.xlsx"
        return request.make_response(
            wizard._make_sheet(),
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
