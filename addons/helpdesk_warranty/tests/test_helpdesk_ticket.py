"""Work on what is not covered waits for the customer (R-A8, R-B4)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestWorkNeedsAuthorization(WarrantyCommon):
    """Not covered: billed only after the customer approves (R-A8)."""

    def test_not_in_progress_without_authorization(self):
        ticket = self.make_billable_ticket()
        self.move(ticket, "10:10", "assigned")
        with self.assertRefused("customer must authorise hours first"):
            self.move(ticket, "10:20", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["assigned"])

    def test_refusal_says_why_it_is_not_covered(self):
        with self.assertRefused("User error or misuse is not covered"):
            self.move(self.make_billable_ticket(), "10:20", "in_progress")

    def test_sent_or_rejected_is_not_enough(self):
        ticket = self.make_billable_ticket()
        authorization = self.make_authorization(ticket)
        with self.assertRefused("must authorise"):
            self.move(ticket, "11:30", "in_progress")
        with at("12:00"):
            authorization.sudo(False).with_user(self.portal_user)._refuse("Too dear")
        with self.assertRefused("must authorise"):
            self.move(ticket, "12:30", "in_progress")

    def test_approved_work_starts(self):
        ticket = self.make_billable_ticket()
        self.approve(self.make_authorization(ticket))
        self.move(ticket, "12:30", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_written_reason_lets_work_start(self):
        """Why work starts unauthorised is written first, and stays on record."""
        ticket = self.make_billable_ticket()
        self.change(ticket, "10:20", work_override_reason="The ERP is down")
        self.move(ticket, "10:30", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_covered_and_warranty_need_none(self):
        for ticket in (
            self.make_ticket("10:00", work_override_reason=False),
            self.make_claim("10:00", self.make_deliverable("2026-01-08 16:00")),
        ):
            self.move(ticket, "10:20", "in_progress")
            self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_not_by_the_customers_reply(self):
        """A reply is not refused: the ticket then waits for the authorisation."""
        ticket = self.make_billable_ticket()
        self.move(ticket, "10:10", "awaiting")
        message = self.post(ticket, "10:20", self.portal_user)
        self.assertTrue(message.exists())

    def test_not_by_changing_the_coverage_afterwards(self):
        """A ticket in progress that turns out not to be covered stays where it is."""
        ticket = self.make_ticket("10:00", work_override_reason=False)
        self.move(ticket, "10:10", "in_progress")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "10:20", cause_id=cause.id)
        self.assertEqual(ticket.coverage, "billable")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])


@tagged("post_install", "-at_install")
class TestUncovered(WarrantyCommon):
    """The customer hears once, before work starts, that a ticket is not covered."""

    def get_mails(self, ticket):
        self.env.cr.precommit.run()
        return ticket.message_ids.filtered(
            lambda message: (
                "contrato" in (message.subject or "")
                or "contract" in (message.subject or "")
            )
        )

    def test_told_when_it_turns_out(self):
        ticket = self.make_ticket("10:00")
        self.env.cr.precommit.run()
        self.assertFalse(self.get_mails(ticket))
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        with at("10:10"):
            self.change(ticket, "10:10", cause_id=cause.id)
            mail = self.get_mails(ticket)
        self.assertEqual(mail.partner_ids, self.contact)
        self.assertIn("User error or misuse is not covered", mail.body)
        self.assertIn("only when you have approved", " ".join(mail.body.split()))
        self.assertEqual(ticket.uncovered_told_at, utc("10:10"))
        # Corrected and chosen again: once is enough.
        self.change(ticket, "10:20", cause_id=False)
        self.change(ticket, "10:30", cause_id=cause.id)
        self.assertEqual(self.get_mails(ticket), mail)

    def test_told_at_receipt(self):
        nobody = self.make_customer("Sin Contrato", "sin")[1].partner_id
        nobody.lang = "es_ES"
        ticket = self.make_ticket("10:00", partner_id=nobody.id)
        mail = self.get_mails(ticket)
        self.assertEqual(mail.partner_ids, nobody)
        self.assertIn("Su contrato no cubre", " ".join(mail.body.split()))

    def test_the_customer_reads_the_mail_and_the_agents_a_note(self):
        """Whoever follows: no agent gets a mail in the customer's language."""
        self.contact.lang = "es_ES"
        ticket = self.make_ticket("10:00", user_id=self.agent.id)
        ticket.message_subscribe((self.agent | self.manager).partner_id.ids)
        self.env.cr.precommit.run()
        before = ticket.message_ids
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "10:10", cause_id=cause.id)
        self.env.cr.precommit.run()
        mail = self.get_mails(ticket)
        self.assertIn("Su contrato no cubre", " ".join(mail.body.split()))
        self.assertEqual(mail.notified_partner_ids, self.contact)
        mailed = self.env["mail.mail"].search([("mail_message_id", "=", mail.id)])
        self.assertEqual(mailed.recipient_ids, self.contact)
        notes = (ticket.message_ids - before).filtered(
            lambda message: "was told that the contract does not cover" in message.body
        )
        self.assertEqual(len(notes), 1)
        self.assertTrue(notes.is_internal)
        self.assertFalse(notes.notified_partner_ids)
        self.assertIn("User error or misuse is not covered", notes.body)

    def test_told_when_the_contract_ends(self):
        ticket = self.make_ticket("2026-12-30 10:00")
        self.env.cr.precommit.run()
        with at("2027-01-01 00:00"):
            ticket._judge_coverage_again()
            self.env.flush_all()
            self.assertIn("ended on December 31, 2026", self.get_mails(ticket).body)

    def test_it_is_no_reply_of_the_team(self):
        ticket = self.make_billable_ticket()
        self.assertTrue(self.get_mails(ticket))
        self.assertEqual(ticket._get_timer("response").state, "running")

    def test_not_told_of_what_is_closed(self):
        ticket = self.make_ticket("10:00")
        self.move(ticket, "10:10", "done")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "10:20", cause_id=cause.id)
        self.assertFalse(self.get_mails(ticket))
