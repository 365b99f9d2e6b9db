from odoo import api, fields, models
from odoo.tools import SQL


class HelpdeskSlaAttainment(models.Model):
    """Promises kept by plan and contract."""

    _inherit = "helpdesk.sla.attainment"
    _depends = {
        "helpdesk.ticket": ["contract_id"],
        "helpdesk.support.contract": ["plan_id"],
    }

    contract_id = fields.Many2one("helpdesk.support.contract", readonly=True)
    plan_id = fields.Many2one("helpdesk.support.plan", readonly=True)

    @api.model
    def _get_columns(self):
        return {
            **super()._get_columns(),
            "contract_id": SQL("ticket.contract_id"),
            "plan_id": SQL("contract.plan_id"),
        }

    @api.model
    def _get_joins(self):
        return SQL(
            "%s LEFT JOIN helpdesk_support_contract contract "
            "ON contract.id = ticket.contract_id",
            super()._get_joins(),
        )
