"""Credit notes of credit notes, discounts, corrections: no hour is charged twice."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_credit_notes import CreditCommon
from .test_helpdesk_support_fee import FeeCommon


class EdgeCommon(CreditCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket("6:00")
        self.line = self.log(self.ticket, "2026-01-13 10:00", "5:00")
        self.move = self.invoice()

    def assertNothingLeft(self, date_to="2026-02-28"):
        with self.assertRefused("no support hours"):
            self.run_invoicing(date_to)


@tagged("post_install", "-at_install")
class TestDiscount(EdgeCommon):
    def test_another_price_is_no_credit_of_hours(self):
        """5:00 at 45.00, credited at 10.00: a discount; 225.00 are not charged anew."""
        refund = self.reverse(self.move)
        refund.invoice_line_ids.price_unit = 10
        with self.assertRefused("tick The Customer Keeps the Hours"):
            self.post(refund)
        refund.with_user(self.accountant).keeps_support_hours = True
        self.post(refund)
        self.assertEqual(self.get_live(self.ticket), (300, 0))
        self.assertNothingLeft()

    def test_a_discount_in_percent(self):
        refund = self.reverse(self.move)
        refund.invoice_line_ids.discount = 50
        with self.assertRefused("22.50 an hour"):
            self.post(refund)

    def test_a_discount_becomes_a_credit_once_it_is_drafted_again(self):
        refund = self.reverse(self.move)
        refund.keeps_support_hours = True
        self.post(refund)
        with self.assertRefused("reset it to draft"):
            refund.with_user(self.accountant).keeps_support_hours = False
        with at("2026-02-03 12:00"):
            refund.button_draft()
        refund.keeps_support_hours = False
        for credit in refund.support_credit_ids:
            credit.minutes = 300
        self.post(refund)
        self.assertEqual(self.get_live(self.ticket), (0, 300))

    def test_time_chosen_by_hand_is_never_overwritten(self):
        """5:00 on the credit note, 0:00 chosen: it asks instead of guessing."""
        refund = self.reverse(self.move)
        refund.support_credit_ids.with_user(self.accountant).hours = 0
        with self.assertRefused("not said which ones"):
            self.post(refund)


@tagged("post_install", "-at_install")
class TestCreditOfCredit(EdgeCommon):
    def test_hours_go_to_the_new_invoice(self):
        refund = self.reverse(self.move)
        self.post(refund)
        again = self.reverse(refund, "2026-02-04 10:00")
        self.assertEqual(again.move_type, "out_invoice")
        self.assertEqual(self.get_live(self.ticket), (300, 0))
        self.assertEqual(again.invoice_line_ids.support_share_ids.line_id, self.line)
        self.assertFalse(again.support_hours_differ)
        self.post(again, "2026-02-04 11:00")
        self.assertNothingLeft()
        with self.assertRefused("by now: cancel or credit that one first"):
            refund.button_draft()

    def test_its_credit_frees_them_again(self):
        refund = self.reverse(self.move)
        self.post(refund)
        again = self.reverse(refund, "2026-02-04 10:00")
        self.post(again, "2026-02-04 11:00")
        self.post(self.reverse(again, "2026-02-05 10:00"), "2026-02-05 11:00")
        self.assertEqual(self.get_live(self.ticket), (0, 300))
        self.assertEqual(self.run_invoicing("2026-02-28").amount_untaxed, 225)

    def test_charged_meanwhile_is_not_taken(self):
        """The run was first: the new invoice has no hours to show."""
        refund = self.reverse(self.move)
        self.post(refund)
        draft = self.run_invoicing("2026-02-28")
        again = self.reverse(refund, "2026-03-02 10:00")
        self.assertFalse(again.invoice_line_ids.support_share_ids)
        self.assertTrue(again.support_hours_differ)
        self.assertEqual(self.ticket.share_ids.move_line_id.move_id, draft)


@tagged("post_install", "-at_install")
class TestAddedMinutes(CreditCommon):
    def test_minimum_is_on_one_live_invoice(self):
        """0:20 billed as 1:00; 0:30 credited and billed again: the credit note stays.

        Of two shares the last 0:30 of the minimum are chosen.
        """
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "0:20")
        refund = self.reverse(self.invoice())
        refund.invoice_line_ids.quantity = 0.5
        for credit in refund.support_credit_ids:
            credit.minutes = 0 if credit.share_id.line_id else 30
        self.post(refund)
        second = self.run_invoicing("2026-02-28")
        self.assertEqual(second.invoice_line_ids.quantity, 0.5)
        with self.assertRefused("by now: cancel or credit that one first"):
            refund.button_draft()
        self.assertCharged(ticket, billable="1:00")

    def test_fee_of_an_improper_escalation(self):
        """R-A12: credited and billed again; the credit note cannot be undone."""
        self.contract.hour_price = 45
        ticket = self.make_ticket("2026-01-12 08:00", "3")
        escalation = self.make_escalation(ticket, "2026-01-12 09:00")
        escalation.write({"is_improper": True, "improper_reason": "No emergency"})
        self.env.flush_all()
        move = self.invoice()
        self.assertEqual(move.invoice_line_ids.quantity, 1)
        refund = self.reverse(move)
        self.post(refund)
        self.assertEqual(self.run_invoicing("2026-02-28").invoice_line_ids.quantity, 1)
        with self.assertRefused("by now: cancel or credit that one first"):
            refund.button_draft()


@tagged("post_install", "-at_install")
class TestCorrection(EdgeCommon):
    def setUp(self):
        super().setUp()
        self.log(self.ticket, "2026-02-10 10:00", "-2:00")

    def test_below_zero_waits_and_says_so(self):
        """-2:00 of what was invoiced: no invoice of -90.00, and nothing is lost."""
        with at("2026-02-28 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"]
            wizard = wizard.with_user(self.accountant).create({"date_to": "2026-02-28"})
            self.assertIn("take off", wizard.totals)
        self.assertFalse(self.run_invoicing("2026-02-28"))
        failure = self.env["helpdesk.hours.run.failure"].search([], limit=1)
        self.assertIn("Corrections of Comercial Andina", failure.message)
        self.assertEqual(self.get_live(self.ticket), (300, -120))

    def test_it_is_set_off_against_later_hours(self):
        self.assertFalse(self.run_invoicing("2026-02-28"))
        self.log(self.ticket, "2026-03-03 10:00", "3:00")
        draft = self.run_invoicing("2026-03-31")
        self.assertEqual(draft.invoice_line_ids.quantity, 1)
        self.assertEqual(draft.amount_untaxed, 45)

    def test_it_is_set_off_against_a_credit_note(self):
        refund = self.reverse(self.move, "2026-03-02 10:00")
        refund.invoice_line_ids.quantity = 2
        self.post(refund, "2026-03-02 11:00")
        self.assertFalse(self.run_invoicing("2026-03-31"))
        self.assertFalse(self.ticket.share_ids.filtered(lambda s: not s.settled))
        self.assertNothingLeft("2026-04-30")


@tagged("post_install", "-at_install")
class TestAnnexAfterCancel(EdgeCommon):
    def test_hours_are_listed_once(self):
        """Cancelled, the period closed, drafted again: 5:00, not 10:00."""
        with at("2026-02-03 10:00"):
            self.move.button_draft()
            self.move.button_cancel()
        self.company.sale_lock_date = "2026-02-28"
        with at("2026-03-03 10:00"):
            self.move.button_draft()
            self.move.invoice_date = "2026-03-03"
        self.post(self.move, "2026-03-03 11:00")
        rows = self.move.with_user(self.accountant)._get_support_annex()
        self.assertEqual([row["accounted"] for row in rows], [5])


@tagged("post_install", "-at_install")
class TestPrice(CreditCommon):
    def test_tax_included_in_the_price(self):
        """45.00 are before taxes: 4:05 h are 183.75 and 27.56 of 15 %, either way."""
        self.tax.price_include_override = "tax_included"
        ticket = self.make_authorized_ticket("5:00")
        self.log(ticket, "2026-01-13 09:00", "4:05")
        move = self.run_invoicing("2026-01-31")
        self.assertEqual((move.amount_untaxed, move.amount_tax), (183.75, 27.56))

    def test_price_of_a_product_whose_tax_is_included(self):
        """51.75 with 15 % in it are 45.00: an invoice of an hour shows 51.75."""
        self.tax.price_include_override = "tax_included"
        product, company = self.product, self.company
        product.lst_price = 51.75
        price = product._get_support_price(
            self.env["product.pricelist"], company.currency_id, company, "2026-01-01"
        )
        self.assertAlmostEqual(price, 45)

    def test_fiscal_position_without_tax(self):
        """An included tax that the customer does not pay takes nothing off."""
        self.tax.price_include_override = "tax_included"
        free = self.env["account.tax"].create(
            {
                "name": "IVA 0%",
                "amount": 0,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
            }
        )
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        free.write(
            {
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(self.tax.id)],
            }
        )
        self.customer.property_account_position_id = position
        ticket = self.make_authorized_ticket("5:00")
        self.log(ticket, "2026-01-13 09:00", "4:00")
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.invoice_line_ids.tax_ids, free)
        self.assertEqual((move.amount_untaxed, move.amount_tax), (180, 0))


@tagged("post_install", "-at_install")
class TestCustomer(CreditCommon):
    def test_contact_who_moves_takes_no_hours_along(self):
        """Worked for the first customer, on its contract: invoiced to it."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-02-03 10:00", "1:00")
        other = self.env["res.partner"].create(
            {"name": "Otra Empresa", "is_company": True}
        )
        self.contact.parent_id = other
        self.env.flush_all()
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.commercial_partner_id, self.customer)

    def test_work_under_the_renewal(self):
        """Opened before the end, worked on after it: covered, at the new terms."""
        self.contract.write({"date_start": "2025-02-15", "date_end": "2026-02-14"})
        ticket = self.make_ticket("2026-02-12 10:00")
        before = self.log(ticket, "2026-02-13 10:00", "1:00")
        with at("2026-02-13 12:00"):
            self.contract.action_renew()
            renewal = self.contract.renewal_id
        after = self.log(ticket, "2026-02-16 10:00", "1:00")
        code, _note = ticket._coverage_at(after.started_at)
        self.assertEqual(code, "contract_not_in_force")
        with at("2026-02-16 12:00"):
            renewal.is_signed = True
            self.env.flush_all()
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        self.run_cron("2026-02-16 12:05", cron)
        self.assertEqual(ticket.coverage, "covered")
        self.assertEqual(before.share_ids.contract_id, self.contract)
        self.assertEqual(after.share_ids.contract_id, renewal)
        self.assertEqual(set(ticket.share_ids.mapped("charge")), {"free"})


