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
    except ValueError as error:
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
    for key, ranges in (data.get("hours") or {}).items():
        week[_read_weekday(key)] = tuple(
            (clock.time_of_day(opens), clock.time_of_day(closes))
            for opens, closes in ranges
        )
    holidays = data.get("holidays") or ()
    closures = data.get("closures") or ()
    return clock.Calendar(
        clock.OpeningHours(
            data.get("tz") or tz,
            (tuple(week),),
            tuple((datetime.date.fromisoformat(day), day) for day in holidays),
            tuple(
                (read_instant(low), read_instant(high), "") for low, high in closures
            ),
            bool(data.get("always_open")),
        )
    )


def _read_weekday(key):
    text = str(key).strip().lower()
    if text[:3] in WEEKDAYS:
        return WEEKDAYS.index(text[:3])
    if text in tuple("0123456"):
        return int(text)
    raise ValueError(f'"{key}" is no weekday: use mon to sun, or 0 (Monday) to 6')


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
        hours = data["calendar"]
        tz = data.get("timezone") or hours.get("tz") or "UTC"
        calendar = read_calendar(hours, tz)
        day = hours.get("hours_per_day") or _get_hours_per_day(calendar)
        targets = {
            severity: {metric: read_amount(value, day) for metric, value in row.items()}
            for severity, row in data["targets"].items()
        }
        effects = data["effects"]
        for stage, row in effects.items():
            for metric, effect in row.items():
                if effect not in clock.EFFECTS:
                    raise ValueError(
                        f'"{effect}", the effect of stage "{stage}" on {metric}, is '
                        f"none of {', '.join(clock.EFFECTS)}"
                    )
        clock.zone(tz)
        return Mapping(
            columns={name: name for name in COLUMNS} | data.get("columns", {}),
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
    except (AttributeError, TypeError) as error:
        raise InputError(f"{path} is no mapping: {error}.") from error
    except ValueError as error:
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
    for column in COLUMNS:
        name = mapping.columns[column]
        if name not in names:
            raise InputError(
                f'{path} has no column "{name}"; say under "columns" in the mapping '
                f'which one holds "{column}" (there is {", ".join(names) or "none"}).'
            )


def _read_row(record, mapping, where):
    values = {}
    for column in COLUMNS:
        values[column] = (record[mapping.columns[column]] or "").strip()
        if not values[column] and column != "severity":
            name = mapping.columns[column]
            raise InputError(f'{where}: there is no value in column "{name}".')
    try:
        at = read_instant(values["at"], mapping.tz)
    except ValueError as error:
        raise InputError(
            f'{where}: "{values["at"]}" is no time such as 2026-01-31 09:00:00.'
        ) from error
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
            timer = clock.fold(facts, rules=rules)[-1]
            last = facts[-1]
            outcomes.append(
                Outcome(case, metric, severity, last.at, last.effect, timer)
            )
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
