"""Policy A, stars, as a story: from receipt to tacit closing (R-A2 to R-A15).

Mon-Fri 09:00-17:00 America/Guayaquil; 12 January 2026 is a Monday. The customer is on
the plan Prioritario 8/5 and reads Spanish.
"""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local

ASSIGNED = ("Agent", "You have been assigned to # - Invoices fail")
WROTE = ("Agent", "# - Invoices fail")
RECEIPT = (LUCIA, "# recibido: Invoices fail")
DIAGNOSIS = (LUCIA, "# diagnóstico: Invoices fail")


@tagged("post_install", "-at_install")
class TestStars(PolicyStory):
    preset = "stars"
    plan_name = "priority"

    def make_worked_on(self, stars="3", **values):
        """Return a ticket of Mon 12 Jan 09:30, assigned 09:45 and in process 10:00."""
        ticket = self.make_ticket("2026-01-12 09:30", stars, **values)
        self.move(ticket, "2026-01-12 09:45", "assigned", user_id=self.agent.id)
        self.move(ticket, "2026-01-12 10:00", "in_progress")
        self.run_minute("2026-01-12 10:01")
        self.collect()
        self.outbox = []
        return ticket

    def test_a_critical_ticket_until_silence_closes_it(self):
        """R-A2, R-A3, R-A4, R-A11, R-A13, R-A14, R-A15: the whole way of 3 stars.

        Received Fri 9 Jan 16:50: 10 min on Friday, 20 on Monday: due Mon 09:20. In
        process 10:00, waits 11:30-14:00: 1:30 used, 2:30 left: due 16:30. Solved then:
        Tue 13, Wed 14, Thu 15, Fri 16, Mon 19 Jan 17:00 end the term of silence;
        reminders on the third and the fifth day.
        """
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.run_minute("2026-01-09 16:51")
        self.assertMails(ticket, RECEIPT)
        self.assertDue(ticket, "response", "2026-01-12 09:20")
        with at("2026-01-12 09:19"), self.assertRefused("needs a diagnosis"):
            ticket.with_user(self.agent).stage_id = self.stages["assigned"]
        self.move(ticket, "2026-01-12 09:20:00", "assigned", user_id=self.agent.id)
        self.assertTimer(ticket, "response", "met", elapsed="0:30")
        self.run_minute("2026-01-12 09:21")
        self.assertMails(ticket, DIAGNOSIS)

        self.move(ticket, "2026-01-12 10:00", "in_progress")
        self.assertDue(ticket, "solution", "2026-01-12 14:00")
        self.move(ticket, "2026-01-12 11:30", "awaiting")
        self.assertTimer(ticket, "solution", "paused", elapsed="1:30")
        self.post(ticket, "2026-01-12 14:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertDue(ticket, "solution", "2026-01-12 16:30")
        self.assertMails(ticket, WROTE)

        with at("2026-01-12 16:29"), self.assertRefused("needs its solution"):
            ticket.with_user(self.agent).stage_id = self.stages["closing"]
        self.move(ticket, "2026-01-12 16:30:00", "closing")
        self.assertTimer(ticket, "solution", "met", elapsed="4:00")
        self.run_minute("2026-01-12 16:31")
        last_day = "lunes, 19 de enero de 2026"
        self.assertMails(ticket, (LUCIA, f"# resuelto: Invoices fail – {last_day}"))
        self.assertIn(f"{last_day} a las 17:00", ticket._get_notice("solution").text)

        reminder = (LUCIA, f"Recordatorio: responda ## – {last_day}")
        for when, mails in (
            ("2026-01-14 17:00", []),
            ("2026-01-15 09:00", [reminder]),
            ("2026-01-16 09:00", []),
            ("2026-01-19 09:00", [reminder]),
            ("2026-01-19 17:04:59", []),
        ):
            self.run_minute(when)
            self.assertMails(ticket, *mails)
        self.assertEqual(ticket.stage_id, self.stages["closing"])
        self.run_minute("2026-01-19 17:05:00")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertEqual(local(ticket.closed_date), "2026-01-19 17:00:00")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertIn(
            f"hasta el <strong>{last_day}", ticket._get_notice("closing").text
        )
        self.assertNotices(
            ticket,
            ("2026-01-09 16:50:00", "receipt"),
            ("2026-01-12 09:20:00", "diagnosis"),
            ("2026-01-12 16:30:00", "solution"),
            ("2026-01-19 17:05:00", "closing"),
        )
        delivery = self.env["helpdesk.deliverable"].search(
            [("ticket_id", "=", ticket.id)]
        )
        self.assertEqual((delivery.kind, delivery.state), ("ticket", "tacit"))
        # R-A13: 15 days from Mon 12 Jan.
        self.assertEqual(str(delivery.warranty_until), "2026-01-27")
        self.assertCoverage(ticket, "covered", "covered")
        self.run_minute("2026-01-20 12:00")
        self.assertMails(ticket)

    def test_a_mail_of_the_weekend_waits_for_opening(self):
        """R-A4, R-A11: confirmed at once on Sat 10 Jan, its clock starts on Monday."""
        ticket = self.receive("2026-01-10 11:00")
        self.assertEqual(ticket.contract_id, self.contract)
        self.run_minute("2026-01-10 11:01")
        self.assertMails(ticket, RECEIPT)
        self.assertDue(ticket, "response", "2026-01-12 13:00")  # 4 h of 1 star

    def test_returned_until_the_customer_completes_it(self):
        """R-A3, R-A10: DEVUELTO before ASIGNADO is a response; the answer reopens."""
        ticket = self.make_ticket("2026-01-12 09:30", "3", user_id=self.agent.id)
        self.run_minute("2026-01-12 09:31")
        self.assertMails(ticket, ASSIGNED, RECEIPT)
        self.act("2026-01-12 09:40", ticket, "action_return_incomplete")
        self.assertEqual(ticket.stage_id, self.stages["returned"])
        self.assertTimer(ticket, "response", "met", elapsed="0:10")
        self.assertMails(
            ticket, (LUCIA, "#: necesitamos más información - Invoices fail")
        )
        self.post(ticket, "2026-01-12 11:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertTimer(ticket, "response", "met", elapsed="0:10")
        self.assertDue(ticket, "solution", "2026-01-12 15:00")
        self.assertMails(ticket, WROTE)

    def test_solved_reopened_solved(self):
        """R-A3, R-A11: solved Mon 14:00, reopened Tue 09:00, solved 09:10: 4 h 10 min.

        In process since 10:00: 4 h are just met; with 10 min more it is missed. Lucía
        is told of each solution; the term of silence begins again: Wed 14 to Tue 20.
        """
        ticket = self.make_worked_on()
        self.move(ticket, "2026-01-12 14:00", "closing")
        self.assertTimer(ticket, "solution", "met", elapsed="4:00")
        self.run_minute("2026-01-12 14:01")
        solved = "# resuelto: Invoices fail – "
        self.assertMails(ticket, (LUCIA, f"{solved}lunes, 19 de enero de 2026"))
        self.post(ticket, "2026-01-12 16:00", self.portal_user)
        self.assertMails(ticket, WROTE)
        self.assertFalse(ticket.closes_at)  # she is not silent
        self.move(ticket, "2026-01-13 09:00", "in_progress")
        self.move(ticket, "2026-01-13 09:10", "closing")
        self.assertTimer(ticket, "solution", "missed", elapsed="4:10")
        self.run_minute("2026-01-13 09:11")
        self.assertMails(ticket, (LUCIA, f"{solved}martes, 20 de enero de 2026"))
        self.assertEqual(local(ticket.closes_at), "2026-01-20 17:00:00")
        self.act("2026-01-13 10:00", ticket, "_confirm", self.contact, "By telephone")
        self.run_minute("2026-01-13 10:01")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertNotices(
            ticket,
            ("2026-01-12 09:30:00", "receipt"),
            ("2026-01-12 09:45:00", "diagnosis"),
            ("2026-01-12 14:00:00", "solution"),
            ("2026-01-13 09:10:00", "solution"),
            ("2026-01-13 10:00:00", "closing"),
        )

    def test_the_customer_escalates_in_order(self):
        """R-A12: Prioritario: level 1, 2, 3; each names its role and the ticket.

        Nobody is told twice: asked again a second later Lucía reads that it was told.
        """
        ticket = self.make_worked_on()
        with self.assertRefused("Los niveles van en orden|Levels go in order"):
            self.ask_level(ticket, "2026-01-12 10:30", "3")
        roles = {"2": "Grupo prioritario", "3": "Gerente de operaciones"}
        log, followers = [], "Agent"  # whoever was told follows the ticket
        for when, level in (("2026-01-12 11:00", "2"), ("2026-01-12 12:00", "3")):
            self.ask_level(ticket, when, level)
            before = int(level) - 1
            self.assertMails(
                ticket,
                (followers, "# - Invoices fail"),
                (f"Level {level}", f"##: Level {before} → {level}"),
                (LUCIA, f"##: escalado a Nivel {level} ({roles[level]})"),
            )
            followers += f", Level {level}"
            log.append(
                (
                    f"{when}:00",
                    "customer",
                    f"{before}>{level}",
                    f"Level {level}",
                    False,
                )
            )
            self.assertEscalations(ticket, *log)
            with self.assertRefused("was told on|fue avisado|se avisó"):
                self.ask_level(ticket, f"{when}:01", level)
        self.assertMails(ticket)

    def test_an_emergency_on_one_star_is_judged_improper(self):
        """R-A12: to operations whatever the plan; an agent says why it is improper."""
        partner, user = self.make_customer("Estándar", "standard")
        self.make_preset_contract("standard", partner, contacts=[user.partner_id])
        ticket = self.make_worked_on("1", partner_id=user.partner_id.id)
        with self.assertRefused("reaches up to level 1"):
            self.act(
                "2026-01-12 11:00",
                ticket,
                "escalate_by_customer",
                user.partner_id,
                "2",
                "Ya",
                user=user,
            )
        row = self.act(
            "2026-01-12 11:10",
            ticket,
            "escalate_by_customer",
            user.partner_id,
            "emergency",
            "Urgente",
            user=user,
        )
        self.assertEscalations(
            ticket, ("2026-01-12 11:10:00", "emergency", "1>3", "Level 3", False)
        )
        self.assertTrue(row.is_questionable)
        with self.assertRefused("Write why it is improper"):
            self.act("2026-01-12 11:20", row, "_mark_improper", "emergency", " ")
        self.act("2026-01-12 11:20", row, "_mark_improper", "emergency", "One star")
        self.assertTrue(ticket.has_improper_escalation)
        self.assertCoverage(ticket, "covered", "covered")  # only the fee is billed

    def test_what_the_plan_excludes_shows_and_waits_for_an_authorisation(self):
        """R-A5, R-A7, R-A8: a visit is excluded: billable, no work before a yes."""
        on_site = self.env.ref("helpdesk_support_contract.service_on_site")
        ticket = self.make_ticket(
            "2026-01-12 09:30", service_id=on_site.id, work_override_reason=False
        )
        self.assertTrue(ticket.is_excluded)
        self.assertIn("Support on site", ticket.exclusion_note)
        self.assertCoverage(ticket, "billable", "excluded_service")
        self.move(ticket, "2026-01-12 09:45", "assigned", user_id=self.agent.id)
        with at("2026-01-12 10:00"), self.assertRefused("authori"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        for cause, coverage in (
            ("user_error", "billable"),
            ("third_party", "billable"),
            ("training", "billable"),
        ):
            other = self.make_ticket("2026-01-12 09:30")
            self.assertCoverage(other, "covered", "covered")
            reason = self.env.ref(f"helpdesk_warranty.reason_{cause}")
            self.change(other, "2026-01-12 10:00", cause_id=reason.id)
            self.assertCoverage(other, coverage, cause)

    def test_a_contract_that_ended(self):
        """R-A9, R-A12: at midnight: billable, level 1 only, still answered."""
        ticket = self.make_ticket("2027-01-01 00:00")
        self.run_minute("2027-01-01 00:01")
        self.assertMails(
            ticket, (LUCIA, "#: el contrato no cubre este ticket"), RECEIPT
        )
        self.assertCoverage(ticket, "billable", "contract_not_in_force")
        with self.assertRefused("not in force|no está"):
            self.ask_level(ticket, "2027-01-01 00:02", "2")

    def test_a_development_task(self):
        """R-A2, R-A3: moved Wed 14 Jan 10:00: estimated by Wed 21 Jan 17:00."""
        ticket = self.make_worked_on("1")
        self.assertDue(ticket, "solution", "2026-01-20 10:00")  # 48 h are 6 days
        self.move(ticket, "2026-01-14 10:00", "development")
        self.assertEqual(ticket.type_id, self.development)
        self.assertDue(ticket, "estimate", "2026-01-21 17:00")
        for metric in ("response", "solution"):
            self.assertNoTimer(ticket, metric)
        self.run_minute("2026-01-14 10:01")
        self.assertMails(ticket)
