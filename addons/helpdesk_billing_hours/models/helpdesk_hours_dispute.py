from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from odoo.addons.helpdesk_sla_policy.recorded import blank

from .helpdesk_hours_share import CHARGES

LINE, MINIMUM, FEE = "line", "minimum", "fee"
#: What is resolved, and whether the hours are charged less than before.
LESSENED = ("corrected", "written_off")
#: What opening and resolving record; nobody writes it by hand.
RECORDED = {
    "charge",
    "charged_minutes",
    "company_id",
    "contract_id",
    "customer_id",
    "kind",
    "line_id",
    "minutes",
    "name",
    "opened_at",
    "opened_from",
    "reason",
    "recorded_by_id",
    "resolved_at",
    "resolved_by_id",
    "state",
    "ticket_id",
    "work_date",
}


class HelpdeskHoursDispute(models.Model):
    """What a customer objects to about hours of the statement.

    While it is open, no run charges them; the answer keeps or lessens the charge.
    """

    _name = "helpdesk.hours.dispute"
    _description = "Dispute of Support Hours"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "opened_at desc, id desc"
    _mail_post_access = "read"

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    kind = fields.Selection(
        [
            (LINE, "Worked hours"),
            (MINIMUM, "Minimum of the ticket"),
            (FEE, "Fee of an improper escalation"),
        ],
        string="About",
        required=True,
        default=LINE,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        compute="_compute_ticket_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="restrict",
    )
    line_id = fields.Many2one(
        "account.analytic.line",
        string="Worked Line",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('ticket_id', '!=', False), ('ticket_id', '=?', ticket_id)]",
        help="The hours that the customer objects to, with what was added to them.",
    )
    company_id = fields.Many2one(
        related="ticket_id.company_id", store=True, index=True, precompute=True
    )
    customer_id = fields.Many2one(
        related="ticket_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
        precompute=True,
    )
    contract_id = fields.Many2one(
        "helpdesk.support.contract", index="btree_not_null", readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Opened By",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The customer's contact who objects.",
    )
    recorded_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        help="Who wrote it down when the customer said it elsewhere.",
    )
    opened_at = fields.Datetime(readonly=True, copy=False)
    opened_from = fields.Char(
        readonly=True, copy=False, help="The network address, when on the portal."
    )
    reason = fields.Text(required=True, help="What the customer says is wrong.")
    work_date = fields.Date(readonly=True)
    minutes = fields.Integer(readonly=True, help="Charged when it was opened.")
    hours = fields.Float(string="Disputed Hours", compute="_compute_hours")
    charge = fields.Selection(
        [*CHARGES, ("mixed", "Mixed")], string="Charged As", readonly=True
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("kept", "Resolved: kept"),
            ("corrected", "Resolved: corrected"),
            ("written_off", "Resolved: written off"),
            ("withdrawn", "Withdrawn"),
        ],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    answer = fields.Text(
        copy=False,
        tracking=True,
        help="What the customer reads; needed to resolve the dispute.",
    )
    charged_hours = fields.Float(
        string="Hours to Charge",
        copy=False,
        help="How many of the worked hours stay charged when it is corrected: the "
        "first ones. The worked time itself does not change.",
    )
    charged_minutes = fields.Integer(readonly=True, copy=False)
    resolved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    resolved_at = fields.Datetime(readonly=True, copy=False)
    move_ids = fields.Many2many(
        "account.move", string="Invoices", compute="_compute_move_ids"
    )
    needs_credit = fields.Boolean(
        string="Credit Note to Make",
        compute="_compute_move_ids",
        search="_search_needs_credit",
        help="The hours are on an invoice that charges more than was resolved.",
    )

    _line_uniq = models.UniqueIndex(
        "(line_id) WHERE state = 'open' AND line_id IS NOT NULL",
        "These hours are disputed already: add to that dispute.",
    )
    _ticket_uniq = models.UniqueIndex(
        "(ticket_id, kind) WHERE state = 'open' AND line_id IS NULL",
        "This charge is disputed already: add to that dispute.",
    )
    _line_check = models.Constraint(
        "CHECK ((kind = 'line') = (line_id IS NOT NULL))",
        "Choose the worked line that the customer objects to.",
    )

    @api.depends("line_id")
    def _compute_ticket_id(self):
        for dispute in self:
            dispute.ticket_id = dispute.line_id.ticket_id or dispute.ticket_id

    @api.depends("ticket_id")
    def _compute_partner_id(self):
        for dispute in self:
            dispute.partner_id = dispute.ticket_id.partner_id or dispute.partner_id

    @api.depends("minutes")
    def _compute_hours(self):
        for dispute in self:
            dispute.hours = dispute.minutes / 60

    @api.depends("name", "customer_id")
    def _compute_display_name(self):
        for dispute in self:
            dispute.display_name = f"{dispute.name} {dispute.customer_id.name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        disputes = super().create([self._prepare_dispute(vals) for vals in vals_list])
        for dispute in disputes:
            dispute._check_target()
            dispute.ticket_id.sudo()._reallocate_hours()
            dispute._tell_opened()
        return disputes

    def write(self, vals):
        if not self.env.su and RECORDED & vals.keys():
            raise AccessError(
                self.env._(
                    "What was disputed stays on record: resolve it, withdraw it, or "
                    "add a message."
                )
            )
        is_answer = not self.env.su and {"answer", "charged_hours"} & vals.keys()
        if is_answer and any(dispute.state != "open" for dispute in self):
            raise UserError(
                self.env._("The dispute is resolved: open it again to change it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(
            self.env._("A dispute stays on record: withdraw it with an answer.")
        )

    def _prepare_dispute(self, vals):
        """Return the values of a dispute with what it is about; writes nothing."""
        if not (vals.get("reason") or "").strip():
            raise UserError(self.env._("Write what is wrong with these hours."))
        line = self.env["account.analytic.line"].browse(vals.get("line_id") or [])
        ticket = self.env["helpdesk.ticket"].browse(
            line.sudo().ticket_id.id or vals.get("ticket_id") or []
        )
        if not ticket:
            raise UserError(self.env._("Choose the ticket whose hours are disputed."))
        ticket.check_access("read")
        kind = LINE if line else vals.get("kind") or LINE
        self._check_not_disputed(ticket, line, kind)
        shares = self._get_disputed_shares(ticket, line, kind)
        charges = set(shares.mapped("charge"))
        charge = next(iter(charges), False) if len(charges) < 2 else "mixed"
        dates = shares.mapped("work_date")
        own = {"partner_id", "opened_from", "line_id"} & vals.keys()
        if not self.env.su:
            own -= {"opened_from"}
        return {
            **blank(self, {}, RECORDED),
            **{name: vals[name] for name in own},
            "name": self.env["ir.sequence"].next_by_code(self._name) or "/",
            "kind": kind,
            "ticket_id": ticket.id,
            "contract_id": ticket.sudo().contract_id.id,
            "reason": vals["reason"].strip(),
            "opened_at": fields.Datetime.now(),
            "recorded_by_id": False if self.env.su else self.env.uid,
            "work_date": line.sudo().date or (min(dates) if dates else False),
            "minutes": sum(shares.mapped("minutes")),
            "charge": charge,
        }

    @api.model
    def _check_not_disputed(self, ticket, line, kind):
        """Raise UserError when a dispute about it is open already."""
        others = self.sudo().search(
            [
                ("state", "=", "open"),
                ("ticket_id", "=", ticket.id),
                ("line_id", "=", line.id),
                ("kind", "=", kind),
            ]
        )
        if others:
            raise UserError(
                self.env._(
                    "%s is about this already and still open: add to it there.",
                    others[0].name,
                )
            )

    def _get_disputed_shares(self, ticket, line, kind):
        """Return the live shares of a line, or the fee or minimum of a ticket."""
        shares = self.env["helpdesk.hours.share"].sudo()
        domain = [("ticket_id", "=", ticket.id), *shares._get_live_domain()]
        if line:
            domain += ["|", ("line_id", "=", line.id), ("source_line_id", "=", line.id)]
        else:
            domain += [("line_id", "=", False), ("kind", "=", kind)]
        return shares.search(domain)

    def _get_shares(self):
        """Return the live shares that this dispute is about."""
        self.ensure_one()
        return self._get_disputed_shares(self.ticket_id, self.line_id, self.kind)

    def _check_target(self):
        """Raise UserError when there is nothing to dispute."""
        if not self._get_shares():
            raise UserError(self._tell_nothing(self.kind))
        if self.partner_id.commercial_partner_id != self.customer_id:
            raise UserError(
                self.env._(
                    "%(person)s does not belong to %(customer)s: choose one of its "
                    "contacts.",
                    person=self.partner_id.name,
                    customer=self.customer_id.name,
                )
            )

    @api.model
    def _tell_nothing(self, kind):
        """Return the sentence for what is not charged in any way."""
        if kind == LINE:
            return self.env._(
                "These hours are not charged yet: their timer still runs, or they were "
                "taken back. Dispute them once they are on the statement."
            )
        return self.env._(
            "Nothing is charged so: choose the worked line that the customer objects "
            "to."
        )

    # The customer, on the portal

    @api.model
    def _check_contact(self, contract, ticket):
        """Raise AccessError unless the user may see the hours of a ticket.

        It takes a contact of the contract with the role Hours or Billing; of a ticket
        without a contract, one who has it on every contract.
        """
        partner = self.env.user.partner_id
        contract, ticket = contract.sudo(), ticket.sudo()
        customer = contract.partner_id if contract else ticket.commercial_partner_id
        is_theirs = partner.commercial_partner_id == customer
        if contract:
            may_see = contract._may_see_hours(partner)
        else:
            company = ticket.company_id
            may_see = contract._shows_rest(partner, company, "hours", "billing")
        if not (is_theirs and may_see):
            raise AccessError(
                self.env._("Only who sees the hours of the contract disputes them.")
            )

    @api.model
    def _get_readable_domain(self):
        """Return the domain of the disputes that the user may see on the portal."""
        contracts = self.env["helpdesk.support.contract"]
        partner = self.env.user.partner_id
        readable = contracts._get_readable_contracts(partner)
        companies = readable.company_id.filtered(
            lambda c: contracts._shows_rest(partner, c, "hours", "billing")
        )
        rest = Domain("contract_id", "=", False)
        rest &= Domain("customer_id", "=", partner.commercial_partner_id.id)
        rest &= Domain("company_id", "in", companies.ids)
        return Domain("contract_id", "in", readable.ids) | rest

    @api.model
    def _open(self, ticket, line, kind, reason, address=None):
        """Open a dispute as the customer's contact who is logged in; return it."""
        self._check_contact(ticket.sudo().contract_id, ticket)
        if line and line.sudo().ticket_id != ticket:
            raise AccessError(self.env._("These hours are not on this ticket."))
        return self.sudo().create(
            {
                "kind": kind,
                "ticket_id": ticket.id,
                "line_id": line.id,
                "partner_id": self.env.user.partner_id.id,
                "reason": (reason or "")[:5000],
                "opened_from": address,
            }
        )

    def _withdraw(self):
        """Take the own company's open dispute back."""
        self.ensure_one()
        self._check_contact(self.sudo().contract_id, self.sudo().ticket_id)
        self.sudo()._close(
            "withdrawn",
            body=self.env._("Withdrawn by %s", self.env.user.partner_id.name),
        )

    def _tell_opened(self):
        """Confirm it to the customer and give a manager the task to answer."""
        template = "helpdesk_billing_hours.mail_template_dispute_opened"
        self._write_to_customer(self.env.ref(template))
        user = self._get_manager()
        if user:
            lang = self.with_context(lang=user.lang)
            self.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=lang.env._(
                    "%(dispute)s: answer the dispute of %(customer)s",
                    dispute=self.name,
                    customer=self.customer_id.name,
                ),
                note=plaintext2html(self.reason),
            )

    def _get_manager(self):
        """Return who is to answer: a manager of the team, of the contract, any."""
        ticket = self.ticket_id.sudo()
        group = self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        known = ticket.team_id.user_id | ticket.contract_id.user_id
        known |= ticket.team_id.user_ids
        able = group.sudo().all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )
        return (known & able)[:1] or (able - self.env.ref("base.user_root"))[:1]

    def _write_to_customer(self, template):
        """Write to the contact who objects, in the own language.

        The contact's own dispute is confirmed by the system: nobody is told what they
        wrote themselves.
        """
        sender = self.sudo()
        if self.env.user.partner_id == self.partner_id:
            sender = self.with_user(SUPERUSER_ID)
        sender.message_post_with_source(
            template,
            partner_ids=self.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
        )

    @api.model
    def _get_new_action(self, **defaults):
        """Return the action that opens a new dispute with these defaults."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dispute of Support Hours"),
            "res_model": self._name,
            "view_mode": "form",
            "context": defaults,
        }

    def _get_portal_url(self):
        """Return the address of the page on which the customer follows it."""
        return f"{self.get_base_url()}/my/dispute/{self.id}"
