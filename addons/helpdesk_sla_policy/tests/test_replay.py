import copy
import doctest
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from odoo.addons.helpdesk_sla_policy import clock, replay, replay_cases
from odoo.addons.helpdesk_sla_policy.replay import InputError, read_amount

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).resolve().parents[3]
COMMAND = ROOT / "bin" / "replay"
SHARED = ROOT.parent / "shared" / "data"
LOG, EXPECTED = DATA / "replay_log.csv", DATA / "replay_expected.csv"
MAPPING, CASES = DATA / "replay_mapping.json", DATA / "clock_cases.json"


def run(*arguments):
    """Run bin/replay as a consultant does, with a Python that knows nothing of Odoo."""
    return subprocess.run(
        [sys.executable, "-I", str(COMMAND), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )


class ReplayCase(BaseCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def _write(self, name, content):
        path = self.folder / name
        if isinstance(content, dict | list):
            content = json.dumps(content)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path


class TestReplayLog(ReplayCase):
    def setUp(self):
        super().setUp()
        self.data = replay.read_json(MAPPING)
        self.mapping = replay.read_mapping(self.data)

    def _replay(self, text, mapping=None):
        """Return the outcomes of a log with the columns of the mapping."""
        path = self._write("log.csv", text)
        mapping = mapping or self.mapping
        return replay.replay(replay.read_log(path, mapping), mapping)

    def _replay_rows(self, *rows, mapping=None):
        return self._replay("\n".join(["ticket,what,when,stars", *rows]), mapping)

    def _check_refused(self, sentence, *rows, mapping=None):
        with self.assertRaisesRegex(InputError, sentence):
            self._replay_rows(*rows, mapping=mapping)

    def _check_mapping_refused(self, sentence, **changes):
        data = {**copy.deepcopy(self.data), **changes}
        with self.assertRaisesRegex(InputError, sentence):
            replay.read_mapping(
                {key: value for key, value in data.items() if value is not None}
            )

    def test_doctests(self):
        result = doctest.testmod(replay)
        self.assertGreater(result.attempted, 0)
        self.assertEqual(result.failed, 0)

    # Outcomes

    def test_every_case_comes_out_as_worked_out_by_hand(self):
        outcomes = replay.replay(replay.read_log(LOG, self.mapping), self.mapping)
        out = self.folder / "out.csv"
        replay.write_outcomes(out, outcomes)
        self.assertEqual(out.read_text(), EXPECTED.read_text())

    def test_a_response_is_given_once_and_a_solution_goes_on(self):
        response, solution = self._replay_rows(
            "A,Received,2026-01-12 10:00,Medium",
            "A,Solved,2026-01-12 11:00,Medium",
            "A,Received,2026-01-12 12:00,Medium",
            "A,Assigned,2026-01-12 13:00,Medium",
            "A,Assigned,2026-01-12 15:00,Medium",
        )
        self.assertEqual(response.as_record()[3:], (3600, 1, 0))
        self.assertEqual(solution.as_record()[3:], (7200, 0, 0))

    def test_a_case_is_judged_by_the_severity_of_its_last_row(self):
        response, _solution = self._replay_rows(
            "A,Received,2026-01-12 10:00,Critical",
            "A,Assigned,2026-01-12 13:00,Critical",
            "A,Solved,2026-01-12 14:00,Medium",
        )
        self.assertEqual(response.as_record(), ("A", "response", "1", 10800, 1, 0))

    def test_rows_of_the_same_second_keep_the_order_of_the_file(self):
        rows = [f"A,{what},2026-01-12 10:00,Medium" for what in ("Solved", "Assigned")]
        self.assertEqual(self._replay_rows(*rows)[1].verdict, "open")
        self.assertEqual(self._replay_rows(*rows[::-1])[1].verdict, "met")

    def test_cases_keep_the_order_in_which_they_first_appear(self):
        outcomes = self._replay_rows(
            "B,Received,2026-01-12 12:00,Medium",
            "A,Received,2026-01-12 10:00,Medium",
            "B,Assigned,2026-01-12 09:00,Medium",
        )
        self.assertEqual([outcome.case for outcome in outcomes], ["B", "B", "A", "A"])

    def test_a_cancelled_case_is_left_out(self):
        outcomes = self._replay_rows(
            "A,Received,2026-01-12 10:00,Critical",
            "A,Cancelled,2026-01-12 15:00,Critical",
        )
        self.assertEqual([outcome.verdict for outcome in outcomes], ["void", "void"])
        self.assertEqual(outcomes[0].as_record()[3:], (18000, 0, 0))

    def test_a_target_that_is_missing_or_zero_promises_nothing(self):
        targets = {"1": {"response": 0}}
        mapping = replay.read_mapping({**self.data, "targets": targets})
        outcomes = self._replay_rows(
            "A,Assigned,2026-01-12 10:00,Medium",
            "A,Solved,2026-01-12 16:00,Medium",
            "B,Solved,2026-01-12 16:00,Critical",
            mapping=mapping,
        )
        self.assertEqual({outcome.verdict for outcome in outcomes}, {"void"})
        self.assertEqual(outcomes[1].as_record()[3:], (21600, 1, 0))

    # Attainment

    def test_the_attainment_is_told_by_severity_and_by_month(self):
        outcomes = replay.replay(replay.read_log(LOG, self.mapping), self.mapping)
        report = [
            tuple(line.split()) for line in replay.get_report(outcomes, self.mapping)
        ]
        for line in (
            ("response", "3", "2", "2", "0", "50.0"),
            ("response", "all", "4", "3", "0", "57.1"),
            ("solution", "1", "1", "0", "1", "100.0"),
            ("solution", "all", "3", "2", "1", "60.0"),
            ("response", "2026-01", "4", "2", "0", "66.6"),
            ("response", "2026-02", "0", "1", "0", "0.0"),
            ("solution", "2026-01", "1", "2", "1", "33.3"),
            ("solution", "2026-02", "2", "0", "0", "100.0"),
        ):
            self.assertIn(line, report)

    def test_a_breach_belongs_to_its_month_in_the_zone_of_the_log(self):
        (outcome, _solution) = self._replay_rows(
            "A,Received,2026-01-30 16:45,Critical",
            "A,Assigned,2026-03-02 10:00,Critical",
        )
        self.assertEqual(outcome.verdict, "missed")
        self.assertEqual(
            replay.clock.local(outcome.moment, self.mapping.tz), "2026-02-02 09:15:00"
        )

    def test_nothing_decided_is_no_rate(self):
        outcomes = self._replay_rows("A,Received,2026-01-12 10:00,Medium")
        report = [line.split() for line in replay.get_report(outcomes, self.mapping)]
        self.assertIn(["response", "1", "0", "0", "1", "n/a"], report)

    # What a log may look like

    def test_a_log_may_have_a_bom_semicolons_and_further_columns(self):
        text = (
            "\ufeffid;ticket; what ;when;stars\r\n"
            '7;"A";Received;2026-01-12T10:00:00;Medium;more\r\n'
            "\r\n"
            "8;A;Assigned;2026-01-12 16:00:00.250Z;Medium\r\n"
        )
        response, _solution = self._replay(text)
        self.assertEqual(response.as_record(), ("A", "response", "1", 3600, 1, 0))

    def test_a_row_before_triage_may_have_no_severity(self):
        response, _solution = self._replay_rows(
            "A,Received,2026-01-12 10:00,", "A,Assigned,2026-01-12 11:00,Medium"
        )
        self.assertEqual(response.severity, "1")

    def test_a_log_without_rows_has_no_outcomes(self):
        self.assertEqual(self._replay_rows(), [])

    def test_a_mapping_needs_only_effects_targets_and_a_calendar(self):
        mapping = replay.read_mapping(
            {
                "effects": {"open": {"solution": "run"}, "done": {"solution": "stop"}},
                "targets": {"high": {"solution": "1h"}},
                "calendar": {"tz": "UTC", "hours": {"0": [["00:00", "24:00"]]}},
            }
        )
        (outcome,) = self._replay(
            "case,activity,at,severity\n"
            "1,open,2026-01-12 10:00,high\n"
            "1,done,2026-01-12 11:00:01,high\n",
            mapping,
        )
        self.assertEqual(outcome.as_record(), ("1", "solution", "high", 3601, 1, 1))

    def test_a_calendar_may_be_always_open(self):
        mapping = replay.read_mapping({**self.data, "calendar": {"always_open": True}})
        response, _solution = self._replay_rows(
            "A,Received,2026-01-10 10:00,Medium",
            "A,Assigned,2026-01-11 10:00,Medium",
            mapping=mapping,
        )
        self.assertEqual(response.as_record()[3:], (86400, 1, 1))

    def test_amounts_are_read_in_every_unit(self):
        for text, seconds in (
            ("90s", 90),
            ("30m", 1800),
            ("30 min", 1800),
            ("4h", 14400),
            ("1.5h", 5400),
            ("1h 30m", 5400),
            ("2d", 57600),
            ("45", 2700),
            (45, 2700),
            (0.5, 30),
            (0, 0),
            (None, None),
            ("", None),
        ):
            self.assertEqual(read_amount(text, 8), seconds, text)

    def test_other_amounts_are_refused(self):
        for text in ("soon", "4x", "h", "-30", -30, "30m or so", True, [30]):
            with self.assertRaisesRegex(ValueError, "no amount of time"):
                read_amount(text)

    def test_a_day_has_the_mean_hours_of_the_days_with_hours(self):
        self.assertEqual(self.mapping.targets["1"]["solution"], 2 * 8 * 3600)
        hours = {
            "mon": [["08:00", "12:00"], ["13:00", "19:00"]],
            "tue": [["22:00", "04:00"]],
        }
        mapping = replay.read_mapping({**self.data, "calendar": {"hours": hours}})
        self.assertEqual(mapping.targets["1"]["solution"], 2 * 8 * 3600)

    def test_weekdays_are_names_or_numbers(self):
        for key in ("mon", "Monday", "MON", "0", 0):
            calendar = replay.read_calendar({"hours": {key: [["09:00", "17:00"]]}})
            self.assertTrue(calendar.is_open(replay.read_instant("2026-01-12 10:00")))
        with self.assertRaisesRegex(ValueError, '"7" is no weekday'):
            replay.read_calendar({"hours": {"7": [["09:00", "17:00"]]}})

    # What is refused, in one sentence

    def test_an_unknown_activity_names_the_line_and_what_to_add(self):
        self._check_refused(
            r'log.csv line 3: the activity "Phoned" is not in the mapping; add it to '
            r'"stages" there, as one of new, in_progress, waiting, solved, cancelled\.',
            "A,Received,2026-01-12 10:00,Medium",
            "A,Phoned,2026-01-12 11:00,Medium",
        )

    def test_an_unknown_severity_names_the_line_and_what_to_add(self):
        self._check_refused(
            r'log.csv line 2: the severity "Awful" is not in the mapping; add it to '
            r'"severity" there, as one of 3, 1, 0\.',
            "A,Received,2026-01-12 10:00,Awful",
        )

    def test_a_case_must_end_with_a_severity(self):
        self._check_refused(
            "line 3: the last row of a case must name a severity",
            "A,Received,2026-01-12 10:00,Medium",
            "A,Assigned,2026-01-12 11:00,",
        )

    def test_a_row_needs_a_case_and_a_time(self):
        self._check_refused(
            'line 2: there is no value in column "ticket"',
            ",Received,2026-01-12 10:00,Medium",
        )
        self._check_refused('line 2: there is no value in column "when"', "A,Received")
        self._check_refused(
            'line 2: "yesterday" is no time such as 2026-01-31 09:00:00',
            "A,Received,yesterday,Medium",
        )

    def test_a_missing_column_is_named(self):
        with self.assertRaisesRegex(
            InputError, 'no column "ticket"; say under "columns"'
        ):
            self._replay("case,activity,at,severity\n")
        for content in ("", "\n\n"):
            with self.assertRaisesRegex(InputError, "is empty: its first line must"):
                self._replay(content)
        with self.assertRaisesRegex(InputError, 'more than one column "stars"'):
            self._replay("ticket,what,when,stars,stars\n")

    def test_lines_that_hold_nothing_are_passed_over(self):
        """As a spreadsheet leaves them, in between and at the end."""
        content = "A,Received,2026-01-12 10:00,Medium"
        expected = self._replay(f"ticket,what,when,stars\n{content}\n")
        for line in ("", ",,,", "  ", " , ,"):
            got = self._replay(f"ticket,what,when,stars\n{line}\n{content}\n{line}")
            self.assertEqual(got, expected, line)

    def test_lines_may_end_as_any_system_ends_them(self):
        """A quoted value may hold the separator and a line's end."""
        lines = (
            "note,ticket,what,when,stars",
            '"Paper, jam",A,Received,2026-01-12 10:00,Medium',
            '"Again\r\nand again","A",Assigned,2026-01-12 11:00,Medium',
        )
        got = [self._replay(end.join(lines)) for end in ("\n", "\r\n", "\r")]
        self.assertEqual(len(got[0]), 2)
        self.assertEqual(got[1:], got[:1] * 2)

    def test_a_zero_byte_is_refused(self):
        self._check_refused(
            "line 2: there is a zero byte", "A\0,Received,2026-01-12 10:00,Medium"
        )

    def test_a_time_that_cannot_be_is_refused(self):
        """A leap second has no place in any calendar of Python or Odoo."""
        for text, words in (
            ("2026-12-31 23:59:60", "is no time such as"),
            ("2026-02-30 10:00", "is no time such as"),
            ("12/01/2026 10:00", "is no time such as"),
            ("9999-12-31T23:59:59-05:00", "is no time such as"),
            ("0001-01-01 10:00", "is not between 1900 and 2200"),
            ("9999-12-31 10:00", "is not between 1900 and 2200"),
        ):
            self._check_refused(
                f'line 2: "{text}" {words}', f"A,Received,{text},Medium"
            )

    def test_times_around_a_change_of_the_clocks(self):
        """From 01:30 to 03:30 of 29 March in Madrid is one hour, in October three."""
        hours = {"tz": "Europe/Madrid", "always_open": True}
        mapping = replay.read_mapping(
            {**self.data, "timezone": "Europe/Madrid", "calendar": hours}
        )
        for day, seconds in (("2026-03-29", 3600), ("2026-10-25", 3 * 3600)):
            outcomes = self._replay(
                "ticket,what,when,stars\n"
                f"A,Received,{day} 01:30,Medium\nA,Assigned,{day} 03:30,Medium\n",
                mapping,
            )
            self.assertEqual(outcomes[0].as_record()[3:5], (seconds, 1), day)

    def test_a_stage_without_an_effect_is_named(self):
        effects = copy.deepcopy(self.data["effects"])
        del effects["waiting"]["solution"]
        mapping = replay.read_mapping({**self.data, "effects": effects})
        self._check_refused(
            'line 2: nothing says what stage "waiting" does to solution',
            "A,Customer asked,2026-01-12 10:00,Medium",
            mapping=mapping,
        )

    def test_a_log_that_is_no_text_is_refused(self):
        rows = "ticket,what,when,stars\nA,Recibido por Jos\xe9"
        for content in (b"\xff\xfe\x00", rows.encode("latin-1")):
            with self.assertRaisesRegex(InputError, "is not CSV in UTF-8"):
                self._replay(content)

    def test_a_mapping_that_lacks_something_is_refused(self):
        for key in ("effects", "targets", "calendar"):
            self._check_mapping_refused(f"has no '{key}'", **{key: None})

    def test_a_mapping_with_a_wrong_value_is_refused(self):
        self._check_mapping_refused(
            '"wait", the effect of stage "new" on response, is none of idle, run',
            effects={"new": {"response": "wait"}},
        )
        self._check_mapping_refused(
            '"soon" is no amount of time', targets={"1": {"response": "soon"}}
        )
        self._check_mapping_refused("no time zone called 'Mars'", timezone="Mars")
        self._check_mapping_refused("no working hours", calendar={"hours": {}})
        self._check_mapping_refused('"effects" is no object', effects=["new"])
        self._check_mapping_refused('"stages" is no object', stages=["new"])
        self._check_mapping_refused(
            'a value of "stages" is no text', stages={"Received": ["new"]}
        )
        for name, value, words in (
            ("hours", {"mon": "09:00-17:00"}, 'hours of "mon" are no ranges'),
            ("holidays", ["2026-13-01"], "'2026-13-01' is no date"),
            ("closures", [["2026-01-12T10:00"]], "no pair of instants"),
            ("closures", [["2026-01-12T10:00", "2026-01-12T09:00"]], "ends before"),
            ("tz", 5, "tz is no text: 5"),
            ("hours_per_day", -8, "hours_per_day is -8"),
        ):
            calendar = {**self.data["calendar"], name: value}
            self._check_mapping_refused(words, calendar=calendar)
        with self.assertRaisesRegex(InputError, "it is no object"):
            replay.read_mapping([])

    def test_a_calendar_that_never_opens_again_is_refused(self):
        """Whatever cannot be counted is told by its case."""
        closures = [["1900-01-01", "9990-01-01"]]
        calendar = {**self.data["calendar"], "closures": closures}
        self._check_refused(
            'The response of case "A" cannot be counted: This calendar stays closed',
            "A,Received,2026-01-12 10:00,Medium",
            mapping=replay.read_mapping({**self.data, "calendar": calendar}),
        )

    def test_a_file_that_is_not_there_is_refused(self):
        with self.assertRaisesRegex(InputError, "cannot be read: No such file"):
            replay.read_json(self.folder / "none.json")
        with self.assertRaisesRegex(InputError, "cannot be read: No such file"):
            replay.read_log(self.folder / "none.csv", self.mapping)
        with self.assertRaisesRegex(InputError, "cannot be written"):
            replay.write_outcomes(self.folder / "none" / "out.csv", [])


class TestReplayCases(ReplayCase):
    def _make_case(self, **values):
        return {
            "id": "made",
            "calendar": {"tz": "UTC", "hours": {"mon": [["09:00", "17:00"]]}},
            "target_minutes": 60,
            "events": [{"at": "2026-01-12T10:00:00Z", "type": "start"}],
            "expect": {"due": "2026-01-12T11:00:00Z"},
            **values,
        }

    def _check_wrong(self, sentence, **values):
        ((key, got, _expected),) = replay_cases.check(self._make_case(**values))
        self.assertEqual(key, "case")
        self.assertRegex(got, sentence)

    def test_every_case_gives_the_figures_worked_out_by_hand(self):
        cases = replay_cases.read_cases(replay.read_json(CASES), CASES)
        checked = [case for case in cases if not replay_cases.is_skipped(case)]
        self.assertGreater(len(checked), 25)
        for case in checked:
            with self.subTest(case=case["id"]):
                self.assertEqual(replay_cases.check(case), [])
        skipped = {case["id"] for case in cases} - {case["id"] for case in checked}
        self.assertEqual({name.split("-")[0] for name in skipped}, {"skip"})

    def test_a_wrong_figure_is_told_with_what_was_expected(self):
        case = self._make_case(
            expect={"due": "2026-01-12T11:00:01Z", "elapsed_seconds": 0, "breached": 0}
        )
        self.assertEqual(
            replay_cases.check(case),
            [
                ("due", "2026-01-12T11:00:00Z", "2026-01-12T11:00:01Z"),
                ("breached", False, 0),
            ],
        )

    def test_nothing_and_something_are_different(self):
        case = self._make_case(expect={"due": None, "remaining_minutes": None})
        self.assertEqual(len(replay_cases.check(case)), 2)
        case = self._make_case(
            target_minutes=None, expect={"due": "2026-01-12T11:00:00Z"}
        )
        self.assertEqual(len(replay_cases.check(case)), 1)

    def test_what_is_unknown_fails(self):
        self._check_wrong("answers 'mood'", expect={"mood": 5})
        self._check_wrong(
            "no event of type 'sing'",
            events=[{"at": "2026-01-12T10:00:00Z", "type": "sing"}],
        )
        event = {"at": "2026-01-12T10:00:00Z", "type": "calendar_change", "mode": "odd"}
        self._check_wrong(
            "no calendar_change of mode 'odd'",
            events=[{**event, "calendar": self._make_case()["calendar"]}],
        )

    def test_what_cannot_be_read_fails(self):
        self._check_wrong("it expects nothing", expect={})
        self._check_wrong("it has no events", events=[])
        self._check_wrong("it has no 'at'", events=[{"type": "start"}])
        self._check_wrong("Invalid isoformat", events=[{"at": "soon", "type": "start"}])
        self._check_wrong("no working hours", calendar={"tz": "UTC", "hours": {}})
        self._check_wrong("no time zone", calendar={"tz": "Mars", "hours": {}})
        self._check_wrong("no number of minutes", target_minutes="an hour")
        self._check_wrong("no number of minutes", target_minutes=True)
        self._check_wrong("cannot convert", target_minutes=float("inf"))
        self._check_wrong("answers 'escalation_at'", expect={"escalation_at": None})
        for case in (None, [], {}, "case"):
            self.assertFalse(replay_cases.is_skipped(case))
            self.assertEqual(len(replay_cases.check(case)), 1)

    def test_a_file_without_cases_is_refused(self):
        for data in ({}, {"cases": {}}, "cases", None):
            with self.assertRaisesRegex(InputError, 'no list of "cases"'):
                replay_cases.read_cases(data, "file.json")


class TestReplayCommand(ReplayCase):
    def setUp(self):
        super().setUp()
        if not COMMAND.exists():
            self.skipTest("bin/replay is not installed with the addon.")

    def _check_refused(self, sentence, *arguments):
        result = run(*arguments)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, sentence)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(result.stdout, "")

    def test_a_log_is_replayed_without_odoo(self):
        out = self.folder / "out.csv"
        result = run(LOG, "--mapping", MAPPING, "--out", out)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(out.read_text(), EXPECTED.read_text())
        self.assertIn("8 cases, 26 rows", result.stdout)

    def test_the_mapping_beside_the_log_is_taken(self):
        self._write("support.csv", LOG.read_text())
        self._write("support_mapping.json", MAPPING.read_text())
        self.assertEqual(run(self.folder / "support.csv").returncode, 0)

    def test_cases_that_hold_exit_0(self):
        result = run("--cases", CASES)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "35 passed, 0 failed, 4 skipped\n")

    def test_a_case_that_fails_is_printed_and_exits_1(self):
        data = replay.read_json(CASES)["cases"][:3]
        data[1]["expect"]["due"] = "2026-01-12T14:31:00Z"
        del data[2]["id"]
        data[2]["expect"] = {"mood": "fine"}
        result = run("--cases", self._write("cases.json", data))
        self.assertEqual(result.returncode, 1)
        self.assertEqual(
            result.stdout.splitlines(),
            [
                "saturday due: got 2026-01-12T14:30:00Z, expected 2026-01-12T14:31:00Z",
                "case 3 case: got nothing is known that answers 'mood', "
                "expected a case that can be read",
                "1 passed, 2 failed",
            ],
        )

    def test_what_cannot_be_used_exits_1_with_one_sentence(self):
        log = self._write("log.csv", LOG.read_text().replace("Solved", "Fixed", 1))
        out = self.folder / "out.csv"
        self._check_refused(
            'line 7: the activity "Fixed"', log, "--mapping", MAPPING, "--out", out
        )
        self.assertFalse(out.exists())
        self._check_refused(
            "cannot be read", LOG, "--mapping", self.folder / "none.json"
        )
        self._check_refused(
            "cannot be read", self.folder / "none.csv", "--mapping", MAPPING
        )
        self._check_refused("is not JSON", "--cases", LOG)
        self._check_refused("is not JSON", "--cases", self._write("d.json", "[" * 9999))
        self._check_refused("--out must name", log, "--mapping", MAPPING, "--out", log)

    def test_the_help_names_the_columns_and_the_figures(self):
        result = run("--help")
        self.assertEqual(result.returncode, 0)
        for word in (*replay.HEADER, "targets", "breach_at", "overrun_minutes"):
            self.assertIn(word, result.stdout)


