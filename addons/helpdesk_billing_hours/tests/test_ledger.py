"""What is left of a pack on any day, as plain arithmetic (R-A6)."""

import doctest
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.helpdesk_billing_hours import ledger
from odoo.addons.helpdesk_billing_hours.ledger import Grant, Terms, Use

FIRST = date(2026, 1, 1)
days = st.integers(0, 400).map(lambda count: FIRST + timedelta(days=count))
grants = st.builds(
    Grant,
    days,
    st.integers(-200, 600),
    st.sampled_from([ledger.GRANT, ledger.ADJUSTMENT, ledger.CREDIT]),
)
uses = st.builds(Use, days, days, st.integers(-200, 300))
terms = st.builds(
    lambda stop, extra, minutes: Terms(
        stop, stop + timedelta(days=extra) if extra else None, minutes
    ),
    days,
    st.sampled_from([0, 30, 365]),
    st.sampled_from([None, 0, 60]),
)


class TestLedger(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(ledger)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)

    def test_usable_through_its_last_day(self):
        """50 h from 1 March 2026 are left on 1 March 2027 and gone on the 2nd."""
        pack = Terms(date(2027, 3, 1))
        given_hours = [Grant(date(2026, 3, 1), 3000)]
        table = [("2026-02-28", 0), ("2026-03-01", 3000), ("2027-03-01", 3000)]
        for day, left in [*table, ("2027-03-02", 0)]:
            day = date.fromisoformat(day)
            self.assertEqual(ledger.get_left(pack, given_hours, [], day), left)

    def test_roll_over_up_to_a_limit(self):
        """10:00, 3:00 used, at most 1:00 stays: 6:00 expire, then 0:20 of the rest."""
        pack = Terms(date(2026, 3, 1), date(2026, 6, 1), 60)
        given_hours = [Grant(FIRST, 600)]
        used = [
            Use(date(2026, 2, 1), date(2026, 2, 1), 180),
            Use(date(2026, 4, 1), date(2026, 4, 1), 40),
        ]
        expiries = ledger.get_expiries(
            pack, given_hours, used, FIRST, date(2026, 12, 31)
        )
        expected = [(date(2026, 3, 2), 360), (date(2026, 6, 2), 20)]
        self.assertEqual(expiries, expected)

    def test_late_use_of_an_expired_pack_takes_its_expiry_back(self):
        """Expired in January with 10:00; 1:00 of January comes in February."""
        pack, given_hours = Terms(date(2026, 1, 15)), [Grant(FIRST, 600)]
        late = [Use(date(2026, 2, 1), date(2026, 1, 10), 60)]
        roll = ledger.roll_forward(
            pack, given_hours, late, date(2026, 2, 1), date(2026, 2, 28)
        )
        self.assertEqual((roll.used, roll.expired, roll.closing), (60, -60, 0))

    @settings(max_examples=300, deadline=None)
    @given(terms, st.lists(grants, max_size=5), st.lists(uses, max_size=8), days, days)
    def test_periods_join(self, pack, given_hours, used, one, other):
        """Two periods in a row are one; closing is the next opening; lists sum up."""
        start, middle = sorted((one, other))
        stop = FIRST + timedelta(days=800)
        first = ledger.roll_forward(pack, given_hours, used, start, middle)
        after = middle + timedelta(days=1)
        second = ledger.roll_forward(pack, given_hours, used, after, stop)
        whole = ledger.roll_forward(pack, given_hours, used, start, stop)
        self.assertEqual(first.closing, second.opening)
        both = first + second
        for name in ("granted", "adjusted", "credited", "used", "expired"):
            self.assertEqual(getattr(both, name), getattr(whole, name))
        listed = ledger.get_expiries(pack, given_hours, used, start, middle)
        self.assertEqual(sum(minutes for _day, minutes in listed), first.expired)

    @settings(max_examples=300, deadline=None)
    @given(
        terms,
        st.lists(grants, max_size=5),
        st.lists(uses, max_size=8),
        days,
        st.lists(grants, max_size=3),
        st.lists(uses, max_size=3),
    )
    def test_what_comes_later_changes_no_closed_day(
        self, pack, given_hours, used, closed, more, late
    ):
        """Rows of open periods leave every day until the closed one as it was."""
        later = [
            Grant(max(row.day, closed + timedelta(days=1)), row.minutes, row.kind)
            for row in more
        ]
        late = [
            Use(max(row.day, closed + timedelta(days=1)), row.work_day, row.minutes)
            for row in late
        ]
        for count in (0, 1, 40):
            day = closed - timedelta(days=count)
            self.assertEqual(
                ledger.get_left(pack, given_hours, used, day),
                ledger.get_left(pack, given_hours + later, used + late, day),
            )
