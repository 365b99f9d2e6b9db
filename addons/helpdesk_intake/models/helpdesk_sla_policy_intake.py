from odoo import fields, models


class HelpdeskSlaPolicy(models.Model):
    """What the policy asks about tickets, and whether customers accept it."""

    _inherit = "helpdesk.sla.policy"

    intake_field_ids = fields.One2many(
        "helpdesk.intake.field", "policy_id", string="Intake Questions", copy=True
    )
    ask_acceptance = fields.Boolean(
        string="Accepted on the Portal",
        tracking=True,
        help="Customers accept this policy before they use tickets on the portal, and "
        "again when its version changes. By e-mail, the confirmation says so.",
    )
    acceptance_count = fields.Integer(compute="_compute_acceptance_count")

    def _compute_acceptance_count(self):
        counts = dict(
            self.env["helpdesk.policy.acceptance"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.acceptance_count = counts.get(policy, 0)

    def action_view_acceptances(self):
        """Open who accepted this policy, and when."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_intake.helpdesk_policy_acceptance_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        action["context"] = {}
        return action

    def _get_required_questions(self):
        """Return what the customer has to answer, as pairs of a type and questions."""
        self.ensure_one()
        questions = self.intake_field_ids.filtered(lambda f: f.required and f.is_asked)
        return list(
            questions.sorted(lambda f: bool(f.type_id)).grouped("type_id").items()
        )

    def _get_acceptance_version(self):
        """Return the version that customers accept, as text."""
        self.ensure_one()
        return str(self.version)

    def _get_acceptance_text(self):
        """Return what customers read before they accept, in the language given."""
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "helpdesk_intake.policy_text",
            {"policy": self, "version": self._get_acceptance_version()},
        )
