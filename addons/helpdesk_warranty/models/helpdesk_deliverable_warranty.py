from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.helpdesk_sla_policy import clock

#: Answers after which nothing is warranted: another version takes its place.
UNWARRANTED = ("rejected", "withdrawn")


class HelpdeskDeliverable(models.Model):
    """The warranty on what was delivered (R-A7, R-B6)."""

    _inherit = "helpdesk.deliverable"
    _rec_names_search = ["number", "name", "module", "ticket_id.number"]

    module = fields.Char(
        tracking=True,
        help="The module, report or menu that it belongs to: it is found by it when a "
        "fault is reported.",
    )
    go_live_date = fields.Date(
        string="Go-live",
        copy=False,
        tracking=True,
        help="The warranty starts at the later of delivery and go-live.",
    )
    warranty_days = fields.Integer(
        compute="_compute_warranty_days",
        store=True,
        readonly=False,
        tracking=True,
        aggregator=None,
        help="Calendar days, as the policy granted them at the delivery: a policy that "
        "changes later moves no warranty.",
    )
    warranty_until = fields.Date(
        compute="_compute_warranty_until",
        store=True,
        help="The last day of the warranty, in the customer's time zone.",
    )
    warranty_ends_at = fields.Datetime(
        compute="_compute_warranty_until",
        store=True,
        help="Midnight after the last day, in the customer's time zone.",
    )
    in_warranty = fields.Boolean(
        compute="_compute_in_warranty", search="_search_in_warranty"
    )
    warranty_note = fields.Char(compute="_compute_in_warranty")
    claim_ids = fields.One2many("helpdesk.ticket", "deliverable_id", string="Claims")

    @api.depends("delivered_at", "kind")
    def _compute_warranty_days(self):
        for deliverable in self:
            policy = deliverable.ticket_id.sudo().sla_policy_id
            deliverable.warranty_days = policy._get_warranty_days(deliverable.kind)

    @api.depends(
        "delivered_at", "go_live_date", "warranty_days", "ticket_id.contract_id.tz"
    )
    def _compute_warranty_until(self):
        for deliverable in self:
            if not deliverable.delivered_at or not deliverable.warranty_days:
                deliverable.warranty_until = deliverable.warranty_ends_at = False
                continue
            start = deliverable._to_local_date(deliverable.delivered_at)
            start = max(start, deliverable.go_live_date or start)
            until = start + timedelta(days=deliverable.warranty_days)
            midnight = (until + timedelta(days=1)).isoformat()
            end = clock.instant(midnight, deliverable._get_tz())
            deliverable.warranty_until = until
            deliverable.warranty_ends_at = clock.to_datetime(end)

    @api.depends("warranty_ends_at", "answer")
    @api.depends_context("lang")
    def _compute_in_warranty(self):
        now = fields.Datetime.now()
        for deliverable in self:
            deliverable.in_warranty = deliverable._is_in_warranty(now)
            deliverable.warranty_note = deliverable._describe_warranty()

    def _search_in_warranty(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("warranty_ends_at", ">", "now") & Domain(
            "answer", "not in", UNWARRANTED
        )

    def _is_in_warranty(self, moment):
        """Tell whether a naive UTC moment lies in the warranty; its last day counts."""
        self.ensure_one()
        if not self.warranty_ends_at or self.answer in UNWARRANTED:
            return False
        return moment < self.warranty_ends_at

    def _describe_warranty(self):
        """Return until when this is under warranty, in the reader's language."""
        if not self.warranty_until or self.answer in UNWARRANTED:
            return False
        date = format_date(self.env, self.warranty_until, date_format="long")
        if self.in_warranty:
            return self.env._("Covered until %s", date)
        return self.env._("Warranty ended on %s", date)

    def action_claim(self):
        """Let the ticket of the context claim a fault of this deliverable."""
        self.ensure_one()
        ticket = self.env["helpdesk.ticket"].browse(
            self.env.context.get("claim_ticket_id")
        )
        ticket.deliverable_id = self
        return {"type": "ir.actions.act_window_close"}
