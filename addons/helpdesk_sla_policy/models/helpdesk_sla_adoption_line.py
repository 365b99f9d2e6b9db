from odoo import fields, models


class HelpdeskSlaAdoptionLine(models.Model):
    """What an adoption would do to the open tickets of a team."""

    _name = "helpdesk.sla.adoption.line"
    _description = "Preview of an Adoption"
    _order = "adoption_id, ticket_count desc, id"

    adoption_id = fields.Many2one(
        "helpdesk.sla.adoption", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="adoption_id.company_id", store=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    policy_id = fields.Many2one(
        "helpdesk.sla.policy", string="SLA Policy", readonly=True
    )
    ticket_count = fields.Integer(string="Tickets", readonly=True)
    late_count = fields.Integer(
        string="Late at Once",
        readonly=True,
        help="Tickets on which an open promise would be late from the first moment.",
    )
    missed_count = fields.Integer(
        string="With a Missed Promise",
        readonly=True,
        help="Tickets on which a promise would be recorded as missed: it counts in "
        "the attainment of its month.",
    )
