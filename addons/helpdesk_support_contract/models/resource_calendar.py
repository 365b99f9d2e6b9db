from odoo import api, models
from odoo.fields import Domain


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    @api.constrains("attendance_ids", "schedule_type", "duration_based", "tz")
    def _check_support_plan(self):
        """Keep the hours of plans and contracts such that deadlines can count."""
        plans = self.env["helpdesk.support.plan"].sudo()
        contracts = self.env["helpdesk.support.contract"].sudo()
        for calendar in self:
            of_plan = Domain("calendar_id", "=", calendar.id)
            of_plan |= Domain("other_calendar_id", "=", calendar.id)
            if plans.search_count(of_plan, limit=1) or contracts.search_count(
                [("calendar_id", "=", calendar.id)], limit=1
            ):
                calendar._check_support_hours()
