import datetime

from odoo.tests import BaseCase

from odoo.addons.helpdesk_sla_policy.clock import (
    IDLE,
    PAUSE,
    RUN,
    STOP,
    VOID,
    Calendar,
    ClockError,
    OpeningHours,
    Rules,
    Timer,
    explain,
    fold,
)

from .clock_common import ALWAYS, GUAYAQUIL, HOUR, at, make_facts, show

RESUME = Rules()
NEVER = Rules(reopen="never")
CYCLE = Rules(reopen="cycle")
LAPSE = Rules(lapse=True)


class TestClockTimer(BaseCase):
    def _fold(self, *steps, rules=RESUME, **values):
        """Return the live timer after the steps."""
        return fold(make_facts(*steps, **values), rules=rules)[-1]

    def _check(self, timer, moment, elapsed, verdict):
        self.assertEqual(timer.elapsed_at(at(moment)), elapsed)
        self.assertEqual(timer.verdict, verdict)

    # The worked example of a solution in four hours

    def test_a_paused_solution_is_due_later_by_the_working_time_it_waited(self):
        timer = self._fold(("10:00", RUN), ("11:30", PAUSE), ("14:00", RUN))
        self.assertEqual(show(timer.due_at), "2026-01-12 16:30:00")
        self.assertEqual(show(timer.breach_at), "2026-01-12 16:30:00")

    def test_solved_in_the_last_second_is_met(self):
        steps = ("10:00", RUN), ("11:30", PAUSE), ("14:00", RUN)
        self._check(self._fold(*steps, ("16:30:00", STOP)), "16:30", 4 * HOUR, "met")
        late = self._fold(*steps, ("16:30:01", STOP))
        self._check(late, "16:30:01", 4 * HOUR + 1, "missed")

    def test_a_severity_raised_after_its_time_is_missed_at_once(self):
        timer = self._fold(
            ("10:00", RUN, {"target": 48 * HOUR}), ("15:00", RUN, {"target": 4 * HOUR})
        )
        self.assertTrue(timer.is_late(at("15:00")))
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")
        self.assertEqual(show(timer.breach_at), "2026-01-12 14:00:00")

    def test_a_reopened_solution_goes_on_and_is_judged_again(self):
        steps = ("10:00", RUN), ("11:30", PAUSE), ("14:00", RUN), ("16:30", STOP)
        self.assertEqual(self._fold(*steps).verdict, "met")
        reopened = self._fold(*steps, ("2026-01-13 09:00", RUN))
        self.assertEqual(reopened.verdict, "running")
        self.assertIsNone(reopened.stopped_at)
        self.assertFalse(reopened.is_late(at("2026-01-13 09:00:00")))
        self.assertTrue(reopened.is_late(at("2026-01-13 09:00:01")))
        solved = self._fold(
            *steps, ("2026-01-13 09:00", RUN), ("2026-01-13 09:10", STOP)
        )
        self._check(solved, "2026-01-13 09:10", 4 * HOUR + 600, "missed")
        self.assertEqual(show(solved.due_at), "2026-01-12 16:30:00")
        self.assertEqual(show(solved.breach_at), "2026-01-13 09:00:00")

    def test_a_response_at_the_next_opening_is_in_time_and_a_second_later_is_not(self):
        for moment, verdict in (("09:00:00", "met"), ("09:00:01", "missed")):
            timer = self._fold(
                ("16:30", RUN), (f"2026-01-13 {moment}", STOP), target=HOUR // 2
            )
            self.assertEqual(timer.verdict, verdict)
            self.assertEqual(show(timer.due_at), "2026-01-12 17:00:00")
            self.assertEqual(show(timer.breach_at), "2026-01-13 09:00:00")

    # Effects

    def test_nothing_starts_while_idle(self):
        timer = self._fold(("10:00", IDLE))
        self._check(timer, "12:00", 0, "idle")
        self.assertIsNone(timer.started_at)
        self.assertIsNone(timer.due_at)
        self.assertIsNone(timer.breach_at)
        self.assertIsNone(timer.reach(HOUR))
        self.assertFalse(timer.is_late(at("2027-01-01 00:00")))

    def test_time_counts_while_running(self):
        timer = self._fold(("10:00", RUN))
        self._check(timer, "12:00", 2 * HOUR, "running")
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")

    def test_going_from_one_running_stage_to_another_changes_nothing(self):
        timer = self._fold(("10:00", RUN), ("11:00", RUN))
        self._check(timer, "12:00", 2 * HOUR, "running")
        self.assertEqual(show(timer.started_at), "2026-01-12 10:00:00")

    def test_time_stands_still_while_paused(self):
        timer = self._fold(("10:00", RUN), ("11:00", PAUSE))
        self._check(timer, "2026-01-14 12:00", HOUR, "paused")
        self.assertIsNone(timer.due_at)
        self.assertIsNone(timer.breach_at)

    def test_a_timer_may_start_paused(self):
        timer = self._fold(("10:00", PAUSE), ("11:00", RUN))
        self.assertEqual(show(timer.started_at), "2026-01-12 10:00:00")
        self._check(timer, "12:00", HOUR, "running")

    def test_a_running_timer_that_is_sent_back_to_idle_waits(self):
        timer = self._fold(("10:00", RUN), ("11:00", IDLE))
        self._check(timer, "12:00", HOUR, "paused")

    def test_a_timer_that_is_late_when_paused_shows_when_it_was_due(self):
        timer = self._fold(("10:00", RUN), ("15:00", PAUSE))
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")
        self.assertEqual(show(timer.breach_at), "2026-01-12 14:00:00")
        self.assertTrue(timer.is_late(at("15:00")))

    def test_a_timer_paused_in_its_last_second_is_not_late(self):
        timer = self._fold(("10:00", RUN), ("14:00", PAUSE))
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")
        self.assertIsNone(timer.breach_at)
        self.assertFalse(timer.is_late(at("2026-02-01 00:00")))

    def test_what_stops_without_having_started_took_no_time(self):
        timer = self._fold(("10:00", IDLE), ("12:00", STOP))
        self._check(timer, "12:00", 0, "met")
        self.assertEqual(timer.started_at, timer.stopped_at)

    def test_a_second_stop_changes_nothing(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP), ("15:00", STOP))
        self._check(timer, "15:00", HOUR, "met")
        self.assertEqual(show(timer.stopped_at), "2026-01-12 11:00:00")

    def test_a_paused_timer_stops_in_one_step(self):
        timer = self._fold(("10:00", RUN), ("11:00", PAUSE), ("15:00", STOP))
        self._check(timer, "15:00", HOUR, "met")
        self.assertFalse(timer.stopped_running)
        self.assertIsNone(timer.due_at)

    def test_a_timer_stopped_while_it_ran_shows_when_it_was_due(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP))
        self.assertTrue(timer.stopped_running)
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")

    def test_idle_after_a_stop_is_stopped(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP), ("12:00", IDLE))
        self._check(timer, "15:00", HOUR, "met")
        self.assertEqual(show(timer.stopped_at), "2026-01-12 11:00:00")

    def test_a_void_timer_is_out_of_every_rate(self):
        timer = self._fold(("10:00", RUN), ("16:00", VOID))
        self._check(timer, "17:00", 6 * HOUR, "void")
        self.assertFalse(timer.is_late(at("17:00")))

    def test_a_void_timer_comes_back_with_its_time(self):
        timer = self._fold(("10:00", RUN), ("11:00", VOID), ("13:00", RUN))
        self._check(timer, "14:00", 2 * HOUR, "running")
        self.assertEqual(show(timer.due_at), "2026-01-12 16:00:00")

    def test_a_timer_voided_after_its_stop_comes_back_stopped(self):
        steps = ("10:00", RUN), ("11:00", STOP), ("12:00", VOID)
        self.assertEqual(self._fold(*steps).verdict, "void")
        for effect in (IDLE, STOP):
            timer = self._fold(*steps, ("13:00", effect))
            self._check(timer, "13:00", HOUR, "met")
            self.assertEqual(show(timer.stopped_at), "2026-01-12 11:00:00")

    def test_void_before_the_start_leaves_it_idle(self):
        timer = self._fold(("10:00", VOID), ("11:00", RUN))
        self._check(timer, "12:00", HOUR, "running")

    # Reopening

    def test_resume_leaves_the_closed_time_out(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP), ("15:00", RUN))
        self._check(timer, "16:00", 2 * HOUR, "running")
        self.assertEqual(timer.cycle, 1)
        self.assertEqual(show(timer.due_at), "2026-01-13 10:00:00")

    def test_reopened_into_a_pause_waits(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP), ("12:00", PAUSE))
        self._check(timer, "16:00", HOUR, "paused")

    def test_cycle_starts_anew_and_keeps_the_verdict(self):
        facts = make_facts(("10:00", RUN), ("15:00", STOP), ("15:30", RUN))
        first, second = fold(facts, rules=CYCLE)
        self.assertEqual((first.cycle, first.verdict), (1, "missed"))
        self.assertEqual((second.cycle, second.verdict), (2, "running"))
        self.assertEqual(second.elapsed_at(at("16:30")), HOUR)
        self.assertEqual(show(second.due_at), "2026-01-13 11:30:00")

    def test_cycle_keeps_the_verdict_of_a_timer_that_was_void_in_between(self):
        facts = make_facts(
            ("10:00", RUN), ("11:00", STOP), ("12:00", VOID), ("13:00", RUN)
        )
        first, second = fold(facts, rules=CYCLE)
        self.assertEqual((first.verdict, second.verdict), ("met", "running"))
        self.assertEqual(second.elapsed_at(at("14:00")), HOUR)

    def test_cycle_does_not_start_anew_on_idle_or_stop(self):
        facts = make_facts(
            ("10:00", RUN), ("11:00", STOP), ("12:00", IDLE), ("13:00", STOP)
        )
        (timer,) = fold(facts, rules=CYCLE)
        self.assertEqual(timer.elapsed, HOUR)

    def test_never_keeps_what_was_given_once(self):
        steps = [("10:00", RUN), ("11:00", STOP)]
        for effect in (RUN, PAUSE, IDLE, STOP):
            steps.append((f"{11 + len(steps)}:00", effect))
            timer = self._fold(*steps, rules=NEVER)
            self._check(timer, "2026-01-14 12:00", HOUR, "met")
            self.assertEqual(show(timer.stopped_at), "2026-01-12 11:00:00")

    def test_never_comes_back_stopped_after_void(self):
        timer = self._fold(
            ("10:00", RUN),
            ("11:00", STOP),
            ("12:00", VOID),
            ("13:00", RUN),
            rules=NEVER,
        )
        self._check(timer, "16:00", HOUR, "met")

    # Update: each message ends a cycle and starts the next

    def test_renew_ends_a_cycle_and_starts_the_next(self):
        facts = make_facts(
            ("10:00", RUN), ("11:00", RUN, {"renew": True}), target=2 * HOUR
        )
        first, second = fold(facts, rules=LAPSE)
        self.assertEqual((first.verdict, first.elapsed), ("met", HOUR))
        self.assertEqual(second.cycle, 2)
        self.assertEqual(show(second.due_at), "2026-01-12 13:00:00")

    def test_renew_before_the_start_only_starts(self):
        (timer,) = fold(make_facts(("10:00", RUN, {"renew": True})), rules=LAPSE)
        self.assertEqual((timer.cycle, timer.verdict), (1, "running"))

    def test_renew_into_a_pause_starts_a_paused_cycle(self):
        facts = make_facts(("10:00", RUN), ("11:00", PAUSE, {"renew": True}))
        _first, second = fold(facts, rules=LAPSE)
        self.assertEqual((second.verdict, second.elapsed), ("paused", 0))

    def test_renew_leaves_a_cycle_that_was_stopped_before_as_it_is(self):
        facts = make_facts(
            ("10:00", RUN), ("11:00", STOP), ("15:00", RUN, {"renew": True})
        )
        first, second = fold(facts)
        self.assertEqual(show(first.stopped_at), "2026-01-12 11:00:00")
        self.assertEqual(show(second.started_at), "2026-01-12 15:00:00")

    def test_renew_with_a_stop_leaves_no_cycle_that_counts(self):
        facts = make_facts(("10:00", RUN), ("11:00", STOP, {"renew": True}))
        first, second = fold(facts, rules=LAPSE)
        self.assertEqual((first.verdict, second.verdict), ("met", "idle"))

    def test_a_cycle_open_at_the_end_lapses(self):
        timer = self._fold(("10:00", RUN), ("11:00", STOP), rules=LAPSE)
        self._check(timer, "12:00", HOUR, "void")

    def test_a_cycle_late_at_the_end_is_missed(self):
        timer = self._fold(("10:00", RUN), ("14:00:01", STOP), rules=LAPSE)
        self._check(timer, "15:00", 4 * HOUR + 1, "missed")

    # Targets

    def test_nothing_is_promised_without_a_target(self):
        for target in (None, 0):
            timer = self._fold(("10:00", RUN), ("16:00", STOP), target=target)
            self._check(timer, "16:00", 6 * HOUR, "void")
            self.assertIsNone(timer.due_at)
            self.assertIsNone(timer.breach_at)
            self.assertFalse(timer.is_late(at("16:00")))

    def test_a_target_changed_while_paused_counts_when_the_clock_goes_on(self):
        timer = self._fold(
            ("10:00", RUN),
            ("11:00", PAUSE),
            ("12:00", PAUSE, {"target": 2 * HOUR}),
            ("13:00", RUN, {"target": 2 * HOUR}),
        )
        self.assertEqual(show(timer.due_at), "2026-01-12 14:00:00")

    def test_a_target_lowered_while_paused_can_be_missed_at_once(self):
        timer = self._fold(
            ("10:00", RUN), ("12:00", PAUSE), ("13:00", PAUSE, {"target": HOUR})
        )
        self.assertTrue(timer.is_late(at("13:00")))
        self.assertEqual(show(timer.due_at), "2026-01-12 11:00:00")

    def test_a_target_changed_after_the_stop_judges_again(self):
        steps = ("10:00", RUN), ("13:00", STOP)
        timer = self._fold(*steps, ("15:00", STOP, {"target": 2 * HOUR}))
        self._check(timer, "15:00", 3 * HOUR, "missed")
        self.assertEqual(show(timer.breach_at), "2026-01-12 12:00:00")
        timer = self._fold(*steps, ("15:00", STOP, {"target": 3 * HOUR}))
        self._check(timer, "15:00", 3 * HOUR, "met")

    def test_a_response_given_once_is_judged_by_the_severity_of_later(self):
        timer = self._fold(
            ("10:00", RUN),
            ("13:00", STOP),
            ("14:00", RUN, {"target": HOUR}),
            rules=NEVER,
        )
        self._check(timer, "15:00", 3 * HOUR, "missed")

    def test_another_calendar_counts_from_its_date(self):
        timer = self._fold(
            ("16:00", RUN), ("2026-01-12 20:00", RUN, {"calendar": ALWAYS})
        )
        self.assertEqual(timer.elapsed_at(at("21:00")), 2 * HOUR)
        self.assertEqual(show(timer.due_at), "2026-01-12 23:00:00")

    def test_shares_of_the_target_are_reached_in_turn(self):
        timer = self._fold(("10:00", RUN), ("11:00", PAUSE), ("12:00", RUN))
        reached = [show(timer.reach(hours * HOUR)) for hours in (0, 1, 2, 5)]
        self.assertEqual(
            reached,
            [f"2026-01-12 {hour}:00:00" for hour in (10, 11, 13, 16)],
        )
        last = [show(timer.reach(hours * HOUR, last=True)) for hours in (0, 1, 5)]
        self.assertEqual(last, [f"2026-01-12 {hour}:00:00" for hour in (10, 12, 16)])

    # Business days

    def test_a_term_in_business_days_ends_at_the_close_of_the_last(self):
        timer = self._fold(("2026-01-08 16:00", RUN), target=None, days=5)
        self.assertEqual(show(timer.due_at), "2026-01-15 17:00:00")
        self.assertEqual(timer.breach_at, timer.due_at)
        self.assertFalse(timer.is_late(at("2026-01-15 17:00:00")))
        self.assertTrue(timer.is_late(at("2026-01-15 17:00:01")))

    def test_waiting_does_not_stop_business_days(self):
        timer = self._fold(
            ("2026-01-08 16:00", RUN), ("2026-01-09 10:00", PAUSE), target=None, days=5
        )
        self.assertEqual(show(timer.due_at), "2026-01-15 17:00:00")
        self.assertTrue(timer.is_late(at("2026-01-16 09:00")))

    def test_a_term_is_judged_by_its_stop(self):
        for moment, verdict in (("17:00:00", "met"), ("17:00:01", "missed")):
            timer = self._fold(
                ("2026-01-08 16:00", RUN),
                (f"2026-01-15 {moment}", STOP),
                target=None,
                days=5,
            )
            self.assertEqual(timer.verdict, verdict)
            self.assertEqual(timer.is_late(at("2026-02-01 00:00")), verdict == "missed")

    def test_a_holiday_moves_the_term(self):
        calendar = Calendar(
            OpeningHours.weekly(
                GUAYAQUIL,
                "09:00",
                "17:00",
                holidays=((datetime.date(2026, 1, 12), "Carnaval"),),
            )
        )
        timer = self._fold(
            ("2026-01-10 11:00", RUN), calendar=calendar, target=None, days=5
        )
        self.assertEqual(show(timer.due_at), "2026-01-19 17:00:00")

    # Order and folding

    def test_facts_out_of_order_are_refused(self):
        with self.assertRaisesRegex(ClockError, "order of their instants"):
            self._fold(("10:00", RUN), ("09:59:59", PAUSE))

    def test_facts_of_the_same_second_keep_their_order(self):
        stopped = self._fold(("10:00", RUN), ("11:00", RUN), ("11:00", STOP))
        self.assertEqual(stopped.verdict, "met")
        running = self._fold(("10:00", RUN), ("11:00", STOP), ("11:00", RUN))
        self.assertEqual(running.verdict, "running")

    def test_no_facts_leave_no_timers(self):
        self.assertEqual(fold([]), ())
        self.assertEqual(Timer().verdict, "idle")

    def test_a_timer_may_start_in_the_first_second_of_1970(self):
        start = ("1969-12-31 19:00", RUN)
        self.assertEqual(at(start[0]), 0)
        for effect, verdict in ((STOP, "void"), (PAUSE, "paused")):
            timer = self._fold(
                start, ("1969-12-31 20:00", effect), rules=LAPSE, calendar=ALWAYS
            )
            self.assertEqual(timer.verdict, verdict)

    # Explanation

    def test_the_explanation_is_cut_at_every_stage_opening_and_closing(self):
        facts = make_facts(
            ("08:00", IDLE, {"label": "New"}),
            ("10:00", RUN, {"label": "In progress"}),
            ("11:30", PAUSE, {"label": "Waiting"}),
            ("14:00", RUN, {"label": "In progress"}),
            ("2026-01-13 09:10", STOP, {"label": "Solved"}),
            ("2026-01-13 10:00", VOID, {"label": "Cancelled"}),
        )
        segments = explain(facts, at("2026-01-13 11:00"))
        self.assertEqual(
            [
                (show(s.start)[8:16], s.label, s.counted // 60, s.reason)
                for s in segments
            ],
            [
                ("12 08:00", "New", 0, "idle"),
                ("12 10:00", "In progress", 90, ""),
                ("12 11:30", "Waiting", 0, "paused"),
                ("12 14:00", "In progress", 180, ""),
                ("12 17:00", "In progress", 0, "closed"),
                ("13 09:00", "In progress", 10, ""),
                ("13 09:10", "Solved", 0, "stopped"),
                ("13 10:00", "Cancelled", 0, "void"),
            ],
        )

    def test_the_explanation_ends_where_it_is_asked_to(self):
        facts = make_facts(("10:00", RUN), ("12:00", PAUSE), ("14:00", RUN))
        (segment,) = explain(facts, at("11:00"))
        self.assertEqual((segment.stop, segment.counted), (at("11:00"), HOUR))
        self.assertEqual(explain(facts, at("09:00")), [])

    def test_the_explanation_tells_cycles_apart(self):
        facts = make_facts(("10:00", RUN), ("11:00", RUN, {"renew": True}))
        segments = explain(facts, at("13:00"), LAPSE)
        self.assertEqual(
            [(s.cycle, s.counted) for s in segments], [(1, HOUR), (2, 2 * HOUR)]
        )
