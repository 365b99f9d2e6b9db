"""When the hours of a contract run out, judged by recent use."""

import doctest
from datetime import date

from odoo.tests import BaseCase, HttpCase, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .. import forecast, hours
from .common import BillingCommon, BillingMixin


class TestPlain(BaseCase):
    def test_examples(self):
        failed, tried = doctest.testmod(forecast)
        self.assertFalse(failed)
        self.assertTrue(tried)

    def test_oldest_expiry_first(self):
        """2 h expire first, then 1 h: at 1 h a day they end on the 2nd and 3rd day."""
        first, second = (
            hours.Pack(1, 60, date(2026, 3, 2), date(2027, 3, 2)),
            hours.Pack(2, 120, date(2026, 3, 1), date(2027, 3, 1)),
        )
        days = [date(2026, 3, day) for day in (9, 10, 11, 12)]
        use = forecast.Use(600, 10, 5)
        ends, short = forecast.find_ends([first, second], [], use, days)
        self.assertEqual(ends, {2: date(2026, 3, 10), 1: date(2026, 3, 11)})
        self.assertEqual(short, date(2026, 3, 12))

    def test_what_expires_before_has_no_end(self):
        pack = hours.Pack(1, 600, date(2026, 3, 1), date(2026, 3, 10))
        days = [date(2026, 3, day) for day in (9, 10)]
        use = forecast.Use(600, 10, 5)
        self.assertEqual(forecast.find_ends([pack], [], use, days), ({}, None))

    def test_parts_of_minutes_add_up(self):
        """100 min in 30 days are 3:20 a day: 10 minutes last three days, not two."""
        pack = hours.Pack(1, 10, date(2026, 3, 1), date(2027, 3, 1))
        days = [date(2026, 3, day) for day in range(1, 20)]
        ends, _short = forecast.find_ends([pack], [], forecast.Use(100, 30, 5), days)
        self.assertEqual(ends, {1: date(2026, 3, 3)})


