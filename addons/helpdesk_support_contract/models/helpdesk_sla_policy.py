from odoo import api, fields, models, tools


class HelpdeskSlaPolicy(models.Model):
    """The policy as part of what is sold: who may ask for help, and its versions."""

    _name = "helpdesk.sla.policy"
    _inherit = ["helpdesk.sla.policy", "helpdesk.support.version.mixin"]

    origin_id = fields.Many2one(
        "helpdesk.sla.policy",
        string="First Version",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )
    plan_ids = fields.One2many("helpdesk.support.plan", "policy_id", string="Plans")
    without_contract = fields.Selection(
        [
            ("lowest", "Lowest severity, no committed times"),
            ("hold", "Hold until an agent releases it"),
            ("refuse", "Refuse and say why"),
        ],
        string="Customers without Contract",
        tracking=True,
        help="What happens to a ticket of this policy's teams when its customer has no "
        "contract in force. Empty: it is served with the times of the team's policy.",
    )
    only_authorized = fields.Boolean(
        string="Only Authorised Contacts",
        tracking=True,
        help="A ticket of a contact who may not open tickets is held until a contact "
        "with that role, or an agent, releases it.",
    )

    _version_uniq = models.UniqueIndex(
        "(origin_id, version) WHERE origin_id IS NOT NULL",
        "Somebody has just made this version: open it instead of making another.",
    )

    @api.model
    def _get_agreed_fields(self):
        return super()._get_agreed_fields() | {
            "calendar_id",
            "description",
            "office_calendar_id",
            "only_authorized",
            "reopening",
            "response_by",
        }

    @api.model
    @tools.ormcache("policy_id")
    def _get_admission_rules(self, policy_id):
        """Return ``(without_contract, only_authorized)`` of a policy."""
        policy = self.sudo().browse(policy_id or ())
        return policy.without_contract, policy.only_authorized

    def _get_signed_contracts(self):
        plans = self.env["helpdesk.support.plan"].with_context(active_test=False)
        return plans.search([("policy_id", "in", self.ids)])._get_signed_contracts()

    def action_new_version(self):
        """Open the next version of the policy; its plans get one that has it.

        A plan that nobody has signed takes the new policy itself. Teams keep the
        policy that they have until somebody gives them the new one.
        """
        self.ensure_one()
        version = self._make_version()
        plans = self.env["helpdesk.support.plan"].search(
            [("policy_id", "=", self.id), ("is_newest", "=", True)]
        )
        for plan in plans:
            if plan.signed_count:
                plan._make_version(policy_id=version.id)
            else:
                plan.policy_id = version
        return version._get_records_action()
