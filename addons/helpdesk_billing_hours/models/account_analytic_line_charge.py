from odoo import api, fields, models
from odoo.tools import format_amount

from odoo.addons.helpdesk_sla_policy import clock

from .. import hours
from .helpdesk_ticket import RULES

OUTSIDE = "outside"
DAY = 24 * 60  # minutes; a longer line is no single stretch of work


class AccountAnalyticLine(models.Model):
    """What a worked line costs, and why; for hours.py, and before it is saved."""

    _inherit = "account.analytic.line"

    charge_preview = fields.Char(
        string="Will Be",
        compute="_compute_charge_preview",
        help="What these hours cost, known before they are saved.",
    )
    charge_level = fields.Selection(
        [("success", "Covered"), ("warning", "To Check"), ("danger", "Billable")],
        compute="_compute_charge_preview",
    )
    is_outside = fields.Boolean(
        string="Partly Out of Hours", compute="_compute_charge_preview"
    )

    @api.depends(
        "employee_id",
        "outside_authorization_id",
        "outside_message_id",
        "outside_note",
        "outside_request",
        "share_ids",
        "started_at",
        "ticket_id",
        "unit_amount",
        "work_type_id",
    )
    def _compute_charge_preview(self):
        for line in self:
            line.charge_preview, line.charge_level, line.is_outside = (
                line._get_preview()
                if line.ticket_id and (line.date or line.started_at)
                else (False, False, False)
            )

    def _get_minutes(self):
        return round(self.unit_amount * 60)

    def _get_moment(self):
        """Return when the work began, as naive UTC: noon when only the day is known."""
        if self.started_at:
            return self.started_at
        return self.ticket_id._get_noon(self.date)

    def _get_contract(self):
        """Return the contract under which the work was done: the ticket's, or the
        renewal that goes on with it."""
        return self.ticket_id.sudo().contract_id._get_on(self._get_day())

    def _get_day(self):
        """Return the work date, in the customer's zone."""
        if self.started_at:
            tz = self.ticket_id._get_customer_tz()
            local = self.with_context(tz=tz)
            return fields.Datetime.context_timestamp(local, self.started_at).date()
        return self.date

    def _speak(self):
        """Return this line in the customer's language: reasons are the customer's."""
        lang = self.ticket_id.commercial_partner_id.lang or None
        return self.with_context(lang=lang)

    def _get_plain(self):
        """Return the pieces of this line for hours.py.

        Its own start decides the coverage. What is covered is cut where attention
        hours end (R-A8); a line without a start, or longer than a day, is not cut but
        waits for its times.
        """
        ticket = self.ticket_id.sudo()
        moment = self._get_moment()
        code, note = ticket._coverage_at(moment)
        reason = self.env["helpdesk.coverage.reason"]._get(code)
        contract, work_type = self._get_contract(), self.work_type_id
        is_exempt = work_type in ticket.sla_policy_id.sudo().exempt_work_type_ids
        line = hours.Line(
            id=self._origin.id or -1,
            ticket=ticket._origin.id,
            day=self._get_day(),
            minutes=self._get_minutes(),
            rule=RULES[reason.coverage],
            reason=note or reason.clause or reason.name,
            contract=contract._get_hours_pool().id if contract else None,
            order=(fields.Datetime.to_string(moment),),
            exempt=is_exempt,
            waits=self._get_line_hold(reason.coverage),
            owner=contract.id or None,
            series=contract._get_series().id or None,
        )
        if reason.coverage == "billable" and not is_exempt:
            return [self._wait_for_acceptance(line)]
        if reason.coverage != "covered":
            return [line]
        if contract._has_packs_on(line.day):
            line = hours.replace(line, rule=hours.PACK)
        if work_type and contract._get_plan_at(moment)._excludes(work_type):
            note = self.env._("The plan does not include: %s", work_type.name)
            line = hours.replace(line, rule=hours.BILLABLE, reason=note)
            return [self._wait_for_acceptance(line)]
        return [self._wait_for_fee(piece, contract) for piece in self._cut(line)]

    def _wait_for_fee(self, piece, contract):
        """Hold free hours that may come from the pack of a fee to be invoiced."""
        if piece.rule == hours.FREE and contract._has_open_fee_on(piece.day):
            return hours.replace(piece, waits=piece.waits or hours.AWAITS_PACK)
        return piece

    def _get_line_hold(self, coverage):
        """Return why this line cannot be invoiced yet, whatever it costs."""
        if coverage == "pending":
            return "undecided"
        return ""

    def _wait_for_acceptance(self, line):
        """Hold a line until the customer accepts, where the policy says so (R-B4)."""
        ticket = self.ticket_id.sudo()
        if line.waits or not ticket.sla_policy_id.bills_after_acceptance:
            return line
        if ticket._is_work_accepted():
            return line
        return hours.replace(line, waits="not_accepted")

    # Attention hours

    def _cut(self, line):
        """Cut covered work where attention hours begin and end (R-A8)."""
        calendar = self._get_attention_hours()
        if calendar is None or calendar.is_always_open or line.minutes <= 0:
            return [line]
        if not self.started_at or line.minutes > DAY:
            return [hours.replace(line, waits=line.waits or "no_start")]
        return [
            self._price_piece(
                hours.replace(line, first=first, minutes=minutes), key or None
            )
            for first, minutes, key in self._get_pieces(calendar, line.minutes)
        ]

    def _get_attention_hours(self):
        """Return the compiled calendar of the contract for the ticket's environment."""
        ticket = self.ticket_id.sudo()
        contract = self._get_contract()
        if not contract:
            return None
        calendar = contract._get_calendar(ticket._get_sla_environment())
        return calendar._get_support_clock(ticket.company_id)

    def _get_pieces(self, calendar, minutes):
        """Return ``(first minute, minutes, key)``: key is 0 in attention hours, else
        the id of the band, or ``outside``."""
        start = clock.to_instant(self.started_at)
        stop = start + minutes * 60
        spans = []
        for low, high, is_open, _name in calendar.cut(start, stop):
            spans += [(low, high, 0)] if is_open else self._get_bands(low, high)
        return hours.split(start, minutes, spans)

    def _get_bands(self, low, high):
        """Return closed time cut by the bands of the plan; the first one wins."""
        ticket = self.ticket_id.sudo()
        rest, spans = [(low, high)], []
        plan = self._get_contract()._get_plan_at(self.started_at)
        for band in plan.band_ids:
            left = []
            for start, stop in rest:
                if not band.calendar_id:
                    spans.append((start, stop, band.id))
                    continue
                hours_of_band = band.calendar_id._get_support_clock(ticket.company_id)
                for first, last, is_open, _name in hours_of_band.cut(start, stop):
                    if is_open:
                        spans.append((first, last, band.id))
                    else:
                        left.append((first, last))
            rest = left
        return sorted([*spans, *((start, stop, OUTSIDE) for start, stop in rest)])

    def _get_percent(self, band):
        """Return what a minute of a band counts, as the contract has it agreed."""
        if not band:
            return 100
        price = self._get_contract()._get_agreed_price(band, "multiplier")
        return round(price * 100)

    def _price_piece(self, piece, key):
        """Return a piece with what it costs outside attention hours (R-A8)."""
        if key is None:
            return piece
        band = self.env["helpdesk.support.plan.band"]
        if key != OUTSIDE:
            band = band.sudo().browse(key)
        values = {
            "band": str(key),
            "percent": self._get_percent(band),
        }
        name = band.name or self.env._("Outside attention hours")
        if self.outside_request == "customer":
            reason = self.env._(
                "%(band)s, asked for by the customer: %(note)s",
                band=name,
                note=self._describe_request(),
            )
            values.update(rule=hours.BILLABLE, exempt=True, reason=reason)
        elif self.outside_request == "authorized":
            reason = self.env._("%s, authorised by the customer", name)
            ticket = hours.out_of_hours(piece.ticket)
            values.update(rule=hours.BILLABLE, ticket=ticket, reason=reason)
        elif self.outside_request == "agent":
            values["reason"] = f"{piece.reason} ({name}: {self.outside_note})"
        else:
            values.update(rule=hours.PENDING, waits="outside", reason=name)
        return hours.replace(piece, **values)

    # Before saving

    def _get_preview(self):
        """Return ``(text, level, whether partly out of hours)`` of this line."""
        if self.share_ids and self.is_settled:
            return self._describe(self.share_ids.sudo()), self._get_level(), False
        pieces = self._get_plain()
        is_outside = any(piece.band for piece in pieces)
        parts, level = [], "success"
        for share in self.ticket_id.sudo()._preview_shares(self, pieces):
            text, share_level = self._preview_share(share)
            parts += [text] if text not in parts else []
            level = max(level, share_level, key=["success", "warning", "danger"].index)
        return ", ".join(parts), level, is_outside

    def _describe(self, shares):
        labels = dict(shares._fields["charge"]._description_selection(self.env))
        return ", ".join(dict.fromkeys(labels[share.charge] for share in shares))

    def _get_level(self):
        charges = set(self.share_ids.sudo().mapped("charge"))
        return "danger" if charges & {"billable", "overage"} else "success"

    def _preview_share(self, share):
        """Return what a share will be in a few words, and how much to care."""
        if share.waits in ("no_start", "outside") or share.charge == hours.PENDING:
            return self._preview_waiting(share)
        if share.charge in (hours.PACK, hours.FREE):
            return self._preview_covered(share), "success"
        return self._preview_charged(share), "danger"

    def _preview_waiting(self, share):
        """Return why a share will wait, and how much to care."""
        if share.waits == "no_start":
            return self.env._("no start time"), "warning"
        if share.waits == "outside":
            return self.env._("out of hours: say who asked"), "warning"
        if share.waits == hours.UNAUTHORIZED and share.band:
            return self.env._("out of hours: needs authorisation"), "danger"
        if share.waits == hours.UNAUTHORIZED:
            return self.env._("not covered: needs authorisation"), "danger"
        return self.env._("pending: %s", share.reason or share.waits), "warning"

    def _preview_covered(self, share):
        """Return why a share will cost nothing, in a few words."""
        if share.band:
            return self.env._("out of hours: covered")
        if share.charge == hours.PACK:
            return self.env._("in contract")
        code = self.ticket_id.sudo()._coverage_at(self._get_moment())[0]
        reason = self.env["helpdesk.coverage.reason"]._get(code)
        if reason.coverage == "warranty":
            return self.env._("warranty")
        if reason.coverage == "covered":
            return self.env._("in contract")
        return reason.name.lower()

    def _preview_charged(self, share):
        """Return what a share will cost an hour, in a few words."""
        ticket = self.ticket_id.sudo()
        price, currency = ticket._preview_price(share, self.work_type_id)
        if price is None:
            return self.env._("no price: set one on contract or plan")
        amount = format_amount(self.env, price, currency)
        if share.charge == hours.OVERAGE:
            text = self.env._(
                "pack short by %(hours)s: overage %(price)s/h",
                hours=hours.to_text(share.minutes),
                price=amount,
            )
            if share.waits:
                text = self.env._("%s, needs authorisation", text)
            return text
        if share.band:
            return self.env._("out of hours %s/h", amount)
        return self.env._("billable %s/h", amount)
