"""Public holidays: looked up, reviewed, and then closed once (R-A4)."""

import doctest

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, Form, tagged

from .. import public_holidays
from .common import HelpdeskSlaCommon, local, utc


@tagged("post_install", "-at_install")
class TestPublicHolidays(BaseCase):
    def test_examples(self):
        results = doctest.testmod(public_holidays)
        self.assertEqual((results.failed, results.attempted > 3), (0, True))

    def test_countries_that_we_sell_in(self):
        """Every one has holidays in Spanish for this year and the next."""
        for country in ("EC", "PA", "CR", "DO", "PR", "CO", "ES", "MX", "PE", "CL"):
            with self.subTest(country=country):
                found = public_holidays.get_holidays(country, [2026, 2027], lang="es")
                years = {date.year for date, _name in found}
                self.assertEqual(years, {2026, 2027})

    def test_region_adds_its_own_days(self):
        """Andalusia keeps 28 February, Madrid 2 May."""
        days = {
            region: {
                date.isoformat()
                for date, _name in public_holidays.get_holidays("ES", [2025], region)
            }
            for region in (None, "ES-AN", "ES-MD")
        }
        self.assertIn("2025-02-28", days["ES-AN"] - days[None])
        self.assertIn("2025-05-02", days["ES-MD"] - days["ES-AN"])


