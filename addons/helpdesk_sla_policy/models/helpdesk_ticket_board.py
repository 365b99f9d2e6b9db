from odoo import api, fields, models
from odoo.fields import Domain


class HelpdeskTicket(models.Model):
    """A ticket stands on the board of its team."""

    _inherit = "helpdesk.ticket"

    own_stages_only = fields.Boolean(related="team_id.own_stages_only")
    stage_id = fields.Many2one(
        domain="[('team_ids', 'in', own_stages_only and [team_id] or [team_id, False])]"
    )

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        """Show the stages of the team whose board is open, and those in use."""
        team_id = self.default_get(["team_id"]).get("team_id")
        team = self.env["helpdesk.ticket.team"].browse(team_id)
        if not team.own_stages_only:
            return super()._read_group_stage_ids(stages, domain)
        return stages.search(
            Domain("id", "in", stages.ids) | Domain("team_ids", "=", team.id)
        )
