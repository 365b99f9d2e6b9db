from odoo import fields, models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _match(cls, path_info):
        # Before anything can be retried: an answer counts from here (R-B5).
        if not hasattr(request, "arrived_at"):
            request.arrived_at = fields.Datetime.now()
        return super()._match(path_info)

    @classmethod
    def _get_translation_frontend_modules_name(cls):
        # The acceptance form is a script of the portal.
        return [*super()._get_translation_frontend_modules_name(), "helpdesk_warranty"]
