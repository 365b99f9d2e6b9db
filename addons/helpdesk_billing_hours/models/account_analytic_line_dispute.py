from odoo import api, fields, models
from odoo.tools import format_date

from .. import hours
from .helpdesk_hours_dispute import LESSENED


class AccountAnalyticLine(models.Model):
    """Worked lines that a customer disputes: held, and what was written off free."""

    _inherit = "account.analytic.line"

    dispute_ids = fields.One2many(
        "helpdesk.hours.dispute", "line_id", string="Disputes", copy=False
    )

    @api.depends("name", "date")
    @api.depends_context("names_work")
    def _compute_display_name(self):
        """Name lines by day and work, not by project, with ``names_work``."""
        result = super()._compute_display_name()
        if self.env.context.get("names_work"):
            for line in self:
                day = format_date(self.env, line.date)
                line.display_name = f"{day} {line.name or ''}"
        return result

    def _get_line_hold(self, coverage):
        """Hold a line while a dispute about it is open."""
        hold = super()._get_line_hold(coverage)
        disputes = self._origin.sudo().dispute_ids
        if not hold and any(dispute.state == "open" for dispute in disputes):
            return "disputed"
        return hold

    def _get_plain(self):
        """Cut what a dispute wrote off from the pieces; it is free."""
        pieces = super()._get_plain()
        lessened = self._origin.sudo().dispute_ids.filtered(
            lambda dispute: dispute.state in LESSENED
        )
        if not lessened:
            return pieces
        last = max(lessened, key=lambda dispute: (dispute.resolved_at, dispute.id))
        reason = self.env._("Written off: dispute %s", last.name)
        return hours.write_off(pieces, last.charged_minutes, reason)

    def action_dispute(self):
        """Open a new dispute of this line, on behalf of the customer."""
        self.ensure_one()
        return self.env["helpdesk.hours.dispute"]._get_new_action(
            default_line_id=self.id, default_ticket_id=self.ticket_id.id
        )
