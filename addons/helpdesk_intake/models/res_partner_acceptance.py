from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    policy_acceptance_count = fields.Integer(
        compute="_compute_policy_acceptance_count",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )

    def _get_policy_acceptance_domain(self):
        """Return the acceptances of these people, or of the people of a customer."""
        return Domain("partner_id", "in", self.ids) | Domain(
            "commercial_partner_id", "in", self.ids
        )

    def _compute_policy_acceptance_count(self):
        acceptances = self.env["helpdesk.policy.acceptance"]
        for partner in self:
            partner.policy_acceptance_count = acceptances.search_count(
                partner._get_policy_acceptance_domain()
            )

    def action_view_policy_acceptances(self):
        """Open which policies this person, or this customer, accepted."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_intake.helpdesk_policy_acceptance_action"
        )
        action["domain"] = list(self._get_policy_acceptance_domain())
        action["context"] = {}
        return action
