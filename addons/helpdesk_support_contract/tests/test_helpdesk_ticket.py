"""A ticket finds its contract; plan and environment set its hours and promises."""

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon, SupportContractHttpCommon


@tagged("post_install", "-at_install")
class TestFindContract(SupportContractCommon):
    def test_found_by_the_contact(self):
        """The contact's company has the contract; so has the company itself."""
        contract = self.make_contract()
        for partner in (self.contact, self.customer):
            ticket = self.make_ticket("10:00", partner_id=partner.id)
            self.assertEqual(ticket.contract_id, contract)

    def test_another_customer_has_none(self):
        self.make_contract()
        other = self.make_customer("Otra Empresa", "otra")[0]
        ticket = self.make_ticket("10:00", partner_id=other.id)
        self.assertFalse(ticket.contract_id)

    def test_each_company_has_its_own(self):
        """A contract with one company of the group covers nothing in the other."""
        company = self.env["res.company"].create({"name": "Other"})
        contract = self.make_contract()
        ticket = self.make_ticket("10:00", company_id=company.id)
        self.assertFalse(ticket.contract_id)
        theirs = self.make_contract(company_id=company.id)
        there = self.make_ticket("10:00", company_id=company.id)
        here = self.make_ticket("10:00")
        self.assertEqual(there.contract_id, theirs)
        self.assertEqual(here.contract_id, contract)

    def test_the_one_in_force_comes_first(self):
        """Found at the moment of receipt: this year's, not the last or the next."""
        past = self.make_contract(date_start="2025-01-01", date_end="2025-12-31")
        now = self.make_contract()
        future = self.make_contract(date_start="2027-01-01", date_end="2027-12-31")
        for received, contract in (
            ("2025-12-31 23:59:59", past),
            ("2026-01-01 00:00:00", now),
            ("2026-12-31 23:59:59", now),
            ("2027-01-01 00:00:00", future),
        ):
            ticket = self.make_ticket(received)
            self.assertEqual(ticket.contract_id, contract, received)

    def test_ended_contract_is_named(self):
        """The ticket can say which contract ended; the plan no longer applies."""
        contract = self.make_contract(plan_id=self.plan_always.id)
        ticket = self.make_ticket("2027-01-02 11:00", "3")  # a Saturday
        self.assertEqual(ticket.contract_id, contract)
        with at("2027-01-02 11:00"):
            self.assertEqual(ticket.contract_state, "ended")
        # The team's policy without the plan's 24/7: due on Monday.
        self.assertTimer(ticket, "response", due="2027-01-04 09:30")

    def test_suspended_contract_promises_no_more_than_the_team(self):
        contract = self.make_contract(plan_id=self.plan_always.id)
        contract.suspension_reason = "Not paid"
        with at("2026-01-09 12:00"):
            contract.action_suspend()
        ticket = self.make_ticket("2026-01-10 11:00", "3")
        self.assertEqual(ticket.contract_id, contract)
        self.assertTimer(ticket, "response", due="2026-01-12 09:30")

    def test_contract_that_names_the_contact_comes_first(self):
        """Of two in force, the one on which the contact is."""
        support = self.make_contract()
        implementation = self.make_contract(
            kind="implementation", contacts=[self.contact]
        )
        ticket = self.make_ticket("10:00")
        self.assertEqual(ticket.contract_id, implementation)
        self.assertNotEqual(ticket.contract_id, support)

    def test_unsigned_contract_is_not_found(self):
        self.make_contract(sign=False)
        self.assertFalse(self.make_ticket("10:00").contract_id)

    def test_customer_entered_later(self):
        """A mail from an unknown address gets its contract with its customer."""
        contract = self.make_contract(plan_id=self.plan_always.id)
        ticket = self.make_ticket("2026-01-10 11:00", "3", partner_id=False)
        self.assertFalse(ticket.contract_id)
        self.assertTimer(ticket, "response", due="2026-01-12 09:30")
        self.change(ticket, "2026-01-10 11:10", partner_id=self.contact.id)
        self.assertEqual(ticket.contract_id, contract)
        # Counted on the plan's hours from then on; the night before was closed.
        self.assertTimer(ticket, "response", due="2026-01-10 11:40")

    def test_agent_may_choose_another_contract(self):
        self.make_contract()
        other = self.make_contract(kind="implementation")
        ticket = self.make_ticket("10:00")
        self.change(ticket, "10:10", contract_id=other.id)
        self.assertEqual(ticket.contract_id, other)
        self.change(ticket, "10:20", priority="3")
        self.assertEqual(ticket.contract_id, other)

    def test_agent_opens_a_ticket_on_the_form(self):
        """An agent without rights on contracts sees the one that was found."""
        contract = self.make_contract()
        with at("10:00"):
            tickets = self.env["helpdesk.ticket"].with_user(self.agent)
            with Form(tickets) as form:
                form.name = "Invoices fail"
                form.description = "<p>Text</p>"
                form.team_id = self.team
                form.partner_id = self.contact
            self.assertEqual(form.record.contract_id, contract)


