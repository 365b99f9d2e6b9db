from odoo import api, fields, models

from .. import clock


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    holiday_import_id = fields.Many2one(
        "helpdesk.holiday.import",
        string="Imported By",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
        copy=False,
    )

    def _get_closure(self):
        """Return ``(start, stop, name)`` in instants; the last second is closed too.

        A holiday typed in the interface ends at 23:59:59, which means midnight.
        """
        stop = clock.to_instant(self.date_to)
        return (
            clock.to_instant(self.date_from),
            stop + 1 if stop % 60 == 59 else stop,
            self.name or self.env._("Holiday"),
        )

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._clear_support_clock()
        return leaves

    def write(self, vals):
        self._clear_support_clock()
        result = super().write(vals)
        self._clear_support_clock()
        return result

    def unlink(self):
        self._clear_support_clock()
        return super().unlink()

    def _clear_support_clock(self):
        """Forget compiled calendars when a holiday of everybody changes."""
        if any(not leave.resource_id for leave in self):
            self.env["resource.calendar"]._forget_support_clock()
