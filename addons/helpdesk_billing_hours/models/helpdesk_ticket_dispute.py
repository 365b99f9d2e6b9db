from odoo import fields, models

from .. import hours
from .helpdesk_hours_dispute import FEE, MINIMUM


class HelpdeskTicket(models.Model):
    """Disputes about the hours, the minimum and the fee of a ticket."""

    _inherit = "helpdesk.ticket"

    dispute_ids = fields.One2many(
        "helpdesk.hours.dispute", "ticket_id", string="Disputes of Hours"
    )
    dispute_count = fields.Integer(compute="_compute_dispute_count")

    def _compute_dispute_count(self):
        counts = dict(
            self.env["helpdesk.hours.dispute"]._read_group(
                [("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]
            )
        )
        for ticket in self:
            ticket.dispute_count = counts.get(ticket._origin, 0)

    def action_view_disputes(self):
        """Open the disputes of this ticket's hours."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_billing_hours.helpdesk_hours_dispute_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {"default_ticket_id": self.id}
        return action

    def _get_billing_terms(self):
        """Charge no minimum and no fee that a dispute wrote off.

        What an invoice has is freed by its credit note first.
        """
        terms = super()._get_billing_terms()
        for dispute in self.dispute_ids:
            if dispute.state != "written_off" or dispute.kind not in (MINIMUM, FEE):
                continue
            if not dispute._get_shares().filtered("settled"):
                terms = hours.replace(terms, **{dispute.kind: 0})
        return terms

    def _prepare_share(self, share, closed):
        """Hold a minimum or a fee while a dispute about it is open."""
        vals = super()._prepare_share(share, closed)
        if share.kind in (hours.MINIMUM, hours.FEE) and not vals["waits"]:
            ticket = self.browse(share.ticket).with_prefetch(self._prefetch_ids)
            if any(
                dispute.state == "open" and dispute.kind == share.kind
                for dispute in ticket.dispute_ids
            ):
                vals["waits"] = "disputed"
        return vals
