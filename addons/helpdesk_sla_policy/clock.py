"""The support clock: working time, deadlines and timers as plain arithmetic.

An instant is a whole number of seconds since 1970-01-01 00:00:00 UTC. An amount
of time is a whole number of seconds. Nothing here reads the time of day or a
database: what happened, and when, is passed in, so the same facts always give
the same deadlines.

>>> office = Calendar(OpeningHours.weekly("America/Guayaquil", "09:00", "17:00"))
>>> received = instant("2026-01-09 16:50", "America/Guayaquil")  # a Friday
>>> local(office.first(received, 30 * 60), "America/Guayaquil")
'2026-01-12 09:20:00'
"""

import datetime
import hashlib
import threading
import zoneinfo
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from typing import NamedTuple

DAY = 86400
_EPOCH = datetime.datetime(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_MARGIN = 400  # days compiled beyond the instant that was asked for
_MAX_DAYS = 40 * 366  # a deadline further away than this is a closed calendar
_compiling = threading.Lock()  # calendars are shared by the threads of a server

IDLE, RUN, PAUSE, STOP, VOID = "idle", "run", "pause", "stop", "void"
EFFECTS = (IDLE, RUN, PAUSE, STOP, VOID)


class ClockError(ValueError):
    """What was asked has no answer on this calendar or with these facts."""


def to_instant(moment):
    """Return a naive UTC datetime as an instant; a fraction of a second is dropped.

    >>> to_instant(datetime.datetime(1970, 1, 2, 0, 0, 1, 999999))
    86401
    """
    delta = moment - _EPOCH
    return delta.days * DAY + delta.seconds


def to_datetime(at):
    """Return an instant as a naive UTC datetime.

    >>> to_datetime(86401)
    datetime.datetime(1970, 1, 2, 0, 0, 1)
    """
    return _EPOCH + datetime.timedelta(seconds=at)


def instant(text, tz="UTC"):
    """Return the instant of an ISO wall-clock text in the zone ``tz``.

    >>> instant("1970-01-01 00:00:00", "America/Guayaquil")
    18000
    """
    wall = datetime.datetime.fromisoformat(text)
    return to_instant(wall - wall.replace(tzinfo=zone(tz)).utcoffset())


def local(at, tz):
    """Return an instant as ISO wall-clock text in the zone ``tz``.

    >>> local(0, "America/Guayaquil")
    '1969-12-31 19:00:00'
    """
    moment = datetime.datetime.fromtimestamp(at, zone(tz))
    return moment.replace(tzinfo=None).isoformat(" ")


def zone(tz):
    """Return the time zone called ``tz``, or raise ClockError."""
    try:
        return zoneinfo.ZoneInfo(tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ClockError(f"There is no time zone called {tz!r}.") from error


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """What a working calendar says, before it is compiled.

    ``weeks`` holds one week, or two that alternate (the first one is the week
    of 0001-01-01, as in Odoo); a week is seven days from Monday; a day is a
    tuple of ``(from, to)`` in seconds of local wall-clock time, where ``to <=
    from`` means until that time of the next day. ``holidays`` are ``(date,
    name)``: local days without any hours. ``closures`` are ``(start, stop,
    name)``: instants between which nothing is open. ``always_open`` calendars
    know no closing at all (R-A4, 24/7).
    """

    tz: str
    weeks: tuple = ()
    holidays: tuple = ()
    closures: tuple = ()
    always_open: bool = False

    @classmethod
    def weekly(cls, tz, opens, closes, days=range(5), **rest):
        """Return the same hours ``HH:MM`` on each of the given weekdays.

        >>> OpeningHours.weekly("UTC", "09:00", "17:00", [0]).weeks[0][0]
        ((32400, 61200),)
        """
        hours = ((time_of_day(opens), time_of_day(closes)),)
        week = tuple(hours if day in days else () for day in range(7))
        return cls(tz, (week,), **rest)

    def get_hash(self):
        """Return a text that is the same for calendars with the same content."""
        content = (
            self.tz,
            self.weeks,
            sorted((day.isoformat(), name) for day, name in self.holidays),
            sorted(self.closures),
            self.always_open,
        )
        return hashlib.sha1(repr(content).encode(), usedforsecurity=False).hexdigest()


def time_of_day(text):
    """Return ``HH:MM`` or ``HH:MM:SS`` (24:00 is allowed) in seconds.

    >>> time_of_day("24:00")
    86400
    """
    parts = [int(part) for part in text.split(":")]
    hours, minutes, seconds = (*parts, 0)[:3]
    return hours * 3600 + minutes * 60 + seconds


@dataclass(frozen=True, slots=True)
class _Table:
    """The open spans from ``low`` to ``high``, with the totals before and after.

    It is replaced as a whole and never changed, so that a thread which reads it
    is not disturbed by one that compiles more ``days``.
    """

    low: int = 0
    high: int = 0
    starts: list = ()
    ends: list = ()
    before: list = ()
    after: list = ()
    days: tuple = ()

    def surrounds(self, at):
        """Tell whether there is an opening before and after an instant."""
        return (
            self.low <= at < self.high
            and bool(self.starts)
            and self.starts[0] <= at < self.ends[-1]
        )


_NOTHING = _Table()


class Calendar:
    """Opening hours, compiled into sorted open spans with running totals.

    An instant is open if and only if its wall-clock time in the calendar's zone
    lies in one of the day's ranges, on a day that is no holiday, outside every
    closure; a repeated or skipped hour of daylight saving needs no other rule.
    Spans are made on demand, so there is no horizon; each question is then two
    binary searches. Raises ClockError when the calendar is never open.
    """

    __slots__ = (
        "_closures",
        "_days",
        "_holidays",
        "_table",
        "_zone",
        "hash",
        "hours",
    )

    def __init__(self, hours):
        self.hours = hours
        self.hash = hours.get_hash()
        self._zone = zone(hours.tz)
        self._days = _split_by_day(hours)
        if not hours.always_open and not any(self._days):
            raise ClockError("This calendar has no working hours.")
        self._holidays = {day.toordinal(): name for day, name in hours.holidays}
        self._closures = sorted(c for c in hours.closures if c[0] < c[1])
        self._table = _NOTHING

    @property
    def is_always_open(self):
        """Tell whether nothing ever closes this calendar."""
        return self.hours.always_open

    # Questions

    def elapsed(self, start, stop):
        """Return the open seconds from ``start`` (included) to ``stop``.

        Negative when ``stop`` lies before ``start``.
        """
        if self.hours.always_open:
            return stop - start
        return self._worked(stop) - self._worked(start)

    def first(self, start, amount):
        """Return the first instant at which ``amount`` open seconds have passed.

        That is the deadline as it is shown. ``start`` itself when the amount
        is zero or less.
        """
        if amount <= 0:
            return start
        if self.hours.always_open:
            return start + amount
        total = self._worked(start) + amount
        table = self._table
        if total > table.after[-1]:
            table = self._reach(total)
        index = bisect_left(table.after, total)
        return table.starts[index] + total - table.before[index]

    def last(self, start, amount):
        """Return the last instant at which only ``amount`` open seconds passed.

        That is the deadline as it is judged: whoever is done by then has not
        used another working second.
        """
        if self.hours.always_open:
            return start + amount
        total = self._worked(start) + amount
        table = self._table
        if total >= table.after[-1]:
            table = self._reach(total + 1)
        index = bisect_right(table.after, total)
        return table.starts[index] + total - table.before[index]

    def is_open(self, at):
        """Tell whether ``at`` lies in opening hours."""
        return self.elapsed(at, at + 1) == 1

    def business_day_close(self, at, count):
        """Return the close of the ``count``-th business day after the day of ``at``.

        The day of the event does not count, whatever its hour. A business day
        is a local day with any opening hours. Raises ClockError on a calendar
        that never closes: it has no business days.
        """
        if self.hours.always_open:
            raise ClockError("A calendar that never closes has no business days.")
        day = self.local_day(at)
        limit = day + _MAX_DAYS
        stop = self.day_start(day + 1)
        while count > 0:
            day += 1
            if day > limit:
                raise ClockError("This calendar stays closed for too long.")
            start, stop = stop, self.day_start(day + 1)
            if self._worked(stop) > self._worked(start):
                count -= 1
        return self.close_before(stop)

    def close_before(self, at):
        """Return the last instant up to ``at`` at which opening hours ended."""
        total = self._worked(at)
        table = self._table
        index = bisect_left(table.after, total)
        return min(at, table.starts[index] + total - table.before[index])

    def local_day(self, at):
        """Return the ordinal of the local date of an instant."""
        offset = datetime.datetime.fromtimestamp(at, self._zone).utcoffset()
        return (at + int(offset.total_seconds())) // DAY + _EPOCH_ORDINAL

    def day_start(self, day):
        """Return the instant at which the local date with that ordinal begins."""
        midnight = datetime.datetime.fromordinal(day).replace(tzinfo=self._zone)
        return (day - _EPOCH_ORDINAL) * DAY - int(midnight.utcoffset().total_seconds())

    def cut(self, start, stop):
        """Return what lies between two instants as ``(from, to, open, name)``.

        The pieces follow each other without gaps; ``name`` is that of the
        holiday or closure which keeps a closed piece closed, else empty.
        """
        if start >= stop:
            return []
        if self.hours.always_open:
            return [(start, stop, True, "")]
        self._cover(start)
        table = self._cover(stop)
        pieces, at = [], start
        index = max(bisect_right(table.starts, start) - 1, 0)
        while at < stop:
            if table.ends[index] <= at:
                index += 1
                continue
            if at < table.starts[index]:
                until = min(table.starts[index], stop)
                pieces += self._name_closed(at, until)
            else:
                until = min(table.ends[index], stop)
                pieces.append((at, until, True, ""))
            at = until
        return pieces

    # Compiling

    def _worked(self, at):
        table = self._table
        if not table.low <= at < table.high:
            table = self._cover(at)
        index = bisect_right(table.starts, at) - 1
        if index < 0:
            return table.before[0]
        if at >= table.ends[index]:
            return table.after[index]
        return table.before[index] + at - table.starts[index]

    def _cover(self, at):
        """Compile days until there is an opening before and after an instant."""
        day = at // DAY + _EPOCH_ORDINAL
        with _compiling:
            table, margin = self._table, _MARGIN
            while not table.surrounds(at):
                if margin > _MAX_DAYS:
                    raise ClockError("This calendar stays closed for too long.")
                low, high = day - margin, day + margin
                if table.days:
                    low, high = min(low, table.days[0]), max(high, table.days[1])
                table = self._compile(table, low, high)
                margin *= 2
            self._table = table
        return table

    def _reach(self, total):
        """Compile days until that running total is passed."""
        with _compiling:
            table = self._table
            limit = table.days[1] + _MAX_DAYS
            while table.after[-1] < total:
                first_day, last_day = table.days
                if last_day > limit:
                    raise ClockError("This calendar stays closed for too long.")
                missing = (total - table.after[-1]) // 3600 // 4 + _MARGIN
                table = self._compile(
                    table, first_day, min(last_day + missing, limit + 1)
                )
            self._table = table
        return table

    def _compile(self, table, first_day, last_day):
        """Return the table of those local days; known totals stay the same."""
        spans = _subtract(self._get_spans(first_day, last_day), self._closures)
        starts = [start for start, _stop in spans]
        ends = [stop for _start, stop in spans]
        before, after, total = [], [], 0
        if starts and table.starts:
            known = table.starts[0]
            index = bisect_right(starts, known) - 1
            earlier = sum(stop - start for start, stop in spans[:index])
            total = table.before[0] - earlier - (known - starts[index])
        for start, stop in spans:
            before.append(total)
            total += stop - start
            after.append(total)
        low, high = self.day_start(first_day), self.day_start(last_day + 1)
        return _Table(low, high, starts, ends, before, after, (first_day, last_day))

    def _get_spans(self, first_day, last_day):
        """Return the open ``[start, stop]`` pairs of those days, in order."""
        spans = []
        for low, high, offset in self._get_offsets(first_day, last_day):
            wall_low, wall_high = low + offset, high + offset
            day = wall_low // DAY
            while day * DAY < wall_high:
                ordinal = day + _EPOCH_ORDINAL
                if ordinal not in self._holidays:
                    for opens, closes in self._days[_pattern_index(ordinal)]:
                        start = max(day * DAY + opens, wall_low) - offset
                        stop = min(day * DAY + closes, wall_high) - offset
                        if start >= stop:
                            continue
                        if spans and spans[-1][1] >= start:
                            spans[-1][1] = max(spans[-1][1], stop)
                        else:
                            spans.append([start, stop])
                day += 1
        return spans

    def _get_offsets(self, first_day, last_day):
        """Return ``(from, to, offset)`` in which the zone's offset is constant."""
        start, stop = self.day_start(first_day), self.day_start(last_day + 1)
        pieces, low, offset = [], start, self._get_offset(start)
        at = start
        while at < stop:
            following = min(at + DAY, stop)
            if self._get_offset(following) != offset:
                change = self._find_change(at, following, offset)
                pieces.append((low, change, offset))
                low, offset, at = change, self._get_offset(change), change
            else:
                at = following
        pieces.append((low, stop, offset))
        return pieces

    def _get_offset(self, at):
        moment = datetime.datetime.fromtimestamp(at, self._zone)
        return int(moment.utcoffset().total_seconds())

    def _find_change(self, low, high, offset):
        """Return the first instant after ``low`` whose offset differs."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._get_offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _name_closed(self, start, stop):
        """Return the closed pieces between two instants, cut at each holiday."""
        names = [
            (max(low, start), min(high, stop), name)
            for low, high, name in self._closures
            if low < stop and start < high
        ]
        for day in range(self.local_day(start), self.local_day(stop - 1) + 1):
            if day in self._holidays:
                low = max(self.day_start(day), start)
                high = min(self.day_start(day + 1), stop)
                names.append((low, high, self._holidays[day]))
        pieces, at = [], start
        for low, high, name in sorted(names):
            low = max(low, at)
            if low >= high:
                continue
            if at < low:
                pieces.append((at, low, False, ""))
            pieces.append((low, high, False, name))
            at = high
        if at < stop:
            pieces.append((at, stop, False, ""))
        return pieces


def _pattern_index(ordinal):
    return (ordinal - 1) % 14


def _split_by_day(hours):
    """Return the ranges of 14 days, those over midnight cut, sorted and merged."""
    weeks = hours.weeks or (((),) * 7,)
    fortnight = (*weeks[0], *weeks[-1])
    days = [[] for _day in range(14)]
    for index, ranges in enumerate(fortnight):
        for opens, closes in ranges:
            if not 0 <= opens < DAY or not 0 <= closes <= DAY:
                raise ClockError("Opening hours lie between 00:00 and 24:00.")
            if closes > opens:
                days[index].append((opens, closes))
            else:
                days[index].append((opens, DAY))
                days[(index + 1) % 14].append((0, closes))
    return [_merge(ranges) for ranges in days]


def _merge(ranges):
    merged = []
    for low, high in sorted(ranges):
        if low >= high:
            continue
        if merged and merged[-1][1] >= low:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _subtract(spans, closures):
    """Return the spans without what the sorted closures cover."""
    if not closures:
        return spans
    closed = _merge([closure[:2] for closure in closures])
    kept, index = [], 0
    for start, stop in spans:
        while index < len(closed) and closed[index][1] <= start:
            index += 1
        at, following = start, index
        while following < len(closed) and closed[following][0] < stop:
            low, high = closed[following]
            if at < low:
                kept.append([at, low])
            at = max(at, high)
            following += 1
        if at < stop:
            kept.append([at, stop])
    return kept


class Fact(NamedTuple):
    """What holds for one promise from the instant ``at`` on.

    ``effect`` is one of EFFECTS. ``target`` is the promised amount in open
    seconds of ``calendar``, or ``days`` in business days of it; neither means
    that nothing is promised. ``renew`` ends the cycle that runs and starts the
    next one. ``label`` names the ticket's stage in explanations.
    """

    at: int
    effect: str
    calendar: Calendar
    target: int | None = None
    days: int | None = None
    renew: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a metric treats what happens after it was stopped.

    ``reopen``: the clock of a stopped timer goes on when the work goes on
    (``resume``), a new cycle starts (``cycle``), or it happens only once
    (``never``). ``lapse``: a cycle that is open at the end is void unless late.
    """

    reopen: str = "resume"
    lapse: bool = False


@dataclass(slots=True)
class Timer:
    """One cycle of a promise, as the facts so far leave it.

    ``elapsed`` is counted up to ``since``; ``runs`` are the stretches in which
    the clock ran, as ``(start, stop, elapsed before, calendar)``.
    ``stopped_running`` tells whether it was running, not paused, when stopped.
    """

    cycle: int = 1
    state: str = "idle"  # idle, running, paused, stopped, void
    started_at: int | None = None
    since: int | None = None
    stopped_at: int | None = None
    stopped_running: bool = False
    elapsed: int = 0
    target: int | None = None
    days: int | None = None
    calendar: Calendar | None = None
    runs: list = field(default_factory=list, repr=False)

    @property
    def is_promised(self):
        """Tell whether there is a commitment; 0 and nothing mean none."""
        return bool(self.target or self.days)

    def elapsed_at(self, at):
        """Return the open seconds counted up to an instant not before ``since``."""
        if self.state != "running":
            return self.elapsed
        return self.elapsed + self.calendar.elapsed(self.since, at)

    def reach(self, amount, last=False):
        """Return the instant at which ``amount`` seconds were or will be counted.

        The first such instant, or the last one; for a timer that was stopped
        while it ran, as if it had run on. None while the clock is paused and
        has not come that far.
        """
        if self.started_at is None:
            return None
        if amount <= 0 and not last:
            return self.started_at
        for start, stop, before, calendar in self.runs:
            counted = before + calendar.elapsed(start, stop)
            if amount < counted or (amount == counted and not last):
                find = calendar.last if last else calendar.first
                return find(start, amount - before)
        if self.state == "running":
            at = self.since
        elif self.state == "stopped" and self.stopped_running:
            at = self.stopped_at
        else:
            return None
        find = self.calendar.last if last else self.calendar.first
        return find(at, amount - self.elapsed)

    @property
    def due_at(self):
        """The first instant at which the promised time is used up, as shown."""
        if self.started_at is None or not self.is_promised:
            return None
        if self.days:
            return self.calendar.business_day_close(self.started_at, self.days)
        return self.reach(self.target)

    @property
    def breach_at(self):
        """The last instant that is still in time, as judged."""
        if self.days:
            return self.due_at
        if not self.is_promised:
            return None
        return self.reach(self.target, last=True)

    def is_late(self, at):
        """Tell whether more than the promised time is used up at an instant."""
        if not self.is_promised or self.started_at is None or self.state == "void":
            return False
        if self.days:
            return (self.stopped_at or at) > self.due_at
        return self.elapsed_at(at) > self.target

    @property
    def verdict(self):
        """The state in the ledger: idle, running, paused, met, missed or void."""
        if self.started_at is None:
            return "idle"
        if self.state == "void" or not self.is_promised:
            return "void"
        if self.state != "stopped":
            return self.state
        return "missed" if self.is_late(self.stopped_at) else "met"

    def _carry(self, at):
        """Count the time up to ``at``."""
        if self.since is not None and at < self.since:
            raise ClockError("Facts must come in the order of their instants.")
        if self.state == "running" and at > self.since:
            self.runs.append((self.since, at, self.elapsed, self.calendar))
            self.elapsed += self.calendar.elapsed(self.since, at)
        self.since = at

    def _apply(self, fact, rules):
        """Follow the effect of a fact at its instant."""
        effect, at = fact.effect, fact.at
        if effect == VOID:
            if self.started_at is not None:
                self.state = "void"
        elif self.stopped_at is not None and (
            rules.reopen == "never" or effect in (IDLE, STOP)
        ):
            self.state = "stopped"
        elif effect == STOP:
            if not rules.lapse or self.is_late(at):
                self._stop(at)
            elif self.started_at is not None:
                self.state = "void"
        elif effect != IDLE or self.started_at is not None:
            if self.started_at is None:
                self.started_at = at
            self.state = "running" if effect == RUN else "paused"
            self.stopped_at = None

    def _stop(self, at):
        self.stopped_running = self.state in ("running", "idle")
        self.state = "stopped"
        if self.started_at is None:
            self.started_at = at
        self.stopped_at = at


def fold(facts, timers=(), rules=Rules()):
    """Return the cycles of a promise after the given facts, the live one last.

    ``timers`` is what earlier facts left, and stays as it is: folding one by one
    gives the same as folding at once. Raises ClockError when the facts are not in
    order.
    """
    done = list(timers)
    timer = None
    for fact in facts:
        if timer is None:
            timer = _resume(done)
        timer = _advance(done, timer, fact, rules)
    return tuple(done) if timer is None else (*done, timer)


def _resume(done):
    """Return the timer to go on with, taken from the end of earlier cycles."""
    if not done:
        return Timer()
    timer = done.pop()
    return replace(timer, runs=list(timer.runs))


def _advance(done, timer, fact, rules):
    """Return the live timer after a fact; the cycle that it ends joins ``done``."""
    timer._carry(fact.at)
    if fact.renew and timer.started_at is not None and timer.state != "void":
        if timer.state != "stopped":
            timer._stop(fact.at)
        done.append(timer)
        timer = Timer(cycle=timer.cycle + 1, since=fact.at)
    elif (
        rules.reopen == "cycle"
        and timer.stopped_at is not None
        and fact.effect in (RUN, PAUSE)
    ):
        timer.state = "stopped"
        done.append(timer)
        timer = Timer(cycle=timer.cycle + 1, since=fact.at)
    timer.calendar, timer.target, timer.days = fact.calendar, fact.target, fact.days
    timer._apply(fact, rules)
    return timer


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in the explanation of a timer.

    ``counted`` are the seconds of it that count; ``reason`` says why the others
    do not: closed, holiday (``detail`` names it), paused, idle, stopped, void.
    """

    start: int
    stop: int
    cycle: int
    label: str
    counted: int
    reason: str = ""
    detail: str = ""


def explain(facts, until, rules=Rules()):
    """Return the segments of a promise from its first fact to ``until``.

    Cut at every fact, opening, closing and holiday; the counted seconds of a
    cycle's segments add up to its elapsed time.
    """
    facts = list(facts)
    segments, timer = [], Timer()
    for index, fact in enumerate(facts):
        timer = _advance([], timer, fact, rules)
        stop = facts[index + 1].at if index + 1 < len(facts) else until
        segments += _explain_stretch(timer, fact, min(stop, until))
    return segments


def _explain_stretch(timer, fact, stop):
    if fact.at >= stop:
        return []
    if timer.state != "running":
        return [Segment(fact.at, stop, timer.cycle, fact.label, 0, timer.state)]
    segments = []
    for low, high, is_open, name in timer.calendar.cut(fact.at, stop):
        counted = high - low if is_open else 0
        reason = "" if is_open else "holiday" if name else "closed"
        segments.append(
            Segment(low, high, timer.cycle, fact.label, counted, reason, name)
        )
    return segments
