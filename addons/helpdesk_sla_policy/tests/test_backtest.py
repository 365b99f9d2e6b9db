import base64
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_sla_policy import backtest, clock
from odoo.addons.helpdesk_sla_policy.steps import Step

from .common import HelpdeskSlaCommon, at

DATA = Path(__file__).parent / "data"


class TestBacktestArithmetic(BaseCase):
    """Seconds on a clock that is always open."""

    def _fold(self, *facts, target=100):
        calendar = clock.Calendar(clock.OpeningHours("UTC", always_open=True))
        return clock.fold(
            [clock.Fact(when, effect, calendar, target) for when, effect in facts]
        )[-1]

    def _get_fired(self, timer, now, *seconds):
        steps = [
            Step(number, "elapsed", 0, amount, 10**9)
            for number, amount in enumerate(seconds)
        ]
        return backtest.get_fired(steps, timer, now)

    def test_an_open_one_is_missed_once_its_time_is_used_up(self):
        timer = self._fold((0, clock.RUN))
        self.assertEqual(backtest.judge(timer, 100), "open")
        self.assertEqual(backtest.judge(timer, 101), "missed")

    def test_one_that_never_started_counts_nowhere(self):
        self.assertEqual(backtest.judge(self._fold((0, clock.IDLE)), 500), "void")

    def test_steps_fire_until_the_stop(self):
        timer = self._fold((0, clock.RUN), (50, clock.STOP))
        self.assertEqual(self._get_fired(timer, 500, 20, 49, 50, 60), [0, 1])

    def test_steps_fire_until_now(self):
        timer = self._fold((0, clock.RUN))
        self.assertEqual(self._get_fired(timer, 50, 20, 50, 51), [0, 1])

    def test_a_pause_fires_nothing(self):
        timer = self._fold((0, clock.RUN), (50, clock.PAUSE))
        self.assertEqual(self._get_fired(timer, 500, 20, 60), [0])

    def test_a_void_one_fires_nothing(self):
        timer = self._fold((0, clock.RUN), (50, clock.VOID))
        self.assertEqual(self._get_fired(timer, 500, 20), [])

    def test_totals(self):
        tally = backtest.Tally()
        tally.add("response", "3", "met", [7])
        tally.add("response", "1", "missed", [7, 8])
        tally.add("solution", "1", "void", [9])
        self.assertEqual(tally.get_verdicts("response"), {"met": 1, "missed": 1})
        self.assertEqual(tally.get_verdicts("response", "3"), {"met": 1})
        self.assertEqual(tally.get_verdicts("solution"), {})
        self.assertEqual(tally.get_fired(), {7: 2, 8: 1, 9: 1})
        self.assertEqual(tally.get_fired("response", "1"), {7: 1, 8: 1})


