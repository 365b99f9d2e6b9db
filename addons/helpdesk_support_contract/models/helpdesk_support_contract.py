from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.helpdesk_sla_policy import clock

from ..terms import Terms

PLATFORMS = [
    ("odoo_sh", "Odoo.sh"),
    ("cloud", "Provider's cloud"),
    ("on_premise", "On premise"),
]


class HelpdeskSupportContract(models.Model):
    _name = "helpdesk.support.contract"
    _description = "Support Contract"
    _inherit = ["mail.thread", "mail.activity.mixin", "helpdesk.cached.mixin"]
    _order = "date_end desc, id desc"
    _check_company_auto = True
    _rec_names_search = ["name", "partner_id.name"]

    name = fields.Char(
        string="Number", required=True, default="/", copy=False, readonly=True
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('parent_id', '=', False)]",
    )
    plan_id = fields.Many2one(
        "helpdesk.support.plan",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    policy_id = fields.Many2one(related="plan_id.policy_id")
    kind = fields.Selection(
        [("support", "Support"), ("implementation", "Implementation")],
        required=True,
        default="support",
    )
    platform = fields.Selection(PLATFORMS, required=True, default="odoo_sh")
    date_start = fields.Date(
        string="Start",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    date_end = fields.Date(
        string="End",
        required=True,
        tracking=True,
        help="The last day, until midnight in the contract's time zone.",
    )
    notice_days = fields.Integer(
        string="Notice before the End",
        default=30,
        aggregator=None,
        help="Days before the end from which the contract ends soon: then the "
        "responsible person gets an activity and the customer a mail, once.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The customer's zone: dates and ends of days are meant in it.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Own Attention Hours",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Attention hours agreed with this customer. Empty: the plan's.",
    )
    starts_at = fields.Datetime(
        compute="_compute_bounds", store=True, help="Midnight of the first day."
    )
    ending_at = fields.Datetime(compute="_compute_bounds", store=True)
    ends_at = fields.Datetime(
        compute="_compute_bounds", store=True, help="Midnight after the last day."
    )
    is_signed = fields.Boolean(
        string="Signed",
        copy=False,
        tracking=True,
        help="Only a signed contract covers tickets.",
    )
    suspended_since = fields.Datetime(copy=False, tracking=True, readonly=True)
    suspension_reason = fields.Char(
        string="Reason to Suspend", copy=False, tracking=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Our Contact",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        help="The customer's single point of contact.",
    )
    owner_id = fields.Many2one(
        "res.partner",
        string="Service Owner",
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Who decides about the service on the customer's side.",
    )
    contact_ids = fields.One2many(
        "helpdesk.support.contact", "contract_id", string="Contacts", copy=True
    )
    environment_ids = fields.One2many(
        "helpdesk.support.environment", "contract_id", string="Environments", copy=True
    )
    service_ids = fields.Many2many(
        "helpdesk.support.service",
        string="Listed Services",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Services agreed with this customer beyond the plan. When there are some, "
        "only these and those of the plan are supported.",
    )
    phone_ids = fields.One2many(
        "helpdesk.support.phone", "contract_id", string="Phone Lines", copy=True
    )
    only_authorized = fields.Boolean(
        string="Only Authorised Contacts",
        tracking=True,
        help="A ticket of a contact who may not open tickets is held until a contact "
        "with that role, or an agent, releases it, also when the policy does not ask "
        "for it.",
    )
    ticket_ids = fields.One2many("helpdesk.ticket", "contract_id", string="Tickets")
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("ending", "Ending soon"),
            ("ended", "Ended"),
            ("suspended", "Suspended"),
        ],
        compute="_compute_state",
        search="_search_state",
        help="Follows from the signature, the dates and a suspension.",
    )
    note = fields.Html(string="Notes")

    _dates_check = models.Constraint(
        "CHECK (date_end >= date_start)",
        "A contract cannot end before it starts: correct the dates.",
    )

    @api.depends("plan_id")
    def _compute_tz(self):
        for contract in self:
            calendar = contract.plan_id.policy_id.calendar_id
            contract.tz = (
                contract._origin.tz or calendar.tz or self.env.user.tz or "UTC"
            )

    @api.depends("date_start", "date_end", "notice_days", "tz")
    def _compute_bounds(self):
        for contract in self:
            notice = timedelta(days=max(contract.notice_days, 1) - 1)
            if not (contract.date_start and contract.date_end and contract.tz):
                contract.starts_at = contract.ending_at = contract.ends_at = False
                continue
            contract.starts_at = contract._get_midnight(contract.date_start)
            contract.ending_at = contract._get_midnight(contract.date_end - notice)
            contract.ends_at = contract._get_midnight(
                contract.date_end + timedelta(days=1)
            )

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.ticket_count = counts.get(contract, 0)

    @api.depends("is_signed", "starts_at", "ends_at", "suspended_since")
    def _compute_state(self):
        now = fields.Datetime.now()
        for contract in self:
            contract.state = contract._get_state_at(now)

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        signed = Domain("is_signed", "=", True)
        lasts = signed & Domain("ends_at", ">", "now")
        begun = lasts & Domain("starts_at", "<=", "now")
        unsuspended = Domain("suspended_since", "=", False) | Domain(
            "suspended_since", ">", "now"
        )
        active = begun & unsuspended
        ending = active & Domain("ending_at", "<=", "now")
        domains = {
            "running": active & Domain("ending_at", ">", "now"),
            "ending": ending,
            "ended": signed & Domain("ends_at", "<=", "now"),
            "suspended": lasts & Domain("suspended_since", "<=", "now"),
            "draft": ~signed | (lasts & Domain("starts_at", ">", "now") & unsuspended),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.constrains(
        "partner_id",
        "date_start",
        "date_end",
        "is_signed",
        "active",
        "company_id",
        "kind",
        "environment_ids",
        "tz",
    )
    def _check_overlap(self):
        for contract in self.filtered(lambda c: c.is_signed and c.active):
            others = self.search(
                [
                    ("id", "!=", contract.id),
                    ("partner_id", "=", contract.partner_id.id),
                    ("company_id", "=", contract.company_id.id),
                    ("is_signed", "=", True),
                    ("kind", "=", contract.kind),
                    # Instants: the same day ends elsewhere at another hour.
                    ("starts_at", "<", contract.ends_at),
                    ("ends_at", ">", contract.starts_at),
                ]
            )
            for other in others:
                mine, theirs = contract.environment_ids, other.environment_ids
                shared = {environment._get_match() for environment in mine} & {
                    environment._get_match() for environment in theirs
                }
                if shared or not mine or not theirs:
                    raise ValidationError(
                        self.env._(
                            "%(customer)s already has the contract %(other)s in these "
                            "dates for the same environment: end it first, change the "
                            "dates, or name different environments.",
                            customer=contract.partner_id.display_name,
                            other=other.name,
                        )
                    )

    @api.constrains("partner_id")
    def _check_customer(self):
        for contract in self:
            customer = contract.partner_id.commercial_partner_id
            if customer != contract.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: make the contract "
                        "with the company and add the contact to it.",
                        contact=contract.partner_id.name,
                        customer=customer.name,
                    )
                )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        self.calendar_id._check_support_hours()

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for contract in self:
            name = f"{contract.name} {contract.partner_id.name or ''}"
            contract.display_name = name if contract.name != "/" else False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                sequence = self.env["ir.sequence"]
                if vals.get("company_id"):
                    sequence = sequence.with_company(vals["company_id"])
                vals["name"] = sequence.next_by_code("helpdesk.support.contract") or "/"
        contracts = super().create(vals_list)
        contracts.filtered("is_signed")._keep_annex()
        return contracts

    def write(self, vals):
        unsigned = self.filtered(lambda contract: not contract.is_signed)
        (self - unsigned)._check_parties(vals)
        result = super().write(vals)
        if vals.get("is_signed"):
            unsigned._keep_annex()
        if {"calendar_id", "plan_id"} & vals.keys() and not self.env.context.get(
            "plan_change"
        ):
            self._follow_calendar()
        return result

    def _check_parties(self, vals):
        """Refuse another customer or company in signed contracts."""
        for contract in self:
            changed = [
                name
                for name in ("partner_id", "company_id")
                if name in vals and contract[name].id != vals[name]
            ]
            if changed:
                raise UserError(
                    self.env._(
                        "%(contract)s is signed with %(customer)s, and keeps customer "
                        "and company: make another contract, and end this one.",
                        contract=contract.name,
                        customer=contract.partner_id.display_name,
                    )
                )

    def _follow_calendar(self, moment=None):
        """Let open tickets count on the new hours from a moment on (naive UTC)."""
        self.env["helpdesk.sla.change"]._note(self, "contract_id", moment)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(contract.is_signed for contract in self):
            raise UserError(
                self.env._(
                    "A signed contract cannot be deleted: end it or archive it instead."
                )
            )

    def action_sign(self):
        """Put the contract in force between its dates."""
        self.is_signed = True

    def action_ask_suspension(self):
        """Open a window that asks why the contract is suspended."""
        self.ensure_one()
        form = "helpdesk_support_contract.helpdesk_support_contract_view_form_suspend"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Suspend the Contract"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(self.env.ref(form).id, "form")],
            "target": "new",
        }

    def action_suspend(self):
        """Stop the coverage from now on; the reason must be written first."""
        for contract in self:
            if not contract.suspension_reason:
                raise UserError(
                    self.env._("Write the reason of the suspension before suspending.")
                )
            contract.suspended_since = fields.Datetime.now()

    def action_resume(self):
        """End the suspension: the contract covers tickets again."""
        self.write({"suspended_since": False, "suspension_reason": False})

    def action_view_tickets(self):
        """Open the tickets of this contract."""
        self.ensure_one()
        return self.ticket_ids._get_records_action(
            name=self.env._("Tickets"),
            context={"default_partner_id": self.partner_id.id},
        )

    def _get_midnight(self, date):
        """Return the beginning of a date in the contract's zone, as naive UTC."""
        return clock.to_datetime(clock.instant(date.isoformat(), self.tz))

    def _read_terms(self):
        """Return what every ticket asks of this contract, as plain values."""
        self.ensure_one()
        return Terms(
            customer_id=self.partner_id.commercial_partner_id.id or None,
            company_id=self.company_id.id or None,
            tz=self.tz or None,
            is_signed=self.is_signed,
            starts_at=self.starts_at or None,
            ending_at=self.ending_at or None,
            ends_at=self.ends_at or None,
            suspended_since=self.suspended_since or None,
            date_end=self.date_end or None,
            calendar_id=self.calendar_id.id or None,
            only_authorized=self.only_authorized,
            plans=self._read_plans(),
        )

    @api.model
    @tools.ormcache("contract_id")
    def _get_cached_terms(self, contract_id):
        """Return the terms of a stored contract; a new ticket reads no record."""
        return self.sudo().browse(contract_id)._read_terms()

    def _get_terms(self):
        """Return the terms of this contract, also of one that is being edited."""
        self.ensure_one()
        return self._get_cached_terms(self.id) if self.id else self._read_terms()

    def _get_state_at(self, moment):
        """Return the state at a naive UTC moment; the last day counts whole."""
        return self._get_terms().get_state(moment)

    def _is_in_force(self, moment):
        """Tell whether the contract covers work at a naive UTC moment."""
        return self._get_terms().is_in_force(moment)

    def _get_calendar(self, environment):
        """Return the attention hours of this contract for an environment now."""
        own_id = self._get_terms().calendar_id
        if own_id:
            return self.env["resource.calendar"].browse(own_id)
        return self._get_plan_at(fields.Datetime.now())._get_calendar(environment)

    def _may_open(self, partner, channel=None):
        """Tell whether a contact may open tickets, through a channel (R-C5)."""
        contacts = self.sudo().contact_ids.filtered(
            lambda contact: contact.partner_id == partner and contact.role_open
        )
        phone = self.env.ref(
            "helpdesk_mgmt.helpdesk_ticket_channel_phone", raise_if_not_found=False
        )
        if channel and channel == phone:
            return any(contacts.mapped("is_phone_authorized"))
        return bool(contacts)

    def _excludes_service(self, service, plan):
        """Tell whether a service is outside the contract on a plan (R-A5, R-C1).

        Services that the contract lists are included, whatever the plan says; when
        it lists some, what neither it nor the plan includes is excluded.
        """
        if service in self.service_ids:
            return False
        kind = plan._get_service_kind(service)
        return kind == "excluded" or (not kind and bool(self.service_ids))

    def _has_role(self, partner, role):
        """Tell whether a contact of the contract has a role (see ROLES)."""
        contacts = self.sudo().contact_ids.filtered(lambda c: c.partner_id == partner)
        return any(contacts.mapped(f"role_{role}"))

    def _get_role_partners(self, *roles):
        """Return the contacts with any of the roles who are the customer's still."""
        contract = self.sudo()
        contacts = contract.contact_ids.filtered(
            lambda contact: any(contact[f"role_{role}"] for role in roles)
        )
        return contacts.partner_id.filtered(
            lambda partner: (
                partner.active and partner.commercial_partner_id == contract.partner_id
            )
        )

    @api.model
    @tools.ormcache("partner_id", "company_id")
    def _get_signed_ids(self, partner_id, company_id):
        """Return the ids of the signed contracts of a customer, the newest last."""
        contracts = self.sudo().search(
            [
                ("partner_id", "=", partner_id),
                ("company_id", "=", company_id),
                ("is_signed", "=", True),
            ],
            order="date_end, id",
        )
        return tuple(contracts.ids)

    @api.model
    def _find_for(self, partner, company, moment):
        """Return the contract of a customer at a moment, one in force first.

        When none is in force, the one that ended or stopped last, so that the
        ticket can say so. A contract that names the contact comes first.
        """
        if not partner:
            return self.browse()
        customer = partner.commercial_partner_id
        contracts = self.sudo().browse(self._get_signed_ids(customer.id, company.id))
        if len(contracts) < 2:
            return contracts

        def rank(contract):
            return (
                contract._is_in_force(moment),
                partner in contract.contact_ids.partner_id,
                contract._get_terms().date_end,
            )

        return max(contracts, key=rank, default=self.browse())
