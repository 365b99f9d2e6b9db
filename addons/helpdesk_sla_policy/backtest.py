"""What a policy would have done to tickets of the past, as plain Python."""

from collections import Counter
from dataclasses import dataclass, field, replace

DECIDED = ("met", "missed")


def judge(timer, now):
    """Return met, missed, open or void for a clock.Timer at an instant.

    An open timer whose time is used up is missed now.
    """
    if timer.verdict in ("met", "missed", "void", "idle"):
        return "void" if timer.verdict == "idle" else timer.verdict
    return "missed" if timer.is_late(now) else "open"


def get_fired(steps, timer, now):
    """Return the ids of the steps that fall due while a clock.Timer is open.

    What would be due at the very second of the stop does not fire any more.
    """
    if timer.started_at is None or timer.state == "void":
        return []
    end = {"running": now + 1, "stopped": timer.stopped_at}.get(timer.state)
    if end is None:  # paused: only what came due before
        end = timer.since + 1
    running = replace(timer, state="running")
    fired = []
    for step in steps:
        at = step.get_instant(running)
        if at is not None and at < end:
            fired.append(step.id)
    return fired


@dataclass(slots=True)
class Tally:
    """How many promises were kept, and which steps fired, by metric and severity."""

    verdicts: dict = field(default_factory=dict)
    fired: dict = field(default_factory=dict)

    def add(self, metric, severity, verdict, step_ids=()):
        """Count one promise; void ones count nowhere."""
        if verdict != "void":
            self.verdicts.setdefault((metric, severity), Counter())[verdict] += 1
        if step_ids:
            self.fired.setdefault((metric, severity), Counter()).update(step_ids)

    def get_keys(self):
        """Return every (metric, severity) that something was counted for."""
        return self.verdicts.keys() | self.fired.keys()

    def get_verdicts(self, metric, severity=None):
        """Return met, missed and open of a metric, of one severity or of all."""
        return _total(self.verdicts, metric, severity)

    def get_fired(self, metric=None, severity=None):
        """Return how often each step fired, by its id."""
        return _total(self.fired, metric, severity)


def _total(counters, metric, severity):
    total = Counter()
    for key, counter in counters.items():
        if metric in (None, key[0]) and severity in (None, key[1]):
            total.update(counter)
    return total
