"""Tickets from before the installation, or from before their team had a policy."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.models import helpdesk_sla_adoption

from .common import HelpdeskSlaCommon, at, utc

TIMER_VALUES = [
    "metric",
    "cycle",
    "state",
    "severity",
    "counted_seconds",
    "started_at",
    "due_at",
    "breach_at",
    "stopped_at",
    "target_seconds",
    "calendar_hash",
]


class AdoptionCommon(HelpdeskSlaCommon):
    @classmethod
    def default_env_context(cls):
        return {}  # what the chatter tracks is what is read

    def make_old(self, received, *moves, stars="3", **values):
        """Return a ticket of before the installation, with its chatter."""
        ticket = self.make_ticket(received, stars, **values)
        self.flush_chatter(received)
        for when, what in moves:
            if what == "reply":
                self.post(ticket, when, self.agent)
            else:
                self.move(ticket, when, what)
            self.flush_chatter(when)
        self.forget(ticket)
        return ticket

    def flush_chatter(self, when):
        with at(when):
            self.env.flush_all()
            self.env.cr.precommit.run()

    def forget(self, tickets):
        """Take away what the addon added, as if it had not been there."""
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM helpdesk_sla_event WHERE ticket_id = ANY(%(ids)s);"
            "DELETE FROM helpdesk_sla_timer WHERE ticket_id = ANY(%(ids)s);"
            "UPDATE helpdesk_ticket SET sla_adopted = NULL, sla_policy_id = NULL, "
            "next_due = NULL, diagnosis = NULL, solution = NULL "
            "WHERE id = ANY(%(ids)s)",
            {"ids": tickets.ids},
        )
        self.env.invalidate_all()

    def adopt(self, when, start="history", **values):
        """Let a manager adopt; return the adoption."""
        with at(when):
            adoption = (
                self.env["helpdesk.sla.adoption"]
                .with_user(self.manager)
                .create({"start": start, "team_ids": self.team.ids, **values})
            )
            adoption.action_preview()
            adoption.action_adopt()
        self.env.invalidate_all()
        return adoption

    def get_preview(self, when, start="history"):
        with at(when):
            adoption = self.env["helpdesk.sla.adoption"].create(
                {"start": start, "team_ids": self.team.ids}
            )
            adoption.action_preview()
        return [
            (line.team_id, line.ticket_count, line.late_count, line.missed_count)
            for line in adoption.line_ids
        ]


@tagged("post_install", "-at_install")
class TestNotAdopted(AdoptionCommon):
    def test_a_write_gives_no_timers(self):
        ticket = self.make_old("09:00")
        self.change(ticket, "10:00", priority="2")
        self.move(ticket, "10:10", "in_progress")
        self.post(ticket, "10:20", self.agent)
        self.assertFalse(ticket.timer_ids)
        self.assertFalse(ticket.next_due)
        self.assertEqual(len(ticket.event_ids), 3)  # the facts are kept all the same

    def test_a_team_with_a_policy_gives_no_timers(self):
        elsewhere = self.env["helpdesk.ticket.team"].create({"name": "Elsewhere"})
        ticket = self.make_old("09:00", team_id=elsewhere.id)
        self.change(ticket, "10:00", self.env.user, team_id=self.team.id)
        self.assertEqual(ticket.sla_policy_id, self.policy)
        self.assertFalse(ticket.timer_ids)

    def test_an_edit_of_the_policy_gives_no_timers(self):
        ticket = self.make_old("09:00")
        self.change(ticket, "10:00", priority="2")
        self.policy.calendar_id = self.always
        ticket._record_sla_drift()
        ticket._update_timers()
        self.assertFalse(ticket.timer_ids)

    def test_new_and_copied_tickets_are_timed(self):
        old = self.make_old("09:00")
        self.assertFalse(old.sla_adopted)
        self.assertTrue(self.make_ticket("09:00").sla_adopted)
        self.assertTrue(old.copy({"team_id": self.team.id}).timer_ids)

    def test_they_were_received_when_they_were_created(self):
        ticket = self.make_ticket("09:00")
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE helpdesk_ticket ALTER received_at DROP NOT NULL;"
            "UPDATE helpdesk_ticket SET received_at = NULL, "
            "create_date = '2025-03-01 10:00:00.654321' WHERE id = %s",
            [ticket.id],
        )
        ticket._init_column("received_at")
        ticket.invalidate_recordset()
        self.assertEqual(str(ticket.received_at), "2025-03-01 10:00:00")


@tagged("post_install", "-at_install")
class TestAdoptionFromHistory(AdoptionCommon):
    def test_worked_example(self):
        """3 stars, in progress 10:00, waits 11:30-14:00: due 16:30."""
        ticket = self.make_old(
            "09:00",
            ("09:20", "assigned"),
            ("10:00", "in_progress"),
            ("11:30", "awaiting"),
            ("14:00", "in_progress"),
        )
        self.adopt("15:00")
        self.assertTimer(
            ticket, "response", "met", elapsed="0:20", stopped="2026-01-12 09:20"
        )
        self.assertTimer(
            ticket, "solution", "running", elapsed="1:30", due="2026-01-12 16:30"
        )
        self.assertEqual(ticket.next_due, utc("16:30"))
        self.assertEqual(ticket.sla_policy_id, self.policy)

    def test_it_is_as_if_the_policy_had_been_there(self):
        moves = (
            ("10:00", "assigned"),
            ("10:30", "in_progress"),
            ("12:00", "done"),
            ("2026-01-13 09:30", "in_progress"),
            ("2026-01-13 10:30", "awaiting"),
        )
        natural = self.make_ticket("09:00", "3")
        reason = self.env.ref("helpdesk_sla_policy.breach_reason_other")
        natural.breach_reason_id = reason
        for when, stage in moves:
            self.move(natural, when, stage)
        old = self.make_old("09:00", *moves, breach_reason_id=reason.id)
        self.adopt("2026-01-14 12:00")
        self.assertEqual(
            old.timer_ids.sorted("metric").read(TIMER_VALUES, load=None),
            [
                {**values, "id": timer.id}
                for timer, values in zip(
                    old.timer_ids.sorted("metric"),
                    natural.timer_ids.sorted("metric").read(TIMER_VALUES, load=None),
                    strict=True,
                )
            ],
        )

    def test_public_replies_are_read(self):
        self.team.sla_policy_id = self.make_policy(
            ("response", 1, {}), ("update", 2, {}), response_by="reply"
        )
        ticket = self.make_old("09:00", ("09:45", "reply"), ("11:00", "reply"))
        self.post(ticket, "09:10", self.portal_user)
        self.forget(ticket)
        self.adopt("12:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:45")
        self.assertTimer(ticket, "update", "running", cycle=2, due="2026-01-12 13:00")

    def test_the_ledger_says_where_it_comes_from(self):
        ticket = self.make_old("09:00", ("09:40", "assigned"))
        self.adopt("12:00")
        self.assertRecordValues(
            ticket.event_ids.sorted("id"),
            [
                {
                    "at": utc("09:00"),
                    "recorded_at": utc("12:00"),
                    "changes": "history",
                    "stage_id": self.stages["new"].id,
                    "user_id": self.manager.id,
                    "verdicts": False,
                },
                {
                    "at": utc("09:40"),
                    "recorded_at": utc("12:00"),
                    "changes": "history",
                    "stage_id": self.stages["assigned"].id,
                    "user_id": self.manager.id,
                    "verdicts": "response missed (0:40:00)",
                },
            ],
        )

    def test_what_the_ledger_holds_already_counts_as_it_stands(self):
        """Part of the past is tracked in the chatter, the rest is in the ledger."""
        ticket = self.make_old("09:00", ("09:20", "assigned"))
        self.move(ticket, "10:00", "in_progress")
        self.flush_chatter("10:00")
        self.change(ticket, "10:30", priority="2")
        self.adopt("12:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:20")
        self.assertTimer(
            ticket, "solution", "running", severity="2", target_seconds=24 * 3600
        )
        self.assertEqual(ticket._get_timer("solution").started_at, utc("10:00"))

    def test_a_ticket_from_before_its_teams_policy(self):
        self.team.sla_policy_id = False
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:20", "in_progress")
        self.team.sla_policy_id = self.policy
        self.move(ticket, "10:00", "awaiting")
        self.assertFalse(ticket.timer_ids)
        self.adopt("11:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:20")
        self.assertTimer(ticket, "solution", "paused", elapsed="0:40")

    def test_a_stage_that_is_gone_changes_nothing(self):
        gone = self.stages["new"].copy({"name": "Gone"})
        self.stages["gone"] = gone
        ticket = self.make_old("09:00", ("09:10", "gone"), ("09:20", "assigned"))
        gone.unlink()
        self.adopt("12:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:20")

    def test_it_goes_on_as_for_any_ticket(self):
        ticket = self.make_old("09:00", ("09:20", "assigned"))
        self.adopt("09:30")
        self.move(ticket, "10:00", "in_progress")
        self.move(ticket, "15:00", "closing")
        self.assertTimer(ticket, "solution", "missed", elapsed="5:00")


@tagged("post_install", "-at_install")
class TestAdoptionFromNow(AdoptionCommon):
    def test_a_new_ticket_counts_from_now(self):
        ticket = self.make_old("2026-01-05 09:00")
        self.adopt("10:00", "now")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 10:30")
        self.assertEqual(len(ticket.event_ids), 1)

    def test_what_was_given_before_is_not_judged(self):
        ticket = self.make_old("2026-01-05 09:00", ("2026-01-05 15:00", "in_progress"))
        self.adopt("10:00", "now")
        self.assertNoTimer(ticket, "response")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 14:00")
        self.move(ticket, "11:00", "done")
        self.assertNoTimer(ticket, "response")
        self.assertTimer(ticket, "solution", "met", elapsed="1:00")

    def test_a_solved_ticket_has_no_timer_until_it_is_reopened(self):
        ticket = self.make_old("2026-01-05 09:00", ("2026-01-05 15:00", "closing"))
        self.adopt("10:00", "now")
        self.assertFalse(ticket.timer_ids)
        self.move(ticket, "11:00", "in_progress")
        self.assertTimer(ticket, "solution", "running", due="2026-01-12 15:00")
        self.assertNoTimer(ticket, "response")

    def test_a_response_that_was_given_is_not_asked_for_again(self):
        """Assigned once, now in a stage in which the response would run."""
        ticket = self.make_old(
            "2026-01-05 09:00",
            ("2026-01-05 09:10", "in_progress"),
            ("2026-01-05 15:00", "awaiting"),
        )
        self.adopt("10:00", "now")
        self.assertNoTimer(ticket, "response")
        self.assertTimer(ticket, "solution", "paused", elapsed="0:00")

    def test_updates_go_on_after_an_earlier_reply(self):
        self.team.sla_policy_id = self.make_policy(
            ("response", 1, {}), ("update", 2, {}), response_by="reply"
        )
        ticket = self.make_old("2026-01-05 09:00", ("2026-01-05 15:00", "reply"))
        self.adopt("10:00", "now")
        self.assertNoTimer(ticket, "response")
        self.assertTimer(ticket, "update", "running", due="2026-01-12 12:00")

    def test_nothing_is_late_at_once(self):
        self.make_old("2026-01-05 09:00")
        self.assertEqual(self.get_preview("10:00", "now"), [(self.team, 1, 0, 0)])


@tagged("post_install", "-at_install")
class TestAdoptionJob(AdoptionCommon):
    def test_the_preview_counts_by_team_and_writes_nothing(self):
        late = self.make_old("09:00")
        answered_late = self.make_old("09:00", ("10:00", "assigned"))
        fine = self.make_old("11:50")
        tickets = late | answered_late | fine
        self.assertEqual(self.get_preview("12:00"), [(self.team, 3, 1, 1)])
        self.assertFalse(tickets.timer_ids)
        self.assertFalse(tickets.event_ids)
        self.assertFalse(any(tickets.mapped("sla_adopted")))

    def test_only_open_tickets_that_nothing_times(self):
        wanted = self.make_old("09:00")
        self.make_ticket("09:00")  # has timers
        self.make_old("09:00", ("09:30", "cancelled"))
        self.make_old("09:00").active = False
        self.make_old("09:00").duplicate_id = wanted
        elsewhere = self.env["helpdesk.ticket.team"].create({"name": "Elsewhere"})
        self.make_old("09:00", team_id=elsewhere.id)
        adoption = self.env["helpdesk.sla.adoption"].create({})
        found = self.env["helpdesk.ticket"].search(adoption._get_domain())
        self.assertEqual(found.filtered("sla_adopted"), found.browse())
        adoption.team_ids = self.team
        self.assertEqual(adoption.ticket_count, 1)
        self.adopt("10:00", team_ids=False)
        self.assertTrue(wanted.timer_ids)

    def test_a_team_without_policy_is_left_as_it_is(self):
        elsewhere = self.env["helpdesk.ticket.team"].create({"name": "Elsewhere"})
        ticket = self.make_old("09:00", team_id=elsewhere.id)
        adoption = self.adopt("10:00", team_ids=elsewhere.ids)
        self.assertEqual((adoption.state, adoption.adopted_count), ("done", 0))
        self.assertFalse(ticket.sla_adopted)

    def test_nobody_is_told_of_what_was_due_before(self):
        self.policy.step_ids = [
            Command.create(
                {
                    "metric": "response",
                    "basis": "percent",
                    "percent": share,
                    "action": "activity",
                    "to_leader": True,
                    "active_from": utc("2026-01-01 00:00"),
                }
            )
            for share in (50, 100, 400)
        ]
        self.team.user_id = self.manager
        ticket = self.make_old("09:00")
        messages, activities = ticket.message_ids, ticket.activity_ids
        self.adopt("10:00")
        with at("10:05"):
            self.env["helpdesk.sla.timer"]._sweep_batch(utc("10:05"))
        self.flush_chatter("10:05")
        self.assertEqual(ticket.message_ids, messages)
        self.assertEqual(ticket.activity_ids, activities)
        self.assertEqual(
            set(ticket.alert_ids.mapped("result")),
            {"Due before the adoption: nobody was told"},
        )
        self.assertEqual(len(ticket.alert_ids), 2)
        with at("11:01"):
            self.env["helpdesk.sla.timer"]._sweep_batch(utc("11:01"))
        self.assertEqual(len(ticket.activity_ids - activities), 1)

    def test_it_goes_on_where_it_stopped(self):
        tickets = self.env["helpdesk.ticket"].concat(
            *(self.make_old("09:00") for _number in range(5))
        )
        with patch.object(helpdesk_sla_adoption, "BATCH", 2):
            with at("10:00"):
                adoption = (
                    self.env["helpdesk.sla.adoption"]
                    .with_user(self.manager)
                    .create({"team_ids": self.team.ids})
                )
                adoption.action_preview()
                adoption.action_adopt()
            self.assertEqual((adoption.state, adoption.adopted_count), ("running", 2))
            self.assertEqual(len(tickets.timer_ids.ticket_id), 2)
            with at("10:01"), self.enter_registry_test_mode():
                self.env.ref(
                    "helpdesk_sla_policy.ir_cron_adopt"
                ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((adoption.state, adoption.adopted_count), ("done", 5))
        self.assertEqual(tickets.timer_ids.ticket_id, tickets)
        self.assertEqual(set(tickets.event_ids.mapped("user_id")), {self.manager})

    def test_adopting_again_changes_nothing(self):
        ticket = self.make_old("09:00")
        first = self.adopt("10:00")
        events = ticket.event_ids
        second = self.adopt("11:00")
        self.assertEqual([first.adopted_count, second.adopted_count], [1, 0])
        self.assertEqual(ticket.event_ids, events)
        with self.assertRaises(UserError):
            first.action_adopt()
        with self.assertRaises(UserError):
            first.unlink()

    def test_one_that_fails_does_not_stop_the_others(self):
        good, bad = self.make_old("09:00"), self.make_old("09:00")
        tickets = type(self.env["helpdesk.ticket"])
        silence = tickets._silence_past_steps

        def fail(self, now):
            if bad in self:
                raise ValueError
            return silence(self, now)

        logger = "odoo.addons.helpdesk_sla_policy.models.helpdesk_sla_adoption"
        with (
            patch.object(tickets, "_silence_past_steps", fail),
            self.assertLogs(logger),
        ):
            adoption = self.adopt("10:00")
        self.assertEqual((adoption.adopted_count, adoption.failed_count), (1, 1))
        self.assertTrue(good.timer_ids)
        self.assertFalse(bad.timer_ids)
        self.assertFalse(bad.event_ids)
        self.assertFalse(bad.sla_adopted)

    def test_the_preview_comes_first(self):
        adoption = self.env["helpdesk.sla.adoption"].create({})
        with self.assertRaisesRegex(UserError, "Look at the preview first"):
            adoption.action_adopt()

    def test_only_managers(self):
        adoptions = self.env["helpdesk.sla.adoption"]
        with self.assertRaises(AccessError):
            adoptions.with_user(self.agent).create({})
        adoption = adoptions.create({})
        for action in ("action_preview", "action_adopt", "action_view_tickets"):
            with self.assertRaises(AccessError):
                getattr(adoption.with_user(self.agent), action)()

    def test_other_companies_are_left_alone(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        adoptions = self.env["helpdesk.sla.adoption"].with_user(self.manager)
        with self.assertRaises(AccessError):
            adoptions.create({"company_id": company.id})
        ticket = self.make_old("09:00", company_id=company.id)
        self.adopt("10:00")
        self.assertFalse(ticket.timer_ids)
