"""What worked minutes cost: packs, overage, billable and free, as plain Python.

All amounts are whole minutes, all days are dates in the customer's zone. The
same packs, lines and settled shares always give the same shares.

>>> import datetime
>>> day = datetime.date(2026, 3, 2)
>>> pack = Pack(1, 30, datetime.date(2026, 3, 1), datetime.date(2027, 3, 1))
>>> line = Line(7, ticket=1, day=day, minutes=75, rule="pack", contract=5)
>>> [(s.charge, s.minutes) for s in allocate([replace(pack, contract=5)], [line])]
[('pack', 30), ('overage', 45)]
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, replace

PACK, OVERAGE, BILLABLE, FREE, PENDING = (
    "pack",
    "overage",
    "billable",
    "free",
    "pending",
)
CHARGES = (PENDING, PACK, OVERAGE, BILLABLE, FREE)
MINIMUM = "minimum"  # reason of the shares without a line that fill up a minimum
UNAUTHORIZED = "unauthorized"  # reason of what waits for an authorisation


@dataclass(frozen=True, slots=True)
class Pack:
    """Minutes bought, usable from ``start`` through ``stop``, both included."""

    id: int
    minutes: int
    start: datetime.date
    stop: datetime.date
    contract: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A worked line: ``rule`` is pack, billable, free or pending.

    ``exempt`` work needs no authorisation and has no minimum: diagnosis,
    meetings (R-B4).
    """

    id: int
    ticket: int
    day: datetime.date
    minutes: int
    rule: str
    reason: str = ""
    contract: int | None = None
    order: tuple = ()
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """How a ticket's billable minutes are charged over its whole life (R-A8).

    ``authorized`` are the minutes that the customer approved, None without a
    limit; ``minimum`` is charged at least once anything is.
    """

    authorized: int | None = 0
    minimum: int = 60


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of a line (none for a minimum) and how they are charged."""

    line: int | None
    ticket: int
    charge: str
    minutes: int
    day: datetime.date
    pack: int | None = None
    reason: str = ""


def allocate(packs, lines, settled=(), terms=None):
    """Return the shares of what is not settled yet.

    Lines are taken by day, then in their own order. ``settled`` shares stay as
    they are: their minutes are taken off the packs and the lines. ``terms``
    gives the Terms of each ticket.
    """
    terms = terms or {}
    left = {pack.id: pack.minutes for pack in packs}
    done = defaultdict(int)
    for share in settled:
        if share.pack is not None:
            left[share.pack] -= share.minutes
        if share.line is not None:
            done[share.line] += share.minutes
    shares = []
    billable = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.day, line.order, line.id)):
        open_minutes = line.minutes - done[line.id]
        if line.rule == BILLABLE:
            billable[line.ticket].append(replace(line, minutes=open_minutes))
        elif open_minutes and line.rule == PACK:
            shares += _take_from_packs(line, open_minutes, packs, left)
        elif open_minutes:
            shares.append(_share(line, line.rule, open_minutes, reason=line.reason))
    for ticket in {*billable, *(share.ticket for share in settled)}:
        own = [share for share in settled if share.ticket == ticket]
        shares += _charge_ticket(billable[ticket], own, terms.get(ticket, Terms()))
    return shares


def _share(line, charge, minutes, pack=None, reason=""):
    return Share(line.id, line.ticket, charge, minutes, line.day, pack, reason)


def _take_from_packs(line, minutes, packs, left):
    """Return the shares of a covered line: the oldest expiry first, then overage."""
    shares = []
    usable = [
        pack
        for pack in packs
        if pack.contract == line.contract and pack.start <= line.day <= pack.stop
    ]
    for pack in sorted(usable, key=lambda pack: (pack.stop, pack.start, pack.id)):
        taken = min(minutes, left[pack.id])
        if taken > 0:
            left[pack.id] -= taken
            minutes -= taken
            shares.append(_share(line, PACK, taken, pack.id, line.reason))
    if minutes:
        shares.append(_share(line, OVERAGE, minutes, reason=line.reason))
    return shares


def _charge_ticket(lines, settled, terms):
    """Return the shares of one ticket's billable lines, over its whole life."""
    shares = []
    worked = sum(
        share.minutes
        for share in settled
        if share.charge == BILLABLE and share.line is not None
    )
    filled = sum(share.minutes for share in settled if share.reason == MINIMUM)
    for line in lines:
        room = line.minutes
        if terms.authorized is not None and not line.exempt:
            room = max(0, min(line.minutes, terms.authorized - worked))
        if room or line.minutes < 0:
            taken = room if line.minutes > 0 else line.minutes
            shares.append(_share(line, BILLABLE, taken, reason=line.reason))
            worked += taken
        waiting = line.minutes - room
        if waiting > 0:
            shares.append(_share(line, PENDING, waiting, reason=UNAUTHORIZED))
    exempt_only = all(line.exempt for line in lines)
    due = worked
    if worked and not (exempt_only and not filled):
        cap = terms.minimum
        if terms.authorized is not None:
            cap = min(cap, terms.authorized)
        due = max(worked, cap)
    change = due - worked - filled
    if change:
        day = max(
            [line.day for line in lines] + [share.day for share in settled],
        )
        shares.append(
            Share(
                None, _get_ticket(lines, settled), BILLABLE, change, day, None, MINIMUM
            )
        )
    return shares


def _get_ticket(lines, settled):
    return (lines or settled)[0].ticket
