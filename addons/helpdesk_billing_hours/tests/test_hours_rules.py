"""Splits, rounding, bands, consents, fees, roll-over (R-A8, R-A12), by hand."""

import datetime
from dataclasses import replace

from odoo.tests import BaseCase

from odoo.addons.helpdesk_billing_hours import hours
from odoo.addons.helpdesk_billing_hours.hours import Pack, Share, Terms, allocate

from .test_hours import billable, covered, day, pack, show, total

HOUR = 3600


def rounded(increment, scope="entry", **values):
    return {1: Terms(increment=increment, scope=scope, **values)}


class TestSplit(BaseCase):
    def test_at_the_boundary(self):
        """Mon 16:00-18:30, open until 17:00: 1:00 in, 1:30 out (R-A8)."""
        start, close = 16 * HOUR, 17 * HOUR
        spans = [(start, close, "open"), (close, start + 150 * 60, "out")]
        pieces = hours.split(start, 150, spans)
        self.assertEqual(pieces, [(0, 60, "open"), (60, 90, "out")])

    def test_table(self):
        table = [
            # seconds of the start, minutes, spans, pieces
            (0, 60, [(0, 3600, "a")], [(0, 60, "a")]),
            # the minute that begins a second before closing is in
            (3599, 2, [(0, 3600, "a"), (3600, 9999, "b")], [(0, 1, "a"), (1, 1, "b")]),
            (3600, 1, [(0, 3600, "a"), (3600, 9999, "b")], [(0, 1, "b")]),
            # out, in, out: an entry over a whole morning
            (
                0,
                300,
                [(0, 3600, "b"), (3600, 14400, "a"), (14400, 18000, "b")],
                [(0, 60, "b"), (60, 180, "a"), (240, 60, "b")],
            ),
            # spans with the same key are one piece
            (0, 60, [(0, 1800, "a"), (1800, 3600, "a")], [(0, 60, "a")]),
            (0, 0, [(0, 1800, "a")], []),
        ]
        for start, minutes, spans, pieces in table:
            with self.subTest(start=start, minutes=minutes):
                self.assertEqual(hours.split(start, minutes, spans), pieces)


class TestRounding(BaseCase):
    def charge(self, minutes, increment, scope, charge="billable"):
        """Return what lines (date, minutes) are charged at once, and run by run."""
        terms = rounded(increment, scope, authorized=None, minimum=0)
        make = {"billable": billable, "pack": covered}[charge]
        packs = [pack(10000)] if charge == "pack" else []
        lines = [
            make(amount, date, number)
            for number, (date, amount) in enumerate(minutes, 1)
        ]
        settled = []
        for count in range(1, len(lines) + 1):
            settled += allocate(packs, lines[:count], settled, terms)
        at_once = allocate(packs, lines, terms=terms)
        return total(at_once, charge), total(settled, charge)

    def test_scopes(self):
        """7 + 7 minutes of one day and 7 of the next, by quarters of an hour."""
        minutes = [("03-02", 7), ("03-02", 7), ("03-03", 7)]
        table = [
            ("entry", 45),  # 15 + 15 + 15
            ("ticket_day", 30),  # 14 → 15, 7 → 15
            ("ticket", 30),  # 21 → 30
        ]
        for charge in ("billable", "pack"):
            for scope, expected in table:
                with self.subTest(scope=scope, charge=charge):
                    got = self.charge(minutes, 15, scope, charge)
                    self.assertEqual(got, (expected, expected))

    def test_cumulative(self):
        """52 → 60 billed; 8 more next month: 60 in all, so 0 more; 1 more: 75."""
        terms = rounded(15, "ticket", authorized=None, minimum=0)
        lines = [billable(52), billable(8, "04-02", 2), billable(1, "05-02", 3)]
        settled, billed = [], []
        for count in (1, 2, 3):
            shares = allocate([], lines[:count], settled, terms)
            billed.append(total(shares, hours.BILLABLE))
            settled += shares
        self.assertEqual(billed, [60, 0, 15])

    def test_real_time_is_kept(self):
        """What is added has no line: the line's shares are its real minutes."""
        shares = allocate(
            [], [billable(7)], terms=rounded(15, minimum=0, authorized=99)
        )
        self.assertEqual(show(shares), [(1, "billable", 7), (None, "billable", 8)])
        self.assertEqual([share.kind for share in shares], ["work", "rounding"])
        self.assertEqual(shares[1].source, 1)

    def test_never_above_what_was_authorised(self):
        """Authorised 1:10, worked 1:05, by half hours: 1:10, not 1:30."""
        shares = allocate([], [billable(65)], terms=rounded(30, authorized=70))
        self.assertEqual(total(shares, hours.BILLABLE), 70)

    def test_rounding_billed_before_counts_too(self):
        """Authorised 170, by ticket: 50 → 60; 120 more: 170 in all, not 180."""
        terms = rounded(15, "ticket", authorized=170)
        lines = [billable(50), billable(120, "04-02", 2)]
        settled = allocate([], lines[:1], terms=terms)
        shares = allocate([], lines, settled, terms)
        self.assertEqual(total(settled, "billable") + total(shares, "billable"), 170)

    def test_rounding_takes_from_the_pack(self):
        """1:07 by quarters, 0:30 left: 0:30 pack, 0:37 and 0:08 overage."""
        shares = allocate([pack(30)], [covered(67)], terms=rounded(15))
        self.assertEqual(
            show(shares),
            [(1, "pack", 30), (1, "overage", 37), (None, "overage", 8)],
        )

    def test_free_hours_are_not_rounded(self):
        line = replace(covered(7), rule=hours.FREE)
        self.assertEqual(
            show(allocate([], [line], terms=rounded(15))), [(1, "free", 7)]
        )

    def test_minimum_contains_the_rounding(self):
        """0:20 by quarters: 0:30 would be due, the minimum of 1:00 is."""
        shares = allocate([], [billable(20)], terms=rounded(15, authorized=180))
        self.assertEqual(total(shares, hours.BILLABLE), 60)


