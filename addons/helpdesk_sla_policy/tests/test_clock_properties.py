"""Properties of the clock, checked against stepping through time.

The reference below knows nothing of spans: it looks at the wall clock every
quarter of an hour, to which all hours, closures and changes of daylight saving
are aligned.
"""

import datetime
import zoneinfo
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.helpdesk_sla_policy.clock import (
    DAY,
    EFFECTS,
    RUN,
    STOP,
    Calendar,
    Fact,
    OpeningHours,
    Rules,
    explain,
    fold,
)

STEP = 900
ZONES = (
    "America/Santiago",
    "Europe/Madrid",
    "America/Havana",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Guayaquil",
)
FIRST = datetime.date(2023, 1, 1)
LAST = datetime.date(2027, 12, 31)
SETTINGS = settings(
    deadline=None,
    max_examples=100,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def get_midnight(day):
    return (day - datetime.date(1970, 1, 1)).days * DAY


def get_changes(tz):
    """Return the days (UTC midnights) before which the zone changes its offset."""
    zone = zoneinfo.ZoneInfo(tz)
    days = range(get_midnight(FIRST), get_midnight(LAST), DAY)
    offsets = [datetime.datetime.fromtimestamp(day, zone).utcoffset() for day in days]
    return [
        day
        for day, before, after in zip(days[1:], offsets, offsets[1:], strict=False)
        if before != after
    ]


CHANGES = {tz: get_changes(tz) for tz in ZONES}


class Reference:
    """Tell what is open by looking at the wall clock every quarter of an hour."""

    def __init__(self, hours):
        self.hours = hours
        self.zone = zoneinfo.ZoneInfo(hours.tz)
        self.holidays = {day for day, _name in hours.holidays}

    def get_date(self, at):
        return datetime.datetime.fromtimestamp(at, self.zone).date()

    def is_open(self, at):
        wall = datetime.datetime.fromtimestamp(at, self.zone)
        today = wall.date()
        if today in self.holidays:
            return False
        if any(low <= at < high for low, high, _name in self.hours.closures):
            return False
        second = wall.hour * 3600 + wall.minute * 60 + wall.second
        for opens, closes in self._get_ranges(today):
            if opens <= second and (second < closes or closes <= opens):
                return True
        yesterday = today - datetime.timedelta(days=1)
        return any(
            closes <= opens and second < closes
            for opens, closes in self._get_ranges(yesterday)
        )

    def _get_ranges(self, day):
        week = (day - datetime.date(1, 1, 1)).days // 7 % len(self.hours.weeks)
        return self.hours.weeks[week][day.weekday()]

    def elapsed(self, start, stop):
        total, at = 0, start
        while at < stop:
            following = min(at // STEP * STEP + STEP, stop)
            if self.is_open(at):
                total += following - at
            at = following
        return total

    def business_day_close(self, at, count):
        day, close = self.get_date(at), None
        at = at // STEP * STEP
        while count or self.get_date(at) == day:
            if self.get_date(at) != day and self.is_open(at):
                day, count = self.get_date(at), count - 1
            if self.get_date(at) == day and self.is_open(at):
                close = at + STEP
            at += STEP
        return close


@st.composite
def weeks(draw):
    opens = st.integers(0, DAY // STEP - 1).map(lambda step: step * STEP)
    closes = st.integers(0, DAY // STEP).map(lambda step: step * STEP)
    ranges = st.lists(st.tuples(opens, closes), max_size=2).map(tuple)
    office = ((9 * 3600, 17 * 3600),)
    day = st.one_of(ranges, st.just(office), st.just(()))
    week = st.tuples(*[day] * 7)
    made = draw(st.lists(week, min_size=1, max_size=2))
    if not any(any(week) for week in made):
        made[0] = (office, *made[0][1:])
    return tuple(made)


@st.composite
def openings(draw):
    """Return opening hours and an instant near which something happens to them."""
    tz = draw(st.sampled_from(ZONES))
    days = st.integers(get_midnight(FIRST) // DAY, get_midnight(LAST) // DAY)
    near = days.map(lambda day: day * DAY)
    if CHANGES[tz]:
        near = st.one_of(near, st.sampled_from(CHANGES[tz]))
    base = draw(near)
    first = datetime.date(1970, 1, 1) + datetime.timedelta(days=base // DAY)
    offsets = draw(st.sets(st.integers(-3, 4), max_size=2))
    holidays = tuple(
        (first + datetime.timedelta(days=offset), f"Holiday {offset}")
        for offset in sorted(offsets)
    )
    closures = tuple(
        (base + low * STEP, base + (low + length) * STEP, f"Closure {low}")
        for low, length in draw(
            st.lists(st.tuples(st.integers(-170, 170), st.integers(0, 140)), max_size=2)
        )
    )
    return OpeningHours(tz, draw(weeks()), holidays, closures), base


around = st.integers(-2 * DAY, 2 * DAY)
amounts = st.integers(1, 60 * 3600)


@st.composite
def stories(draw):
    """Return facts over a few days, and an instant after them."""
    hours, base = draw(openings())
    other, _base = draw(openings())
    calendars = Calendar(hours), Calendar(other)
    ats = draw(st.lists(around, min_size=1, max_size=8).map(sorted))
    targets = st.one_of(st.none(), st.integers(0, 8 * 3600))
    facts = [
        Fact(
            base + at,
            draw(st.sampled_from(EFFECTS)),
            calendars[draw(st.integers(0, 3)) // 3],
            draw(targets),
            renew=draw(st.integers(0, 7)) == 7,
            label=str(index),
        )
        for index, at in enumerate(ats)
    ]
    until = facts[-1].at + draw(st.integers(0, DAY))
    reopen = draw(st.sampled_from(("resume", "cycle", "never")))
    return facts, until, Rules(reopen, draw(st.booleans()))


class TestClockProperties(BaseCase):
    # Calendars

    @SETTINGS
    @given(openings(), around, around)
    def test_elapsed_is_what_stepping_through_time_counts(self, opening, low, high):
        hours, base = opening
        low, high = sorted((base + low, base + high))
        elapsed = Calendar(hours).elapsed(low, high)
        self.assertEqual(elapsed, Reference(hours).elapsed(low, high))

    @SETTINGS
    @given(openings(), st.lists(around, min_size=3, max_size=3).map(sorted))
    def test_elapsed_adds_up_and_never_goes_back(self, opening, ats):
        hours, base = opening
        calendar = Calendar(hours)
        low, middle, high = (base + at for at in ats)
        before, after = calendar.elapsed(low, middle), calendar.elapsed(middle, high)
        self.assertEqual(calendar.elapsed(low, high), before + after)
        self.assertEqual(calendar.elapsed(high, low), -before - after)
        self.assertTrue(0 <= before <= middle - low)

    @SETTINGS
    @given(openings(), around, amounts)
    def test_first_is_the_first_instant_and_last_the_last(self, opening, at, amount):
        hours, base = opening
        calendar, start = Calendar(hours), base + at
        first = calendar.first(start, amount)
        last = calendar.last(start, amount)
        self.assertEqual(calendar.elapsed(start, first), amount)
        self.assertEqual(calendar.elapsed(start, first - 1), amount - 1)
        self.assertEqual(calendar.elapsed(start, last), amount)
        self.assertEqual(calendar.elapsed(start, last + 1), amount + 1)
        self.assertEqual(calendar.elapsed(first, last), 0)

    @SETTINGS
    @given(openings(), st.lists(st.tuples(around, amounts), min_size=1, max_size=5))
    def test_the_order_of_questions_does_not_matter(self, opening, questions):
        hours, base = opening
        used = Calendar(hours)
        for at, amount in questions:
            start = base + at * 500
            self.assertEqual(
                used.first(start, amount), Calendar(hours).first(start, amount)
            )

    @SETTINGS
    @given(openings(), around, st.integers(1, 4))
    def test_business_days_are_the_days_with_hours(self, opening, at, count):
        hours, base = opening
        close = Calendar(hours).business_day_close(base + at, count)
        expected = Reference(hours).business_day_close(base + at, count)
        self.assertEqual(close, expected)

    @SETTINGS
    @given(openings(), around, around)
    def test_pieces_are_contiguous_and_tell_why(self, opening, low, high):
        hours, base = opening
        reference = Reference(hours)
        low, high = sorted((base + low, base + high))
        at = low
        for start, stop, is_open, name in Calendar(hours).cut(low, high):
            self.assertEqual(start, at)
            self.assertLess(start, stop)
            self.assertEqual(reference.elapsed(start, stop), (stop - start) * is_open)
            for moment in (start, stop - 1):
                self.assertIn(name, self._get_reasons(hours, reference, moment))
            at = stop
        self.assertEqual(at, high)

    def _get_reasons(self, hours, reference, at):
        today = reference.get_date(at)
        names = [name for day, name in hours.holidays if day == today]
        names += [name for low, high, name in hours.closures if low <= at < high]
        return names or [""]

    # Timers

    @SETTINGS
    @given(stories(), st.integers(0, 8))
    def test_folding_in_parts_is_folding_at_once(self, story, part):
        facts, _until, rules = story
        timers = fold(facts, rules=rules)
        self.assertEqual(
            fold(facts[part:], fold(facts[:part], rules=rules), rules), timers
        )
        one_by_one = ()
        for fact in facts:
            one_by_one = fold([fact], one_by_one, rules)
        self.assertEqual(one_by_one, timers)

    @SETTINGS
    @given(stories())
    def test_time_counts_while_the_facts_say_run(self, story):
        facts, until, rules = story
        facts = [fact._replace(renew=False) for fact in facts]
        expected, stopped = 0, False
        for fact, stop in zip(
            facts, [fact.at for fact in facts[1:]] + [until], strict=True
        ):
            stopped |= fact.effect == STOP
            if fact.effect == RUN and not (stopped and rules.reopen == "never"):
                expected += Reference(fact.calendar.hours).elapsed(fact.at, stop)
        timers = fold(facts, rules=Rules(rules.reopen))
        elapsed = sum(timer.elapsed for timer in timers[:-1])
        if timers:
            elapsed += timers[-1].elapsed_at(until)
        self.assertEqual(elapsed, expected)

    @SETTINGS
    @given(stories())
    def test_the_explanation_adds_up_to_the_elapsed_time(self, story):
        facts, until, rules = story
        counted, at = Counter(), facts[0].at
        for segment in explain(facts, until, rules):
            self.assertEqual(segment.start, at)
            self.assertLess(segment.start, segment.stop)
            whole = segment.stop - segment.start
            self.assertEqual(segment.counted, 0 if segment.reason else whole)
            if not segment.reason or segment.reason in ("closed", "holiday"):
                calendar = facts[int(segment.label)].calendar
                self.assertEqual(
                    Reference(calendar.hours).elapsed(segment.start, segment.stop),
                    segment.counted,
                )
            self.assertEqual(segment.reason == "holiday", bool(segment.detail))
            counted[segment.cycle] += segment.counted
            at = segment.stop
        self.assertEqual(at, until)
        for timer in fold(facts, rules=rules):
            self.assertEqual(timer.elapsed_at(until), counted[timer.cycle])

    @SETTINGS
    @given(stories())
    def test_due_and_breach_are_where_the_explanation_reaches_the_target(self, story):
        facts, until, rules = story

        def count(timer, at):
            return sum(
                segment.counted
                for segment in explain(facts, at, rules)
                if segment.cycle == timer.cycle
            )

        timer = fold(facts, rules=rules)[-1]
        self.assertEqual(
            timer.is_late(until),
            timer.is_promised
            and timer.state != "void"
            and timer.elapsed_at(until) > timer.target,
        )
        if timer.is_late(until):
            self.assertLess(timer.breach_at, until)
        if not timer.target or timer.stopped_running:
            return
        if timer.due_at is not None:
            self.assertEqual(count(timer, timer.due_at), timer.target)
            self.assertEqual(count(timer, timer.due_at - 1), timer.target - 1)
        if timer.breach_at is not None:
            self.assertEqual(count(timer, timer.breach_at), timer.target)
            self.assertEqual(count(timer, timer.breach_at + 1), timer.target + 1)
        if timer.state == "running":
            self.assertLessEqual(timer.due_at, timer.breach_at)
