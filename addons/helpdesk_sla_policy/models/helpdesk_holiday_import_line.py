from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from .. import clock


class HelpdeskHolidayImportLine(models.Model):
    """One holiday in the list to review."""

    _name = "helpdesk.holiday.import.line"
    _description = "Public Holiday to Import"
    _order = "import_id, date, id"

    import_id = fields.Many2one(
        "helpdesk.holiday.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    date = fields.Date(required=True)
    weekday = fields.Char(compute="_compute_weekday")
    name = fields.Char(string="Holiday", required=True)
    is_included = fields.Boolean(string="Close", default=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("partly", "Closed in some calendars"),
            ("closed", "Closed already"),
        ],
        compute="_compute_state",
        help="What the chosen calendars say of this day now.",
    )

    _date_uniq = models.Constraint(
        "UNIQUE (import_id, date)", "Each day is in the list only once."
    )

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_weekday(self):
        for line in self:
            line.weekday = line.date and format_date(
                self.env, line.date, date_format="EEEE"
            )

    @api.depends("date", "import_id.calendar_ids", "import_id.leave_ids")
    def _compute_state(self):
        for holiday_import, lines in self.grouped("import_id").items():
            calendars = holiday_import.calendar_ids
            spans = holiday_import._get_closed_spans()
            for line in lines:
                still_open = line._get_open_calendars(spans)
                if calendars and not still_open:
                    line.state = "closed"
                else:
                    line.state = "partly" if still_open < calendars else "open"

    def _get_open_calendars(self, spans):
        """Return the chosen calendars that no holiday closes on the whole day.

        ``spans`` is what the import's _get_closed_spans returns.
        """
        self.ensure_one()
        calendars = self.import_id.calendar_ids._origin
        if not self.date:
            return calendars
        return calendars.filtered(
            lambda calendar: not self._is_closed(calendar, spans[calendar.id])
        )

    def _is_closed(self, calendar, spans):
        start, stop = self._get_bounds(calendar)
        stop -= timedelta(seconds=1)  # the interface ends a day at 23:59:59
        return any(begin <= start and stop <= end for begin, end in spans)

    def _get_bounds(self, calendar):
        """Return the day's first instant and the next day's, in naive UTC."""
        tz = calendar.tz or "UTC"
        return tuple(
            clock.to_datetime(clock.instant(f"{date} 00:00", tz))
            for date in (self.date, self.date + timedelta(days=1))
        )
