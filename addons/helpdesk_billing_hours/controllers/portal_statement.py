from dateutil.relativedelta import relativedelta
from werkzeug.exceptions import NotFound

from odoo import fields
from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request, route

from odoo.addons.helpdesk_warranty.controllers.portal import CustomerPortalWarranty

from .annex import XLSX

PAGE = "/my/contract/<int:contract_id>/hours"


class CustomerPortalStatement(CustomerPortalWarranty):
    """Contacts who see the hours choose a month, look at it and download it."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "hours_contract_count" in counters:
            contracts = request.env["helpdesk.support.contract"]
            found = contracts._get_readable_contracts(request.env.user.partner_id)
            values["hours_contract_count"] = len(found)
        return values

    def _get_hours_contract(self, contract_id):
        """Return a contract whose hours the user sees, in sudo, or raise NotFound."""
        partner = request.env.user.partner_id
        contracts = request.env["helpdesk.support.contract"]
        found = contracts._get_readable_contracts(partner)
        contract = found.filtered(lambda c: c.id == contract_id)
        if not contract:
            raise NotFound
        return contract

    def _get_months(self, contract):
        """Return the first days of the months of the contract, the newest first."""
        pool = contract._get_pooled_contracts()
        first = min(pool.mapped("date_start")) + relativedelta(day=1)
        month = contract._get_local_today() + relativedelta(day=1)
        months = []
        while month >= first:
            months.append(month)
            month += relativedelta(months=-1)
        return months or [first]

    def _get_statement(self, contract, period=None):
        """Return (months, chosen month, statement that is not stored)."""
        months = self._get_months(contract)
        month = months[0]
        if period:
            known = {day.strftime("%Y-%m"): day for day in months}
            if period not in known:
                raise NotFound
            month = known[period]
        may_pay = contract._has_role(request.env.user.partner_id, "billing")
        statements = request.env["helpdesk.hours.statement"].sudo()
        statements = statements.with_context(
            statement_money=may_pay, statement_lang=request.env.lang
        )
        values = {
            "contract_id": contract.id,
            "date_from": month,
            "date_to": month + relativedelta(day=31),
        }
        return months, month, statements, values

    @route("/my/hours", type="http", auth="user", website=True, readonly=True)
    def portal_my_hours(self, **kw):
        """List the contracts whose hours the user sees; open it when it is one."""
        contracts = request.env["helpdesk.support.contract"]
        found = contracts._get_readable_contracts(request.env.user.partner_id)
        if len(found) == 1:
            return request.redirect(f"/my/contract/{found.id}/hours")
        return request.render(
            "helpdesk_billing_hours.portal_my_hours",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "hours",
                "contracts": found,
                "default_url": "/my/hours",
            },
        )

    @route(
        [PAGE, f"{PAGE}/<string:period>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_hours(self, contract_id, period=None, **kw):
        """Show the statement of a month."""
        contract = self._get_hours_contract(contract_id)
        period = period or kw.get("month")
        months, month, statements, values = self._get_statement(contract, period)
        return request.render(
            "helpdesk_billing_hours.portal_hours_page",
            {
                "page_name": "hours",
                "contract": contract,
                "months": months,
                "month": month,
                "data": statements.new(values)._get_report_data(),
                "disputes": True,
            },
        )

    @route(f"{PAGE}/<string:period>/pdf", type="http", auth="user", website=True)
    def portal_hours_pdf(self, contract_id, period, **kw):
        """Download the statement of a month as PDF."""
        contract = self._get_hours_contract(contract_id)
        statement = self._get_stored_statement(contract, period)
        report = request.env["ir.actions.report"].sudo()
        report = report.with_context(**statement.env.context)
        content, _kind = report._render_qweb_pdf(
            "helpdesk_billing_hours.report_hours_statement", statement.ids
        )
        return self._download(statement, content, "application/pdf", "pdf")

    @route(f"{PAGE}/<string:period>/xlsx", type="http", auth="user", website=True)
    def portal_hours_sheet(self, contract_id, period, **kw):
        """Download the statement of a month as a spreadsheet."""
        contract = self._get_hours_contract(contract_id)
        statement = self._get_stored_statement(contract, period)
        return self._download(statement, statement._make_sheet(), XLSX, "xlsx")

    @route(
        "/helpdesk_billing_hours/statement/<int:statement_id>",
        type="http",
        auth="user",
        readonly=True,
    )
    def download_statement(self, statement_id, **kw):
        """Return a statement as a spreadsheet, to who may read it."""
        statement = request.env["helpdesk.hours.statement"].browse(statement_id)
        try:
            statement.check_access("read")
            statement.read(["date_from"])  # raises when it is gone
        except (AccessError, MissingError) as error:
            raise NotFound from error
        return self._download(statement, statement._make_sheet(), XLSX, "xlsx")

    def _get_stored_statement(self, contract, period):
        _months, month, statements, values = self._get_statement(contract, period)
        return statements._find(contract, month, values["date_to"])

    def _download(self, statement, content, kind, extension):
        contract = statement.sudo().contract_id.name.replace("/", "-")
        day = fields.Date.to_string(statement.date_from)
        name = f"{request.env._('Hours')} {contract} {day[:7]}.{extension}"
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
