"""What is left of hours that were sold, on any day, as plain Python.

All amounts are whole minutes. Grants and uses count from their accounting date, so a
closed period reads the same for ever; expiry is arithmetic.

>>> import datetime
>>> day = datetime.date
>>> terms = Terms(day(2026, 3, 31))
>>> grants = [Grant(day(2026, 1, 1), 600)]
>>> uses = [Use(day(2026, 1, 20), day(2026, 1, 20), 90)]
>>> get_left(terms, grants, uses, day(2026, 1, 31))
510
>>> roll = roll_forward(terms, grants, uses, day(2026, 4, 1), day(2026, 4, 30))
>>> roll.opening, roll.expired, roll.closing
(510, 510, 0)
"""

import datetime
from dataclasses import dataclass

GRANT, ADJUSTMENT, CREDIT = "grant", "adjustment", "credit"


@dataclass(frozen=True, slots=True)
class Terms:
    """The last day of a pack; ``roll_minutes`` (None: all) stay through ``roll_stop``.

    What is left expires when its last day is over, that is on the following day.
    """

    stop: datetime.date
    roll_stop: datetime.date | None = None
    roll_minutes: int | None = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """Minutes given, or taken away below zero, from an accounting date on."""

    day: datetime.date
    minutes: int
    kind: str = GRANT


@dataclass(frozen=True, slots=True)
class Use:
    """Minutes charged to a pack: their accounting date and the day of the work."""

    day: datetime.date
    work_day: datetime.date
    minutes: int


@dataclass(frozen=True, slots=True)
class Roll:
    """From opening to closing: ``opening + granted + adjusted + credited - used -
    expired = closing``."""

    opening: int = 0
    granted: int = 0
    adjusted: int = 0
    credited: int = 0
    used: int = 0
    expired: int = 0
    closing: int = 0

    def __add__(self, other):
        return Roll(*(getattr(self, n) + getattr(other, n) for n in Roll.__slots__))

    def check(self):
        """Raise ValueError unless it sums up to the minute; return itself."""
        change = self.granted + self.adjusted + self.credited
        total = self.opening + change - self.used - self.expired
        if total != self.closing:
            raise ValueError(f"{total} minutes, but {self.closing} are left")
        return self


def get_left(terms, grants, uses, day):
    """Return the minutes that can still be used at the end of a day."""
    granted = sum(grant.minutes for grant in grants if grant.day <= day)
    known = [use for use in uses if use.day <= day]
    if day <= terms.stop:
        return granted - sum(use.minutes for use in known)
    if not terms.roll_stop or day > terms.roll_stop:
        return 0
    within = sum(use.minutes for use in known if use.work_day <= terms.stop)
    late = sum(use.minutes for use in known if use.work_day > terms.stop)
    left = max(granted - within, 0)
    kept = left if terms.roll_minutes is None else min(left, terms.roll_minutes)
    return kept - late


def roll_forward(terms, grants, uses, start, stop):
    """Return the Roll of a pack from the start of a day through the end of another."""
    before = start - datetime.timedelta(days=1)
    new = [grant for grant in grants if start <= grant.day <= stop]
    used = sum(use.minutes for use in uses if start <= use.day <= stop)
    by_kind = {
        kind: sum(grant.minutes for grant in new if grant.kind == kind)
        for kind in (GRANT, ADJUSTMENT, CREDIT)
    }
    opening = get_left(terms, grants, uses, before)
    closing = get_left(terms, grants, uses, stop)
    return Roll(
        opening,
        by_kind[GRANT],
        by_kind[ADJUSTMENT],
        by_kind[CREDIT],
        used,
        opening + sum(by_kind.values()) - used - closing,
        closing,
    ).check()


def get_expiries(terms, grants, uses, start, stop):
    """Return ``(day, minutes)`` of what expired between two days, both included.

    Hours that are found used after they expired take the expiry back on that day.
    """
    days = {terms.stop, terms.roll_stop} - {None}
    days = {day + datetime.timedelta(days=1) for day in days}
    days |= {grant.day for grant in grants} | {use.day for use in uses}
    found = []
    for day in sorted(day for day in days if start <= day <= stop):
        expired = roll_forward(terms, grants, uses, day, day).expired
        if expired:
            found.append((day, expired))
    return found
