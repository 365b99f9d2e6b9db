"""The terms of a contract that every ticket asks for, as plain values."""

from datetime import date, datetime
from typing import NamedTuple


class PlanTerms(NamedTuple):
    """The ids of a plan's policy and of its hours: of production, and of the rest."""

    policy_id: int | None
    calendar_id: int | None
    other_calendar_id: int | None

    def get_calendar_id(self, environment):
        """Return the id of the attention hours for a target's environment (R-C1).

        >>> terms = PlanTerms(1, 2, 3)
        >>> terms.get_calendar_id("production_up"), terms.get_calendar_id(False)
        (2, 2)
        >>> terms.get_calendar_id("non_production")
        3
        """
        if environment == "non_production":
            return self.other_calendar_id
        return self.calendar_id


class Terms(NamedTuple):
    """Whose a contract is, when it holds, and on which plans; moments are naive UTC.

    ``plans`` are pairs of a moment, None for the first, and the id of the plan from
    then on, in their order.
    """

    customer_id: int | None
    company_id: int | None
    tz: str | None
    is_signed: bool
    starts_at: datetime | None
    ending_at: datetime | None
    ends_at: datetime | None
    suspended_since: datetime | None
    date_end: date | None
    calendar_id: int | None
    only_authorized: bool
    plans: tuple

    def get_state(self, moment):
        """Return the state at a moment; the last day counts whole (R-A9).

        >>> from datetime import timedelta
        >>> day = datetime(2026, 3, 1, 5)
        >>> dates = (day, day, day + timedelta(1))
        >>> terms = Terms(*[None] * 3, True, *dates, *[None] * 3, False, ())
        >>> terms.get_state(day - timedelta(seconds=1)), terms.get_state(day)
        ('draft', 'ending')
        >>> terms.get_state(day + timedelta(1))
        'ended'
        """
        if not self.is_signed or not self.ends_at:
            return "draft"
        if moment >= self.ends_at:
            return "ended"
        if self.suspended_since and self.suspended_since <= moment:
            return "suspended"
        if moment < self.starts_at:
            return "draft"
        return "ending" if moment >= self.ending_at else "running"

    def is_in_force(self, moment):
        """Tell whether the contract covers work at a moment."""
        return self.get_state(moment) in ("running", "ending")

    def get_plan_id(self, moment):
        """Return the id of the plan in force at a moment.

        >>> day = datetime(2026, 3, 1, 5)
        >>> terms = Terms(*[None] * 11, plans=((None, 7), (day, 8)))
        >>> terms.get_plan_id(datetime(2026, 3, 1, 4, 59, 59)), terms.get_plan_id(day)
        (7, 8)
        """
        found = None
        for since, plan_id in self.plans:
            if since is None or since <= moment:
                found = plan_id
        return found
