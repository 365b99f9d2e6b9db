"""What worked minutes cost, as plain arithmetic (R-A6, R-A8)."""

import datetime
import doctest
import itertools
import random
from dataclasses import replace

from odoo.tests import BaseCase

from odoo.addons.helpdesk_billing_hours import hours
from odoo.addons.helpdesk_billing_hours.hours import Line, Pack, Share, Terms, allocate

MARCH = datetime.date(2026, 3, 1)
AUTHORIZED = {1: Terms(authorized=180, minimum=60)}


def day(text):
    return datetime.date.fromisoformat(f"2026-{text}")


def pack(minutes, start=MARCH, stop=None, number=1):
    stop = stop or start.replace(year=start.year + 1)
    return Pack(number, minutes, start, stop, contract=5)


def covered(minutes, date="03-02", number=1, **values):
    return Line(number, 1, day(date), minutes, hours.PACK, contract=5, **values)


def billable(minutes, date="03-02", number=1, **values):
    return Line(number, 1, day(date), minutes, hours.BILLABLE, **values)


def show(shares):
    """Return (line, charge, minutes) of each share."""
    return [(share.line, share.charge, share.minutes) for share in shares]


def total(shares, *charges):
    return sum(share.minutes for share in shares if share.charge in charges)


class TestHours(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(hours)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)

    def test_minimum_and_cap(self):
        """Authorised 3 h, minimum 1 h (R-A8): the worked examples and the edges."""
        table = [
            (0, 0, 0),
            (1, 60, 0),
            (20, 60, 0),
            (59, 60, 0),
            (60, 60, 0),
            (61, 61, 0),
            (130, 130, 0),
            (180, 180, 0),
            (181, 180, 1),
            (220, 180, 40),
        ]
        for worked, billed, waiting in table:
            with self.subTest(worked=worked):
                shares = allocate([], [billable(worked)], terms=AUTHORIZED)
                self.assertEqual(total(shares, hours.BILLABLE), billed)
                self.assertEqual(total(shares, hours.PENDING), waiting)

    def test_minimum_never_above_what_was_authorised(self):
        """Half an hour approved is half an hour at most, minimum or not."""
        terms = {1: Terms(authorized=30, minimum=60)}
        shares = allocate([], [billable(20)], terms=terms)
        self.assertEqual(total(shares, hours.BILLABLE), 30)

    def test_nothing_authorised_waits(self):
        shares = allocate([], [billable(20)], terms={1: Terms(authorized=0)})
        self.assertEqual(show(shares), [(1, hours.PENDING, 20)])
        self.assertEqual(shares[0].waits, hours.UNAUTHORIZED)

    def test_minimum_is_per_ticket_over_its_life(self):
        """0:20 → 1:00 billed; 0:30 more next month → nothing more."""
        first = allocate([], [billable(20)], terms=AUTHORIZED)
        lines = [billable(20), billable(30, "04-02", 2)]
        second = allocate([], lines, first, AUTHORIZED)
        self.assertEqual(total(first, hours.BILLABLE), 60)
        self.assertEqual(total(second, hours.BILLABLE), 0)
        third = allocate(
            [], [*lines, billable(25, "05-02", 3)], [*first, *second], AUTHORIZED
        )
        self.assertEqual(total(third, hours.BILLABLE), 15)  # 75 worked, 60 billed

    def test_cap_counts_what_is_settled(self):
        """3:00 authorised, 2:10 billed: of 1:30 more 0:50 is billed, 0:40 waits."""
        first = allocate([], [billable(130)], terms=AUTHORIZED)
        lines = [billable(130), billable(90, "04-02", 2)]
        second = allocate([], lines, first, AUTHORIZED)
        self.assertEqual(
            show(second), [(2, hours.BILLABLE, 50), (2, hours.PENDING, 40)]
        )

    def test_authorised_later_releases_what_waits(self):
        lines = [billable(220)]
        first = [
            share
            for share in allocate([], lines, terms=AUTHORIZED)
            if share.charge == hours.BILLABLE
        ]
        second = allocate([], lines, first, {1: Terms(authorized=300)})
        self.assertEqual(show(second), [(1, hours.BILLABLE, 40)])

    def test_exempt_work(self):
        """Diagnosis and meetings: payable unauthorised, without a minimum (R-B4)."""
        shares = allocate(
            [], [billable(20, exempt=True)], terms={1: Terms(authorized=0)}
        )
        self.assertEqual(show(shares), [(1, hours.BILLABLE, 20)])

    def test_no_limit(self):
        shares = allocate([], [billable(600)], terms={1: Terms(authorized=None)})
        self.assertEqual(show(shares), [(1, hours.BILLABLE, 600)])

    def test_tickets_have_their_own_minimum(self):
        lines = [billable(20), replace(billable(20, number=2), ticket=2)]
        terms = {1: Terms(180), 2: Terms(180)}
        shares = allocate([], lines, terms=terms)
        self.assertEqual(total(shares, hours.BILLABLE), 120)

    def test_free_and_pending_pass_through(self):
        lines = [
            Line(1, 1, MARCH, 30, hours.FREE, reason="Warranty"),
            Line(2, 1, MARCH, 40, hours.PENDING, reason="Customer unknown"),
        ]
        shares = allocate([pack(600)], lines)
        self.assertEqual(
            [(share.charge, share.minutes, share.reason) for share in shares],
            [("free", 30, "Warranty"), ("pending", 40, "Customer unknown")],
        )


