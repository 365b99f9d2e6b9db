"""What holds for any packs, lines, corrections and runs."""

import datetime
import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.helpdesk_billing_hours import hours
from odoo.addons.helpdesk_billing_hours.hours import Line, Pack, Terms, allocate

FIRST = datetime.date(2026, 1, 1)
days = st.integers(0, 500).map(lambda count: FIRST + datetime.timedelta(days=count))


@st.composite
def packs(draw, number):
    start = draw(days)
    stop = start + datetime.timedelta(days=draw(st.integers(0, 200)))
    return Pack(
        number,
        draw(st.integers(0, 400)),
        start,
        stop,
        contract=draw(st.sampled_from([5, 6])),
        is_usable=draw(st.booleans()),
        roll_stop=draw(st.sampled_from([None, stop + datetime.timedelta(days=90)])),
        roll_minutes=draw(st.sampled_from([0, None, 60])),
    )


@st.composite
def cases(draw):
    count = draw(st.integers(0, 3))
    terms = {
        ticket: Terms(
            draw(st.sampled_from([0, 30, 100, 170, 400, None])),
            draw(st.sampled_from([0, 60])),
            draw(st.sampled_from([1, 6, 15, 30])),
            draw(st.sampled_from([hours.ENTRY, hours.TICKET_DAY, hours.TICKET])),
            draw(st.sampled_from([0, 60])),
            FIRST,
        )
        for ticket in (1, 2, 3)
    }
    lines = []
    for number in range(1, draw(st.integers(1, 9))):
        ticket = draw(st.integers(1, 3))
        band = draw(st.sampled_from([("", 100), ("night", 150), ("far", 200)]))
        lines.append(
            Line(
                number,
                ticket,
                draw(days),
                draw(st.integers(1, 300)),
                draw(st.sampled_from([hours.PACK, hours.BILLABLE, hours.FREE])),
                contract=5 if ticket < 3 else 6,
                exempt=draw(st.booleans()),
                band=band[0],
                percent=band[1],
            )
        )
    consents = draw(st.sampled_from([None, {}, {5: None}, {5: 90, 6: 10}]))
    if consents and consents[5]:
        # Under a limit of overage, rounding is given back minute by minute.
        terms = {key: replace(term, increment=1) for key, term in terms.items()}
    return [draw(packs(number)) for number in range(count)], lines, terms, consents


def get_worked(shares, line):
    return sum(share.minutes for share in shares if share.line == line.id)


class TestAnyHours(BaseCase):
    def check(self, plain_packs, lines, terms, shares):
        for line in lines:
            self.assertEqual(get_worked(shares, line), line.minutes)
        spans = sorted(
            (share.line, share.first, share.first + abs(share.minutes))
            for share in shares
            if share.line is not None
        )
        for one, other in itertools.pairwise(spans):
            self.assertTrue(one[0] != other[0] or one[2] <= other[1])
        for pack in plain_packs:
            used = sum(share.minutes for share in shares if share.pack == pack.id)
            self.assertTrue(0 <= used <= pack.minutes)
        for ticket, term in terms.items():
            if term.authorized is None:
                continue
            billed = sum(
                share.minutes
                for share in shares
                if share.ticket == ticket and share.basis == hours.AUTHORIZATION
            )
            self.assertTrue(0 <= billed <= term.authorized)

    @settings(max_examples=300, deadline=None)
    @given(cases())
    def test_every_minute_once_and_nothing_overdrawn(self, case):
        plain_packs, lines, terms, consents = case
        shares = allocate(plain_packs, lines, terms=terms, consents=consents)
        self.check(plain_packs, lines, terms, shares)

    @settings(max_examples=300, deadline=None)
    @given(cases(), st.lists(days, min_size=1, max_size=4).map(sorted))
    def test_runs_in_any_steps(self, case, dates):
        """After runs at any dates, with lines back-dated in between, it still holds."""
        plain_packs, lines, terms, consents = case
        settled = []
        for index, date in enumerate(dates):
            known = lines[: (index + 1) * 3]
            open_lines = [line for line in known if line.day <= date]
            shares = allocate(plain_packs, open_lines, settled, terms, consents)
            settled += [s for s in shares if not s.waits and s.charge != hours.PENDING]
        rest = allocate(plain_packs, lines, settled, terms, consents)
        self.check(plain_packs, lines, terms, [*settled, *rest])
        done = [s for s in rest if not s.waits and s.charge != hours.PENDING]
        again = allocate(plain_packs, lines, [*settled, *done], terms, consents)
        self.assertEqual([s for s in again if not s.waits], [])

    def test_rounding_that_was_billed_is_no_room_for_the_next_entry(self):
        """100 min authorised: 66 at 150 % and 1 of rounding leave nothing (R-A8)."""
        day = datetime.date(2026, 1, 2)
        lines = [
            Line(1, 2, day, 67, hours.BILLABLE, contract=5, band="night", percent=150),
            Line(2, 2, day, 1, hours.BILLABLE, contract=5),
        ]
        terms = {2: Terms(authorized=100, minimum=0, increment=6, scope="entry")}
        shares = allocate([], lines, [], terms)
        self.check([], lines, terms, shares)
        done = [s for s in shares if not s.waits and s.charge != hours.PENDING]
        self.assertEqual(sum(share.minutes for share in done), 100)
        again = allocate([], lines, done, terms)
        self.assertEqual([s for s in again if not s.waits], [])

    @settings(max_examples=200, deadline=None)
    @given(cases(), st.randoms())
    def test_order_of_entry_does_not_matter(self, case, chance):
        plain_packs, lines, terms, consents = case
        expected = allocate(plain_packs, lines, terms=terms, consents=consents)
        chance.shuffle(lines)
        chance.shuffle(plain_packs)
        got = allocate(plain_packs, lines, terms=terms, consents=consents)
        self.assertEqual(sorted(map(repr, got)), sorted(map(repr, expected)))

    @settings(max_examples=200, deadline=None)
    @given(cases())
    def test_authorisations_are_never_used_twice(self, case):
        plain_packs, lines, terms, consents = case
        parts = [(1, 40), (2, 60)]
        terms = {
            ticket: replace(term, authorized=100) for ticket, term in terms.items()
        }
        shares = allocate(plain_packs, lines, terms=terms, consents=consents)
        for ticket in terms:
            own = [share for share in shares if share.ticket == ticket]
            given_out = hours.assign(own, [], parts)
            self.assertEqual(
                sum(share.minutes for share in given_out),
                sum(share.minutes for share in own),
            )
            for number, minutes in parts:
                used = [s.minutes for s in given_out if s.authorization == number]
                self.assertLessEqual(sum(used), minutes)