@tagged("post_install", "-at_install")
class TestPromises(SupportContractCommon):
    def test_plan_24x7(self):
        """The 24/7 plan is always open (R-A4): Sat 11:00, 30 min → Sat 11:30."""
        self.make_contract(plan_id=self.plan_always.id)
        self.make_holiday("2026-01-10")
        ticket = self.make_ticket("2026-01-10 11:00", "3")
        self.assertTimer(ticket, "response", due="2026-01-10 11:30")

    def test_plan_brings_its_policy(self):
        """The contract's policy is stronger than the team's."""
        policy = self.make_policy(("response", 1, {}))
        plan = self.plan.copy({"policy_id": policy.id})
        self.make_contract(plan_id=plan.id)
        ticket = self.make_ticket("10:00")
        self.assertEqual(ticket.sla_policy_id, policy)
        self.assertTimer(ticket, "response", due="2026-01-12 11:00")

    def test_plan_for_a_team_without_policy(self):
        self.team.sla_policy_id = False
        self.make_contract()
        self.assertTimer(self.make_ticket("10:00", "3"), "response", "running")

    def test_contracts_own_hours(self):
        """Timers run on the calendar of the contract, else of the plan."""
        early = self.make_calendar(6, 8)
        self.make_contract(calendar_id=early.id)
        ticket = self.make_ticket("10:00", "3")
        self.assertTimer(ticket, "response", due="2026-01-13 06:30")

    def test_estimate_ends_at_the_office_not_round_the_clock(self):
        """Business days are the office's, never a 24x7 calendar's."""
        self.make_contract(plan_id=self.plan_always.id)
        ticket = self.make_ticket("2026-01-09 20:00", "0")
        self.move(ticket, "2026-01-10 11:00", "development")
        self.assertTimer(ticket, "estimate", due="2026-01-16 17:00")

    def test_ledger_keeps_the_hours_in_force(self):
        """Another contract from a day on: what was counted before stays."""
        self.make_contract()
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        night = self.make_contract(kind="implementation", plan_id=self.plan_always.id)
        self.change(ticket, "2026-01-09 18:00", contract_id=night.id)
        # 10 minutes until 17:00, none until 18:00, 20 more from then on.
        self.assertTimer(ticket, "response", due="2026-01-09 18:20")
        calendars = ticket.event_ids.mapped("calendar_id")
        self.assertEqual(calendars, self.office | self.always)


