"""Policy D, uptime, as a story: both sides are told, levels, changes (R-D1 to R-D4).

Mon-Fri 09:00-17:00 America/Guayaquil; 12 January 2026 is a Monday. Nothing is due on a
ticket. The customer reads Spanish.
"""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

RECEIPT = (LUCIA, "# recibido: Invoices fail")
ANSWER = (LUCIA, "# - Invoices fail")
WROTE = ("Agent", "# - Invoices fail")


@tagged("post_install", "-at_install")
class TestUptime(PolicyStory):
    preset = "uptime"
    plan_name = "uptime"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incident = cls.env.ref("helpdesk_sla_policy.type_incident")
        cls.project_manager = cls.make_user(
            "story-pm", "helpdesk_mgmt.group_helpdesk_user", name="Project Manager"
        )
        cls.team.project_manager_id = cls.project_manager

    def make_incident(self, stars="2", **values):
        """Return an incident of Mon 12 Jan 09:00 in process; its mails are read."""
        ticket = self.make_ticket(
            "2026-01-12 09:00", stars, type_id=self.incident.id, **values
        )
        self.move(ticket, "2026-01-12 09:05", "assigned", user_id=self.agent.id)
        self.move(ticket, "2026-01-12 09:10", "in_progress")
        self.run_minute("2026-01-12 09:11")
        self.assertMails(ticket, RECEIPT)
        return ticket

    def test_an_incident_to_its_end(self):
        """R-D1, R-D2: each side has a mail when the other writes; nothing is due.

        More of Lucía's within 15 min of a mail that the agent has not answered does
        not write to him again.
        """
        ticket = self.make_incident()
        self.assertEqual(ticket.severity_name, "Priority 1")
        self.post(ticket, "2026-01-12 09:30", self.agent)
        self.assertMails(ticket, ANSWER)
        self.post(ticket, "2026-01-12 10:00", self.portal_user)
        self.assertMails(ticket, WROTE)
        self.post(ticket, "2026-01-12 10:14:59", self.portal_user)
        self.assertMails(ticket)
        self.post(ticket, "2026-01-12 10:15:00", self.portal_user)
        self.assertMails(ticket, WROTE)
        self.assertEqual(ticket.unanswered_count, 3)
        self.post(ticket, "2026-01-12 10:20", self.agent)
        self.assertMails(ticket, ANSWER)
        self.assertFalse(ticket.unanswered_count)
        self.post(ticket, "2026-01-12 10:25", self.agent, subtype_xmlid="mail.mt_note")
        self.assertMails(ticket)  # an internal note

        self.move(ticket, "2026-01-20 11:00", "closing")
        self.run_minute("2026-01-20 11:01")
        self.assertMails(ticket, (LUCIA, "# resuelto: Invoices fail"))
        self.move(ticket, "2026-01-20 12:00", "done")
        self.run_minute("2026-01-20 12:01")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertNotices(
            ticket,
            ("2026-01-12 09:00:00", "receipt"),
            ("2026-01-20 11:00:00", "solution"),
            ("2026-01-20 12:00:00", "closing"),
        )
        self.assertFalse(
            set(ticket.timer_ids.mapped("state")) & {"running", "met", "missed"}
        )
        self.assertCoverage(ticket, "covered", "covered")

    def test_nobody_has_the_ticket_yet(self):
        """R-D1: then the leader of the team hears of what the customer writes."""
        ticket = self.make_ticket("2026-01-12 09:00", "1", type_id=self.incident.id)
        self.run_minute("2026-01-12 09:01")
        self.assertMails(ticket, RECEIPT)
        self.post(ticket, "2026-01-12 09:10", self.portal_user)
        self.assertMails(ticket, ("Leader", "# - Invoices fail"))

    def test_three_levels(self):
        """R-D1: by the agent with a reason, then by Lucía up to the plan's level 3."""
        ticket = self.make_incident()
        self.act("2026-01-12 10:00", ticket, "_escalate", "2", reason="A router")
        self.assertMails(
            ticket,
            ("Level 2", "##: Level 1 → 2"),
            (LUCIA, "##: escalado a Nivel 2 (Especialistas)"),
        )
        self.ask_level(ticket, "2026-01-12 11:00", "3")
        self.assertMails(
            ticket,
            ("Agent, Level 2", "# - Invoices fail"),
            ("Level 3", "##: Level 2 → 3"),
            (LUCIA, "##: escalado a Nivel 3 (Ingeniería)"),
        )
        self.assertEscalations(
            ticket,
            ("2026-01-12 10:00:00", "agent", "1>2", "Level 2", False),
            ("2026-01-12 11:00:00", "customer", "2>3", "Level 3", False),
        )

    def test_a_change_goes_to_the_project_manager(self):
        """R-D2: priority 3, not foreseen: a linked ticket, escalated with one click."""
        ticket = self.make_incident("0")
        self.act("2026-01-12 11:00", ticket, "action_create_change_request")
        self.move(ticket, "2026-01-12 11:05", "change")
        change = ticket.change_ids
        self.assertEqual(change.name, "Cambio: Invoices fail")
        self.run_minute("2026-01-12 11:06")
        not_covered = "#: el contrato no cubre este ticket"
        self.assertMails(
            change,
            ("Project Manager", "You have been assigned to # - Cambio: Invoices fail"),
            (LUCIA, not_covered),
            (LUCIA, "# recibido: Cambio: Invoices fail"),
        )
        self.assertEqual(change.user_id, self.project_manager)
        self.assertEqual(change.activity_ids.user_id, self.project_manager)
        self.assertEscalations(
            change, ("2026-01-12 11:00:00", "agent", "1>1", "Project Manager", False)
        )
        self.assertCoverage(change, "billable", "new_feature")

    def test_what_the_provider_does_not_supply(self):
        """R-D4: its incidents have no objectives; others' hardware is not covered."""
        theirs = self.make_environment(self.contract, "Router")
        theirs.is_supplied = False
        ticket = self.make_ticket(
            "2026-01-12 09:00", "3", environment_id=theirs.id, type_id=self.incident.id
        )
        self.assertFalse(ticket._has_committed_times())
        hardware = self.env.ref("helpdesk_warranty.reason_hardware")
        self.change(ticket, "2026-01-12 09:10", cause_id=hardware.id)
        self.assertCoverage(ticket, "billable", "hardware")

    def test_without_a_contract_an_agent_decides(self):
        """Ours: held and confirmed; no work before it is released."""
        partner = self.make_customer("Sin Contrato", "none")[1].partner_id
        partner.lang = "es_ES"
        ticket = self.make_ticket("2026-01-12 09:00", "3", partner_id=partner.id)
        self.run_minute("2026-01-12 09:01")
        self.assertMails(ticket, (partner.name, "# recibido: Invoices fail"))
        with at("2026-01-12 09:05"), self.assertRefused("is held"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.assertCoverage(ticket, "billable", "no_contract")
