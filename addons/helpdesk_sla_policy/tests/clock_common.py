"""What the tests of the clock share: an office in Guayaquil (UTC-5, no DST)."""

from odoo.addons.helpdesk_sla_policy.clock import (
    Calendar,
    Fact,
    OpeningHours,
    instant,
    local,
)

HOUR = 3600
GUAYAQUIL = "America/Guayaquil"
OFFICE = Calendar(OpeningHours.weekly(GUAYAQUIL, "09:00", "17:00"))
ALWAYS = Calendar(OpeningHours("UTC", always_open=True))


def at(text, tz=GUAYAQUIL):
    """Return the instant of a wall-clock text; a bare time is Mon 12 Jan 2026."""
    return instant(text if " " in text else f"2026-01-12 {text}", tz)


def show(moment, tz=GUAYAQUIL):
    """Return an instant as wall-clock text, None as None."""
    return None if moment is None else local(moment, tz)


def make_facts(*steps, calendar=OFFICE, target=4 * HOUR, **values):
    """Return facts from ``(time, effect)`` or ``(time, effect, other values)``."""
    base = {"calendar": calendar, "target": target, **values}
    return [
        Fact(at(step[0]), step[1], **{**base, **(step[2] if len(step) > 2 else {})})
        for step in steps
    ]
