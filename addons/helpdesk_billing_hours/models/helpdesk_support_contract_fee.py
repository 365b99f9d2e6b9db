from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date


class HelpdeskSupportContract(models.Model):
    """The yearly fee: frozen at the signature, invoiced once for each year (R-A6)."""

    _inherit = "helpdesk.support.contract"

    fee_ids = fields.One2many(
        "helpdesk.support.fee", "contract_id", string="Yearly Fees", readonly=True
    )
    has_open_fee = fields.Boolean(compute="_compute_has_open_fee")
    support_move_count = fields.Integer(
        string="Invoices",
        compute="_compute_support_move_count",
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    @api.depends("fee_ids.state")
    def _compute_has_open_fee(self):
        for contract in self:
            contract.has_open_fee = "open" in contract.fee_ids.mapped("state")

    def _compute_support_move_count(self):
        for contract in self:
            contract.support_move_count = len(contract._get_support_moves())

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        contracts.filtered("is_signed")._agree_fees()
        return contracts

    def write(self, vals):
        if "currency_id" in vals and vals.get("is_signed", True):
            self._check_currency(vals["currency_id"])
        unsigned = self.filtered(lambda contract: not contract.is_signed)
        result = super().write(vals)
        if vals.get("is_signed"):
            unsigned._agree_fees()
        elif {"date_start", "date_end"} & vals.keys():
            self.filtered("is_signed")._follow_years()
        if {"plan_id", "platform"} & vals.keys():
            self.filtered("is_signed")._follow_plan()
        return result

    def _check_currency(self, currency_id):
        """Refuse another currency under prices that were agreed in one."""
        for contract in self.filtered("is_signed"):
            if contract.currency_id.id != currency_id and contract.sudo().fee_ids:
                raise UserError(
                    self.env._(
                        "%(contract)s is signed with fees in %(currency)s: renew it "
                        "and give the renewal the other currency before it is signed.",
                        contract=contract.name,
                        currency=contract.currency_id.name,
                    )
                )

    def action_invoice_fee(self):
        """Draft the invoice of the first year that has none; open it."""
        self.ensure_one()
        self.fee_ids._check_may_invoice()
        if not self.is_signed:
            raise UserError(
                self.env._(
                    "The fee is agreed with the signature: sign %s first.", self.name
                )
            )
        fees = self.sudo().fee_ids
        if not fees:  # signed before fees were kept
            self._agree_fees(invoice=False)
            fees = self.sudo().fee_ids
        fee = fees.filtered(lambda fee: fee.state == "open")[:1]
        if not fee:
            raise UserError(
                self.env._(
                    "No fee of %s is left to invoice: look at its invoices.", self.name
                )
            )
        return fee.sudo(False).action_invoice()

    def action_view_support_moves(self):
        """Open the invoices of fees, packs and hours of this contract."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("id", "in", self._get_support_moves().ids)]
        action["context"] = {"create": False}
        return action

    def _get_support_moves(self):
        """Return the invoices and credit notes of this contract, the last one first."""
        return self._find_support_moves().sorted(
            lambda move: (move.invoice_date or fields.Date.today(), move.id),
            reverse=True,
        )

    def _find_support_moves(self):
        """Return the moves, in sudo, that charge or credit anything of these."""
        links = (
            "support_contract_id",
            "support_fee_id.contract_id",
            "support_service_credit_id.contract_id",
            "support_share_ids.contract_id",
        )
        domain = Domain.OR([(link, "in", self.ids)] for link in links)
        return self.env["account.move.line"].sudo().search(domain).move_id

    def _get_portal_moves(self, partner):
        """Return the posted invoices that a contact may see: with the role Billing."""
        if not self._has_role(partner, "billing"):
            return self.env["account.move"].sudo()
        return self._get_support_moves().filtered(lambda move: move.state == "posted")

    def _agree_fees(self, invoice=True):
        """Freeze the price of each year at today's; draft the first year's invoice.

        What is invoiced by now stays. Years without a fee get their hours at once.
        """
        for contract in self.filtered(lambda c: c.kind == "support").sudo():
            row = contract._get_price_row()
            if not row:
                continue
            contract._follow_years()
            contract._make_fees(row)
            contract._follow_free_hours()
            today = contract._get_today()
            due = contract.fee_ids.filtered(
                lambda fee, c=contract, today=today: (
                    fee.state == "open" and fee.date_from <= max(c.date_start, today)
                )
            )
            if invoice and due and contract.plan_id.fee_invoicing == "signing":
                due._make_invoices()
            contract._reallocate_hours()

    def _make_fees(self, row, old=None):
        """Make the fees of the years that have none; reprice what is not invoiced.

        ``old`` are the fees to reprice; they are all that are not invoiced by default.
        """
        price = self._get_fee_price(row)
        values = {
            "product_id": row.product_id.id,
            "hours": row.hours,
            "price": price,
        }
        known = self.fee_ids
        if old is None:
            old = known.filtered(lambda fee: fee.state in ("open", "none"))
        old.write(values)
        self.env["helpdesk.support.fee"].sudo().create(
            [
                {**values, "contract_id": self.id, "date_from": year}
                for year in self._get_years()
                if year not in known.mapped("date_from")
            ]
        )
        self._message_log(
            body=self.env._(
                "Yearly fee as agreed: %(amount)s, with %(hours)g hours of support.",
                amount=format_amount(self.env, price, self.currency_id),
                hours=row.hours,
            )
        )

    def _follow_years(self):
        """Let years that new dates bring have the fee that was agreed."""
        for contract in self.sudo().filtered("fee_ids"):
            years = contract._get_years()
            contract._check_invoiced_years(years)
            last = contract.fee_ids[-1]
            agreed = {
                "product_id": last.product_id.id,
                "hours": last.hours,
                "price": last.price,
            }
            contract.fee_ids.filtered(
                lambda fee, years=years: (
                    fee.state in ("open", "none") and fee.date_from not in years
                )
            ).unlink()
            self.env["helpdesk.support.fee"].sudo().create(
                [
                    {**agreed, "contract_id": contract.id, "date_from": year}
                    for year in years
                    if year not in contract.fee_ids.mapped("date_from")
                ]
            )
            contract._follow_free_hours()

    def _check_invoiced_years(self, years):
        """Refuse dates whose years would charge what is invoiced a second time."""
        lost = self.fee_ids.filtered(
            lambda fee: (
                fee.state in ("draft", "invoiced") and fee.date_from not in years
            )
        )
        if lost and any(year not in self.fee_ids.mapped("date_from") for year in years):
            raise UserError(
                self.env._(
                    "The fee of %(contract)s from %(date)s is invoiced: cancel or "
                    "credit its invoice before you move the years of the contract.",
                    contract=self.name,
                    date=format_date(self.env, lost[0].date_from),
                )
            )

    def _follow_plan(self):
        """Let years to come not invoiced have the fee of another plan or platform."""
        for contract in self.sudo().filtered("fee_ids"):
            row, today = contract._get_price_row(), contract._get_today()
            to_come = contract.fee_ids.filtered(
                lambda fee, today=today: (
                    fee.state in ("open", "none") and fee.date_from > today
                )
            )
            if row and to_come:
                contract._make_fees(row, to_come)
                for fee in to_come:
                    given = fee._get_packs().filtered(lambda p: not p.move_line_id)
                    given.hours = fee.hours
                contract._follow_free_hours()

    def _get_fee_price(self, row, listed=None):
        """Return today's yearly fee before taxes in the contract's currency.

        The price list's, the contract's or else the customer's, or the product's.
        ``listed`` counts as the price of the product: the list's discount, currency
        and rounding apply to it; a fixed price of the list stays.
        """
        company, today = self.company_id, self._get_today()
        partner = self.partner_id.with_company(company)
        pricelist = self.pricelist_id or partner.property_product_pricelist
        price = row.product_id._get_support_price(
            pricelist, self.currency_id, company, today, listed
        )
        return self.currency_id.round(price)

    def _get_year_fee(self, date):
        """Return the agreed fee of the contract year of a date, 0 without one."""
        fees = self.sudo().fee_ids
        if not fees:
            row = self.sudo()._get_price_row()
            return self._get_fee_price(row) if row else 0
        begun = fees.filtered(lambda fee: fee.date_from <= date)
        return (begun[-1:] or fees[:1]).price

    def _get_waiting_fees(self):
        """Return the fees of all who share packs whose invoice must still be made."""
        fees = self._get_pool_members().fee_ids
        return fees.filtered(
            lambda fee: (
                fee.state == "open"
                and fee.hours
                and fee.contract_id.plan_id.fee_invoicing == "signing"
                and fee.contract_id.is_signed
            )
        )

    def _has_open_fee_on(self, day):
        """Tell whether hours of a day may come from the pack of a fee to be invoiced.

        Not once the year has other hours: they were given by hand.
        """
        return any(
            fee.state == "open"
            and fee.hours
            and fee._get_days()[0] <= day <= fee._get_days()[1]
            and not fee._get_year_packs()
            for fee in self.sudo().fee_ids
        )
