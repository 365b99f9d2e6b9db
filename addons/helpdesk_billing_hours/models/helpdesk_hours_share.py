from odoo import api, fields, models

from .. import hours

CHARGES = [
    ("pending", "Pending"),
    ("pack", "Pack"),
    ("overage", "Overage"),
    ("billable", "Billable"),
    ("free", "Free"),
]
KINDS = [
    (hours.WORK, "Worked"),
    (hours.BAND, "Counted more"),
    (hours.ROUNDING, "Rounding"),
    (hours.MINIMUM, "Minimum"),
    (hours.FEE, "Fee"),
]
#: On what the customer owes them.
BASES = [
    (hours.AUTHORIZATION, "Authorisation"),
    (hours.CONSENT, "Standing consent"),
    (hours.EXEMPT, "Needs no authorisation"),
]
#: Why hours are left out of a run.
WAITS = [
    (hours.UNAUTHORIZED, "Not authorised"),
    (hours.AWAITS_PACK, "Pack not usable yet"),
    (hours.CORRECTION, "Correction of more than was charged"),
    ("undecided", "Coverage not known"),
    ("no_contract", "No contract"),
    ("no_start", "No start time, or longer than a day"),
    ("outside", "Out of hours: not said who asked"),
    ("not_accepted", "Deliverable not accepted yet"),
    ("disputed", "Disputed"),
    ("not_approved", "Awaiting the customer's approval"),
    ("no_price", "No price"),
]
#: What a run compares to leave shares alone that do not change.
COMPARED = (
    "line_id",
    "ticket_id",
    "company_id",
    "partner_id",
    "contract_id",
    "charge",
    "minutes",
    "first_minute",
    "kind",
    "source_line_id",
    "band",
    "basis",
    "waits",
    "pack_id",
    "authorization_id",
    "reason",
    "work_date",
    "accounting_date",
)