class ForecastMixin(BillingMixin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.has_overage_consent = False
        cls.ticket = cls.env["helpdesk.ticket"]

    def use_hours(self):
        """Use 10 h on five days of the four weeks from Mon 5 Jan 2026."""
        self.ticket = self.make_ticket("2026-01-05 09:00")
        for day in ("05", "08", "13", "20", "30"):
            self.log(self.ticket, f"2026-01-{day} 10:00", "2:00")


@tagged("post_install", "-at_install")
class TestForecast(ForecastMixin, BillingCommon):
    def get(self, when, record=None):
        self.env.invalidate_all()
        with at(when):
            record = record or self.contract
            name = "hours_end" if record == self.contract else "ends_on"
            text = "hours_forecast" if record == self.contract else "forecast"
            day = record[name]
            return day and str(day), record[text]

    def test_average_of_the_attention_days(self):
        """10 h on the 22 attention days from 1 to 31 Jan are 27 min a day; 2 h last
        five more days: Mon 2 to Fri 6 Feb.

        120 min / (600/22 = 27.27 min) = 4.4 days. Counted from the day after.
        """
        pack = self.make_pack("12:00")
        self.use_hours()
        day, text = self.get("2026-02-01 10:00", pack)
        self.assertEqual(day, "2026-02-06")
        self.assertIn("0:27 h per attention day", text)
        self.assertIn("last 8 weeks", text)
        day, text = self.get("2026-02-01 10:00")
        self.assertEqual(day, "2026-02-06")
        self.assertIn("About 02/06/2026", text)

    def test_holidays_and_the_contracts_own_hours(self):
        """A holiday on Thu 5 Feb: a day later; attention all week long: other days."""
        pack = self.make_pack("12:00")
        self.use_hours()
        self.make_holiday("2026-02-05")
        self.assertEqual(self.get("2026-02-01 10:00", pack)[0], "2026-02-09")
        # 600 min / 31 days = 19.35 a day: 120 min last until the 7th day, 8 February.
        self.contract.calendar_id = self.always
        self.assertEqual(self.get("2026-02-01 10:00", pack)[0], "2026-02-08")

    def test_today_is_left_out(self):
        """Its use is not complete yet."""
        self.make_pack("50:00")
        self.use_hours()
        before = self.get("2026-01-30 18:00")
        self.log(self.ticket, "2026-01-30 15:00", "0:30")
        use = self.contract._get_recent_use(date(2026, 1, 1), date(2026, 1, 30))
        self.assertEqual((use.minutes, use.days, use.used_days), (480, 21, 4))
        self.assertIn("0:23 h", before[1])
        self.assertIn("0:23 h", self.get("2026-01-30 18:00")[1])

    def test_only_the_last_weeks(self):
        """8 weeks before 27 March begin on 30 January."""
        self.make_pack("50:00")
        self.use_hours()
        _day, text = self.get("2026-03-27 10:00")
        self.assertIn("too little use", text, "one day with use is left")
        self.plan.forecast_weeks = 12
        self.assertIn("last 12 weeks", self.get("2026-03-27 10:00")[1])

    def test_no_guess_with_too_little_use(self):
        pack = self.make_pack("12:00")
        for record in (pack, self.contract):
            day, text = self.get("2026-02-01 10:00", record)
            self.assertFalse(day)
            self.assertIn("No forecast: too little use in the last 8 weeks", text)
        self.use_hours()
        self.assertFalse(self.get("2026-01-14 10:00", pack)[0], "9 attention days")
        self.assertTrue(self.get("2026-01-15 10:00", pack)[0])

    def test_lasts_until_it_expires(self):
        pack = self.make_pack("500:00")
        self.use_hours()
        day, text = self.get("2026-02-01 10:00", pack)
        self.assertFalse(day)
        self.assertIn("Lasts until it expires on 01/01/2027", text)
        self.assertIn("0:27 h per attention day", text)

    def test_packs_follow_each_other(self):
        """12 h until January, then 2 h bought later: 2 h more end in eight more days.

        240 min / 27.27 = 8.8 days: Thu 12 February is the 9th.
        """
        pack = self.make_pack("12:00")
        later = self.make_pack("2:00", "2026-01-20")
        self.use_hours()
        self.assertEqual(self.get("2026-02-01 10:00", pack)[0], "2026-02-06")
        self.assertEqual(self.get("2026-02-01 10:00", later)[0], "2026-02-12")
        # 240 of 245.5 min by the 9th day: the 9th lacks hours.
        self.assertEqual(self.get("2026-02-01 10:00")[0], "2026-02-12")

    def test_states_without_a_date(self):
        pack = self.make_pack("10:00")
        self.use_hours()
        self.assertEqual(self.get("2026-02-01 10:00", pack), (False, "Used up"))
        self.assertEqual(self.get("2026-02-01 10:00"), (False, "Used up"))
        other = self.make_pack("1:00", "2026-01-02")
        self.assertEqual(self.get("2027-01-03 10:00", other), (False, "Expired"))
        self.contract.date_end = "2028-12-31"
        self.assertEqual(
            self.get("2027-01-03 10:00")[1], "No hours that can be used now"
        )


@tagged("post_install", "-at_install")
class TestPortalHours(ForecastMixin, BillingCommon, HttpCase):
    def get_page(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/my/contract/{self.contract.id}")

    def test_hours_of_the_contract_by_role(self):
        """Billing sees packs and forecast; a colleague without the role does not."""
        self.make_pack("12:00")
        page = self.get_page(self.portal_user).text
        self.assertIn("Hours of the plan", page)
        self.assertIn("12:00", page)
        page = self.get_page(self.colleague).text
        self.assertIn(self.contract.name, page)
        self.assertNotIn("Hours of the plan", page)
        self.assertEqual(self.get_page(self.stranger).status_code, 404)

    def test_empty_state(self):
        page = self.get_page(self.portal_user).text
        self.assertIn("This contract has no packs of hours.", page)