class HolidayImportCommon(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.partner_id.lang = "en_US"

    def make_import(self, country="ec", calendars=None, **values):
        calendars = self.office if calendars is None else calendars
        return self.env["helpdesk.holiday.import"].create(
            {
                "country_id": self.env.ref(f"base.{country}").id,
                "year_from": 2026,
                "year_to": 2026,
                "calendar_ids": calendars.ids,
                **values,
            }
        )

    def import_holidays(self, *args, **values):
        holiday_import = self.make_import(*args, **values)
        holiday_import.action_look_up()
        holiday_import.action_import()
        return holiday_import

    def run_cron(self):
        cron = self.env.ref("helpdesk_sla_policy.ir_cron_recompute")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestHolidayImport(HolidayImportCommon):
    def test_nothing_closes_before_the_review(self):
        """Looking up fills a list; the days are still open."""
        holiday_import = self.make_import()
        holiday_import.action_look_up()
        lines = {line.date.isoformat(): line.name for line in holiday_import.line_ids}
        self.assertEqual(lines["2026-05-01"], "Labor Day")
        self.assertEqual(lines["2026-02-17"], "Carnival")
        self.assertEqual(set(holiday_import.line_ids.mapped("state")), {"open"})
        self.assertFalse(holiday_import.leave_ids)

    def test_names_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.company.partner_id.lang = "es_ES"
        holiday_import = self.make_import()
        holiday_import.action_look_up()
        self.assertIn("Día del Trabajo", holiday_import.line_ids.mapped("name"))

    def test_a_ticket_before_the_holiday_waits_for_the_day_after(self):
        """3 stars, 30 min: Thu 30 Apr 2026 16:50; Fri 1 May is a holiday.

        10 minutes on Thursday, 20 on Mon 4 May from 09:00: due Mon 09:20.
        """
        self.import_holidays()
        ticket = self.make_ticket("2026-04-30 16:50", "3")
        self.assertTimer(ticket, "response", "running", due="2026-05-04 09:20")

    def test_open_tickets_follow_in_the_background(self):
        """A holiday imported later moves what is open, by the bulk job.

        Without it due Fri 1 May 09:20; with it Mon 4 May 09:20. Undone: Friday.
        """
        ticket = self.make_ticket("2026-04-30 16:50", "3")
        self.assertTimer(ticket, "response", "running", due="2026-05-01 09:20")
        holiday_import = self.import_holidays()
        self.run_cron()
        self.assertTimer(ticket, "response", "running", due="2026-05-04 09:20")
        holiday_import.action_undo()
        self.run_cron()
        self.assertTimer(ticket, "response", "running", due="2026-05-01 09:20")

    def test_only_included_days_close(self):
        """A line left out stays open; a day added by hand closes too."""
        holiday_import = self.make_import()
        holiday_import.action_look_up()
        by_date = {line.date.isoformat(): line for line in holiday_import.line_ids}
        by_date["2026-02-16"].is_included = False
        holiday_import.line_ids = [
            Command.create({"date": "2026-07-25", "name": "Founding of the city"})
        ]
        holiday_import.action_import()
        closed = {
            local(leave.date_from)[:10]: leave.name
            for leave in holiday_import.leave_ids
        }
        self.assertNotIn("2026-02-16", closed)
        self.assertEqual(closed["2026-07-25"], "Founding of the city")
        self.assertEqual(len(closed), len(by_date))

    def test_importing_twice_adds_nothing(self):
        first = self.import_holidays()
        again = self.make_import()
        again.action_look_up()
        self.assertEqual(set(again.line_ids.mapped("state")), {"closed"})
        self.assertFalse(any(again.line_ids.mapped("is_included")))
        again.line_ids.is_included = True  # even so
        again.action_import()
        self.assertFalse(again.leave_ids)
        self.assertTrue(first.leave_ids)

    def test_a_day_closed_by_hand_is_seen(self):
        """In one of two calendars: only the other one is closed."""
        self.make_holiday("2026-05-01")
        other = self.make_calendar(8, 16)
        holiday_import = self.make_import(calendars=self.office | other)
        holiday_import.action_look_up()
        by_date = {line.date.isoformat(): line for line in holiday_import.line_ids}
        self.assertEqual(by_date["2026-05-01"].state, "partly")
        holiday_import.action_import()
        closed = holiday_import.leave_ids.filtered(
            lambda leave: local(leave.date_from) == "2026-05-01 00:00:00"
        )
        self.assertEqual(closed.calendar_id, other)

    def test_half_a_day_off_does_not_count_as_closed(self):
        """A leave until noon leaves the afternoon open."""
        self.make_holiday("2026-05-01", date_to=utc("2026-05-01 12:00"))
        holiday_import = self.make_import()
        holiday_import.action_look_up()
        by_date = {line.date.isoformat(): line for line in holiday_import.line_ids}
        self.assertEqual(by_date["2026-05-01"].state, "open")

    def test_undo_opens_only_what_it_closed(self):
        """A holiday typed by hand stays; the import can be done again."""
        by_hand = self.make_holiday("2026-05-01")
        holiday_import = self.import_holidays()
        self.assertTrue(holiday_import.leave_ids)
        with self.assertRefused("undo it before you delete"):
            holiday_import.unlink()
        with self.assertRefused("undo it to change it"):
            holiday_import.action_look_up()
        holiday_import.action_undo()
        self.assertFalse(holiday_import.leave_ids)
        self.assertTrue(by_hand.exists())
        holiday_import.action_import()
        self.assertTrue(holiday_import.leave_ids)

    def test_days_are_whole_in_the_calendars_zone(self):
        """From 00:00 to 24:00 where the calendar is, on days that DST shortens.

        Chile: clocks go from Sun 6 Sep 2026 00:00 to 01:00 (the day starts at
        04:00 UTC and lasts 23 h); Spain: Sun 25 Oct 2026 has 25 hours.
        """
        chile = self.make_calendar(0, 24, days=range(6), tz="America/Santiago")
        madrid = self.make_calendar(9, 17, tz="Europe/Madrid")
        holiday_import = self.make_import(calendars=chile | madrid)
        holiday_import.line_ids = [
            Command.create({"date": date, "name": date})
            for date in ("2026-09-06", "2026-09-18", "2026-10-25")
        ]
        holiday_import.action_import()
        spans = {
            (leave.name, leave.calendar_id): (
                str(leave.date_from),
                str(leave.date_to),
            )
            for leave in holiday_import.leave_ids
        }
        self.assertEqual(
            spans["2026-09-06", chile], ("2026-09-06 04:00:00", "2026-09-07 02:59:59")
        )
        self.assertEqual(
            spans["2026-09-18", chile], ("2026-09-18 03:00:00", "2026-09-19 02:59:59")
        )
        self.assertEqual(
            spans["2026-10-25", madrid], ("2026-10-24 22:00:00", "2026-10-25 22:59:59")
        )

    def test_a_closed_day_has_no_open_second(self):
        """Fri 18 and Sat 19 Sep 2026 are holidays in Chile, Sunday is no day of work.

        1 h from Thu 17 Sep 23:30: half on Thursday, half on Monday, until 00:30.
        """
        chile = self.make_calendar(0, 24, days=range(6), tz="America/Santiago")
        self.import_holidays("cl", calendars=chile)
        policy = self.make_policy(("response", 1, {}), calendar_id=chile.id)
        self.team.sla_policy_id = policy
        # Thu 17 Sep 23:30 in Santiago (UTC-3) is 21:30 in Guayaquil (UTC-5).
        ticket = self.make_ticket("2026-09-17 21:30")
        due = ticket._get_timer("response").due_at
        self.assertEqual(local(due, "America/Santiago"), "2026-09-21 00:30:00")

    def test_two_companies_with_different_holidays(self):
        """One calendar, two companies: each is closed on its own days only.

        Fri 9 Oct 2026 is a holiday in Ecuador, not in Colombia; Mon 12 Oct in
        Colombia, not in Ecuador. 30 min, received Thu 8 Oct 16:50:
        Ecuador's is due Mon 12 Oct 09:20, Colombia's Fri 9 Oct 09:20.
        Received Fri 9 Oct 16:50: Ecuador's (closed on Friday) is due Mon 12 Oct
        09:30, Colombia's has 10 min on Friday and is due Tue 13 Oct 09:20.
        """
        other = self.env["res.company"].create({"name": "Colombia"})
        self.import_holidays("ec")
        self.import_holidays("co", company_id=other.id)
        self.team.company_id = False
        due = {
            (company, day): local(
                self.make_ticket(
                    f"2026-10-{day} 16:50", "3", company_id=company.id
                ).response_due
            )
            for company in (self.company, other)
            for day in ("08", "09")
        }
        self.assertEqual(
            due,
            {
                (self.company, "08"): "2026-10-12 09:20:00",
                (other, "08"): "2026-10-09 09:20:00",
                (self.company, "09"): "2026-10-12 09:30:00",
                (other, "09"): "2026-10-13 09:20:00",
            },
        )

    def test_a_calendar_that_never_closes_is_refused(self):
        with self.assertRefused("never closes", ValidationError):
            self.make_import(calendars=self.always)

    def test_years_are_checked(self):
        with self.assertRefused("the first one first", ValidationError):
            self.make_import(year_from=2027, year_to=2026)
        with self.assertRefused("at most 10 years", ValidationError):
            self.make_import(year_from=2020, year_to=2030)

    def test_nothing_to_close_is_said(self):
        holiday_import = self.make_import(calendars=self.office.browse())
        with self.assertRefused("Choose the calendars"):
            holiday_import.action_import()
        holiday_import.calendar_ids = self.office
        with self.assertRefused("include at least one day"):
            holiday_import.action_import()

    def test_form_proposes_country_and_regions(self):
        """The company's country; the regions are those of the country chosen."""
        self.company.country_id = self.env.ref("base.ec")
        with Form(self.env["helpdesk.holiday.import"]) as form:
            self.assertEqual(form.country_id, self.env.ref("base.ec"))
            self.assertFalse(form.region_codes)
            form.country_id = self.env.ref("base.es")
            self.assertIn("ES-CT", form.region_codes)
            form.region = "ES-CT"
            form.country_id = self.env.ref("base.pa")
            self.assertFalse(form.region)

    def test_only_managers_import(self):
        """A helpdesk manager closes days; an agent cannot even look."""
        manager = self.env(user=self.manager)
        holiday_import = self.make_import().with_env(manager)
        holiday_import.action_look_up()
        holiday_import.action_import()
        self.assertTrue(holiday_import.leave_ids)
        holiday_import.action_undo()
        self.assertFalse(holiday_import.leave_ids)
        with self.assertRaises(AccessError):
            holiday_import.with_user(self.agent).action_import()

    def test_another_companys_import_is_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Colombia"})
        holiday_import = self.make_import("co", company_id=other.id)
        found = holiday_import.with_user(self.manager).search([])
        self.assertNotIn(holiday_import, found)
