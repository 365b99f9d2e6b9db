from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import float_compare

from .. import clock

#: Compiled calendars by the hash of their content, for this process.
_COMPILED = {}
_MAX_COMPILED = 500

ALWAYS = clock.Calendar(clock.OpeningHours("UTC", always_open=True))


def compile_hours(hours):
    """Return the compiled calendar of opening hours, made once a process."""
    key = hours.get_hash()
    calendar = _COMPILED.get(key)
    if calendar is None:
        if len(_COMPILED) >= _MAX_COMPILED:
            _COMPILED.clear()
        calendar = _COMPILED[key] = clock.Calendar(hours)
    return calendar


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    sla_stale_count = fields.Integer(
        string="Deadlines to Recompute",
        compute="_compute_sla_stale_count",
        help="Open promises whose dates still follow the calendar as it was.",
    )

    def _compute_sla_stale_count(self):
        counts = {}
        for calendar, _company, _hash, count in self.env[
            "helpdesk.sla.timer"
        ]._get_stale_groups():
            counts[calendar.id] = counts.get(calendar.id, 0) + count
        for calendar in self:
            calendar.sla_stale_count = counts.get(calendar.id, 0)

    @api.constrains("attendance_ids", "schedule_type", "duration_based", "tz")
    def _check_sla_policy(self):
        policies = self.env["helpdesk.sla.policy"].sudo()
        for calendar in self:
            if policies.search_count(
                Domain("calendar_id", "=", calendar.id)
                | Domain("office_calendar_id", "=", calendar.id),
                limit=1,
            ):
                calendar._check_support_hours()

    def _check_support_hours(self):
        """Raise ValidationError when no deadline can be counted on this calendar."""
        for calendar in self.sudo():
            if calendar.schedule_type == "flexible" or calendar.duration_based:
                raise ValidationError(
                    self.env._(
                        "The working schedule “%s” is flexible or based on durations: "
                        "deadlines need hours with a start and an end. Choose a "
                        "fully fixed schedule.",
                        calendar.name,
                    )
                )
            if not calendar.attendance_ids.filtered(lambda a: a._is_work_period()):
                raise ValidationError(
                    self.env._(
                        "The working schedule “%s” has no hours: add at least one "
                        "line to it, or choose another schedule.",
                        calendar.name,
                    )
                )

    def _get_support_clock(self, company):
        """Return the compiled calendar that the company's deadlines count on.

        Only global holidays of the company, or of none, close it (R-A4).
        Raises ValidationError when the schedule has no usable hours.
        """
        self.ensure_one()
        hours = self._get_opening_hours(company.id)
        if not hours.always_open and not any(map(any, hours.weeks)):
            self._check_support_hours()
        return compile_hours(hours)

    def _get_support_day(self):
        """Return the hours of one working day, of which a target may promise some.

        Odoo shows their mean with two digits; here it is exact, unless somebody
        wrote another number on the schedule. 0 without a schedule.
        """
        if not self:
            return 0
        mean = self._get_hours_per_day()
        is_mean = not float_compare(mean, self.hours_per_day, precision_digits=2)
        return mean if is_mean else self.hours_per_day

    @api.model
    def _get_always_open(self):
        """Return the compiled calendar of promises in calendar time."""
        return ALWAYS

    @tools.ormcache("self.id", "company_id")
    def _get_opening_hours(self, company_id):
        """Return this schedule's content as clock.OpeningHours."""
        calendar = self.sudo().with_context(active_test=False)
        weeks = calendar._get_opening_weeks()
        if all(clock._merge(day) == [(0, clock.DAY)] for week in weeks for day in week):
            return clock.OpeningHours("UTC", always_open=True)
        leaves = self.env["resource.calendar.leaves"].sudo()
        closures = tuple(
            leave._get_closure()
            for leave in leaves.search(
                [
                    ("calendar_id", "in", [False, self.id]),
                    ("resource_id", "=", False),
                    ("time_type", "=", "leave"),
                    ("company_id", "in", [False, company_id]),
                ]
            )
        )
        return clock.OpeningHours(calendar.tz or "UTC", weeks, closures=closures)

    def _get_opening_weeks(self):
        """Return one or two weeks of ``(from, to)`` seconds of local time."""
        count = 2 if self.two_weeks_calendar else 1
        weeks = [[[] for _day in range(7)] for _week in range(count)]
        if self.schedule_type == "flexible" or self.duration_based:
            return tuple(tuple(() for _day in range(7)) for _week in weeks)
        for line in self.attendance_ids.filtered(lambda a: a._is_work_period()):
            start, stop = round(line.hour_from * 3600), round(line.hour_to * 3600)
            if stop > start:
                index = int(line.week_type or 0) if count == 2 else 0
                weeks[index][int(line.dayofweek)].append((start, stop))
        return tuple(tuple(tuple(sorted(day)) for day in week) for week in weeks)

    @api.model_create_multi
    def create(self, vals_list):
        calendars = super().create(vals_list)
        calendars._forget_support_clock()
        return calendars

    def write(self, vals):
        result = super().write(vals)
        self._forget_support_clock()
        if "hours_per_day" in vals:
            self.env["helpdesk.sla.timer"]._mark_days_stale(self)
        return result

    def _forget_support_clock(self):
        """Forget compiled calendars and have the deadlines on them follow."""
        self.env.registry.clear_cache()
        self.env["helpdesk.sla.timer"]._wake_recompute()
