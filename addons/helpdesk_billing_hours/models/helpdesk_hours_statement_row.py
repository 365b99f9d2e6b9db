from odoo import models

from ..hours import CHARGED


class HelpdeskHoursStatement(models.Model):
    """The lines of a statement: date, ticket, agent, time, coverage and reason."""

    _inherit = "helpdesk.hours.statement"

    def _get_rows(self, shares, with_money, scope):
        """Return a dict for each line; what was freed and charged alike is left out."""
        groups = {}
        for share in shares:
            key = self._get_row_key(share)
            groups[key] = groups.get(key, share) | share
        rows = [
            self._prepare_row(group, with_money, scope)
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

    def _prepare_row(self, shares, with_money, scope):
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
            "agent": share._get_shown_agent(),
            "work": (line.work_type_id.name or "") if share.line_id else "",
            "description": share.line_id.name or kinds[share.kind],
            "real": minutes if share.line_id else 0,
            "accounted": minutes,
            "charge": share.charge,
            "label": charges[share.charge],
            "pack_of": self._get_lender(share, scope),
            "reason": share.reason or "",
            "waits": live[:1].hold if share.charge == "pending" else False,
            "amount": self._get_amount(shares, minutes) if with_money else None,
            "currency": share._get_currency(),
            "move": move if with_money and share.charge in CHARGED else move.browse(),
            "dispute": dispute,
            "line": line,
            "kind": share.kind,
            "may_dispute": (
                bool(live)
                and share.contract_id == share.ticket_id.contract_id
                and (not dispute or dispute.state != "open")
            ),
        }

    def _get_lender(self, share, scope):
        """Return the name of the other contract whose pack paid for it, or nothing.

        One that the reader does not see has no name.
        """
        lender = share.pack_id.contract_id
        if not lender or lender == share.contract_id:
            return ""
        return lender.name if scope.shows(lender) else self.env._("another contract")

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
