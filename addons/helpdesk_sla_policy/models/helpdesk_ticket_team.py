from odoo import fields, models


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
