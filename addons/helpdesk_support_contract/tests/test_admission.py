"""Tickets without contract or from people who may not open them (R-B1, R-C2, R-C5)."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import SupportContractCommon, SupportContractHttpCommon

#: Loggers of requests that are refused on purpose.
QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule")


class AdmissionMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own_policy = cls.make_policy(
            ("response", 4, {}), ("response", 1, {"severity": "3"})
        )
        cls.own_plan = cls.plan.copy({"name": "Own", "policy_id": cls.own_policy.id})
        cls.team.sla_policy_id = cls.own_policy
        cls.colleague = cls.env["res.partner"].create(
            {
                "name": "Colega Nueva",
                "email": "colega@customer.example.com",
                "parent_id": cls.customer.id,
            }
        )

    def get_mails(self, ticket):
        return self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )


@tagged("post_install", "-at_install")
class TestWithoutContract(AdmissionMixin, SupportContractCommon):
    def test_policy_that_says_nothing_serves_with_the_teams_times(self):
        """R-A9: the contract's end shows; the clock of the team's policy runs."""
        ticket = self.make_ticket("10:00", "3")
        self.assertFalse(ticket.hold_reason or ticket.is_uncommitted)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 11:00")

    def test_lowest_severity_without_times(self):
        """R-B1: without a contract always Baja, no committed times."""
        self.own_policy.without_contract = "lowest"
        ticket = self.make_ticket("10:00", "3")
        self.assertEqual((ticket.priority, ticket.is_uncommitted), ("0", True))
        self.assertFalse(ticket.timer_ids)
        self.assertEqual(ticket.sla_policy_id, self.own_policy)
        self.change(ticket, "10:30", priority="2")
        self.assertEqual(ticket.priority, "0")
        self.move(ticket, "11:00", "in_progress")
        self.assertFalse(ticket.timer_ids)

    def test_ended_and_suspended_are_no_contract(self):
        """R-B1 for a contract until 31 Dec: at midnight its customer has none."""
        self.own_policy.without_contract = "lowest"
        contract = self.make_contract(plan_id=self.own_plan.id)
        last = self.make_ticket("2026-12-31 23:59:59", "3")
        first = self.make_ticket("2027-01-01 00:00:00", "3")
        self.assertEqual((last.priority, last.is_uncommitted), ("3", False))
        self.assertEqual((first.priority, first.is_uncommitted), ("0", True))
        contract.suspension_reason = "Not paid"
        with at("2026-03-02 12:00"):
            contract.action_suspend()
        self.assertTrue(self.make_ticket("2026-03-02 12:00", "3").is_uncommitted)

    def test_support_or_implementation_contract(self):
        """R-B1: a contract of either kind lifts the customer out of Baja."""
        self.own_policy.without_contract = "lowest"
        self.make_contract(plan_id=self.own_plan.id, kind="implementation")
        self.assertEqual(self.make_ticket("10:00", "3").priority, "3")

    def test_contract_found_later_counts_from_the_receipt(self):
        """Received Mon 10:00, contract chosen 12:00, 4 h: due Mon 14:00."""
        self.own_policy.without_contract = "lowest"
        ticket = self.make_ticket("2026-01-12 10:00", partner_id=False)
        self.assertTrue(ticket.is_uncommitted)
        self.make_contract(plan_id=self.own_plan.id)
        self.change(ticket, "12:00", partner_id=self.contact.id)
        self.assertFalse(ticket.is_uncommitted)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_held(self):
        self.own_policy.without_contract = "hold"
        ticket = self.make_ticket("10:00", "3")
        self.assertEqual(ticket.hold_reason, "no_contract")
        self.assertFalse(ticket.timer_ids)
        self.assertFalse(ticket.next_due)

    def test_held_counts_from_the_receipt_once_released(self):
        """Received Mon 10:00, released Mon 15:00, 4 h: due Mon 14:00, late."""
        self.own_policy.without_contract = "hold"
        ticket = self.make_ticket("10:00", "1")
        with at("15:00"):
            mine = ticket.with_user(self.agent)
            with self.assertRefused("Write the reason"):
                mine.action_release()
            mine.release_reason = "Contract on its way"
            mine.action_release()
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")
            self.assertTrue(ticket.is_late)
        self.assertFalse(ticket.hold_reason)
        self.assertEqual(ticket.released_by_id, self.agent)
        self.move(ticket, "15:30", "assigned")
        self.assertTimer(ticket, "response", "missed", elapsed="5:30")

    def test_severity_given_while_it_was_held(self):
        """What triage found in the meantime holds from the receipt: 1 h from 10:00."""
        self.own_policy.without_contract = "hold"
        ticket = self.make_ticket("10:00", "1")
        self.change(ticket, "10:10", priority="3")
        self.assertFalse(ticket.timer_ids)
        with at("10:30"):
            ticket._release("Agreed")
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertTimer(ticket, "response", "running", due="2026-01-12 11:00")

    def test_held_is_not_worked_on(self):
        self.own_policy.without_contract = "hold"
        ticket = self.make_ticket("10:00")
        for stage in ("in_progress", "assigned"):
            with self.assertRefused("is held .No contract in force."):
                self.move(ticket, "10:30", stage)
        self.move(ticket, "10:40", "cancelled")

    def test_held_has_no_alerts(self):
        """Nothing is due, so the sweep finds nothing."""
        self.own_policy.without_contract = "hold"
        self.own_policy.step_ids = [
            Command.create({"metric": "response", "percent": 50, "to_leader": True})
        ]
        ticket = self.make_ticket("10:00")
        self.assertFalse(ticket.timer_ids.filtered("next_step_at"))

    def test_contract_that_turns_up_lifts_the_hold(self):
        self.own_policy.without_contract = "hold"
        ticket = self.make_ticket("10:00", partner_id=False)
        self.assertEqual(ticket.hold_reason, "no_contract")
        self.make_contract(plan_id=self.own_plan.id)
        self.change(ticket, "11:00", partner_id=self.contact.id)
        self.assertFalse(ticket.hold_reason)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_refused(self):
        """R-C2: only customers with a contract in force; the mail says why."""
        self.own_policy.without_contract = "refuse"
        ticket = self.make_ticket("10:00", "3")
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertEqual(ticket.stage_id.sla_solution, "void")
        self.assertIn("no support contract", ticket.refusal_reason)
        self.assertNoTimer(ticket, "response")
        message = ticket.message_ids.filtered(lambda m: self.contact in m.partner_ids)
        self.assertEqual(len(message), 1)
        self.assertIn("no support contract", message.body)

    def test_refusal_names_the_contract_that_ended(self):
        self.own_policy.without_contract = "refuse"
        contract = self.make_contract(plan_id=self.own_plan.id)
        self.team.sla_policy_id = self.own_policy
        ticket = self.make_ticket("2027-01-02 10:00")
        self.assertIn(contract.name, ticket.refusal_reason)
        self.assertIn("Ended", ticket.refusal_reason)
        self.assertFalse(self.make_ticket("2026-06-02 10:00").refusal_reason)

    def test_unknown_sender_is_held_until_the_customer_is_known(self):
        """R-C2: nobody is refused before we know who writes."""
        self.own_policy.without_contract = "refuse"
        ticket = self.make_ticket("10:00", partner_id=False)
        self.assertEqual(ticket.hold_reason, "no_contract")
        self.assertFalse(ticket.refusal_reason)
        self.change(ticket, "10:30", partner_id=self.contact.id)
        self.assertEqual(ticket.stage_id, self.stages["rejected"])

    def test_team_without_a_void_stage_archives(self):
        self.own_policy.without_contract = "refuse"
        void = self.env["helpdesk.ticket.stage"].search([("sla_solution", "=", "void")])
        void.sla_solution = "stop"
        ticket = self.make_ticket("10:00")
        self.assertFalse(ticket.active)
        self.assertTrue(ticket.refusal_reason)

    def test_refusal_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        self.own_policy.without_contract = "refuse"
        ticket = self.make_ticket("10:00")
        message = ticket.message_ids.filtered(lambda m: self.contact in m.partner_ids)
        self.assertIn("Hola", message.body)
        self.assertIn("contrato de soporte", message.body)

    def test_no_query_more_where_nobody_asks(self):
        """Admission costs nothing for customers with a contract."""
        self.make_contract()
        self.make_ticket("10:00")  # warm
        policies = self.env["helpdesk.sla.policy"]
        ticket = self.make_ticket("10:00")
        policies._get_admission_rules(ticket.sla_policy_id.id)
        with self.assertQueryCount(0):
            ticket._get_admission()


@tagged("post_install", "-at_install")
class TestAuthorized(AdmissionMixin, SupportContractCommon):
    """Only authorised contacts open tickets where it was agreed (R-C5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(
            plan_id=cls.own_plan.id, contacts=[cls.contact], only_authorized=True
        )

    def test_contact_with_the_role_is_served(self):
        ticket = self.make_ticket("10:00")
        self.assertFalse(ticket.hold_reason)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_others_are_received_and_held(self):
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        self.assertEqual(ticket.contract_id, self.contract)
        self.assertEqual(ticket.hold_reason, "unauthorized")
        self.assertFalse(ticket.timer_ids)

    def test_role_holder_is_told_once(self):
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        mail = self.get_mails(ticket).filtered(
            lambda m: self.contact in m.recipient_ids
        )
        self.assertEqual(len(mail), 1)
        self.assertIn(ticket.number, mail.subject)
        self.assertIn(self.colleague.name, mail.body_html)
        self.change(ticket, "10:10", team_id=False)
        self.change(ticket, "10:20", team_id=self.team.id)
        again = self.get_mails(ticket).filtered(
            lambda m: self.contact in m.recipient_ids
        )
        self.assertEqual(again, mail)

    def test_nobody_to_tell_is_said(self):
        self.contact.email = False
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        self.assertTrue(
            ticket.message_ids.filtered(lambda m: "call the customer" in m.body)
        )

    def test_only_where_it_was_agreed(self):
        self.contract.only_authorized = False
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        self.assertFalse(ticket.hold_reason)
        with self.as_unsigned():
            self.own_policy.only_authorized = True
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        self.assertEqual(ticket.hold_reason, "unauthorized")

    def test_phone_needs_its_own_authorisation(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        ticket = self.make_ticket("10:00", channel_id=phone.id)
        self.assertEqual(ticket.hold_reason, "unauthorized")
        self.contract.contact_ids.is_phone_authorized = True
        ticket = self.make_ticket("10:00", channel_id=phone.id)
        self.assertFalse(ticket.hold_reason)

    def test_contact_releases(self):
        """Received Mon 10:00, released 16:00 by a contact, 4 h: due 14:00."""
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        with at("16:00"):
            ticket.with_user(self.portal_user)._release_by_contact()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(ticket.hold_reason)
        self.assertEqual(ticket.released_by_id, self.portal_user)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_strangers_do_not_release(self):
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        stranger = self.make_customer("Otra Empresa", "otra")[1]
        for user in (stranger, self.make_user("colleague2", "base.group_portal")):
            with self.assertRaises(AccessError):
                ticket.with_user(user).sudo().with_user(user)._release_by_contact()
        self.assertEqual(ticket.hold_reason, "unauthorized")

    def test_authorised_later_stays_held_until_released(self):
        """A role given afterwards does not let a ticket in unseen."""
        ticket = self.make_ticket("10:00", partner_id=self.colleague.id)
        self.contract.contact_ids = [Command.create({"partner_id": self.colleague.id})]
        self.assertEqual(ticket.hold_reason, "unauthorized")


@tagged("post_install", "-at_install")
class TestReleaseOnPortal(AdmissionMixin, SupportContractHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(
            plan_id=cls.own_plan.id, contacts=[cls.contact], only_authorized=True
        )
        cls.stranger = cls.make_customer("Otra Empresa", "otra")[1]

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket("10:00", partner_id=self.colleague.id)

    def release(self, token=True):
        data = {"csrf_token": self.get_csrf_token() if token else "none"}
        url = f"/my/ticket/{self.ticket.id}/release"
        with mute_logger(*QUIET):
            return self.url_open(url, data=data)

    def test_page_shows_the_hold_and_offers_the_release(self):
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertIn("Contact not authorised", page)
        self.assertIn(f"/my/ticket/{self.ticket.id}/release", page)
        self.assertIn(self.contract.name, page)

    def test_released(self):
        self.log_in(self.portal_user)
        self.release()
        self.env.invalidate_all()
        self.assertFalse(self.ticket.hold_reason)
        self.assertEqual(self.ticket.released_by_id, self.portal_user)

    def test_get_and_missing_token_release_nothing(self):
        self.log_in(self.portal_user)
        with mute_logger(*QUIET):
            self.url_open(f"/my/ticket/{self.ticket.id}/release")
            self.assertGreaterEqual(self.release(token=False).status_code, 400)
        self.env.invalidate_all()
        self.assertTrue(self.ticket.hold_reason)

    def test_another_company_releases_nothing(self):
        self.log_in(self.stranger)
        self.release()
        self.env.invalidate_all()
        self.assertTrue(self.ticket.hold_reason)

    def test_contact_without_the_role_releases_nothing(self):
        self.contract.contact_ids.role_open = False
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{self.ticket.id}").text
        self.assertNotIn("/release", page)
        self.release()
        self.env.invalidate_all()
        self.assertTrue(self.ticket.hold_reason)
