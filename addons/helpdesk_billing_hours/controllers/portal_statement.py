from dateutil.relativedelta import relativedelta
from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError
from odoo.http import content_disposition, request, route

from odoo.addons.helpdesk_warranty.controllers.portal import CustomerPortalWarranty
from odoo.addons.portal.controllers.portal import pager

from .annex import XLSX

LIST = "/my/hours"
CUSTOMER = f"{LIST}/<int:company_id>"
CONTRACT = "/my/contract/<int:contract_id>/hours"
PER_PAGE = 24


class CustomerPortalStatement(CustomerPortalWarranty):
    """Contacts who see the hours choose a month, look at it and download it.

    Nothing is stored by looking: the statement is derived each time.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "hours_statement_count" in counters:
            values["hours_statement_count"] = len(self._get_statement_months())
        return values

    # Which statements there are

    def _get_hours_contracts(self, company_id=None, contract_id=None):
        """Return the contracts whose hours the user sees, in sudo, or raise NotFound.

        Those of a company, or that one; without an id all of them, maybe none.
        """
        contracts = request.env["helpdesk.support.contract"]
        found = contracts._get_readable_contracts(request.env.user.partner_id)
        if company_id:
            found = found.filtered(lambda c: c.company_id.id == company_id)
        if contract_id:
            found = found.filtered(lambda c: c.id == contract_id)
        if (company_id or contract_id) and not found:
            raise NotFound
        return found

    def _get_months(self, contracts):
        """Return the first days of the months of contracts, the newest first.

        A renewal begins with the contract that it renews.
        """
        pools = contracts._get_pool_members()
        first = min(pools.mapped("date_start")) + relativedelta(day=1)
        today = max(contract._get_local_today() for contract in contracts)
        month = today + relativedelta(day=1)
        months = []
        while month >= first:
            months.append(month)
            month += relativedelta(months=-1)
        return months or [first]

    def _get_statement_months(self):
        """Return ``(company, first day)`` of all statements, the newest first."""
        months = [
            (company, month)
            for company, own in self._get_hours_contracts()
            .grouped("company_id")
            .items()
            for month in self._get_months(own)
        ]
        return sorted(months, key=lambda m: (m[1], m[0].id), reverse=True)

    def _choose(self, contracts, contract, period):
        """Return (months, chosen month, values of the statement) or raise NotFound."""
        months = self._get_months(contracts)
        month = months[0]
        if period:
            known = {day.strftime("%Y-%m"): day for day in months}
            if period not in known:
                raise NotFound
            month = known[period]
        values = {
            "partner_id": contracts.partner_id.id,
            "company_id": contracts.company_id.id,
            "contract_id": contract.id if contract else False,
            "date_from": month,
            "date_to": month + relativedelta(day=31),
        }
        return months, month, values

    def _get_statements(self):
        """Return the model in sudo, told to the user and not more than that."""
        statements = request.env["helpdesk.hours.statement"].sudo()
        return statements.with_context(
            statement_reader=request.env.user.partner_id.id,
            statement_lang=request.env.lang,
        )

    # Pages

    @route(
        [LIST, f"{LIST}/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_hours(self, page=1, **kw):
        """List the statements by month."""
        months = self._get_statement_months()
        pages = pager(LIST, total=len(months), page=page, step=PER_PAGE)
        shown = months[pages["offset"] : pages["offset"] + PER_PAGE]
        customer = request.env.user.partner_id.commercial_partner_id.sudo()
        shares = request.env["helpdesk.hours.share"].sudo()
        closed = {
            company: shares._get_closed_until(company, customer)
            for company in {company for company, _month in shown}
        }
        return request.render(
            "helpdesk_billing_hours.portal_my_hours",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "hours",
                "statements": [
                    {
                        "company": company,
                        "month": month,
                        "is_final": bool(
                            closed[company]
                            and month + relativedelta(day=31) <= closed[company]
                        ),
                        "url": f"{LIST}/{company.id}/{month:%Y-%m}",
                    }
                    for company, month in shown
                ],
                "has_companies": len(closed) > 1,
                "pager": pages,
                "default_url": LIST,
            },
        )

    @route(
        [CUSTOMER, f"{CUSTOMER}/<string:period>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_customer_hours(self, company_id, period=None, month=None, **kw):
        """Show the statement of a month: every contract that the user sees."""
        contracts = self._get_hours_contracts(company_id=company_id)
        return self._show(contracts, None, period or month)

    @route(
        [CONTRACT, f"{CONTRACT}/<string:period>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_hours(self, contract_id, period=None, month=None, **kw):
        """Show the statement of a month and one contract."""
        contract = self._get_hours_contracts(contract_id=contract_id)
        return self._show(contract, contract, period or month)

    def _show(self, contracts, contract, period):
        months, month, values = self._choose(contracts, contract, period)
        company = contracts.company_id
        base = f"/my/contract/{contract.id}/hours" if contract else None
        return request.render(
            "helpdesk_billing_hours.portal_hours_page",
            {
                "page_name": "hours",
                "contract": contract,
                "company": company,
                "base_url": base or f"{LIST}/{company.id}",
                "all_url": f"{LIST}/{company.id}/{month:%Y-%m}",
                "months": months,
                "month": month,
                "data": self._get_statements().new(values)._get_report_data(),
                "disputes": True,
            },
        )

    # Downloads

    @route(
        [f"{CUSTOMER}/<string:period>/<any(pdf,xlsx):kind>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_customer_hours_file(self, company_id, period, kind, **kw):
        """Download the statement of a month as PDF or as a spreadsheet."""
        contracts = self._get_hours_contracts(company_id=company_id)
        return self._send_file(contracts, None, period, kind)

    @route(
        [f"{CONTRACT}/<string:period>/<any(pdf,xlsx):kind>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_hours_file(self, contract_id, period, kind, **kw):
        """Download the statement of a month and one contract."""
        contract = self._get_hours_contracts(contract_id=contract_id)
        return self._send_file(contract, contract, period, kind)

    def _send_file(self, contracts, contract, period, kind):
        _months, _month, values = self._choose(contracts, contract, period)
        statement = self._get_statements().new(values)
        name = statement._get_file_name(kind)
        if kind == "xlsx":
            return self._download(statement._make_sheet(), XLSX, name)
        content, _kind = statement.env["ir.actions.report"]._render_qweb_pdf(
            "helpdesk_billing_hours.report_hours_statement", data={"statement": values}
        )
        return self._download(content, "application/pdf", name)

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
        name = statement._get_file_name("xlsx")
        return self._download(statement._make_sheet(), XLSX, name)

    def _download(self, content, kind, name):
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
