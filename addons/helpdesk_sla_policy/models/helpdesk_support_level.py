from odoo import api, fields, models
from odoo.exceptions import ValidationError

LEVELS = [("1", "Level 1"), ("2", "Level 2"), ("3", "Level 3")]


class HelpdeskSupportLevel(models.Model):
    """The people of a team who work at a level, under the name of their role."""

    _name = "helpdesk.support.level"
    _description = "Support Level"
    _order = "team_id, level"

    team_id = fields.Many2one(
        "helpdesk.ticket.team", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True)
    level = fields.Selection(LEVELS, required=True, default="1")
    name = fields.Char(
        string="Role",
        required=True,
        translate=True,
        help="What customers read, as Priority Group or Operations Manager.",
    )
    channel = fields.Char(
        translate=True,
        help="How customers reach this level when no plan says otherwise, as a "
        "telephone number or a messaging group.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Users",
        domain="[('share', '=', False)]",
        help="Who is told, by mail and by an activity, when a ticket comes to this "
        "level.",
    )
    assign = fields.Selection(
        [
            ("keep", "Stays with its agent"),
            ("none", "Becomes unassigned"),
            ("load", "Goes to whom of them has the fewest open tickets"),
        ],
        string="The Ticket",
        required=True,
        default="keep",
        help="Who works on a ticket that comes to this level.",
    )
    tell_customer = fields.Boolean(
        default=True,
        help="The customer gets a mail when a ticket comes to this level. Who asked "
        "for it gets one in any case.",
    )

    _team_level_uniq = models.Constraint(
        "UNIQUE (team_id, level)",
        "This team has that level already: add the users there.",
    )

    @api.constrains("user_ids")
    def _check_users(self):
        for level in self:
            for user in level.user_ids:
                if not user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
                    raise ValidationError(
                        self.env._(
                            "%(user)s has no access to tickets: give a Helpdesk access "
                            "level to this user, or leave the user out of %(level)s.",
                            user=user.name,
                            level=level.display_name,
                        )
                    )

    @api.depends("level", "name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for level in self:
            level.display_name = f"{labels.get(level.level)} – {level.name or ''}"

    def _pick_user(self, current):
        """Return who works on a ticket that comes here, given its ``current`` agent."""
        if not self or self.assign == "keep":
            return current
        users = self.user_ids.filtered("active")
        if self.assign == "none" or not users:
            return current.browse() if self.assign == "none" else current
        if current in users:
            return current
        counts = self.env["helpdesk.ticket"]._count_open_of(users)
        return min(users, key=lambda user: (counts.get(user, 0), user.id))
