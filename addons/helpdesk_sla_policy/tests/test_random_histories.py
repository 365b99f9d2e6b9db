"""Random histories acted out on tickets, against stepping through their minutes."""

import datetime
import random

from odoo.tests import tagged

from .. import clock
from .common import GUAYAQUIL, HelpdeskSlaCommon, at, local

HISTORIES = 25
MINUTE = datetime.timedelta(minutes=1)

#: What each stage does to (response, solution), as the policy prints it.
EFFECTS = {
    "new": ("run", "idle"),
    "assigned": ("stop", "idle"),
    "in_progress": ("stop", "run"),
    "awaiting": ("run", "pause"),
    "returned": ("stop", "stop"),
    "closing": ("stop", "stop"),
    "done": ("stop", "stop"),
    "cancelled": ("void", "void"),
}
#: Stages that only the preset's team has; another team moves the ticket to New.
OWN = {"assigned", "returned", "closing"}
RESUMES = {"awaiting", "returned"}  # a customer's reply moves these to In Progress


class Oracle:
    """What the minutes say: nothing but a walk from one act to the next."""

    def __init__(self, start):
        self.now, self.stage = start, "new"
        self.response, self.responded, self.responded_at = 0, False, None
        self.solution, self.started, self.solved = 0, False, False
        self.void = False

    def walk(self, until):
        while self.now < until:
            is_open = self.now.weekday() < 5 and 9 <= self.now.hour < 17
            response, solution = EFFECTS[self.stage]
            if is_open and not self.responded and response == "run":
                self.response += 1
            if is_open and solution == "run":
                self.solution += 1
            self.now += MINUTE

    def enter(self, stage):
        self.stage = stage
        response, solution = EFFECTS[stage]
        self.void = response == "void"
        if response == "stop":
            self.responded = True
        if solution in ("run", "pause", "stop"):
            self.started = True
        if solution == "stop":
            self.solved = True
        elif solution in ("run", "pause"):
            self.solved = False


@tagged("post_install", "-at_install")
class TestRandomHistories(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Other",
                "sla_policy_id": cls.policy.id,
                "own_stages_only": True,
            }
        )
        cls.other_team.user_ids = cls.team.user_ids
        for name in set(EFFECTS) - OWN:
            cls.stages[name].team_ids += cls.other_team

    def test_timers_equal_the_minutes(self):
        for seed in range(HISTORIES):
            with self.subTest(seed=seed):
                self.check_history(random.Random(seed))

    def check_history(self, chance):
        moment = datetime.datetime(2026, 1, 5, chance.randrange(24), 0)
        moment += datetime.timedelta(days=chance.randrange(7))
        ticket = self.receive(chance, moment)
        oracle = Oracle(moment)
        acts = [f"{moment} received"]
        for _act in range(chance.randrange(3, 9)):
            moment += MINUTE * chance.choice([0, 1, 20, 90, 300, 1500, 4000])
            oracle.walk(moment)
            acts.append(f"{moment} {self.act(chance, ticket, moment, oracle)}")
        self.env.invalidate_all()
        with at(str(moment)):  # a note is no entry: the clock is read live
            self.check(ticket, oracle, acts)

    def receive(self, chance, moment):
        """Let the customer open a ticket: on the form, or by a mail to the team."""
        if chance.random() < 0.5:
            return self.make_ticket(str(moment), chance.choice("0123"))
        sent = clock.to_datetime(clock.instant(str(moment), GUAYAQUIL))
        with at(str(moment)):
            ticket_id = self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                f"From: {self.contact.email}\nTo: nobody@example.com\nSubject: Help\n"
                f"Date: {sent:%a, %d %b %Y %H:%M:%S} +0000\n"
                f"Message-ID: <{chance.random()}@customer.example.com>\n\nText\n",
                custom_values={"team_id": self.team.id, **self.get_leave_to_work()},
            )
            self.env.flush_all()
        return self.env["helpdesk.ticket"].browse(ticket_id)

    def act(self, chance, ticket, moment, oracle):
        """Do one random act on the ticket and tell the oracle; return it in words."""
        act = chance.choice(["stage", "stage", "stage", "team", "agent", "customer",
                             "note", "severity"])  # fmt: skip
        when = str(moment)
        if act == "stage":
            names = set(EFFECTS) - (OWN if ticket.team_id != self.team else set())
            stage = chance.choice(sorted(names))
            self.move(ticket, when, stage)
            oracle.enter(stage)
            return f"stage {stage}"
        if act == "team":
            team = self.other_team if ticket.team_id == self.team else self.team
            self.change(ticket, when, team_id=team.id)
            if team == self.other_team and oracle.stage in OWN:
                oracle.enter("new")
        elif act == "severity":
            with at(when):
                self.env.invalidate_all()
                is_missed = bool(ticket._get_missed_timers())
            if not is_missed:  # lowering it would need a manager's reason
                self.change(ticket, when, priority=chance.choice("0123"))
        elif act == "customer":
            self.post(ticket, when, self.portal_user)
            if oracle.stage in RESUMES:
                oracle.enter("in_progress")
        elif act == "note":
            self.post(ticket, when, self.agent, subtype_xmlid="mail.mt_note")
        else:
            self.post(ticket, when, self.agent)
        return act

    def check(self, ticket, oracle, acts):
        response = ticket._get_timer("response")
        got = {
            "stage": ticket.stage_id,
            "response": response.elapsed_seconds // 60,
            "responded": response.state in ("met", "missed"),
        }
        wanted = {
            "stage": self.stages[oracle.stage],
            "response": oracle.response,
            "responded": oracle.responded and not oracle.void,
        }
        solution = ticket._get_timer("solution")
        if oracle.started:
            got["solution"] = solution.elapsed_seconds // 60
            wanted["solution"] = oracle.solution
            got["solved"] = solution.state in ("met", "missed")
            wanted["solved"] = oracle.solved and not oracle.void
        self.assertEqual(got, wanted, "\n".join(acts))
        for timer in ticket.timer_ids.filtered(lambda t: t.state in ("met", "missed")):
            late = timer.counted_seconds > timer.target_seconds
            self.assertEqual(timer.state, "missed" if late else "met", acts)
            if not late and timer.due_at:
                self.assertLessEqual(timer.stopped_at, timer.breach_at, acts)
        self.assertTrue(local(response.started_at).endswith(":00"))
