from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["resource.calendar"]._forget_support_clock()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["resource.calendar"]._forget_support_clock()
        return result

    def unlink(self):
        self.env["resource.calendar"]._forget_support_clock()
        return super().unlink()
