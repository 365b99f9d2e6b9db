"""What policies promise, looked up once for a batch of tickets."""

from typing import NamedTuple

from .clock import Calendar


class Promise(NamedTuple):
    """What a case is promised: the target, and the calendar that it counts on."""

    target_id: int | None
    seconds: int | None
    days: int | None
    calendar_id: int | None
    calendar: Calendar


class Rulebook:
    """The rules of policies in plain dictionaries, filled when first asked."""

    def __init__(self, env):
        self._model = env["helpdesk.sla.policy"].sudo()
        self._policies, self._promises, self._steps = {}, {}, {}

    def get_policy(self, policy_id):
        """Return (metrics, response_by, reopening) of a policy."""
        if policy_id not in self._policies:
            self._policies[policy_id] = self._model._get_rules(policy_id)
        return self._policies[policy_id]

    def get_promise(self, metric, key, company_id):
        """Return the Promise of a ledger key to the tickets of a company."""
        cache_key = (metric, key, company_id)
        if cache_key not in self._promises:
            self._promises[cache_key] = self._model._get_promise(*cache_key)
        return self._promises[cache_key]

    def get_steps(self, policy_id, metric, severity, calendar_id):
        """Return the plain steps of a policy on a metric and severity.

        A day of a step is one of the calendar that the timer counts on.
        """
        key = (policy_id, metric, severity, calendar_id or None)
        if key not in self._steps:
            self._steps[key] = self._model._get_plain_steps(*key)
        return self._steps[key]
