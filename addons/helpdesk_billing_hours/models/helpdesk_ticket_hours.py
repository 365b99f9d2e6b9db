from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy import clock

from .. import hours
from .helpdesk_hours_share import COMPARED


class HelpdeskTicket(models.Model):
    """Charging the hours of tickets; see hours.py for the rules."""

    _inherit = "helpdesk.ticket"

    def _reallocate_hours(self, until=None):
        """Rewrite the shares that are not settled, of all that hangs together.

        Tickets of one contract share its packs, so they are charged together.
        ``until`` leaves later work out, as a run of a past period does.
        """
        tickets = self.sudo().with_context(active_test=False).exists()
        shared = tickets.contract_id._get_pool_members()
        if shared.pack_ids or shared._get_waiting_fees() or shared._get_consents():
            tickets |= tickets.search(
                [("contract_id", "in", shared.ids), ("timesheet_ids", "!=", False)]
            )
        if tickets:
            tickets._allocate_hours(until)

    def _allocate_hours(self, until=None):
        share_model = self.env["helpdesk.hours.share"].sudo()
        packs = self.contract_id._get_pool_packs()
        live = share_model.search(
            [
                "|",
                ("ticket_id", "in", self.ids),
                "&",
                ("pack_id", "in", packs.ids),
                ("settled", "=", True),
                *share_model._get_live_domain(),
            ],
            order="id",
        )
        settled = live.filtered("settled")
        charged = {}
        for share in settled.filtered("line_id"):
            charged[share.line_id] = charged.get(share.line_id, 0) + share.minutes
        lines = self.timesheet_ids.filtered(
            lambda line: (
                not line.is_running
                and (not until or line._get_day() <= until)
                and line._get_minutes() != charged.get(line, 0)
            )
        )
        done = [share._get_plain() for share in settled]
        terms = {}
        for ticket in self:
            terms |= ticket._get_plain_terms()
        plain = hours.allocate(
            self.contract_id._get_plain_packs(),
            [piece for line in lines for piece in line._speak()._get_plain()],
            done,
            terms,
            self.contract_id._get_consents(),
        )
        plain = self._assign_authorizations(plain, done)
        closed = {}
        values = [self._prepare_share(share, closed) for share in plain]
        before, after = {}, {}
        for share in live - settled:
            self._add_charge(before, share.line_id, share.charge, share.minutes)
        for vals in values:
            line = self.env["account.analytic.line"].browse(vals["line_id"] or [])
            self._add_charge(after, line, vals["charge"], vals["minutes"])
        self._replace_shares(live - settled, values)
        if not until:
            self._log_recharged(before, after)
        packs.adjustment_ids.credit_line_id._follow_pack_credit()
        self.env["helpdesk.hours.alert"].sudo()._notice(
            packs,
            self._get_approved_authorizations()
            | self._get_approved_authorizations(out_of_hours=True),
        )

    def _add_charge(self, charges, line, charge, minutes):
        """Add minutes to ``{line: {charge: minutes}}``; of no line: nothing."""
        if line:
            own = charges.setdefault(line, {})
            own[charge] = own.get(charge, 0) + minutes

    def _assign_authorizations(self, plain, done):
        """Return the shares with the authorisation that each one uses."""
        by_ticket = {}
        for share in plain:
            by_ticket.setdefault(share.ticket, []).append(share)
        result = []
        for ticket in self:
            for number, is_out in ticket._get_plain_numbers():
                shares = by_ticket.pop(number, [])
                given = ticket._get_approved_authorizations(is_out) if shares else ()
                if given:
                    parts = [(a.id, round(a.hours * 60)) for a in given]
                    own = [share for share in done if share.ticket == number]
                    shares = hours.assign(shares, own, parts)
                result += shares
        return result

    def _get_plain_numbers(self):
        """Return ``(number, whether out of hours)`` of this ticket for hours.py."""
        return [(self.id, False), (hours.out_of_hours(self.id), True)]

    def _replace_shares(self, old, values):
        """Write only what changed, after making others who charge these wait."""
        wanted = {}
        for vals in values:
            wanted.setdefault(tuple(vals[name] for name in COMPARED), []).append(vals)
        gone = old.browse()
        for share in old:
            key = tuple(
                share[name].id
                if share._fields[name].type == "many2one"
                else share[name] or False
                for name in COMPARED
            )
            same = wanted.get(key)
            if same:
                same.pop()
            else:
                gone |= share
        new = [vals for same in wanted.values() for vals in same]
        if gone or new:
            self._queue_for_hours()
            gone.unlink()
            self.env.flush_all()
            old.create(new)

    def _queue_for_hours(self):
        """Let two transactions that charge the same packs follow each other.

        The later one fails to serialise and is tried again by Odoo; else both would
        take the same minutes.
        """
        self.contract_id._queue_for_packs()
        tickets = self.filtered(lambda ticket: not ticket.contract_id)
        if tickets:
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket SET write_date = write_date WHERE id IN "
                    "(SELECT id FROM helpdesk_ticket WHERE id IN %s ORDER BY id "
                    "FOR NO KEY UPDATE)",
                    tuple(tickets.ids),
                )
            )

    def _get_approved_authorizations(self, out_of_hours=False):
        """Return the approved authorisations, the first one answered first.

        Those for work outside attention hours, or the others.
        """
        return self.authorization_ids.filtered(
            lambda a: a.state == "approved" and a.is_out_of_hours == out_of_hours
        ).sorted(lambda a: (a.answered_at, a.id))

    def _get_plain_terms(self):
        """Return the terms of this ticket, and of its authorised work out of hours."""
        number, terms = self._origin.id, self._get_billing_terms()
        given = self._get_approved_authorizations(out_of_hours=True)
        if not given:
            return {number: terms}
        outside = hours.replace(
            terms,
            authorized=sum(round(a.hours * 60) for a in given),
            minimum=0,
            fee=0,
            fee_day=None,
        )
        return {number: terms, hours.out_of_hours(number): outside}

    def _get_billing_terms(self):
        """Return what the customer authorised, minimum, rounding and fee (R-A8)."""
        contract = self.contract_id
        plan = contract.plan_id
        if contract:
            plan = contract._get_plan_at(self.received_at)
        fee_day = self._get_fee_day()
        policy = self.sla_policy_id
        return hours.Terms(
            authorized=sum(
                round(a.hours * 60) for a in self._get_approved_authorizations()
            ),
            minimum=policy.minimum_minutes if policy else 60,
            increment=plan.rounding_minutes or 1,
            scope=plan.rounding_scope or hours.ENTRY,
            fee=60 if fee_day else 0,
            fee_day=fee_day,
        )

    def _get_noon(self, day):
        """Return noon of a day in the customer's zone, as naive UTC."""
        return clock.to_datetime(clock.instant(f"{day} 12:00", self._get_customer_tz()))

    def _get_fee_day(self):
        """Return the customer's date of the first improper escalation (R-A12)."""
        improper = self.escalation_ids.filtered("is_improper")
        if not improper:
            return None
        local = self.with_context(tz=self._get_customer_tz())
        first = min(improper.mapped("at"))
        return fields.Datetime.context_timestamp(local, first).date()

    def _is_work_accepted(self):
        """Tell whether what was delivered on this ticket has been accepted."""
        delivered = self.deliverable_ids.filtered(lambda d: d.state != "draft")
        return bool(delivered) and all(
            deliverable.state in ("accepted", "tacit") for deliverable in delivered
        )

    def _prepare_share(self, share, closed):
        """Return the values of a stored share; writes nothing.

        ``closed`` remembers the closed periods of the customers.
        """
        ticket = self.browse(abs(share.ticket))
        ticket = ticket.with_context(lang=ticket.commercial_partner_id.lang or None)
        shares = self.env["helpdesk.hours.share"]
        # Also when the contact has moved to another company since.
        contract = ticket.contract_id._get_on(share.day)
        customer = contract.partner_id or ticket.commercial_partner_id
        key = (ticket.company_id, customer)
        if key not in closed:
            closed[key] = shares._get_closed_until(*key)
        waits = share.waits
        if waits == hours.UNAUTHORIZED and not ticket.contract_id:
            waits = "no_contract"
        return {
            "line_id": share.line or False,
            "ticket_id": ticket.id,
            "company_id": ticket.company_id.id,
            "partner_id": customer.id,
            "contract_id": contract.id,
            "charge": share.charge,
            "minutes": share.minutes,
            "first_minute": share.first or False,
            "kind": share.kind,
            "source_line_id": share.source or False,
            "band": share.band or False,
            "basis": share.basis or False,
            "waits": waits or False,
            "pack_id": share.pack or False,
            "authorization_id": share.authorization or False,
            "reason": ticket._get_share_reason(share) or False,
            "work_date": share.day,
            "accounting_date": shares._get_accounting_date(share.day, closed[key]),
        }

    def _get_share_reason(self, share):
        """Return why these minutes are charged as they are."""
        reasons = {
            hours.MINIMUM: self.env._("Minimum of 1 hour per ticket"),
            hours.ROUNDING: self.env._("Rounding"),
            hours.FEE: self.env._("Improper escalation: fee of 1 hour"),
        }
        if share.kind == hours.BAND:
            return self.env._("Counts more: %s", share.reason)
        if share.kind in reasons:
            return reasons[share.kind]
        if share.charge == hours.PENDING and share.waits == hours.UNAUTHORIZED:
            return self.env._("Waits for an authorisation")
        if share.waits == hours.AWAITS_PACK:
            return self.env._("Waits for a pack that is not paid for yet")
        if share.charge == hours.OVERAGE:
            return self.env._("Hours beyond the pack (%s)", share.reason)
        if share.authorization and share.ticket < 0:
            given = self.env["helpdesk.authorization"].browse(share.authorization)
            return f"{share.reason}: {given.name}, {given.answered_by}"
        return share.reason

    # Before saving

    def _preview_shares(self, line, pieces):
        """Return the shares that a line would have, with what is charged by now."""
        shares = self.env["helpdesk.hours.share"].sudo()
        contract = self.contract_id
        packs = contract._get_pool_packs()
        others = shares.search(
            [
                "|",
                ("ticket_id", "=", self._origin.id),
                ("pack_id", "in", packs.ids),
                *shares._get_live_domain(),
            ]
        ).filtered(lambda s: line._origin not in (s.line_id | s.source_line_id))
        plain = hours.allocate(
            contract._get_plain_packs(),
            pieces,
            [share._get_plain() for share in others],
            self._get_plain_terms(),
            contract._get_consents(),
        )
        return [share for share in plain if share.line == (line._origin.id or -1)]

    def _preview_price(self, share, work_type):
        """Return price and currency of an hour that is charged so."""
        contract = self.contract_id
        currency = contract.currency_id or self.company_id.currency_id
        given = self._get_approved_authorizations(share.ticket < 0)
        if share.basis == hours.AUTHORIZATION and given:
            return given[-1].price_unit, given[-1].currency_id
        if share.charge == hours.OVERAGE and contract.overage_price:
            return contract.overage_price, currency
        if contract:
            moment = self._get_noon(share.day)
            return contract._get_hour_price(work_type, share.day, moment), currency
        price = work_type._get_default_price(
            self.commercial_partner_id, self.company_id, share.day
        )
        return price, currency
