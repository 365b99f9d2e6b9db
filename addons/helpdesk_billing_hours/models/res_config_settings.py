from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    support_credits_apart = fields.Boolean(
        related="company_id.support_credits_apart", readonly=False
    )
    support_fee_days = fields.Integer(
        related="company_id.support_fee_days", readonly=False
    )
    support_fee_user_id = fields.Many2one(
        related="company_id.support_fee_user_id", readonly=False
    )
    support_project_id = fields.Many2one(
        related="company_id.support_project_id", readonly=False
    )