class TestBands(BaseCase):
    def test_minutes_of_a_band_count_more(self):
        """1:30 at night counts 150 %: 2:15, of which 1:30 are worked."""
        line = billable(90, exempt=True, band="night", percent=150)
        shares = allocate([], [line])
        self.assertEqual(show(shares), [(1, "billable", 90), (None, "billable", 45)])

    def test_cap_counts_them(self):
        """Authorised 2:00 at 150 %: 1:20 of 3:00 are worked for, 1:40 waits."""
        line = billable(180, band="night", percent=150)
        shares = allocate([], [line], terms={1: Terms(authorized=120)})
        self.assertEqual(total(shares, "billable"), 120)
        self.assertEqual(total(shares, "pending"), 100)

    def test_from_a_pack(self):
        line = covered(60, band="night", percent=200)
        shares = allocate([pack(100)], [line])
        self.assertEqual(
            show(shares), [(1, "pack", 60), (None, "pack", 40), (None, "overage", 20)]
        )

    def test_odd_minutes_do_not_add_up(self):
        """Three entries of 1 minute at 150 %, one by one: 2 minutes each at most."""
        line = billable(3, exempt=True, band="night", percent=150)
        self.assertEqual(total(allocate([], [line]), "billable"), 5)  # 4.5


class TestOutsideAttentionHours(BaseCase):
    def test_covered_and_billable_pieces_of_one_line(self):
        """1:00 covered, 1:30 at the customer's wish: no authorisation, no minimum."""
        inside = covered(60)
        outside = billable(90, exempt=True, first=60)
        shares = allocate([pack(600)], [inside, outside], terms={1: Terms(0)})
        self.assertEqual(total(shares, "pack"), 60)
        self.assertEqual(total(shares, "billable"), 90)
        short = billable(5, exempt=True, first=60)
        self.assertEqual(
            total(allocate([], [short], terms={1: Terms(0)}), "billable"), 5
        )


class TestConsent(BaseCase):
    """Overage by standing consent, authorised, or waiting."""

    def charge(self, lines, consents, terms=None, settled=()):
        shares = allocate([], lines, settled, terms, consents)
        return [(share.minutes, share.basis, share.waits) for share in shares]

    def test_without_consent_it_waits(self):
        self.assertEqual(self.charge([covered(60)], {}), [(60, "", "unauthorized")])

    def test_without_a_cap(self):
        self.assertEqual(self.charge([covered(600)], {5: None}), [(600, "consent", "")])

    def test_cap_of_each_month(self):
        lines = [covered(100), covered(100, "03-20", 2), covered(50, "04-01", 3)]
        self.assertEqual(
            self.charge(lines, {5: 120}),
            [
                (100, "consent", ""),
                (20, "consent", ""),
                (80, "", "unauthorized"),
                (50, "consent", ""),
            ],
        )

    def test_cap_counts_what_is_settled(self):
        settled = allocate([], [covered(100)], consents={5: 120})
        lines = [covered(100), covered(100, "03-20", 2)]
        self.assertEqual(
            self.charge(lines, {5: 120}, settled=settled),
            [(20, "consent", ""), (80, "", "unauthorized")],
        )

    def test_beyond_the_cap_as_authorised(self):
        self.assertEqual(
            self.charge([covered(100)], {5: 30}, {1: Terms(authorized=50)}),
            [(30, "consent", ""), (50, "authorization", ""), (20, "", "unauthorized")],
        )


