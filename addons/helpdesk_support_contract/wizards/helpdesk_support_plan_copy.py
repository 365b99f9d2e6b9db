from odoo import fields, models


class HelpdeskSupportPlanCopy(models.TransientModel):
    """Copies a plan and its policy for one customer (R-E7)."""

    _name = "helpdesk.support.plan.copy"
    _description = "Copy a Plan for a Customer"

    plan_id = fields.Many2one(
        "helpdesk.support.plan", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        domain="[('parent_id', '=', False)]",
    )

    def action_copy(self):
        """Open the copy, to be changed for the customer."""
        self.ensure_one()
        customer = self.partner_id.commercial_partner_id
        return self.plan_id._make_customer_plan(customer)._get_records_action()
