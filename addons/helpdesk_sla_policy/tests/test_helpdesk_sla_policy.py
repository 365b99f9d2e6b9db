"""Policies, their targets and what they call severities (R-A1, R-A2, R-C1)."""

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HelpdeskSlaCommon, seconds


@tagged("post_install", "-at_install")
class TestTargets(HelpdeskSlaCommon):
    def find(self, policy, metric="response", severity="1", kind=None, env=False):
        return policy._find_target(metric, severity, kind.id if kind else False, env)

    def test_most_specific_wins(self):
        """Environment counts before type, type before severity."""
        kind, other = self.env["helpdesk.ticket.type"].create(
            [{"name": "Incident"}, {"name": "Question"}]
        )
        policy = self.make_policy(
            ("response", 1, {}),
            ("response", 2, {"severity": "3"}),
            ("response", 3, {"type_id": kind.id}),
            ("response", 4, {"type_id": kind.id, "severity": "3"}),
            ("response", 5, {"environment": "production_down"}),
            ("response", 6, {"environment": "production_down", "severity": "3"}),
        )
        cases = [
            ("1", None, False, 1),
            ("3", None, False, 2),
            ("3", other, False, 2),
            ("1", kind, False, 3),
            ("3", kind, False, 4),
            ("1", kind, "production_down", 5),
            ("3", kind, "production_down", 6),
            ("3", kind, "production_up", 4),
        ]
        for severity, kind_, environment, amount in cases:
            with self.subTest(severity=severity, kind=kind_, env=environment):
                target = self.find(policy, "response", severity, kind_, environment)
                self.assertEqual(target.amount, amount)

    def test_zero_is_no_commitment(self):
        """Target 0 overrides a general one: no timer."""
        self.team.sla_policy_id = self.make_policy(
            ("response", 1, {}), ("response", 0, {"severity": "0"})
        )
        self.assertTimer(self.make_ticket("10:00", "1"), "response", "running")
        self.assertFalse(self.make_ticket("10:00", "0").timer_ids)

    def test_no_target_is_no_timer(self):
        self.team.sla_policy_id = self.make_policy(
            ("response", 1, {"severity": "3"}),
        )
        self.assertFalse(self.make_ticket("10:00", "1").timer_ids)

    def test_equal_keys_are_refused(self):
        with self.assertRefused("two targets for the same case", ValidationError):
            self.make_policy(
                ("response", 1, {"severity": "3"}), ("response", 2, {"severity": "3"})
            )
        with self.assertRefused("two targets for the same case", ValidationError):
            self.make_policy(("response", 1, {}), ("response", 0, {}))

    def test_negative_amount_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_policy(("response", -1, {}))

    def test_business_days_are_whole(self):
        with self.assertRefused("whole days", ValidationError):
            self.make_policy(("estimate", 1.5, {"unit": "business_day"}))

    def test_units(self):
        """One day of a timer has the hours of a working day; calendar time 24."""
        policy = self.make_policy(
            ("response", 30, {"unit": "minute"}),
            ("solution", 1.5, {"unit": "hour"}),
            ("update", 2, {"unit": "day"}),
            ("follow_up", 2, {"unit": "day", "working_time": False}),
        )
        expected = ["0:30", "1:30", "16:00", "48:00"]
        for target, amount in zip(
            policy.target_ids.sorted("id"), expected, strict=True
        ):
            self.assertEqual(target._get_seconds(self.office), seconds(amount))

    def test_calendar_time_counts_nights_and_weekends(self):
        """A target in calendar time does not wait for the office (R-C3)."""
        self.team.sla_policy_id = self.make_policy(
            ("response", 4, {"working_time": False})
        )
        ticket = self.make_ticket("2026-01-09 16:50")
        self.assertTimer(ticket, "response", due="2026-01-09 20:50")


@tagged("post_install", "-at_install")
class TestPolicy(HelpdeskSlaCommon):
    def test_shipped_policy_promises_what_it_says(self):
        """Policy A's table of targets (R-A2)."""
        promised = {
            (target.metric, target.type_id.id, target.severity): target._describe()
            for target in self.policy.target_ids
            if target.metric in ("response", "solution", "estimate")
        }
        development = self.development.id
        none = self.env["helpdesk.ticket.type"].id
        expected = {
            ("response", none, "3"): "30 minutes",
            ("solution", none, "3"): "4 hours",
            ("response", none, "2"): "1 hour",
            ("solution", none, "2"): "24 hours",
            ("response", none, "1"): "4 hours",
            ("solution", none, "1"): "48 hours",
            ("response", none, "0"): "8 hours",
            ("solution", none, "0"): "72 hours",
            ("response", development, False): "no commitment",
            ("solution", development, False): "no commitment",
            ("estimate", development, False): "5 business days",
        }
        self.assertEqual(promised, expected)

    def test_severity_has_the_policys_name(self):
        """Stars are called what the policy calls them (R-A1)."""
        ticket = self.make_ticket("10:00", "3")
        self.assertEqual(ticket.severity_name, "Critical")
        severities = self.policy.severity_ids
        severities.filtered(lambda s: s.severity == "3").name = "Priority 0"
        self.env.invalidate_all()
        self.assertEqual(ticket.severity_name, "Priority 0")

    def test_severity_is_named_once(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.policy.severity_ids = [
                Command.create({"severity": "3", "name": "Again"})
            ]

    def test_copy_takes_targets_and_names_along(self):
        """A policy is copied and changed for one customer (R-E7)."""
        copy = self.policy.copy()
        self.assertEqual(copy.name, f"{self.policy.name} (copy)")
        self.assertEqual(len(copy.target_ids), len(self.policy.target_ids))
        self.assertEqual(len(copy.severity_ids), 4)
        copy.target_ids.amount = 1
        self.assertEqual(self.policy._find_target("solution", "3", 0, 0).amount, 4)

    def test_policy_in_use_cannot_be_deleted(self):
        self.make_ticket("10:00")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.policy.unlink()

    def test_two_teams_two_policies(self):
        """Each team's tickets are timed by its own policy."""
        other = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Other",
                "sla_policy_id": self.make_policy(("response", 1, {})).id,
            }
        )
        self.assertTimer(self.make_ticket("10:00"), "response", due="2026-01-12 14:00")
        self.assertTimer(
            self.make_ticket("10:00", team_id=other.id),
            "response",
            due="2026-01-12 11:00",
        )
        self.assertEqual(other.sla_policy_id.timer_count, 1)
        action = other.sla_policy_id.action_view_timers()
        timers = self.env["helpdesk.sla.timer"].search(action["domain"])
        self.assertEqual(len(timers), 1)
