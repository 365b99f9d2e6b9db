"""Credit of a fee: the unused hours go back, used ones stay used (R-A6)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_helpdesk_support_fee import FeeCommon


@tagged("post_install", "-at_install")
class TestPackCredit(FeeCommon):
    def setUp(self):
        super().setUp()
        self.paid = self.make_paid()
        self.move = self.make_fee_invoice(self.paid)
        self.post(self.move)
        self.pack = self.paid.pack_ids
        self.ticket = self.make_ticket(
            "2026-03-02 08:00", partner_id=self.paid.partner_id.id
        )

    def use(self, hours, when="2026-03-02 09:00"):
        return self.log(self.ticket, when, hours)

    def reverse(self, move=None, modify=False, when="2026-04-01 10:00"):
        return super().reverse(move or self.move, when, modify)

    def assertHours(self, total, used, left, pack=None):
        pack = pack or self.pack
        self.env.invalidate_all()
        self.assertEqual(
            (pack._get_hours(), pack.hours_used, pack.hours_left), (total, used, left)
        )

    def test_draft_takes_nothing_and_is_no_pack(self):
        refund = self.reverse()
        self.assertHours(50, 0, 50)
        self.assertEqual(self.paid.pack_ids, self.pack)
        self.assertIn(
            "Posting takes 50:00 unused hours back", refund.support_pack_notice
        )

    def test_full_credit(self):
        """8:00 of 50:00 are used: 42:00 go back; 8:00 are worth 400.00 of 2500.00."""
        self.use("8:00")
        refund = self.reverse()
        notice = refund.with_user(self.accountant).support_pack_notice
        self.assertIn("08:00 of 50:00 hours are used, worth $\xa0400.00", notice)
        self.assertIn("takes 42:00 unused hours back", notice)
        self.post(refund, "2026-04-01 11:00")
        self.assertHours(8, 8, 0)
        self.assertCharged(self.ticket, pack="8:00")
        self.assertIn("42:00 hours were taken back", refund.support_pack_notice)
        self.assertIn(refund.name, self.pack.adjustment_ids.name)
        action = refund.with_user(self.accountant).action_view_used_hours()
        shares = self.env["helpdesk.hours.share"].search(action["domain"])
        self.assertEqual(shares.ticket_id, self.ticket)
        self.assertEqual(self.paid.fee_ids.state, "open")

    def test_partial_credit_by_quantity_or_price(self):
        """A fifth of the price takes a fifth of the hours: 10:00."""
        for values in ({"quantity": 0.2}, {"price_unit": 500}):
            with self.subTest(values=values):
                refund = self.reverse()
                refund.invoice_line_ids.write(values)
                self.post(refund, "2026-04-01 11:00")
                self.assertHours(40, 0, 40)
                self.assertEqual(self.paid.fee_ids.state, "invoiced")
                with at("2026-04-01 12:00"):
                    refund.button_draft()
                self.assertHours(50, 0, 50)

    def test_partial_credit_never_takes_used_hours(self):
        """45:00 used, half of the price credited: the 5:00 that are left."""
        for day in range(2, 7):
            self.use("8:00", f"2026-03-0{day} 09:00")
        self.use("5:00", "2026-03-09 09:00")
        refund = self.reverse()
        refund.invoice_line_ids.quantity = 0.5
        self.assertIn("takes 05:00 unused", refund.support_pack_notice)
        self.post(refund, "2026-04-01 11:00")
        self.assertHours(45, 45, 0)
        self.use("1:00", "2026-04-02 10:00")
        self.assertCharged(self.ticket, pack="45:00", overage="1:00")

    def test_two_partial_credits(self):
        """60 % and 60 %: the second finds 20:00 only."""
        for expected in (20, 0):
            refund = self.reverse()
            refund.invoice_line_ids.quantity = 0.6
            self.post(refund, "2026-04-01 11:00")
            self.assertHours(expected, 0, expected)
        self.assertEqual(self.paid.fee_ids.state, "open")

    def test_reset_to_draft_gives_them_again(self):
        self.use("8:00")
        refund = self.reverse()
        self.post(refund, "2026-04-01 11:00")
        with at("2026-04-02 10:00"):
            refund.button_draft()
        self.assertHours(50, 8, 42)
        self.assertEqual(self.paid.fee_ids.state, "invoiced")
        self.assertEqual(self.pack.adjustment_ids.mapped("hours"), [-42, 42])
        self.use("2:00", "2026-04-03 09:00")
        self.post(refund, "2026-04-04 11:00")
        self.assertHours(10, 10, 0)
        with at("2026-04-05 10:00"):
            refund.button_draft()
            refund.unlink()
        self.assertHours(50, 10, 40)

    def test_discount_keeps_the_hours(self):
        refund = self.reverse()
        refund.invoice_line_ids.quantity = 0.2
        refund.with_user(self.accountant).keeps_support_hours = True
        self.post(refund, "2026-04-01 11:00")
        self.assertHours(50, 0, 50)

    def test_settled_hours_stay(self):
        self.use("8:00")
        self.run_invoicing("2026-03-31")
        self.post(self.reverse(), "2026-04-01 11:00")
        self.assertHours(8, 8, 0)
        self.assertTrue(all(self.ticket.share_ids.mapped("settled")))

    def test_invoiced_again_after_a_credit(self):
        """8:00 used and credited: the new invoice of the year gives the other 42:00."""
        self.use("8:00")
        refund = self.reverse()
        self.post(refund, "2026-04-01 11:00")
        again = self.make_fee_invoice(self.paid, when="2026-04-02 10:00")
        self.post(again, "2026-04-02 11:00")
        new = self.paid.pack_ids.filtered(lambda p: p.move_line_id.move_id == again)
        self.assertHours(8, 8, 0)
        self.assertHours(42, 0, 42, new)
        with self.assertRefused("by now: cancel or credit that one first"):
            refund.button_draft()

    def test_reverse_and_create_invoice(self):
        """The new draft charges the same year; nothing is granted twice."""
        self.use("8:00")
        draft = self.reverse(modify=True)
        self.assertEqual((draft.move_type, draft.state), ("out_invoice", "draft"))
        self.assertEqual(self.paid.fee_ids.move_id, draft)
        self.assertFalse(draft.support_hours_differ)
        new = self.paid.pack_ids.filtered(lambda p: p.move_line_id.move_id == draft)
        self.assertHours(8, 8, 0)
        self.assertHours(42, 0, 42, new)
        with self.assertRefused("is left to invoice"):
            self.make_fee_invoice(self.paid)
        self.post(draft, "2026-04-02 11:00")
        self.use("1:00", "2026-04-03 10:00")
        self.assertHours(42, 1, 41, new)

    def test_cancelled_invoice_leaves_what_was_settled(self):
        self.use("8:00")
        self.run_invoicing("2026-03-31")
        self.use("2:00", "2026-04-02 10:00")
        with at("2026-04-03 10:00"):
            self.move.button_draft()
            self.move.button_cancel()
        self.assertHours(8, 8, 0)
        self.assertEqual(self.paid.fee_ids.state, "open")

    def test_extra_pack(self):
        """A pack of 10 h, 4:00 used, credited: 6:00 go back."""
        self.post(self.reverse(), "2026-03-01 12:00")
        move = self.sell(
            self.ref("product_pack_10"),
            price_unit=300,
            support_contract_id=self.paid.id,
        )
        pack = move.invoice_line_ids.env["helpdesk.hours.pack"].search(
            [("move_line_id", "in", move.invoice_line_ids.ids)]
        )
        self.use("4:00")
        self.assertHours(10, 4, 6, pack)
        self.post(self.reverse(move), "2026-04-01 11:00")
        self.assertHours(4, 4, 0, pack)


@tagged("post_install", "-at_install")
class TestPayment(FeeCommon):
    def test_payment_that_is_taken_back(self):
        """Granted on payment: a returned payment lets what is not settled wait."""
        plan = self.plan.copy({"grant_on": "paid"})
        contract = self.make_paid(plan=plan)
        move = self.make_fee_invoice(contract)
        self.post(move)
        ticket = self.make_ticket("2026-03-02 10:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-03-02 10:00", "2:00")
        self.assertCharged(ticket, pending="2:00")
        self.pay(move)
        self.assertCharged(ticket, pack="2:00")
        self.run_invoicing("2026-03-31")
        self.log(ticket, "2026-04-02 10:00", "1:00")
        self.assertCharged(ticket, pack="3:00")
        with at("2026-04-10 10:00"):
            lines = move.line_ids.filtered(
                lambda ln: ln.account_id.account_type == "asset_receivable"
            )
            lines.remove_move_reconcile()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(contract.pack_ids.is_usable)
        self.assertCharged(ticket, pack="2:00", pending="1:00")
        self.assertEqual(contract.pack_ids.hours_left, 48)
