"""Policy B, acceptance, as a story: mail, triage, delivery (R-B1 to R-B8).

Mon-Fri 08:00-17:00 America/Bogota; 12 January 2026 is a Monday, no holiday here. The
customer reads Spanish.
"""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local
from odoo.addons.helpdesk_warranty.tests.common import SIGNATURE

RECEIPT = (LUCIA, "# recibido: Invoices fail")


@tagged("post_install", "-at_install")
class TestAcceptance(PolicyStory):
    preset = "acceptance"
    plan_name = "acceptance"
    tz = "America/Bogota"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project_manager = cls.make_user(
            "story-pm", "helpdesk_mgmt.group_helpdesk_user", name="Project Manager"
        )
        cls.team.user_ids += cls.project_manager
        cls.team.project_manager_id = cls.project_manager

    def test_by_mail_confirmed_at_once(self):
        """R-B2, R-B8: the confirmation says which policy and version is accepted.

        Answers of both sides go by mail and land on the ticket.
        """
        ticket = self.receive("2026-01-12 09:00")
        self.run_minute("2026-01-12 09:01")
        self.assertMails(ticket, RECEIPT)
        text = ticket._get_notice("receipt").text
        self.assertIn("acepta", text)
        self.assertIn(f"versión {self.policy.version}", text)
        ticket.user_id = self.agent
        self.settle("2026-01-12 09:05")
        self.collect()
        self.outbox = []
        self.post(ticket, "2026-01-12 09:10", self.agent)
        self.assertMails(ticket, (LUCIA, "# - Invoices fail"))
        self.receive("2026-01-12 09:20", thread_id=ticket.id, body="Gracias.")
        self.settle("2026-01-12 09:20")
        self.assertMails(ticket, ("Agent", "Invoices fail"))
        self.assertFalse(ticket.next_due)

    def test_the_priority_follows_from_impact_and_urgency(self):
        """R-B1: the matrix; nothing is due whatever the priority."""
        ticket = self.make_ticket("2026-01-12 09:00", "0")
        for impact, urgency, stars, name in (
            ("3", "3", "3", "Urgent"),
            ("2", "3", "2", "High priority"),
            ("2", "2", "1", "Medium priority"),
            ("1", "1", "0", "Low priority"),
        ):
            self.change(ticket, "2026-01-12 09:10", impact=impact, urgency=urgency)
            self.assertEqual((ticket.priority, ticket.severity_name), (stars, name))
            self.assertFalse(ticket.timer_ids.filtered(lambda t: t.state == "running"))

    def test_without_a_contract(self):
        """R-B1, R-B2: Baja and without times, however it is rated; confirmed too."""
        partner = self.make_customer("Sin Contrato", "none")[1].partner_id
        partner.lang = "es_ES"
        ticket = self.make_ticket("2026-01-12 09:00", "3", partner_id=partner.id)
        self.run_minute("2026-01-12 09:01")
        self.assertMails(
            ticket,
            (partner.name, "#: el contrato no cubre este ticket"),
            (partner.name, "# recibido: Invoices fail"),
        )
        self.change(ticket, "2026-01-12 09:10", impact="3", urgency="3")
        self.assertEqual((ticket.priority, ticket.is_uncommitted), ("0", True))
        self.assertCoverage(ticket, "billable", "no_contract")

    def test_triage_proposes_team_and_agent(self):
        """R-B3: speciality, priority and type are recorded; then the triage is done."""
        accounting = self.env.ref("helpdesk_intake.speciality_accounting")
        accounting.write({"team_id": self.team.id, "user_ids": self.agent})
        ticket = self.make_ticket("2026-01-12 09:00", "2")
        self.move(ticket, "2026-01-12 09:10", "triage")
        with at("2026-01-12 09:20", self.tz), self.assertRefused("is not triaged yet"):
            ticket.with_user(self.manager).action_apply_triage()
        change_type = self.env["helpdesk.ticket.type"].create({"name": "Fault"})
        self.change(
            ticket,
            "2026-01-12 09:20",
            speciality_id=accounting.id,
            type_id=change_type.id,
        )
        self.act("2026-01-12 09:25", ticket, "action_apply_triage", user=self.manager)
        self.assertEqual((ticket.team_id, ticket.user_id), (self.team, self.agent))
        self.assertEqual(local(ticket.triaged_at, self.tz), "2026-01-12 09:25:00")
        self.assertEqual(ticket.triaged_by_id, self.manager)
        self.run_minute("2026-01-12 09:26")
        self.assertMails(
            ticket, ("Agent", "You have been assigned to # - Invoices fail"), RECEIPT
        )

    def test_a_duplicate_is_cancelled(self):
        """R-B3: told once where it goes on; void, outside every rate."""
        first = self.make_ticket("2026-01-12 09:00", "2")
        second = self.make_ticket("2026-01-12 10:00", "2")
        self.run_minute("2026-01-12 10:01")
        self.collect()
        self.outbox = []
        self.assertIn(first.id, [row["id"] for row in second.get_similar_tickets()])
        self.act("2026-01-12 10:10", second, "action_mark_duplicate", first.id)
        self.run_minute("2026-01-12 10:11")
        self.assertEqual(second.stage_id, self.stages["cancelled"])
        self.assertCoverage(second, "void", "duplicate")
        self.assertMails(second, (LUCIA, "# cerrado: Invoices fail"))
        self.assertIn(first.number, second._get_notice("closing").text)

    def test_work_starts_only_when_authorised(self):
        """R-B4: scope and hours are agreed first; then work begins.

        A new feature is not covered: 6 h at 40 USD are proposed on Mon 12 Jan; Lucía
        approves on Tue 13 Jan.
        """
        reason = self.env.ref("helpdesk_warranty.reason_new_feature")
        ticket = self.make_ticket(
            "2026-01-12 09:00",
            cause_id=reason.id,
            user_id=self.agent.id,
            work_override_reason=False,
        )
        self.assertCoverage(ticket, "billable", "new_feature")
        self.move(ticket, "2026-01-12 10:00", "estimate")
        with at("2026-01-12 10:10", self.tz), self.assertRefused("authori"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.run_minute("2026-01-12 10:11")
        not_covered = "#: el contrato no cubre este ticket"
        self.assertMails(
            ticket,
            ("Agent", "You have been assigned to # - Invoices fail"),
            (LUCIA, not_covered),
            RECEIPT,
        )
        work = self.env["helpdesk.authorization"].create(
            {"ticket_id": ticket.id, "hours": 6, "price_unit": 40}
        )
        self.act("2026-01-12 10:20", work, "action_send")
        self.assertMails(
            ticket, (LUCIA, f"{work.name}: autorice el trabajo en el ticket #")
        )
        with at("2026-01-12 10:30", self.tz), self.assertRefused("authori"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.act(
            "2026-01-13 09:00", work, "_sign", LUCIA, SIGNATURE, user=self.portal_user
        )
        self.assertEqual(work.state, "approved")
        self.assertMails(
            ticket,
            ("Agent", f'"# - Invoices fail: {work.name}: Approved" assigned to you'),
        )
        self.move(ticket, "2026-01-13 09:30", "in_progress")
        self.assertEqual(ticket.authorized_hours, 6)

    def test_delivered_and_silent(self):
        """R-B5, R-B6: a development delivered Mon 12 Jan: Tue 13 to Mon 19 Jan 17:00.

        Reminders on the third and on the fifth day; accepted in silence at the close of
        the fifth; warranty of 15 days from the delivery. The ticket's own solution
        mail and closing are the agent's acts: here nothing closes by itself.
        """
        ticket = self.make_ticket("2026-01-12 09:00", user_id=self.agent.id)
        self.move(ticket, "2026-01-12 10:00", "in_progress")
        self.run_minute("2026-01-12 10:01")
        self.assertMails(
            ticket, ("Agent", "You have been assigned to # - Invoices fail"), RECEIPT
        )
        work = self.env["helpdesk.deliverable"].create(
            {"name": "Regalías", "ticket_id": ticket.id, "kind": "development"}
        )
        self.act("2026-01-12 15:00", work, "action_deliver")
        self.run_minute("2026-01-12 15:01")
        last_day = "lunes, 19 de enero de 2026"
        self.assertMails(
            ticket, (LUCIA, f"{work.number} entregado: Regalías – {last_day}")
        )
        self.move(ticket, "2026-01-12 16:00", "delivered")
        self.run_minute("2026-01-12 16:01")
        self.assertMails(ticket, (LUCIA, "# resuelto: Invoices fail"))
        reminder = (
            LUCIA,
            f"Recordatorio: responda {work.number} Regalías – {last_day}",
        )
        for when, mails in (
            ("2026-01-14 17:00", []),
            ("2026-01-15 08:00", [reminder]),
            ("2026-01-19 08:00", [reminder]),
            ("2026-01-19 17:04:59", []),
        ):
            self.run_minute(when)
            self.assertMails(ticket, *mails)
        with at("2026-01-19 17:00:00", self.tz):
            self.env.invalidate_all()
            self.assertEqual(work.state, "delivered")
        with at("2026-01-19 17:00:01", self.tz):
            self.env.invalidate_all()
            self.assertEqual(work.state, "tacit")
            with self.assertRefused("term|plazo"):
                work.with_user(self.portal_user).action_reject("Tarde")
        self.run_minute("2026-01-19 17:05")
        self.assertMails(ticket)  # silence was announced; the state says the rest
        self.assertEqual(str(work.warranty_until), "2026-01-27")
        self.move(ticket, "2026-01-20 16:00", "done")
        self.run_minute("2026-01-20 16:01")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertNotices(
            ticket,
            ("2026-01-12 09:00:00", "receipt"),
            ("2026-01-12 16:00:00", "solution"),
            ("2026-01-20 16:00:00", "closing"),
        )
        self.assertCoverage(ticket, "covered", "covered")
        for received, coverage, code in (
            ("2026-01-27 23:59:59", "warranty", "in_warranty"),
            ("2026-01-28 00:00:00", "billable", "warranty_ended"),
        ):
            claim = self.make_ticket(received, deliverable_id=work.id)
            self.assertCoverage(claim, coverage, code)

    def test_beyond_the_scope_a_change_request(self):
        """R-B7: a new linked ticket for the project manager, by the normal procedure.

        It is not covered, and work on it waits for the customer's authorisation.
        """
        ticket = self.make_ticket("2026-01-12 09:00", "2", user_id=self.agent.id)
        self.run_minute("2026-01-12 09:01")
        self.assertMails(
            ticket, ("Agent", "You have been assigned to # - Invoices fail"), RECEIPT
        )
        self.act("2026-01-12 11:00", ticket, "action_create_change_request")
        change = ticket.change_ids
        self.run_minute("2026-01-12 11:01")
        not_covered = "#: el contrato no cubre este ticket"
        self.assertMails(
            change,
            ("Project Manager", "You have been assigned to # - Cambio: Invoices fail"),
            (LUCIA, not_covered),
            (LUCIA, "# recibido: Cambio: Invoices fail"),
        )
        self.assertEqual(change.origin_ticket_id, ticket)
        self.assertEqual(change.user_id, self.project_manager)
        self.assertEqual((change.stage_id, change.priority), (self.stages["new"], "0"))
        self.assertCoverage(change, "billable", "new_feature")
        with at("2026-01-12 11:10", self.tz), self.assertRefused("authori"):
            change.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.assertEqual(ticket.stage_id, self.stages["new"])
        self.assertCoverage(ticket, "covered", "covered")