class TestPacks(BaseCase):
    def test_pack_runs_short(self):
        """50 h, 49:30 used; 1:15 → 0:30 pack and 0:45 overage (R-A6)."""
        lines = [covered(2970), covered(75, "03-10", 2)]
        shares = allocate([pack(3000)], lines)
        self.assertEqual(
            show(shares),
            [(1, "pack", 2970), (2, "pack", 30), (2, "overage", 45)],
        )

    def test_back_dated_entry_takes_the_rest(self):
        """0:30 on an earlier day: it takes the 0:30, the 1:15 is all overage."""
        lines = [
            covered(2970),
            covered(75, "03-10", 2),
            covered(30, "03-09", 3),
        ]
        shares = allocate([pack(3000)], lines)
        self.assertEqual(
            show(shares),
            [(1, "pack", 2970), (3, "pack", 30), (2, "overage", 75)],
        )

    def test_invoiced_split_does_not_move(self):
        """Settled shares stay: the back-dated entry is overage then."""
        packs, lines = [pack(3000)], [covered(2970), covered(75, "03-10", 2)]
        settled = allocate(packs, lines)
        lines.append(covered(30, "03-09", 3))
        self.assertEqual(show(allocate(packs, lines, settled)), [(3, "overage", 30)])

    def test_first_and_last_day(self):
        """Bought 1 March 2026: usable through 1 March 2027."""
        for date, charge in (
            ("2026-02-28", "overage"),
            ("2026-03-01", "pack"),
            ("2027-03-01", "pack"),
            ("2027-03-02", "overage"),
        ):
            line = replace(covered(60), day=datetime.date.fromisoformat(date))
            self.assertEqual(show(allocate([pack(600)], [line])), [(1, charge, 60)])

    def test_oldest_expiry_first(self):
        old = pack(60, stop=day("06-30"), number=2)
        new = pack(600, number=1)
        shares = allocate([new, old], [covered(90)])
        self.assertEqual(
            [(share.pack, share.minutes) for share in shares], [(2, 60), (1, 30)]
        )

    def test_another_contracts_pack_is_not_touched(self):
        shares = allocate([replace(pack(600), contract=6)], [covered(60)])
        self.assertEqual(show(shares), [(1, "overage", 60)])

    def test_same_day_by_start(self):
        """On one day the earlier start takes the pack, whatever the order of entry."""
        lines = [
            covered(60, number=1, order=("15:00",)),
            covered(60, number=2, order=("09:00",)),
        ]
        self.assertEqual(
            show(allocate([pack(60)], lines)), [(2, "pack", 60), (1, "overage", 60)]
        )

    def test_settled_line_gives_nothing_more(self):
        settled = [Share(1, 1, "pack", 60, MARCH, pack=1)]
        shares = allocate([pack(600)], [covered(60, "03-01")], settled)
        self.assertEqual(shares, [])


