from odoo import fields, models, tools
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

    def write(self, vals):
        result = super().write(vals)
        if {"company_id", "own_stages_only"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def _get_applicable_stages(self):
        stages = self.env["helpdesk.ticket.stage"]
        if len(self) == 1 and self.id and "active_test" not in self.env.context:
            return stages.browse(self._get_applicable_stage_ids())
        if not self.own_stages_only:
            return super()._get_applicable_stages()
        domain = Domain("team_ids", "=", self.id) & Domain(
            "company_id", "in", [False, self.company_id.id]
        )
        return stages.search(domain)

    @tools.ormcache("self.id", "tuple(self.env.companies.ids)", "self.env.su")
    def _get_applicable_stage_ids(self):
        """Return the ids of the stages of this team: every new ticket asks for them."""
        return self.with_context(active_test=True)._get_applicable_stages()._ids
