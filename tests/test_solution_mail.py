"""A solution is told in one mail, and its acceptance closes the ticket."""

from policies import LUCIA, PolicyStory

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local
from odoo.addons.helpdesk_warranty.tests.common import SIGNATURE

TOLD = "# resuelto: Invoices fail – lunes, 19 de enero de 2026"


@tagged("post_install", "-at_install")
class TestSolutionMail(PolicyStory):
    """R-A11, R-A13, R-A14, R-B5: solved Mon 12 Jan; silence ends Mon 19 at 17:00."""

    preset = "stars"
    plan_name = "priority"

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket("2026-01-12 09:30", "3")
        self.move(self.ticket, "2026-01-12 10:00", "in_progress")
        self.run_minute("2026-01-12 10:01")
        self.collect()
        self.outbox = []

    def solve(self, first=None):
        """Solve the ticket; ``first`` is the job that happens to run first."""
        self.move(self.ticket, "2026-01-12 16:30", "closing")
        if first:
            self.run_job(first, "2026-01-12 16:31")
        self.run_minute("2026-01-12 16:31")
        return self.ticket.sudo().deliverable_ids

    def get_body(self):
        mail = self.ticket._get_notice("solution").sudo().mail_id
        return " ".join(str(mail.body_html).split())

    def test_one_mail_says_what_was_done_and_until_when_to_answer(self):
        self.solve()
        self.assertMails(self.ticket, (LUCIA, TOLD))
        body = self.get_body()
        for words in (
            "Extended and tested",
            "aceptación tácita",
            "lunes, 19 de enero de 2026 a las 17:00",
            "/my/deliverable/",
        ):
            self.assertIn(words, body)
        notice = self.ticket._get_notice("solution")
        self.assertEqual(notice.state, "sent")
        self.assertIn("Extended and tested", notice.text)
        # Whoever reads the record has no link of the customer's in hand.
        self.assertNotIn("href", notice.text)

    def test_one_mail_whichever_job_runs_first(self):
        self.solve("helpdesk_intake.ir_cron_notices")
        self.assertMails(self.ticket, (LUCIA, TOLD))

    def test_one_mail_for_each_time_that_it_is_solved(self):
        self.solve()
        self.move(self.ticket, "2026-01-13 09:00", "in_progress")
        self.move(self.ticket, "2026-01-13 10:00", "closing")
        self.run_minute("2026-01-13 10:01")
        again = "# resuelto: Invoices fail – martes, 20 de enero de 2026"
        self.assertMails(self.ticket, (LUCIA, TOLD), (LUCIA, again))

    def test_a_colleague_without_the_role_reads_who_answers(self):
        """R-B4: told of the solution, not asked; the contact with the role is."""
        colleague = self.env["res.partner"].create(
            {
                "name": "Diego Salas",
                "email": "diego@customer.example.com",
                "parent_id": self.customer.id,
                "lang": "es_ES",
            }
        )
        self.contract.contact_ids.create(
            {"contract_id": self.contract.id, "partner_id": colleague.id}
        )
        self.ticket.partner_id = colleague
        self.collect()
        self.outbox = []
        self.solve()
        self.assertMails(self.ticket, (LUCIA, TOLD), ("Diego Salas", TOLD))
        body = self.get_body()
        self.assertIn(f"{LUCIA} puede", body)
        self.assertIn("confirme en el portal", body)
        self.assertNotIn("token=", body)

    def test_solved_again_after_the_acceptance_is_told_by_itself(self):
        """Nothing is delivered again, so that the notice is the one mail."""
        delivery = self.solve()
        self.sign(delivery, "2026-01-13 10:00")
        self.run_minute("2026-01-13 10:01")
        self.collect()
        self.outbox = []
        self.move(self.ticket, "2026-01-14 10:00", "in_progress")
        self.move(self.ticket, "2026-01-14 11:00", "closing")
        self.run_minute("2026-01-14 11:01")
        self.assertMails(self.ticket, (LUCIA, "# resuelto: Invoices fail"))
        self.assertEqual(self.ticket.deliverable_ids, delivery)

    def test_nobody_can_accept_so_the_notice_tells_and_the_agent_is_told(self):
        self.contract.contact_ids.role_deliverables = False
        delivery = self.solve()
        task = delivery.activity_ids.summary
        self.assertIn("no term runs", task)
        self.assertTrue(delivery.notice_failed)
        self.assertMails(
            self.ticket,
            (LUCIA, "# resuelto: Invoices fail"),
            ("Leader", f'"{delivery.display_name}: {task}" assigned to you'),
        )

    def sign(self, delivery, when):
        with at(when, self.tz):
            delivery.sudo(False).with_user(self.portal_user).action_accept(
                LUCIA, SIGNATURE
            )
        self.settle(when)

    def test_accepting_the_solution_closes_the_ticket(self):
        """R-A14: the customer is asked once, and is told that the ticket is closed."""
        delivery = self.solve()
        self.assertMails(self.ticket, (LUCIA, TOLD))
        self.sign(delivery, "2026-01-13 10:00")
        self.assertEqual(self.ticket.stage_id, self.stages["done"])
        self.assertEqual(self.ticket.confirmed_by_id, self.contact)
        self.assertEqual(local(self.ticket.confirmed_at), "2026-01-13 10:00:00")
        self.run_minute("2026-01-13 10:01")
        self.assertMails(self.ticket, (LUCIA, "# cerrado: Invoices fail"))
        self.assertEqual(delivery.state, "accepted")
        self.run_minute("2026-01-19 17:05")
        self.assertMails(self.ticket)

    def test_who_may_not_close_accepts_without_closing(self):
        self.contract.contact_ids.role_close = False
        delivery = self.solve()
        self.sign(delivery, "2026-01-13 10:00")
        self.assertEqual(delivery.state, "accepted")
        self.assertEqual(self.ticket.stage_id, self.stages["closing"])
        self.assertFalse(self.ticket.confirmed_at)

    def test_a_written_acceptance_that_an_agent_records_closes_too(self):
        delivery = self.solve()
        with at("2026-01-13 10:00", self.tz):
            delivery.sudo(False).with_user(self.agent).action_accept(
                name="Lucía", remarks="Por carta"
            )
        self.assertEqual(self.ticket.stage_id, self.stages["done"])
        self.assertIn("Lucía", self.ticket.confirmation_note)

    def test_a_team_that_cannot_close_leaves_it_to_the_agent(self):
        """The acceptance counts, whatever the board lacks."""
        delivery = self.solve()
        self.ticket.user_id = self.agent
        self.stages["done"].sla_solution = "void"
        self.sign(delivery, "2026-01-13 10:00")
        self.assertEqual(delivery.state, "accepted")
        self.assertEqual(self.ticket.stage_id, self.stages["closing"])
        self.assertTrue(self.ticket.confirmed_at)
        self.assertIn(
            "could not close", " ".join(self.ticket.activity_ids.mapped("summary"))
        )

    def test_an_answer_by_mail_reaches_the_ticket(self):
        """R-B2: it is written where the agent looks, and stops the silent closing."""
        self.solve()
        mail = self.ticket._get_notice("solution").sudo().mail_id
        self.receive(
            "2026-01-13 10:00",
            sender=self.contact.email,
            subject="Re: resuelto",
            body="No funciona todavía.",
            headers={
                "In-Reply-To": mail.message_id,
                "References": f"{mail.references} {mail.message_id}",
            },
        )
        self.env.invalidate_all()
        self.assertIn("No funciona", self.ticket.message_ids[:1].body)
        self.assertFalse(self.ticket.closes_at)