class HelpdeskHoursShare(models.Model):
    """How minutes are charged. Rows that are not settled are rewritten; no others."""

    _name = "helpdesk.hours.share"
    _description = "Share of Support Hours"
    _order = "work_date desc, id desc"
    _rec_name = "ticket_id"
    _allow_sudo_commands = False

    line_id = fields.Many2one(
        "account.analytic.line",
        string="Worked Line",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="Empty for what was added: a minimum, a rounding or a fee.",
    )
    source_line_id = fields.Many2one(
        "account.analytic.line",
        string="On Account Of",
        index="btree_not_null",
        ondelete="cascade",
        readonly=True,
        help="The line on account of which minutes were added.",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict", readonly=True
    )
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, readonly=True
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract", index="btree_not_null", readonly=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="work")
    charge = fields.Selection(CHARGES, required=True, readonly=True)
    minutes = fields.Integer(required=True, readonly=True)
    first_minute = fields.Integer(
        readonly=True, aggregator=None, help="Where in the worked line they begin."
    )
    hours = fields.Float(compute="_compute_hours", store=True, readonly=True)
    pack_id = fields.Many2one(
        "helpdesk.hours.pack",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    authorization_id = fields.Many2one(
        "helpdesk.authorization",
        string="Authorisation",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )
    band = fields.Char(readonly=True)
    basis = fields.Selection(BASES, string="Owed By", readonly=True)
    waits = fields.Selection(
        WAITS, string="Left Out Because", readonly=True, index="btree_not_null"
    )
    hold = fields.Selection(WAITS, string="Why", compute="_compute_hold")
    reason = fields.Char(readonly=True)
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice Line",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", related="move_line_id.move_id"
    )
    work_date = fields.Date(required=True, index=True, readonly=True)
    accounting_date = fields.Date(
        index=True,
        readonly=True,
        help="The work date, or the first open day when its period was closed.",
    )
    settled = fields.Boolean(
        readonly=True, index=True, help="Part of a run: it does not change any more."
    )
    run_id = fields.Many2one(
        "helpdesk.hours.run", index="btree_not_null", ondelete="restrict", readonly=True
    )
    is_reversed = fields.Boolean(
        readonly=True, help="Freed from its invoice: the minutes are charged anew."
    )
    reversal_of_id = fields.Many2one(
        "helpdesk.hours.share",
        string="Frees",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )

    _line_settled_idx = models.Index("(line_id) WHERE settled")
    _open_idx = models.Index("(company_id, work_date) WHERE NOT settled")
    # A minute of a worked line has one live share: it is on one live invoice at most.
    _minute_once = models.Constraint(
        "EXCLUDE USING gist (int8range(line_id::bigint * 1000000 + first_minute, "
        "line_id::bigint * 1000000 + first_minute + abs(minutes)) WITH &&) "
        "WHERE (line_id IS NOT NULL AND is_reversed IS NOT TRUE "
        "AND reversal_of_id IS NULL)",
        "These hours are charged already: another invoice has them.",
    )

    @api.depends("minutes")
    def _compute_hours(self):
        for share in self:
            share.hours = share.minutes / 60

    def _compute_hold(self):
        for share in self.sudo():
            share.hold = share._get_hold()

    @api.model
    def _get_live_domain(self):
        """Return the domain of shares that count: neither freed nor freeing."""
        return [("is_reversed", "=", False), ("reversal_of_id", "=", False)]

    def _get_plain(self):
        """Return this share for hours.py."""
        ticket = self.ticket_id.id
        if self.authorization_id.is_out_of_hours:
            ticket = hours.out_of_hours(ticket)
        return hours.Share(
            self.line_id.id or None,
            ticket,
            self.charge,
            self.minutes,
            self.work_date,
            self.pack_id.id or None,
            self.reason or "",
            first=self.first_minute,
            kind=self.kind,
            source=self.source_line_id.id or None,
            band=self.band or "",
            basis=self.basis or "",
            waits=self.waits or "",
            contract=self.contract_id._get_hours_pool().id
            if self.contract_id
            else None,
            authorization=self.authorization_id.id or None,
            series=self.contract_id._get_series().id or None,
        )

    def _get_hold(self):
        """Return why this share is left out of a run, False when nothing holds it.

        Addons that know more reasons extend this and the selection of ``waits``.
        """
        self.ensure_one()
        if self.charge == "pending" or self.waits:
            return self.waits or "undecided"
        if self.charge in hours.CHARGED and self._get_price() is None:
            return "no_price"
        if self.minutes < 0 and not self.line_id:
            return self._get_hold_of_work()
        return False

    def _get_hold_of_work(self):
        """Return why minutes are not taken off yet: open work that causes it waits."""
        work = self.ticket_id.share_ids.filtered(
            lambda share: not share.settled and share.minutes > 0
        )
        return next((hold for share in work if (hold := share._get_hold())), False)

    def _get_work_type(self):
        return (self.line_id or self.source_line_id).work_type_id[:1]

    def _get_currency(self):
        share = self[:1]
        return (
            share.authorization_id.currency_id
            or share.contract_id.currency_id
            or share.company_id.currency_id
        )

    def _get_price(self):
        """Return the price of an hour before taxes, None when nobody set one.

        Authorised hours have the price that the customer approved, hours by standing
        consent the agreed one, others that of contract, plan, work type, price list.
        """
        share = self[:1]
        if share.authorization_id:
            return share.authorization_id.price_unit
        contract, work_type = share.contract_id, share._get_work_type()
        if share.charge == "overage" and contract.overage_price:
            return contract.overage_price
        if contract:
            moment = share._get_work_moment()
            return contract._get_hour_price(work_type, share.work_date, moment)
        return work_type._get_default_price(
            share.partner_id, share.company_id, share.work_date
        )

    def _get_work_moment(self):
        """Return when these minutes were worked, as naive UTC.

        What was added was worked with the line that it was added for; of none, at noon.
        """
        line = self.line_id or self.source_line_id
        if line:
            return fields.Datetime.add(line._get_moment(), minutes=self.first_minute)
        return self.ticket_id._get_noon(self.work_date)

    def _get_local_start(self):
        """Return when these minutes began as ``14:30`` in the customer's zone."""
        start = self.line_id.started_at
        if not start:
            return ""
        local = self.with_context(tz=self.ticket_id._get_customer_tz())
        start = fields.Datetime.add(start, minutes=self.first_minute)
        return fields.Datetime.context_timestamp(local, start).strftime("%H:%M")
