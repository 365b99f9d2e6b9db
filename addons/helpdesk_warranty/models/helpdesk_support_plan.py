from odoo import api, models


class HelpdeskSupportPlan(models.Model):
    """What a plan leaves out is not covered: open tickets follow (R-A5)."""

    _inherit = "helpdesk.support.plan"

    def write(self, vals):
        result = super().write(vals)
        if {"channel_ids", "service_ids"} & vals.keys():
            self._judge_tickets_again()
        return result

    def _judge_tickets_again(self):
        """Have the tickets judged again whose contracts rest, or rested, on these."""
        contracts = (
            self.env["helpdesk.support.contract"]
            .sudo()
            .search(self.env["helpdesk.support.contract"]._get_plan_domain(self))
        )
        if contracts:
            requests = self.env["helpdesk.coverage.refresh"]
            requests._request([("contract_id", "in", contracts.ids)])


class HelpdeskSupportPlanService(models.Model):
    _inherit = "helpdesk.support.plan.service"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.plan_id._judge_tickets_again()
        return lines

    def write(self, vals):
        plans = self.plan_id
        result = super().write(vals)
        if {"kind", "plan_id", "service_id"} & vals.keys():
            (plans | self.plan_id)._judge_tickets_again()
        return result

    def unlink(self):
        plans = self.plan_id
        result = super().unlink()
        plans._judge_tickets_again()
        return result
