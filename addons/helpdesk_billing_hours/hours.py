"""What worked minutes cost: packs, overage, billable and free, as plain Python.

All amounts are whole minutes, all days are dates in the customer's zone. The
same packs, lines and settled shares always give the same shares.

>>> import datetime
>>> day = datetime.date(2026, 3, 2)
>>> pack = Pack(1, 30, datetime.date(2026, 3, 1), datetime.date(2027, 3, 1), contract=5)
>>> line = Line(7, ticket=1, day=day, minutes=75, rule="pack", contract=5)
>>> [(s.charge, s.minutes) for s in allocate([pack], [line])]
[('pack', 30), ('overage', 45)]
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

PACK, OVERAGE, BILLABLE, FREE, PENDING = (
    "pack",
    "overage",
    "billable",
    "free",
    "pending",
)
CHARGES = (PENDING, PACK, OVERAGE, BILLABLE, FREE)
# What an invoice asks money for; other hours stand on it for information.
CHARGED = (BILLABLE, OVERAGE)

# What the minutes of a share are; all but WORK are added to what was worked.
WORK, BAND, ROUNDING, MINIMUM, FEE = "work", "band", "rounding", "minimum", "fee"

# Why a share cannot be invoiced yet.
UNAUTHORIZED, AWAITS_PACK, CORRECTION = "unauthorized", "awaits_pack", "correction"

# On what the customer owes the minutes of a share.
AUTHORIZATION, CONSENT, EXEMPT = "authorization", "consent", "exempt"

ENTRY, TICKET_DAY, TICKET = "entry", "ticket_day", "ticket"  # what is rounded


@dataclass(frozen=True, slots=True)
class Pack:
    """Minutes bought, usable from ``start`` through ``stop``, both included.

    ``roll_minutes`` (None: all) of what is left then stay usable through
    ``roll_stop``. Lines wait for a pack that is not usable, as one not paid.
    """

    id: int
    minutes: int
    start: datetime.date
    stop: datetime.date
    contract: int | None = None
    is_usable: bool = True
    roll_stop: datetime.date | None = None
    roll_minutes: int | None = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A piece of a worked line: ``rule`` is pack, billable, free or pending.

    Its packs are those of ``contract``, which lends its name to all that share them;
    hours beyond them are agreed by ``owner``, within a limit a month that renewals of
    one ``series`` have together. ``None``: the same as ``contract``.
    ``first`` is its first minute within the line. ``exempt`` work needs no
    authorisation and has no minimum: diagnosis, meetings (R-B4), hours outside
    attention hours at the customer's wish (R-A8). ``percent`` is how much a minute
    of its ``band`` counts, 100 or more. ``waits`` says why it cannot be invoiced yet.
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
    first: int = 0
    band: str = ""
    percent: int = 100
    waits: str = ""
    owner: int | None = None
    series: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """How a ticket's minutes are charged over its whole life (R-A8, R-A12).

    ``authorized`` are the minutes that the customer approved, None without a
    limit; ``minimum`` is charged at least once anything is; ``fee`` is what an
    improper escalation of ``fee_day`` costs. Started ``increment`` minutes count
    whole, per entry, per ticket and day, or per ticket (``scope``).
    """

    authorized: int | None = 0
    minimum: int = 60
    increment: int = 1
    scope: str = ENTRY
    fee: int = 0
    fee_day: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Minutes of a line (none unless worked) and how they are charged.

    ``source`` is the line on account of which minutes were added.
    """

    line: int | None
    ticket: int
    charge: str
    minutes: int
    day: datetime.date
    pack: int | None = None
    reason: str = ""
    first: int = 0
    kind: str = WORK
    source: int | None = None
    band: str = ""
    basis: str = ""
    waits: str = ""
    contract: int | None = None
    authorization: int | None = None
    series: int | None = None


def out_of_hours(ticket):
    """Return the number under which a ticket's authorised work out of hours counts.

    It has authorised minutes of its own, and no minimum (R-A8). Twice: the ticket.
    """
    return -ticket


