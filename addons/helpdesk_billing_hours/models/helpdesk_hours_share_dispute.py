from odoo import fields, models

from .helpdesk_hours_dispute import LINE


class HelpdeskHoursShare(models.Model):
    _inherit = "helpdesk.hours.share"

    is_disputed = fields.Boolean(compute="_compute_is_disputed")

    def _compute_is_disputed(self):
        """Find the open disputes of all at once."""
        lines = self.sudo().line_id | self.sudo().source_line_id
        disputes = (
            self.env["helpdesk.hours.dispute"]
            .sudo()
            .search(
                [
                    ("state", "=", "open"),
                    "|",
                    ("line_id", "in", lines.ids),
                    ("ticket_id", "in", self.sudo().ticket_id.ids),
                ]
            )
        )
        by_line = disputes.filtered("line_id").line_id
        by_kind = {(d.ticket_id.id, d.kind) for d in disputes if d.kind != LINE}
        for share in self:
            plain = share.sudo()
            line = plain.line_id or plain.source_line_id
            share.is_disputed = (
                line in by_line if line else (plain.ticket_id.id, plain.kind) in by_kind
            )

    def _get_hold(self):
        """Leave out what is disputed, whatever the allocation knew (see design)."""
        return super()._get_hold() or ("disputed" if self.is_disputed else False)

    def action_dispute(self):
        """Open a new dispute of these hours, on behalf of the customer."""
        self.ensure_one()
        line = self.line_id or self.source_line_id
        return self.env["helpdesk.hours.dispute"]._get_new_action(
            default_ticket_id=self.ticket_id.id,
            default_line_id=line.id,
            default_kind=LINE if line else self.kind,
        )
