"""A contract goes on: the notice before its end, and the contract that follows."""

from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestRenewal(SupportContractCommon):
    def renew(self, contract):
        action = contract.with_user(self.manager).action_renew()
        return self.env["helpdesk.support.contract"].browse(action["res_id"])

    def test_one_click(self):
        """2026 is followed by 2027, with people, environments and phone lines."""
        contract = self.make_contract(
            contacts=[(self.contact, ["billing", "admin"])],
            phone_ids=[Command.create({"phone": "+593 0000"})],
            owner_id=self.contact.id,
        )
        environment = self.make_environment(contract)
        environment.is_supplied = False
        renewal = self.renew(contract)
        self.assertEqual(renewal.date_start, date(2027, 1, 1))
        self.assertEqual(renewal.date_end, date(2027, 12, 31))
        self.assertFalse(renewal.is_signed)
        self.assertTrue(renewal.contact_ids.role_billing)
        self.assertTrue(renewal.contact_ids.role_admin)
        self.assertEqual(renewal.environment_ids.name, environment.name)
        self.assertFalse(renewal.environment_ids.is_supplied)
        self.assertEqual(renewal.phone_ids.phone, "+593 0000")
        self.assertEqual(renewal.owner_id, self.contact)
        self.assertEqual(renewal.renewal_of_id, contract)
        self.assertEqual(contract.renewal_id, renewal)
        self.assertEqual(self.renew(contract), renewal)
        renewal.action_sign()

    def test_dates_follow_whatever_the_term_is(self):
        cases = [
            ("2026-01-15", "2027-01-14", "2028-01-14"),
            ("2026-02-01", "2026-02-28", "2026-03-31"),
            ("2026-01-01", "2026-06-30", "2026-12-31"),
            ("2024-02-29", "2025-02-27", "2026-02-27"),
            ("2026-01-01", "2026-01-10", "2026-01-20"),
        ]
        for start, end, new_end in cases:
            with self.subTest(start=start):
                contract = self.make_contract(
                    date_start=start, date_end=end, sign=False
                )
                values = contract._prepare_renewal()
                self.assertEqual((values["date_start"] - contract.date_end).days, 1)
                self.assertEqual(values["date_end"], date.fromisoformat(new_end))

    def test_newest_version_of_the_plan(self):
        contract = self.make_contract()
        version = self.plan._make_version()
        self.assertEqual(self.renew(contract).plan_id, version)
        self.assertEqual(contract.plan_id, self.plan)

    def test_plan_that_is_in_force_at_the_end(self):
        """Upgraded to 24/7 in the middle, it is renewed on 24/7."""
        contract = self.make_contract()
        with at("2026-06-01 10:00"):
            contract._change_plan(
                self.plan_always, contract.ends_at.replace(month=10, day=1, year=2026)
            )
            self.assertEqual(self.renew(contract).plan_id, self.plan_always)

    def test_draft_is_not_renewed(self):
        with self.assertRefused("is not signed"):
            self.renew(self.make_contract(sign=False))

    def test_renewed_once(self):
        """Two people at once: the second finds the renewal of the first."""
        contract = self.make_contract()
        self.renew(contract)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            contract.copy(contract._prepare_renewal())

    def test_tickets_change_over_at_midnight(self):
        """23:59:59 belongs to the old contract, 00:00:00 to the new one."""
        contract = self.make_contract()
        renewal = self.renew(contract)
        renewal.action_sign()
        last = self.make_ticket("2026-12-31 23:59:59")
        first = self.make_ticket("2027-01-01 00:00:00")
        self.assertEqual(last.contract_id, contract)
        self.assertEqual(first.contract_id, renewal)


