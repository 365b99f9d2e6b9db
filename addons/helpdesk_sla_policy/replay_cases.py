"""Check the clock against cases in the neutral format of ``bin/replay --cases``.

A case is a calendar, a target, events and the figures that are expected of them;
``bin/replay --help`` describes it.
"""

import math
import re
from dataclasses import dataclass

from . import clock
from .replay import InputError, read_calendar, read_instant

EFFECTS = {
    "start": clock.RUN,
    "resume": clock.RUN,
    "pause": clock.PAUSE,
    "stop": clock.STOP,
}


def read_cases(data, path):
    """Return the cases of a JSON file's content, or raise InputError."""
    cases = data.get("cases") if isinstance(data, dict) else data
    if not isinstance(cases, list):
        raise InputError(f'{path} has no list of "cases".')
    return cases


def is_skipped(case):
    """Tell whether a case asks for something that is not ours to answer.

    Figures known to be wrong, other conventions of business days, and targets
    that count backwards or promise nothing.
    """
    if not isinstance(case, dict):
        return False
    target = case.get("target_minutes")
    return (
        case.get("status") == "flagged"
        or case.get("target_business_days") is not None
        or (isinstance(target, int | float) and target <= 0)
    )


def check(case):
    """Return ``(key, got, expected)`` for every figure of a case that is wrong."""
    try:
        expected = case["expect"]
        if not expected:
            raise ValueError("it expects nothing")
        answers = _follow(case)
        return [
            (key, got, value)
            for key, value in expected.items()
            if not _is_equal(got := _get(answers, key), value)
        ]
    except KeyError as error:
        return [("case", f"it has no {error}", "a case that can be read")]
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        return [("case", str(error), "a case that can be read")]


@dataclass(frozen=True)
class _Answers:
    """What the clock says about a case at the instant of its last event."""

    timer: clock.Timer
    at: int
    offset: int | None  # of the escalation, in seconds from the target


def _follow(case):
    """Return the answers after all events of a case, in the order of time."""
    calendar = read_calendar(case["calendar"])
    target = _read_minutes(case.get("target_minutes"))
    facts, effect, at = [], clock.IDLE, None
    for at, event in _sort(case["events"]):
        kind = event["type"]
        if kind == "observe":
            continue
        if kind == "target_change":
            target = _read_minutes(event["target_minutes"])
        elif kind == "calendar_change":
            calendar = read_calendar(event["calendar"])
            if event["mode"] == "retroactive":
                facts = [fact._replace(calendar=calendar) for fact in facts]
            elif event["mode"] != "prospective":
                raise ValueError(
                    f"there is no calendar_change of mode {event['mode']!r}"
                )
        elif kind not in EFFECTS:
            raise ValueError(f"there is no event of type {kind!r}")
        elif kind != "pause" or case.get("pausable", True):
            effect = EFFECTS[kind]
        facts.append(clock.Fact(at, effect, calendar, target))
    if at is None:
        raise ValueError("it has no events")
    offset = case.get("escalation_offset_minutes")
    return _Answers(
        (clock.fold(facts) or (clock.Timer(),))[-1],
        at,
        None if offset is None else round(offset * 60),
    )


def _sort(events):
    """Return ``(instant, event)`` in order; ties keep the order of the file."""
    pairs = [(read_instant(event["at"]), event) for event in events]
    return sorted(pairs, key=lambda pair: pair[0])


def _read_minutes(minutes):
    """Return minutes as seconds; a part of a second counts as a whole one."""
    if minutes is None:
        return None
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise ValueError(f"{minutes!r} is no number of minutes")
    return math.ceil(round(minutes * 60, 6))


def _get(answers, key):
    """Return the answer to a key of ``expect``; raise ValueError if it is unknown."""
    timer, target = answers.timer, answers.timer.target or None
    elapsed = timer.elapsed_at(answers.at)
    if share := re.fullmatch(r"due_(\d+)", key):
        return _reach(timer, target and -(-target * int(share[1]) // 100))
    match key:
        case "due":
            return _as_text(timer.due_at)
        case "breach_at":
            return _as_text(timer.breach_at)
        case "escalation_at" if answers.offset is not None:
            return _reach(timer, target and target + answers.offset)
        case "breached":
            return timer.is_late(answers.at)
        case "elapsed_seconds":
            return elapsed
        case "elapsed_minutes":
            return elapsed / 60
        case "elapsed_minutes_floor":
            return elapsed // 60
        case "remaining_minutes":
            return target and (target - elapsed) / 60
        case "overrun_minutes":
            return target and max(elapsed - target, 0) / 60
    raise ValueError(f"nothing is known that answers {key!r}")


def _reach(timer, amount):
    return None if amount is None else _as_text(timer.reach(amount))


def _as_text(at):
    return None if at is None else f"{clock.to_datetime(at).isoformat()}Z"


def _is_equal(got, expected):
    if got is None or expected is None or isinstance(expected, bool):
        return got is expected
    if isinstance(got, str) and isinstance(expected, str):
        return read_instant(got) == read_instant(expected)
    if isinstance(got, str | bool) or isinstance(expected, str):
        return False
    return abs(got - expected) < 1e-6
