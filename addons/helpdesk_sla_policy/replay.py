"""Replay a history of tickets against a policy, without a database.

A mapping says which column of a log holds what, to which stage an activity
leads, what a stage does to the clock of each metric, and what is promised.
``bin/replay --help`` describes the files.
"""

import csv
import datetime
import json
import re
from collections import Counter
from dataclasses import dataclass

from . import clock

HEADER = ("case", "metric", "severity", "elapsed_seconds", "stopped", "breached")
COLUMNS = ("case", "activity", "at", "severity")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: The times that a log may hold, in seconds of UTC: from 1900, before 2200.
FIRST, LAST = -2_208_988_800, 7_258_118_400
SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}


class InputError(ValueError):
    """A file cannot be used; the message says in one sentence what to change."""


# Reading values


def read_json(path):
    """Return the content of a JSON file, or raise InputError."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON: {error}.") from error


def read_instant(text, tz="UTC"):
    """Return the instant of an ISO text; ``tz`` is its zone if it names none.

    >>> read_instant("1970-01-01T01:00:00Z"), read_instant("1970-01-01 01:00+01:00")
    (3600, 0)
    """
    moment = datetime.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text.strip()))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=clock.zone(tz))
    return clock.to_instant((moment - moment.utcoffset()).replace(tzinfo=None))


def read_amount(value, hours_per_day=24):
    """Return a target in seconds; None or 0 means that nothing is promised.

    A number is in minutes. A day is the calendar's hours per day.

    >>> read_amount("1h30m"), read_amount(45), read_amount("2d", 8)
    (5400, 2700, 57600)
    """
    if value is None or value == "":
        return None
    units = {**SECONDS, "d": hours_per_day * 3600}
    text = str(value).strip().lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(min|[smhd])\s*", text)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        parts = [(text, "m")]
    elif "".join(map("".join, parts)) != re.sub(r"\s", "", text) or not parts:
        raise ValueError(f'"{value}" is no amount of time such as "30m", "4h" or "2d"')
    return round(sum(float(number) * units[unit] for number, unit in parts))


def read_calendar(data, tz="UTC"):
    """Return a calendar from ``{tz, hours, holidays, closures}``.

    ``hours`` is weekday (``mon`` or ``0``) -> ranges of local time; a range up to
    an earlier time ends on the next day. ``closures`` are instants, in UTC
    unless they say so. Nothing closes a calendar with ``always_open``.
    """
    week = [()] * 7
    for key, ranges in _check_object(data.get("hours") or {}, "hours").items():
        week[_read_weekday(key)] = _read_ranges(key, ranges)
    return clock.Calendar(
        clock.OpeningHours(
            _check_text(data.get("tz") or tz, "tz"),
            (tuple(week),),
            tuple(map(_read_holiday, data.get("holidays") or ())),
            tuple(map(_read_closure, data.get("closures") or ())),
            bool(data.get("always_open")),
        )
    )


def _check_object(data, name):
    """Return a JSON object, or raise ValueError."""
    if not isinstance(data, dict):
        raise ValueError(f"{name} is no object such as {{...}}")
    return data


def _check_text(data, name):
    if not isinstance(data, str):
        raise ValueError(f"{name} is no text: {json.dumps(data)}")
    return data


def _read_ranges(key, ranges):
    """Return the hours of a weekday as ranges of seconds, or raise ValueError."""
    try:
        return tuple(
            (clock.time_of_day(opens), clock.time_of_day(closes))
            for opens, closes in ranges
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(
            f'the hours of "{key}" are no ranges such as [["09:00", "17:00"]]'
        ) from error


def _read_holiday(day):
    try:
        return datetime.date.fromisoformat(day), day
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"the holiday {day!r} is no date such as 2026-01-31"
        ) from error


def _read_closure(pair):
    """Return ``(from, to, "")`` as instants, or raise ValueError."""
    try:
        low, high = map(read_instant, pair)
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"the closure {pair!r} is no pair of instants") from error
    if high < low:
        raise ValueError(f"the closure {pair!r} ends before it starts")
    return low, high, ""


def _read_weekday(key):
    text = str(key).strip().lower()
    if text[:3] in WEEKDAYS:
        return WEEKDAYS.index(text[:3])
    if text in tuple("0123456"):
        return int(text)
    raise ValueError(f'"{key}" is no weekday: use mon to sun, or 0 (Monday) to 6')


def _read_hours_per_day(hours, calendar):
    """Return what a day of a target is in hours, or raise ValueError."""
    day = hours.get("hours_per_day")
    if day is None:
        return _get_hours_per_day(calendar)
    if isinstance(day, bool) or not isinstance(day, int | float) or not 0 < day <= 24:
        raise ValueError(f"hours_per_day is {day!r}, not a number up to 24")
    return day


def _get_hours_per_day(calendar):
    """Return the mean hours of the weekdays that have any."""
    if calendar.is_always_open:
        return 24
    open_days = [day for day in calendar.hours.weeks[0] if day]
    seconds = sum(
        (stop - start) % clock.DAY or clock.DAY
        for day in open_days
        for start, stop in day
    )
    return seconds / 3600 / len(open_days)


# Reading files


@dataclass(frozen=True)
class Mapping:
    """What a log's words mean, and what is promised (``targets`` in seconds).

    ``stages`` and ``severities`` are None where the log has the mapping's words.
    """

    columns: dict
    tz: str
    stages: dict | None
    severities: dict | None
    effects: dict
    targets: dict
    calendar: clock.Calendar
    metrics: tuple


@dataclass(frozen=True)
class Row:
    """One line of a log: from ``at`` on, the case is in ``stage``."""

    case: str
    at: int
    stage: str
    severity: str


def read_mapping(data, path="The mapping"):
    """Return the Mapping that a JSON object holds, or raise InputError."""
    try:
        _check_object(data, "it")
        for name in ("calendar", "targets", "effects"):
            _check_object(data[name], f'"{name}"')
        for name in ("columns", "stages", "severity"):
            for value in _check_object(data.get(name) or {}, f'"{name}"').values():
                if not isinstance(value, str | int):
                    raise ValueError(f'a value of "{name}" is no text: {value!r}')
        hours = data["calendar"]
        tz = _check_text(data.get("timezone") or hours.get("tz") or "UTC", "timezone")
        calendar = read_calendar(hours, tz)
        day = _read_hours_per_day(hours, calendar)
        targets = {
            severity: {
                metric: read_amount(value, day)
                for metric, value in _check_object(row, 'a row of "targets"').items()
            }
            for severity, row in data["targets"].items()
        }
        effects = data["effects"]
        for stage, row in effects.items():
            for metric, effect in _check_object(
                row, f'the effect of "{stage}"'
            ).items():
                if effect not in clock.EFFECTS:
                    raise ValueError(
                        f'"{effect}", the effect of stage "{stage}" on {metric}, is '
                        f"none of {', '.join(clock.EFFECTS)}"
                    )
        clock.zone(tz)
        return Mapping(
            columns={name: name for name in COLUMNS} | (data.get("columns") or {}),
            tz=tz,
            stages=data.get("stages"),
            severities=data.get("severity"),
            effects=effects,
            targets=targets,
            calendar=calendar,
            metrics=tuple(dict.fromkeys(m for row in effects.values() for m in row)),
        )
    except KeyError as error:
        raise InputError(f"{path} has no {error}.") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path} cannot be used: {str(error).rstrip('.')}.") from error


def read_log(path, mapping):
    """Return the rows of each case of a CSV file, or raise InputError.

    Cases keep the order of their first row; the rows of a case are in the order
    of time, and those of the same second in the order of the file.
    """
    cases = {}
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            separator = max(",;\t", key=header.count)
            reader = csv.DictReader(file, delimiter=separator)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            _check_columns(path, mapping, reader.fieldnames)
            for record in reader:
                where = f"{path} line {reader.line_num}"
                if not _is_blank(record, where):
                    row = _read_row(record, mapping, where)
                    cases.setdefault(row.case, []).append((row, where))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not CSV in UTF-8: {error}.") from error
    for rows in cases.values():
        rows.sort(key=lambda pair: pair[0].at)
        last, where = rows[-1]
        if not last.severity:
            raise InputError(f"{where}: the last row of a case must name a severity.")
    return {case: [row for row, _where in rows] for case, rows in cases.items()}


def _check_columns(path, mapping, names):
    if not names:
        raise InputError(f"{path} is empty: its first line must name the columns.")
    for column in COLUMNS:
        name = mapping.columns[column]
        if names.count(name) > 1:
            raise InputError(f'{path} has more than one column "{name}".')
        if name not in names:
            raise InputError(
                f'{path} has no column "{name}"; say under "columns" in the mapping '
                f'which one holds "{column}" (there is {", ".join(names) or "none"}).'
            )


def _is_blank(record, where):
    """Tell whether a line holds nothing; raise InputError where it is no text."""
    record.pop(None, None)  # what no column names
    if any("\0" in (text or "") for text in record.values()):
        raise InputError(f"{where}: there is a zero byte in it; is it a text file?")
    return not any((text or "").strip() for text in record.values())


def _read_row(record, mapping, where):
    values = {}
    for column in COLUMNS:
        values[column] = (record[mapping.columns[column]] or "").strip()
        if not values[column] and column != "severity":
            name = mapping.columns[column]
            raise InputError(f'{where}: there is no value in column "{name}".')
    try:
        at = read_instant(values["at"], mapping.tz)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f'{where}: "{values["at"]}" is no time such as 2026-01-31 09:00:00.'
        ) from error
    if not FIRST <= at < LAST:
        raise InputError(
            f'{where}: "{values["at"]}" is not between 1900 and 2200; is it a typing '
            "error?"
        )
    stage = _translate(values, "activity", mapping.stages, mapping.effects, where)
    severity = values["severity"] and _translate(
        values, "severity", mapping.severities, mapping.targets, where
    )
    for metric in mapping.metrics:
        if metric not in mapping.effects.get(stage, {}):
            raise InputError(
                f'{where}: nothing says what stage "{stage}" does to {metric}; add it '
                f'to "effects" in the mapping.'
            )
    return Row(values["case"], at, stage, severity)


def _translate(values, column, words, choices, where):
    """Return the mapping's word for a value of the log, or raise InputError."""
    value = values[column]
    if words is None:
        return value
    if value not in words:
        key = "stages" if column == "activity" else column
        raise InputError(
            f'{where}: the {column} "{value}" is not in the mapping; add it to "{key}" '
            f"there, as one of {', '.join(choices)}."
        )
    return str(words[value])


