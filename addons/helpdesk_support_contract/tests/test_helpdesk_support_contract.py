"""A contract's state follows from its dates; two never cover the same (R-C2)."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestState(SupportContractCommon):
    def assertState(self, contract, when, state, tz="America/Guayaquil"):
        """Assert the state at a moment, and that a search finds it by it."""
        with at(when, tz):
            self.env.invalidate_all()
            self.assertEqual(contract.state, state, when)
            for name, _label in contract._fields["state"].selection:
                found = contract.search(
                    [("id", "=", contract.id), ("state", "=", name)]
                )
                self.assertEqual(bool(found), name == state, (when, name))

    def test_first_and_last_second(self):
        """In force from the first day's midnight to the last day's last second."""
        contract = self.make_contract()
        self.assertState(contract, "2025-12-31 23:59:59", "draft")
        self.assertState(contract, "2026-01-01 00:00:00", "running")
        self.assertState(contract, "2026-12-31 23:59:59", "ending")
        self.assertState(contract, "2027-01-01 00:00:00", "ended")

    def test_days_are_meant_in_the_contracts_zone(self):
        """Midnight is the customer's, in summer time too."""
        contract = self.make_contract(tz="Europe/Madrid", date_end="2026-06-30")
        self.assertState(contract, "2026-06-30 23:59:59", "ending", "Europe/Madrid")
        self.assertState(contract, "2026-07-01 00:00:00", "ended", "Europe/Madrid")
        self.assertState(contract, "2025-12-31 22:59:59", "draft", "UTC")
        self.assertState(contract, "2025-12-31 23:00:00", "running", "UTC")

    def test_zone_comes_from_the_policy(self):
        """The customer's zone is by default the policy calendar's."""
        self.office.tz = "America/Panama"
        contract = self.env["helpdesk.support.contract"].create(
            {
                "partner_id": self.customer.id,
                "plan_id": self.plan.id,
                "date_end": "2026-12-31",
            }
        )
        self.assertEqual(contract.tz, "America/Panama")

    def test_ending_in_the_last_thirty_days(self):
        contract = self.make_contract()
        self.assertState(contract, "2026-12-01 23:59:59", "running")
        self.assertState(contract, "2026-12-02 00:00:00", "ending")

    def test_unsigned_covers_nothing(self):
        contract = self.make_contract(sign=False)
        self.assertState(contract, "2026-06-01 12:00", "draft")
        with at("2026-06-01 12:00"):
            contract.action_sign()
        self.assertState(contract, "2026-06-01 12:00", "running")

    def test_suspended_from_then_on(self):
        """Work before the suspension was covered; resuming covers again."""
        contract = self.make_contract()
        contract.suspension_reason = "Not paid"
        with at("2026-06-01 12:00"):
            contract.action_suspend()
        self.assertState(contract, "2026-06-01 11:59:59", "running")
        self.assertState(contract, "2026-06-01 12:00", "suspended")
        self.assertState(contract, "2027-01-01 00:00", "ended")
        contract.action_resume()
        self.assertState(contract, "2026-06-01 12:00", "running")
        self.assertFalse(contract.suspension_reason)

    def test_suspension_needs_its_reason(self):
        contract = self.make_contract()
        with self.assertRefused("Write the reason"):
            contract.action_suspend()
        self.assertFalse(contract.suspended_since)

    def test_suspension_asks_for_its_reason(self):
        """The button opens a window on the contract; what is written there counts."""
        contract = self.make_contract()
        action = contract.action_ask_suspension()
        view = self.env["ir.ui.view"].browse(action["views"][0][0])
        self.assertEqual(action["res_id"], contract.id)
        with Form(contract, view=view) as form:
            form.suspension_reason = "Not paid"
        contract.action_suspend()
        self.assertTrue(contract.suspended_since)

    def test_cannot_end_before_it_starts(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_contract(date_end="2025-12-31")

    def test_one_day(self):
        contract = self.make_contract(date_end="2026-01-01")
        self.assertState(contract, "2026-01-01 12:00", "ending")
        self.assertState(contract, "2026-01-02 00:00", "ended")


@tagged("post_install", "-at_install")
class TestOverlap(SupportContractCommon):
    def assertOverlaps(self, **values):
        with self.assertRefused("already has the contract", ValidationError):
            self.make_contract(**values)

    def test_second_contract_in_the_same_dates(self):
        self.make_contract()
        self.assertOverlaps(date_start="2026-12-31", date_end="2027-12-30")
        self.assertOverlaps(date_start="2025-01-01", date_end="2026-01-01")
        self.assertOverlaps(date_start="2026-06-01", date_end="2026-06-02")

    def test_refusal_names_customer_and_contract(self):
        first = self.make_contract()
        with self.assertRefused(first.name, ValidationError):
            self.make_contract()

    def test_renewal_starts_the_day_after(self):
        self.make_contract()
        renewal = self.make_contract(date_start="2027-01-01", date_end="2027-12-31")
        with self.assertRefused("already has", ValidationError):
            renewal.date_start = "2026-12-31"

    def test_the_same_midnight_is_another_instant_elsewhere(self):
        """30 June ends in Guayaquil on 1 July 05:00 UTC; in Madrid 1 July began 22:00.

        So the days do not meet, and seven hours of two contracts would.
        """
        self.make_contract(date_end="2026-06-30")
        madrid = {"tz": "Europe/Madrid", "date_end": "2026-12-31"}
        self.assertOverlaps(date_start="2026-07-01", **madrid)
        later = self.make_contract(date_start="2026-07-02", **madrid)
        # Back in Guayaquil's zone the first of July is free.
        later.tz = "America/Guayaquil"
        later.date_start = "2026-07-01"
        with self.assertRefused("already has", ValidationError):
            later.tz = "Europe/Madrid"

    def test_days_that_meet_need_not_overlap(self):
        """31 March ends on Kiritimati (UTC+14) as it begins in Honolulu (UTC-10)."""
        self.make_contract(date_end="2026-03-31", tz="Pacific/Kiritimati")
        self.make_contract(date_start="2026-03-31", tz="Pacific/Honolulu")

    def test_draft_may_be_prepared(self):
        """Only signed contracts count; signing the second one is refused."""
        self.make_contract()
        draft = self.make_contract(sign=False)
        with self.assertRefused("already has", ValidationError):
            draft.action_sign()

    def test_archived_does_not_count(self):
        self.make_contract().active = False
        self.make_contract()

    def test_implementation_beside_support(self):
        """A customer may have a support and an implementation contract (R-B1)."""
        self.make_contract()
        self.make_contract(kind="implementation")

    def test_another_customer(self):
        self.make_contract()
        other = self.make_customer("Otra Empresa", "otra")[0]
        self.make_contract(partner_id=other.id)

    def test_another_company(self):
        self.make_contract()
        company = self.env["res.company"].create({"name": "Other"})
        self.make_contract(company_id=company.id)

    def test_environments_of_their_own(self):
        """Two contracts for different environments may run side by side."""
        self.make_environment(self.make_contract(), "ERP")
        second = self.make_contract(sign=False)
        self.make_environment(second, "Shop")
        second.action_sign()
        third = self.make_contract(sign=False)
        self.make_environment(third, "Shop")
        with self.assertRefused("already has", ValidationError):
            third.action_sign()


@tagged("post_install", "-at_install")
class TestContract(SupportContractCommon):
    def test_number(self):
        """Each contract has its own number, found by it and by the customer."""
        contract = self.make_contract()
        other = self.make_contract(date_start="2027-01-01", date_end="2027-12-31")
        self.assertNotIn("/", (contract.name, other.name))
        self.assertNotEqual(contract.name, other.name)
        contracts = self.env["helpdesk.support.contract"]
        for text in (contract.name, self.customer.name):
            found = [record_id for record_id, _name in contracts.name_search(text)]
            self.assertIn(contract.id, found)
        self.assertIn(self.customer.name, contract.display_name)

    def test_signed_contract_cannot_be_deleted(self):
        contract = self.make_contract()
        with self.assertRefused("signed contract cannot be deleted", UserError):
            contract.with_user(self.manager).unlink()
        draft = self.make_contract(sign=False)
        draft.with_user(self.manager).unlink()
        self.assertFalse(draft.exists())

    def test_contract_of_tickets_cannot_be_deleted(self):
        contract = self.make_contract()
        self.make_ticket("10:00")
        contract.is_signed = False
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            contract.unlink()

    def test_copy_is_a_draft(self):
        contract = self.make_contract(contacts=[self.contact])
        copy = contract.copy()
        self.assertFalse(copy.is_signed)
        self.assertNotEqual(copy.name, contract.name)
        self.assertEqual(copy.contact_ids.partner_id, self.contact)

    def test_roles(self):
        """Each contact may do what its roles say (R-B4, R-C5)."""
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.customer.id}
        )
        contract = self.make_contract(
            contacts=[(self.contact, ["estimates"]), colleague]
        )
        cases = [
            (self.contact, "open", True),
            (self.contact, "estimates", True),
            (self.contact, "billing", False),
            (self.contact, "deliverables", False),
            (colleague, "estimates", False),
            (self.customer, "open", False),
            (self.agent.partner_id, "open", False),
        ]
        for partner, role, expected in cases:
            with self.subTest(partner=partner.name, role=role):
                self.assertEqual(contract._has_role(partner, role), expected)

    def test_contact_is_named_once(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_contract(contacts=[self.contact, self.contact])

    def test_partner_shows_its_contracts(self):
        """The customer and its contacts show the contracts of the company."""
        contract = self.make_contract()
        for partner in (self.customer, self.contact):
            self.assertEqual(partner.support_contract_count, 1)
        action = self.contact.action_view_support_contracts()
        self.assertEqual(action["res_id"], contract.id)

    def test_partner_counts_without_access(self):
        """A form of partners opens for people without helpdesk access as well."""
        self.make_contract()
        user = self.make_user("no-helpdesk", "base.group_user")
        self.assertEqual(self.customer.with_user(user).support_contract_count, 0)

    def test_tickets_of_the_contract(self):
        contract = self.make_contract()
        ticket = self.make_ticket("10:00")
        self.assertEqual(contract.ticket_count, 1)
        self.assertEqual(contract.action_view_tickets()["res_id"], ticket.id)

    def test_manager_makes_a_contract_on_the_form(self):
        with at("2026-01-01 12:00"):
            contracts = self.env["helpdesk.support.contract"].with_user(self.manager)
            with Form(contracts) as form:
                form.partner_id = self.customer
                form.plan_id = self.plan
                form.date_end = "2026-12-31"
                with form.contact_ids.new() as line:
                    line.partner_id = self.contact
                    line.role_estimates = True
            contract = form.record
            contract.action_sign()
            self.assertEqual(contract.state, "running")
            self.assertEqual(contract.ends_at, utc("2027-01-01 00:00"))
