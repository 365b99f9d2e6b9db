"""Policy C, production, as a story: three notices, 48 h, who may ask (R-C1 to R-C8).

24x7 for production, else Mon-Fri 08:00-17:30 America/Panama; 10 January 2026 is a
Saturday. The customer has the 24x7 subscription and reads Spanish.
"""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

RECEIPT = (LUCIA, "# recibido: Invoices fail")
ANSWER = (LUCIA, "# - Invoices fail")


@tagged("post_install", "-at_install")
class TestProduction(PolicyStory):
    preset = "production"
    plan_name = "production_always"
    tz = "America/Panama"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.production = cls.make_environment(cls.contract, "ERP")
        cls.colleague = cls.env["res.partner"].create(
            {
                "name": "Colega Nueva",
                "email": "colega@customer.example.com",
                "parent_id": cls.customer.id,
                "lang": "es_ES",
            }
        )

    def make_down(self, received="2026-01-10 10:00", **values):
        """Return a ticket on production that is down."""
        values = {"environment_id": self.production.id, **values}
        return self.make_ticket(received, "3", **values)

    def make_verified(self):
        """Return a ticket solved on Sat 10 Jan 15:00; its mails are read."""
        ticket = self.make_down()
        self.move(ticket, "2026-01-10 10:30", "investigation", user_id=self.agent.id)
        self.move(ticket, "2026-01-10 11:00", "in_progress")
        self.move(ticket, "2026-01-10 15:00", "verification")
        self.run_minute("2026-01-10 15:01")
        self.collect()
        self.outbox = []
        return ticket

    def test_production_down_to_its_closing(self):
        """R-C1, R-C3: due Sat 12:00; three notices; watched until Mon 15:00:00."""
        ticket = self.make_down()
        self.assertDue(ticket, "response", "2026-01-10 12:00")
        self.run_minute("2026-01-10 10:01")
        self.assertMails(ticket, RECEIPT)
        self.move(ticket, "2026-01-10 10:30", "investigation", user_id=self.agent.id)
        self.assertTimer(ticket, "response", "running")  # the reply counts
        self.post(ticket, "2026-01-10 12:00:00", self.agent)
        self.assertTimer(ticket, "response", "met", elapsed="2:00")
        self.assertMails(ticket, ANSWER)

        with at("2026-01-10 12:30", self.tz), self.assertRefused("needs a diagnosis"):
            ticket.with_user(self.agent).stage_id = self.stages["in_progress"]
        self.move(ticket, "2026-01-10 12:30", "in_progress")
        self.run_minute("2026-01-10 12:31")
        self.assertMails(ticket, (LUCIA, "# diagnóstico: Invoices fail"))
        self.move(ticket, "2026-01-10 15:00", "verification")
        self.run_minute("2026-01-10 15:01")
        self.assertMails(ticket, (LUCIA, "# resuelto: Invoices fail"))
        self.assertIn(
            "lunes, 12 de enero de 2026 a las 15:00",
            ticket._get_notice("solution").text,
        )

        self.move(ticket, "2026-01-10 16:00", "follow_up")
        self.run_minute("2026-01-10 16:01")
        self.assertMails(ticket)  # told already
        with (
            at("2026-01-12 14:59:59", self.tz),
            self.assertRefused("followed up until"),
        ):
            ticket.with_user(self.agent).stage_id = self.stages["done"]
        self.move(ticket, "2026-01-12 15:00:00", "done")
        self.run_minute("2026-01-12 15:01")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertNotices(
            ticket,
            ("2026-01-10 10:00:00", "receipt"),
            ("2026-01-10 12:30:00", "diagnosis"),
            ("2026-01-10 15:00:00", "solution"),
            ("2026-01-12 15:00:00", "closing"),
        )
        self.assertCoverage(ticket, "covered", "covered")
        self.run_minute("2026-01-20 12:00")
        self.assertMails(ticket)

    def test_what_it_asks_for(self):
        """R-C4: details and the changes made before; what is missing is named once."""
        ticket = self.make_down()
        questions = ticket._get_intake_fields().filtered("required")
        self.assertLessEqual(
            {"service", "how", "since", "changes", "scope"},
            set(questions.mapped("key")),
        )
        self.assertEqual(ticket.intake_state, "incomplete")
        self.run_minute("2026-01-10 10:01")
        self.assertMails(ticket, RECEIPT)
        self.act("2026-01-10 10:10", ticket, "action_return_incomplete")
        self.assertEqual(ticket.stage_id, self.stages["returned"])
        self.assertMails(
            ticket, (LUCIA, "#: necesitamos más información - Invoices fail")
        )
        asked = "".join(ticket.message_ids.mapped("body"))
        changes = questions.filtered(lambda question: question.key == "changes")
        self.assertIn(changes.with_context(lang="es_ES").name, asked)
        self.post(ticket, "2026-01-10 11:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["investigation"])

    def test_the_customer_confirms_before_the_48_hours(self):
        """R-C3: Lucía's word, on record, ends the follow-up on Sun 11 Jan 10:00."""
        ticket = self.make_verified()
        self.act("2026-01-11 10:00", ticket, "_confirm", self.contact, "By telephone")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.run_minute("2026-01-11 10:01")
        self.assertMails(ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertIn(LUCIA, ticket._get_notice("closing").text)

    def test_it_comes_back_in_the_48_hours(self):
        """R-C3: her answer tells the agent; worked on again, the 48 h begin anew."""
        ticket = self.make_verified()
        self.post(ticket, "2026-01-11 09:00", self.portal_user)
        self.assertMails(ticket, ("Agent", "# - Invoices fail"))
        self.move(ticket, "2026-01-11 09:30", "in_progress")
        self.run_minute("2026-01-11 09:31")
        self.assertMails(ticket)  # its diagnosis is known
        self.move(ticket, "2026-01-11 10:00", "investigation")
        self.move(
            ticket, "2026-01-11 10:10", "in_progress", diagnosis="<p>The disk.</p>"
        )
        self.run_minute("2026-01-11 10:11")
        self.assertMails(ticket, (LUCIA, "# diagnóstico: Invoices fail"))
        self.move(ticket, "2026-01-11 11:00", "verification")
        self.run_minute("2026-01-11 11:01")
        self.assertMails(ticket, (LUCIA, "# resuelto: Invoices fail"))
        with (
            at("2026-01-13 10:59:59", self.tz),
            self.assertRefused("followed up until"),
        ):
            ticket.with_user(self.agent).stage_id = self.stages["done"]
        self.move(ticket, "2026-01-13 11:00:00", "done")

    def test_without_a_contract_it_is_refused(self):
        """R-C2, R-C6: one mail, the refusal, with the number and the reason."""
        partner = self.make_customer("Sin Contrato", "none")[1].partner_id
        partner.lang = "es_ES"
        ticket = self.make_ticket("2026-01-12 10:00", "3", partner_id=partner.id)
        self.run_minute("2026-01-12 10:01")
        self.assertMails(ticket, (partner.name, "# no se acepta: Invoices fail"))
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertEqual(
            ticket.refusal_reason, "No tenemos un contrato de soporte con ustedes."
        )
        self.assertNotices(ticket, ("2026-01-12 10:00:00", "refusal"))
        self.assertNoTimer(ticket, "response")
        self.assertEqual(ticket.coverage, "void")

    def test_a_contract_that_ended_or_stands_still(self):
        """R-C2: refused with the state of the contract, from midnight on."""
        ticket = self.make_down("2027-01-01 00:00:00", environment_id=False)
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertIn(f"{self.contract.name} no lo cubre", ticket.refusal_reason)
        with at("2026-02-02 10:00", self.tz):
            self.contract.suspension_reason = "Unpaid"
            self.contract.action_suspend()
        ticket = self.make_down("2026-02-02 10:00:01", environment_id=False)
        self.assertIn("uspendido", ticket.refusal_reason)

    def test_only_registered_users(self):
        """R-C5: held; who may open tickets releases it, and it counts from receipt.

        Sat 10 Jan 10:00, production down; released by Lucía at 11:00: due 12:00.
        """
        ticket = self.make_down(partner_id=self.colleague.id)
        self.assertEqual(ticket.hold_reason, "unauthorized")
        self.run_minute("2026-01-10 10:01")
        self.assertMails(
            ticket,
            (LUCIA, "# espera que lo libere: Invoices fail"),
            ("Colega Nueva", "# recibido: Invoices fail"),
        )
        self.assertNoTimer(ticket, "response")
        with at("2026-01-10 10:30", self.tz), self.assertRefused("is held"):
            ticket.with_user(self.agent).stage_id = self.stages["investigation"]
        self.act(
            "2026-01-10 11:00", ticket, "_release_by_contact", user=self.portal_user
        )
        self.assertDue(ticket, "response", "2026-01-10 12:00")
        self.run_minute("2026-01-10 11:01")
        self.assertMails(ticket)

    def test_refused_by_the_provider(self):
        """R-C6, R-C8: with a reason of the list; void, without a rate; taken back."""
        ticket = self.make_down()
        self.run_minute("2026-01-10 10:01")
        self.assertMails(ticket, RECEIPT)
        reason = self.env.ref("helpdesk_intake.refusal_reason_supplier")
        self.act(
            "2026-01-10 10:30", ticket, "_refuse_for", reason, "Es de su operador."
        )
        self.run_minute("2026-01-10 10:31")
        self.assertMails(ticket, (LUCIA, "# no se acepta: Invoices fail"))
        spanish = reason.with_context(lang="es_ES").name
        self.assertEqual(ticket.refusal_reason, f"{spanish}: Es de su operador.")
        self.assertNoTimer(ticket, "response")
        self.assertEqual(ticket.coverage, "void")
        # The clock stood still while it was refused: half an hour later.
        self.act("2026-01-10 11:00", ticket, "action_undo_refusal")
        self.assertDue(ticket, "response", "2026-01-10 12:30")
        self.run_minute("2026-01-10 11:01")
        self.assertMails(ticket)
        cause = self.env.ref("helpdesk_warranty.reason_third_party")
        self.change(ticket, "2026-01-10 11:10", cause_id=cause.id)
        self.assertCoverage(ticket, "billable", "third_party")

    def test_only_services_that_the_contract_lists(self):
        """R-C1: what neither plan nor contract lists shows and is not covered."""
        training = self.env.ref("helpdesk_support_contract.service_training")
        incidents = self.env.ref("helpdesk_support_contract.service_incidents")
        self.contract.service_ids = self.env.ref(
            "helpdesk_support_contract.service_maintenance"
        )
        ticket = self.make_down(service_id=training.id)
        self.assertTrue(ticket.is_excluded)
        self.assertCoverage(ticket, "billable", "excluded_service")
        ticket = self.make_down(service_id=incidents.id)
        self.assertFalse(ticket.is_excluded)
        self.assertCoverage(ticket, "covered", "covered")

    def test_a_customer_in_office_hours_waits(self):
        """R-C1, R-C3: Sat 10:00 no subscription: due Mon 10:00, told at once."""
        partner, user = self.make_customer("Ferretería Istmo", "istmo")
        user.partner_id.lang = "es_ES"
        contract = self.make_preset_contract(
            "production", partner, contacts=[user.partner_id]
        )
        ticket = self.make_down(
            partner_id=user.partner_id.id,
            environment_id=self.make_environment(contract, "ERP").id,
        )
        self.assertDue(ticket, "response", "2026-01-12 10:00")
        self.run_minute("2026-01-10 10:01")
        self.assertMails(ticket, (user.partner_id.name, "# recibido: Invoices fail"))
