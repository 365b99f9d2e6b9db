from odoo import api, fields, models
from odoo.exceptions import UserError

from .helpdesk_coverage_reason import COVERAGES


class HelpdeskTicket(models.Model):
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
    deliverable_ids = fields.One2many("helpdesk.deliverable", "ticket_id")
    deliverable_count = fields.Integer(compute="_compute_deliverable_count")
    authorization_ids = fields.One2many(
        "helpdesk.authorization", "ticket_id", string="Authorisations"
    )
    authorization_count = fields.Integer(
        string="Number of Authorisations", compute="_compute_authorized_hours"
    )
    authorized_hours = fields.Float(
        string="Authorised Hours", compute="_compute_authorized_hours"
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
    work_override_reason = fields.Char(
        string="Why Work Starts Unauthorised",
        copy=False,
        tracking=True,
        help="Needed to work on a ticket that is not covered before the customer "
        "authorised it.",
    )

    @api.depends("deliverable_ids")
    def _compute_deliverable_count(self):
        for ticket in self:
            ticket.deliverable_count = len(ticket.deliverable_ids)

    @api.depends("authorization_ids.state", "authorization_ids.hours")
    def _compute_authorized_hours(self):
        for ticket in self:
            authorizations = ticket.authorization_ids
            ticket.authorization_count = len(authorizations)
            approved = authorizations.filtered(lambda a: a.state == "approved")
            ticket.authorized_hours = sum(approved.mapped("hours"))

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

    # Authorisation

    def _check_stage_requirements(self, before):
        result = super()._check_stage_requirements(before)
        for ticket in self:
            stage = ticket.stage_id
            if before[ticket.id]["stage_id"] == stage.id or stage.sla_solution != "run":
                continue
            ticket._check_authorized()
        return result

    def _resume_after_reply(self):
        """Take a reply without starting work that nobody authorised (R-A8)."""
        waiting = self.sudo().filtered(
            lambda ticket: (
                ticket.stage_id.resume_stage_id.sla_solution == "run"
                and not ticket._may_be_worked_on()
            )
        )
        return super(HelpdeskTicket, self - waiting)._resume_after_reply()

    def _may_be_worked_on(self):
        """Tell whether the ticket is covered, authorised or excepted (R-A8)."""
        self.ensure_one()
        return (
            self.coverage != "billable"
            or bool(self.work_override_reason)
            or bool(self.authorized_hours)
        )

    def _check_authorized(self):
        """Refuse work on a ticket that is not covered and not authorised (R-A8)."""
        if not self._may_be_worked_on():
            raise UserError(
                self.env._(
                    "%(ticket)s is not covered (%(reason)s): the customer must "
                    "authorise hours first. Make an authorisation and send it, or "
                    "write why work starts without one.",
                    ticket=self.display_name,
                    reason=self.coverage_note,
                )
            )

    def action_new_authorization(self):
        """Open a new authorisation for this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Authorisation"),
            "res_model": "helpdesk.authorization",
            "view_mode": "form",
            "context": {"default_ticket_id": self.id},
        }

    def action_new_deliverable(self):
        """Open a new deliverable of this ticket."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliverable"),
            "res_model": "helpdesk.deliverable",
            "view_mode": "form",
            "context": {"default_ticket_id": self.id, "default_name": self.name},
        }

    def action_view_deliverables(self):
        """Open what was delivered on this ticket."""
        self.ensure_one()
        return self.deliverable_ids._get_records_action(
            name=self.env._("Deliverables"), context={"default_ticket_id": self.id}
        )

    def action_view_authorizations(self):
        """Open the authorisations of this ticket."""
        self.ensure_one()
        return self.authorization_ids._get_records_action(
            name=self.env._("Authorisations"), context={"default_ticket_id": self.id}
        )