class TestReplayShared(ReplayCase):
    """Figures of other projects and of a real help desk, where they are at hand."""

    def setUp(self):
        super().setUp()
        if not SHARED.is_dir():
            self.skipTest("The shared test data is not beside this project.")

    def test_the_cases_of_other_projects_hold(self):
        for name in ("clock_cases.json", "clock_random_cases.json"):
            cases = replay_cases.read_cases(replay.read_json(SHARED / name), name)
            checked = [case for case in cases if not replay_cases.is_skipped(case)]
            self.assertGreater(len(checked), 100)
            wrong = {case["id"]: replay_cases.check(case) for case in checked}
            self.assertEqual(
                {name: figures for name, figures in wrong.items() if figures}, {}
            )

    def test_the_log_of_a_real_help_desk_comes_out_line_for_line(self):
        mapping = replay.read_mapping(
            replay.read_json(SHARED / "helpdesk_log_mapping.json")
        )
        cases = replay.read_log(SHARED / "helpdesk_log.csv", mapping)
        out = self.folder / "out.csv"
        replay.write_outcomes(out, replay.replay(cases, mapping))
        expected = (SHARED / "helpdesk_log_expected.csv").read_text()
        self.assertEqual(out.read_text().splitlines(), expected.splitlines())

    def test_every_explanation_of_a_real_help_desk_adds_up(self):
        """The segments of each case and metric sum to its elapsed time, to the end."""
        mapping = replay.read_mapping(
            replay.read_json(SHARED / "helpdesk_log_mapping.json")
        )
        cases = replay.read_log(SHARED / "helpdesk_log.csv", mapping)
        wrong, told = {}, 0
        for outcome in replay.replay(cases, mapping):
            facts, rules = replay.get_facts(
                cases[outcome.case], outcome.metric, mapping
            )
            segments = clock.explain(facts, outcome.at, rules)
            counted = sum(segment.counted for segment in segments)
            if counted != outcome.timer.elapsed_at(outcome.at):
                wrong[outcome.case, outcome.metric] = counted
            told += bool(segments)
        self.assertEqual(wrong, {})
        self.assertGreater(told, 2 * 2000)
