"""A fee that nobody invoices, or posts, is not forgotten (R-A6)."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_helpdesk_support_fee import FeeCommon

CRON = "helpdesk_billing_hours.ir_cron_remind_fees"
ACTIVITY = "helpdesk_billing_hours.mail_activity_fee"


@tagged("post_install", "-at_install")
class TestFeeReminder(FeeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.support_fee_user_id = cls.accountant
        cls.contract.active = False  # its fee of January is not the matter here

    def remind(self, when):
        self.run_cron(when, self.env.ref(CRON))

    def get_activities(self, contract):
        kind = self.env.ref(ACTIVITY)
        return contract.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_draft_that_is_not_posted(self):
        """Drafted on 1 March: reminded on the 8th, again on the 15th, then posted."""
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        ticket = self.make_ticket("2026-03-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-03-02 10:00", "1:30")
        self.assertEqual(str(contract.fee_ids.waits_since), "2026-03-01")
        self.assertEqual(contract.fee_ids.waiting_hours, 1.5)
        self.remind("2026-03-07 23:59")
        self.assertFalse(self.get_activities(contract))
        self.remind("2026-03-08 00:01")
        first = self.get_activities(contract)
        self.assertEqual(first.user_id, self.accountant)
        self.assertIn("post the draft invoice of the fee from 03/01", first.summary)
        self.assertIn("01:30 hours of work wait", first.note)
        for when in ("2026-03-08 10:00", "2026-03-14 23:00"):
            self.remind(when)
            self.assertEqual(self.get_activities(contract), first)
        self.remind("2026-03-15 00:01")
        second = self.get_activities(contract)
        self.assertEqual(len(second), 1)
        self.assertNotEqual(first, second)
        self.post(contract.fee_ids.move_id, "2026-03-16 10:00")
        self.assertFalse(self.get_activities(contract))
        self.assertFalse(contract.fee_ids.waits_since)
        self.assertEqual(contract.fee_ids.waiting_hours, 0)
        self.assertCharged(ticket, pack="1:30")
        self.remind("2026-04-15 00:01")
        self.assertFalse(self.get_activities(contract))

    def test_hours_that_wait_are_left_out_and_listed(self):
        """They wait in every run; the pack's year counts from the contract's start."""
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        ticket = self.make_ticket("2026-03-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-03-02 10:00", "1:30")
        for date_to in ("2026-03-31", "2026-06-30"):
            with at(f"{date_to} 12:00"):
                wizard = self.env["helpdesk.hours.invoicing"].create(
                    {"date_from": "2026-03-01", "date_to": date_to}
                )
                self.assertEqual(wizard.exception_ids, ticket.share_ids)
                self.assertEqual(wizard.exception_ids.hold, "awaits_pack")
        self.post(contract.fee_ids.move_id, "2026-07-01 10:00")
        self.assertEqual(str(contract.pack_ids.date_to), "2027-03-01")
        self.assertCharged(ticket, pack="1:30")

    def test_fee_that_nobody_drafts(self):
        """Signed on 20 February for 1 March: reminded on 8 March."""
        contract = self.make_paid(sign="2026-02-20 09:00")
        self.remind("2026-03-07 10:00")
        self.assertFalse(self.get_activities(contract))
        self.remind("2026-03-08 10:00")
        activity = self.get_activities(contract)
        self.assertIn("invoice the fee from 03/01/2026", activity.summary)
        self.make_fee_invoice(contract, when="2026-03-09 10:00")
        self.assertTrue(self.get_activities(contract), "a draft is no invoice")
        self.remind("2026-03-16 10:00")
        self.assertIn("post the draft", self.get_activities(contract).summary)

    def test_signed_late(self):
        """For 1 March, signed on the 20th: reminded on the 27th."""
        contract = self.make_paid(sign="2026-03-20 09:00")
        self.remind("2026-03-26 10:00")
        self.assertFalse(self.get_activities(contract))
        self.remind("2026-03-27 10:00")
        self.assertTrue(self.get_activities(contract))

    def test_a_draft_that_was_deleted(self):
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        contract.fee_ids.move_id.unlink()
        self.remind("2026-03-08 10:00")
        self.assertIn("invoice the fee", self.get_activities(contract).summary)

    def test_years_to_come_and_free_ones_are_silent(self):
        paid = self.make_paid(sign="2026-02-01 09:00")
        free = self.make_paid(plan=self.plan_standard)
        self.remind("2026-02-28 10:00")
        self.remind("2026-12-01 10:00")
        self.assertTrue(self.get_activities(paid))
        self.assertFalse(self.get_activities(free))

    def test_company_says_when_and_who(self):
        contract = self.make_paid()
        self.company.support_fee_days = 0
        self.remind("2026-06-01 10:00")
        self.assertFalse(self.get_activities(contract))
        self.company.write({"support_fee_days": 30, "support_fee_user_id": False})
        self.remind("2026-03-30 10:00")
        self.assertFalse(self.get_activities(contract))
        self.remind("2026-03-31 10:00")
        user = self.get_activities(contract).user_id
        self.assertTrue(user.has_group("account.group_account_invoice"))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.company.support_fee_days = -1
            self.env.flush_all()

    def test_in_the_accountants_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_billing_hours"], ["es_ES"]
        )
        self.accountant.lang = "es_ES"
        contract = self.make_paid()
        self.remind("2026-03-08 10:00")
        self.assertIn("facture la cuota", self.get_activities(contract).summary)
        self.assertNotIn("invoice", self.get_activities(contract).summary)

    def test_one_that_fails_stops_no_other(self):
        bad, good = self.make_paid(user_id=self.manager.id), self.make_paid()
        fees = type(self.env["helpdesk.support.fee"])
        remind, words = fees._remind, "Not this one"

        def fail(own):
            if own.contract_id == bad:
                raise UserError(words)
            return remind(own)

        with patch.object(fees, "_remind", fail):
            self.remind("2026-03-08 10:00")
        self.assertFalse(self.get_activities(bad))
        self.assertIn("Not this one", bad.activity_ids.summary)
        self.assertTrue(self.get_activities(good))

    def test_settings(self):
        settings = self.env["res.config.settings"].create({"support_fee_days": 12})
        settings.execute()
        self.assertEqual(self.company.support_fee_days, 12)
