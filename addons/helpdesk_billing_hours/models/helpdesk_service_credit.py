from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from odoo.addons.helpdesk_warranty import credits


class HelpdeskServiceCredit(models.Model):
    """From an approved credit to money: a line of the next invoice, or a credit note.

    Whether it is invoiced follows from its invoice lines: a draft that is deleted, or
    an invoice that is cancelled or credited, frees it for the next run (R-C7).
    """

    _inherit = "helpdesk.service.credit"

    move_line_ids = fields.One2many(
        "account.move.line", "support_service_credit_id", string="Invoice Lines"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoiced On", compute="_compute_move_id"
    )
    value = fields.Monetary(
        string="Credit",
        compute="_compute_value",
        help="Before taxes: the amount and the percentage of the agreed fee of the "
        "period.",
    )

    @api.depends("move_line_ids.parent_state", "move_line_ids.support_reversal_ids")
    def _compute_move_id(self):
        for credit in self:
            credit.move_id = credit.sudo()._get_live_line().move_id

    @api.depends("amount", "percent", "contract_id", "date_from", "period")
    def _compute_value(self):
        for credit in self.sudo():
            fee = credit.contract_id._get_year_fee(credit.date_from)
            months = credits.MONTHS.get(credit.period, 0)
            part = fee * months / 12 * credit.percent / 100
            credit.value = credit.currency_id.round(credit.amount + part)

    def action_make_credit_note(self):
        """Make and open a draft credit note without waiting for a run."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(self.env._("Accountants make credit notes."))
        self.check_access("read")
        moves = self.sudo()._lock_approved()._make_credit_notes()
        if not moves:
            raise UserError(
                self.env._(
                    "Nothing is left to credit: it is not approved, is on an invoice "
                    "already, or is a percentage of a fee of 0."
                )
            )
        return moves.sudo(False)._get_records_action(name=self.env._("Credit Notes"))

    def action_view_invoice(self):
        """Open the invoice or credit note that carries this credit."""
        self.ensure_one()
        return self.move_id._get_records_action()

    def _get_live_line(self):
        """Return the invoice line that carries this credit, cancelled ones aside."""
        return self.move_line_ids.filtered(lambda line: line._is_live_charge())[:1]

    @api.model
    def _get_due_domain(self, company, date_to, partners):
        """Return the domain of approved credits of periods that ended until a day."""
        domain = Domain("state", "=", "approved") & Domain(
            "company_id", "=", company.id
        )
        domain &= Domain("date_to", "<=", date_to)
        if partners:
            domain &= Domain("partner_id", "in", partners.commercial_partner_id.ids)
        return domain

    @api.model
    def _get_due(self, company, date_to, partners):
        """Return the credits that a run of these customers gives, the oldest first."""
        domain = self._get_due_domain(company, date_to, partners)
        due = self.sudo().search(domain, order="date_from, id")
        return due.filtered("value")

    def _lock_approved(self):
        """Return those of these that nobody has invoiced, locked.

        Raises UserError when somebody else is at it.
        """
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is invoicing these service credits right now: try "
                    "again in a minute."
                )
            ) from error
        self.invalidate_recordset(["state"])
        return self.filtered(lambda credit: credit.state == "approved" and credit.value)

    def _add_to_invoices(self, moves):
        """Put these credits on drafts of their contracts that can take them."""
        for credit in self._lock_approved():
            for move in moves.filtered(credit._fits):
                line = self.env["account.move.line"].create(
                    {**credit._prepare_invoice_line(-1), "move_id": move.id}
                )
                line._put_taxes_in()
                if move.currency_id.compare_amounts(move.amount_total, 0) >= 0:
                    break
                line.with_context(dynamic_unlink=True).unlink()

    def _fits(self, move):
        """Tell whether a draft is of this contract, or of all of the customer's.

        None where the company gives credit notes only.
        """
        if self.company_id.support_credits_apart:
            return False
        contracts = move.invoice_line_ids.support_share_ids.contract_id
        is_own = self.contract_id in contracts or (
            self.contract_id.invoice_grouping == "customer"
            and set(contracts.mapped("invoice_grouping")) == {"customer"}
        )
        return (
            is_own
            and move.state == "draft"
            and move.move_type == "out_invoice"
            and move.commercial_partner_id == self.partner_id
            and move.currency_id == self.currency_id
            and move.currency_id.compare_amounts(move.amount_untaxed, self.value) >= 0
        )

    def _make_credit_notes(self):
        """Return a draft credit note for each customer and currency of these."""
        moves = self.env["account.move"].sudo()
        groups = self.grouped(
            lambda c: (c.company_id, c._get_grouped_contract(), c.currency_id)
        )
        for (company, _contract, _currency), own in groups.items():
            moves |= moves.with_company(company).create(own._prepare_credit_note())
        moves.invoice_line_ids._put_taxes_in()
        return moves

    def _get_grouped_contract(self):
        """Return what makes a credit note: the contract, or the customer."""
        contract = self.contract_id
        return self.partner_id if contract.invoice_grouping == "customer" else contract

    def _prepare_credit_note(self):
        """Return the values of the draft credit note of these; writes nothing."""
        partner = self.partner_id
        return {
            "move_type": "out_refund",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "currency_id": self.currency_id.id,
            "invoice_origin": ", ".join(self.contract_id.mapped("name")),
            "ref": ", ".join(self.mapped("name")),
            "invoice_line_ids": [
                Command.create(credit._prepare_invoice_line(1)) for credit in self
            ],
        }

    def _prepare_invoice_line(self, sign):
        """Return the values of the line that carries this credit; writes nothing."""
        credit = self.with_context(lang=self.partner_id.lang or self.env.lang)
        name = credit.env._(
            "Service credit %(number)s, contract %(contract)s, %(first)s to %(last)s: "
            "%(missed)s of %(count)s targets missed, %(figures)s",
            number=credit.name,
            contract=credit.contract_id.name,
            first=format_date(credit.env, credit.date_from),
            last=format_date(credit.env, credit.date_to),
            missed=credit.missed_count,
            count=credit.target_count,
            figures=credit._format_figures(),
        )
        product = self.env.ref("helpdesk_billing_hours.product_service_credit")
        return {
            "product_id": product.id,
            "name": name,
            "quantity": sign,
            "price_unit": self.value,
            "sequence": 1000,
            "support_service_credit_id": self.id,
        }