def split(start, minutes, spans):
    """Return ``(first minute, minutes, key)`` of a line cut where its spans end.

    ``spans`` are ``(from, to, key)`` that follow each other, in seconds as
    ``start``. A minute belongs to the span in which it begins.

    >>> split(0, 150, [(0, 3600, "open"), (3600, 9000, "")])
    [(0, 60, 'open'), (60, 90, '')]
    """
    pieces = []
    for _low, high, key in spans:
        first = pieces[-1][0] + pieces[-1][1] if pieces else 0
        end = min(-((start - high) // 60), minutes)
        if end <= first:
            continue
        if pieces and pieces[-1][2] == key:
            first = pieces.pop()[0]
            pieces.append((first, end - first, key))
        else:
            pieces.append((first, end - first, key))
    return pieces


def write_off(pieces, minutes, reason):
    """Return the pieces of a line with all beyond its first minutes free.

    >>> line = Line(7, ticket=1, day=None, minutes=75, rule="billable")
    >>> [(p.rule, p.first, p.minutes) for p in write_off([line], 60, "Dispute")]
    [('billable', 0, 60), ('free', 60, 15)]
    """
    result = []
    for piece in pieces:
        kept = min(max(minutes - piece.first, 0), max(piece.minutes, 0))
        if kept or piece.minutes < 0:
            part = kept or piece.minutes
            result.append(replace(piece, minutes=part))
        if piece.minutes > kept:
            free = {"rule": FREE, "reason": reason, "exempt": False, "waits": ""}
            free |= {"band": "", "percent": 100}
            at = {"first": piece.first + kept, "minutes": piece.minutes - kept}
            result.append(replace(piece, **at, **free))
    return result


def to_text(minutes):
    """Return minutes as hours and minutes.

    >>> to_text(135), to_text(-5)
    ('2:15', '-0:05')
    """
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


def to_quantity(minutes, price, places=2, digits=6):
    """Return minutes as hours of so many digits whose price is right to the cent.

    4:05 at 80.10 are 327.075, so 327.08; 4.083333 times 80.10 would be a cent less.

    >>> to_quantity(245, 80.1), to_quantity(130, 80.1)
    (4.083334, 2.166667)
    """
    cent, step = Decimal(1).scaleb(-places), Decimal(1).scaleb(-digits)
    price = Decimal(str(price))
    wanted = (price * minutes / 60).quantize(cent, ROUND_HALF_UP)
    plain = (Decimal(minutes) / 60).quantize(step, ROUND_HALF_UP)
    for quantity in (plain, plain + step, plain - step):
        if (price * quantity).quantize(cent, ROUND_HALF_UP) == wanted:
            return float(quantity)
    return float(plain)


def allocate(packs, lines, settled=(), terms=None, consents=None):
    """Return the shares of what is not settled yet.

    Lines are taken by day, then in their own order. ``settled`` shares stay as
    they are: their minutes are taken off the packs and the lines. ``terms``
    gives the Terms of each ticket, ``consents`` the minutes beyond the packs that
    each owner allows in a month without asking (None: any).
    """
    return _Allocation(packs, settled, terms or {}, consents).run(lines)


def assign(shares, settled, authorizations):
    """Return the shares with the authorisation that each one uses, cut where one ends.

    ``authorizations`` are ``(id, minutes)`` of one ticket, the first one first.
    What gives minutes back does so to the one that was used last.
    """
    left = dict(authorizations)
    last = authorizations[0][0] if authorizations else None
    for share in settled:
        if share.authorization in left:
            left[share.authorization] -= share.minutes
    result = []
    for share in shares:
        if share.basis != AUTHORIZATION:
            result.append(share)
            continue
        minutes, first = share.minutes, share.first
        for number, room in left.items():
            taken = min(minutes, room)
            if taken > 0:
                left[number] -= taken
                last, minutes = number, minutes - taken
                values = {"minutes": taken, "first": first, "authorization": number}
                result.append(replace(share, **values))
                first += taken if share.line is not None else 0
        if minutes:
            if last is not None:
                left[last] -= minutes
            values = {"minutes": minutes, "first": first, "authorization": last}
            result.append(replace(share, **values))
    return result


class _Allocation:
    def __init__(self, packs, settled, terms, consents):
        self.packs = sorted(packs, key=lambda pack: (pack.stop, pack.start, pack.id))
        self.settled = settled
        self.terms = terms
        self.consents = consents
        self.shares = []
        self.used = {pack.id: [0, 0] for pack in packs}  # in its year, rolled over
        self.consented = defaultdict(int)
        self.room = {}  # authorised minutes of a ticket that nothing uses yet
        self.loose = defaultdict(int)  # rounding billed before that is open again
        self.loose_of = defaultdict(int)
        self.counted = defaultdict(int)  # worked and band minutes of a bucket
        self.rounded = defaultdict(int)
        self.of_band = defaultdict(int)
        self.band_added = defaultdict(int)
        self.own = defaultdict(list)
        self.taken = defaultdict(list)
        by_id = {pack.id: pack for pack in packs}
        for share in settled:
            self.own[share.ticket].append(share)
            if share.pack in by_id:
                is_late = share.day > by_id[share.pack].stop
                self.used[share.pack][is_late] += share.minutes
            if share.charge == OVERAGE and share.basis == CONSENT:
                self.consented[_month(share)] += share.minutes
            if share.line is not None:
                self.taken[share.line].append(share)
            self._count(share)

    def run(self, lines):
        pieces = [piece for line in lines for piece in self._get_open(line)]
        pieces.sort(key=lambda p: (p.day, p.order, p.id, p.first))
        by_rule = defaultdict(list)
        for piece in pieces:
            by_rule[piece.rule].append(piece)
        billable = defaultdict(list)
        for piece in by_rule[BILLABLE]:
            billable[piece.ticket].append(piece)
        for ticket in sorted({*self.own, *billable, *self.terms}):
            self._charge_ticket(ticket, billable[ticket])
        self._charge(by_rule[PACK], self._take_from_packs)
        for rule in (FREE, PENDING):
            for piece in by_rule[rule]:
                self._add(piece, rule, piece.minutes, first=piece.first)
        return self.shares

    # What is open

    def _get_open(self, line):
        """Return the pieces of a line that no settled share charges."""
        taken = sorted(
            (share.first, share.first + abs(share.minutes))
            for share in self.taken[line.id]
        )
        sign = -1 if line.minutes < 0 else 1
        at, stop = line.first, line.first + abs(line.minutes)
        pieces = []
        for low, high in taken:
            if at < min(low, stop):
                pieces.append((at, min(low, stop)))
            at = max(at, high)
        if at < stop:
            pieces.append((at, stop))
        return [
            replace(line, first=low, minutes=sign * (high - low))
            for low, high in pieces
        ]

    # What is added to worked minutes

    def _count(self, share):
        """Remember what a settled share counted for."""
        if share.charge not in (PACK, OVERAGE, BILLABLE):
            return
        bucket = self._get_bucket(share, share.line or share.source)
        if share.kind in (WORK, BAND):
            self.counted[bucket] += share.minutes
        if share.kind == ROUNDING:
            self.rounded[bucket] += share.minutes
        if share.kind == WORK and share.band:
            self.of_band[share.line, share.band] += share.minutes
        if share.kind == BAND:
            self.band_added[share.source, share.band] += share.minutes

    def _get_bucket(self, item, line):
        """Return what is rounded together; ``item`` is a share or a piece."""
        if isinstance(item, Line):
            is_exempt = item.exempt and item.rule == BILLABLE
            group = EXEMPT if is_exempt else item.rule
        else:
            group = PACK if item.charge in (PACK, OVERAGE) else BILLABLE
            if item.charge == BILLABLE and item.basis == EXEMPT:
                group = EXEMPT
        scope = self._get_terms(item.ticket).scope
        part = {ENTRY: line, TICKET_DAY: item.day, TICKET: None}[scope]
        return (item.ticket, group, part)

    def _get_terms(self, ticket):
        return self.terms.get(ticket) or Terms()

    def _charge(self, pieces, take):
        """Charge pieces in their order; round each bucket once, after its last."""
        last = {self._get_bucket(p, p.id): at for at, p in enumerate(pieces)}
        made = defaultdict(list)
        for at, piece in enumerate(pieces):
            bucket = self._get_bucket(piece, piece.id)
            before = len(self.shares)
            taken = take(piece, piece.minutes, WORK)
            self.counted[bucket] += taken + self._charge_band(piece, taken, take)
            made[bucket] += self.shares[before:]
            if last[bucket] == at:
                change = self._get_rounding(bucket, piece.ticket)
                room = self.room.get(piece.ticket)
                if take == self._take_authorized and room is not None:
                    change = min(change, room - self.loose[piece.ticket])
                self._change(piece, change, ROUNDING, take, made[bucket])
                if take == self._take_authorized and room is not None:
                    self._fix_rounding(piece.ticket, bucket)

    def _charge_band(self, piece, taken, take):
        """Charge what the minutes of a band count for more."""
        if not piece.band:
            return 0
        key = (piece.id, piece.band)
        self.of_band[key] += taken
        due = (self.of_band[key] * (piece.percent - 100) + 50) // 100
        change = due - self.band_added[key]
        made = [s for s in self.shares if s.line == piece.id and s.band == piece.band]
        change = self._change(piece, change, BAND, take, made)
        self.band_added[key] += change
        return change

    def _get_rounding(self, bucket, ticket):
        total, step = self.counted[bucket], self._get_terms(ticket).increment
        if total < 0 or step <= 1:
            return -self.rounded[bucket] if total == 0 else 0
        return -(-total // step) * step - total - self.rounded[bucket]

    def _change(self, piece, change, kind, take, made):
        """Charge added minutes as the piece is; take off from what was just made."""
        if change > 0:
            return take(piece, change, kind)
        left = -change
        for share in reversed(made):
            amount = min(left, max(share.minutes, 0))
            if amount and share.charge != PENDING:
                self._add_back(share, piece, amount, kind)
                left -= amount
        if left > 0:
            left -= self._take_off(piece, left, kind, take)
        return change + left

    def _take_off(self, piece, minutes, kind, take):
        """Take added minutes off what other lines of the ticket were charged.

        A correction has none of its own: it lowers what was rounded, or counted more,
        before. Returns the minutes that were taken off.
        """
        if take == self._take_from_packs:
            return -self._give_back(piece, -minutes, kind)
        basis = EXEMPT if take == self._take_exempt else AUTHORIZATION
        added = self._get_charged(piece, kind, (BILLABLE,))
        amount = min(
            minutes,
            max(0, sum(added[key] for key in added if key[2] == basis)),
        )
        if amount:
            self._add(piece, BILLABLE, -amount, kind, basis=basis)
            if basis == AUTHORIZATION and self.room.get(piece.ticket) is not None:
                self.room[piece.ticket] += amount
        return amount

    def _get_charged(self, piece, kind, charges):
        """Return what a ticket was charged, ``{(charge, pack, basis, day): minutes}``.

        Of minutes that count more, only those of the piece's band.
        """
        charged = defaultdict(int)
        for share in [*self.own[piece.ticket], *self.shares]:
            if (share.ticket, share.kind) != (piece.ticket, kind):
                continue
            if share.charge in charges and (kind != BAND or share.band == piece.band):
                key = (share.charge, share.pack, share.basis, share.day)
                charged[key] += share.minutes
        return charged

    def _add_back(self, share, piece, amount, kind):
        if share.pack is not None:
            self._use(share.pack, share.day, -amount)
        if share.basis == CONSENT:
            self.consented[_month(share)] -= amount
        if share.basis == AUTHORIZATION and self.room.get(share.ticket) is not None:
            self.room[share.ticket] += amount
        self.shares.append(
            replace(
                share,
                line=None,
                minutes=-amount,
                kind=kind,
                source=piece.id,
                first=0,
                day=piece.day,
            )
        )

    def _add(self, piece, charge, minutes, kind=WORK, first=0, **values):
        is_work = kind == WORK
        values = {
            "line": piece.id if is_work else None,
            "ticket": piece.ticket,
            "charge": charge,
            "minutes": minutes,
            "day": piece.day,
            "reason": piece.reason,
            "first": first if is_work else 0,
            "kind": kind,
            "source": None if is_work else piece.id,
            "band": piece.band if kind in (WORK, BAND) else "",
            "waits": piece.waits,
            "contract": piece.contract,
            "series": piece.series,
            **values,
        }
        self.shares.append(Share(**values))

    # Packs

    def _take_from_packs(self, piece, minutes, kind):
        """Charge covered minutes: the oldest expiry first, then overage."""
        if minutes < 0:
            return self._give_back(piece, minutes, kind)
        first, left = piece.first, minutes
        for is_usable in (True, False):
            for pack in self.packs:
                if pack.contract != piece.contract or pack.is_usable != is_usable:
                    continue
                taken = min(left, self._get_left(pack, piece.day))
                if taken <= 0:
                    continue
                self._use(pack.id, piece.day, taken)
                if is_usable:
                    self._add(piece, PACK, taken, kind, first, pack=pack.id)
                else:
                    waits = piece.waits or AWAITS_PACK
                    self._add(piece, PENDING, taken, kind, first, waits=waits)
                first, left = first + taken, left - taken
        for taken, basis in self._get_overage_parts(piece, left, kind):
            if not basis:
                minutes -= taken  # nothing is added on account of it either
            if basis or kind == WORK:
                waits = piece.waits or ("" if basis else UNAUTHORIZED)
                self._add(piece, OVERAGE, taken, kind, first, basis=basis, waits=waits)
            first += taken
        return minutes

    def _get_left(self, pack, day):
        """Return the minutes of a pack that can be used on a day."""
        within, late = self.used[pack.id]
        if pack.start <= day <= pack.stop:
            return pack.minutes - within - late
        if not pack.roll_stop or not pack.stop < day <= pack.roll_stop:
            return 0
        left = max(pack.minutes - within, 0)
        cap = left if pack.roll_minutes is None else pack.roll_minutes
        return min(left, cap) - late

    def _use(self, pack_id, day, minutes):
        pack = next(pack for pack in self.packs if pack.id == pack_id)
        self.used[pack_id][day > pack.stop] += minutes

    def _get_overage_parts(self, piece, minutes, kind):
        """Return ``(minutes, basis)``: by standing consent, authorised, neither.

        Of work only as much as leaves room for what its band adds.
        """
        rooms = [
            (CONSENT, self._get_consent_room(piece)),
            (AUTHORIZATION, self.room.get(piece.ticket, 0)),
        ]
        fits = minutes
        if all(room is not None for _basis, room in rooms):
            percent = piece.percent if kind == WORK else 100
            total = sum(max(room, 0) for _basis, room in rooms)
            fits = min(minutes, total * 100 // percent)
        parts, rest = [], fits
        for basis, room in rooms:
            taken = rest if room is None else max(0, min(rest, room))
            if not taken:
                continue
            if basis == CONSENT:
                self.consented[_month(piece)] += taken
            elif room is not None:
                self.room[piece.ticket] -= taken
            parts.append((taken, basis))
            rest -= taken
        return [*parts, (minutes - fits, "")] if minutes > fits else parts

    def _get_consent_room(self, piece):
        """Return the minutes of overage still allowed in the month, None: any."""
        if self.consents is None:
            return None
        owner = piece.contract if piece.owner is None else piece.owner
        cap = self.consents.get(owner, 0)
        return None if cap is None else cap - self.consented[_month(piece)]

    def _give_back(self, piece, minutes, kind):
        """Take a correction off what its ticket was charged, overage first.

        What earlier corrections gave back is not there any more, whatever their day.
        """
        left, first = -minutes, piece.first
        charged = self._get_charged(piece, kind, (PACK, OVERAGE))
        total = defaultdict(int)
        for key, amount in charged.items():
            total[key[:3]] += amount
        rank = sorted(charged, key=lambda key: (key[0] == OVERAGE, key[3]))
        for key in reversed(rank):
            charge, pack, basis, day = key
            amount = min(left, max(min(charged[key], total[key[:3]]), 0))
            if not amount:
                continue
            if pack is not None:
                self._use(pack, day, -amount)
            if basis == CONSENT:
                self.consented[_month(piece)] -= amount
            values = {"pack": pack, "basis": basis, "first": first}
            self._add(piece, charge, -amount, kind, **values)
            total[key[:3]] -= amount
            left, first = left - amount, first + amount
        if left and kind == WORK:
            self._add(piece, PENDING, -left, first=first, waits=CORRECTION)
        return minutes + left

    # Work that is not covered

    def _charge_ticket(self, ticket, pieces):
        """Charge what a ticket owes over its whole life (R-A8, R-A12)."""
        terms = self._get_terms(ticket)
        own = [share for share in self.own[ticket] if share.basis == AUTHORIZATION]
        pieces = self._hold_corrections(ticket, pieces)
        self._set_room(ticket, terms, own, pieces)
        self._charge([p for p in pieces if p.exempt], self._take_exempt)
        before = len(self.shares)
        self._charge([p for p in pieces if not p.exempt], self._take_authorized)
        if self.room[ticket] is not None:
            self.room[ticket] -= self.loose[ticket]
        new = [s for s in self.shares[before:] if s.charge == BILLABLE]
        own = [share for share in own if share.charge == BILLABLE]
        self._charge_minimum(ticket, terms, own, new)
        is_covered = not any(not piece.exempt for piece in pieces) and not own
        self._charge_fee(ticket, terms, is_covered)

    def _hold_corrections(self, ticket, pieces):
        """Return the pieces without what corrects more than was, or will be, billed.

        That waits: nobody gets back more than was charged.
        """
        kept = []
        for basis in (EXEMPT, AUTHORIZATION):
            group = [p for p in pieces if p.exempt == (basis == EXEMPT)]
            billed = sum(
                share.minutes
                for share in self.own[ticket]
                if (share.charge, share.basis, share.kind) == (BILLABLE, basis, WORK)
            )
            excess = -billed - sum(piece.minutes for piece in group)
            for piece in reversed(group):
                held = min(max(excess, 0), max(-piece.minutes, 0))
                excess -= held
                if held:
                    rest = -piece.minutes - held
                    at = piece.first + rest
                    self._add(piece, PENDING, -held, first=at, waits=CORRECTION)
                    piece = replace(piece, minutes=-rest)
                kept += [piece] if piece.minutes else []
        return sorted(kept, key=lambda p: (p.day, p.order, p.id, p.first))

    def _set_room(self, ticket, terms, own, pieces):
        """Set what is left of the authorised minutes.

        A minimum gives way to work, and so does rounding that is still open.
        """
        if terms.authorized is None:
            self.room[ticket] = None
            return
        is_open = {self._get_bucket(piece, piece.id) for piece in pieces}
        used = 0
        for share in own:
            bucket = self._get_bucket(share, share.source)
            if share.kind == ROUNDING and bucket in is_open:
                self.loose[ticket] += share.minutes
                self.loose_of[bucket] += share.minutes
            elif share.kind != MINIMUM:
                used += share.minutes
        self.room[ticket] = terms.authorized - used

    def _fix_rounding(self, ticket, bucket):
        """Let the rounding of a bucket that is charged give way to no more work."""
        settled = self.loose_of.pop(bucket, 0)
        self.room[ticket] -= settled
        self.loose[ticket] -= settled

    def _take_exempt(self, piece, minutes, kind):
        self._add(piece, BILLABLE, minutes, kind, piece.first, basis=EXEMPT)
        return minutes

    def _take_authorized(self, piece, minutes, kind):
        """Charge minutes as far as the customer authorised them; the rest waits."""
        room = self.room[piece.ticket]
        taken = minutes
        if room is not None and minutes > 0:
            percent = piece.percent if kind == WORK else 100
            taken = max(0, min(minutes, room * 100 // percent))
        if taken:
            basis = {"basis": AUTHORIZATION}
            self._add(piece, BILLABLE, taken, kind, piece.first, **basis)
            if room is not None:
                self.room[piece.ticket] = room - taken
        if kind == WORK and minutes - taken:
            waits = piece.waits or UNAUTHORIZED
            first = piece.first + taken
            self._add(piece, PENDING, minutes - taken, first=first, waits=waits)
        return taken

    def _charge_minimum(self, ticket, terms, own, new):
        """Charge what the work lacks to the minimum; what waits gets its own part.

        So work that is ready is charged in full though other work of its ticket waits,
        and the part of that waits with it.
        """
        parts = [
            [share for share in new if not share.waits],
            [share for share in new if share.waits],
        ]
        filled = sum(share.minutes for share in own if share.kind == MINIMUM)
        worked = sum(share.minutes for share in own if share.kind != MINIMUM)
        limit = None
        if terms.authorized is not None:
            limit = worked + self.room[ticket] + sum(s.minutes for s in new)
        for part in [part for part in parts if part] or [[]]:
            worked += sum(share.minutes for share in part)
            due = worked
            if worked > 0:
                due = max(worked, terms.minimum)
                if limit is not None:
                    due = max(worked, min(due, limit))
            change = due - worked - filled
            filled += change
            if change:
                last = max([*own, *part], key=lambda share: share.day)
                self._add_minimum(ticket, change, last, part[0].waits if part else "")
        if limit is not None:
            self.room[ticket] -= max(filled, 0)

    def _add_minimum(self, ticket, minutes, last, waits):
        self.shares.append(
            Share(
                None,
                ticket,
                BILLABLE,
                minutes,
                last.day,
                reason=last.reason,
                kind=MINIMUM,
                basis=AUTHORIZATION,
                waits=waits,
                contract=last.contract,
            )
        )

    def _charge_fee(self, ticket, terms, is_covered):
        """Charge an improper escalation: one hour at least on the ticket (R-A12)."""
        if not terms.fee:
            return
        shares = [*self.own[ticket], *self.shares]
        paid = sum(s.minutes for s in shares if s.ticket == ticket and s.kind == FEE)
        billed = sum(
            share.minutes
            for share in shares
            if share.ticket == ticket
            and share.charge == BILLABLE
            and share.basis == AUTHORIZATION
        )
        due = terms.fee if is_covered else max(0, terms.fee - billed)
        if due - paid:
            fee = {"kind": FEE, "basis": EXEMPT}
            self.shares.append(
                Share(None, ticket, BILLABLE, due - paid, terms.fee_day, **fee)
            )


def _month(item):
    series = item.contract if item.series is None else item.series
    return (series, item.day.year, item.day.month)