# Judging


@dataclass(frozen=True)
class Outcome:
    """How one metric of one case stands at the instant of its last row."""

    case: str
    metric: str
    severity: str
    at: int
    effect: str
    timer: clock.Timer

    @property
    def verdict(self):
        """One of met, missed, open and void (cancelled, or nothing was promised)."""
        if self.effect == clock.VOID or not self.timer.is_promised:
            return "void"
        if self.timer.is_late(self.at):
            return "missed"
        return "met" if self.timer.state == "stopped" else "open"

    @property
    def moment(self):
        """The instant whose month the verdict belongs to."""
        if self.verdict == "missed":
            return self.timer.breach_at
        return self.timer.stopped_at if self.verdict == "met" else self.at

    def as_record(self):
        """Return the values under HEADER."""
        return (
            self.case,
            self.metric,
            self.severity,
            self.timer.elapsed_at(self.at),
            int(self.timer.state == "stopped"),
            int(self.timer.is_late(self.at)),
        )


def get_facts(rows, metric, mapping):
    """Return the clock's facts and rules of one metric of a case."""
    target = mapping.targets.get(rows[-1].severity, {}).get(metric)
    facts = [
        clock.Fact(row.at, mapping.effects[row.stage][metric], mapping.calendar, target)
        for row in rows
    ]
    once = metric.endswith("response")
    return facts, clock.Rules(reopen="never" if once else "resume")


