from odoo import fields, models


class HelpdeskSupportPlanChange(models.Model):
    """From when on a contract rests on another plan: the history of its plans."""

    _name = "helpdesk.support.plan.change"
    _description = "Change of Plan"
    _order = "at, id"
    _rec_name = "plan_id"
    _allow_sudo_commands = False

    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    at = fields.Datetime(
        string="In Force From",
        required=True,
        index=True,
        help="The instant from which the new plan counts, for open tickets too.",
    )
    old_plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, index=True, ondelete="restrict"
    )
    plan_id = fields.Many2one(
        "helpdesk.support.plan",
        string="New Plan",
        required=True,
        index=True,
        ondelete="restrict",
    )
    is_applied = fields.Boolean(string="Done")
    reason = fields.Char(help="What was agreed, and with whom.")
    user_id = fields.Many2one(
        "res.users", default=lambda self: self.env.user, ondelete="set null"
    )

    def _apply_in_turn(self):
        """Apply the changes of a contract that are still to come, in their order."""
        for change in self.sorted("at"):
            if not change.is_applied:
                change._apply()

    def _apply(self):
        """Let the new plan be in force; open tickets follow from the agreed instant."""
        for change in self:
            contract = change.contract_id.sudo().with_context(plan_change=True)
            change.sudo().is_applied = True
            contract.write(
                {
                    "plan_id": change.plan_id.id,
                    "plan_since": change.at,
                    "next_plan_at": False,
                }
            )
            contract._follow_calendar(change.at)
            contract._keep_annex()