@tagged("post_install", "-at_install")
class TestEnvironment(SupportContractCommon):
    """Policy C by environment: R-C1 on a plan that the test builds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        panama = {"tz": "America/Panama"}
        always = cls.make_calendar(0, 24, range(7), **panama)
        office = cls.make_calendar(8, 17.5, **panama)
        policy = cls.make_policy(
            ("response", 2, {"environment": "production_down"}),
            ("response", 4, {"environment": "production_up"}),
            ("response", 12, {"environment": "non_production"}),
            calendar_id=office.id,
            response_by="reply",
        )
        plan = cls.env["helpdesk.support.plan"].create(
            {
                "name": "24x7",
                "policy_id": policy.id,
                "calendar_id": always.id,
                "other_calendar_id": office.id,
            }
        )
        cls.contract = cls.make_contract(plan_id=plan.id, tz="America/Panama")
        cls.production = cls.make_environment(cls.contract)
        cls.staging = cls.make_environment(cls.contract, "Staging", "non_production")

    def make_saturday_ticket(self, stars, environment):
        return self.make_ticket(
            "2026-01-10 10:00", stars, environment_id=environment.id
        )

    def test_production_down(self):
        """Sat 10:00, 24x7, critical, 2 h: due Sat 12:00."""
        ticket = self.make_saturday_ticket("3", self.production)
        self.assertTimer(ticket, "response", due="2026-01-10 12:00")

    def test_production_up(self):
        """Sat 10:00, 24x7, 4 h: due Sat 14:00."""
        ticket = self.make_saturday_ticket("2", self.production)
        self.assertTimer(ticket, "response", due="2026-01-10 14:00")

    def test_non_production(self):
        """Sat 10:00, Mon-Fri 08:00-17:30, 12 h: due Tue 10:30."""
        ticket = self.make_saturday_ticket("1", self.staging)
        self.assertTimer(ticket, "response", due="2026-01-13 10:30")

    def test_production_goes_down(self):
        """Raised to 3 stars the production target changes with it."""
        ticket = self.make_saturday_ticket("2", self.production)
        self.change(ticket, "2026-01-10 11:00", priority="3")
        self.assertTimer(ticket, "response", due="2026-01-10 12:00")
        environments = ticket.event_ids.mapped("environment")
        self.assertEqual(environments, ["production_up", "production_down"])

    def test_environment_named_at_triage(self):
        """Without an environment nothing is promised; named later, from receipt."""
        ticket = self.make_ticket("2026-01-10 10:00", "2")
        self.assertFalse(ticket.timer_ids)
        self.change(ticket, "2026-01-10 11:00", environment_id=self.production.id)
        self.assertTimer(ticket, "response", due="2026-01-10 14:00")

    def test_hours_counted_before_the_environment_was_named_stay(self):
        """R-C1: Sat 10:00, 12 h; staging named at 11:00 after 1 h on 24x7.

        11 h are left on Mon-Fri 08:00-17:30: 9:30 on Monday, 1:30 on Tuesday.
        """
        ticket = self.make_ticket("2026-01-10 10:00", "1")
        self.change(ticket, "2026-01-10 11:00", environment_id=self.staging.id)
        self.assertTimer(ticket, "response", due="2026-01-13 09:30")

    def test_first_public_reply_is_the_response(self):
        ticket = self.make_saturday_ticket("3", self.production)
        self.move(ticket, "2026-01-10 10:30", "in_progress")
        self.assertTimer(ticket, "response", "running")
        self.post(ticket, "2026-01-10 12:00:00", self.agent)
        self.assertTimer(ticket, "response", "met", elapsed="2:00")

    def test_environment_in_use_cannot_be_deleted(self):
        self.make_saturday_ticket("3", self.production)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.production.unlink()


@tagged("post_install", "-at_install")
class TestCustomersZone(SupportContractHttpCommon):
    def test_portal_shows_the_contracts_zone(self):
        """An office in Guayaquil, a customer in Madrid: the dates are Madrid's."""
        self.make_contract(tz="Europe/Madrid")
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn("01/12/2026 03:20 PM", page)
        self.assertIn("Europe/Madrid", page)

    def test_portal_ticket_has_its_contract(self):
        """A ticket from the portal finds its contract and the plan's hours."""
        contract = self.make_contract(plan_id=self.plan_always.id)
        self.env.company.helpdesk_mgmt_portal_select_team = True
        self.team.show_in_portal = True
        self.ask_nothing()
        self.log_in(self.portal_user)
        with at("2026-01-10 11:00"):
            self.url_open(
                "/submitted/ticket",
                data={
                    "team": self.team.id,
                    "subject": "Portal subject",
                    "description": "It fails",
                    "csrf_token": self.get_csrf_token(),
                },
            )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Portal subject")])
        self.assertEqual(ticket.contract_id, contract)
        self.assertTimer(ticket, "response", due="2026-01-10 15:00")

    def test_customer_cannot_choose_the_contract(self):
        """Values that a browser adds to the form are not taken over."""
        other = self.make_customer("Otra Empresa", "otra")[0]
        theirs = self.make_contract(partner_id=other.id)
        self.ask_nothing()
        self.log_in(self.portal_user)
        self.url_open(
            "/submitted/ticket",
            data={
                "subject": "Portal subject",
                "description": "It fails",
                "contract_id": theirs.id,
                "priority": "3",
                "csrf_token": self.get_csrf_token(),
            },
        )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Portal subject")])
        self.assertFalse(ticket.contract_id)
        self.assertNotEqual(ticket.priority, "3")


