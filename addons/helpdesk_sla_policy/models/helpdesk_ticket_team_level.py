from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    """Who takes over when a ticket of a team is escalated."""

    _inherit = "helpdesk.ticket.team"

    level_ids = fields.One2many(
        "helpdesk.support.level", "team_id", string="Support Levels", copy=True
    )
    operations_user_ids = fields.Many2many(
        "res.users",
        "helpdesk_team_operations_user_rel",
        string="Operations",
        domain="[('share', '=', False)]",
        help="Who is told of an emergency, whatever the plan or the level. Empty: the "
        "users of level 3, else the team leader.",
    )

    def _get_level(self, level):
        """Return the support level ``"1"`` to ``"3"`` of this team, if it has one."""
        return self.level_ids.filtered(lambda line: line.level == level)[:1]

    def _get_operations(self):
        """Return the users whom an emergency reaches (R-A12)."""
        return self.operations_user_ids or self._get_level("3").user_ids or self.user_id
