from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskTicket(models.Model):
    """How a ticket finds its contract: by contact, customer and environment."""

    _inherit = "helpdesk.ticket"

    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('partner_id', '=', commercial_partner_id), "
        "('company_id', '=', company_id)]",
        help="Found by the customer, the contact and the moment of receipt; another "
        "environment brings its own contract.",
    )
    contract_state = fields.Selection(
        related="contract_id.state", string="Contract State"
    )
    plan_id = fields.Many2one(related="contract_id.plan_id", string="Plan")
    environment_id = fields.Many2one(
        "helpdesk.support.environment",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('partner_id', '=', commercial_partner_id), "
        "('company_id', '=', company_id), '|', ('contract_id', '=', contract_id), "
        "('contract_id.state', 'in', ('running', 'ending'))]",
        help="Where the error is. Named late, its promise counts from the receipt; "
        "time that was counted on other attention hours stays as it was, its own hours "
        "count from the moment at which it is named.",
    )

    @api.depends("contract_id")
    def _compute_sla_policy_id(self):
        return super()._compute_sla_policy_id()

    @api.depends("partner_id", "company_id")
    def _compute_contract_id(self):
        contracts = self.env["helpdesk.support.contract"]
        found = {}
        for ticket in self:
            named = ticket.environment_id.sudo().contract_id
            customer = ticket.partner_id.commercial_partner_id
            if named and (named.partner_id, named.company_id) == (
                customer,
                ticket.company_id,
            ):
                ticket.contract_id = named
                continue
            moment = ticket.received_at or fields.Datetime.now()
            key = (ticket.partner_id, ticket.company_id, moment)
            if key not in found:
                found[key] = contracts._find_for(*key)
            ticket.contract_id = found[key]

    @api.constrains("contract_id", "environment_id")
    def _check_environment(self):
        for ticket in self:
            environment = ticket.environment_id.sudo()
            if environment and environment.contract_id != ticket.contract_id:
                raise ValidationError(
                    self.env._(
                        "The environment “%(environment)s” is not in the contract of "
                        "this ticket: choose one of %(contract)s.",
                        environment=environment.name,
                        contract=ticket.sudo().contract_id.display_name
                        or self.env._("a contract of the customer"),
                    )
                )

    @api.onchange("environment_id")
    def _onchange_environment_id(self):
        if self.environment_id:
            self.contract_id = self.environment_id.contract_id

    @api.model_create_multi
    def create(self, vals_list):
        self._follow_environment(vals_list)
        tickets = super().create(vals_list)
        if any(vals.get("contract_id") for vals in vals_list):
            tickets._check_contract_customer()
        return tickets

    def write(self, vals):
        if vals.get("environment_id"):
            vals = dict(vals)
            self._follow_environment([vals])
        elif (
            "environment_id" not in vals and {"contract_id", "partner_id"} & vals.keys()
        ):
            moved = self.filtered(
                lambda ticket: (
                    ticket.environment_id
                    != ticket._get_environment_after(ticket.environment_id, vals)
                )
            )
            for ticket in moved:
                environment = ticket._get_environment_after(ticket.environment_id, vals)
                ticket.write(dict(vals, environment_id=environment.id))
            if moved:
                return (self - moved).write(vals) if self - moved else True
        result = super().write(vals)
        if vals.get("contract_id"):
            self._check_contract_customer()
        return result

    def _check_contract_customer(self):
        """Raise ValidationError for a contract of neither customer nor its parents."""
        for ticket in self.sudo():
            customer = ticket.partner_id.commercial_partner_id
            theirs = ticket.contract_id.partner_id
            while customer and customer != theirs:
                customer = customer.parent_id
            if theirs and ticket.partner_id and not customer:
                raise ValidationError(
                    self.env._(
                        "%(contract)s is a contract of %(owner)s: choose one of "
                        "%(customer)s for this ticket.",
                        contract=ticket.contract_id.name,
                        owner=theirs.display_name,
                        customer=ticket.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.model
    def _follow_environment(self, vals_list):
        """Let the environment that is named bring its contract along."""
        for vals in vals_list:
            if vals.get("environment_id") and "contract_id" not in vals:
                environments = self.env["helpdesk.support.environment"].sudo()
                environment = environments.browse(vals["environment_id"])
                vals["contract_id"] = environment.contract_id.id

    @api.model
    def _get_environment_after(self, environment, vals):
        """Return what becomes of an environment when customer or contract change.

        The one of the same name in the contract, if there is one.
        """
        environment = environment.sudo()
        if not environment:
            return environment
        if "contract_id" in vals:
            contracts = self.env["helpdesk.support.contract"].sudo()
            contract = contracts.browse(vals["contract_id"])
            if environment.contract_id == contract:
                return environment
            return contract.environment_ids.filtered(
                lambda other: other._get_match() == environment._get_match()
            )[:1]
        partner = self.env["res.partner"].sudo().browse(vals["partner_id"])
        is_theirs = environment.partner_id == partner.commercial_partner_id
        return environment if is_theirs else environment.browse()

    @api.model
    def _get_sla_triggers(self):
        return super()._get_sla_triggers() | {
            "contract_id",
            "environment_id",
            "hold_reason",
            "is_uncommitted",
        }

    def _get_contract_in_force(self):
        """Return the contract if it covered work when the ticket was received."""
        contract = self.sudo().contract_id
        if contract and contract._is_in_force(self.received_at):
            return contract
        return contract.browse()

    def _get_terms_in_force(self):
        """Return the terms of contract and plan that hold now, or a pair of None.

        They hold if the contract covered work when the ticket was received.
        """
        contract = self.sudo().contract_id
        terms = contract and contract._get_terms()
        if not terms or not terms.is_in_force(self.received_at):
            return None, None
        plans = self.env["helpdesk.support.plan"]
        plan = plans.browse(terms.get_plan_id(fields.Datetime.now()))
        return terms, plan._get_terms()

    def _get_sla_policy(self):
        _terms, plan_terms = self._get_terms_in_force()
        if plan_terms:
            return self.env["helpdesk.sla.policy"].browse(plan_terms.policy_id)
        return super()._get_sla_policy()

    def _follow_policy(self):
        for ticket in self:
            policy = ticket._get_sla_policy()
            if ticket.contract_id and ticket.sla_policy_id != policy:
                ticket.sla_policy_id = policy
        return super()._follow_policy()

    def _get_sla_environment(self):
        return self.sudo().environment_id._get_key(self.priority)

    def _get_sla_calendar(self, policy):
        terms, plan_terms = self._get_terms_in_force()
        if plan_terms and plan_terms.policy_id == policy.id:
            environment = self._get_sla_environment()
            calendar_id = terms.calendar_id or plan_terms.get_calendar_id(environment)
            return self.env["resource.calendar"].browse(calendar_id)
        return super()._get_sla_calendar(policy)

    def _get_customer_tz(self):
        return self.sudo().contract_id.tz or super()._get_customer_tz()
