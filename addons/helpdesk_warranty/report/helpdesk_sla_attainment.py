from odoo import api, models
from odoo.tools import SQL

from ..models.helpdesk_sla_target import TERMS


class HelpdeskSlaAttainment(models.Model):
    _inherit = "helpdesk.sla.attainment"

    @api.model
    def _get_promises(self):
        # What customers accept and we correct is no attainment of support.
        return SQL(
            "SELECT * FROM (%s) AS support WHERE metric != ALL(%s)",
            super()._get_promises(),
            list(TERMS),
        )
