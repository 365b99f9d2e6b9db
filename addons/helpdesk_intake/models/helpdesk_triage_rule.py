from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskTriageRule(models.Model):
    """Who works on tickets of a speciality and type (R-B3)."""

    _name = "helpdesk.triage.rule"
    _description = "Helpdesk Triage Rule"
    _order = "sequence, id"

    sequence = fields.Integer(default=10)
    speciality_id = fields.Many2one(
        "helpdesk.speciality",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: any speciality.",
    )
    type_id = fields.Many2one(
        "helpdesk.ticket.type",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: any type.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="team_id.company_id", store=True)
    user_ids = fields.Many2many(
        "res.users",
        string="Agents",
        domain="[('id', 'in', team_user_ids)]",
        help="Triage proposes the one with the fewest open tickets. Empty: the "
        "specialists who are in the team.",
    )
    team_user_ids = fields.Many2many(related="team_id.user_ids", string="Team Members")

    _case_uniq = models.UniqueIndex(
        "(COALESCE(speciality_id, 0), COALESCE(type_id, 0), COALESCE(company_id, 0))",
        "There is a rule for this speciality and type already: change that one.",
    )

    @api.constrains("team_id", "user_ids")
    def _check_users(self):
        for rule in self:
            strangers = rule.user_ids - rule.team_id.user_ids
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(users)s cannot be proposed: add them to the team “%(team)s” "
                        "first.",
                        users=", ".join(strangers.mapped("name")),
                        team=rule.team_id.name,
                    )
                )

    @api.model
    def _find_for(self, ticket):
        """Return the rule of a ticket's case: the most specific one, or none."""
        best, rank = self.browse(), None
        for rule in self.sudo().search(
            [
                ("speciality_id", "in", [False, ticket.speciality_id.id]),
                ("type_id", "in", [False, ticket.type_id.id]),
                ("company_id", "in", [False, ticket.company_id.id]),
                ("team_id.active", "=", True),
            ]
        ):
            specific = (bool(rule.speciality_id), bool(rule.type_id))
            if rank is None or specific > rank:
                best, rank = rule, specific
        return best
