"""What happens in a story and when, read from its facts alone."""

import datetime
from typing import NamedTuple

from .facts import FactError, need, parse_date


class Scene(NamedTuple):
    """One thing that happens: the Story's method that acts it out, with its facts."""

    moment: datetime.datetime
    title: str
    act: str
    facts: dict


def get_plot(facts):
    """Return the scenes after the receipt of the ticket, in the order of time.

    Raises FactError when one of them would come before the receipt.
    """
    received = facts.utc(facts.get("ticket", "received"))
    scenes = sorted(_get_scenes(facts), key=lambda scene: scene.moment)
    if scenes and scenes[0].moment < received:
        raise FactError(
            f"{scenes[0].title} at {facts.local(scenes[0].moment)} comes before the "
            f"ticket was received at {facts.local(received)}."
        )
    return scenes


def _get_scenes(facts):
    acts = facts.get("ticket", "acts", [])
    for act in acts if isinstance(acts, list) else [acts]:
        yield _get_scene(facts, act, "[[ticket.acts]]", "at", "act_on_ticket")
    yield from _get_deliverable_scenes(facts)
    for claim in facts.list("claims"):
        yield _get_scene(facts, claim, "[[claims]]", "received", "claim")
    for asked in facts.list("authorization"):
        yield from _get_authorization_scenes(facts, asked)
    for work in facts.list("work"):
        yield _get_scene(facts, work, "[[work]]", "started", "work")
    for bill in facts.list("invoice"):
        day = parse_date(need(bill, "[invoice]", "date"))
        noon = datetime.datetime.combine(day, datetime.time(12))
        yield Scene(facts.utc(noon), "[invoice]", "bill", bill)


def _get_scene(facts, table, title, name, act):
    return Scene(facts.utc(need(table, title, name)), title, act, table)


def _get_deliverable_scenes(facts):
    table = facts.data.get("deliverable")
    if table is None:
        return
    need(table, "[deliverable]", "delivered")
    for name, act in (
        ("delivered", "deliver"),
        ("accepted", "accept"),
        ("rejected", "reject"),
        ("redelivered", "redeliver"),
    ):
        if name in table:
            yield _get_scene(facts, table, "[deliverable]", name, act)


def _get_authorization_scenes(facts, asked):
    title = "[authorization]"
    answer = "rejected" if "rejected" in asked else "signed"
    sent = asked.get("sent", asked.get(answer))
    if sent is None:
        raise FactError(f"{title} needs “signed”, “rejected” or “sent”.")
    yield Scene(facts.utc(sent), title, "ask", asked)
    if answer in asked:
        yield Scene(facts.utc(asked[answer]), title, answer, asked)
