"""Policy E, full, as a story: news, levels, objectives (R-E1 to R-E4, R-E7).

Mon-Fri 08:00-17:00 America/Mexico_City: a working day has 9 hours. 12 January 2026 is a
Monday. The customer reads Spanish.
"""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

ASSIGNED = ("Agent", "You have been assigned to # - Invoices fail")
ANSWER = (LUCIA, "# - Invoices fail")


@tagged("post_install", "-at_install")
class TestFull(PolicyStory):
    preset = "full"
    plan_name = "full"
    tz = "America/Mexico_City"

    def answer(self, ticket, when):
        """Let the agent write to the customer: the first time is the response."""
        self.post(ticket, when, self.agent)

    def make_answered(self, received, stars, answered):
        """Return a ticket in process that the agent has answered; mails are read."""
        ticket = self.make_ticket(received, stars, user_id=self.agent.id)
        self.move(ticket, received, "in_progress")
        self.answer(ticket, answered)
        self.run_minute(answered)
        self.assertMails(ticket, ASSIGNED, ANSWER, (LUCIA, "# recibido: Invoices fail"))
        return ticket

    def get_updates(self, ticket):
        updates = ticket.timer_ids.filtered(lambda timer: timer.metric == "update")
        return updates.sorted("cycle").mapped("state")

    def test_a_critical_incident_to_its_end(self):
        """R-E1, R-E2, R-E3: 30 min to answer, news every 2 h, level 2 at 4 h, 3 at 8 h.

        Received Mon 12 Jan 08:00: due 08:30. Answered 08:30:00: news due 10:30, level 2
        due 12:30, level 3 due 16:30. News at 10:30:00: in time, the next due 12:30; at
        12:30:01: a second late, the next due 14:30:01; none until it is solved at
        16:45: missed too.
        """
        ticket = self.make_ticket("2026-01-12 08:00", "3", user_id=self.agent.id)
        self.assertDue(ticket, "response", "2026-01-12 08:30")
        self.run_minute("2026-01-12 08:01")
        self.assertMails(ticket, ASSIGNED, (LUCIA, "# recibido: Invoices fail"))
        self.move(ticket, "2026-01-12 08:10", "in_progress")
        self.assertTimer(ticket, "response", "running")  # a stage is no answer
        self.answer(ticket, "2026-01-12 08:30:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:30")
        self.assertDue(ticket, "update", "2026-01-12 10:30")
        self.assertMails(ticket, ANSWER)
        self.answer(ticket, "2026-01-12 10:30:00")
        self.assertMails(ticket, ANSWER)

        self.run_minute("2026-01-12 12:29:59")
        self.assertEscalations(ticket)
        self.run_minute("2026-01-12 12:30:00")
        level_2 = ("2026-01-12 12:30:00", "step", "1>2", "Level 2", False)
        self.assertEscalations(ticket, level_2)
        self.assertMails(
            ticket,
            (LUCIA, "##: escalado a Nivel 2 (Especialistas)"),
            ("Level 2", "##: Level 2 after 4 hours"),
        )
        self.answer(ticket, "2026-01-12 12:30:01")
        # Whoever was told of the escalation follows the ticket from then on.
        self.assertMails(ticket, ("Level 2", "# - Invoices fail"), ANSWER)

        self.run_minute("2026-01-12 16:29:59")
        self.assertMails(ticket)
        self.run_minute("2026-01-12 16:30:00")
        level_3 = ("2026-01-12 16:30:00", "step", "2>3", "Level 3", False)
        self.assertEscalations(ticket, level_2, level_3)
        self.assertMails(
            ticket,
            (LUCIA, "##: escalado a Nivel 3 (Ingeniería)"),
            ("Level 3", "##: Level 3 after 8 hours"),
        )

        with at("2026-01-12 16:44", self.tz), self.assertRefused("needs its solution"):
            ticket.with_user(self.agent).stage_id = self.stages["closing"]
        self.move(ticket, "2026-01-12 16:45", "closing")
        self.assertEqual(self.get_updates(ticket), ["met", "missed", "missed"])
        self.run_minute("2026-01-12 16:46")
        self.assertMails(ticket, (LUCIA, "# resuelto: Invoices fail"))
        self.act("2026-01-12 16:50", ticket, "_confirm", self.contact, "By telephone")
        self.run_minute("2026-01-12 16:51")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertNotices(
            ticket,
            ("2026-01-12 08:00:00", "receipt"),
            ("2026-01-12 16:45:00", "solution"),
            ("2026-01-12 16:50:00", "closing"),
        )
        self.run_minute("2026-01-13 12:00")
        self.assertMails(ticket)
        self.assertCoverage(ticket, "covered", "covered")

    def test_high_and_normal_escalate_later(self):
        """R-E3: 2 stars 8 h / 16 h; 1 and 0 stars 2 / 4 days of 9 h.

        Answered Mon 12 Jan 10:00. High: Mon 7 h, Tue 1 h: Tue 09:00; 16 h: Tue 9 = 16:
        Tue 17:00. Normal: 18 h: Mon 7, Tue 16, Wed 2: Wed 10:00; 36 h: Wed 25, Thu 34,
        Fri 2: Fri 10:00.
        """
        for stars, second, third in (
            ("2", "2026-01-13 09:00:00", "2026-01-13 17:00:00"),
            ("1", "2026-01-14 10:00:00", "2026-01-16 10:00:00"),
            ("0", "2026-01-14 10:00:00", "2026-01-16 10:00:00"),
        ):
            with self.subTest(stars=stars):
                ticket = self.make_answered(
                    "2026-01-12 09:00", stars, "2026-01-12 10:00"
                )
                for when, level in ((second, "2"), (third, "3")):
                    before = f"{when[:-8]}{int(when[-8:-6]) - 1:02}:59:59"
                    self.run_minute(before)
                    self.assertLess(ticket.support_level, level)
                    self.run_minute(when)
                    self.assertEqual(ticket.support_level, level)
                self.assertEscalations(
                    ticket,
                    (second, "step", "1>2", "Level 2", False),
                    (third, "step", "2>3", "Level 3", False),
                )
                self.outbox, ticket.active = [], False

    def test_the_agent_is_first_and_the_job_was_late(self):
        """R-E3, R-E4: in time is the level's moment at or before its due time + 60 s.

        Answered Mon 12 Jan 10:00: level 2 due at 14:00, level 3 on Tue 13 at 09:00. The
        agent escalates at 13:00 with a reason: in time, and the job does not do it
        again at 14:00. The server stood still until Tue 09:01:01: a second too late.
        """
        ticket = self.make_answered("2026-01-12 09:00", "3", "2026-01-12 10:00")
        self.act(
            "2026-01-12 13:00", ticket, "_escalate", "2", reason="A database fault"
        )
        by_agent = ("2026-01-12 13:00:00", "agent", "1>2", "Level 2", False)
        self.assertMails(
            ticket,
            ("Level 2", "##: Level 1 → 2"),
            (LUCIA, "##: escalado a Nivel 2 (Especialistas)"),
        )
        self.run_minute("2026-01-12 14:00:00")
        self.assertEscalations(ticket, by_agent)
        self.assertMails(ticket)
        self.run_minute("2026-01-13 09:01:01")
        self.assertEscalations(
            ticket, by_agent, ("2026-01-13 09:01:01", "step", "2>3", "Level 3", True)
        )

    def test_waiting_for_the_customer(self):
        """R-E2, R-E3: news and escalation pause; the answer lets them go on.

        Answered Mon 12 Jan 09:00, on hold 10:00, Lucía answers Tue 13 Jan 12:00. News
        of 2 h: 1 h used: Tue 13:00. Level 2 of 4 h: 1 h used: Tue 15:00.
        """
        ticket = self.make_answered("2026-01-12 08:45", "3", "2026-01-12 09:00")
        self.move(ticket, "2026-01-12 10:00", "awaiting")
        self.run_minute("2026-01-13 11:59")
        self.assertMails(ticket)
        self.post(ticket, "2026-01-13 12:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertMails(ticket, ("Agent", "# - Invoices fail"))
        self.assertDue(ticket, "update", "2026-01-13 13:00")
        self.run_minute("2026-01-13 14:59:59")
        self.assertEqual(ticket.support_level, "1")
        self.run_minute("2026-01-13 15:00:00")
        self.assertEqual(ticket.support_level, "2")

    def test_objectives_of_a_month(self):
        """R-E4: 95 % of first responses; 90 % of incidents escalated and updated.

        Four critical tickets, received at 08:00 on 12, 13, 14 and 15 January. Answered
        08:30:00, 08:30:01 (missed), 08:30, 08:30: 3 of 4 responses. The first has news
        at 10:00 and is solved at 10:30: kept. The second is solved at 09:00, before
        anything was due: kept too. The third has its news at 10:30:01: missed. The
        fourth has news in time but reaches level 2 at 12:31:01 instead of 12:30:
        missed. 2 of 4 incidents.
        """
        tickets = []
        for day, answered in (
            ("12", "08:30:00"),
            ("13", "08:30:01"),
            ("14", "08:30:00"),
            ("15", "08:30:00"),
        ):
            ticket = self.make_ticket(f"2026-01-{day} 08:00", "3")
            self.move(ticket, f"2026-01-{day} 08:10", "in_progress")
            self.answer(ticket, f"2026-01-{day} {answered}")
            tickets.append(ticket)
        kept, quick, late_news, late_level = tickets
        self.answer(kept, "2026-01-12 10:00")
        self.move(kept, "2026-01-12 10:30", "closing")
        self.move(quick, "2026-01-13 09:00", "closing")
        self.answer(late_news, "2026-01-14 10:30:01")
        self.move(late_news, "2026-01-14 11:00", "closing")
        self.answer(late_level, "2026-01-15 10:00")
        self.answer(late_level, "2026-01-15 12:00")
        self.sweep("2026-01-15 12:31:01")
        self.move(late_level, "2026-01-15 13:00", "closing")
        with at("2026-02-10 12:00", self.tz):
            rows = self.env["helpdesk.sla.attainment"]._read_group(
                [
                    ("ticket_id", "in", [ticket.id for ticket in tickets]),
                    ("metric", "in", ("response", "incident")),
                    ("state", "in", ("met", "missed")),
                ],
                ["metric", "date:month", "severity", "partner_id"],
                ["met_count:sum", "missed_count:sum", "objective:max"],
                order="metric desc",
            )
        self.assertEqual(
            [
                (metric, str(date)[:7], stars, partner, *figures)
                for metric, date, stars, partner, *figures in rows
            ],
            [
                ("response", "2026-01", "3", self.customer, 3, 1, 95.0),
                ("incident", "2026-01", "3", self.customer, 2, 2, 90.0),
            ],
        )

    def test_without_a_contract_an_agent_decides(self):
        """Ours: held and told so; no work before it is released, then from receipt."""
        partner = self.make_customer("Sin Contrato", "none")[1].partner_id
        partner.lang = "es_ES"
        ticket = self.make_ticket("2026-01-12 08:00", "3", partner_id=partner.id)
        self.run_minute("2026-01-12 08:01")
        self.assertMails(ticket, (partner.name, "# recibido: Invoices fail"))
        self.assertEqual(ticket.hold_reason, "no_contract")
        with at("2026-01-12 08:05", self.tz), self.assertRefused("is held"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.assertNoTimer(ticket, "response")
        self.assertCoverage(ticket, "billable", "no_contract")
        ticket.release_reason = "The contract is being signed"
        self.act("2026-01-12 08:20", ticket, "action_release")
        self.assertDue(ticket, "response", "2026-01-12 08:30")
