"""The story's file: read, checked, and asked for times and amounts."""

import datetime
import zoneinfo

import tomllib

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STAGES = {
    "new": "helpdesk_mgmt.helpdesk_ticket_stage_new",
    "assigned": "helpdesk_sla_policy.stage_assigned",
    "in_progress": "helpdesk_mgmt.helpdesk_ticket_stage_in_progress",
    "awaiting": "helpdesk_mgmt.helpdesk_ticket_stage_awaiting",
    "returned": "helpdesk_sla_policy.stage_returned",
    "development": "helpdesk_sla_policy.stage_development",
    "closing": "helpdesk_sla_policy.stage_closing",
    "done": "helpdesk_mgmt.helpdesk_ticket_stage_done",
    "cancelled": "helpdesk_mgmt.helpdesk_ticket_stage_cancelled",
    "rejected": "helpdesk_mgmt.helpdesk_ticket_stage_rejected",
}
PLANS = {
    "standard": "helpdesk_support_contract.plan_standard",
    "priority": "helpdesk_support_contract.plan_priority",
    "always": "helpdesk_support_contract.plan_always",
}
SECTIONS = ("customer", "calendar", "contract", "terms", "ticket")


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
        except tomllib.TOMLDecodeError as error:
            raise FactError(f"{path} is no valid TOML: {error}.") from error
        for section in SECTIONS:
            if section not in self.data:
                raise FactError(f"{path} needs a section [{section}].")
        try:
            self.zone = zoneinfo.ZoneInfo(self.get("customer", "tz"))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
            raise FactError(
                f"There is no time zone {self.get('customer', 'tz')!r}."
            ) from (error)

    def get(self, section, name, default=None):
        """Return a fact, or raise FactError when it is missing without a default."""
        value = self.data.get(section, {}).get(name, default)
        if value is None:
            raise FactError(f"[{section}] needs “{name}”.")
        return value

    def list(self, name):
        """Return the tables of a list such as [[claims]]."""
        return self.data.get(name, [])

    def utc(self, text):
        """Return local wall-clock text as a naive UTC datetime."""
        try:
            wall = datetime.datetime.fromisoformat(str(text))
        except ValueError as error:
            raise FactError(f"“{text}” is no date and time.") from error
        moment = wall.replace(tzinfo=self.zone).astimezone(datetime.timezone.utc)
        return moment.replace(tzinfo=None)

    def local(self, moment, seconds=False):
        """Return a naive UTC datetime as local wall-clock text."""
        if not moment:
            return ""
        aware = moment.replace(tzinfo=datetime.timezone.utc).astimezone(self.zone)
        return f"{aware:%Y-%m-%d %H:%M:%S}" if seconds else f"{aware:%Y-%m-%d %H:%M}"

    def choose(self, value, choices, what):
        """Return what a word stands for, or say which words there are."""
        if value not in choices:
            raise FactError(f"{what} is one of {', '.join(choices)}, not “{value}”.")
        return choices[value]


def parse_amount(text):
    """Return ``30m`` or ``4h`` as (amount, unit of a target)."""
    units = {"m": "minute", "h": "hour"}
    text = str(text)
    try:
        return float(text[:-1]), units[text[-1:]]
    except (KeyError, ValueError) as error:
        raise FactError(f"“{text}” is no amount of time such as 30m or 4h.") from error


def parse_hours(text):
    """Return ``2:10`` in minutes."""
    try:
        hours, minutes = str(text).split(":")
        return int(hours) * 60 + int(minutes)
    except ValueError as error:
        raise FactError(f"“{text}” is no duration such as 2:10.") from error


def format_hours(minutes):
    """Return minutes as ``2:10``."""
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(round(minutes)), 60)
    return f"{sign}{hours}:{rest:02}"


def format_seconds(seconds):
    """Return seconds as ``3:15:00``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{format_hours(minutes)}:{rest:02}"