@tagged("post_install", "-at_install")
class TestNotice(SupportContractCommon):
    """Customer and responsible person are told, once, by the real job."""

    def run_cron(self, when):
        cron = self.env.ref("helpdesk_support_contract.ir_cron_notify_ending")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def assertNotices(self, contract, count):
        self.assertEqual(len(contract.activity_ids), count)
        told = contract.message_ids.filtered(lambda m: self.contact in m.partner_ids)
        self.assertEqual(len(told), count)
        return told

    def setUp(self):
        super().setUp()
        self.contract = self.make_contract(
            owner_id=self.contact.id, user_id=self.manager.id
        )

    def test_thirty_days_before(self):
        """Ends 31 Dec: told from 2 Dec 00:00, the first of the last thirty days."""
        self.run_cron("2026-12-01 23:59:59")
        self.assertNotices(self.contract, 0)
        self.run_cron("2026-12-02 00:00:00")
        told = self.assertNotices(self.contract, 1)
        self.assertIn(self.contract.name, told.subject)
        self.assertIn("12/31/2026", told.body)
        self.assertEqual(self.contract.activity_ids.user_id, self.manager)

    def test_once(self):
        self.run_cron("2026-12-02 03:00")
        self.run_cron("2026-12-03 03:00")
        self.assertNotices(self.contract, 1)

    def test_one_whose_mail_cannot_be_written_stops_no_other(self):
        """The Spanish template is broken: the others are told, the second one later."""
        self.env["res.lang"]._activate_lang("es_ES")
        customer, user = self.make_customer("Dos", "notice-dos")
        user.partner_id.lang = "es_ES"
        bad = self.make_contract(
            partner_id=customer.id,
            owner_id=user.partner_id.id,
            user_id=self.manager.id,
        )
        customer, user = self.make_customer("Tres", "notice-tres")
        last = self.make_contract(partner_id=customer.id, owner_id=user.partner_id.id)
        template = self.env.ref(
            "helpdesk_support_contract.mail_template_contract_ending"
        )
        spanish = template.with_context(lang="es_ES")
        body = spanish.body_html
        with patch.object(type(template), "_check_can_be_rendered"):
            spanish.body_html = '<p><t t-out="object.no_such_field"/></p>'
        self.run_cron("2026-12-02 03:00")
        self.run_cron("2026-12-03 03:00")
        self.assertNotices(self.contract, 1)
        self.assertTrue(last.notice_sent_at)
        self.assertFalse(bad.notice_sent_at)
        self.assertIn("left out", bad.activity_ids.summary)
        failure = self.env["helpdesk.job.failure"].search([("res_id", "=", bad.id)])
        self.assertEqual((failure.name, failure.count), (bad.display_name, 2))
        spanish.body_html = body
        self.run_cron("2026-12-04 03:00")
        self.run_cron("2026-12-05 03:00")
        told = bad.message_ids.filtered(lambda m: bad.owner_id in m.partner_ids)
        self.assertEqual(len(told), 1)
        self.assertIn("renew it", bad.activity_ids.summary)
        self.assertNotices(self.contract, 1)

    def test_an_archived_contact_gets_no_mail(self):
        """The mail goes to who administers the contract instead."""
        admin = self.make_customer("Andina", "notice-admin")[1].partner_id
        admin.parent_id = self.customer
        self.contract.contact_ids = [
            Command.create({"partner_id": admin.id, "role_admin": True})
        ]
        self.contact.user_ids.active = False
        self.contact.active = False
        self.run_cron("2026-12-02 03:00")
        told = self.contract.message_ids.filtered("partner_ids").partner_ids
        self.assertEqual(told, admin)

    def test_contracts_own_notice(self):
        self.contract.notice_days = 60
        self.run_cron("2026-11-02 00:00:00")
        self.assertNotices(self.contract, 1)

    def test_another_end_is_told_again(self):
        self.run_cron("2026-12-02 03:00")
        self.contract.date_end = "2027-06-30"
        self.run_cron("2026-12-03 03:00")
        self.assertNotices(self.contract, 1)
        self.run_cron("2027-06-01 03:00")
        self.assertNotices(self.contract, 2)

    def test_signed_renewal_needs_no_notice(self):
        renewal = self.contract.copy(self.contract._prepare_renewal())
        renewal.action_sign()
        self.run_cron("2026-12-02 03:00")
        self.assertNotices(self.contract, 0)

    def test_ended_unsigned_and_archived_are_not_told(self):
        self.contract.is_signed = False
        self.run_cron("2026-12-02 03:00")
        self.contract.is_signed = True
        self.contract.active = False
        self.run_cron("2026-12-02 03:00")
        self.contract.active = True
        self.run_cron("2027-01-01 00:00")
        self.assertNotices(self.contract, 0)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        self.run_cron("2026-12-02 03:00")
        told = self.assertNotices(self.contract, 1)
        self.assertIn("termina el", told.subject)


@tagged("post_install", "-at_install")
class TestOverlapOfEnvironments(SupportContractCommon):
    """Overlaps are seen also when an environment is edited afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.make_contract(sign=False)
        cls.erp = cls.make_environment(cls.first, "ERP")
        cls.second = cls.make_contract(sign=False)
        cls.shop = cls.make_environment(cls.second, "Shop")
        (cls.first | cls.second).action_sign()

    def assertOverlaps(self):
        return self.assertRefused("already has the contract", ValidationError)

    def test_renamed(self):
        with self.assertOverlaps():
            self.shop.name = " erp"

    def test_added(self):
        with self.assertOverlaps():
            self.make_environment(self.second, "ERP")

    def test_last_one_removed(self):
        with self.assertOverlaps():
            self.shop.unlink()

    def test_archived_one_returns(self):
        self.make_environment(self.second, "Blog")
        self.shop.active = False
        third = self.make_contract(sign=False)
        self.make_environment(third, "Shop")
        third.action_sign()
        with self.assertOverlaps():
            self.shop.active = True

    def test_moved_to_the_other_contract(self):
        """What is left behind covers everything: that overlaps as well."""
        with self.assertOverlaps():
            self.erp.contract_id = self.second

    def test_kind_and_company_count(self):
        other = self.make_contract(kind="implementation")
        with self.assertOverlaps():
            other.kind = "support"

    def test_contract_is_made_with_a_company_not_its_contact(self):
        with self.assertRefused("make the contract with the company", ValidationError):
            self.make_contract(partner_id=self.contact.id, sign=False)