def replay(cases, mapping):
    """Return the outcomes of all cases, metric by metric.

    A case is judged by the severity that it ended with, at its last row: what
    happened later is not in the log. A response is given once; any other metric
    goes on when the case is reopened.
    """
    outcomes = []
    for case, rows in cases.items():
        severity = rows[-1].severity
        for metric in mapping.metrics:
            facts, rules = get_facts(rows, metric, mapping)
            last = facts[-1]
            try:
                timer = clock.fold(facts, rules=rules)[-1]
                outcome = Outcome(case, metric, severity, last.at, last.effect, timer)
                outcome.as_record()  # what it says can be told
            except (ValueError, OverflowError) as error:
                raise InputError(
                    f'The {metric} of case "{case}" cannot be counted: '
                    f"{str(error).rstrip('.')}."
                ) from error
            outcomes.append(outcome)
    return outcomes


def write_outcomes(path, outcomes):
    """Write the outcomes as CSV under HEADER, or raise InputError."""
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(outcome.as_record() for outcome in outcomes)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.") from error


# Attainment


def get_rate(counts):
    """Return met / (met + missed) as text, never rounded up; n/a if none is decided.

    >>> get_rate({"met": 1999, "missed": 1}), get_rate({"open": 3})
    ('99.9', 'n/a')
    """
    met, missed = counts.get("met", 0), counts.get("missed", 0)
    if not met + missed:
        return "n/a"
    tenths = met * 1000 // (met + missed)
    return f"{tenths // 10}.{tenths % 10}"


def get_table(title, outcomes, get_key, order=()):
    """Return the lines of a table: a row for each metric and key, then its total."""
    counts = {}
    for outcome in outcomes:
        keys = counts.setdefault(outcome.metric, {})
        for key in (get_key(outcome), "all"):
            keys.setdefault(key, Counter())[outcome.verdict] += 1
    ranks = {key: rank for rank, key in enumerate(order)}
    lines = [
        f"{'metric':<12} {title:<10} {'met':>6} {'missed':>6} {'open':>6} {'%':>6}"
    ]
    for metric, keys in counts.items():
        for key in sorted(
            keys, key=lambda key: (key == "all", ranks.get(key, len(ranks)), key)
        ):
            count = keys[key]
            lines.append(
                f"{metric:<12} {key:<10} {count['met']:>6} {count['missed']:>6} "
                f"{count['open']:>6} {get_rate(count):>6}"
            )
    return lines


def get_report(outcomes, mapping):
    """Return the lines of the attainment by severity and by month (R-E4)."""
    judged = [outcome for outcome in outcomes if outcome.verdict != "void"]
    lines = get_table("severity", judged, lambda o: o.severity, mapping.targets)
    lines.append("")
    lines += get_table("month", judged, lambda o: clock.local(o.moment, mapping.tz)[:7])
    lines += [
        "",
        "Met of all that are decided, in %, never rounded up. A missed one belongs to",
        "the month of its breach, a met one to that of its stop, an open one to that",
        "of the case's last row, where it is judged.",
    ]
    if len(judged) < len(outcomes):
        lines.append(
            f"Left out: {len(outcomes) - len(judged)} that are void or promise nothing."
        )
    return lines
