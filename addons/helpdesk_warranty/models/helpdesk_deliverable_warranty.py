from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class HelpdeskDeliverable(models.Model):
    """The warranty on what was delivered (R-A7, R-B6)."""

    _inherit = "helpdesk.deliverable"

    go_live_date = fields.Date(
        string="Go-live",
        copy=False,
        tracking=True,
        help="The warranty starts at the later of delivery and go-live.",
    )
    warranty_until = fields.Date(
        compute="_compute_warranty_until",
        store=True,
        help="The last day of the warranty, in the customer's time zone.",
    )
    in_warranty = fields.Boolean(
        compute="_compute_in_warranty", search="_search_in_warranty"
    )
    claim_ids = fields.One2many("helpdesk.ticket", "deliverable_id", string="Claims")

    @api.depends(
        "delivered_at",
        "go_live_date",
        "kind",
        "ticket_id.sla_policy_id.warranty_ids.days",
        "ticket_id.contract_id.tz",
    )
    def _compute_warranty_until(self):
        for deliverable in self:
            ticket = deliverable.ticket_id.sudo()
            days = ticket.sla_policy_id._get_warranty_days(deliverable.kind)
            if not deliverable.delivered_at or not days:
                deliverable.warranty_until = False
                continue
            start = deliverable._to_local_date(deliverable.delivered_at)
            start = max(start, deliverable.go_live_date or start)
            deliverable.warranty_until = start + timedelta(days=days)

    @api.depends("warranty_until")
    def _compute_in_warranty(self):
        now = fields.Datetime.now()
        for deliverable in self:
            deliverable.in_warranty = deliverable._is_in_warranty(now)

    def _search_in_warranty(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("warranty_until", ">=", "today") & ~Domain(
            "answer", "=", "rejected"
        )

    def _is_in_warranty(self, moment):
        """Tell whether a naive UTC moment lies in the warranty; its last day counts."""
        self.ensure_one()
        if not self.warranty_until or self.answer == "rejected":
            return False
        return self._to_local_date(moment) <= self.warranty_until