class TestFee(BaseCase):
    FEE = Terms(fee=60, fee_day=day("03-05"))

    def test_covered_ticket(self):
        """R-A12: 1 h for the escalation, the covered hours stay covered."""
        shares = allocate([pack(600)], [covered(90)], terms={1: self.FEE})
        self.assertEqual(total(shares, "pack"), 90)
        fee = [share for share in shares if share.charge == "billable"]
        self.assertEqual(
            [(s.kind, s.minutes, s.basis) for s in fee], [("fee", 60, "exempt")]
        )

    def test_ticket_without_hours(self):
        self.assertEqual(total(allocate([], [], terms={1: self.FEE}), "billable"), 60)

    def test_once(self):
        settled = allocate([], [], terms={1: self.FEE})
        self.assertEqual(allocate([], [], settled, {1: self.FEE}), [])

    def test_not_covered_ticket_pays_it_by_its_minimum(self):
        terms = {1: replace(self.FEE, authorized=180)}
        self.assertEqual(
            total(allocate([], [billable(20)], terms=terms), "billable"), 60
        )
        self.assertEqual(
            total(allocate([], [billable(130)], terms=terms), "billable"), 130
        )

    def test_not_covered_and_not_authorised(self):
        """The fee needs no authorisation, the hours wait for theirs."""
        shares = allocate([], [billable(20)], terms={1: self.FEE})
        self.assertEqual(total(shares, "billable"), 60)
        self.assertEqual(total(shares, "pending"), 20)


class TestMorePacks(BaseCase):
    def test_pack_that_is_not_usable_yet(self):
        """Hours wait until its invoice is posted; what it cannot hold is overage."""
        waiting = replace(pack(30), is_usable=False)
        shares = allocate([waiting], [covered(75)])
        self.assertEqual(show(shares), [(1, "pending", 30), (1, "overage", 45)])
        self.assertEqual(shares[0].waits, hours.AWAITS_PACK)
        used = allocate([replace(waiting, is_usable=True)], [covered(75)])
        self.assertEqual(show(used), [(1, "pack", 30), (1, "overage", 45)])

    def test_roll_over(self):
        """10 h bought 1 March 2026, 4 h used: what is left on 2 March 2027."""
        year = Pack(1, 600, day("03-01"), datetime.date(2027, 3, 1), contract=5)
        used = covered(240, "06-01")
        late = replace(
            covered(480, number=2), day=datetime.date(2027, 3, 2), order=("z",)
        )
        stop = datetime.date(2028, 3, 1)
        for minutes, expected in ((0, 0), (None, 360), (120, 120), (500, 360)):
            rolling = replace(year, roll_stop=stop, roll_minutes=minutes)
            with self.subTest(minutes=minutes):
                shares = allocate([rolling], [used, late])
                self.assertEqual(total(shares, "pack"), 240 + expected)
        never = replace(late, day=datetime.date(2028, 3, 2))
        rolling = replace(year, roll_stop=stop, roll_minutes=None)
        self.assertEqual(total(allocate([rolling], [never]), "pack"), 0)

    def test_late_line_takes_nothing_that_rolled_over_and_was_used(self):
        stop = datetime.date(2028, 3, 1)
        year = Pack(1, 600, day("03-01"), datetime.date(2027, 3, 1), contract=5)
        rolling = replace(year, roll_stop=stop, roll_minutes=None)
        late = replace(covered(600, number=2), day=datetime.date(2027, 3, 2))
        settled = allocate([rolling], [late])
        self.assertEqual(total(settled, "pack"), 600)
        shares = allocate([rolling], [covered(30), late], settled)
        self.assertEqual(show(shares), [(1, "overage", 30)])

    def test_correction_gives_back_overage_first(self):
        """1:15 was 0:30 pack and 0:45 overage; −1:00 gives back 0:45 and 0:15."""
        lines = [covered(75)]
        settled = allocate([pack(30)], lines)
        lines.append(covered(-60, "03-20", 2))
        shares = allocate([pack(30)], lines, settled)
        self.assertEqual(show(shares), [(2, "overage", -45), (2, "pack", -15)])
        again = allocate([pack(30)], lines, [*settled, *shares])
        self.assertEqual(again, [])

    def test_correction_of_more_than_was_charged_waits(self):
        shares = allocate([], [covered(-60)])
        self.assertEqual(show(shares), [(1, "pending", -60)])


class TestReleased(BaseCase):
    def test_middle_of_a_line_is_charged_again(self):
        """2 h of a 5 h line credited: exactly these minutes are open again."""
        settled = [
            Share(1, 1, "overage", 120, day("03-02"), first=0, contract=5),
            Share(1, 1, "overage", 60, day("03-02"), first=240, contract=5),
        ]
        shares = allocate([], [covered(300)], settled)
        self.assertEqual([(s.first, s.minutes) for s in shares], [(120, 120)])


class TestAssign(BaseCase):
    def test_first_authorisation_first(self):
        """3 h at one price, then 1 h at another: 3:40 is 3:00 and 0:40."""
        shares = allocate([], [billable(220)], terms={1: Terms(240)})
        given = hours.assign(shares, [], [(7, 180), (8, 60)])
        self.assertEqual(
            [(s.first, s.minutes, s.authorization) for s in given],
            [(0, 180, 7), (180, 40, 8)],
        )

    def test_what_is_settled_used_the_first(self):
        settled = [
            replace(s, authorization=7)
            for s in allocate([], [billable(180)], terms={1: Terms(180)})
        ]
        lines = [billable(180), billable(30, "04-02", 2)]
        shares = allocate([], lines, settled, {1: Terms(240)})
        given = hours.assign(shares, settled, [(7, 180), (8, 60)])
        self.assertEqual([(s.minutes, s.authorization) for s in given], [(30, 8)])
