from odoo import api, fields, models


class HelpdeskSupportPlanChangeWizard(models.TransientModel):
    """Agrees another plan for a contract in mid-term."""

    _name = "helpdesk.support.plan.change.wizard"
    _description = "Change the Plan of a Contract"

    contract_id = fields.Many2one(
        "helpdesk.support.contract", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id")
    old_plan_id = fields.Many2one(related="contract_id.plan_id", string="Present Plan")
    plan_id = fields.Many2one(
        "helpdesk.support.plan",
        string="New Plan",
        required=True,
        compute="_compute_plan_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="cascade",
        domain="[('id', '!=', old_plan_id), ('partner_id', 'in', (False, partner_id))]",
    )
    at = fields.Datetime(
        string="In Force From",
        help="Open tickets count on the new plan from this instant. Empty: from now.",
    )
    reason = fields.Char(
        help="What was agreed, and with whom. It stays on the contract."
    )

    @api.depends("contract_id")
    def _compute_plan_id(self):
        for wizard in self:
            wizard.plan_id = wizard.contract_id.newest_plan_id

    def action_change(self):
        """Let the new plan be in force from the chosen moment on."""
        self.ensure_one()
        moment = self.at or fields.Datetime.now()
        self.contract_id._change_plan(self.plan_id, moment, self.reason)
        return {"type": "ir.actions.act_window_close"}
