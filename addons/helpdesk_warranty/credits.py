"""Service credits without a database: windows of time and what a miss is worth."""

import datetime
from dataclasses import dataclass

MONTH, QUARTER, YEAR = "month", "quarter", "year"
MONTHS = {MONTH: 1, QUARTER: 3, YEAR: 12}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one missed target is worth, and the most that a period gives.

    ``percent`` is of the fee of the period, ``amount`` is money; a cap of 0 is
    no cap.
    """

    percent: float = 0.0
    amount: float = 0.0
    cap_percent: float = 0.0
    cap_amount: float = 0.0


def get_window(period, day):
    """Return the first day of the calendar period of a date, and the first after it.

    >>> day = datetime.date(2026, 2, 14)
    >>> [str(date) for date in get_window("month", day)]
    ['2026-02-01', '2026-03-01']
    >>> [str(date) for date in get_window("quarter", day)]
    ['2026-01-01', '2026-04-01']
    >>> [str(date) for date in get_window("year", day)]
    ['2026-01-01', '2027-01-01']
    """
    months = MONTHS[period]
    first = (day.month - 1) // months * months
    start = datetime.date(day.year, first + 1, 1)
    years, month = divmod(first + months, 12)
    return start, datetime.date(day.year + years, month + 1, 1)


def get_ended_windows(period, day, count):
    """Return the last ``count`` windows that are over on a date, oldest first.

    >>> windows = get_ended_windows("month", datetime.date(2026, 3, 1), 2)
    >>> [str(start) for start, stop in windows]
    ['2026-01-01', '2026-02-01']
    """
    windows = []
    start, _stop = get_window(period, day)
    for _number in range(count):
        start, stop = get_window(period, start - datetime.timedelta(days=1))
        windows.insert(0, (start, stop))
    return windows


def get_credit(rule, misses, percent_given=0.0, amount_given=0.0):
    """Return (percent, amount) for a number of misses, within what the caps leave.

    ``percent_given`` and ``amount_given`` are what the same period gave already.

    R-C7: 12 targets, 3 missed, 5 % each, cap 10 %:

    >>> get_credit(Rule(percent=5.0, cap_percent=10.0), 3)
    (10.0, 0.0)
    >>> get_credit(Rule(percent=5.0, cap_percent=10.0), 1)
    (5.0, 0.0)
    >>> get_credit(Rule(percent=5.0, cap_percent=10.0), 2, percent_given=5.0)
    (5.0, 0.0)
    >>> get_credit(Rule(amount=20.0, cap_amount=50.0), 3)
    (0.0, 50.0)
    """
    percent, amount = rule.percent * misses, rule.amount * misses
    if rule.cap_percent:
        percent = min(percent, max(rule.cap_percent - percent_given, 0))
    if rule.cap_amount:
        amount = min(amount, max(rule.cap_amount - amount_given, 0))
    return percent, amount
