from odoo import api, fields, models
from odoo.exceptions import UserError

from .helpdesk_coverage_reason import COVERAGES


class HelpdeskTicket(models.Model):
    """Whether a ticket is covered, and which rule decided (R-A7 to R-A9)."""

    _inherit = "helpdesk.ticket"

    deliverable_id = fields.Many2one(
        "helpdesk.deliverable",
        string="Claims On",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('partner_id', '=', commercial_partner_id), "
        "('delivered_at', '!=', False)]",
        help="The deliverable that the customer reports a fault of.",
    )
    cause_id = fields.Many2one(
        "helpdesk.coverage.reason",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('is_cause', '=', True)]",
        help="Why the ticket came up, when the policy may exclude it.",
    )
    coverage = fields.Selection(
        COVERAGES,
        compute="_compute_coverage",
        store=True,
        index=True,
        tracking=True,
    )
    coverage_reason_id = fields.Many2one(
        "helpdesk.coverage.reason",
        compute="_compute_coverage",
        store=True,
        ondelete="restrict",
    )
    coverage_note = fields.Char(
        string="Because", compute="_compute_coverage", store=True
    )
    coverage_override = fields.Selection(
        [("covered", "Covered"), ("billable", "Not covered")],
        string="Decided by a Person",
        copy=False,
        tracking=True,
        groups="helpdesk_mgmt.group_helpdesk_manager",
        help="Overrides the rules; the reason must be written.",
    )
    coverage_override_reason = fields.Char(
        copy=False,
        tracking=True,
        groups="helpdesk_mgmt.group_helpdesk_manager",
    )

    @api.depends(
        "active",
        "cause_id",
        "channel_id",
        "contract_id.date_end",
        "contract_id.date_start",
        "contract_id.is_signed",
        "contract_id.plan_id.channel_ids",
        "contract_id.suspended_since",
        "coverage_override",
        "coverage_override_reason",
        "deliverable_id.answer",
        "deliverable_id.warranty_until",
        "duplicate_id",
        "partner_id",
        "received_at",
        "stage_id",
    )
    def _compute_coverage(self):
        now = fields.Datetime.now()
        reasons = self.env["helpdesk.coverage.reason"].sudo()
        for ticket in self:
            moment = ticket.closed_date if ticket.stage_id.closed else now
            code, note = ticket._coverage_at(moment or now)
            reason_id, ticket.coverage = reasons._get_decision(code)
            reason = reasons.browse(reason_id)
            ticket.coverage_reason_id = reason
            ticket.coverage_note = note or reason.clause or reason.name

    @api.constrains("coverage_override", "coverage_override_reason")
    def _check_override_reason(self):
        for ticket in self.sudo():
            if ticket.coverage_override and not ticket.coverage_override_reason:
                raise UserError(
                    self.env._("Write why you override the coverage of this ticket.")
                )

    @api.constrains("deliverable_id", "partner_id")
    def _check_deliverable_customer(self):
        for ticket in self.sudo():
            owner = ticket.deliverable_id.partner_id
            if owner and owner != ticket.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%s was delivered to another customer: choose a deliverable of "
                        "this one.",
                        ticket.deliverable_id.display_name,
                    )
                )

    @api.model
    def _get_coverage_rules(self):
        """Return the names of the coverage rules in the order that they are asked.

        The first method that returns ``(code of the reason, note)`` decides.
        """
        return [
            "_coverage_by_void",
            "_coverage_by_override",
            "_coverage_by_warranty",
            "_coverage_by_contract",
            "_coverage_by_cause",
            "_coverage_by_channel",
        ]

    def _coverage_at(self, moment):
        """Return the code of the coverage reason and a note for a naive UTC moment."""
        self.ensure_one()
        ticket = self.sudo()
        if not ticket.partner_id or not (ticket.sla_policy_id or ticket.contract_id):
            return "pending", ""  # nobody promised this ticket anything
        for rule in self._get_coverage_rules():
            decision = getattr(ticket, rule)(moment)
            if decision:
                return decision
        return "covered", ticket.contract_id.plan_id.name or ""

    def _coverage_by_void(self, _moment):
        if self.duplicate_id:
            return "duplicate", ""
        if not self.active or self.stage_id.sla_solution == "void":
            return "cancelled", ""
        return None

    def _coverage_by_override(self, _moment):
        if self.coverage_override:
            return f"override_{self.coverage_override}", self.coverage_override_reason
        return None

    def _coverage_by_warranty(self, _moment):
        """A fault reported in the warranty is covered whenever it is repaired."""
        deliverable = self.deliverable_id
        if not deliverable or not deliverable.warranty_until:
            return None
        until = fields.Date.to_string(deliverable.warranty_until)
        if deliverable._is_in_warranty(self.received_at):
            return "in_warranty", self.env._(
                "Warranty on %(deliverable)s until %(date)s",
                deliverable=deliverable.number,
                date=until,
            )
        return "warranty_ended", self.env._(
            "Warranty on %(deliverable)s ended on %(date)s",
            deliverable=deliverable.number,
            date=until,
        )

    def _coverage_by_contract(self, moment):
        contract = self.contract_id
        if not contract:
            return "no_contract", ""
        if not contract._is_in_force(moment):
            states = contract._fields["state"]._description_selection(self.env)
            state = dict(states)[contract._get_state_at(moment)]
            return "contract_not_in_force", f"{contract.name}: {state}"
        return None

    def _coverage_by_cause(self, _moment):
        cause = self.cause_id
        if cause and cause not in self.sla_policy_id.included_cause_ids:
            return cause.code, ""
        return None

    def _coverage_by_channel(self, _moment):
        if not self.channel_id:
            return None
        channels = self.contract_id.plan_id.channel_ids
        if channels and self.channel_id not in channels:
            note = self.env._("The plan does not include: %s", self.channel_id.name)
            return "excluded_channel", note
        return None

    @api.model
    def _cron_refresh_coverage(self):
        """Judge open tickets again: contracts end by time alone."""
        tickets = self.search([("stage_id.closed", "=", False)])
        self.env.add_to_compute(self._fields["coverage"], tickets)
        self.env.add_to_compute(self._fields["coverage_reason_id"], tickets)
        self.env.add_to_compute(self._fields["coverage_note"], tickets)
