"""A real history acted out on tickets: timers equal to an independent calculation."""

import csv
import datetime
import json
import unittest
from pathlib import Path

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .. import clock
from .common import HelpdeskSlaCommon

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
EVERY = 11  # of the 2,290 cases


@unittest.skipUnless(DATA.is_dir(), "The shared test data is not beside this project.")
@tagged("post_install", "-at_install")
class TestRealLog(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        mapping = json.loads((DATA / "helpdesk_log_mapping.json").read_text())
        cls.mapping = mapping
        cls.zone = mapping["timezone"]
        cls.log_policy = cls.make_log_policy(mapping)
        cls.log_team = cls.env["helpdesk.ticket.team"].create(
            {"name": "Log", "sla_policy_id": cls.log_policy.id}
        )
        cls.log_stages = {
            name: cls.env["helpdesk.ticket.stage"].create(
                {
                    "name": name,
                    "team_ids": [Command.link(cls.log_team.id)],
                    "sla_response": effects["response"],
                    "sla_solution": effects["solution"],
                }
            )
            for name, effects in mapping["effects"].items()
        }

    @classmethod
    def make_log_policy(cls, mapping):
        lines = [
            Command.create(
                {
                    "name": "Hours",
                    "dayofweek": day,
                    "hour_from": clock.time_of_day(opens) / 3600,
                    "hour_to": clock.time_of_day(closes) / 3600,
                    "day_period": "full_day",
                }
            )
            for day, ranges in mapping["calendar"]["hours"].items()
            for opens, closes in ranges
        ]
        calendar = cls.env["resource.calendar"].create(
            {
                "name": "Log",
                "tz": mapping["calendar"]["tz"],
                "company_id": False,
                "attendance_ids": [Command.clear(), *lines],
                "global_leave_ids": [Command.clear()],
            }
        )
        for day in mapping["calendar"]["holidays"]:
            cls.make_holiday(day, calendar, mapping["calendar"]["tz"])
        units = {"m": "minute", "h": "hour"}
        return cls.make_policy(
            *(
                (
                    metric,
                    float(amount[:-1]),
                    {"severity": stars, "unit": units[amount[-1]]},
                )
                for stars, targets in mapping["targets"].items()
                for metric, amount in targets.items()
            ),
            calendar_id=calendar.id,
        )

    def read_cases(self):
        cases = {}
        with open(DATA / "helpdesk_log.csv") as file:
            for row in csv.DictReader(file):
                cases.setdefault(row["case"], []).append(row)
        return {
            case: sorted(rows, key=lambda row: row["at"])
            for case, rows in list(cases.items())[::EVERY]
        }

    def act_out(self, rows):
        """Return a ticket that went through the rows of a case at their times."""
        ticket = self.env["helpdesk.ticket"]
        for row in rows:
            moment = clock.to_datetime(clock.instant(row["at"], self.zone))
            values = {
                "stage_id": self.log_stages[self.mapping["stages"][row["activity"]]].id,
                "priority": self.mapping["severity"][row["seriousness"]],
            }
            with freeze_time(moment):
                if ticket:
                    ticket.write(values)
                else:
                    ticket = ticket.create(
                        {
                            "name": row["case"],
                            "description": "<p>Log</p>",
                            "team_id": self.log_team.id,
                            "user_id": False,
                            **values,
                        }
                    )
        return ticket

    def get_result(self, ticket, metric):
        """Return (severity, elapsed, stopped, breached) at the last entry."""
        timer = ticket._get_timer(metric)
        counted = timer.counted_seconds
        return (
            ticket.priority,
            counted,
            timer.state in ("met", "missed"),
            timer.state == "missed"
            or (bool(timer.target_seconds) and counted > timer.target_seconds),
        )

    def test_timers_equal_the_independent_calculation(self):
        expected = {}
        with open(DATA / "helpdesk_log_expected.csv") as file:
            for row in csv.DictReader(file):
                expected[row["case"], row["metric"]] = (
                    row["severity"],
                    int(row["elapsed_seconds"]),
                    row["stopped"] == "1",
                    row["breached"] == "1",
                )
        cases = self.read_cases()
        self.assertGreaterEqual(len(cases), 200)
        wrong = {}
        for case, rows in cases.items():
            ticket = self.act_out(rows)
            for metric in ("response", "solution"):
                got = self.get_result(ticket, metric)
                if got != expected[case, metric]:
                    wrong[case, metric] = (got, expected[case, metric])
            self.check_explanation(ticket)
        self.assertEqual(wrong, {})

    def check_explanation(self, ticket):
        """The segments of a timer add up to what it has counted."""
        for timer in ticket.timer_ids:
            until = timer.stopped_at or timer.counted_at
            with freeze_time(until + datetime.timedelta()):
                segments = timer._get_explanation()
            counted = sum(segment["counted"] for segment in segments)
            self.assertEqual(counted, timer.counted_seconds, ticket.name)
