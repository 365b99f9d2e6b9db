import datetime

from odoo import api, fields, models
from odoo.tools import format_date

from .. import clock
from .helpdesk_ticket_view import merge_segments

#: A story with more lines is folded by week, then by month.
FEW_LINES = 14

#: The kinds of lines that are folded; what happened at a moment never is.
FOLDED = ("counted", "late", "closed")


def get_week(day):
    """Return year and number of a date's week."""
    return day.isocalendar()[:2]


def get_month(day):
    """Return year and number of a date's month."""
    return day.year, day.month


class HelpdeskSlaTimer(models.Model):
    """Why a promise is due when it is, told to the customer line by line."""

    _inherit = "helpdesk.sla.timer"

    @api.model
    def _format_duration(self, seconds):
        """Return an amount of time as 3 h 15 min; seconds only where there are any."""
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = [
            hours and self.env._("%s h", hours),
            minutes and self.env._("%s min", minutes),
            seconds and self.env._("%s s", seconds),
        ]
        return " ".join(filter(None, parts)) or self.env._("%s min", 0)

    def _get_story(self, tz):
        """Return line by line, for the customer, why this promise is due when it is.

        A line has ``when`` and ``text`` in words and a ``kind`` for its looks. One
        that stands for a whole week or month has the ``lines`` that it folds.
        """
        self.ensure_one()
        if not self.started_at:
            return []
        days = self._get_term_days()
        lines = self._tell_days(days) if days else self._tell_segments(tz)
        return [self._tell_start(tz), *lines, *self._tell_end(tz)]

    def _tell(self, kind, text, tz, start=None, stop=None, **rest):
        """Return a line of the story; its moments are told to the minute."""
        when = self._format_moment(start, tz, is_exact=False) if start else ""
        if stop:
            until = self._format_moment(stop, tz, after=start, is_exact=False)
            when = f"{when} – {until}"
        line = {"when": when, "text": text, "kind": kind, "seconds": 0}
        return line | {"start": start, "stop": stop or start} | rest

    def _tell_start(self, tz):
        texts = {
            "response": self.env._("We received your ticket: the time starts"),
            "solution": self.env._("We started to work on it: the time starts"),
        }
        text = texts.get(self.metric, self.env._("The time starts"))
        return self._tell("start", text, tz, self.started_at)

    def _tell_days(self, days):
        lines = []
        for day in days:
            when = format_date(self.env, day["from"], date_format="EEE d MMM")
            if day["to"] != day["from"]:
                last = format_date(self.env, day["to"], date_format="EEE d MMM")
                when = f"{when} – {last}"
            text = day["reason"] or self.env._(
                "Business day %(number)s of %(total)s",
                number=day["number"],
                total=self.target_days,
            )
            kind = "counted" if day["number"] else "closed"
            lines.append({"when": when, "text": text, "kind": kind})
        return lines

    def _tell_segments(self, tz):
        segments = [
            segment
            for segment in self._get_explanation()
            if segment["stop"] > self.started_at
        ]
        rows = merge_segments(
            self._get_explanation_rows(segments), ("kind", "reason", "planned")
        )
        lines = []
        for row in rows:
            lines += self._tell_row(row, tz)
        past = [line for line in lines if line["kind"] != "planned"]
        return [
            *self._fold_lines(past, tz),
            *self._tell_total(past, tz),
            *(line for line in lines if line["kind"] == "planned"),
        ]

    def _tell_total(self, lines, tz):
        """Return what counted up to now, where that is a sum; a verdict says it too."""
        counted = [line["seconds"] for line in lines if line["seconds"]]
        if self.state in ("met", "missed") or len(counted) < 2:
            return []
        text = self.env._(
            "Counted up to now: %(spent)s of %(promised)s",
            spent=self._format_duration(sum(counted)),
            promised=self._describe_promise(),
        )
        return [self._tell("total", text, tz)]

    def _fold_lines(self, lines, tz):
        """Return a long story week by week, and a very long one month by month."""
        for get_period in (get_week, get_month):
            if len(lines) > FEW_LINES:
                lines = self._fold_by(lines, get_period, tz)
        return lines

    def _fold_by(self, lines, get_period, tz):
        """Return one line for those of each period; the newest one stays open."""

        def get_key(line):
            if line["kind"] not in FOLDED:
                return None
            key = get_period(self._get_local_day(line["start"], tz))
            # A long wait for the customer is worth a line of its own.
            if line.get("is_wait"):
                stop = line["stop"] - datetime.timedelta(seconds=1)
                if get_period(self._get_local_day(stop, tz)) != key:
                    return None
            return key

        groups = []
        for line in lines:
            key = get_key(line)
            if not groups or groups[-1][0] != key:
                groups.append((key, []))
            groups[-1][1].append(line)
        newest = next((key for key, _group in reversed(groups) if key), None)
        folded = []
        for key, group in groups:
            is_folded = key and key != newest and len(group) > 2
            folded += [self._fold_group(group, tz)] if is_folded else group
        return folded

    def _fold_group(self, lines, tz):
        """Return one line for several, with their sum."""
        seconds = sum(line["seconds"] for line in lines)
        spent = self._format_duration(seconds)
        if not seconds:
            kind, text = "closed", self.env._("No time counted")
        elif any(line["kind"] == "late" for line in lines):
            kind, text = "late", self.env._("%s more than promised", spent)
        else:
            kind, text = "counted", self.env._("%s counted", spent)
        has_wait = any(line.get("is_wait") or line.get("has_wait") for line in lines)
        if has_wait:
            text = self.env._("%s; in between we waited for your answer", text)
        last = next((line for line in reversed(lines) if line["seconds"]), lines[-1])
        days = [self._get_local_day(at, tz) for at in (lines[0]["start"], last["stop"])]
        when = " – ".join(
            format_date(self.env, day, date_format="EEE d MMM")
            for day in dict.fromkeys(days)
        )
        return {
            "when": when,
            "text": text,
            "kind": kind,
            "seconds": seconds,
            "start": lines[0]["start"],
            "stop": last["stop"],
            "has_wait": has_wait,
            "lines": lines,
        }

    @api.model
    def _get_local_day(self, moment, tz):
        stamp = clock.local(clock.to_instant(moment), tz)
        return datetime.date.fromisoformat(stamp[:10])

    def _tell_row(self, row, tz):
        """Return the lines of a stretch, which is cut where the time is used up."""
        start, stop, due = row["start"], row["stop"], self.due_at
        if row["counted"] and due and start < due < stop:
            before = int((due - start).total_seconds())
            first = dict(row, stop=due, counted=before)
            rest = dict(row, start=due, counted=row["counted"] - before)
            return [*self._tell_row(first, tz), *self._tell_row(rest, tz)]
        if not row["counted"]:
            text, is_wait = row["reason"], row["kind"] == "paused"
            if is_wait:
                text = self.env._("We waited for your answer: it does not count")
            return [self._tell("closed", text, tz, start, stop, is_wait=is_wait)]
        spent = self._format_duration(row["counted"])
        if row["planned"]:
            return [
                self._tell("planned", self.env._("%s left", spent), tz, start, stop)
            ]
        if due and start >= due:
            text = self.env._("%s more than promised", spent)
            return [self._tell("late", text, tz, start, stop, seconds=row["counted"])]
        text = self.env._("%s counted", spent)
        lines = [self._tell("counted", text, tz, start, stop, seconds=row["counted"])]
        if stop == due:
            lines.append(self._tell_due(tz))
        return lines

    def _tell_due(self, tz):
        text = self.env._("Due: the %s are used up", self._describe_promise())
        return self._tell("due", text, tz, self.due_at)

    def _describe_promise(self):
        if self.target_days:
            return self.env._("%s business days", self.target_days)
        return self._format_duration(self.target_seconds)

    def _tell_end(self, tz):
        """Return the last line: the verdict, or when the time is used up."""
        if self.state in ("met", "missed"):
            text = (
                self.env._("Done in time")
                if self.state == "met"
                else self.env._("Done, but late")
            )
            if not self.target_days:
                text = self.env._(
                    "%(verdict)s: %(spent)s of %(promised)s",
                    verdict=text,
                    spent=self._format_duration(self.counted_seconds),
                    promised=self._describe_promise(),
                )
            return [self._tell(self.state, text, tz, self.stopped_at)]
        if self.state == "paused" and not self.target_days:
            if self.remaining_seconds < 0:
                return []
            left = self._format_duration(self.remaining_seconds)
            text = self.env._("%s are left; they go on when you have answered", left)
            return [self._tell("paused", text, tz)]
        if self.target_days or self.due_at > fields.Datetime.now():
            return [self._tell_due(tz)]
        return []
