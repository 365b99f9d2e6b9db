"""Days of a term as plain arithmetic: reminders, the end, what is left."""

import doctest

from odoo.tests import BaseCase

from odoo.addons.helpdesk_sla_policy import clock
from odoo.addons.helpdesk_warranty import terms

ZONE = "America/Guayaquil"


class TestTerms(BaseCase):
    def setUp(self):
        super().setUp()
        hours = clock.OpeningHours.weekly(ZONE, "09:00", "17:00")
        self.office = clock.Calendar(hours)

    def instant(self, text):
        return clock.instant(text, ZONE)

    def test_doctests(self):
        results = doctest.testmod(terms)
        self.assertTrue(results.attempted)
        self.assertFalse(results.failed)

    def test_days_left(self):
        """Delivered Thu 8 January 16:00: the term ends Thu 15, 17:00."""
        end = self.instant("2026-01-15 17:00")
        for now, left in (
            ("2026-01-08 16:00", 5),
            ("2026-01-09 23:59", 4),
            ("2026-01-10 11:00", 4),  # Saturday
            ("2026-01-14 17:00", 1),
            ("2026-01-15 00:00", 0),
            ("2026-01-16 09:00", 0),
        ):
            self.assertEqual(terms.days_left(self.office, self.instant(now), end), left)

    def test_days_left_of_a_term_that_ends_at_midnight(self):
        late = clock.Calendar(clock.OpeningHours.weekly(ZONE, "09:00", "24:00"))
        end = late.business_day_close(self.instant("2026-01-08 16:00"), 1)
        self.assertEqual(end, self.instant("2026-01-10 00:00"))
        friday = self.instant("2026-01-09 12:00")
        self.assertEqual(terms.days_left(late, friday, end), 0)
        opening = self.instant("2026-01-09 09:00")
        self.assertEqual(terms.opening(late, end), opening)

    def test_days_that_the_term_does_not_have(self):
        timer = clock.fold([clock.Fact(0, clock.RUN, self.office, None, 5)])[-1]
        for day in (5, 6):
            step = terms.DayStep(1, "business_day", 0, 0, 0, day)
            self.assertEqual(step.get_instant(timer) is None, day == 6)
        hours = clock.fold([clock.Fact(0, clock.RUN, self.office, 3600)])[-1]
        self.assertIsNone(
            terms.DayStep(1, "business_day", 0, 0, 0, 1).get_instant(hours)
        )
        end = terms.EndStep(1, "term_end", 0, 0, 0).get_instant(hours)
        self.assertEqual(end, hours.breach_at + terms.GRACE)
