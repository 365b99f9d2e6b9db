"""When packs run out, judged by recent use, as plain Python.

The average attention business day is charged day after day, just as real work
would be: the oldest expiry first, with roll-over. Minutes are whole, days are dates.

>>> import datetime
>>> first = datetime.date(2026, 3, 2)
>>> pack = hours.Pack(1, 300, first, datetime.date(2027, 3, 1))
>>> days = [first + datetime.timedelta(days=n) for n in range(30)]
>>> find_ends([pack], [], Use(minutes=1000, days=20, used_days=9), days)
({1: datetime.date(2026, 3, 7)}, datetime.date(2026, 3, 8))
"""

from dataclasses import dataclass

from . import hours

#: Below these no date is named: it would be a guess.
LEAST_DAYS, LEAST_USED_DAYS = 10, 3


@dataclass(frozen=True, slots=True)
class Use:
    """Minutes charged on ``days`` attention business days; some had none."""

    minutes: int
    days: int
    used_days: int

    @property
    def is_enough(self):
        """Tell whether this is enough to name a date.

        >>> Use(90, 9, 3).is_enough, Use(90, 10, 2).is_enough, Use(90, 10, 3).is_enough
        (False, False, True)
        """
        return (
            self.minutes > 0
            and self.days >= LEAST_DAYS
            and self.used_days >= LEAST_USED_DAYS
        )

    @property
    def daily(self):
        """Return the average minutes of a day."""
        return self.minutes / self.days


def find_ends(packs, used, use, days):
    """Return when packs use their last minute, and the first day that lacks hours.

    ``used`` are the shares that packs have by now, ``days`` the business days to
    come. Packs that expire first, or that are used up already, are left out; the day
    is None when the packs last as long as they can be used.
    """
    lines = []
    for number, day in enumerate(days):
        done = use.minutes * number // use.days
        minutes = use.minutes * (number + 1) // use.days - done
        if minutes:
            lines.append(hours.Line(number + 1, 0, day, minutes, hours.PACK))
    packs = [hours.replace(pack, contract=None) for pack in packs]
    left = {pack.id: pack.minutes for pack in packs}
    for share in used:
        left[share.pack] -= share.minutes
    ends, short = {}, None
    for share in hours.allocate(packs, lines, used):
        if share.charge != hours.PACK:
            short = short or share.day
        elif left[share.pack] > 0:
            left[share.pack] -= share.minutes
            if left[share.pack] <= 0:
                ends[share.pack] = share.day
    return ends, short
