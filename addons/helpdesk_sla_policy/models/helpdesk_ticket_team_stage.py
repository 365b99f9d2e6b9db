from odoo import fields, models
from odoo.fields import Domain


class HelpdeskTicketTeam(models.Model):
    """A team may keep a board of its own, apart from the stages of all teams."""

    _inherit = "helpdesk.ticket.team"

    own_stages_only = fields.Boolean(
        tracking=True,
        copy=False,
        help="The board of this team has only the stages that name it. Otherwise the "
        "stages that name no team are there too.",
    )

    def _get_applicable_stages(self):
        if not self.own_stages_only:
            return super()._get_applicable_stages()
        domain = Domain("team_ids", "=", self.id) & Domain(
            "company_id", "in", [False, self.company_id.id]
        )
        return self.env["helpdesk.ticket.stage"].search(domain)
