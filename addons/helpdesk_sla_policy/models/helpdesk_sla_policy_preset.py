from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class HelpdeskSlaPolicy(models.Model):
    """A policy is put to work, or away, with the team that works by it."""

    _inherit = "helpdesk.sla.policy"

    def action_activate(self):
        """Put these policies to work with their teams, stages and types.

        Nothing of any other team changes.
        """
        for records in reversed(self._get_belongings()):
            records.filtered(lambda record: not record.active).action_unarchive()
        return True

    def action_put_away(self):
        """Archive these policies with what only they use.

        Raises UserError while tickets are open under them.
        """
        self._check_put_away()
        for records in self._get_belongings():
            records.filtered("active").action_archive()
        return True

    def _check_put_away(self):
        """Raise UserError when somebody still works by one of these policies."""
        tickets = self.env["helpdesk.ticket"].sudo()
        for policy in self:
            is_open = Domain("stage_id.closed", "=", False) & (
                Domain("sla_policy_id", "=", policy.id)
                | Domain("team_id", "in", policy._get_own_teams().ids)
            )
            count = tickets.search_count(is_open)
            if count:
                raise UserError(
                    self.env._(
                        "Tickets are open under “%(policy)s” (%(count)s): close them, "
                        "or move them to another team, before you put it away.",
                        count=count,
                        policy=policy.name,
                    )
                )

    def _get_own_teams(self):
        """Return the teams that work by these policies, archived ones too."""
        teams = self.env["helpdesk.ticket.team"].with_context(active_test=False)
        return teams.search([("sla_policy_id", "in", self.ids)])

    def _get_belongings(self):
        """Return what is activated and put away as one, in the order of the latter.

        A stage or type belongs to these policies when no other team has it.
        """
        teams = self._get_own_teams()
        everything = self.env["helpdesk.ticket.stage"].with_context(active_test=False)
        stages = everything.search([("team_ids", "in", teams.ids)]).filtered(
            lambda stage: stage.team_ids <= teams
        )
        types = teams.type_ids.with_context(active_test=False).filtered(
            lambda ticket_type: ticket_type.team_ids <= teams
        )
        return [self, teams, stages, types]