@tagged("post_install", "-at_install")
class TestPackValue(CreditCommon):
    def get_pack(self, move):
        return self.env["helpdesk.hours.pack"].search(
            [("move_line_id", "in", move.line_ids.ids)]
        )

    def test_value_follows_the_quantity(self):
        """Three packs of 20 h, then one: an hour is worth 35.00 as before."""
        move = self.sell_pack()
        with at("2026-02-02 12:00"):
            move.button_draft()
            move.invoice_line_ids.quantity = 3
            move.action_post()
            pack = self.get_pack(move)
            self.assertEqual((pack.hours, pack.hour_value), (60, 35))
            move.button_draft()
            move.invoice_line_ids.quantity = 1
            move.action_post()
        self.env.invalidate_all()
        self.assertEqual((pack.hours, pack.hour_value), (20, 35))

    def test_all_hours_are_worth_what_was_paid(self):
        """700.00 by 43 h is no round price; the liability is 700.00 all the same."""
        move = self.sell_pack()
        pack = self.get_pack(move)
        pack.sudo().hours = 43
        self.env.flush_all()
        with at("2026-03-01 10:00"):
            wizard = self.env["helpdesk.hours.liability"].with_user(self.accountant)
            wizard = wizard.create({"date_from": "2026-02-01", "date_to": "2026-02-28"})
            wizard.action_show()
        line = wizard.line_ids.filtered(lambda line: line.pack_id == pack)
        self.assertEqual((line.closing, line.closing_amount), (43, 700))

    def test_discount_that_leaves_the_hours(self):
        """100.00 of 700.00 credited, 20 h kept: an hour is worth 30.00."""
        move = self.sell_pack()
        pack = self.get_pack(move)
        refund = self.reverse(move)
        refund.invoice_line_ids.price_unit = 100
        refund.keeps_support_hours = True
        self.post(refund)
        self.env.invalidate_all()
        self.assertEqual((pack.hours_left, pack.hour_value), (20, 30))

    def test_line_that_sells_no_hours_any_more(self):
        move = self.sell_pack()
        self.assertTrue(self.get_pack(move))
        with at("2026-02-02 12:00"):
            move.button_draft()
            move.invoice_line_ids.product_id = self.product
            move.action_post()
        self.assertFalse(self.get_pack(move))

    def test_hours_of_a_sold_pack_are_not_edited(self):
        pack = self.get_pack(self.sell_pack())
        with self.assertRefused("make an adjustment"):
            pack.with_user(self.manager).hours = 99

    def test_credit_note_in_another_currency(self):
        """A quarter of the price, in a currency of which two are one: 5:00 h."""
        other = self.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rate_ids": [Command.create({"name": "2020-01-01", "rate": 2})],
            }
        )
        move = self.sell_pack()
        pack = self.get_pack(move)
        refund = self.reverse(move)
        refund.write({"currency_id": other.id})
        refund.invoice_line_ids.price_unit = 350
        self.post(refund)
        self.assertEqual(pack._get_hours(), 15)

    def test_reversed_credit_note_gives_the_hours_again(self):
        move = self.sell_pack()
        pack = self.get_pack(move)
        refund = self.reverse(move)
        self.post(refund)
        self.assertEqual(pack._get_hours(), 0)
        again = self.reverse(refund, "2026-02-04 10:00")
        self.assertEqual(pack._get_hours(), 0)
        self.post(again, "2026-02-04 11:00")
        self.assertEqual(pack._get_hours(), 20)
        self.assertFalse(self.get_pack(again))


