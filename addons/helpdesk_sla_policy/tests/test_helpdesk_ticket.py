"""What happens on a ticket and what its clocks say then (R-A1 to R-A4, R-A15)."""

from unittest.mock import patch

from odoo.exceptions import ConcurrencyError
from odoo.tests import Form, tagged

from .common import HelpdeskSlaCommon, at, local, seconds, utc


@tagged("post_install", "-at_install")
class TestTicketResponse(HelpdeskSlaCommon):
    def test_what_is_left_on_friday_counts_from_monday(self):
        """3 stars, 30 min: Fri 16:50 is due Mon 09:20 (R-A2, R-A4)."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 09:20")
        self.assertNoTimer(ticket, "solution")

    def test_mail_of_saturday_waits_for_monday(self):
        """Tickets arrive 24x7 and wait for opening: Sat 11:00 → Mon 09:30 (R-A4)."""
        ticket = self.make_ticket("2026-01-10 11:00", "3")
        self.assertTimer(ticket, "response", due="2026-01-12 09:30")

    def test_last_second_is_in_time(self):
        """Due Mon 17:00; no working second passes until Tue 09:00:00 (R-A2)."""
        for moment, state in (("09:00:00", "met"), ("09:00:01", "missed")):
            ticket = self.make_ticket("2026-01-12 16:30", "3")
            self.assertTimer(ticket, "response", due="2026-01-12 17:00")
            self.move(ticket, f"2026-01-13 {moment}", "assigned")
            self.assertTimer(ticket, "response", state)

    def test_is_late_from_the_first_second_too_many(self):
        """A running promise past its last moment is late, and found as late."""
        ticket = self.make_ticket("2026-01-12 16:30", "3")
        late = [("id", "=", ticket.id), ("is_late", "=", True)]
        for moment, is_late in (("09:00:00", False), ("09:00:01", True)):
            with at(f"2026-01-13 {moment}"):
                self.env.invalidate_all()
                self.assertEqual(ticket.is_late, is_late)
                self.assertEqual(bool(ticket.search(late)), is_late)
                self.assertEqual(ticket._get_timer("response").state, "running")

    def test_promises_by_stars(self):
        """Response and solution of each severity (R-A2)."""
        table = {
            "3": ("0:30", "4:00"),
            "2": ("1:00", "24:00"),
            "1": ("4:00", "48:00"),
            "0": ("8:00", "72:00"),
        }
        for stars, (response, solution) in table.items():
            with self.subTest(stars=stars):
                ticket = self.make_ticket("10:00", stars)
                self.move(ticket, "10:10", "assigned")
                self.move(ticket, "10:20", "in_progress")
                self.assertTimer(
                    ticket, "response", "met", target_seconds=seconds(response)
                )
                self.assertTimer(
                    ticket, "solution", "running", target_seconds=seconds(solution)
                )

    def test_assigned_asks_for_a_diagnosis(self):
        """The move to Assigned asks for a diagnosis text (R-A3)."""
        ticket = self.make_ticket("10:00")
        with self.assertRefused("needs a diagnosis"):
            self.move(ticket, "10:10", "assigned", diagnosis="<p><br></p>")
        self.assertEqual(ticket.stage_id, self.stages["new"])

    def test_assigning_a_user_is_no_response(self):
        """Only the stage answers: naming an agent does not stop the clock (R-A3)."""
        ticket = self.make_ticket("10:00")
        self.change(ticket, "10:10", user_id=self.agent.id)
        self.assertTimer(ticket, "response", "running")

    def test_waiting_for_the_customer_does_not_pause_the_response(self):
        """On hold the solution pauses; the response never does (R-A15)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:05", "awaiting")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 10:30")

    def test_returned_before_assigned_is_a_response(self):
        """Returned counts as the response; completion asks for no new one (R-A3)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:20", "returned")
        self.assertTimer(ticket, "response", "met", elapsed="0:20")
        self.post(ticket, "2026-01-13 10:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.move(ticket, "2026-01-13 11:00", "assigned")
        self.assertTimer(ticket, "response", "met", elapsed="0:20", cycle=1)

    def test_response_is_given_once(self):
        """Moving back to New does not ask for a second response."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "assigned")
        self.move(ticket, "10:15", "new")
        self.assertTimer(ticket, "response", "met", stopped="2026-01-12 10:10")
        self.assertEqual(
            len(ticket.timer_ids.filtered(lambda t: t.metric == "response")), 1
        )

    def test_solved_without_assigned(self):
        """Response given then, solution of 0 s, both met (R-A3)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:25", "closing")
        self.assertTimer(ticket, "response", "met", elapsed="0:25")
        self.assertTimer(ticket, "solution", "met", elapsed="0:00")

    def test_solved_too_late_without_assigned_misses_the_response(self):
        """The response given with the solution is judged as any other (R-A3)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:31", "done")
        self.assertTimer(ticket, "response", "missed", elapsed="0:31")
        self.assertTimer(ticket, "solution", "met", elapsed="0:00")


