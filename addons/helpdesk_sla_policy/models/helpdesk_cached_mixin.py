from odoo import api, models


class HelpdeskCachedMixin(models.AbstractModel):
    """Rarely edited records that are looked up so often that answers are kept.

    Whatever is written to them makes every process forget what it kept (ormcache).
    """

    _name = "helpdesk.cached.mixin"
    _description = "Records Kept in Memory"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