@tagged("post_install", "-at_install")
class TestFeeCreditOfCredit(FeeCommon):
    def test_fee_is_charged_once(self):
        """Invoice, credit note, its reversal: the fee is invoiced, 50 h are there."""
        paid = self.make_paid()
        move = self.make_fee_invoice(paid)
        self.post(move)
        refund = self.reverse(move, "2026-04-01 10:00")
        self.post(refund, "2026-04-01 11:00")
        self.assertEqual(paid.fee_ids.state, "open")
        again = self.reverse(refund, "2026-04-02 10:00")
        self.env.invalidate_all()
        self.assertEqual(paid.fee_ids.state, "invoiced")
        self.post(again, "2026-04-02 11:00")
        self.env.invalidate_all()
        self.assertEqual(paid.fee_ids.state, "invoiced")
        packs = paid.pack_ids.filtered(lambda pack: not pack.adjusts_id)
        self.assertEqual(sum(pack._get_hours() for pack in packs), 50)


@tagged("post_install", "-at_install")
class TestCreditOfTheRest(EdgeCommon):
    def test_second_credit_note_proposes_what_is_left(self):
        """2:00 of 5:00 are credited: the next credit note says 3:00, and is posted."""
        first = self.reverse(self.move)
        first.invoice_line_ids.quantity = 2
        self.post(first)
        second = self.reverse(self.move)
        self.assertEqual(second.invoice_line_ids.quantity, 3)
        self.post(second)
        self.assertEqual(self.get_live(self.ticket), (0, 300))

    def test_more_than_is_charged(self):
        first = self.reverse(self.move)
        first.invoice_line_ids.quantity = 2
        self.post(first)
        second = self.reverse(self.move)
        second.invoice_line_ids.quantity = 4
        with self.assertRefused("no more than 3:00 are charged still"):
            self.post(second)

    def test_reverse_and_create_after_a_partial_credit(self):
        first = self.reverse(self.move)
        first.invoice_line_ids.quantity = 2
        self.post(first)
        draft = self.reverse(self.move, modify=True)
        self.assertEqual(self.get_live(self.ticket), (300, 0))
        self.assertFalse(draft.support_hours_differ)

    def test_other_quantity_is_logged_when_posted(self):
        """4:00 of 5:00 charged: what is given away stands in the chatter."""
        ticket = self.make_authorized_ticket("6:00")
        self.log(ticket, "2026-02-10 10:00", "5:00")
        draft = self.run_invoicing("2026-02-28")
        draft.invoice_line_ids.quantity = 4
        self.post(draft, "2026-03-01 10:00")
        logged = " ".join(draft.message_ids.mapped("body"))
        self.assertIn("charges 4:00 of 5:00 hours", logged)
        self.assertNotIn("charges 5:00", " ".join(self.move.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestInformation(CreditCommon):
    def test_credit_note_leaves_covered_hours_settled(self):
        """Lines of 0.00 are information: a credit note frees no pack hours."""
        self.contract.shows_covered_hours = True
        pack = self.make_pack("10:00")
        covered = self.make_ticket("2026-01-12 10:00")
        self.log(covered, "2026-01-13 09:00", "1:00")
        billed = self.make_authorized_ticket()
        self.log(billed, "2026-01-13 10:00", "2:00")
        move = self.invoice()
        self.assertEqual(len(move.invoice_line_ids), 2)
        self.post(self.reverse(move))
        self.assertEqual(self.get_live(billed), (0, 120))
        self.assertTrue(all(covered.share_ids.mapped("settled")))
        self.assertEqual(pack.hours_left, 9)


@tagged("post_install", "-at_install")
class TestCreditedPack(CreditCommon):
    def setUp(self):
        super().setUp()
        self.move = self.sell_pack()
        self.pack = self.env["helpdesk.hours.pack"].search(
            [("move_line_id", "in", self.move.line_ids.ids)]
        )
        self.ticket = self.make_ticket("2026-02-02 10:00")
        self.line = self.log(self.ticket, "2026-02-03 10:00", "5:00")

    def test_hours_that_are_not_used_after_all_go_back_too(self):
        """All of 700.00 credited, 5:00 used; then they are deleted: nothing is left."""
        self.post(self.reverse(self.move, "2026-02-04 10:00"), "2026-02-04 11:00")
        self.assertEqual(self.pack._get_hours(), 5)
        with at("2026-02-05 10:00"):
            self.line.with_user(self.agent).unlink()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.pack._get_hours(), self.pack.hours_left), (0, 0))

    def test_new_invoice_gives_the_rest(self):
        """Reverse and Create Invoice, 5:00 of 20:00 used: 15:00 come with the new."""
        draft = self.reverse(self.move, "2026-02-04 10:00", modify=True)
        self.post(draft, "2026-02-04 11:00")
        packs = self.contract.pack_ids.filtered(lambda p: not p.adjusts_id)
        self.assertEqual(sum(pack._get_hours() for pack in packs), 20)
        self.assertEqual(sum(packs.mapped("hours_left")), 15)
