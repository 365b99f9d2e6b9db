"""What the customer answers, who may, and what follows (R-B4, R-B5, R-B7)."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SIGNATURE, WarrantyCommon


@tagged("post_install", "-at_install")
class TestAnswer(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def as_customer(self, user=None):
        return self.deliverable.sudo(False).with_user(user or self.portal_user)

    def test_accepted_with_who_and_when(self):
        with at("2026-01-09 10:00"):
            self.as_customer().action_accept("Lucía Paredes", SIGNATURE)
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "accepted",
                    "state": "accepted",
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("2026-01-09 10:00"),
                }
            ],
        )
        self.assertTrue(self.deliverable.signature)

    def test_accepted_with_remarks(self):
        """The remarks are kept and an agent is told."""
        with at("2026-01-09 10:00"):
            self.as_customer().action_accept("Lucía", SIGNATURE, "A bit slow")
        self.assertEqual(self.deliverable.remarks, "A bit slow")
        self.assertIn("with remarks", self.deliverable.activity_ids.summary)

    def test_customers_sign(self):
        with at("2026-01-09 10:00"), self.assertRefused("Sign in the box"):
            self.as_customer().action_accept("Lucía")
        self.assertFalse(self.deliverable.answer)

    def test_answer_is_in_the_history(self):
        with at("2026-01-09 10:00"):
            self.as_customer().action_reject("Wrong sum")
        event = self.deliverable.event_ids.filtered(lambda e: e.kind == "rejected")
        self.assertRecordValues(
            event,
            [
                {
                    "at": utc("2026-01-09 10:00"),
                    "partner_id": self.contact.id,
                    "user_id": self.portal_user.id,
                    "note": "Wrong sum",
                }
            ],
        )

    def test_history_is_only_appended(self):
        for user in (self.agent, self.manager):
            events = self.deliverable.event_ids.sudo(False).with_user(user)
            with self.assertRaises(AccessError):
                events.write({"note": "x"})
            with self.assertRaises(AccessError):
                events.unlink()

    def test_written_answer_that_an_agent_records(self):
        """By e-mail (R-B5): the person, the words, and who wrote it down."""
        with at("2026-01-15 17:00:00"):
            self.env["helpdesk.deliverable.response"].with_user(self.agent).create(
                {
                    "deliverable_id": self.deliverable.id,
                    "answer": "rejected",
                    "name": "Lucía Paredes",
                    "text": "Wrong sum",
                }
            ).action_record()
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "rejected",
                    "answered_by": "Lucía Paredes",
                    "grounds": "Wrong sum",
                    "answered_partner_id": False,
                }
            ],
        )
        event = self.deliverable.event_ids.filtered(lambda e: e.kind == "rejected")
        self.assertEqual(event.user_id, self.agent)

    def test_objection_after_acceptance_is_a_new_ticket(self):
        """Tacit acceptance is definitive; an objection is a linked ticket (R-B7)."""
        with at("2026-01-09 10:00"), self.assertRefused("reject it with your grounds"):
            self.deliverable._object(self.contact, "It fails")
        with at("2026-01-16 10:00"):
            with self.assertRefused("Write what you object to"):
                self.deliverable._object(self.contact, " ")
            ticket = self.deliverable._object(self.contact, "It fails")
        self.assertRecordValues(
            ticket,
            [
                {
                    "deliverable_id": self.deliverable.id,
                    "partner_id": self.contact.id,
                    "team_id": self.team.id,
                    "coverage": "warranty",
                }
            ],
        )
        self.assertIn(self.deliverable.number, ticket.name)

    def test_rejection_needs_grounds(self):
        """In writing, with its grounds (R-B5)."""
        for grounds in (None, "", "  ", "<p><br></p>"):
            with at("2026-01-09 10:00"), self.assertRefused("needs its grounds"):
                self.as_customer().action_reject(grounds)
        self.assertFalse(self.deliverable.answer)

    def test_answered_once(self):
        with at("2026-01-09 10:00"):
            self.as_customer().action_accept("Lucía", SIGNATURE)
            with self.assertRefused("answered already"):
                self.as_customer().action_reject("Wrong sum")
            with self.assertRefused("answered already"):
                self.as_customer().action_accept("Lucía", SIGNATURE)

    def test_draft_cannot_be_answered(self):
        draft = self.env["helpdesk.deliverable"].create(
            {"name": "Draft", "ticket_id": self.deliverable.ticket_id.id}
        )
        with self.assertRefused("not been delivered"):
            draft.action_accept()

    def test_role_is_asked_for(self):
        """Only contacts who accept deliverables answer (R-B4)."""
        with at("2026-01-09 10:00"):
            with self.assertRefused("not on the contract", AccessError):
                self.as_customer(self.colleague).action_accept("Colleague", SIGNATURE)
            with self.assertRefused("not on the contract", AccessError):
                self.as_customer(self.colleague).action_reject("Wrong sum")
            with self.assertRaises(AccessError):
                self.as_customer(self.stranger).action_accept("Stranger", SIGNATURE)
        self.assertFalse(self.deliverable.answer)

    def test_agent_records_an_answer_that_came_by_mail(self):
        """By e-mail or electronic signature (R-B5): who recorded it is kept."""
        with at("2026-01-09 10:00"):
            self.deliverable.sudo(False).with_user(self.agent).action_reject(
                "Wrong sum, by e-mail"
            )
        self.assertEqual(self.deliverable.answered_by, self.agent.name)

    def test_corrected_version_is_a_new_one(self):
        """With the same number, to be changed and delivered (R-B5)."""
        with at("2026-01-09 10:00"):
            self.as_customer().action_reject("Wrong sum")
            action = (
                self.deliverable.sudo(False).with_user(self.agent).action_redeliver()
            )
        version = self.deliverable.browse(action["res_id"])
        self.assertRecordValues(
            version,
            [
                {
                    "version": 2,
                    "previous_id": self.deliverable.id,
                    "number": self.deliverable.number,
                    "state": "draft",
                    "answer": False,
                    "grounds": False,
                }
            ],
        )

    def test_only_a_rejected_version_is_delivered_again(self):
        with at("2026-01-09 10:00"), self.assertRefused("Only a rejected or withdrawn"):
            self.deliverable.action_redeliver()

    def test_withdrawn_by_an_agent(self):
        """A wrong delivery is taken back: no term runs, the next version has its own.

        Delivered Thu 8 Jan 16:00, withdrawn on Fri 9 Jan: silence accepts nothing.
        """
        deliverable = self.deliverable.sudo(False).with_user(self.agent)
        with at("2026-01-09 10:00"):
            deliverable.action_withdraw()
            with self.assertRefused("waits for no answer"):
                deliverable.action_withdraw()
            with self.assertRefused("was withdrawn"):
                self.as_customer().action_reject("Wrong sum")
        self.run_cron("2026-01-16 09:00")
        self.assertEqual(self.deliverable.state, "withdrawn")
        self.assertEqual(self.deliverable.timer_ids.state, "void")
        with at("2026-01-16 10:00"):
            action = deliverable.action_redeliver()
            version = deliverable.browse(action["res_id"])
            version.action_deliver()
        self.assertEqual(version.version, 2)
        # Delivered Fri 16 Jan: Fri 23 Jan 17:00.
        self.assertEqual(version.acceptance_deadline, utc("2026-01-23 17:00"))

    def test_a_solution_is_withdrawn_by_its_ticket(self):
        solution = self.make_deliverable("2026-01-08 16:00", kind="ticket")
        with at("2026-01-09 10:00"), self.assertRefused("reopen the ticket"):
            solution.sudo(False).with_user(self.agent).action_withdraw()

    def test_facts_of_the_answer_are_not_written(self):
        """Nobody writes an acceptance or a date by hand: there are actions for it."""
        for values in (
            {"answer": "accepted"},
            {"answered_at": utc("2026-01-09 10:00")},
            {"answered_by": "Lucía Paredes"},
            {"delivered_at": utc("2026-01-01 10:00")},
            {"acceptance_deadline": utc("2026-01-09 17:00")},
            {"signature": SIGNATURE},
            {"grounds": "None"},
            {"version": 7},
        ):
            for user in (self.agent, self.manager):
                forged = self.deliverable.sudo(False).with_user(user)
                with (
                    self.subTest(values=values, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    forged.write(values)
        with self.assertRaises(AccessError):
            self.env["helpdesk.deliverable"].with_user(self.agent).create(
                {
                    "name": "Forged",
                    "ticket_id": self.deliverable.ticket_id.id,
                    "delivered_at": utc("2026-01-01 10:00"),
                    "answer": "accepted",
                }
            )