@tagged("post_install", "-at_install")
class TestBacktest(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.ask_breach_reason = False
        cls.team.sla_policy_id = cls.policy = cls.policy.copy({"name": "In force"})
        cls.other = cls.policy.copy({"name": "Draft", "active": False})

    def _set_target(self, metric, severity, **values):
        self.other.target_ids.filtered(
            lambda target: (
                (target.metric, target.severity, target.type_id.id)
                == (metric, severity, False)
            )
        ).write(values)

    def _make_three(self):
        """Make the tickets that the figures below are worked out for."""
        first = self.make_ticket("09:00", "3")
        self.move(first, "09:20", "assigned")  # response 0:20
        self.move(first, "09:30", "in_progress")
        self.move(first, "13:00", "done")  # solution 3:30
        second = self.make_ticket("09:00", "3")
        self.move(second, "09:40", "assigned")  # response 0:40
        self.move(second, "10:00", "in_progress")
        self.move(second, "13:00", "done")  # solution 3:00
        third = self.make_ticket("09:00", "1")  # never answered, 4 h promised
        return first | second | third

    def _run(self, when="2026-02-20 12:00", **values):
        with at(when):
            wizard = (
                self.env["helpdesk.sla.backtest"]
                .with_user(self.manager)
                .create(
                    {
                        "policy_id": self.other.id,
                        "date_from": "2026-01-01",
                        "date_to": "2026-01-31",
                        "team_id": self.team.id,
                        **values,
                    }
                )
            )
            wizard.action_run()
        return wizard

    def _get_line(self, wizard, metric, severity=False):
        line = wizard.line_ids.filtered(
            lambda line: (line.metric, line.severity) == (metric, severity)
        )
        return (
            (line.rate, line.met, line.missed, line.open),
            (line.base_rate, line.base_met, line.base_missed, line.base_open),
        )

    def test_other_targets(self):
        """3 stars: response 45 min instead of 30, solution 3 h instead of 4."""
        self._make_three()
        self._set_target("response", "3", amount=45)
        self._set_target("solution", "3", amount=3)
        wizard = self._run()
        self.assertEqual(wizard.ticket_count, 3)
        self.assertEqual(
            self._get_line(wizard, "response"),
            (("66.6 %", 2, 1, 0), ("33.3 %", 1, 2, 0)),
        )
        self.assertEqual(
            self._get_line(wizard, "response", "3"),
            (("100.0 %", 2, 0, 0), ("50.0 %", 1, 1, 0)),
        )
        self.assertEqual(
            self._get_line(wizard, "response", "1"),
            (("0.0 %", 0, 1, 0), ("0.0 %", 0, 1, 0)),
        )
        self.assertEqual(
            self._get_line(wizard, "solution"),
            (("50.0 %", 1, 1, 0), ("100.0 %", 2, 0, 0)),
        )
        self.assertEqual(wizard.summary, "Response: 66.6 %, Solution: 50.0 %")
        self.assertEqual(wizard.base_summary, "Response: 33.3 %, Solution: 100.0 %")

    def test_the_same_policy_gives_the_same(self):
        self._make_three()
        wizard = self._run()
        for line in wizard.line_ids:
            self.assertEqual(
                (line.rate, line.met, line.missed, line.open, line.steps),
                (
                    line.base_rate,
                    line.base_met,
                    line.base_missed,
                    line.base_open,
                    line.base_steps,
                ),
            )

    def test_what_is_in_force_agrees_with_the_attainment(self):
        tickets = self._make_three()
        wizard = self._run()
        for metric, met, missed in self.env["helpdesk.sla.attainment"]._read_group(
            [("ticket_id", "in", tickets.ids)],
            ["metric"],
            ["met_count:sum", "missed_count:sum"],
        ):
            line = self._get_line(wizard, metric)[1]
            self.assertEqual(line[1:3], (met, missed))

    def test_open_ones_have_no_rate(self):
        self.make_ticket("09:00", "3")
        wizard = self._run("2026-01-12 09:10")
        self.assertEqual(
            self._get_line(wizard, "response"), (("n/a", 0, 0, 1), ("n/a", 0, 0, 1))
        )

    def test_other_hours(self):
        """20 minutes of office hours are 64 h 20 min of all hours."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.move(ticket, "2026-01-12 09:10", "assigned")
        self.other.calendar_id = self.always
        self.assertEqual(
            self._get_line(self._run(), "response"),
            (("0.0 %", 0, 1, 0), ("100.0 %", 1, 0, 0)),
        )

    def test_contracts_keep_their_hours_if_asked(self):
        tickets = type(self.env["helpdesk.ticket"])
        with patch.object(tickets, "_get_sla_calendar", lambda *_args: self.always):
            ticket = self.make_ticket("2026-01-10 11:00", "3")  # a Saturday
            self.move(ticket, "2026-01-10 12:00", "assigned")
        self.assertEqual(
            self._get_line(self._run(), "response"),
            (("0.0 %", 0, 1, 0), ("0.0 %", 0, 1, 0)),
        )
        self.assertEqual(
            self._get_line(self._run(keep_hours=False), "response"),
            (("100.0 %", 1, 0, 0), ("0.0 %", 0, 1, 0)),
        )

    def test_another_way_to_respond(self):
        """Assigned after 20 minutes, answered after 50."""
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:20", "assigned")
        self.post(ticket, "09:50", self.agent)
        self.other.response_by = "reply"
        self.assertEqual(
            self._get_line(self._run(), "response"),
            (("0.0 %", 0, 1, 0), ("100.0 %", 1, 0, 0)),
        )

    def test_another_way_to_reopen(self):
        """3 h, closed, 2 h more: 5 h at once, or two cycles in time."""
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:10", "in_progress")
        self.move(ticket, "12:10", "done")
        self.move(ticket, "13:00", "in_progress")
        self.move(ticket, "15:00", "done")
        self.other.reopening = "cycle"
        self.assertEqual(
            self._get_line(self._run(), "solution"),
            (("100.0 %", 2, 0, 0), ("0.0 %", 0, 1, 0)),
        )

    def test_steps_that_would_have_fired(self):
        """Of 3:30 and 3:00, one is more than 3 h; both pass 2:30."""
        self._make_three()
        self._set_target("solution", "3", amount=3)
        self.other.step_ids = [
            Command.create(
                {
                    "metric": "solution",
                    "basis": "overdue",
                    "action": "level",
                    "level": "2",
                }
            ),
            Command.create(
                {
                    "metric": "solution",
                    "severity": "3",
                    "basis": "elapsed",
                    "amount": 150,
                    "unit": "minute",
                    "action": "note",
                }
            ),
        ]
        wizard = self._run()
        line = wizard.line_ids.filtered(
            lambda line: (line.metric, line.severity) == ("solution", False)
        )
        self.assertEqual((line.steps, line.escalations, line.base_steps), (3, 1, 0))
        self.assertRegex(wizard.summary, "Escalations: 1$")

    def test_the_days_are_those_of_the_policys_zone(self):
        self.make_ticket("2026-01-31 23:30")
        self.make_ticket("2025-12-31 23:30")
        self.make_ticket("2026-02-01 00:00")
        self.assertEqual(self._run().ticket_count, 1)

    def test_void_tickets_count_nowhere(self):
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "12:00", "cancelled")
        self.assertEqual(
            self._get_line(self._run(), "response"), ((False, 0, 0, 0),) * 2
        )

    def test_tickets_without_a_policy_are_tried_too(self):
        self.team.sla_policy_id = False
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:20", "assigned")
        wizard = self._run()
        self.assertEqual(
            self._get_line(wizard, "response"), (("100.0 %", 1, 0, 0), ("n/a", 0, 0, 0))
        )
        self.assertEqual(wizard.base_summary, "Nothing was promised.")

    def test_nothing_is_written(self):
        self._make_three()
        self._set_target("response", "3", amount=45)
        before = self._get_fingerprint()
        self._run()
        self.env.flush_all()
        self.assertEqual(self._get_fingerprint(), before)

    def _get_fingerprint(self):
        """Return what changes with any write on tickets, ledger, timers or alerts."""
        self.env.flush_all()
        prints = []
        for table in ("ticket", "sla_event", "sla_timer", "sla_alert"):
            self.env.cr.execute(
                f"SELECT md5(string_agg(row::text || row.ctid::text, ',' "
                f"ORDER BY id)) FROM helpdesk_{table} AS row"
            )
            prints.append(self.env.cr.fetchone())
        return prints

    def test_it_prints(self):
        self._make_three()
        wizard = self._run()
        action = wizard.action_print()
        self.assertEqual(
            action["report_name"], "helpdesk_sla_policy.report_sla_backtest"
        )
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            action["report_name"], wizard.ids
        )
        self.assertIn(b"33.3 %", html)

    def test_only_managers(self):
        with self.assertRaises(AccessError):
            self.env["helpdesk.sla.backtest"].with_user(self.agent).create(
                {"policy_id": self.other.id}
            )

    def test_a_period_is_needed(self):
        with self.assertRaisesRegex(UserError, "from when until when"):
            self._run(date_from=False)


@tagged("post_install", "-at_install")
class TestBacktestLog(HelpdeskSlaCommon):
    """The log of tests/data: T1 has a solution of 4:00, with 3 stars."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        calendar = cls.make_calendar(9, 17)
        cls.make_holiday("2026-01-14", calendar)
        cls.same = cls.make_policy(
            ("response", 30, {"severity": "3", "unit": "minute"}),
            ("solution", 4, {"severity": "3"}),
            ("response", 4, {"severity": "1"}),
            ("solution", 2, {"severity": "1", "unit": "day"}),
            ("response", 8, {"severity": "0"}),
            calendar_id=calendar.id,
            response_by="reply",  # a log has no replies: the stage counts
        )

    def _run(self, policy, **files):
        content = {
            "log": (DATA / "replay_log.csv").read_bytes(),
            "mapping": (DATA / "replay_mapping.json").read_bytes(),
        } | files
        values = {}
        for name, data in content.items():
            values[f"{name}_file"] = data and base64.b64encode(data)
            values[f"{name}_name"] = f"my_{name}"
        wizard = (
            self.env["helpdesk.sla.backtest"]
            .with_user(self.manager)
            .create({"policy_id": policy.id, "source": "log", **values})
        )
        wizard.action_run()
        return wizard

    def test_the_same_promises_give_the_same(self):
        wizard = self._run(self.same)
        self.assertTrue(wizard.ticket_count)
        self.assertEqual(
            set(wizard.line_ids.mapped("metric")), {"response", "solution"}
        )
        for line in wizard.line_ids:
            self.assertEqual(
                (line.met, line.missed, line.open, line.rate),
                (line.base_met, line.base_missed, line.base_open, line.base_rate),
                (line.metric, line.severity),
            )

    def test_a_shorter_target_misses_more(self):
        first = self._run(self.same)
        self.same.target_ids.filtered(
            lambda target: (target.metric, target.severity) == ("solution", "3")
        ).amount = 3.75
        second = self._run(self.same)

        def get_missed(wizard):
            return wizard.line_ids.filtered(
                lambda line: (line.metric, line.severity) == ("solution", "3")
            ).missed

        self.assertEqual(get_missed(second) - get_missed(first), 1)  # T1

    def test_a_bad_file_is_refused_by_its_name(self):
        with self.assertRaisesRegex(UserError, "^my_mapping is not JSON"):
            self._run(self.same, mapping=b"{")
        with self.assertRaisesRegex(UserError, "^my_log line 2"):
            self._run(self.same, log=b"when,ticket,what,stars\nsoon,T1,Received,3\n")
        with self.assertRaisesRegex(UserError, "Upload the log and its mapping"):
            self._run(self.same, log=False)
