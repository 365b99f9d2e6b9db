"""The story's file: read, checked, and asked for times and amounts."""

import datetime
import difflib
import re
import zoneinfo

from .words import ACTS, CHOICES, LISTS, NEEDED, TABLES

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

UTC = datetime.timezone.utc


class FactError(Exception):
    """The file says something that the story cannot act out."""


class Facts:
    """What the file says, with its times in the customer's zone."""

    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                self.data = tomllib.load(file)
        except OSError as error:
            raise FactError(f"{path} cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise FactError(f"{path} is no valid TOML: {error}.") from error
        self._check_words()
        self.zone = self.read_zone(self.get("customer", "tz"))
        self.calendar_zone = self.zone
        if "tz" in self.data.get("calendar", {}):
            self.calendar_zone = self.read_zone(self.get("calendar", "tz"))

    def _check_words(self):
        """Raise unless every section and fact is one that the story knows."""
        known = [*TABLES, *LISTS, "expected"]
        for name, value in self.data.items():
            if name not in known:
                raise FactError(
                    f"There is no use for a section [{name}]{_suggest(name, known)}; "
                    f"the sections are {', '.join(known)}."
                )
            if name in TABLES:
                self._check_table(f"[{name}]", value, TABLES[name])
        for name in NEEDED:
            if name not in self.data:
                raise FactError(f"The file needs a section [{name}].")
        for name, words in LISTS.items():
            for value in self.list(name):
                self._check_table(f"[[{name}]]", value, words)
        acts = self.data["ticket"].get("acts", [])
        for act in acts if isinstance(acts, list) else [acts]:
            self._check_table("[[ticket.acts]]", act, ACTS)
        expected = self.data.get("expected", {})
        if not isinstance(expected, dict) or not all(
            isinstance(values, dict) for values in expected.values()
        ):
            raise FactError(
                "Expected figures stand in sections such as [expected.ticket]."
            )

    def _check_table(self, title, value, words):
        if not isinstance(value, dict):
            raise FactError(f"{title} is a section with facts in it, not “{value}”.")
        for name, fact in value.items():
            if name not in words:
                raise FactError(
                    f"{title} has no use for “{name}”{_suggest(name, words)}; "
                    f"it takes {', '.join(words)}."
                )
            if name in CHOICES:
                choose(fact, *CHOICES[name])
            elif name == "hours":
                parse_hours(fact, 1)

    def read_zone(self, name):
        """Return a time zone by its name."""
        try:
            return zoneinfo.ZoneInfo(str(name))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise FactError(
                f"“{name}” is no time zone such as America/Guayaquil."
            ) from error

    def get(self, section, name, default=None):
        """Return a fact; raise FactError when it is missing without a default."""
        return need(self.data.get(section, {}), f"[{section}]", name, default)

    def list(self, name):
        """Return the tables of a section of which there may be several."""
        value = self.data.get(name, [])
        return value if isinstance(value, list) else [value]

    def utc(self, text, zone=None):
        """Return local wall-clock text as a naive UTC datetime."""
        try:
            wall = datetime.datetime.fromisoformat(str(text))
        except ValueError as error:
            raise FactError(
                f"“{text}” is no date and time such as 2026-01-09 16:50."
            ) from error
        wall = wall if wall.tzinfo else wall.replace(tzinfo=zone or self.zone)
        return wall.astimezone(UTC).replace(tzinfo=None)

    def local(self, moment, seconds=False):
        """Return a naive UTC datetime as local wall-clock text."""
        if not moment:
            return ""
        aware = moment.replace(tzinfo=UTC).astimezone(self.zone)
        return f"{aware:%Y-%m-%d %H:%M:%S}" if seconds else f"{aware:%Y-%m-%d %H:%M}"


def need(table, title, name, default=None):
    """Return a fact of a table; raise FactError when it is missing."""
    value = table.get(name, default)
    if value is None:
        raise FactError(f"{title} needs “{name}”.")
    return value


def choose(value, choices, what):
    """Return what a word stands for, or say which words there are."""
    if str(value) not in choices:
        raise FactError(
            f"{what} is one of {', '.join(choices)}, not “{value}”"
            f"{_suggest(str(value), choices)}."
        )
    return choices[str(value)] if isinstance(choices, dict) else str(value)


def _suggest(word, words):
    close = difflib.get_close_matches(word, words, 1)
    return f" (did you mean {close[0]}?)" if close else ""


def parse_date(text):
    """Return ``2026-01-09`` as a date."""
    try:
        return datetime.date.fromisoformat(str(text))
    except ValueError as error:
        raise FactError(f"“{text}” is no date such as 2026-01-09.") from error


def parse_amount(text):
    """Return ``30m``, ``4h`` or ``2d`` as (amount, unit of a target)."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([mhd])", str(text))
    if not found:
        raise FactError(f"“{text}” is no amount of time such as 30m, 4h or 2d.")
    return float(found[1]), {"m": "minute", "h": "hour", "d": "day"}[found[2]]


def parse_hours(text, least=0):
    """Return ``2:10`` in minutes; ``least`` is the smallest that makes sense."""
    found = re.fullmatch(r"(\d+):([0-5]\d)(?::00)?", str(text))
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if minutes < least:
        raise FactError(f"“{text}” is no amount of hours such as 2:10.")
    return minutes


def parse_number(text, what):
    """Return a number that is not negative."""
    if isinstance(text, bool) or not isinstance(text, int | float) or not text >= 0:
        raise FactError(f"{what} is a number that is not negative, not “{text}”.")
    return text


def format_hours(minutes):
    """Return minutes as ``2:10``."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(round(minutes)), 60)
    return f"{sign}{hours}:{rest:02}"


def format_seconds(seconds):
    """Return seconds as ``3:15:00``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{format_hours(minutes)}:{rest:02}"