@tagged("post_install", "-at_install")
class TestTicketReply(HelpdeskSlaCommon):
    """The policy may count the first public reply of a person (R-C1, R-E1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.sla_policy_id = cls.make_policy(
            ("response", 2, {}), ("solution", 8, {}), response_by="reply"
        )

    def test_public_reply_of_an_agent_is_the_response(self):
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.agent)
        self.assertTimer(ticket, "response", "met", elapsed="0:40")

    def test_reply_of_an_agent_by_mail_is_the_response(self):
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.agent, message_type="email")
        self.assertTimer(ticket, "response", "met", elapsed="0:40")

    def test_stage_is_no_response(self):
        ticket = self.make_ticket("10:00")
        self.move(ticket, "10:10", "assigned")
        self.move(ticket, "10:20", "in_progress")
        self.assertTimer(ticket, "response", "running")

    def test_internal_note_is_no_response(self):
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.agent, subtype_xmlid="mail.mt_note")
        self.assertTimer(ticket, "response", "running")

    def test_robot_is_no_response(self):
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.env.ref("base.user_root"))
        self.assertTimer(ticket, "response", "running")

    def test_automatic_mail_is_no_response(self):
        """Templates and notices go out in an agent's name; they are no reply."""
        ticket = self.make_ticket("10:00")
        for message_type in ("auto_comment", "notification", "email_outgoing"):
            self.post(ticket, "10:40", self.agent, message_type=message_type)
        self.assertTimer(ticket, "response", "running")

    def test_stage_template_is_no_response(self):
        """The mail of a stage goes out in the agent's name: no person wrote it."""
        template = self.env.ref("helpdesk_mgmt.changed_stage_template")
        self.stages["assigned"].mail_template_id = template
        ticket = self.make_ticket("10:00")
        messages = ticket.message_ids
        self.move(ticket, "10:10", "assigned")
        with at("10:10"):
            self.env.cr.precommit.run()
        self.assertGreater(len(ticket.message_ids), len(messages))
        self.assertTimer(ticket, "response", "running")

    def test_customers_reply_is_no_response(self):
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.portal_user)
        self.assertTimer(ticket, "response", "running")

    def test_agent_who_is_the_customer_is_no_response(self):
        """A ticket of the own company: who reported it does not answer it."""
        self.agent.partner_id.parent_id = self.customer
        ticket = self.make_ticket("10:00")
        self.post(ticket, "10:40", self.agent)
        self.assertTimer(ticket, "response", "running")

    def test_solving_without_a_word_is_a_response(self):
        """A ticket solved without any other response was answered then (R-A3)."""
        ticket = self.make_ticket("10:00")
        self.move(ticket, "11:00", "closing")
        self.assertTimer(ticket, "response", "met", elapsed="1:00")


