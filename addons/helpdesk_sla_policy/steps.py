"""When the steps of a policy are due on a timer, as plain Python."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``basis`` is percent, overdue or elapsed.

    ``share`` is the percentage of the promised time, ``seconds`` the amount of
    the other bases in attention time. Nothing that was due before the instant
    ``active_from`` fires.
    """

    id: int
    basis: str
    share: float
    seconds: int
    active_from: int

    def get_instant(self, timer):
        """Return the instant at which this step is due on a clock.Timer, or None."""
        if timer.state != "running":
            return None
        if self.basis == "elapsed":
            return timer.reach(self.seconds)
        if not timer.is_promised:
            return None
        if timer.days:
            return self._get_instant_of_days(timer)
        if self.basis == "percent":
            return timer.reach(math.ceil(timer.target * self.share / 100))
        if self.seconds:
            return timer.reach(timer.target + self.seconds)
        return timer.breach_at + 1

    def _get_instant_of_days(self, timer):
        due = timer.due_at
        if self.basis == "overdue":
            return timer.calendar.first(due, self.seconds) if self.seconds else due + 1
        total = timer.calendar.elapsed(timer.started_at, due)
        share = math.ceil(total * self.share / 100)
        return timer.calendar.first(timer.started_at, share)


def get_due(steps, timer, fired=()):
    """Return ``(instant, step id)`` of the steps that have not fired, in order."""
    if timer.state != "running":
        return []
    due = []
    for step in steps:
        if step.id not in fired:
            at = step.get_instant(timer)
            if at is not None and at >= step.active_from:
                due.append((at, step.id))
    return sorted(due)
