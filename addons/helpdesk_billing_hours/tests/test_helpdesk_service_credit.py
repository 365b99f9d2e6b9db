"""Approved service credits reach the customer's invoice, once (R-C7)."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


class ServiceCreditCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env.ref("helpdesk_billing_hours.product_service_credit")
        product.taxes_id = [Command.set(cls.tax.ids)]
        cls.contract.hour_price = 45

    def make_credit(self, percent=0, amount=0, contract=None, state="approved", **kw):
        """Return a credit of January as its job and a manager leave it."""
        return self.env["helpdesk.service.credit"].create(
            {
                "contract_id": (contract or self.contract).id,
                "period": "month",
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "percent": percent,
                "amount": amount,
                "target_count": 12,
                "state": state,
                **kw,
            }
        )

    def log_billable(self, hours="3:00", when="2026-01-13 10:00"):
        ticket = self.make_authorized_ticket("9:00")
        self.log(ticket, when, hours)
        return ticket


@tagged("post_install", "-at_install")
class TestServiceCredit(ServiceCreditCommon):
    def test_line_of_the_next_invoice(self):
        """10 % of a month of 2500.00 a year: 20.83; 3:00 at 45.00: 114.17 + 15 %."""
        credit = self.make_credit(percent=10)
        self.assertEqual(credit.value, 20.83)
        self.log_billable()
        move = self.run_invoicing("2026-01-31")
        self.assertRecordValues(
            move, [{"amount_untaxed": 114.17, "amount_tax": 17.13, "state": "draft"}]
        )
        line = move.invoice_line_ids.filtered("support_service_credit_id")
        self.assertEqual(line.price_subtotal, -20.83)
        for words in (credit.name, self.contract.name, "of 12 targets", "10 % of the"):
            self.assertIn(words, line.name)
        self.assertEqual((credit.state, credit.move_id), ("invoiced", move))

    def test_once_only(self):
        self.make_credit(amount=20)
        self.log_billable()
        self.run_invoicing("2026-01-31")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")
        self.log_billable(when="2026-02-10 10:00")
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.amount_untaxed, 135)

    def test_credit_note_without_an_invoice(self):
        credit = self.make_credit(amount=20)
        move = self.run_invoicing("2026-01-31")
        self.assertRecordValues(
            move,
            [
                {
                    "move_type": "out_refund",
                    "amount_untaxed": 20,
                    "amount_tax": 3,
                    "partner_id": self.customer.id,
                    "ref": credit.name,
                }
            ],
        )
        self.assertEqual(credit.state, "invoiced")
        self.assertEqual(move.support_run_id.move_ids, move)

    def test_credit_note_when_the_invoice_would_go_below_zero(self):
        """3:00 at 45.00 are 135.00: 135.00 fits, 135.01 does not."""
        self.make_credit(amount=135.01)
        self.log_billable()
        moves = self.run_invoicing("2026-01-31").sorted("move_type")
        self.assertEqual(moves.mapped("move_type"), ["out_invoice", "out_refund"])
        self.assertEqual(moves.mapped("amount_untaxed"), [135, 135.01])

    def test_invoice_of_nothing(self):
        self.make_credit(amount=135)
        self.log_billable()
        move = self.run_invoicing("2026-01-31")
        self.assertEqual((move.move_type, move.amount_total), ("out_invoice", 0))

    def test_two_credits_share_what_the_invoice_takes(self):
        self.make_credit(amount=100)
        second = self.make_credit(amount=50)
        self.log_billable()
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(second.move_id.move_type, "out_refund")
        self.assertEqual(len(moves), 2)

    def test_only_what_is_due(self):
        """Not proposed ones, nor those of a period that ends after the run."""
        self.make_credit(amount=20, state="proposed")
        self.make_credit(amount=20, date_from="2026-02-01", date_to="2026-02-28")
        other = self.make_contract(
            partner_id=self.make_customer("Ajena", "ajena")[0].id
        )
        self.make_credit(amount=20, contract=other)
        self.log_billable()
        move = self.run_invoicing("2026-01-31", partner_ids=self.customer.ids)
        self.assertEqual(move.amount_untaxed, 135)

    def test_draft_that_is_deleted_or_cancelled_frees_it(self):
        credit = self.make_credit(amount=20)
        self.run_invoicing("2026-01-31").unlink()
        self.assertEqual(credit.state, "approved")
        self.assertFalse(credit.move_id)
        self.log_billable()
        move = self.run_invoicing("2026-01-31")
        line = move.invoice_line_ids.filtered("support_service_credit_id")
        move.invoice_line_ids = [Command.delete(line.id)]
        self.assertEqual(credit.state, "approved")
        first = self.run_invoicing("2026-01-31")
        first.button_cancel()
        self.assertEqual(credit.state, "approved")
        again = self.run_invoicing("2026-01-31")
        self.assertEqual((credit.state, credit.move_id), ("invoiced", again))
        with self.assertRefused("by now: cancel or credit that one first"):
            first.button_draft()

    def test_reversed_invoice_frees_it(self):
        credit = self.make_credit(amount=20)
        self.log_billable()
        move = self.run_invoicing("2026-01-31")
        with at("2026-02-01 10:00"):
            move.action_post()
            refund = move._reverse_moves([{"invoice_date": "2026-02-01"}])
        self.assertEqual(credit.state, "invoiced")
        refund.action_post()
        self.assertEqual(credit.state, "approved")
        with at("2026-02-02 10:00"):
            refund.button_draft()
        self.assertEqual((credit.state, credit.move_id), ("invoiced", move))

    def test_customer_with_one_invoice_for_all_contracts(self):
        self.contract.invoice_grouping = "customer"
        self.make_environment(self.contract, "ERP")
        other = self.make_contract(sign=False, invoice_grouping="customer")
        self.make_environment(other, "Shop")
        other.action_sign()
        credit = self.make_credit(amount=20, contract=other)
        self.log_billable()
        move = self.run_invoicing("2026-01-31")
        self.assertEqual((credit.move_id, move.amount_untaxed), (move, 115))

    def test_percentage_of_no_fee(self):
        """Nothing to credit is not invoiced; the button says why."""
        plan = self.env["helpdesk.support.plan"].create(
            {"name": "Free", "policy_id": self.policy.id}
        )
        contract = self.make_contract(
            plan_id=plan.id, partner_id=self.make_customer("G", "gratis")[0].id
        )
        credit = self.make_credit(percent=10, contract=contract)
        self.assertEqual(credit.value, 0)
        with self.assertRefused("a percentage of a fee of 0"):
            credit.with_user(self.accountant).action_make_credit_note()

    def test_button_and_rights(self):
        credit = self.make_credit(amount=20).sudo(False)
        for user in (self.agent, self.manager, self.portal_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                credit.with_user(user).action_make_credit_note()
        credit.with_user(self.accountant).action_make_credit_note()
        self.assertEqual(credit.move_id.move_type, "out_refund")
        self.assertEqual(credit.state, "invoiced")
        with self.assertRefused("Nothing is left to credit"):
            credit.with_user(self.accountant).action_make_credit_note()
        with self.assertRaises(AccessError):
            credit.with_user(self.accountant).write({"amount": 30})

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.lang = "es_ES"
        self.make_credit(amount=20)
        move = self.run_invoicing("2026-01-31")
        self.assertIn("Crédito de servicio", move.invoice_line_ids.name)


@tagged("post_install", "-at_install")
class TestCreditNotesOnly(ServiceCreditCommon):
    def test_in_ecuador_unless_said_otherwise(self):
        """Electronic invoices there refuse negative lines."""
        company = self.env["res.company"].create({"name": "Compañía"})
        company.account_fiscal_country_id = self.env.ref("base.co")
        self.assertFalse(company.support_credits_apart)
        company.account_fiscal_country_id = self.env.ref("base.ec")
        self.assertTrue(company.support_credits_apart)
        company.support_credits_apart = False
        company.name = "Otra Compañía"
        self.env.flush_all()
        self.assertFalse(company.support_credits_apart)

    def test_a_run_gives_a_credit_note_beside_the_invoice(self):
        """3:00 at 45.00 and 15 %: 155.25; 20.83 and 3.12 come back on their own."""
        self.company.support_credits_apart = True
        credit = self.make_credit(percent=10)
        self.log_billable()
        moves = self.run_invoicing("2026-01-31").sorted("move_type")
        self.assertRecordValues(
            moves,
            [
                {"move_type": "out_invoice", "amount_total": 155.25},
                {"move_type": "out_refund", "amount_total": 23.95},
            ],
        )
        self.assertFalse(
            moves.invoice_line_ids.filtered(lambda line: line.price_subtotal < 0)
        )
        self.assertEqual((credit.state, credit.move_id), ("invoiced", moves[1]))
        self.assertEqual(moves.support_run_id.move_count, 2)

    def test_also_for_one_invoice_of_all_contracts(self):
        self.company.support_credits_apart = True
        self.contract.invoice_grouping = "customer"
        self.make_credit(amount=20)
        self.make_credit(amount=5, date_from="2025-12-01", date_to="2025-12-31")
        self.log_billable()
        moves = self.run_invoicing("2026-01-31").sorted("move_type")
        self.assertEqual(moves.mapped("amount_untaxed"), [135, 25])

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        settings.support_credits_apart = True
        settings.execute()
        self.assertTrue(self.company.support_credits_apart)