@tagged("post_install", "-at_install")
class TestTicketSolution(HelpdeskSlaCommon):
    def make_worked_ticket(self, stars="3"):
        """In progress Mon 10:00, waits for the customer 11:30-14:00."""
        ticket = self.make_ticket("09:10", stars)
        self.move(ticket, "09:30", "assigned")
        self.move(ticket, "10:00", "in_progress")
        self.move(ticket, "11:30", "awaiting")
        self.assertTimer(ticket, "solution", "paused", due=False, elapsed="1:30")
        self.post(ticket, "14:00", self.portal_user)
        return ticket

    def test_starts_in_progress_and_pauses_while_the_customer_is_asked(self):
        """4 h from 10:00, 11:30-14:00 left out: due 16:30 (R-A3, R-A15)."""
        ticket = self.make_worked_ticket()
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 16:30")
        self.move(ticket, "16:30:00", "closing")
        self.assertTimer(ticket, "solution", "met", elapsed="4:00")

    def test_one_second_late_is_missed(self):
        ticket = self.make_worked_ticket()
        self.move(ticket, "16:30:01", "closing")
        self.assertTimer(ticket, "solution", "missed", elapsed="4:00:01")

    def test_customers_reply_resumes_at_its_own_time(self):
        """A public reply moves the ticket on to the stage that awaiting names."""
        ticket = self.make_worked_ticket()
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        replies = ticket.event_ids.filtered(lambda event: event.reply == "customer")
        self.assertEqual(local(replies.at), "2026-01-12 14:00:00")

    def test_agents_reply_does_not_resume(self):
        """Asking again leaves the ticket waiting."""
        ticket = self.make_ticket("09:10", "3")
        self.move(ticket, "10:00", "in_progress")
        self.move(ticket, "11:30", "awaiting")
        self.post(ticket, "12:00", self.agent)
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])
        self.assertTimer(ticket, "solution", "paused", elapsed="1:30")

    def test_paused_overnight_the_remaining_time_is_shown(self):
        ticket = self.make_ticket("09:10", "3")
        self.move(ticket, "10:00", "in_progress")
        self.move(ticket, "11:30", "awaiting")
        with at("2026-01-14 12:00"):
            self.env.invalidate_all()
            timer = ticket._get_timer("solution")
            self.assertEqual(timer.remaining_seconds, seconds("2:30"))
            self.assertFalse(timer.is_late)

    def test_severity_raised_after_five_hours_is_late_at_once(self):
        """1 → 3 stars after 5 h of work: late at once; who and when is on record."""
        ticket = self.make_ticket("09:00", "1")
        self.move(ticket, "10:00", "in_progress")
        self.assertTimer(ticket, "solution", "running", due="2026-01-20 10:00")
        self.change(ticket, "15:00", self.manager, priority="3")
        with at("15:00"):
            self.env.invalidate_all()
            timer = ticket._get_timer("solution")
            self.assertTrue(timer.is_late)
            self.assertEqual(timer.elapsed_seconds, seconds("5:00"))
            self.assertEqual(timer.target_seconds, seconds("4:00"))
        event = ticket.event_ids[-1]
        self.assertEqual(event.user_id, self.manager)
        self.assertEqual(local(event.at), "2026-01-12 15:00:00")
        self.assertIn("severity", event.changes)
        self.assertEqual(ticket.event_ids.mapped("severity"), ["1", "1", "3"])
        self.move(ticket, "15:00:00", "closing")
        self.assertTimer(ticket, "solution", "missed", elapsed="5:00")

    def test_severity_changed_while_paused(self):
        """1:30 of 4 h used, then 24 h and 4 h again: 2:30 are left from 14:00 on."""
        ticket = self.make_ticket("09:40", "3")
        self.move(ticket, "10:00", "in_progress")
        self.move(ticket, "11:30", "awaiting")
        self.change(ticket, "12:00", priority="2")
        self.assertTimer(
            ticket, "solution", "paused", elapsed="1:30", target_seconds=24 * 3600
        )
        self.change(ticket, "13:00", priority="3")
        self.assertTimer(ticket, "solution", "paused", elapsed="1:30")
        self.move(ticket, "14:00", "in_progress")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 16:30")

    def test_created_in_a_paused_stage(self):
        """The solution waits with its 4 h whole; the response counts (R-A15)."""
        stage = self.stages["awaiting"].id
        ticket = self.make_ticket("10:00", "3", stage_id=stage)
        self.assertTimer(ticket, "solution", "paused", elapsed="0:00", due=False)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 10:30")
        self.move(ticket, "14:00", "in_progress")
        self.assertTimer(ticket, "solution", "running", due="2026-01-13 10:00")

    def test_created_in_a_closed_stage(self):
        """What is entered as done already took no time, and nothing is due."""
        ticket = self.make_ticket("10:00", "3", stage_id=self.stages["done"].id)
        for metric in ("response", "solution"):
            self.assertTimer(ticket, metric, "met", elapsed="0:00")
        self.assertFalse(ticket.next_due)
        self.assertEqual(
            ticket.event_ids.verdicts, "response met (0:00:00); solution met (0:00:00)"
        )
        cancelled = self.make_ticket("10:00", stage_id=self.stages["cancelled"].id)
        self.assertNoTimer(cancelled, "response")
        self.assertNoTimer(cancelled, "solution")

    def test_question_and_pause_in_the_same_second(self):
        """Both rows are of 11:30:00; they keep the order in which they were told."""
        ticket = self.make_ticket("09:10", "3")
        self.move(ticket, "10:00", "in_progress")
        with at("11:30"):
            asking = ticket.with_user(self.agent)
            asking.message_post(
                body="Which?", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            asking.stage_id = self.stages["awaiting"]
            self.env.flush_all()
        self.env.invalidate_all()
        reply, move = ticket.event_ids[-2:]
        self.assertEqual(reply.at, move.at)
        self.assertEqual((reply.reply, reply.solution_effect), ("team", "run"))
        self.assertEqual((move.reply, move.solution_effect), (False, "pause"))
        self.assertTimer(ticket, "solution", "paused", elapsed="1:30")

    def test_reopened_the_same_clock_goes_on(self):
        """Solved 16:30, reopened Tue 09:00, solved 09:10: 4 h 10 min, missed."""
        ticket = self.make_worked_ticket()
        self.move(ticket, "16:30:00", "done")
        self.assertTimer(ticket, "solution", "met", elapsed="4:00")
        self.move(ticket, "2026-01-13 09:00", "in_progress")
        self.assertTimer(ticket, "solution", "running", cycle=1)
        self.move(ticket, "2026-01-13 09:10", "closing")
        self.assertTimer(ticket, "solution", "missed", elapsed="4:10", cycle=1)
        verdicts = [event.verdicts for event in ticket.event_ids if event.verdicts]
        self.assertEqual(
            verdicts,
            [
                "response running → met (0:20:00)",
                "solution running → met (4:00:00)",
                "solution met → running (4:00:00)",
                "solution running → missed (4:10:00)",
            ],
        )

    def test_reopened_a_new_cycle_starts(self):
        """Where the policy says so the first verdict stays and cycle 2 starts."""
        self.policy.reopening = "cycle"
        ticket = self.make_worked_ticket()
        self.move(ticket, "16:30:00", "done")
        self.move(ticket, "2026-01-13 09:00", "in_progress")
        self.move(ticket, "2026-01-13 09:10", "closing")
        timers = ticket.timer_ids.filtered(lambda timer: timer.metric == "solution")
        timers = timers.sorted("cycle")
        self.assertEqual(timers.mapped("state"), ["met", "met"])
        self.assertEqual(
            timers.mapped("counted_seconds"), [seconds("4:00"), seconds("0:10")]
        )

    def test_closing_asks_for_the_solution(self):
        """Solving asks for the text of the solution (R-A14)."""
        ticket = self.make_ticket("10:00")
        with self.assertRefused("needs its solution"):
            self.move(ticket, "10:10", "closing", solution=False)

    def test_total_time_is_response_plus_solution(self):
        """Total Time = response + solution, shown, no timer of its own (R-A3)."""
        ticket = self.make_worked_ticket()
        self.move(ticket, "16:30", "closing")
        self.assertAlmostEqual(ticket.total_hours, 4 + 20 / 60)

    def test_next_due_is_the_promise_that_falls_due_next(self):
        ticket = self.make_ticket("10:00", "3")
        self.assertEqual(local(ticket.next_due), "2026-01-12 10:30:00")
        self.move(ticket, "10:20", "in_progress")
        self.assertEqual(local(ticket.next_due), "2026-01-12 14:20:00")
        self.move(ticket, "10:30", "awaiting")
        self.assertFalse(ticket.next_due)

    def test_explanation_adds_up(self):
        """The segments of a timer add up to its elapsed time, with reasons."""
        ticket = self.make_ticket("2026-01-09 16:00", "3")
        self.move(ticket, "2026-01-09 16:10", "in_progress")
        self.move(ticket, "2026-01-09 16:40", "awaiting")
        self.make_holiday("2026-01-13")
        self.move(ticket, "2026-01-12 16:30", "in_progress")
        self.move(ticket, "2026-01-14 10:00", "closing")
        timer = ticket._get_timer("solution")
        segments = timer._get_explanation()
        self.assertEqual(timer.counted_seconds, seconds("2:00"))
        counted = sum(segment["counted"] for segment in segments)
        self.assertEqual(counted, timer.counted_seconds)
        reasons = {segment["reason"] for segment in segments}
        self.assertIn("Closed: Holiday", reasons)
        self.assertIn("Outside attention hours", reasons)
        self.assertIn("Paused: waiting for the customer", reasons)
        self.assertIn("Closed: Holiday", str(timer.explanation))

    def test_computed_again_is_the_same(self):
        """Every timer is derived: computing it again changes no row."""
        ticket = self.make_worked_ticket()
        before = ticket.timer_ids.read()
        with at("15:00"):
            ticket._update_timers()
        self.env.flush_all()
        self.env.invalidate_all()
        after = ticket.timer_ids.read()
        live = {"elapsed_seconds", "remaining_seconds", "elapsed_hours"}
        live |= {"is_late", "explanation", "countdown"}
        for old, new in zip(before, after, strict=True):
            self.assertEqual(
                {name: old[name] for name in old.keys() - live},
                {name: new[name] for name in new.keys() - live},
            )


@tagged("post_install", "-at_install")
class TestTicketVoid(HelpdeskSlaCommon):
    """Cancelled, duplicate and refused tickets: their timers are void."""

    def make_running_ticket(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        return ticket

    def assertVoid(self, ticket):
        self.assertTimer(ticket, "solution", "void", due=False)
        self.assertFalse(ticket.next_due)

    def test_cancelled(self):
        ticket = self.make_running_ticket()
        self.move(ticket, "10:20", "cancelled")
        self.assertVoid(ticket)

    def test_refused(self):
        ticket = self.make_running_ticket()
        self.move(ticket, "10:20", "rejected")
        self.assertVoid(ticket)

    def test_duplicate(self):
        """Duplicates are left out of the statistics (R-B3)."""
        ticket = self.make_running_ticket()
        original = self.make_ticket("09:50", "3")
        self.change(ticket, "10:20", duplicate_id=original.id)
        self.assertVoid(ticket)
        self.assertTimer(original, "response", "running")

    def test_archived(self):
        ticket = self.make_running_ticket()
        self.change(ticket, "10:20", active=False)
        self.assertVoid(ticket)

    def test_cancelled_by_mistake(self):
        """Back from cancelled, the time in between does not count."""
        ticket = self.make_running_ticket()
        self.move(ticket, "11:10", "cancelled")
        self.move(ticket, "12:10", "in_progress")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 15:10")

    def test_cancelled_at_once(self):
        """The response of a ticket that is cancelled unanswered is void too."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "12:00", "cancelled")
        self.assertTimer(ticket, "response", "void")


@tagged("post_install", "-at_install")
class TestTicketDevelopment(HelpdeskSlaCommon):
    """Development tasks are estimated within 5 business days (R-A2)."""

    def test_stage_sets_the_type(self):
        ticket = self.make_ticket("10:00", "0")
        self.move(ticket, "10:30", "development")
        self.assertEqual(ticket.type_id, self.development)

    def test_type_sets_the_stage(self):
        ticket = self.make_ticket("10:00", "0")
        self.change(ticket, "10:30", type_id=self.development.id)
        self.assertEqual(ticket.stage_id, self.stages["development"])

    def test_type_sets_the_stage_of_a_new_ticket(self):
        ticket = self.make_ticket("10:00", "0", type_id=self.development.id)
        self.assertEqual(ticket.stage_id, self.stages["development"])

    def test_form_takes_the_stage_too(self):
        """An agent who picks the type on the form finds the stage after saving."""
        ticket = self.make_ticket("10:00", "0")
        with at("10:30"), Form(ticket.with_user(self.agent)) as form:
            form.type_id = self.development
        self.assertEqual(ticket.stage_id, self.stages["development"])

    def test_estimate_replaces_response_and_solution(self):
        """From the move on: 5 business days, the day of the move not counted."""
        ticket = self.make_ticket("10:00", "0")
        self.move(ticket, "2026-01-13 10:30", "development")
        self.assertTimer(ticket, "estimate", "running", due="2026-01-20 17:00")
        self.assertNoTimer(ticket, "response")
        self.assertNoTimer(ticket, "solution")

    def test_estimate_skips_a_holiday(self):
        self.make_holiday("2026-01-19")
        ticket = self.make_ticket("10:00", "0")
        self.move(ticket, "2026-01-13 10:30", "development")
        self.assertTimer(ticket, "estimate", due="2026-01-21 17:00")

    def test_back_from_development_the_estimate_does_not_run_on(self):
        """Type and stage taken back: the promises of the severity hold again."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "development")
        self.move(ticket, "10:40", "in_progress", type_id=False)
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 14:40")
        self.assertNotEqual(ticket._get_timer("estimate").state, "running")


@tagged("post_install", "-at_install")
class TestTicketLedger(HelpdeskSlaCommon):
    """Every moment at which facts changed is one row of the ledger."""

    def test_team_change_moves_the_stage_without_write(self):
        """The stage is recomputed from the team: the clock sees it all the same."""
        other = self.team.copy({"name": "Other", "sla_policy_id": self.policy.id})
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "assigned")
        self.move(ticket, "10:20", "returned")
        count = len(ticket.event_ids)
        self.change(ticket, "10:30", team_id=other.id)
        self.assertEqual(ticket.stage_id, other._get_applicable_stages()[0])
        self.assertEqual(len(ticket.event_ids), count + 1)
        self.assertIn("stage_id", ticket.event_ids[-1].changes)
        self.assertTimer(ticket, "response", "met", elapsed="0:10")

    def test_team_without_policy_promises_nothing(self):
        """Open promises are void when the ticket goes to a team without policy."""
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        ticket = self.make_ticket("10:00", "3")
        self.change(ticket, "10:10", team_id=other.id)
        self.assertTimer(ticket, "response", "void")
        self.assertFalse(ticket.next_due)

    def test_ledger_is_kept_without_a_policy(self):
        """A policy adopted later counts from facts that were kept before."""
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        ticket = self.make_ticket("10:00", team_id=other.id)
        self.move(ticket, "10:10", "in_progress")
        self.assertEqual(len(ticket.event_ids), 2)
        self.assertFalse(ticket.timer_ids)

    def test_nothing_changed_nothing_recorded(self):
        """Writing what is there already, or a title, adds no row."""
        ticket = self.make_ticket("10:00")
        self.change(
            ticket, "10:10", name="Other title", priority="1", team_id=self.team.id
        )
        self.assertEqual(len(ticket.event_ids), 1)

    def test_two_people_at_once(self):
        """Both start the solution: who comes second is told to try all of it again."""
        ticket = self.make_ticket("10:00")
        timers = type(self.env["helpdesk.sla.timer"])
        self.move(ticket, "10:10", "assigned")
        read = timers._read_timers
        self.move(ticket, "10:20", "in_progress")

        def read_before(records, ticket_ids):
            """Return what a transaction reads that began before the other's end."""
            found = read(records, ticket_ids)
            return {key: row for key, row in found.items() if key[1] == "response"}

        with (
            patch.object(timers, "_read_timers", read_before),
            self.assertRaises(ConcurrencyError),
            self.env.cr.savepoint(),
        ):
            self.change(ticket, "10:20", priority="3")

    def test_each_ticket_of_a_batch_has_its_row(self):
        tickets = self.make_ticket("10:00") | self.make_ticket("10:05", "3")
        self.move(tickets, "10:20", "in_progress")
        for ticket, elapsed in zip(tickets, ("0:20", "0:15"), strict=True):
            self.assertEqual(len(ticket.event_ids), 2)
            self.assertTimer(ticket, "response", "met", elapsed=elapsed)

    def test_lists_by_customer_and_company_have_an_index(self):
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for column in ("commercial_partner_id", "partner_id", "company_id"):
            self.env.cr.execute(
                f"EXPLAIN SELECT id FROM helpdesk_ticket WHERE {column} = 1"
            )
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn(f"({column} = 1)", plan)
            self.assertRegex(plan, "helpdesk_ticket_.*idx")

    def test_copy_starts_anew(self):
        """A copied ticket has its own receipt, ledger and promises."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:20", "in_progress")
        with at("11:00"):
            copy = ticket.copy()
        self.assertEqual(local(copy.received_at), "2026-01-12 11:00:00")
        self.assertEqual(len(copy.event_ids), 1)
        self.assertTimer(copy, "response", "running", due="2026-01-12 11:30")

    def test_stage_effects_edited_act_from_then_on(self):
        """The ledger keeps what a stage meant at the time."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        self.stages["in_progress"].sla_solution = "pause"
        self.change(ticket, "12:10", priority="2")
        self.assertTimer(ticket, "solution", "paused", elapsed="2:00")

    def test_stage_renamed_later_keeps_its_name_of_then(self):
        ticket = self.make_ticket("10:00")
        self.stages["new"].name = "Inbox"
        self.assertEqual(ticket.event_ids.stage_name, "New")

    def test_deleted_ticket_takes_its_ledger_along(self):
        """Only who may delete tickets can; nothing is left that points nowhere."""
        ticket = self.make_ticket("10:00")
        events, timers = ticket.event_ids, ticket.timer_ids
        ticket.with_user(self.manager).unlink()
        self.assertFalse(events.exists() or timers.exists())


@tagged("post_install", "-at_install")
class TestTicketMail(HelpdeskSlaCommon):
    """A mailed ticket is received when the mail was sent, within reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "desk.example.com"})
        cls.env.company.alias_domain_id = domain
        cls.team.alias_id.write(
            {"alias_name": "sla-desk", "alias_domain_id": domain.id}
        )

    def mail(self, received, date, sender=None, **headers):
        """Let a mail arrive; return the ticket that it made, if any."""
        sender = sender or self.contact.email
        last = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        lines = {
            "From": f"Lucía <{sender}>",
            "To": "sla-desk@desk.example.com",
            "Subject": "Invoices fail",
            "Message-ID": f"<{received}-{date}-{sender}@customer.example.com>",
            "Content-Type": "text/plain; charset=utf-8",
            **({"Date": date} if date else {}),
            **headers,
        }
        raw = "\n".join(f"{name}: {value}" for name, value in lines.items())
        with at(received):
            self.env["mail.thread"].message_process(
                "helpdesk.ticket", f"{raw}\n\nWe cannot invoice.\n"
            )
            self.env.flush_all()
        ticket = self.env["helpdesk.ticket"].search([("id", ">", last.id or 0)])
        ticket.write(self.get_leave_to_work())
        return ticket

    def test_date_of_the_mail_within_the_fetch_interval(self):
        """Sent 16:50:20, fetched 16:58: received when it was sent (R-A4)."""
        ticket = self.mail("16:58", "Mon, 12 Jan 2026 16:50:20 -0500")
        self.assertEqual(local(ticket.received_at), "2026-01-12 16:50:20")
        self.assertEqual(ticket.partner_id, self.contact)
        event = ticket.event_ids
        self.assertEqual(local(event.at), "2026-01-12 16:50:20")
        self.assertEqual(local(event.recorded_at), "2026-01-12 16:58:00")

    def test_old_date_is_not_trusted(self):
        """A mail that says yesterday counts from its receipt."""
        ticket = self.mail("16:58", "Sun, 11 Jan 2026 16:50:00 -0500")
        self.assertEqual(local(ticket.received_at), "2026-01-12 16:58:00")

    def test_date_is_never_in_the_future(self):
        ticket = self.mail("16:58", "Mon, 12 Jan 2026 17:30:00 -0500")
        self.assertEqual(local(ticket.received_at), "2026-01-12 16:58:00")

    def test_mail_without_a_date(self):
        ticket = self.mail("16:58", None)
        self.assertEqual(local(ticket.received_at), "2026-01-12 16:58:00")

    def test_fetch_interval_is_a_setting(self):
        """Who fetches each hour trusts an hour."""
        self.env["ir.config_parameter"].set_param(
            "helpdesk_sla_policy.mail_trust_minutes", 60
        )
        ticket = self.mail("16:58", "Mon, 12 Jan 2026 16:00:00 -0500")
        self.assertEqual(local(ticket.received_at), "2026-01-12 16:00:00")

    def test_customers_mail_resumes_the_clock(self):
        """A reply by mail moves a waiting ticket on, as one on the portal (R-B2)."""
        ticket = self.mail("10:00", "Mon, 12 Jan 2026 10:00:00 -0500")
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, "10:20", "awaiting")
        message = self.post(ticket, "10:20", self.agent)
        made = self.mail(
            "11:00",
            "Mon, 12 Jan 2026 11:00:00 -0500",
            **{"In-Reply-To": message.message_id, "References": message.message_id},
        )
        self.assertFalse(made)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertEqual(local(ticket.event_ids[-1].at), "2026-01-12 11:00:00")

    def answer(self, message, received, sent, **headers):
        """Let the customer's answer to a message arrive."""
        links = {"In-Reply-To": message.message_id, "References": message.message_id}
        made = self.mail(received, f"Mon, 12 Jan 2026 {sent}:00 -0500", **links)
        self.assertFalse(made)

    def wait_for_customer(self, since="10:20"):
        ticket = self.mail("10:00", "Mon, 12 Jan 2026 10:00:00 -0500")
        self.change(ticket, "10:05", priority="3")
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, since, "awaiting")
        return ticket, self.post(ticket, since, self.agent)

    def test_customers_mail_resumes_the_clock_when_it_was_sent(self):
        """Sent 11:00, fetched 11:08: 0:10 and 8 minutes by then, as on the portal."""
        ticket, message = self.wait_for_customer()
        self.answer(message, "11:08", "11:00")
        self.assertEqual(
            [local(event.at)[11:16] for event in ticket.event_ids[-2:]],
            ["11:00", "11:00"],
        )
        self.assertEqual(local(ticket.event_ids[-1].recorded_at)[11:16], "11:08")
        # 4 h: 10:10-10:20 and from 11:00 on, due 14:50
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 14:50")

    def test_an_old_date_does_not_resume_it_earlier(self):
        """A mail that says an hour ago counts from its receipt, and says why."""
        ticket, message = self.wait_for_customer()
        self.answer(message, "12:00", "11:00")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 15:50")
        reply = ticket.event_ids.filtered("reply")[-1]
        self.assertIn("the time counts from its receipt", reply.note)

    def test_a_mail_older_than_the_pause_ends_it_where_it_began(self):
        """Sent 10:58, the agent pauses at 11:00, fetched 11:05: no second paused."""
        ticket, message = self.wait_for_customer("11:00")
        self.answer(message, "11:05", "10:58")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertEqual(local(ticket.event_ids[-1].at)[11:16], "11:00")
        reply = ticket.event_ids.filtered(lambda e: e.reply == "customer")
        self.assertEqual(local(reply[-1].at)[11:16], "10:58")
        self.assertEqual(reply[-1].solution_effect, "run")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 14:10")

    def test_unknown_sender_waits_as_well(self):
        """The clock of a ticket from an unknown address starts with the receipt."""
        ticket = self.mail(
            "10:00", "Mon, 12 Jan 2026 10:00:00 -0500", "nobody@else.example.com"
        )
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_received_at_is_not_written_by_agents(self):
        """The receipt is a fact: the form shows it, it is not typed."""
        field = self.env["helpdesk.ticket"]._fields["received_at"]
        self.assertTrue(field.readonly)
        self.assertEqual(utc("10:00").hour, 15)
