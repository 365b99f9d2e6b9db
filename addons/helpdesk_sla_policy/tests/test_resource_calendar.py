"""Working schedules and holidays of the database, as the clock counts them (R-A4)."""

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy import clock

from .common import GUAYAQUIL, HelpdeskSlaCommon, seconds, utc


class CalendarCommon(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.other_company = cls.env["res.company"].create({"name": "Other"})

    def assertElapsed(
        self, calendar, start, stop, expected, tz=GUAYAQUIL, company=None
    ):
        """Assert the open time (h:mm[:ss]) between two wall-clock texts."""
        compiled = calendar._get_support_clock(company or self.company)
        elapsed = compiled.elapsed(
            clock.to_instant(utc(start, tz)), clock.to_instant(utc(stop, tz))
        )
        self.assertEqual(elapsed, seconds(expected))

    def assertWeek(self, calendar, expected, company=None):
        """Assert the open time of the week of Mon 12 Jan 2026."""
        self.assertElapsed(
            calendar, "2026-01-12 00:00", "2026-01-19 00:00", expected, company=company
        )


@tagged("post_install", "-at_install")
class TestHours(CalendarCommon):
    def test_shipped_office_is_monday_to_friday_nine_to_five(self):
        """Attention hours Mon-Fri 09:00-17:00 in Guayaquil (R-A4)."""
        self.assertEqual(self.office.tz, GUAYAQUIL)
        self.assertWeek(self.office, "40:00")
        self.assertElapsed(self.office, "08:59", "09:01", "0:01")
        self.assertElapsed(self.office, "16:59", "17:01", "0:01")

    def test_shipped_24x7_is_always_open(self):
        """No drift at midnight: a year has all of its seconds (R-A4)."""
        self.assertWeek(self.always, "168:00")
        self.assertElapsed(
            self.always, "2026-01-01 00:00", "2027-01-01 00:00", f"{365 * 24}:00"
        )

    def test_lunch_is_not_attention(self):
        calendar = self.make_calendar(8, 12, range(1))
        self.env["resource.calendar.attendance"].create(
            [
                {
                    "name": name,
                    "calendar_id": calendar.id,
                    "dayofweek": "0",
                    "hour_from": start,
                    "hour_to": stop,
                    "day_period": period,
                }
                for name, start, stop, period in (
                    ("Lunch", 12, 13, "lunch"),
                    ("Afternoon", 13, 17, "afternoon"),
                )
            ]
        )
        self.assertWeek(calendar, "8:00")

    def test_hours_to_the_second(self):
        """Hours kept as fractions mean whole seconds: 08:20 is not 08:19:59."""
        calendar = self.make_calendar(8 + 20 / 60, 12 + 50 / 60, range(1))
        self.assertElapsed(calendar, "08:20:00", "08:20:01", "0:00:01")
        self.assertElapsed(calendar, "08:00:00", "13:00:00", "4:30:00")

    def test_until_midnight(self):
        """An attendance until 24:00 ends at midnight, not a microsecond before."""
        calendar = self.make_calendar(0, 24, range(2))
        self.assertElapsed(
            calendar, "2026-01-12 23:59:59", "2026-01-13 00:00:01", "0:00:02"
        )
        self.assertWeek(calendar, "48:00")

    def test_two_weeks(self):
        """A calendar of two weeks alternates."""
        calendar = self.make_calendar(9, 17)
        calendar.two_weeks_calendar = True
        calendar.attendance_ids = [
            Command.clear(),
            *[
                Command.create(
                    {
                        "name": "Attention",
                        "week_type": week,
                        "dayofweek": "0",
                        "hour_from": 9,
                        "hour_to": closes,
                        "day_period": "full_day",
                    }
                )
                for week, closes in (("0", 12), ("1", 17))
            ],
        ]
        mondays = ["2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"]
        compiled = calendar._get_support_clock(self.company)
        hours = [
            compiled.elapsed(
                clock.to_instant(utc(f"{monday} 00:00")),
                clock.to_instant(utc(f"{monday} 23:00")),
            )
            // 3600
            for monday in mondays
        ]
        week = self.env["resource.calendar.attendance"].get_week_type(
            utc("2026-01-12 12:00").date()
        )
        self.assertEqual(hours, [8, 3, 8, 3] if week else [3, 8, 3, 8])

    def test_zone_of_the_calendar_counts(self):
        """Nine o'clock is meant where the calendar is; summer time needs no rule."""
        calendar = self.make_calendar(9, 17, tz="Europe/Madrid")
        self.assertElapsed(
            calendar, "2026-03-27 16:00", "2026-03-30 10:00", "2:00", tz="Europe/Madrid"
        )
        # On Sunday 29 March 2026 the day has 23 hours.
        sunday = self.make_calendar(0, 24, [6], tz="Europe/Madrid")
        self.assertElapsed(
            sunday, "2026-03-28 12:00", "2026-03-30 12:00", "23:00", tz="Europe/Madrid"
        )

    def test_edited_hours_count_at_once(self):
        """Whoever edits the schedule sees the new hours without a restart."""
        calendar = self.make_calendar(9, 17)
        self.assertWeek(calendar, "40:00")
        calendar.attendance_ids[0].hour_to = 18
        self.assertWeek(calendar, "41:00")
        calendar.attendance_ids[0].unlink()
        self.assertWeek(calendar, "32:00")
        calendar.attendance_ids.create(
            {
                "name": "Saturday",
                "calendar_id": calendar.id,
                "dayofweek": "5",
                "hour_from": 9,
                "hour_to": 10,
                "day_period": "morning",
            }
        )
        self.assertWeek(calendar, "33:00")


@tagged("post_install", "-at_install")
class TestHolidays(CalendarCommon):
    """Public holidays are closed (R-A4)."""

    def test_holiday_of_the_calendar(self):
        self.make_holiday("2026-01-13")
        self.assertWeek(self.office, "32:00")

    def test_holiday_of_every_calendar(self):
        """A holiday without a schedule closes every schedule of its company."""
        holiday = self.make_holiday("2026-01-13")
        holiday.calendar_id = False
        self.assertWeek(self.office, "32:00")

    def test_holiday_of_another_calendar(self):
        self.make_holiday("2026-01-13", self.make_calendar(8, 16))
        self.assertWeek(self.office, "40:00")

    def test_holiday_of_another_company(self):
        """What another company celebrates does not close; it closes there."""
        holiday = self.make_holiday("2026-01-13")
        holiday.company_id = self.other_company
        self.assertWeek(self.office, "40:00")
        self.assertWeek(self.office, "32:00", company=self.other_company)

    def test_holiday_of_another_company_for_all_calendars(self):
        """The kind that closes even a 24x7 desk in Odoo's own arithmetic."""
        leaves = self.env["resource.calendar.leaves"].with_company(self.other_company)
        holiday = leaves.create(
            {
                "name": "Holiday",
                "date_from": utc("2026-01-13 00:00"),
                "date_to": utc("2026-01-13 23:59:59"),
            }
        )
        self.assertEqual(holiday.company_id, self.other_company)
        self.assertWeek(self.office, "40:00")

    def test_leave_of_an_employee(self):
        """One person's time off closes nothing."""
        resource = self.env["resource.resource"].create(
            {"name": "Agent", "calendar_id": self.office.id, "tz": GUAYAQUIL}
        )
        self.make_holiday("2026-01-13", resource_id=resource.id)
        self.assertWeek(self.office, "40:00")

    def test_working_time_is_no_holiday(self):
        """A training entered as Other is no time off."""
        self.make_holiday("2026-01-13", time_type="other")
        self.assertWeek(self.office, "40:00")

    def test_24x7_never_closes(self):
        """A 24x7 calendar observes no holiday."""
        self.make_holiday("2026-01-13", self.always)
        self.make_holiday("2026-01-14").calendar_id = False
        self.assertWeek(self.always, "168:00")

    def test_holiday_closes_its_last_second(self):
        """Typed in the interface it ends at 23:59:59, which means midnight."""
        calendar = self.make_calendar(0, 24)
        self.make_holiday("2026-01-13", calendar)
        self.assertElapsed(calendar, "2026-01-12 23:59", "2026-01-14 00:01", "0:02:00")

    def test_part_of_a_day(self):
        """A leave is an instant: an afternoon off keeps the morning open."""
        self.make_holiday(
            "2026-01-13",
            date_from=utc("2026-01-13 13:00"),
            date_to=utc("2026-01-13 17:00"),
        )
        self.assertWeek(self.office, "36:00")

    def test_holiday_edited_or_deleted_counts_at_once(self):
        holiday = self.make_holiday("2026-01-13")
        self.assertWeek(self.office, "32:00")
        holiday.date_to = utc("2026-01-14 23:59:59")
        self.assertWeek(self.office, "24:00")
        holiday.unlink()
        self.assertWeek(self.office, "40:00")

    def test_two_holidays_that_overlap(self):
        self.make_holiday("2026-01-13")
        self.make_holiday("2026-01-13", date_to=utc("2026-01-14 23:59:59"))
        self.assertWeek(self.office, "24:00")


@tagged("post_install", "-at_install")
class TestRefused(CalendarCommon):
    """What no deadline can be counted on is refused with a sentence."""

    def assertPolicyRefused(self, words, **values):
        calendar = self.make_calendar(9, 17)
        calendar.write(values)
        with self.assertRefused(words, ValidationError):
            self.make_policy(("response", 1, {}), calendar_id=calendar.id)

    def test_flexible(self):
        self.assertPolicyRefused(
            "flexible or based on durations", schedule_type="flexible"
        )

    def test_duration_based(self):
        self.assertPolicyRefused("flexible or based on durations", duration_based=True)

    def test_empty(self):
        self.assertPolicyRefused("has no hours", attendance_ids=[Command.clear()])

    def test_office_hours_too(self):
        calendar = self.make_calendar(9, 17)
        calendar.attendance_ids.unlink()
        with self.assertRefused("has no hours", ValidationError):
            self.make_policy(("response", 1, {}), office_calendar_id=calendar.id)

    def test_calendar_in_use_stays_usable(self):
        """Nobody can empty or loosen a schedule under a policy."""
        calendar = self.make_calendar(9, 17)
        self.make_policy(("response", 1, {}), calendar_id=calendar.id)
        with self.assertRefused("flexible", ValidationError):
            calendar.schedule_type = "flexible"
        with self.assertRefused("has no hours", ValidationError):
            calendar.attendance_ids = [Command.clear()]
        self.assertWeek(calendar, "40:00")

    def test_calendar_in_use_cannot_be_deleted(self):
        calendar = self.make_calendar(9, 17)
        self.make_policy(("response", 1, {}), calendar_id=calendar.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            calendar.unlink()
        self.assertTrue(calendar.exists())

    def test_business_days_never_end_on_a_calendar_that_never_closes(self):
        """Terms in business days need office hours (R-B5)."""
        with self.assertRefused("never closes", ValidationError):
            self.make_policy(
                ("estimate", 5, {"unit": "business_day"}), calendar_id=self.always.id
            )
        policy = self.make_policy(
            ("estimate", 5, {"unit": "business_day"}),
            calendar_id=self.always.id,
            office_calendar_id=self.office.id,
        )
        self.assertEqual(policy._get_office_calendar(), self.office)
        with self.assertRefused("never closes", ValidationError):
            policy.office_calendar_id = False
