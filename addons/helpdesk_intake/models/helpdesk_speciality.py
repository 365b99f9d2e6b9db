from odoo import fields, models


class HelpdeskSpeciality(models.Model):
    """What a ticket is about, as triage records it (R-B3)."""

    _name = "helpdesk.speciality"
    _description = "Helpdesk Speciality"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: every company can use this speciality.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        index="btree_not_null",
        ondelete="set null",
        help="The team that works on it, where no triage rule says otherwise.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Specialists",
        domain="[('share', '=', False)]",
        help="Who knows about it. Triage proposes the one with the fewest open "
        "tickets.",
    )
    rule_ids = fields.One2many(
        "helpdesk.triage.rule", "speciality_id", string="Triage Rules"
    )
