from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """Which text the next stage of a ticket asks for, shown before it is refused."""

    _inherit = "helpdesk.ticket"

    missing_text = fields.Selection(
        [("diagnosis", "Diagnosis"), ("solution", "Solution")],
        compute="_compute_missing_text",
        help="The text that the next stage of the team asks for.",
    )

    @api.depends("stage_id", "team_id", "diagnosis", "solution")
    def _compute_missing_text(self):
        for ticket in self:
            ticket.missing_text = ticket._get_missing_text()

    def _get_missing_text(self):
        """Return which text the stages up to the next solved one ask for, or False."""
        team, stage = self.team_id, self.stage_id
        if not team or stage.closed:
            return False
        for following in team._get_applicable_stages().sorted("sequence"):
            if following.sequence <= stage.sequence or following.closed:
                continue
            if following.require_diagnosis and not self._has_text("diagnosis"):
                return "diagnosis"
            if following.require_solution and not self._has_text("solution"):
                return "solution"
            if following.require_diagnosis or following.require_solution:
                return False
        return False
