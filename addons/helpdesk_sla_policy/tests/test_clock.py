import datetime
import doctest
import threading

from odoo.tests import BaseCase

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_sla_policy.clock import Calendar, ClockError, OpeningHours
from odoo.addons.resource.models.resource_calendar_attendance import (
    ResourceCalendarAttendance,
)

from .clock_common import ALWAYS, GUAYAQUIL, HOUR, OFFICE, at, make_facts, show

HALF_HOUR = HOUR // 2
NINE_TO_FIVE = ((9 * HOUR, 17 * HOUR),)


def weekly(tz, opens, closes, days=range(5), **rest):
    return Calendar(OpeningHours.weekly(tz, opens, closes, days, **rest))


def holiday(day, name="Fiesta"):
    return datetime.date.fromisoformat(day), name


class Disturbed(Calendar):
    """A calendar that another thread asks for earlier days all the time."""

    __slots__ = ()

    def _worked(self, at):
        total = super()._worked(at)
        super()._worked(at - 1500 * clock.DAY)
        return total


class TestClock(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(clock)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)

    # Deadlines in office hours

    def test_what_is_left_at_closing_counts_from_the_next_opening(self):
        due = OFFICE.first(at("2026-01-09 16:50"), HALF_HOUR)
        self.assertEqual(show(due), "2026-01-12 09:20:00")

    def test_what_comes_on_a_saturday_counts_from_monday(self):
        due = OFFICE.first(at("2026-01-10 11:00"), HALF_HOUR)
        self.assertEqual(show(due), "2026-01-12 09:30:00")

    def test_a_deadline_at_closing_is_shown_there_and_judged_at_the_opening(self):
        received = at("16:30")
        self.assertEqual(show(OFFICE.first(received, HALF_HOUR)), "2026-01-12 17:00:00")
        self.assertEqual(show(OFFICE.last(received, HALF_HOUR)), "2026-01-13 09:00:00")
        in_time = OFFICE.elapsed(received, at("2026-01-13 09:00:00"))
        self.assertEqual(in_time, HALF_HOUR)
        late = OFFICE.elapsed(received, at("2026-01-13 09:00:01"))
        self.assertEqual(late, HALF_HOUR + 1)

    def test_a_deadline_within_opening_hours_is_shown_and_judged_at_once(self):
        for find in (OFFICE.first, OFFICE.last):
            self.assertEqual(show(find(at("10:00"), HOUR)), "2026-01-12 11:00:00")

    def test_no_time_at_all_is_used_up_at_once_and_judged_at_the_opening(self):
        received = at("2026-01-10 11:00")
        self.assertEqual(OFFICE.first(received, 0), received)
        self.assertEqual(show(OFFICE.last(received, 0)), "2026-01-12 09:00:00")

    def test_production_down_counts_around_the_clock(self):
        received = at("2026-01-10 10:00", "America/Panama")
        due = ALWAYS.first(received, 2 * HOUR)
        self.assertEqual(show(due, "America/Panama"), "2026-01-10 12:00:00")

    def test_non_production_waits_for_office_hours(self):
        office = weekly("America/Panama", "08:00", "17:30")
        received = at("2026-01-10 10:00", "America/Panama")
        due = office.first(received, 12 * HOUR)
        self.assertEqual(show(due, "America/Panama"), "2026-01-13 10:30:00")

    def test_elapsed_is_negative_backwards(self):
        self.assertEqual(OFFICE.elapsed(at("12:00"), at("10:00")), -2 * HOUR)

    def test_the_opening_second_is_open_and_the_closing_second_is_not(self):
        self.assertFalse(OFFICE.is_open(at("08:59:59")))
        self.assertTrue(OFFICE.is_open(at("09:00:00")))
        self.assertTrue(OFFICE.is_open(at("16:59:59")))
        self.assertFalse(OFFICE.is_open(at("17:00:00")))

    def test_a_break_at_noon_does_not_count(self):
        split = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
        calendar = Calendar(OpeningHours(GUAYAQUIL, ((split,) * 7,)))
        due = calendar.first(at("11:30"), HOUR)
        self.assertEqual(show(due), "2026-01-12 13:30:00")
        self.assertEqual(
            show(calendar.last(at("11:30"), HALF_HOUR)), "2026-01-12 13:00:00"
        )

    def test_ranges_that_overlap_count_once(self):
        ranges = ((9 * HOUR, 13 * HOUR), (12 * HOUR, 17 * HOUR))
        calendar = Calendar(OpeningHours(GUAYAQUIL, ((ranges,) * 7,)))
        self.assertEqual(calendar.elapsed(at("00:00"), at("23:59")), 8 * HOUR)

    # Business days

    def test_the_day_of_delivery_does_not_count(self):
        for delivered in ("2026-01-08 16:00", "2026-01-08 19:00"):
            term = OFFICE.business_day_close(at(delivered), 5)
            self.assertEqual(show(term), "2026-01-15 17:00:00")

    def test_a_delivery_before_opening_or_at_the_weekend_starts_the_next_day(self):
        for delivered in ("2026-01-09 08:00", "2026-01-10 11:00"):
            term = OFFICE.business_day_close(at(delivered), 5)
            self.assertEqual(show(term), "2026-01-16 17:00:00")

    def test_a_holiday_is_no_business_day(self):
        calendar = weekly(
            GUAYAQUIL, "09:00", "17:00", holidays=(holiday("2026-01-12"),)
        )
        term = calendar.business_day_close(at("2026-01-10 11:00"), 5)
        self.assertEqual(show(term), "2026-01-19 17:00:00")

    def test_a_business_day_that_closes_early_ends_the_term_early(self):
        closure = (at("2026-01-15 12:00"), at("2026-01-15 20:00"), "Inventory")
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=(closure,))
        term = calendar.business_day_close(at("2026-01-08 16:00"), 5)
        self.assertEqual(show(term), "2026-01-15 12:00:00")

    def test_a_calendar_that_never_closes_has_no_business_days(self):
        with self.assertRaisesRegex(ClockError, "no business days"):
            ALWAYS.business_day_close(at("10:00"), 5)

    # Holidays and closures

    def test_a_holiday_closes_the_local_day(self):
        calendar = weekly(
            GUAYAQUIL, "09:00", "17:00", holidays=(holiday("2026-01-12"),)
        )
        self.assertEqual(calendar.elapsed(at("00:00"), at("23:59")), 0)
        due = calendar.first(at("2026-01-09 16:50"), HALF_HOUR)
        self.assertEqual(show(due), "2026-01-13 09:20:00")

    def test_a_closure_takes_a_part_of_the_day(self):
        closure = (at("10:00"), at("11:30"), "Power cut")
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=(closure,))
        self.assertEqual(calendar.elapsed(at("09:30"), at("12:00")), HOUR)
        self.assertEqual(show(calendar.first(at("09:30"), HOUR)), "2026-01-12 12:00:00")

    def test_closures_that_overlap_close_once(self):
        closures = (
            (at("10:00"), at("15:00"), "long"),
            (at("11:00"), at("12:00"), "inside"),
            (at("14:30"), at("15:30"), "beyond"),
            (at("16:00"), at("16:00"), "empty"),
        )
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=closures)
        self.assertEqual(calendar.elapsed(at("00:00"), at("23:00")), HOUR + 5400)

    def test_nothing_closes_a_calendar_that_is_always_open(self):
        hours = OpeningHours(
            GUAYAQUIL,
            holidays=(holiday("2026-01-12"),),
            closures=((at("10:00"), at("11:00"), "Power cut"),),
            always_open=True,
        )
        calendar = Calendar(hours)
        self.assertEqual(calendar.elapsed(at("09:00"), at("12:00")), 3 * HOUR)
        self.assertEqual(calendar.first(at("09:00"), HOUR), at("10:00"))
        self.assertEqual(calendar.last(at("09:00"), HOUR), at("10:00"))
        pieces = calendar.cut(at("09:00"), at("12:00"))
        self.assertEqual(pieces, [(at("09:00"), at("12:00"), True, "")])

    def test_a_week_of_whole_days_has_no_gap_at_midnight(self):
        calendar = weekly(GUAYAQUIL, "00:00", "24:00", range(7))
        week = calendar.elapsed(at("00:00"), at("2026-01-19 00:00"))
        self.assertEqual(week, 7 * clock.DAY)
        self.assertEqual(calendar.last(at("23:00"), HOUR), at("2026-01-13 00:00"))
        night = at("22:00"), at("2026-01-13 02:00")
        self.assertEqual(calendar.cut(*night), [(*night, True, "")])

    # Overnight

    def test_an_overnight_range_ends_on_the_next_day(self):
        calendar = weekly(GUAYAQUIL, "22:00", "06:00", [0])
        self.assertEqual(
            calendar.elapsed(at("00:00"), at("2026-01-18 00:00")), 8 * HOUR
        )
        due = calendar.first(at("23:00"), 2 * HOUR)
        self.assertEqual(show(due), "2026-01-13 01:00:00")

    def test_each_half_of_a_night_obeys_the_holiday_of_its_own_date(self):
        night = at("2026-01-12 18:00"), at("2026-01-13 18:00")
        first = weekly(
            GUAYAQUIL, "22:00", "06:00", [0], holidays=(holiday("2026-01-12"),)
        )
        self.assertEqual(first.elapsed(*night), 6 * HOUR)
        second = weekly(
            GUAYAQUIL, "22:00", "06:00", [0], holidays=(holiday("2026-01-13"),)
        )
        self.assertEqual(second.elapsed(*night), 2 * HOUR)

    def test_a_night_from_sunday_ends_on_monday(self):
        calendar = weekly(GUAYAQUIL, "22:00", "06:00", [6])
        monday = calendar.elapsed(at("00:00"), at("2026-01-13 00:00"))
        self.assertEqual(monday, 6 * HOUR)

    # Two weeks

    def test_two_weeks_alternate_as_in_odoo(self):
        first = (NINE_TO_FIVE, *((),) * 6)
        second = ((), NINE_TO_FIVE, *((),) * 5)
        calendar = Calendar(OpeningHours(GUAYAQUIL, (first, second)))
        for week in range(60):
            monday = datetime.date(2025, 12, 1) + datetime.timedelta(weeks=week)
            parity = ResourceCalendarAttendance.get_week_type(None, monday)
            noon = at(f"{monday} 12:00")
            self.assertEqual(calendar.is_open(noon), parity == 0)
            self.assertEqual(calendar.is_open(noon + clock.DAY), parity == 1)

    def test_a_night_at_the_end_of_a_week_runs_into_the_other_week(self):
        night = ((22 * HOUR, 6 * HOUR),)
        first = (*((),) * 6, night)
        calendar = Calendar(OpeningHours(GUAYAQUIL, (first, ((),) * 7)))
        total = calendar.elapsed(at("00:00"), at("2026-01-26 00:00"))
        self.assertEqual(total, 8 * HOUR)

    # Daylight saving

    def test_a_skipped_hour_does_not_count(self):
        calendar = weekly("Europe/Madrid", "01:00", "04:00", range(7))
        day = at("2026-03-29 00:00", "Europe/Madrid")
        self.assertEqual(calendar.elapsed(day, day + 12 * HOUR), 2 * HOUR)
        due = calendar.first(day, HOUR + 60)
        self.assertEqual(show(due, "Europe/Madrid"), "2026-03-29 03:01:00")

    def test_a_repeated_hour_counts_twice(self):
        calendar = weekly("Europe/Madrid", "01:00", "04:00", range(7))
        day = at("2026-10-25 00:00", "Europe/Madrid")
        self.assertEqual(calendar.elapsed(day, day + 12 * HOUR), 4 * HOUR)
        due = calendar.first(day, 4 * HOUR)
        self.assertEqual(show(due, "Europe/Madrid"), "2026-10-25 04:00:00")

    def test_a_day_that_begins_at_one_is_an_hour_shorter(self):
        calendar = weekly("America/Santiago", "00:00", "24:00", [6])
        before = at("2026-09-05 12:00", "America/Santiago")
        self.assertEqual(calendar.elapsed(before, before + 36 * HOUR), 23 * HOUR)
        self.assertEqual(
            show(calendar.first(before, 1), "America/Santiago"), "2026-09-06 01:00:01"
        )

    def test_a_day_whose_last_hour_is_repeated_is_an_hour_longer(self):
        calendar = weekly("America/Santiago", "00:00", "24:00", [5])
        before = at("2026-04-03 12:00", "America/Santiago")
        self.assertEqual(calendar.elapsed(before, before + 72 * HOUR), 25 * HOUR)

    def test_midnight_may_be_skipped_or_repeated(self):
        calendar = weekly("America/Havana", "00:00", "02:00", [6])
        spring = at("2026-03-07 12:00", "America/Havana")
        self.assertEqual(calendar.elapsed(spring, spring + clock.DAY), HOUR)
        autumn = at("2026-10-31 12:00", "America/Havana")
        self.assertEqual(calendar.elapsed(autumn, autumn + clock.DAY), 3 * HOUR)
        close = calendar.business_day_close(autumn, 1)
        self.assertEqual(show(close, "America/Havana"), "2026-11-01 02:00:00")

    def test_a_change_of_half_an_hour_counts_as_half_an_hour(self):
        calendar = weekly("Australia/Lord_Howe", "01:00", "03:00", [6])
        spring = at("2026-10-03 12:00", "Australia/Lord_Howe")
        self.assertEqual(calendar.elapsed(spring, spring + clock.DAY), 3 * HOUR // 2)
        autumn = at("2026-04-04 12:00", "Australia/Lord_Howe")
        self.assertEqual(calendar.elapsed(autumn, autumn + clock.DAY), 5 * HOUR // 2)

    def test_a_change_for_a_month_is_seen_wherever_compiling_begins(self):
        tz = "Africa/Casablanca"  # UTC+1, but UTC in Ramadan
        opening = at("2026-03-02 09:00", "UTC")
        for days in range(40):
            calendar = weekly(tz, "09:00", "17:00")
            calendar.is_open(opening - days * clock.DAY)
            self.assertTrue(calendar.is_open(opening))
            self.assertFalse(calendar.is_open(opening - 1))
        self.assertEqual(show(opening, tz), "2026-03-02 09:00:00")

    def test_office_hours_follow_the_wall_clock(self):
        calendar = weekly("America/Santiago", "09:00", "17:00")
        received = at("2026-09-04 16:00", "America/Santiago")
        due = calendar.first(received, 2 * HOUR)
        self.assertEqual(show(due, "America/Santiago"), "2026-09-07 10:00:00")
        self.assertEqual(due - received, 65 * HOUR)

    def test_a_date_that_a_zone_skips_has_no_hours(self):
        calendar = weekly("Pacific/Apia", "09:00", "17:00", range(7))
        received = at("2011-12-29 16:00", "Pacific/Apia")
        due = calendar.first(received, 2 * HOUR)
        self.assertEqual(show(due, "Pacific/Apia"), "2011-12-31 10:00:00")

    # Compiled on demand

    def test_earlier_instants_after_later_ones_give_the_same_answers(self):
        hours = OpeningHours.weekly("America/Santiago", "08:30", "13:00")
        used = Calendar(hours)
        dates = ("2026", "2041", "2012", "2026", "1999", "2055", "1985", "2013")
        for year in dates:
            start = at(f"{year}-05-06 10:00", "America/Santiago")
            fresh = Calendar(hours)
            for find in ("first", "last", "business_day_close"):
                amount = 7 if find == "business_day_close" else 50 * HOUR
                self.assertEqual(
                    getattr(used, find)(start, amount),
                    getattr(fresh, find)(start, amount),
                )
            for days in (1, 10, 100, 1000, -1000):
                stop = start + days * clock.DAY
                self.assertEqual(used.elapsed(start, stop), fresh.elapsed(start, stop))

    def test_there_is_no_horizon(self):
        start = at("2026-01-12 09:00")
        due = OFFICE.first(start, 52 * 40 * 8 * HOUR)
        self.assertEqual(show(due), "2033-12-30 17:00:00")
        one_hour = weekly(GUAYAQUIL, "09:00", "10:00", [0])
        due = one_hour.first(start, 52 * 20 * HOUR)
        self.assertEqual(show(due), "2045-12-11 10:00:00")
        self.assertEqual(one_hour.elapsed(start, due), 52 * 20 * HOUR)

    def test_a_deadline_may_lie_at_the_edge_of_what_was_compiled(self):
        hours = OpeningHours.weekly("UTC", "00:00", "24:00", range(7))
        start = at("2026-01-12 00:00", "UTC")
        for days in range(395, 405):
            for find in (Calendar(hours).first, Calendar(hours).last):
                due = find(start, days * clock.DAY)
                self.assertEqual(due, start + days * clock.DAY)

    def test_years_of_closing_end_where_they_end(self):
        closure = (at("2026-02-01 00:00"), at("2030-01-01 00:00"), "Works")
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=(closure,))
        self.assertEqual(
            show(calendar.first(at("2026-01-30 16:00"), 2 * HOUR)),
            "2030-01-01 10:00:00",
        )
        self.assertEqual(
            show(calendar.first(at("2027-01-01 00:00"), HOUR)), "2030-01-01 10:00:00"
        )

    def test_a_calendar_that_stays_closed_says_so_each_time(self):
        closure = (at("2026-02-01 00:00"), at("2300-01-01 00:00"), "Gone")
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=(closure,))
        for find, amount in (
            ("first", HOUR),
            ("last", HOUR),
            ("business_day_close", 1),
        ):
            for start in ("2026-01-30 16:30", "2026-06-01 00:00", "2026-06-01 00:00"):
                with self.assertRaisesRegex(ClockError, "closed for too long"):
                    getattr(calendar, find)(at(start), amount)
        due = calendar.first(at("10:00"), HOUR)
        self.assertEqual(show(due), "2026-01-12 11:00:00")

    def test_a_calendar_that_was_never_open_says_so_each_time(self):
        closure = (at("1800-01-01 00:00"), at("2300-01-01 00:00"), "Never")
        calendar = weekly(GUAYAQUIL, "09:00", "17:00", closures=(closure,))
        for _time in range(2):
            with self.assertRaisesRegex(ClockError, "closed for too long"):
                calendar.first(at("10:00"), HOUR)

    def test_a_calendar_without_hours_is_refused(self):
        for weeks in ((), (((),) * 7,)):
            with self.assertRaisesRegex(ClockError, "no working hours"):
                Calendar(OpeningHours(GUAYAQUIL, weeks))

    def test_hours_outside_the_day_are_refused(self):
        for opens, closes in ((25 * HOUR, 3 * HOUR), (9 * HOUR, 25 * HOUR), (-1, 5)):
            with self.assertRaisesRegex(ClockError, "between 00:00 and 24:00"):
                Calendar(OpeningHours(GUAYAQUIL, ((((opens, closes),),) * 7,)))

    def test_an_unknown_zone_is_refused(self):
        for tz in ("America/Atlantis", "", "../etc/passwd"):
            with self.assertRaisesRegex(ClockError, "no time zone called"):
                Calendar(OpeningHours.weekly(tz, "09:00", "17:00"))

    def test_threads_that_share_a_calendar_get_the_same_answers(self):
        hours = OpeningHours.weekly("Europe/Madrid", "09:00", "17:00")
        shared, wrong = Calendar(hours), []
        starts = [at("10:00") + days * clock.DAY for days in range(-4000, 4000, 800)]
        expected = {start: Calendar(hours).first(start, 80 * HOUR) for start in starts}

        def ask(order):
            for start in order:
                if shared.first(start, 80 * HOUR) != expected[start]:
                    wrong.append(start)

        threads = [
            threading.Thread(target=ask, args=(starts[turn:] + starts[:turn],))
            for turn in range(len(starts))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertFalse(wrong)

    def test_a_thread_that_asks_for_earlier_days_disturbs_no_other(self):
        for closes in ("17:00", "24:00"):
            hours = OpeningHours.weekly(GUAYAQUIL, "00:00", closes, range(7))
            calm, disturbed = Calendar(hours), Disturbed(hours)
            for days in (0, 3000, 1000):
                start = at("10:00") - days * clock.DAY
                due = calm.first(start, 80 * HOUR)
                self.assertEqual(disturbed.first(start, 80 * HOUR), due)
                self.assertEqual(disturbed.elapsed(start, due), 80 * HOUR)

    # The same content

    def test_calendars_with_the_same_content_have_the_same_hash(self):
        days = holiday("2026-01-12"), holiday("2026-05-01")
        one = weekly(GUAYAQUIL, "09:00", "17:00", holidays=days)
        other = weekly(GUAYAQUIL, "09:00", "17:00", holidays=days[::-1])
        self.assertEqual(one.hash, other.hash)

    def test_another_content_has_another_hash(self):
        closures = ((at("10:00"), at("11:00"), "Power cut"),)
        calendars = [
            OFFICE,
            ALWAYS,
            weekly("America/Bogota", "09:00", "17:00"),
            weekly(GUAYAQUIL, "09:00", "18:00"),
            weekly(GUAYAQUIL, "09:00", "17:00", range(6)),
            weekly(GUAYAQUIL, "09:00", "17:00", holidays=(holiday("2026-01-12"),)),
            weekly(GUAYAQUIL, "09:00", "17:00", closures=closures),
        ]
        self.assertEqual(len({calendar.hash for calendar in calendars}), len(calendars))

    # Explanation

    def test_pieces_name_what_closes_them(self):
        calendar = weekly(
            GUAYAQUIL,
            "09:00",
            "17:00",
            holidays=(holiday("2026-01-13", "Carnaval"),),
            closures=((at("11:00"), at("12:00"), "Power cut"),),
        )
        pieces = [
            (show(start)[8:16], show(stop)[8:16], is_open, name)
            for start, stop, is_open, name in calendar.cut(
                at("10:00"), at("2026-01-14 10:00")
            )
        ]
        self.assertEqual(
            pieces,
            [
                ("12 10:00", "12 11:00", True, ""),
                ("12 11:00", "12 12:00", False, "Power cut"),
                ("12 12:00", "12 17:00", True, ""),
                ("12 17:00", "13 00:00", False, ""),
                ("13 00:00", "14 00:00", False, "Carnaval"),
                ("14 00:00", "14 09:00", False, ""),
                ("14 09:00", "14 10:00", True, ""),
            ],
        )

    def test_nothing_lies_between_an_instant_and_itself(self):
        self.assertEqual(OFFICE.cut(at("10:00"), at("10:00")), [])

    def test_the_explanation_names_the_holiday(self):
        calendar = weekly(
            GUAYAQUIL, "09:00", "17:00", holidays=(holiday("2026-01-12", "Carnaval"),)
        )
        facts = make_facts(("2026-01-09 16:50", clock.RUN), calendar=calendar)
        segments = clock.explain(facts, at("2026-01-13 09:20"))
        self.assertEqual(
            [(segment.counted, segment.reason, segment.detail) for segment in segments],
            [
                (600, "", ""),
                (0, "closed", ""),
                (0, "holiday", "Carnaval"),
                (0, "closed", ""),
                (1200, "", ""),
            ],
        )

    # Instants

    def test_an_instant_comes_back_as_the_same_wall_clock_time(self):
        for text in ("2026-01-12 10:00:00", "1969-07-20 20:17:40"):
            for tz in ("UTC", GUAYAQUIL, "Europe/Madrid", "Asia/Kathmandu"):
                self.assertEqual(show(clock.instant(text, tz), tz), text)

    def test_the_fraction_of_a_second_is_dropped(self):
        moment = datetime.datetime(2026, 1, 12, 10, 0, 0, 999999)
        self.assertEqual(
            clock.to_datetime(clock.to_instant(moment)), moment.replace(microsecond=0)
        )

    def test_a_time_of_day_may_have_seconds_and_end_the_day(self):
        self.assertEqual(clock.time_of_day("09:30"), 9 * HOUR + HALF_HOUR)
        self.assertEqual(clock.time_of_day("09:30:15"), 9 * HOUR + HALF_HOUR + 15)
        self.assertEqual(clock.time_of_day("24:00"), clock.DAY)