class TestAllocation(BaseCase):
    """What holds for any packs and lines."""

    def make_case(self, seed):
        chance = random.Random(seed)
        packs = [
            pack(
                chance.randrange(0, 400),
                day(f"{chance.randrange(1, 6):02}-01"),
                number=number,
            )
            for number in range(1, 4)
        ]
        lines = [
            Line(
                number,
                ticket=chance.randrange(1, 4),
                day=day(f"{chance.randrange(1, 10):02}-{chance.randrange(1, 28):02}"),
                minutes=chance.randrange(1, 200),
                rule=chance.choice([hours.PACK, hours.BILLABLE, hours.FREE]),
                contract=5,
            )
            for number in range(1, 15)
        ]
        terms = {ticket: Terms(chance.choice([0, 100, 400])) for ticket in (1, 2, 3)}
        return packs, lines, terms

    def test_every_minute_has_one_charge(self):
        for seed in range(100):
            packs, lines, terms = self.make_case(seed)
            shares = allocate(packs, lines, terms=terms)
            for line in lines:
                own = [share.minutes for share in shares if share.line == line.id]
                self.assertEqual(sum(own), line.minutes, seed)
                self.assertTrue(all(minutes > 0 for minutes in own), seed)

    def test_no_pack_is_overdrawn(self):
        for seed in range(100):
            packs, lines, terms = self.make_case(seed)
            shares = allocate(packs, lines, terms=terms)
            for one in packs:
                used = [share for share in shares if share.pack == one.id]
                self.assertLessEqual(
                    sum(share.minutes for share in used), one.minutes, seed
                )
                for share in used:
                    self.assertTrue(one.start <= share.day <= one.stop, seed)

    def test_never_above_what_was_authorised(self):
        for seed in range(100):
            packs, lines, terms = self.make_case(seed)
            shares = allocate(packs, lines, terms=terms)
            for ticket, term in terms.items():
                billed = sum(
                    share.minutes
                    for share in shares
                    if share.ticket == ticket and share.charge == hours.BILLABLE
                )
                self.assertLessEqual(billed, term.authorized, seed)

    def test_order_of_entry_does_not_matter(self):
        for seed in range(30):
            packs, lines, terms = self.make_case(seed)
            expected = allocate(packs, lines, terms=terms)
            random.Random(seed).shuffle(lines)
            random.Random(seed).shuffle(packs)
            got = allocate(packs, lines, terms=terms)
            self.assertEqual(sorted(map(repr, got)), sorted(map(repr, expected)))

    def test_settled_again_gives_nothing(self):
        """A second run over what is settled finds nothing more to charge."""
        for seed in range(100):
            packs, lines, terms = self.make_case(seed)
            shares = allocate(packs, lines, terms=terms)
            settled = [share for share in shares if share.charge != hours.PENDING]
            waiting = [share for share in shares if share.charge == hours.PENDING]
            again = allocate(packs, lines, settled, terms)
            self.assertEqual(sorted(map(repr, again)), sorted(map(repr, waiting)), seed)

    def test_settled_in_any_steps_bills_the_same(self):
        """Invoiced month by month or at once: the ticket pays the same."""
        terms = {1: Terms(400)}
        for amounts in itertools.product((10, 45, 90), repeat=3):
            lines = [
                billable(minutes, f"0{month}-05", month)
                for month, minutes in enumerate(amounts, 3)
            ]
            at_once = total(allocate([], lines, terms=terms), hours.BILLABLE)
            settled = []
            for count in range(1, 4):
                settled += allocate([], lines[:count], settled, terms)
            self.assertEqual(total(settled, hours.BILLABLE), at_once, amounts)
