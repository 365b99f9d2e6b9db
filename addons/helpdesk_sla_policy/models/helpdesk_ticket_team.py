from odoo import api, fields, models
from odoo.fields import Domain

from ..clock import RUN, STOP

#: What the dashboard counts among open tickets; the filters of the search view say
#: the same.
COUNTED = {
    "late": Domain("is_late", "=", True),
    "due_today": Domain("next_due", ">=", "today")
    & Domain("next_due", "<", "today +1d"),
    "paused": Domain("timer_ids.state", "=", "paused"),
}
ICONS = {
    "late": "fa-exclamation-triangle",
    "due_today": "fa-clock-o",
    "paused": "fa-pause",
}


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    sla_policy_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="SLA Policy",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="What is promised on this team's tickets when no contract says more. "
        "Tickets that are open already are not touched.",
    )
    late_ticket_count = fields.Integer(
        string="Late Tickets", compute="_compute_sla_ticket_counts"
    )
    due_today_ticket_count = fields.Integer(
        string="Tickets Due Today", compute="_compute_sla_ticket_counts"
    )
    paused_ticket_count = fields.Integer(
        string="Paused Tickets", compute="_compute_sla_ticket_counts"
    )
    sla_warning = fields.Text(compute="_compute_sla_warning")

    def _compute_sla_ticket_counts(self):
        for name, domain in COUNTED.items():
            counts = dict(
                self.env["helpdesk.ticket"]._read_group(
                    Domain("team_id", "in", self.ids)
                    & Domain("closed", "=", False)
                    & domain,
                    ["team_id"],
                    ["__count"],
                )
            )
            for team in self:
                team[f"{name}_ticket_count"] = counts.get(team._origin, 0)

    @api.depends("sla_policy_id", "company_id")
    def _compute_sla_warning(self):
        for team in self:
            team.sla_warning = "\n".join(team._get_sla_warnings()) or False

    def _get_sla_warnings(self, stages=None):
        """Return in words which promises the stages of this team can never keep.

        ``stages`` are those that it will have, where a form has not been saved.
        """
        policy = self.sla_policy_id
        if not policy:
            return []
        stages = stages or self._origin._get_applicable_stages()
        names = ", ".join(stages.mapped("name")) or self.env._("none")
        promised = policy.target_ids.filtered("amount").mapped("metric")
        effects = set(stages.mapped("sla_solution"))
        warnings = []
        if "response" in promised and not self._can_stop_response(policy, stages):
            warnings.append(
                self.env._("These stages can never stop the response clock: %s.", names)
            )
        if "solution" in promised and RUN not in effects:
            warnings.append(
                self.env._("These stages never start the solution clock: %s.", names)
            )
        if "solution" in promised and STOP not in effects:
            warnings.append(
                self.env._("These stages can never stop the solution clock: %s.", names)
            )
        return warnings

    @api.model
    def _can_stop_response(self, policy, stages):
        """Tell whether a response can be given: by a reply, or in one of the stages."""
        return policy.response_by == "reply" or STOP in stages.mapped("sla_response")

    def _retrieve_dashboard(self):
        tickets = self.env["helpdesk.ticket"]
        counts = {
            name: tickets.search_count(Domain("stage_id.closed", "=", False) & domain)
            for name, domain in COUNTED.items()
        }
        labels = {
            "late": self.env._("Late"),
            "due_today": self.env._("Due Today"),
            "paused": self.env._("Paused"),
        }
        return super()._retrieve_dashboard() + [
            {
                "name": labels[name],
                "value": counts[name],
                "sequence": sequence,
                "icon": ICONS[name],
                "show": True,
                "action": f"helpdesk_sla_policy.helpdesk_ticket_action_{name}",
            }
            for sequence, name in enumerate(COUNTED, start=3)
        ]
