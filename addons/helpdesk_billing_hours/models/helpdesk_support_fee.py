from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Command
from odoo.tools import format_date
from odoo.tools.misc import format_duration

from .. import hours

STATES = [
    ("none", "Nothing to pay"),
    ("open", "To invoice"),
    ("draft", "Draft invoice"),
    ("invoiced", "Invoiced"),
]


class HelpdeskSupportFee(models.Model):
    """The fee of one year of a contract, at the price of its signature (R-A6).

    Whether it is invoiced follows from the invoice lines that charge it: one of them
    at most is neither cancelled nor credited.
    """

    _name = "helpdesk.support.fee"
    _description = "Yearly Fee of a Support Contract"
    _order = "date_from, id"
    _rec_name = "contract_id"
    _allow_sudo_commands = False

    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id",
        string="Customer",
        store=True,
        index=True,
        precompute=True,
    )
    date_from = fields.Date(
        string="Year From",
        required=True,
        readonly=True,
        help="The first day of the contract's year that the fee is for.",
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict", index=True
    )
    hours = fields.Float(
        readonly=True, help="Support hours that come with the fee of this year."
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    price = fields.Monetary(
        string="Yearly Fee",
        readonly=True,
        help="Before taxes, as it was when the contract was signed.",
    )
    move_line_ids = fields.One2many(
        "account.move.line", "support_fee_id", string="Invoice Lines"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", compute="_compute_move_id"
    )
    state = fields.Selection(
        STATES, compute="_compute_state", store=True, readonly=True, index=True
    )
    drafted_at = fields.Datetime(
        string="Drafted",
        readonly=True,
        help="When its invoice was drafted last. A fee whose draft was deleted is not "
        "drafted again unless somebody asks for it.",
    )

    _year_uniq = models.Constraint(
        "UNIQUE (contract_id, date_from)",
        "The contract has the fee of this year already.",
    )

    @api.depends("move_line_ids.parent_state", "move_line_ids.support_reversal_ids")
    def _compute_move_id(self):
        for fee in self:
            fee.move_id = fee.sudo()._get_live_line().move_id

    @api.depends(
        "price",
        "move_line_ids.parent_state",
        "move_line_ids.price_subtotal",
        "move_line_ids.support_reversal_ids.parent_state",
        "move_line_ids.support_reversal_ids.price_subtotal",
    )
    def _compute_state(self):
        for fee in self:
            line = fee._get_live_line()
            if line:
                is_draft = line.parent_state == "draft"
                fee.state = "draft" if is_draft else "invoiced"
            else:
                fee.state = "open" if fee.price else "none"

    @api.depends("contract_id", "date_from")
    def _compute_display_name(self):
        for fee in self:
            fee.display_name = f"{fee.contract_id.name}, {fee.date_from}"

    def action_invoice(self):
        """Make the draft invoices of these fees; open them to who may see them."""
        self._check_may_invoice()
        moves = self._make_invoices().sudo(False)
        if moves.has_access("read"):
            return moves._get_records_action(name=self.env._("Invoices"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The draft waits for an accountant."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_invoice(self):
        """Open the invoice that charges this fee."""
        self.ensure_one()
        return self.move_id._get_records_action()

    def _check_may_invoice(self):
        """Raise unless the user makes invoices or keeps contracts."""
        self.check_access("read")
        if not self.env.user.has_groups(
            "account.group_account_invoice,helpdesk_mgmt.group_helpdesk_manager"
        ):
            raise AccessError(
                self.env._("Fees are invoiced by accountants and support managers.")
            )

    def _make_invoices(self):
        """Make a draft invoice for each contract with what is open of its fees.

        Raises UserError when nothing is open, or when somebody else is at it. Who
        comes at the same moment fails to serialise, is tried again and finds it done.
        """
        fees = self.sudo()
        try:
            fees.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is invoicing this fee right now: look at the "
                    "contract in a moment."
                )
            ) from error
        fees.invalidate_recordset(["state"])
        fees = fees.filtered(lambda fee: fee.state == "open")
        if not fees:
            raise UserError(
                self.env._(
                    "No fee is left to invoice: look at the invoices of the contract."
                )
            )
        fees.write({"drafted_at": fields.Datetime.now()})
        moves = self.env["account.move"].sudo()
        for contract, own in fees.grouped("contract_id").items():
            move = moves.with_company(contract.company_id).create(
                own._prepare_invoice()
            )
            move.invoice_line_ids._put_taxes_in()
            moves |= move
            contract._message_log(
                body=self.env._("Draft invoice of the fee: %s", move._get_html_link())
            )
            move._message_log(
                body=self.env._("Fee of the contract %s", contract._get_html_link())
            )
        return moves

    def _prepare_invoice(self):
        """Return the values of the draft invoice of these fees; writes nothing."""
        contract = self.contract_id
        partner = contract.partner_id
        return {
            "move_type": "out_invoice",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "currency_id": contract.currency_id.id,
            "invoice_origin": contract.name,
            "invoice_line_ids": [
                Command.create(fee._prepare_invoice_line()) for fee in self
            ],
        }

    def _prepare_invoice_line(self):
        """Return the values of the line that charges this fee; writes nothing."""
        fee = self.with_context(lang=self.partner_id.lang or self.env.lang)
        first, last = fee._get_days()
        words = [
            fee.product_id.display_name,
            fee.env._(
                "Contract %(contract)s, %(first)s to %(last)s",
                contract=fee.contract_id.name,
                first=format_date(fee.env, first),
                last=format_date(fee.env, last),
            ),
        ]
        if fee.hours:
            words.append(
                fee.env._(
                    "%(hours)s support hours, usable through %(date)s",
                    hours=format_duration(fee.hours),
                    date=format_date(fee.env, first + relativedelta(years=1)),
                )
            )
        return {
            "product_id": self.product_id.id,
            "name": "\n".join(words),
            "quantity": 1,
            "price_unit": self.price,
            "support_contract_id": self.contract_id.id,
            "support_fee_id": self.id,
        }

    def _get_days(self):
        """Return the first and the last day of the contract that the fee is for."""
        contract, start = self.contract_id, self.date_from
        if start > contract.date_end:  # invoiced before the contract was shortened
            return start, start + relativedelta(years=1, days=-1)
        later = [year for year in contract._get_years() if year > start]
        end = later[0] - timedelta(days=1) if later else contract.date_end
        return start, end

    def _get_live_line(self):
        """Return the invoice line that charges this fee, cancelled ones aside."""
        return self.move_line_ids.filtered(lambda line: line._is_live_charge())[:1]

    def _get_year_packs(self):
        """Return the packs that begin in this year of the contract, however given."""
        first, last = self._get_days()
        packs = self.contract_id.sudo().pack_ids
        return packs.filtered(
            lambda pack: not pack.adjusts_id and first <= pack.date_from <= last
        )

    def _get_packs(self):
        """Return the packs that gave hours of this year of the contract."""
        packs = self.contract_id.sudo().pack_ids
        return packs.filtered(
            lambda pack: pack.origin == "plan" and pack.date_from == self.date_from
        )

    def _get_plain(self):
        """Return the pack that the invoice of this fee will give, for hours.py."""
        return hours.Pack(
            -self.id,
            round(self.hours * 60),
            self.date_from,
            self.date_from + relativedelta(years=1),
            self.contract_id._get_hours_pool().id,
            is_usable=False,
        )

    @api.model
    def _cron_invoice(self):
        """Draft the invoices of years that have begun, where the plan says so."""
        fees = self.search(
            [
                ("state", "=", "open"),
                ("drafted_at", "=", False),
                ("contract_id.is_signed", "=", True),
                ("contract_id.active", "=", True),
                ("contract_id.plan_id.fee_invoicing", "=", "signing"),
            ]
        )
        due = fees.filtered(lambda fee: fee.date_from <= fee.contract_id._get_today())
        self.env["helpdesk.job.failure"]._work(
            "helpdesk_billing_hours.ir_cron_invoice_fees",
            due,
            lambda fee: fee._is_open() and fee._make_invoices(),
        )

    def _is_open(self):
        return self.state == "open" and not self.drafted_at
