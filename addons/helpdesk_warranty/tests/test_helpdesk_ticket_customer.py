"""What a customer was shown stays with that customer and contract."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestTicketCustomer(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket("2026-01-05 10:00")
        self.other = self.stranger.partner_id

    def make_other_contract(self):
        """Return another contract of the same customer, for its project."""
        return self.make_contract(
            kind="implementation", contacts=[(self.contact, ["estimates"])]
        )

    def test_delivered_to_one_customer_is_not_shown_to_another(self):
        """R-B5: another customer would see, and answer, what this one was shown."""
        deliverable = self.make_deliverable("2026-01-08 16:00", self.ticket)
        with self.assertRefused("Open a new ticket for the other customer"):
            self.ticket.partner_id = self.other
        with self.assertRefused(deliverable.number):
            self.ticket.partner_id = False
        self.env.invalidate_all()
        self.assertEqual(self.ticket.partner_id, self.contact)
        self.assertEqual(deliverable.partner_id, self.customer)

    def test_authorised_by_one_customer_is_not_billed_to_another(self):
        """R-A8, R-B4: an approval is of who signed it, withdrawn ones are kept too."""
        for when in (False, "2026-01-12 12:00"):
            with self.subTest(answered=when):
                authorization = self.make_authorization(self.ticket)
                if when:
                    self.approve(authorization, when)
                with self.assertRefused(authorization.name):
                    self.ticket.partner_id = self.other
                self.env.invalidate_all()

    def test_a_colleague_of_the_customer_may_take_over(self):
        self.make_deliverable("2026-01-08 16:00", self.ticket)
        self.ticket.partner_id = self.colleague.partner_id
        self.assertEqual(self.ticket.partner_id, self.colleague.partner_id)

    def test_drafts_move_with_the_ticket(self):
        with at("2026-01-05 11:00"):
            draft = self.env["helpdesk.deliverable"].create(
                {"name": "Draft", "ticket_id": self.ticket.id, "kind": "document"}
            )
            self.ticket.partner_id = self.other
        self.assertEqual(draft.partner_id, self.other.commercial_partner_id)

    def test_contract_waits_for_the_answer(self):
        """Who may answer follows from the contract: it changes once they have."""
        contract = self.make_other_contract()
        authorization = self.make_authorization(self.ticket)
        with self.assertRefused("Record the answer or withdraw"):
            self.ticket.contract_id = contract
        self.env.invalidate_all()
        self.assertEqual(self.ticket.contract_id, self.contract)
        with at("2026-01-12 12:00"):
            authorization.with_user(self.agent).action_withdraw()
        self.ticket.contract_id = contract
        self.assertEqual(self.ticket.contract_id, contract)

    def test_contract_waits_for_the_acceptance(self):
        contract = self.make_other_contract()
        deliverable = self.make_deliverable("2026-01-08 16:00", self.ticket)
        with at("2026-01-09 10:00"):
            with self.assertRefused(deliverable.number):
                self.ticket.contract_id = contract
            self.env.invalidate_all()
            deliverable.with_user(self.agent).action_accept("Lucía Paredes")
            self.ticket.contract_id = contract
        self.assertEqual(self.ticket.contract_id, contract)

    def test_an_environment_that_brings_its_contract_waits_too(self):
        environment = self.make_environment(self.make_other_contract())
        self.make_authorization(self.ticket)
        with self.assertRefused("have still to answer"):
            self.ticket.environment_id = environment
