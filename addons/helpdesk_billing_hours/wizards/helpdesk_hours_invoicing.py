from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

CHARGED = ("billable", "overage")


class HelpdeskHoursInvoicing(models.TransientModel):
    """Make draft invoices of the support hours that are ready."""

    _name = "helpdesk.hours.invoicing"
    _description = "Invoice Support Hours"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(day=1),
        help="Hours worked before this day are included as well, unless an earlier run "
        "took them.",
    )
    date_to = fields.Date(required=True, default=fields.Date.context_today)
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: every customer."
    )
    share_ids = fields.Many2many(
        "helpdesk.hours.share", string="To Invoice", compute="_compute_share_ids"
    )
    exception_ids = fields.Many2many(
        "helpdesk.hours.share", string="Left Out", compute="_compute_share_ids"
    )

    totals = fields.Html(string="Invoices", compute="_compute_totals")

    @api.depends("company_id", "date_to", "partner_ids")
    def _compute_share_ids(self):
        shares = self.env["helpdesk.hours.share"].sudo()
        for wizard in self:
            found = shares.search(wizard._get_domain())
            charged = found.filtered(lambda share: share.charge in CHARGED)
            ready = charged.filtered(wizard._has_price)
            pending = found.filtered(lambda share: share.charge == "pending")
            wizard.share_ids = ready
            wizard.exception_ids = pending | (charged - ready)

    @api.depends("share_ids")
    def _compute_totals(self):
        for wizard in self:
            wizard.totals = self.env["ir.qweb"]._render(
                "helpdesk_billing_hours.invoicing_totals",
                {"totals": wizard._get_totals()},
            )

    def _get_totals(self):
        """Return a dict for each invoice: customer, hours, amount before taxes."""
        groups = self.share_ids.sudo().grouped(self._get_invoice_key)
        return [
            {
                "customer": partner.display_name,
                "contract": contract.name,
                "hours": sum(shares.mapped("minutes")) / 60,
                "amount": sum(
                    currency.round(
                        self._get_price(line) * sum(line.mapped("minutes")) / 60
                    )
                    for line in self._group_lines(shares)
                ),
                "currency": currency,
            }
            for (partner, contract, currency), shares in groups.items()
        ]

    def _group_lines(self, shares):
        """Return the shares of each line of an invoice."""
        groups = shares.grouped(lambda s: (s.ticket_id, s.charge, s.authorization_id))
        return [line for line in groups.values() if sum(line.mapped("minutes"))]

    def _get_domain(self):
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("settled", "=", False),
                ("work_date", "<=", self.date_to),
            ]
        )
        if self.partner_ids:
            customers = self.partner_ids.commercial_partner_id
            domain &= Domain("partner_id", "in", customers.ids)
        return domain

    def action_create_invoices(self):
        """Make one draft invoice per customer, contract and currency; open them.

        Hours that cost nothing are settled as well. Running it again finds nothing
        more. Raises UserError when there is nothing.
        """
        self.ensure_one()
        self.env["account.move"].check_access("create")
        tickets = self.env["helpdesk.hours.share"].sudo().search(self._get_domain())
        tickets.ticket_id._reallocate_hours()
        shares = self.env["helpdesk.hours.share"].sudo().search(self._get_domain())
        shares.lock_for_update()
        self.invalidate_recordset()
        ready = self.share_ids.sudo()
        moves = self.env["account.move"]
        for key, group in ready.grouped(self._get_invoice_key).items():
            moves |= self._create_invoice(group, *key)
        settled = shares.filtered(lambda share: share.charge in ("pack", "free"))
        settled |= ready
        settled.write({"settled": True, "accounting_date": self.date_to})
        if not settled:
            raise UserError(
                self.env._(
                    "There are no support hours to invoice until %s. Look at what was "
                    "left out: hours may wait for an authorisation or a price.",
                    self.date_to,
                )
            )
        if not moves:
            return self._prepare_notice()
        return moves._get_records_action(name=self.env._("Invoices"))

    def _prepare_notice(self):
        """Return the action that says that hours were settled without an invoice."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The hours until %s are settled; none of them is to be invoiced.",
                    self.date_to,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_currency(self, share):
        return (
            share.authorization_id.currency_id
            or share.contract_id.currency_id
            or share.company_id.currency_id
        )

    def _get_invoice_key(self, share):
        return (share.partner_id, share.contract_id, self._get_currency(share))

    def _get_price(self, shares):
        """Return the price of an hour before taxes, or None when nobody set one."""
        share = shares[:1]
        if share.authorization_id:
            return share.authorization_id.price_unit
        return share.contract_id.hour_price or None

    def _has_price(self, share):
        return self._get_price(share) is not None

    def _create_invoice(self, shares, partner, contract, currency):
        lines = self._group_lines(shares)
        if not lines:
            return self.env["account.move"]
        move = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                self._prepare_invoice(
                    partner,
                    contract,
                    currency,
                    [self._prepare_invoice_line(line) for line in lines],
                )
            )
        )
        for group, line in zip(lines, move.invoice_line_ids, strict=True):
            group.write({"move_line_id": line.id})
        return move

    def _prepare_invoice(self, partner, contract, currency, lines):
        """Return the values of a draft invoice; writes nothing."""
        return {
            "move_type": "out_invoice",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "currency_id": currency.id,
            "invoice_origin": contract.name or False,
            "invoice_line_ids": [Command.create(line) for line in lines],
        }

    def _prepare_invoice_line(self, shares):
        """Return the values of an invoice line; writes nothing."""
        product = self.env.ref("helpdesk_billing_hours.product_support_hour")
        ticket = shares.ticket_id
        minutes = sum(shares.mapped("minutes"))
        reasons = dict.fromkeys(share.reason for share in shares if share.reason)
        details = [f"{ticket.number} {ticket.name}", *reasons]
        authorization = shares.authorization_id
        if authorization:
            details.append(
                self.env._(
                    "Authorised by %(name)s: %(number)s",
                    name=authorization.answered_by,
                    number=authorization.name,
                )
            )
        return {
            "product_id": product.id,
            "name": "\n".join(details),
            "quantity": minutes / 60,
            "price_unit": self._get_price(shares),
        }
