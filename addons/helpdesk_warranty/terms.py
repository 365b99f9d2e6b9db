"""Terms in business days as plain Python: reminders, the end, what is left.

>>> from odoo.addons.helpdesk_sla_policy import clock
>>> office = clock.Calendar(
...     clock.OpeningHours.weekly("America/Guayaquil", "09:00", "17:00")
... )
>>> friday = clock.instant("2026-01-09 08:00", "America/Guayaquil")
>>> monday = office.business_day_close(friday, 1)
>>> clock.local(opening(office, monday), "America/Guayaquil")
'2026-01-12 09:00:00'
>>> days_left(office, friday, office.business_day_close(friday, 5))
5
"""

from dataclasses import dataclass

from odoo.addons.helpdesk_sla_policy.steps import Step

#: The sweep waits this many seconds after a term: an answer on its way wins.
GRACE = 300


def opening(calendar, close):
    """Return the first open instant of the local day that closes at ``close``."""
    return calendar.last(calendar.day_start(calendar.local_day(close - 1)), 0)


def days_left(calendar, now, end):
    """Return how many business days come after the day of ``now`` up to ``end``.

    0 on the last day itself, and afterwards.
    """
    days = range(calendar.local_day(now) + 1, calendar.local_day(end - 1) + 1)
    return sum(
        calendar.elapsed(calendar.day_start(day), calendar.day_start(day + 1)) > 0
        for day in days
    )


@dataclass(frozen=True, slots=True)
class DayStep(Step):
    """A step at the opening of a business day of the term, the first one being 1."""

    day: int = 1

    def get_instant(self, timer):
        """Return the opening of the day, or None when the term has no such day."""
        if timer.state != "running" or not timer.days or self.day > timer.days:
            return None
        close = timer.calendar.business_day_close(timer.started_at, self.day)
        return opening(timer.calendar, close)


@dataclass(frozen=True, slots=True)
class EndStep(Step):
    """A step at the end of the term; it is swept GRACE seconds later."""

    def get_instant(self, timer):
        """Return when the end of the term is swept, or None without a term."""
        if timer.state != "running" or timer.breach_at is None:
            return None
        return timer.breach_at + GRACE
