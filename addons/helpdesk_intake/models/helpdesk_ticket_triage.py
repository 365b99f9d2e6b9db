from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """Triage: what a ticket is about, and whom that proposes (R-B3)."""

    _inherit = "helpdesk.ticket"

    speciality_id = fields.Many2one(
        "helpdesk.speciality",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="What the ticket is about. Together with the type it proposes a team and "
        "an agent.",
    )
    triaged_at = fields.Datetime(
        string="Triaged", readonly=True, copy=False, tracking=True
    )
    triaged_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, tracking=True
    )
    needs_triage = fields.Boolean(
        string="To Triage",
        compute="_compute_needs_triage",
        search="_search_needs_triage",
        help="Its policy asks for triage, and nobody has done it.",
    )
    proposed_team_id = fields.Many2one(
        "helpdesk.ticket.team", compute="_compute_proposal", compute_sudo=True
    )
    proposed_user_id = fields.Many2one(
        "res.users", compute="_compute_proposal", compute_sudo=True
    )

    @api.depends("triaged_at", "stage_id", "sla_policy_id")
    def _compute_needs_triage(self):
        for ticket in self:
            ticket.needs_triage = (
                not ticket.triaged_at
                and not ticket.stage_id.closed
                and ticket.sudo().sla_policy_id.use_triage
            )

    def _search_needs_triage(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            ("triaged_at", "=", False),
            ("stage_id.closed", "=", False),
            ("sla_policy_id.use_triage", "=", True),
        ]

    @api.depends("speciality_id", "type_id", "company_id", "triaged_at")
    def _compute_proposal(self):
        for ticket in self:
            team, user = ticket._get_proposal()
            ticket.proposed_team_id = team
            ticket.proposed_user_id = user

    def _get_proposal(self):
        """Return the team and the agent that the triage proposes, as records."""
        self.ensure_one()
        teams, users = self.env["helpdesk.ticket.team"], self.env["res.users"]
        if self.triaged_at or not (self.speciality_id or self.type_id):
            return teams, users
        rule = self.env["helpdesk.triage.rule"]._find_for(self)
        team = rule.team_id or self.speciality_id.team_id
        if not team or not team.active:
            return teams, users
        members = team.user_ids.filtered("active")
        candidates = (rule.user_ids & members) or (
            self.speciality_id.user_ids & members
        )
        return team, self._get_least_busy(candidates)

    @api.model
    def _get_least_busy(self, users):
        """Return the user with the fewest open tickets; ties go by name."""
        if len(users) < 2:
            return users
        counts = self._count_open_of(users)
        return users.sorted(lambda user: (counts.get(user, 0), user.name, user.id))[:1]

    def action_apply_triage(self):
        """Give the tickets to the proposed team and agent; the triage is done."""
        for ticket in self:
            ticket._check_triage()
            team, user = ticket.sudo()._get_proposal()
            if not team:
                raise UserError(
                    self.env._(
                        "No rule proposes a team for %s: add one, or choose the team "
                        "and press Triaged.",
                        ticket.display_name,
                    )
                )
            if ticket.team_id != team:
                ticket.team_id = team
            if user and ticket.user_id != user:
                ticket.user_id = user
        return self.action_set_triaged()

    def action_set_triaged(self):
        """Record who triaged these tickets and when."""
        for ticket in self:
            ticket._check_triage()
        self.write({"triaged_at": fields.Datetime.now(), "triaged_by_id": self.env.uid})
        return True

    def action_undo_triage(self):
        """Let these tickets be triaged again."""
        self.write({"triaged_at": False, "triaged_by_id": False})
        return True

    def _check_triage(self):
        """Raise UserError when triage is done already or something is not recorded."""
        self.ensure_one()
        if self.triaged_at:
            raise UserError(
                self.env._(
                    "%(ticket)s was triaged by %(user)s already.",
                    ticket=self.display_name,
                    user=self.triaged_by_id.name,
                )
            )
        missing = [
            self._fields[name]._description_string(self.env)
            for name in self._get_triage_fields()
            if not self[name]
        ]
        if missing:
            raise UserError(
                self.env._(
                    "%(ticket)s is not triaged yet: record %(fields)s first.",
                    ticket=self.display_name,
                    fields=", ".join(missing),
                )
            )

    def _get_triage_fields(self):
        """Return the names of the fields that triage records (R-B3)."""
        return ["speciality_id", "type_id", "priority"]
