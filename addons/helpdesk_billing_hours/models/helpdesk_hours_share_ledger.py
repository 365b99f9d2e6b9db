from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: What a freed or a renewed share has in common with the one it stands for.
COPIED = (
    "line_id",
    "source_line_id",
    "ticket_id",
    "company_id",
    "partner_id",
    "contract_id",
    "kind",
    "charge",
    "first_minute",
    "minutes",
    "pack_id",
    "authorization_id",
    "band",
    "basis",
    "reason",
    "work_date",
    "run_id",
)


class HelpdeskHoursShare(models.Model):
    """Freeing settled minutes and taking them back.

    Settled rows stay: a row with the same minutes below zero frees them, dated in the
    first open period as what charges them anew, so that closed periods read the same
    for ever and no day counts them twice.
    """

    _inherit = "helpdesk.hours.share"

    def _prepare_copy(self, **values):
        """Return the values of a settled row like this one; writes nothing."""
        vals = {}
        for name in COPIED:
            value = self[name]
            vals[name] = value.id if self._fields[name].type == "many2one" else value
        closed = self._get_closed_until(self.company_id, self.partner_id)
        return {
            **vals,
            "settled": True,
            "accounting_date": self._get_accounting_date(
                self.accounting_date or self.work_date, closed
            ),
            **values,
        }

    def _free(self, move_line=None, minutes=None):
        """Free these settled shares; the next run charges their minutes again.

        ``minutes`` frees the last ones only of a single share. ``move_line`` is the
        credit note's line that does it.
        """
        shares = self.sudo().filtered(lambda s: s.settled and not s.is_reversed)
        if minutes is not None and shares and minutes != shares.minutes:
            shares = shares._split(shares.minutes - minutes)
        shares.is_reversed = True
        shares.create(
            [
                share._prepare_copy(
                    minutes=-share.minutes,
                    reversal_of_id=share.id,
                    move_line_id=(move_line or share.move_line_id).id,
                )
                for share in shares
            ]
        )
        shares.ticket_id._reallocate_hours()
        return shares

    def _split(self, minutes):
        """Cut a share after so many minutes; return the second part."""
        self.ensure_one()
        rest = self.minutes - minutes
        values = self._prepare_copy(
            minutes=rest,
            first_minute=self.first_minute + (minutes if self.line_id else 0),
            accounting_date=self.accounting_date,
            move_line_id=self.move_line_id.id,
        )
        self.minutes = minutes
        self.flush_recordset()
        return self.create(values)

    def _take_back(self):
        """Undo the freeing of these shares: their invoice charges them again.

        Raises UserError when another invoice has them meanwhile.
        """
        freed = self.sudo().filtered("is_reversed")
        freed._check_not_charged_again()
        freed._drop_open()
        freed.search([("reversal_of_id", "in", freed.ids)]).unlink()
        freed.is_reversed = False
        self.env.flush_all()
        freed.ticket_id._reallocate_hours()

    def _renew(self, move_line):
        """Put freed shares on the line of another draft."""
        freed = self.sudo().filtered("is_reversed")
        freed._check_not_charged_again()
        freed._drop_open()
        renewed = freed.create(
            [share._prepare_copy(move_line_id=move_line.id) for share in freed]
        )
        self.env.flush_all()
        freed.ticket_id._reallocate_hours()
        return renewed

    def _drop_open(self):
        """Remove what is open on the lines of these shares, to be charged anew."""
        self.search(
            [("settled", "=", False), ("ticket_id", "in", self.ticket_id.ids)]
        ).unlink()
        self.env.flush_all()

    def _get_charged_again(self):
        """Return the live settled shares that have minutes of these.

        What was added to a ticket has no minute of its own: whatever was added in the
        same way after it was freed stands for it.
        """
        live = self.search(
            Domain(self._get_live_domain())
            & Domain("settled", "=", True)
            & Domain("line_id", "in", self.line_id.ids)
        )
        again = self.browse()
        for share in self.filtered("line_id"):
            first, last = share._get_span()
            for other in live.filtered(lambda s, line=share.line_id: s.line_id == line):
                start, stop = other._get_span()
                if start < last and first < stop:
                    again |= other
        added = self.filtered(lambda share: not share.line_id)
        for share in self.search(
            Domain(self._get_live_domain())
            & Domain("settled", "=", True)
            & Domain("line_id", "=", False)
            & Domain("ticket_id", "in", added.ticket_id.ids)
        ):
            again |= share if added._is_older_than(share) else again
        return again

    def _is_older_than(self, share):
        """Tell whether any of these was freed before a share like it was added."""
        same = self.filtered(
            lambda s: (s.ticket_id, s.kind) == (share.ticket_id, share.kind)
        )
        freeing = self.search([("reversal_of_id", "in", same.ids)])
        return any(row.id < share.id for row in freeing)

    def _get_span(self):
        return self.first_minute, self.first_minute + abs(self.minutes)

    def _check_not_charged_again(self):
        again = self._get_charged_again()
        if again:
            raise UserError(
                self.env._(
                    "The hours of %(ticket)s are on %(invoice)s by now: cancel or "
                    "credit that one first.",
                    ticket=again[:1].ticket_id.number,
                    invoice=again.move_id[:1].display_name
                    or self.env._("a later settlement"),
                )
            )

    def _release(self):
        """Forget these shares, as if their run had left them out."""
        shares = self.sudo()
        tickets = shares.ticket_id
        reversals = shares.search([("reversal_of_id", "in", shares.ids)])
        (reversals | shares.filtered("reversal_of_id")).unlink()
        shares.exists().unlink()
        tickets._reallocate_hours()

    def _get_closed_until(self, company, partner):
        """Return the last day of the closed periods of a customer, or None."""
        runs = self.env["helpdesk.hours.run"].sudo()
        dates = company._get_support_lock_dates()
        if last := runs._get_closed_until(company, partner):
            dates.append(last)
        return max(dates, default=None)

    def _get_accounting_date(self, date, closed):
        """Return a date, or the first open one when it is in a closed period."""
        if closed and date <= closed:
            return fields.Date.add(closed, days=1)
        return date
