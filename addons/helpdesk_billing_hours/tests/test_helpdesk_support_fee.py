"""The yearly fee: frozen at the signature, invoiced once, with its hours (R-A6)."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_prices_and_packs import SalesCommon


class FeeCommon(SalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_product = cls.env.ref("helpdesk_billing_hours.product_priority_odoo_sh")
        cls.fee_product.taxes_id = [Command.set(cls.tax.ids)]

    def make_paid(self, sign="2026-03-01 09:00", plan=None, **values):
        """Return another customer's contract on a plan with a fee of 2500.00."""
        customer = self.make_customer("Otra", f"otra{self.next()}")[0]
        with at(sign):
            contract = self.make_contract(
                **{
                    "partner_id": customer.id,
                    "plan_id": (plan or self.plan).id,
                    "date_start": "2026-03-01",
                    "date_end": "2027-02-28",
                    **values,
                }
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return contract

    def next(self):
        self.counter = getattr(self, "counter", 0) + 1
        return self.counter

    def make_fee_invoice(self, contract, user=None, when="2026-03-01 10:00"):
        with at(when):
            own = contract.sudo(False).with_user(user or self.accountant)
            own.action_invoice_fee()
            self.env.flush_all()
        self.env.invalidate_all()
        return contract.fee_ids.move_id.sorted("id")[-1:]

    def post(self, move, when="2026-03-01 11:00"):
        if move.move_type == "out_invoice":
            move.invoice_date_due = "2030-12-31"  # an overdue fee stops the coverage
        with at(when):
            move.with_user(self.accountant).action_post()
            self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestFee(FeeCommon):
    def test_price_of_the_signature(self):
        """R-A6: signed at 2500.00, invoiced after prices went up: 2500.00 and 15 %."""
        contract = self.make_paid()
        fee = contract.fee_ids
        self.assertRecordValues(
            fee,
            [
                {
                    "price": 2500,
                    "hours": 50,
                    "state": "open",
                    "product_id": self.fee_product.id,
                }
            ],
        )
        self.fee_product.lst_price = 2750
        move = self.make_fee_invoice(contract)
        self.assertRecordValues(
            move,
            [
                {
                    "state": "draft",
                    "amount_untaxed": 2500,
                    "amount_tax": 375,
                    "partner_id": contract.partner_id.id,
                    "invoice_origin": contract.name,
                }
            ],
        )
        line = move.invoice_line_ids
        self.assertEqual(line.support_contract_id, contract)
        self.assertIn("50:00 support hours, usable through 03/01/2027", line.name)
        self.assertIn("03/01/2026 to 02/28/2027", line.name)
        self.assertEqual(fee.state, "draft")
        self.post(move)
        self.assertEqual(fee.state, "invoiced")

    def test_hours_of_the_posted_invoice(self):
        """Bought 1 March 2026: usable through 1 March 2027 in the customer's zone."""
        contract = self.make_paid()
        move = self.make_fee_invoice(contract)
        pack = contract.pack_ids
        self.assertEqual((pack.hours, pack.is_usable), (50, False))
        self.post(move)
        self.assertTrue(pack.is_usable)
        self.assertEqual(str(pack.date_from), "2026-03-01")
        self.assertEqual(str(pack.date_to), "2027-03-01")

    def test_price_list_and_currency_of_the_contract(self):
        """The contract's list says 2000.00; in money worth two, 4000.00."""
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Partners",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 2000,
                            "applied_on": "0_product_variant",
                            "product_id": self.fee_product.id,
                        }
                    )
                ],
            }
        )
        currency = self.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rate_ids": [Command.create({"name": "2025-01-01", "rate": 2})],
            }
        )
        contract = self.make_paid(pricelist_id=pricelist.id, currency_id=currency.id)
        self.assertEqual(contract.fee_ids.price, 4000)
        move = self.make_fee_invoice(contract)
        self.assertEqual((move.currency_id, move.amount_untaxed), (currency, 4000))

    def test_fiscal_position_of_the_customer(self):
        """An exempt customer pays no tax on the fee."""
        position = self.env["account.fiscal.position"].create({"name": "Exempt"})
        zero = self.tax.copy(
            {
                "name": "IVA 0%",
                "amount": 0,
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        contract = self.make_paid()
        contract.partner_id.property_account_position_id = position
        move = self.make_fee_invoice(contract)
        self.assertEqual(move.invoice_line_ids.tax_ids, zero)
        self.assertEqual(move.amount_total, 2500)

    def test_once_only(self):
        contract = self.make_paid()
        self.make_fee_invoice(contract)
        with self.assertRefused("No fee of .* is left to invoice"):
            self.make_fee_invoice(contract)
        with self.assertRefused("No fee is left to invoice"):
            contract.fee_ids.with_user(self.accountant).action_invoice()
        self.assertEqual(len(contract._get_support_moves()), 1)

    def test_on_signing(self):
        """The plan's switch: one click signs and drafts; signing again drafts none."""
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        move = contract.fee_ids.move_id
        self.assertEqual((move.state, move.amount_untaxed), ("draft", 2500))
        contract.action_sign()
        self.assertEqual(len(contract._get_support_moves()), 1)
        self.assertIn(
            "Draft invoice of the fee", contract.message_ids.mapped("body")[0]
        )

    def test_manager_signs_without_seeing_accounting(self):
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        second = contract.copy({"date_start": "2028-03-01", "date_end": "2029-02-28"})
        with at("2026-03-02 10:00"):
            second.with_user(self.manager).action_sign()
        self.assertEqual(second.fee_ids.state, "draft")

    def test_each_year_of_a_longer_contract(self):
        """Three years: the first is drafted on signing, the others as they begin."""
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid(date_end="2029-02-28")
        self.assertEqual(contract.fee_ids.mapped("state"), ["draft", "open", "open"])
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_invoice_fees")
        for when, states in (
            ("2027-02-28 23:59", ["draft", "open", "open"]),
            ("2027-03-01 00:01", ["draft", "draft", "open"]),
            ("2027-03-02 00:01", ["draft", "draft", "open"]),
        ):
            self.run_cron(when, cron)
            self.assertEqual(contract.fee_ids.mapped("state"), states, when)
        self.assertEqual(
            [str(pack.date_from) for pack in contract.pack_ids.sorted("date_from")],
            ["2026-03-01", "2027-03-01"],
        )

    def test_fee_of_zero_is_granted_without_an_invoice(self):
        self.set_terms(self.plan_standard, fee_invoicing="signing")
        contract = self.make_paid(plan=self.plan_standard)
        self.assertEqual(contract.fee_ids.state, "none")
        self.assertEqual(contract.pack_ids.hours, 50)
        self.assertEqual(str(contract.pack_ids.date_from), "2026-03-01")
        with self.assertRefused("is left to invoice"):
            self.make_fee_invoice(contract)

    def test_deleted_draft_can_be_made_again(self):
        contract = self.make_paid()
        self.make_fee_invoice(contract).unlink()
        self.assertEqual(contract.fee_ids.state, "open")
        self.assertFalse(contract.pack_ids)
        self.make_fee_invoice(contract)
        self.assertEqual(contract.fee_ids.state, "draft")
        self.assertEqual(len(contract.pack_ids), 1)

    def test_deleted_draft_is_not_made_again_by_the_job(self):
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        contract.fee_ids.move_id.unlink()
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_invoice_fees")
        self.run_cron("2026-03-05 10:00", cron)
        self.assertEqual(contract.fee_ids.state, "open")

    def test_a_fee_that_fails_stops_no_other(self):
        """Its contract says why, once; the next customer's draft is made."""
        first, second = self.make_paid(), self.make_paid()
        first.user_id = self.manager
        self.set_terms(self.plan, fee_invoicing="signing")
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_invoice_fees")
        fees = self.registry["helpdesk.support.fee"]
        prepare, reason = fees._prepare_invoice, "No journal"

        def fail(fee):
            if fee.contract_id == first:
                raise UserError(reason)
            return prepare(fee)

        with patch.object(fees, "_prepare_invoice", fail):
            for when in ("2026-03-05 10:00", "2026-03-06 10:00"):
                self.run_cron(when, cron)
        self.assertEqual(first.fee_ids.state, "open")
        self.assertFalse(first.fee_ids.drafted_at)
        self.assertEqual(second.fee_ids.state, "draft")
        told = first.activity_ids.mapped("summary")
        self.assertEqual(told, [f"{cron.name}: left out: No journal"])
        self.run_cron("2026-03-07 10:00", cron)
        self.assertEqual(first.fee_ids.state, "draft")

    def test_cancelled_draft_can_be_made_again_but_not_both(self):
        contract = self.make_paid()
        first = self.make_fee_invoice(contract)
        first.button_cancel()
        self.assertEqual(contract.fee_ids.state, "open")
        second = self.make_fee_invoice(contract)
        self.assertNotEqual(first, second)
        with self.assertRefused("by now: cancel or credit that one first"):
            first.button_draft()
        self.post(second)
        packs = contract.pack_ids
        self.assertEqual(sum(pack._get_hours() for pack in packs), 50)
        self.assertEqual(
            packs.mapped("date_from"), [contract.date_start, contract.date_start]
        )

    def test_hours_wait_for_the_invoice(self):
        """On a plan that invoices on signing, nothing is free while it is open."""
        self.set_terms(self.plan, fee_invoicing="signing")
        contract = self.make_paid()
        ticket = self.make_ticket("2026-03-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-03-02 10:00", "1:00")
        self.assertCharged(ticket, pending="1:00")
        contract.fee_ids.move_id.unlink()
        self.assertCharged(ticket, pending="1:00")
        self.assertEqual(ticket.share_ids.waits, "awaits_pack")
        move = self.make_fee_invoice(contract)
        self.post(move)
        self.assertCharged(ticket, pack="1:00")

    def test_line_made_by_hand_charges_the_fee(self):
        move = self.sell(self.fee_product, support_contract_id=self.contract.id)
        self.assertEqual(self.contract.fee_ids.move_id, move)
        with self.assertRefused("is left to invoice"):
            self.make_fee_invoice(self.contract)

    def test_other_dates_and_plan(self):
        """A year more has the agreed fee; another plan sets that of years to come."""
        contract = self.make_paid()
        self.fee_product.lst_price = 2750
        contract.date_end = "2028-02-28"
        self.assertEqual(contract.fee_ids.mapped("price"), [2500, 2500])
        with at("2026-06-01 10:00"):
            contract.plan_id = self.plan_always
        self.assertEqual(contract.fee_ids.mapped("price"), [2500, 6000])
        contract.date_end = "2027-02-28"
        self.assertEqual(contract.fee_ids.mapped("price"), [2500])

    def test_signed_contract_moves(self):
        """Other years: the agreed fee goes along; an invoiced one stays single."""
        contract = self.make_paid()
        contract.write({"date_start": "2027-03-15", "date_end": "2028-03-14"})
        fee = contract.fee_ids
        self.assertEqual((str(fee.date_from), fee.price), ("2027-03-15", 2500))
        move = self.make_fee_invoice(contract)
        with self.assertRefused("from 03/15/2027 is invoiced"):
            contract.date_start = "2027-03-01"
        contract.date_end = "2029-03-14"
        self.assertEqual(contract.fee_ids.mapped("state"), ["draft", "open"])
        contract.date_end = "2028-03-14"
        move.unlink()
        contract.date_start = "2027-03-01"
        self.assertIn("2027-03-01", [str(f.date_from) for f in contract.fee_ids])

    def test_free_hours_move_along(self):
        """A fee of 0: 50 h from the new first day, not 100 h."""
        contract = self.make_paid(plan=self.plan_standard)
        contract.write({"date_start": "2026-04-01", "date_end": "2027-03-31"})
        pack = contract.pack_ids
        self.assertEqual((str(pack.date_from), pack.hours), ("2026-04-01", 50))
        ticket = self.make_ticket("2026-04-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-04-02 10:00", "1:00")
        self.run_invoicing("2026-04-30")
        with self.assertRefused("counts in the period until 04/30/2026, which is"):
            contract.date_start = "2026-03-15"

    def test_adjusted_hours_move_along(self):
        """A fee of 0, 5 h given on top: both years and the 5 h begin a month later."""
        contract = self.make_paid(plan=self.plan_standard, date_end="2028-02-29")
        first, second = contract.pack_ids.sorted("date_from")
        gift = self.make_pack("5:00", contract_id=contract.id, adjusts_id=first.id)
        contract.write({"date_start": "2026-04-01", "date_end": "2028-03-31"})
        self.assertEqual(contract.pack_ids, first | second | gift)
        self.assertEqual(
            [(str(p.date_from), str(p.date_to)) for p in first | gift | second],
            [
                ("2026-04-01", "2027-04-01"),
                ("2026-04-01", "2027-04-01"),
                ("2027-04-01", "2028-04-01"),
            ],
        )
        self.assertEqual(first.hours_left, 55)
        self.assertEqual(
            contract.fee_ids.mapped("date_from"), (first | second).mapped("date_from")
        )

    def test_adjusted_hours_of_a_year_that_is_dropped(self):
        """One year instead of two: the 5 h of the second are somebody's decision."""
        contract = self.make_paid(plan=self.plan_standard, date_end="2028-02-29")
        second = contract.pack_ids.sorted("date_from")[1]
        gift = self.make_pack("5:00", contract_id=contract.id, adjusts_id=second.id)
        with self.assertRefused("from 03/01/2027 is adjusted by 05:00 hours: delete"):
            contract.date_end = "2027-02-28"
        self.assertEqual(len(contract.fee_ids), 2)
        gift.unlink()
        contract.date_end = "2027-02-28"
        self.assertEqual(len(contract.pack_ids), 1)

    def test_hours_used_move_along_until_they_are_settled(self):
        """1 h of 2 April: the year may begin on 1 April, until the run of April."""
        contract = self.make_paid(plan=self.plan_standard)
        ticket = self.make_ticket("2026-04-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-04-02 10:00", "1:00")
        pack = contract.pack_ids
        with at("2026-04-03 10:00"):
            contract.write({"date_start": "2026-04-01", "date_end": "2027-03-31"})
        self.assertEqual((str(pack.date_from), pack.hours_left), ("2026-04-01", 49))
        self.run_invoicing("2026-04-30")
        with self.assertRefused("end it and sign another one from the new date"):
            contract.write({"date_start": "2026-04-15", "date_end": "2027-04-14"})

    def test_another_plan_gives_its_free_hours(self):
        """From 2500.00 to 0 for the year to come, and back: 50 h, then none."""
        contract = self.make_paid(date_end="2028-02-28")
        with at("2026-06-01 10:00"):
            contract.plan_id = self.plan_standard
        self.assertEqual(contract.fee_ids.mapped("state"), ["open", "none"])
        self.assertEqual(str(contract.pack_ids.date_from), "2027-03-01")
        with at("2026-06-01 11:00"):
            contract.plan_id = self.plan
        self.assertEqual(contract.fee_ids.mapped("state"), ["open", "open"])
        self.assertFalse(contract.pack_ids)

    def test_signed_anew_with_other_dates(self):
        """Unsigned, moved and signed: the fees are those of the new years."""
        contract = self.make_paid()
        contract.write({"is_signed": False})
        contract.write({"date_start": "2026-05-01", "date_end": "2027-04-30"})
        contract.action_sign()
        self.assertEqual(str(contract.fee_ids.date_from), "2026-05-01")

    def test_needs_the_signature(self):
        contract = self.make_contract(
            sign=False, date_start="2030-01-01", date_end="2030-12-31"
        )
        with self.assertRefused("sign .* first"):
            self.make_fee_invoice(contract)

    def test_rights(self):
        """Accountants and managers invoice; agents read; customers see nothing."""
        contract = self.make_paid()
        fee = contract.fee_ids
        for user in (self.agent, self.portal_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.make_fee_invoice(contract, user)
        self.assertEqual(fee.with_user(self.agent).price, 2500)
        for user in (self.agent, self.manager, self.accountant):
            for name in ("write", "create", "unlink"):
                self.assertFalse(fee.sudo(False).with_user(user).has_access(name))
        with self.assertRaises(AccessError):
            fee.sudo(False).with_user(self.portal_user).read(["price"])
        action = contract.sudo(False).with_user(self.manager).action_invoice_fee()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(fee.state, "draft")

    def test_accountant_opens_the_contract(self):
        """All that the form shows can be read: phone lines, fees, packs."""
        contract = self.make_paid(
            phone_ids=[Command.create({"phone": "+593 0000"})],
        )
        form = Form(contract.sudo(False).with_user(self.accountant))
        self.assertEqual(len(form.fee_ids), 1)
        self.assertEqual(len(form.phone_ids), 1)

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.make_paid()
        stranger = self.make_user(
            "fee-stranger",
            "account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        fees = self.env["helpdesk.support.fee"].with_user(stranger)
        self.assertFalse(fees.search([]))
