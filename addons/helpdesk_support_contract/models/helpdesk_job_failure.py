from odoo import api, models


class HelpdeskJobFailure(models.Model):
    """Who is told of a failure: our contact of the contract."""

    _inherit = "helpdesk.job.failure"

    @api.model
    def _get_subject_fields(self):
        return [*super()._get_subject_fields(), "contract_id"]

    @api.model
    def _get_keeper_paths(self):
        return [*super()._get_keeper_paths(), "contract_id.user_id"]
