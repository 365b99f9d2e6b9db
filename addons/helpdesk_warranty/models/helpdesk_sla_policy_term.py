from odoo import api, fields, models, tools

from odoo.addons.helpdesk_sla_policy.rulebook import Promise

from .helpdesk_sla_target import TERMS


class HelpdeskSlaPolicy(models.Model):
    """What a policy asks of customers and provider about deliverables (R-B5)."""

    _inherit = "helpdesk.sla.policy"

    accept_tickets = fields.Boolean(
        string="Solving a Ticket Delivers It",
        tracking=True,
        help="A solved ticket becomes a deliverable that the customer accepts.",
    )
    express_versions = fields.Boolean(
        string="Later Versions Need an Answer",
        tracking=True,
        help="Silence does not accept a version that is delivered after a rejection.",
    )
    term_ids = fields.One2many(
        "helpdesk.sla.target",
        "policy_id",
        string="Terms of Deliverables",
        domain=[("metric", "in", TERMS)],
        copy=False,
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {"accept_tickets", "express_versions"}

    def _get_metrics(self):
        # Acceptance and correction run on deliverables, not on the ticket.
        return [metric for metric in super()._get_metrics() if metric not in TERMS]

    def _find_target(self, metric, severity, type_id, environment):
        if metric in TERMS:
            return self._find_term(metric, False, severity, type_id)
        return super()._find_target(metric, severity, type_id, environment)

    def _find_term(self, metric, kind, severity, type_id):
        """Return the target of a deliverable: kind counts before the ticket's type."""
        best, rank = self.env["helpdesk.sla.target"], None
        given = (kind, type_id, severity)
        for target in self.target_ids:
            wanted = (target.kind, target.type_id.id, target.severity)
            if target.metric != metric or target.environment:
                continue
            pairs = zip(wanted, given, strict=True)
            if all(not want or want == got for want, got in pairs):
                specific = tuple(bool(want) for want in wanted)
                if rank is None or specific > rank:
                    best, rank = target, specific
        return best

    @api.model
    @tools.ormcache("policy_id", "metric", "kind", "severity", "type_id", "company_id")
    def _get_term(self, policy_id, metric, kind, severity, type_id, company_id):
        """Return the Promise about a deliverable of a company's ticket, or None."""
        policy = self.sudo().browse(policy_id)
        target = policy._find_term(metric, kind, severity, type_id)
        if not target.amount:
            return None
        company = self.env["res.company"].browse(company_id)
        counting = target._get_calendar(policy, policy.calendar_id)
        is_days = target.unit == "business_day"
        return Promise(
            target.id,
            None if is_days else target._get_seconds(policy.calendar_id),
            int(target.amount) if is_days else None,
            counting.id or None,
            counting._get_support_clock(company)
            if counting
            else policy.calendar_id._get_always_open(),
        )

    @api.model
    @tools.ormcache("policy_id", "version")
    def _silence_accepts(self, policy_id, version):
        """Tell whether silence accepts a version: a step of the policy says so."""
        policy = self.sudo().browse(policy_id)
        if policy.express_versions and version > 1:
            return False
        return "accept" in policy.step_ids.mapped("action")

    @api.model
    @tools.ormcache("policy_id")
    def _delivers_tickets(self, policy_id):
        """Tell whether solving a ticket of a policy delivers it."""
        return self.sudo().browse(policy_id).accept_tickets
