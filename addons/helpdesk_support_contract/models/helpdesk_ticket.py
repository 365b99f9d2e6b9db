from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    contract_id = fields.Many2one(
        "helpdesk.support.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('partner_id', '=', commercial_partner_id)]",
        help="Found by the customer and the moment of receipt.",
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
        domain="[('contract_id', '=', contract_id)]",
    )

    @api.depends("contract_id")
    def _compute_sla_policy_id(self):
        return super()._compute_sla_policy_id()

    @api.depends("partner_id", "company_id")
    def _compute_contract_id(self):
        contracts = self.env["helpdesk.support.contract"]
        found = {}
        for ticket in self:
            moment = ticket.received_at or fields.Datetime.now()
            key = (ticket.partner_id, ticket.company_id, moment)
            if key not in found:
                found[key] = contracts._find_for(*key)
            ticket.contract_id = found[key]

    @api.model
    def _get_sla_triggers(self):
        return super()._get_sla_triggers() | {"contract_id", "environment_id"}

    def _get_contract_in_force(self):
        """Return the contract if it covered work when the ticket was received."""
        contract = self.sudo().contract_id
        if contract and contract._is_in_force(self.received_at):
            return contract
        return contract.browse()

    def _get_sla_policy(self):
        contract = self._get_contract_in_force()
        if contract:
            return contract._get_plan_at(fields.Datetime.now()).policy_id
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
        contract = self._get_contract_in_force()
        now = fields.Datetime.now()
        if contract and contract._get_plan_at(now).policy_id == policy:
            return contract._get_calendar(self._get_sla_environment())
        return super()._get_sla_calendar(policy)

    def _get_customer_tz(self):
        return self.sudo().contract_id.tz or super()._get_customer_tz()
