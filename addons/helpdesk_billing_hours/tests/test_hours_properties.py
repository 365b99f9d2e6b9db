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

    @settings(max_examples=200, deadline=None)
    @given(cases(), days)
    def test_a_renewal_goes_on_where_its_contract_ended(self, case, day):
        """Same packs, same limit of a month: as if the first contract had gone on."""
        plain_packs, lines, terms, consents = case
        renewed = [
            replace(line, owner=7 if line.day >= day else 5, series=5)
            if line.contract == 5
            else line
            for line in lines
        ]
        both = consents
        if consents and 5 in consents:
            both = {**consents, 7: consents[5]}
        expected = allocate(plain_packs, lines, terms=terms, consents=consents)
        got = allocate(plain_packs, renewed, terms=terms, consents=both)
        self.check(plain_packs, renewed, terms, got)
        self.assertEqual([replace(share, series=None) for share in got], expected)

    @settings(max_examples=200, deadline=None)
    @given(
        cases(), st.lists(days, min_size=2, max_size=2, unique=True), st.integers(0, 90)
    )
    def test_consent_of_a_renewal_is_its_own(self, case, dates, cap):
        """Only the renewal agreed to overage, ``cap`` minutes a month (R-B4).

        A contract that shares the packs without being a renewal has its own limit.
        """
        plain_packs, lines, terms, _consents = case
        start, other = dates
        terms = {key: replace(term, increment=1) for key, term in terms.items()}
        lines = [
            replace(
                line,
                contract=5,
                owner=8 if line.day == other else 7 if line.day >= start else 5,
                series=8 if line.day == other else 5,
                band="",
                percent=100,
            )
            for line in lines
        ]
        shares = allocate(plain_packs, lines, terms=terms, consents={7: cap, 8: cap})
        self.check(plain_packs, lines, terms, shares)
        owners = {line.id: line.owner for line in lines}
        months = {}
        for share in shares:
            if share.charge == hours.OVERAGE and share.basis == hours.CONSENT:
                self.assertNotEqual(owners[share.line or share.source], 5)
                key = (share.series, share.day.year, share.day.month)
                months[key] = months.get(key, 0) + share.minutes
        self.assertTrue(all(0 <= minutes <= cap for minutes in months.values()))

    @settings(max_examples=200, deadline=None)
    @given(cases(), days, st.lists(days, min_size=1, max_size=3).map(sorted))
    def test_runs_across_a_renewal(self, case, day, dates):
        """Settled before and after the renewal, back-dated lines in between."""
        plain_packs, lines, terms, consents = case
        both = consents
        if consents and 5 in consents:
            both = {**consents, 7: consents[5]}
        lines = [
            replace(line, owner=7 if line.day >= day else 5, series=5)
            if line.contract == 5
            else line
            for line in lines
        ]
        settled = []
        for index, date in enumerate(dates):
            known = lines[: (index + 1) * 3]
            open_lines = [line for line in known if line.day <= date]
            shares = allocate(plain_packs, open_lines, settled, terms, both)
            settled += [s for s in shares if not s.waits and s.charge != hours.PENDING]
        rest = allocate(plain_packs, lines, settled, terms, both)
        self.check(plain_packs, lines, terms, [*settled, *rest])

    @settings(max_examples=200, deadline=None)
    @given(cases(), st.data())
    def test_a_credit_takes_no_used_hours(self, case, data):
        """What is left of a pack is taken away: nothing that was used changes."""
        plain_packs, lines, terms, consents = case
        before = allocate(plain_packs, lines, terms=terms, consents=consents)
        smaller = []
        for pack in plain_packs:
            used = sum(share.minutes for share in before if share.pack == pack.id)
            reserved = pack.minutes if not pack.is_usable else used
            keep = data.draw(st.integers(reserved, max(reserved, pack.minutes)))
            rolls = pack.roll_stop and pack.roll_minutes
            smaller.append(pack if rolls else replace(pack, minutes=keep))
        after = allocate(smaller, lines, terms=terms, consents=consents)
        self.check(smaller, lines, terms, after)
        self.assertEqual(after, before)

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
