from odoo import fields, models


class HelpdeskSlaPolicy(models.Model):
    """What a policy asks of the support team as a whole."""

    _inherit = "helpdesk.sla.policy"

    objective_ids = fields.One2many(
        "helpdesk.sla.objective", "policy_id", string="Objectives", copy=True
    )
    ask_breach_reason = fields.Boolean(
        string="Ask Why It Was Late",
        tracking=True,
        help="An agent closes a ticket whose response or solution was late only with "
        "a breach reason. Tickets that customers or the system close are not held up.",
    )

    def action_view_attainment(self):
        """Open the promises kept under this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_sla_policy.helpdesk_sla_attainment_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        return action