@tagged("post_install", "-at_install")
class TestContractsByEnvironment(SupportContractCommon):
    """One customer, two contracts for two environments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.erp = cls.make_contract(sign=False)
        cls.shop = cls.make_contract(sign=False, plan_id=cls.plan_always.id)
        cls.erp_production = cls.make_environment(cls.erp, "ERP")
        cls.shop_production = cls.make_environment(cls.shop, "Shop")
        (cls.erp | cls.shop).action_sign()

    def test_environment_brings_its_contract(self):
        for environment in (self.erp_production, self.shop_production):
            ticket = self.make_ticket("10:00", environment_id=environment.id)
            self.assertEqual(ticket.contract_id, environment.contract_id)

    def test_choosing_the_environment_changes_the_contract(self):
        """ERP is 8/5, the shop 24/7: 10 min to Fri 17:00, 20 more from 18:00."""
        ticket = self.make_ticket(
            "2026-01-09 16:50", "3", environment_id=self.erp_production.id
        )
        self.assertTimer(ticket, "response", due="2026-01-12 09:20")
        self.change(ticket, "2026-01-09 18:00", environment_id=self.shop_production.id)
        self.assertEqual(ticket.contract_id, self.shop)
        self.assertTimer(ticket, "response", due="2026-01-09 18:20")

    def test_agent_chooses_it_on_the_form(self):
        with at("10:00"):
            tickets = self.env["helpdesk.ticket"].with_user(self.agent)
            with Form(tickets) as form:
                form.name = "Shop down"
                form.description = "<p>Text</p>"
                form.team_id = self.team
                form.partner_id = self.contact
                form.environment_id = self.shop_production
                self.assertEqual(form.contract_id, self.shop)
                form.environment_id = self.erp_production
                self.assertEqual(form.contract_id, self.erp)
            self.assertEqual(form.record.contract_id, self.erp)

    def test_domain_offers_the_environments_of_all_contracts_in_force(self):
        ticket = self.make_ticket("10:00", environment_id=self.erp_production.id)
        other = self.make_customer("Otra Empresa", "otra")[0]
        theirs = self.make_environment(self.make_contract(partner_id=other.id), "X")
        old = self.make_contract(date_start="2020-01-01", date_end="2020-12-31")
        old_environment = self.make_environment(old, "ERP")
        with at("10:00"):
            domain = [
                ("partner_id", "=", ticket.commercial_partner_id.id),
                ("company_id", "=", ticket.company_id.id),
                "|",
                ("contract_id", "=", ticket.contract_id.id),
                ("contract_id.state", "in", ("running", "ending")),
            ]
            found = self.env["helpdesk.support.environment"].search(domain)
        self.assertEqual(found, self.erp_production | self.shop_production)
        self.assertNotIn(theirs | old_environment, found)

    def test_contract_takes_the_environment_of_the_same_name(self):
        """Moved to the renewed contract, the ticket keeps where the error is."""
        renewed = self.make_contract(
            sign=False, date_start="2027-01-01", date_end="2027-12-31"
        )
        match = self.make_environment(renewed, " erp ")
        renewed.action_sign()
        ticket = self.make_ticket("10:00", environment_id=self.erp_production.id)
        self.change(ticket, "10:10", contract_id=renewed.id)
        self.assertEqual(ticket.environment_id, match)
        self.change(ticket, "10:20", contract_id=self.shop.id)
        self.assertFalse(ticket.environment_id)

    def test_another_customer_has_other_environments(self):
        ticket = self.make_ticket("10:00", environment_id=self.erp_production.id)
        other = self.make_customer("Otra Empresa", "otra")[1].partner_id
        self.change(ticket, "10:10", partner_id=other.id)
        self.assertFalse(ticket.environment_id)
        self.assertFalse(ticket.contract_id)

    def test_colleague_of_the_same_customer_keeps_the_environment(self):
        colleague = self.contact.copy({"name": "Colleague"})
        ticket = self.make_ticket("10:00", environment_id=self.shop_production.id)
        self.change(ticket, "10:10", partner_id=colleague.id)
        self.assertEqual(ticket.environment_id, self.shop_production)
        self.assertEqual(ticket.contract_id, self.shop)

    def test_environment_of_another_contract_is_refused(self):
        with self.assertRefused("is not in the contract", ValidationError):
            self.make_ticket(
                "10:00",
                environment_id=self.shop_production.id,
                contract_id=self.erp.id,
            )

    def test_not_supplied_has_no_objectives(self):
        """R-D4: nothing is promised for what the provider does not supply."""
        self.shop_production.is_supplied = False
        ticket = self.make_ticket("10:00", environment_id=self.shop_production.id)
        self.assertFalse(ticket.timer_ids)
        with at("11:00"):
            self.shop_production.is_supplied = True
            self.env.flush_all()
        self.change(ticket, "11:10", environment_id=self.erp_production.id)
        self.assertTimer(ticket, "response", "running")

    def test_moved_to_what_we_supply_counts_from_the_receipt(self):
        """R-D4: received 10:00 on their own server, which was a mistake; 1★ 4 h."""
        self.shop_production.is_supplied = False
        ticket = self.make_ticket("10:00", environment_id=self.shop_production.id)
        self.change(ticket, "11:00", environment_id=self.erp_production.id)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_moved_to_what_we_do_not_supply(self):
        ticket = self.make_ticket("10:00", environment_id=self.erp_production.id)
        self.shop_production.is_supplied = False
        self.change(ticket, "11:00", environment_id=self.shop_production.id)
        self.assertNoTimer(ticket, "response")


@tagged("post_install", "-at_install")
class TestExclusion(SupportContractCommon):
    """An excluded channel or service shows at once (R-A5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(plan_id=cls.plan_standard.id)
        service = "helpdesk_support_contract.service_"
        cls.questions = cls.env.ref(f"{service}questions")
        cls.meetings = cls.env.ref(f"{service}meetings")
        cls.training = cls.env.ref(f"{service}training")
        channel = "helpdesk_mgmt.helpdesk_ticket_channel_"
        cls.web = cls.env.ref(f"{channel}web")
        cls.phone = cls.env.ref(f"{channel}phone")

    def assertExcluded(self, ticket, *names):
        self.assertEqual(ticket.is_excluded, bool(names))
        found = self.env["helpdesk.ticket"].search(
            [("id", "=", ticket.id), ("is_excluded", "=", True)]
        )
        self.assertEqual(bool(found), bool(names))
        for name in names:
            self.assertIn(name, ticket.exclusion_note)

    def test_included(self):
        ticket = self.make_ticket(
            "10:00", channel_id=self.web.id, service_id=self.questions.id
        )
        self.assertExcluded(ticket)
        self.assertFalse(ticket.exclusion_note)

    def test_channel_and_service(self):
        ticket = self.make_ticket("10:00", channel_id=self.phone.id)
        self.assertExcluded(ticket, self.phone.name)
        self.change(ticket, "10:10", service_id=self.meetings.id)
        self.assertExcluded(ticket, self.phone.name, self.meetings.name)
        self.change(
            ticket, "10:20", channel_id=self.web.id, service_id=self.questions.id
        )
        self.assertExcluded(ticket)

    def test_shows_at_once_on_the_form(self):
        with at("10:00"):
            tickets = self.env["helpdesk.ticket"].with_user(self.agent)
            with Form(tickets) as form:
                form.name = "Visit us"
                form.description = "<p>Text</p>"
                form.team_id = self.team
                form.partner_id = self.contact
                form.service_id = self.meetings
                self.assertTrue(form.is_excluded)
                self.assertIn(self.meetings.name, form.exclusion_note)

    def test_service_of_which_the_plan_is_silent(self):
        ticket = self.make_ticket("10:00", service_id=self.training.id)
        self.assertExcluded(ticket)

    def test_only_services_listed_in_the_contract(self):
        """R-C1: what the contract lists, and what the plan includes, nothing else."""
        self.contract.service_ids = self.meetings
        for service, names in (
            (self.meetings, ()),
            (self.questions, ()),
            (self.training, (self.training.name,)),
        ):
            ticket = self.make_ticket("10:00", service_id=service.id)
            self.assertExcluded(ticket, *names)

    def test_upgrade_includes_it(self):
        ticket = self.make_ticket("10:00", service_id=self.meetings.id)
        self.assertExcluded(ticket, self.meetings.name)
        with at("11:00"):
            self.contract.plan_id = self.plan
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertExcluded(ticket)
            self.assertTrue(ticket._get_excluded(utc("10:30")))

    def test_without_contract_nothing_is_excluded(self):
        other = self.make_customer("Otra Empresa", "otra")[0]
        ticket = self.make_ticket(
            "10:00", partner_id=other.id, service_id=self.meetings.id
        )
        self.assertExcluded(ticket)
