from odoo import models
from odoo.fields import Command

from .. import hours
from ..hours import CHARGED


class HelpdeskHoursInvoicing(models.TransientModel):
    """From settled shares to drafts."""

    _inherit = "helpdesk.hours.invoicing"

    def _create_invoices(self, run, groups):
        """Settle shares and make their drafts; ``groups`` are ``(key, shares)``."""
        drafts = []
        for key, shares in groups:
            lines = self._group_lines(shares)
            if any(line[:1].charge in CHARGED for line in lines):
                drafts.append((key, lines))
        moves = (
            self.env["account.move"]
            .with_company(self.company_id)
            .create(
                [
                    {
                        **self._prepare_invoice(*key[:3], self._speak(key, lines)),
                        "support_run_id": run,
                    }
                    for key, lines in drafts
                ]
            )
        )
        moves.invoice_line_ids._put_taxes_in()
        line_of = {}
        for (_key, groups_of_lines), move in zip(drafts, moves, strict=True):
            made = move.invoice_line_ids.sorted("sequence")[: len(groups_of_lines)]
            for shares, line in zip(groups_of_lines, made, strict=True):
                line_of |= dict.fromkeys(shares.ids, line.id)
        settled = self.env["helpdesk.hours.share"].sudo()
        settled.union(*(shares for _key, shares in groups))._settle(run, line_of)

    def _get_invoice_key(self, share):
        """Return what makes an invoice: (customer, contract, currency, ticket)."""
        contract = share.contract_id
        grouping = contract.invoice_grouping or "contract"
        ticket = share.ticket_id if grouping == "ticket" else share.ticket_id.browse()
        if grouping == "customer":
            contract = contract.browse()
        return (share.partner_id, contract, share._get_currency(), ticket)

    def _group_lines(self, shares):
        """Return the shares of each line of an invoice, what is charged first."""
        shown = shares.filtered(
            lambda s: s.charge in CHARGED or s.contract_id.shows_covered_hours
        )
        prices = shown.filtered(lambda s: s.charge in CHARGED)._get_prices()
        groups = shown.sorted(
            lambda s: (s.charge not in CHARGED, s.ticket_id.id, s.charge, s.id)
        ).grouped(
            lambda s: (
                s.ticket_id,
                s.charge,
                s.authorization_id,
                prices.get(s, 0),
                s._get_work_type()._get_product(),
            )
        )
        return [line for line in groups.values() if sum(line.mapped("minutes"))]

    def _speak(self, key, lines):
        """Return the values of the lines of a draft, in the customer's language."""
        lang = key[0].lang or self.env.lang
        return self.with_context(lang=lang)._prepare_lines(lines)

    def _prepare_lines(self, lines):
        return [
            {**self._prepare_invoice_line(line), "sequence": 10 + number}
            for number, line in enumerate(lines)
        ]

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
        ticket = shares.ticket_id
        minutes = sum(shares.mapped("minutes"))
        reasons = dict.fromkeys(share.reason for share in shares if share.reason)
        time = f"{hours.to_text(minutes)} h"
        details = [f"{ticket.number} {ticket.name} ({time})", *reasons]
        authorization = shares.authorization_id
        if authorization:
            details.append(
                self.env._(
                    "Authorised by %(name)s: %(number)s",
                    name=authorization.answered_by,
                    number=authorization.name,
                )
            )
        is_charged = shares[:1].charge in CHARGED
        price = shares._get_price() if is_charged else 0
        places = shares._get_currency().decimal_places
        return {
            "product_id": shares._get_work_type()._get_product().id,
            "name": "\n".join(details),
            "quantity": hours.to_quantity(minutes, price, places),
            "price_unit": price,
        }

    def _get_shortfall(self, key, shares):
        """Return why corrections below zero make no invoice, as a sentence, or None."""
        if all(share.minutes >= 0 for share in shares):
            return None
        amount = self._get_amount(shares, key[2])
        if key[2].compare_amounts(amount, 0) >= 0:
            return None
        return self.env._(
            "Corrections of %(customer)s take off %(amount)s more than there is to "
            "charge. They wait for hours to set them off against; or credit their "
            "invoice with a credit note, and the next run sets it off.",
            customer=key[0].display_name,
            amount=key[2].format(-amount),
        )

    def _get_amount(self, shares, currency):
        """Return what the invoice of these shares charges before taxes."""
        return sum(
            currency.round(line._get_price() * sum(line.mapped("minutes")) / 60)
            for line in self._group_lines(shares)
            if line[:1].charge in CHARGED
        )

    def _get_totals(self):
        """Return a dict for each invoice: customer, hours, amount before taxes, and
        the problem that keeps it from being made."""
        run = self.env["helpdesk.hours.run"].new(self._prepare_run())
        groups = self.share_ids.sudo().grouped(self._get_invoice_key)
        return [
            {
                "customer": partner.display_name,
                "contract": contract.name or ticket.number,
                "hours": sum(shares.mapped("minutes")) / 60,
                "amount": self._get_amount(shares, currency),
                "currency": currency,
                "problem": run._get_obstacle(partner)
                or self._get_shortfall((partner, contract, currency), shares),
            }
            for (partner, contract, currency, ticket), shares in groups.items()
        ]
