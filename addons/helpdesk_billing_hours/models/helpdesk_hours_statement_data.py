from odoo import models
from odoo.fields import Domain

from .. import ledger

CHARGED = ("billable", "overage")


class HelpdeskHoursStatement(models.Model):
    """What a statement says; it sums up to the minute or raises ValueError."""

    _inherit = "helpdesk.hours.statement"

    def _get_data(self, with_money=True):
        """Return what the statement says, in the customer's language.

        Counted by accounting date: late hours are in the first period that was open,
        with their real date. Minutes, whole; amounts before taxes.
        """
        self.ensure_one()
        lang = self._get_lang()
        statement = self.sudo().with_context(lang=lang)
        contract = statement.contract_id
        packs = contract._get_pooled_contracts().pack_ids
        packs = packs.filtered(lambda pack: not pack.adjusts_id)
        rolls, grants, expiries = ledger.Roll(), [], []
        period = (self.date_from, self.date_to)
        for pack, (terms, given, uses) in packs._get_ledger().items():
            rolls += ledger.roll_forward(terms, given, uses, *period)
            expiries += [
                {"date": day, "name": pack.name, "minutes": minutes}
                for day, minutes in ledger.get_expiries(terms, given, uses, *period)
            ]
        rows = statement._get_rows(with_money)
        grants = statement._get_grants(packs)
        statement._check_sums(rolls, rows, grants, expiries)
        return {
            "statement": statement,
            "contract": contract,
            "has_packs": bool(packs),
            "with_money": with_money,
            "shows_agents": not contract.policy_id.hides_agents,
            "roll": rolls,
            "grants": grants,
            "expiries": expiries,
            "rows": rows,
            "real": sum(row["real"] for row in rows),
            "accounted": sum(row["accounted"] for row in rows),
            "billable": sum(
                row["accounted"] for row in rows if row["charge"] in CHARGED
            ),
            "totals": statement._get_totals(rows),
            "is_final": statement.is_final,
        }

    def _get_lang(self):
        """Return the language of the statement: the reader's, else the customer's."""
        lang = self.env.context.get("statement_lang")
        return lang or self.sudo().contract_id.partner_id.lang or None

    def _get_report_data(self):
        """Return what the printed statement says; money as far as it may be seen."""
        self.check_access("read")  # any user may ask for a report by its address
        with_money = self.env.context.get("statement_money", True)
        return self._get_data(with_money and self._may_see_money())

    def _check_sums(self, roll, rows, grants, expiries):
        """Raise ValueError unless the lines explain the balance to the minute."""
        roll.check()
        given = sum(row["minutes"] for row in grants)
        used = sum(row["accounted"] for row in rows if row["charge"] == "pack")
        expired = sum(row["minutes"] for row in expiries)
        sums = (roll.granted + roll.adjusted + roll.credited, roll.used, roll.expired)
        if sums != (given, used, expired):
            raise ValueError(
                f"{self.display_name}: {sums} minutes were granted, used and expired, "
                f"but the lines say {(given, used, expired)}"
            )

    def _get_grants(self, packs):
        """Return a dict for each grant, adjustment and credit of the period."""
        rows = self.env["helpdesk.hours.grant"].search(
            [
                ("root_id", "in", packs.ids),
                ("accounting_date", ">=", self.date_from),
                ("accounting_date", "<=", self.date_to),
            ]
        )
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        return [
            {
                "date": row.accounting_date,
                "name": row.pack_id.name,
                "kind": row.kind,
                "label": kinds[row.kind],
                "minutes": row.minutes,
                "until": row.root_id.date_to,
            }
            for row in rows
        ]

    # Lines

    def _get_shares(self):
        """Return the rows of the ledger that count in the period, freed ones too."""
        contract = self.contract_id
        shares = self.env["helpdesk.hours.share"]
        closed = shares._get_closed_until(contract.company_id, contract.partner_id)
        pool = contract._get_pooled_contracts().ids
        own = Domain("contract_id", "in", pool) | Domain(
            "pack_id.contract_id", "in", pool
        )
        settled = Domain("settled", "=", True)
        settled &= Domain("accounting_date", ">=", self.date_from)
        found = shares.search(
            own
            & Domain("accounting_date", "<=", self.date_to)
            & (settled | Domain("settled", "=", False))
        )
        return found.filtered(
            lambda s: (
                s.settled
                or self.date_from
                <= s._get_accounting_date(s.accounting_date, closed)
                <= self.date_to
            )
        )

    def _get_rows(self, with_money):
        """Return a dict for each line; what was freed and charged alike is left out."""
        shares = self._get_shares()
        shares.mapped("line_id.employee_id")  # read together
        groups = {}
        for share in shares:
            groups.setdefault(self._get_row_key(share), shares.browse())
            groups[self._get_row_key(share)] |= share
        rows = [
            self._prepare_row(group, with_money)
            for group in groups.values()
            if sum(group.mapped("minutes"))
        ]
        return sorted(rows, key=lambda row: row["order"])

    def _get_row_key(self, share):
        return (
            share.line_id,
            share.source_line_id,
            share.ticket_id,
            share.kind,
            share.charge,
            share.pack_id,
            share.authorization_id,
            share.move_line_id,
            share.work_date,
            share.line_id and (share.band, share.reason),
        )

    def _prepare_row(self, shares, with_money):
        """Return what the statement says of shares that are one line of it."""
        share = shares[0]
        minutes = sum(shares.mapped("minutes"))
        line = share.line_id or share.source_line_id
        charges = dict(shares._fields["charge"]._description_selection(self.env))
        kinds = dict(shares._fields["kind"]._description_selection(self.env))
        move = share.move_line_id.move_id
        live = shares.filtered(lambda s: not s.is_reversed and not s.reversal_of_id)
        dispute = self._get_dispute(share, line)
        return {
            "order": (
                share.work_date,
                share.ticket_id.id,
                not line,
                line.id or 0,
                not share.line_id,
                share.first_minute,
                shares.ids[0],
            ),
            "date": share.work_date,
            "is_late": share.work_date < self.date_from,
            "start": share._get_local_start() if share.line_id else "",
            "ticket": share.ticket_id,
            "agent": share.line_id.employee_id.name or "",
            "work": (line.work_type_id.name or "") if share.line_id else "",
            "description": share.line_id.name or kinds[share.kind],
            "real": minutes if share.line_id else 0,
            "accounted": minutes,
            "charge": share.charge,
            "label": charges[share.charge],
            "reason": share.reason or "",
            "waits": live[:1].hold if share.charge == "pending" else False,
            "amount": self._get_amount(shares, minutes) if with_money else None,
            "currency": share._get_currency(),
            "move": move if with_money and share.charge in CHARGED else move.browse(),
            "dispute": dispute,
            "line": line,
            "kind": share.kind,
            "may_dispute": bool(live) and (not dispute or dispute.state != "open"),
        }

    def _get_dispute(self, share, line):
        """Return the last dispute of what a row is about."""
        if line:
            return line.dispute_ids.sorted("id")[-1:]
        kind = share.kind
        own = share.ticket_id.dispute_ids.filtered(lambda d: d.kind == kind)
        return own.sorted("id")[-1:]

    def _get_amount(self, shares, minutes):
        """Return what the minutes cost before taxes: as invoiced, else as priced."""
        share = shares[0]
        if share.charge not in CHARGED:
            return 0
        line, currency = share.move_line_id, share._get_currency()
        if line and line.quantity:
            price = line.price_subtotal / line.quantity
            return currency.round(price * minutes / 60)
        return currency.round((share._get_price() or 0) * minutes / 60)

    def _get_totals(self, rows):
        """Return ``(currency, amount)`` of what is charged, by currency."""
        totals = {}
        for row in rows:
            if row["amount"]:
                totals[row["currency"]] = totals.get(row["currency"], 0) + row["amount"]
        return list(totals.items())
