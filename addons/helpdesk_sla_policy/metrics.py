"""What a ticket's events mean to each metric, as plain Python.

The ledger of a ticket says what its stage meant and who replied at each moment;
this module turns that into the facts that the clock folds.
"""

from typing import NamedTuple

from .clock import IDLE, PAUSE, RUN, STOP, VOID, Rules

METRICS = (
    "response",
    "solution",
    "update",
    "estimate",
    "escalation",
    "diagnosis",
    "follow_up",
)
#: Metrics that count without a promise: their steps need only elapsed time.
UNPROMISED = ("escalation",)
#: Metrics whose time must pass, not be beaten: more of it is never late.
AWAITED = ("follow_up",)


class Moment(NamedTuple):
    """One row of the ledger: what held from the instant ``at`` on.

    ``response`` and ``solution`` are the effects of the stage. ``reply`` says
    who wrote publicly at that moment: "team", "customer" or "". ``adopted``
    marks the moment from which an older ticket is timed: what was given before
    is not judged. ``key`` is what finds the target (severity, type,
    environment, policy) and ``label`` the stage's name.
    """

    at: int
    response: str
    solution: str
    reply: str = ""
    development: bool = False
    estimated: bool = False
    diagnosed: bool = False
    closed: bool = False
    adopted: bool = False
    key: tuple = ()
    label: str = ""


class Reading(NamedTuple):
    """What one moment does to one metric's clock."""

    moment: Moment
    effect: str
    renew: bool = False


def get_rules(metric, reopen="resume"):
    """Return how a metric's clock treats reopening.

    ``reopen`` is the policy's choice for the solution: resume or cycle.
    """
    if metric in ("response", "diagnosis"):
        return Rules("never")
    if metric in ("solution", "escalation"):
        return Rules(reopen)
    return Rules("cycle", lapse=metric == "update")


def read(metric, moments, response_by="stage"):
    """Return the readings of one metric, one for each moment.

    ``response_by`` tells what ends the response: the ``stage`` (R-A3) or the
    first public ``reply`` of a person of the team (R-C1, R-E1).
    """
    reader = _READERS[metric]
    answered = given = False
    readings = []
    for moment in moments:
        first = not answered and _answers(moment, response_by)
        answered = answered or first
        reading = reader(moment, answered, first)
        given = (given or moment.adopted) and reading.effect not in (RUN, PAUSE)
        if given and reading.effect == STOP:
            reading = Reading(moment, IDLE)
        if metric in AWAITED and reading.effect == IDLE and _is_begun(readings):
            reading = Reading(moment, STOP)  # reopened: it starts again, from nothing
        readings.append(reading)
    return readings


def _is_begun(readings):
    """Tell whether the clock has started with what was read so far."""
    return any(reading.effect == RUN for reading in readings)


def _answers(moment, response_by):
    """Tell whether the first response has been given at this moment.

    A ticket that is solved without any other response was answered then (R-A3).
    """
    if response_by == "reply":
        return moment.reply == "team" or moment.solution == STOP
    return moment.response == STOP


def _read_response(moment, answered, _first):
    if VOID in (moment.response, moment.solution):
        return Reading(moment, VOID)
    if answered:
        return Reading(moment, STOP)
    if moment.response == IDLE:
        return Reading(moment, IDLE)
    return Reading(moment, RUN)  # a response never pauses (R-A15)


def _read_solution(moment, _answered, _first):
    return Reading(moment, moment.solution)


def _read_update(moment, answered, first):
    if not answered:
        return Reading(moment, VOID if moment.solution == VOID else IDLE)
    effect = RUN if moment.solution == IDLE else moment.solution
    renew = moment.reply == "team" and not first and effect in (RUN, PAUSE)
    return Reading(moment, effect, renew)


def _read_escalation(moment, answered, _first):
    if not answered:
        return Reading(moment, VOID if moment.solution == VOID else IDLE)
    return Reading(moment, RUN if moment.solution == IDLE else moment.solution)


def _read_estimate(moment, _answered, _first):
    if moment.solution == VOID:
        return Reading(moment, VOID)
    if moment.estimated or moment.closed:
        return Reading(moment, STOP if moment.development else IDLE)
    return Reading(moment, RUN if moment.development else IDLE)


def _read_diagnosis(moment, _answered, _first):
    if moment.solution == VOID:
        return Reading(moment, VOID)
    given = moment.diagnosed or moment.solution == STOP
    return Reading(moment, STOP if given else RUN)


def _read_follow_up(moment, _answered, _first):
    if moment.solution == VOID:
        return Reading(moment, VOID)
    if moment.closed:
        return Reading(moment, STOP)
    return Reading(moment, RUN if moment.solution == STOP else IDLE)


_READERS = {
    "response": _read_response,
    "solution": _read_solution,
    "update": _read_update,
    "estimate": _read_estimate,
    "escalation": _read_escalation,
    "diagnosis": _read_diagnosis,
    "follow_up": _read_follow_up,
}
