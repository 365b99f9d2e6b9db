from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.helpdesk_sla_policy import clock

from .helpdesk_coverage_reason import COVERAGES
from .helpdesk_deliverable_warranty import UNWARRANTED

#: Facts of a ticket that a person changes and that decide its coverage.
JUDGED = {
    "active",
    "cause_id",
    "channel_id",
    "contract_id",
    "coverage_override",
    "coverage_override_reason",
    "deliverable_id",
    "duplicate_id",
    "partner_id",
    "service_id",
}


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
        tracking=True,
    )
    coverage_reason_id = fields.Many2one(
        "helpdesk.coverage.reason",
        compute="_compute_coverage",
        store=True,
        ondelete="restrict",
    )
    coverage_details = fields.Json(
        compute="_compute_coverage",
        store=True,
        help="What the rule found, for the sentence of its reason.",
    )
    coverage_at = fields.Datetime(
        string="Coverage Judged",
        compute="_compute_coverage",
        store=True,
        help="The moment for which the coverage was decided; closed tickets keep it.",
    )
    coverage_note = fields.Char(
        string="Because",
        compute="_compute_coverage_note",
        help="Which rule decided, in the reader's language.",
    )
    warranty_note = fields.Char(
        compute="_compute_warranty_note",
        help="Until when the deliverable that is claimed on is under warranty.",
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
        "contract_id",
        "coverage_override",
        "coverage_override_reason",
        "deliverable_id.answer",
        "deliverable_id.warranty_until",
        "duplicate_id",
        "partner_id",
        "received_at",
        "service_id",
        "sla_policy_id",
        "stage_id",
    )
    def _compute_coverage(self):
        # Edits of contracts, plans, policies and causes ask for it themselves, see
        # helpdesk.coverage.refresh: they may concern more than fits in one request.
        now = fields.Datetime.now()
        reasons = self.env["helpdesk.coverage.reason"].sudo()
        for ticket in self:
            closing = ticket.closed_date if ticket.stage_id.closed else None
            if closing and ticket._keep_coverage(closing):
                continue
            moment = closing or now
            code, details = ticket._judge_coverage(moment)
            reason_id, ticket.coverage = reasons._get_decision(code)
            ticket.coverage_reason_id = reasons.browse(reason_id)
            ticket.coverage_details = details
            ticket.coverage_at = moment

    def _keep_coverage(self, closing):
        """Keep what was judged at the closing: what came later is no news."""
        known = self._origin
        judged = known.coverage_reason_id and known.coverage_at
        if not judged or judged < closing:
            return False
        if self.stage_id.sla_solution == "void" and known.coverage != "void":
            return False  # refused in the second in which it was received
        for field in self.pool.field_computed[self._fields["coverage"]]:
            self[field.name] = known[field.name]
        return True

    @api.depends("coverage_reason_id", "coverage_details")
    @api.depends_context("lang")
    def _compute_coverage_note(self):
        for ticket in self:
            reason = ticket.coverage_reason_id
            ticket.coverage_note = reason._describe(ticket.coverage_details)

    @api.depends("deliverable_id.warranty_note")
    def _compute_warranty_note(self):
        for ticket in self:
            ticket.warranty_note = ticket.sudo().deliverable_id.warranty_note

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

    def write(self, vals):
        if JUDGED & vals.keys():
            # A person changes the facts of a closed ticket: its closing is judged anew.
            self.filtered("stage_id.closed").coverage_at = False
        result = super().write(vals)
        if len(self) > 1 and JUDGED & vals.keys():
            self._merge_uncovered_mails()
        return result

    def action_undo_coverage_override(self):
        """Let the rules decide again; who had decided otherwise stays on record."""
        self.write({"coverage_override": False, "coverage_override_reason": False})

    @api.model
    def _get_coverage_rules(self):
        """Return the names of the coverage rules in the order that they are asked.

        The first method that decides wins: it returns ``(code of the reason, what
        it found)``, see ``helpdesk.coverage.reason._describe``, or None. An addon
        that brings a rule inserts its method's name after the one that it follows.
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
        """Return the code of the coverage reason and why, for a naive UTC moment."""
        code, details = self._judge_coverage(moment)
        reason = self.env["helpdesk.coverage.reason"]._get(code)
        return code, reason._describe(details)

    def _judge_coverage(self, moment):
        """Return the code of the coverage reason and what the rule found."""
        self.ensure_one()
        ticket = self.sudo()
        promised = ticket.sla_policy_id or ticket.contract_id or ticket.deliverable_id
        if not ticket.partner_id or not promised:
            return "pending", {}  # nobody promised this ticket anything
        for rule in self._get_coverage_rules():
            decision = getattr(ticket, rule)(moment)
            if decision:
                code, details = decision
                return code, {"text": details} if isinstance(details, str) else details
        contract = ticket.contract_id
        plan = contract and contract._get_plan_at(moment)
        return "covered", {"plan": [plan._name, plan.id]} if plan else {}

    def _coverage_by_void(self, _moment):
        if self.duplicate_id:
            return "duplicate", {}
        if not self.active or self.stage_id.sla_solution == "void":
            return "cancelled", {}
        return None

    def _coverage_by_override(self, _moment):
        if self.coverage_override:
            reason = self.coverage_override_reason or ""
            return f"override_{self.coverage_override}", {"text": reason}
        return None

    def _coverage_by_warranty(self, moment):
        """A fault reported in the warranty is covered whenever it is repaired.

        Unless its cause is one that the policy keeps out of the warranty (R-B6).
        """
        deliverable = self.deliverable_id
        if not deliverable.warranty_until or deliverable.answer in UNWARRANTED:
            return None
        details = {
            "deliverable": deliverable.number,
            "date": fields.Date.to_string(deliverable.warranty_until),
        }
        if not deliverable._is_in_warranty(self.received_at):
            return "warranty_ended", details
        policy = deliverable.ticket_id.sla_policy_id or self.sla_policy_id
        if self.cause_id:
            clauses = self.env["helpdesk.coverage.clause"]
            cause = self.cause_id
            covered, breaks, clause = clauses._get_terms(policy.id, cause.id)
            if breaks and covered:
                return None  # no matter of the warranty, but maybe of the contract
            if breaks:
                return cause.code, {**details, "clause": clause}
        if policy.warranty_needs_contract:
            refusal = self._coverage_by_contract(moment)
            if refusal:
                return refusal
        return "in_warranty", details

    def _coverage_by_contract(self, moment):
        contract = self.contract_id._get_at(moment)
        if not contract:
            return "no_contract", {}
        if contract._is_in_force(moment):
            return None
        state, date = contract._get_state_at(moment), False
        if state == "ended":
            date = fields.Date.to_string(contract.date_end)
        elif state == "suspended":
            since = clock.to_instant(contract.suspended_since)
            date = clock.local(since, contract.tz)[:10]
        elif contract.is_signed:
            state, date = "starts", fields.Date.to_string(contract.date_start)
        return "contract_not_in_force", {
            "contract": contract.name,
            "state": state,
            "date": date,
        }

    def _coverage_by_cause(self, _moment):
        cause = self.cause_id
        if not cause:
            return None
        clauses = self.env["helpdesk.coverage.clause"]
        covered, _breaks, clause = clauses._get_terms(self.sla_policy_id.id, cause.id)
        return None if covered else (cause.code, {"clause": clause})

    def _coverage_by_channel(self, moment):
        """What the plan of that moment leaves out is billable (R-A5)."""
        excluded = self._get_excluded(moment)
        if not excluded:
            return None
        plan = self.contract_id._get_plan_at(moment)
        thing = excluded[0]
        code, name = (
            ("excluded_service", "service")
            if thing == self.service_id
            else ("excluded_channel", "channel")
        )
        return code, {
            "plan": [plan._name, plan.id],
            name: [thing._name, thing.id],
        }
