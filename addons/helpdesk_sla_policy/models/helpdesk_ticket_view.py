import datetime

from odoo import api, fields, models
from odoo.tools import format_datetime

from .. import clock
from .helpdesk_sla_timer import OPEN_STATES

#: For how long a page counts down without being loaded again, in seconds.
HORIZON = 7 * clock.DAY


def format_clock(seconds):
    """Return an amount of time as h:mm:ss.

    >>> format_clock(4200)
    '1:10:00'
    """
    minutes, seconds = divmod(abs(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def merge_segments(segments, keys):
    """Return segments joined where they touch and agree on keys and on counting."""
    rows = []
    for segment in segments:
        row = rows[-1] if rows else None
        if (
            row
            and row["stop"] == segment["start"]
            and bool(row["counted"]) == bool(segment["counted"])
            and all(row[key] == segment[key] for key in keys)
        ):
            row["stop"] = segment["stop"]
            row["counted"] += segment["counted"]
        else:
            rows.append(dict(segment))
    return rows


class HelpdeskTicket(models.Model):
    """Which promise a ticket shows in lists and on cards."""

    _inherit = "helpdesk.ticket"

    countdown = fields.Json(
        compute="_compute_countdown",
        compute_sudo=True,
        help="What falls due next and how it counts down; the verdict once closed.",
    )

    @api.depends(
        "closed", "timer_ids.state", "timer_ids.due_at", "timer_ids.counted_seconds"
    )
    @api.depends_context("lang")
    def _compute_countdown(self):
        for ticket in self:
            ticket.countdown = ticket._get_shown_timer().countdown or False

    def _get_shown_timer(self):
        """Return the promise that is due next, or the verdict of a closed ticket."""
        self.ensure_one()
        timers = self.timer_ids.filtered(lambda timer: not timer._is_independent())
        open_timers = timers.filtered(
            lambda timer: timer.state in OPEN_STATES and timer._is_promised()
        )
        if open_timers or not self.closed:
            return open_timers.sorted(
                lambda timer: timer.due_at or timer.breach_at or datetime.datetime.max
            )[:1]
        decided = timers.filtered(lambda timer: timer.state in ("met", "missed"))
        return decided.sorted(lambda timer: timer.state, reverse=True)[:1]


class HelpdeskSlaTimer(models.Model):
    """How a promise is shown: its countdown, and in words why it is due when it is."""

    _inherit = "helpdesk.sla.timer"

    countdown = fields.Json(
        string="Time Left",
        compute="_compute_countdown",
        help="Attention time: it counts down only while support is open.",
    )

    @api.depends("state", "due_at", "breach_at", "counted_seconds", "counted_at")
    @api.depends_context("lang")
    def _compute_countdown(self):
        now = clock.to_instant(fields.Datetime.now())
        labels = dict(self._fields["metric"]._description_selection(self.env))
        upcoming = {}
        for timer in self:
            countdown = {"state": timer.state, "metric": labels.get(timer.metric)}
            if timer.state in OPEN_STATES:
                countdown |= timer._prepare_countdown(now, upcoming)
            timer.countdown = countdown

    @api.model
    def _forget_caches(self, tickets):
        result = super()._forget_caches(tickets)
        tickets.invalidate_recordset(["countdown"], flush=False)
        return result

    def _is_promised(self):
        """Tell whether there is a commitment to count down to."""
        return bool(self.target_seconds or self.target_days)

    def _prepare_countdown(self, now, upcoming):
        """Return what a page needs to count down by itself, instants in seconds.

        ``total`` and ``left`` are attention time at the instant ``now``, ``spans``
        the opening hours to come (None: always open). ``upcoming`` remembers them
        by calendar.
        """

        def instant(moment):
            return clock.to_instant(moment) if moment else None

        calendar = self._get_clock()
        if calendar.hash not in upcoming:
            upcoming[calendar.hash] = self._get_upcoming_spans(calendar, now)
        total = self.target_seconds
        if self.target_days and self.due_at:
            total = calendar.elapsed(instant(self.started_at), instant(self.due_at))
        return {
            "now": now,
            "due": instant(self.due_at),
            "breach": instant(self.breach_at),
            "total": total,
            "left": self.remaining_seconds,
            # Waiting for the customer does not stop a term in business days.
            "ticks": self.state == "running" or bool(self.target_days),
            "spans": upcoming[calendar.hash],
            "tz": self.tz,
        }

    @api.model
    def _get_upcoming_spans(self, calendar, now):
        """Return the opening hours of the next days as ``[from, to]``, or None."""
        if calendar.is_always_open:
            return None
        opening = calendar.first(now, 1) - 1
        until = max(now + HORIZON, opening + clock.DAY)
        return [
            [start, stop]
            for start, stop, is_open, _name in calendar.cut(now, until)
            if is_open
        ]

    # Why this deadline

    def _get_explanation_rows(self, segments):
        """Return the segments for reading, those still to come after those of before.

        Pieces of the same stage and reason are one; the sum of what counted stays.
        """
        segments = [dict(segment, planned=False) for segment in segments]
        keys = ("label", "reason", "planned")
        return merge_segments(segments + self._get_planned_segments(), keys)

    def _get_planned_segments(self):
        """Return how the time that is left will be counted up to the due date."""
        now = fields.Datetime.now()
        if self.state != "running" or self.target_days or not self.due_at:
            return []
        start, stop = clock.to_instant(now), clock.to_instant(self.due_at)
        segments = []
        for low, high, is_open, name in self._get_clock().cut(start, stop):
            kind = "" if is_open else "holiday" if name else "closed"
            segment = clock.Segment(low, high, self.cycle, "", 0, kind, name)
            segments.append(
                {
                    "start": clock.to_datetime(low),
                    "stop": clock.to_datetime(high),
                    "label": self.ticket_id.sudo().stage_id.name,
                    "counted": high - low if is_open else 0,
                    "kind": kind,
                    "reason": self._describe_reason(segment),
                    "planned": is_open,
                }
            )
        return segments

    def _get_term_days(self):
        """Return the days of a term: from, to, number (0: does not count), reason."""
        calendar = self._get_clock()
        if not (self.target_days and self.started_at) or calendar.is_always_open:
            return []
        day = calendar.local_day(clock.to_instant(self.started_at))
        days = [
            {
                "from": datetime.date.fromordinal(day),
                "to": datetime.date.fromordinal(day),
                "number": 0,
                "reason": self.env._("The day of the event does not count"),
            }
        ]
        number = 0
        while number < self.target_days:
            day += 1
            start, stop = calendar.day_start(day), calendar.day_start(day + 1)
            date = datetime.date.fromordinal(day)
            if calendar.elapsed(start, stop):
                number += 1
                days.append({"from": date, "to": date, "number": number, "reason": ""})
                continue
            names = [name for _low, _high, _open, name in calendar.cut(start, stop)]
            name = next(filter(None, names), "")
            reason = self.env._("Closed: %s", name) if name else self.env._("Closed")
            if days[-1]["reason"] == reason:
                days[-1]["to"] = date
            else:
                days.append({"from": date, "to": date, "number": 0, "reason": reason})
        return days

    def _format_moment(self, moment, tz, after=None, is_exact=True):
        """Return a moment as Fri 9 Jan 16:50; without the day that ``after`` has."""
        pattern = "EEE d MMM HH:mm"
        if after and self._is_same_day(moment, after, tz):
            pattern = "HH:mm"
        if is_exact and moment.second:
            pattern += ":ss"
        return format_datetime(self.env, moment, tz=tz, dt_format=pattern)

    @api.model
    def _format_clock(self, seconds):
        return format_clock(seconds)

    @api.model
    def _is_same_day(self, moment, other, tz):
        stamps = [clock.local(clock.to_instant(at), tz) for at in (moment, other)]
        return stamps[0][:10] == stamps[1][:10]
