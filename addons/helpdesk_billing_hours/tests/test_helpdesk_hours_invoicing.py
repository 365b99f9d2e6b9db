"""The invoicing run: what is ready, once, to the cent; the rest is listed (R-A8)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestInvoicing(BillingCommon):
    def assertAmounts(self, move, untaxed, tax, total):
        self.assertEqual(
            [
                f"{amount:.2f}"
                for amount in (move.amount_untaxed, move.amount_tax, move.amount_total)
            ],
            [untaxed, tax, total],
        )

    def make_worked_ticket(self, worked="2:10", day="2026-01-13", **kwargs):
        ticket = self.make_authorized_ticket(**kwargs)
        self.log(ticket, f"{day} 10:00", worked)
        return ticket

    def test_to_the_cent(self):
        """2:10 at 45.00 = 97.50, 15 % tax 14.63: 112.13."""
        ticket = self.make_worked_ticket()
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.state, "draft")
        self.assertEqual(move.move_type, "out_invoice")
        self.assertEqual(move.partner_id, self.customer)
        self.assertAmounts(move, "97.50", "14.63", "112.13")
        move.with_user(self.accountant).action_post()
        self.assertAmounts(move, "97.50", "14.63", "112.13")
        self.assertEqual(ticket.invoice_count, 1)

    def test_amounts(self):
        """Odd minutes and prices do not lose a cent."""
        self.company.tax_calculation_rounding_method = "round_globally"
        for worked, price, untaxed, tax, total in (
            ("0:20", 45, "45.00", "6.75", "51.75"),  # the minimum of 1:00
            ("1:01", 45, "45.75", "6.86", "52.61"),  # 61/60 x 45; 6.8625
            ("2:59", 33.33, "99.43", "14.92", "114.35"),  # 99.4345; 14.9152
            ("3:00", 45, "135.00", "20.25", "155.25"),
        ):
            with self.subTest(worked=worked, price=price):
                self.make_worked_ticket(worked, price_unit=price)
                self.assertAmounts(
                    self.run_invoicing("2026-01-31"), untaxed, tax, total
                )

    def test_other_tax(self):
        self.set_tax(12)
        self.make_worked_ticket()
        self.assertAmounts(self.run_invoicing("2026-01-31"), "97.50", "11.70", "109.20")

    def test_line_says_ticket_reason_and_who_authorised(self):
        ticket = self.make_worked_ticket()
        line = self.run_invoicing("2026-01-31").invoice_line_ids
        authorization = ticket.authorization_ids
        for words in (
            ticket.number,
            "User error or misuse is not covered",
            "Lucía Paredes",
            authorization.name,
        ):
            self.assertIn(words, line.name)
        self.assertEqual(line.product_id, self.product)
        self.assertEqual(line.price_unit, 45)

    def test_customers_language(self):
        """Reasons and lines are Spanish for a customer who is, whoever charged them."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"].search(
            [("name", "in", ["helpdesk_billing_hours", "helpdesk_warranty"])]
        )._update_translations(["es_ES"])
        self.customer.lang = "es_ES"
        self.accountant.lang = self.agent.lang = "en_US"
        ticket = self.make_worked_ticket("0:20")
        reasons = ticket.share_ids.mapped("reason")
        self.assertIn("Mínimo de 1 hora por ticket", reasons)
        ticket.with_context(lang="en_US")._reallocate_hours()
        self.assertEqual(ticket.share_ids.mapped("reason"), reasons)
        line = self.run_invoicing("2026-01-31").invoice_line_ids
        self.assertIn("Autorizado por Lucía Paredes", line.name)
        for reason in reasons:
            self.assertIn(reason, line.name)

    def test_line_opens_its_hours(self):
        ticket = self.make_worked_ticket()
        move = self.run_invoicing("2026-01-31")
        self.assertTrue(move.has_support_hours)
        self.assertEqual(move.invoice_line_ids.support_hours_count, 1)
        action = move.action_view_support_hours()
        shares = self.env["helpdesk.hours.share"].search(action["domain"])
        self.assertEqual(shares, ticket.share_ids)
        self.assertEqual(ticket.action_view_invoices()["res_id"], move.id)

    def test_again_changes_nothing(self):
        self.make_worked_ticket()
        self.run_invoicing("2026-01-31")
        count = self.env["account.move"].search_count([])
        for date_to in ("2026-01-31", "2026-02-28"):
            with self.assertRefused("no support hours to invoice"):
                self.run_invoicing(date_to)
        self.assertEqual(self.env["account.move"].search_count([]), count)

    def test_nothing_to_invoice_says_so(self):
        with self.assertRefused("no support hours to invoice until 2026-01-31"):
            self.run_invoicing("2026-01-31")

    def test_minimum_is_invoiced_once(self):
        """0:20 → 1:00; 0:30 next month → nothing; 0:25 more → 0:15."""
        ticket = self.make_worked_ticket("0:20")
        first = self.run_invoicing("2026-01-31")
        self.assertEqual(first.invoice_line_ids.quantity, 1)
        self.assertEqual(len(first.invoice_line_ids.support_share_ids), 2)
        self.log(ticket, "2026-02-10 10:00", "0:30")
        self.assertFalse(self.run_invoicing("2026-02-28"))
        self.log(ticket, "2026-03-10 10:00", "0:25")
        third = self.run_invoicing("2026-03-31")
        self.assertEqual(third.invoice_line_ids.quantity, 0.25)
        self.assertCharged(ticket, billable="1:15")

    def test_not_authorised_is_left_out_and_listed(self):
        """3:40 with 3:00 authorised: 3:00 is invoiced, 0:40 waits."""
        ticket = self.make_worked_ticket("3:40")
        with at("2026-01-31 12:00"):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(self.accountant)
                .create({"date_to": "2026-01-31"})
            )
            self.assertEqual(sum(wizard.share_ids.mapped("minutes")), 180)
            self.assertEqual(wizard.exception_ids.mapped("minutes"), [40])
            self.assertIn("authorisation", wizard.exception_ids.reason)
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.invoice_line_ids.quantity, 3)
        self.approve(
            self.make_authorization(ticket, "2026-02-02 10:00", hours=1, price_unit=50),
            "2026-02-02 11:00",
        )
        second = self.run_invoicing("2026-02-28")
        self.assertAlmostEqual(second.invoice_line_ids.quantity, 40 / 60, 5)

    def test_without_a_contract_is_left_out_and_listed(self):
        """Nobody authorised, and no contract: listed as such until somebody does."""
        _customer, buyer = self.make_customer("Brisa", "brisa")
        ticket = self.make_ticket("10:00", partner_id=buyer.partner_id.id)
        self.assertFalse(ticket.contract_id)
        self.log(ticket, "2026-01-13 10:00", "1:00")
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create({})
            self.assertEqual(wizard.exception_ids.mapped("hold"), ["no_contract"])
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")
        self.approve(self.make_authorization(ticket), user=buyer)
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 45)

    def test_overage_without_a_price_is_left_out_and_listed(self):
        self.make_pack("0:30")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "1:30")
        self.make_worked_ticket()
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(len(move.invoice_line_ids), 1)
        overage = ticket.share_ids.filtered(lambda share: share.charge == "overage")
        self.assertFalse(overage.settled)
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create(
                {"date_to": "2026-01-31"}
            )
            self.assertEqual(wizard.exception_ids, overage)

    def test_overage_at_the_contracts_price(self):
        self.contract.write({"hour_price": 40, "has_overage_consent": True})
        self.make_pack("0:30")
        self.log(self.make_ticket("10:00"), "10:30", "1:30")
        move = self.run_invoicing("2026-01-31")
        self.assertAmounts(move, "40.00", "6.00", "46.00")
        reason = f"Hours beyond the pack (Included in {self.contract.plan_id.name})"
        self.assertIn(reason, move.invoice_line_ids.name)

    def test_totals_before_the_run_are_those_of_the_drafts(self):
        self.make_worked_ticket("1:01")
        self.make_worked_ticket("2:59", price_unit=33.33)
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create(
                {"date_to": "2026-01-31"}
            )
            total = wizard._get_totals()
            self.assertIn("145.18", wizard.totals)
        self.assertEqual([round(row["amount"], 2) for row in total], [145.18])
        self.assertEqual(total[0]["hours"], 4)
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(f"{move.amount_untaxed:.2f}", "145.18")

    def test_up_to_the_date_in_the_customers_zone(self):
        """31 January 23:30 in Guayaquil is January's, though February's in UTC."""
        ticket = self.make_authorized_ticket("9:00")
        self.log(ticket, "2026-01-31 23:30", "2:00")
        self.log(ticket, "2026-02-01 00:00", "3:00")
        first = self.run_invoicing("2026-01-31")
        self.assertEqual(first.invoice_line_ids.quantity, 2)
        second = self.run_invoicing("2026-02-28")
        self.assertEqual(second.invoice_line_ids.quantity, 3)

    def test_late_entries_come_with_the_next_run(self):
        """An entry of January logged in February is in February's run."""
        ticket = self.make_worked_ticket()
        self.run_invoicing("2026-01-31")
        late = self.log(ticket, "2026-01-20 10:00", "0:30")
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.invoice_line_ids.quantity, 0.5)
        # The first open day: January was closed by its run.
        self.assertEqual(str(late.share_ids.accounting_date), "2026-02-01")
        self.assertEqual(str(late.share_ids.work_date), "2026-01-20")

    def test_one_invoice_per_customer(self):
        """Two tickets of one customer are two lines of one draft."""
        first, second = self.make_worked_ticket(), self.make_worked_ticket("1:30")
        other_customer = self.stranger.partner_id.commercial_partner_id
        third = self.make_ticket(
            "10:00",
            partner_id=self.stranger.partner_id.id,
            work_override_reason=False,
        )
        self.approve(self.make_authorization(third), user=self.stranger)
        self.log(third, "2026-01-13 10:00", "1:00")
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(moves.partner_id, self.customer | other_customer)
        mine = moves.filtered(lambda move: move.partner_id == self.customer)
        self.assertEqual(len(mine.invoice_line_ids), 2)
        for ticket, quantity in ((first, 130 / 60), (second, 1.5)):
            line = ticket.share_ids.move_line_id
            self.assertAlmostEqual(line.quantity, quantity, 5)

    def test_chosen_customers_only(self):
        self.make_worked_ticket()
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31", partner_ids=[self.stranger.partner_id.id])
        move = self.run_invoicing("2026-01-31", partner_ids=[self.contact.id])
        self.assertEqual(move.partner_id, self.customer)

    def test_invoice_goes_to_the_invoice_address(self):
        address = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": self.customer.id}
        )
        self.make_worked_ticket()
        self.assertEqual(self.run_invoicing("2026-01-31").partner_id, address)

    def test_currency_of_the_contract(self):
        """Each currency has its own invoice."""
        euro = self.env.ref("base.EUR")
        dollar = self.env.ref("base.USD")
        (euro | dollar).active = True
        self.set_currency(euro)
        self.make_worked_ticket()
        self.set_currency(dollar)
        self.make_worked_ticket()
        moves = self.run_invoicing("2026-01-31")
        self.assertEqual(moves.currency_id, euro | dollar)
        self.assertEqual([move.amount_untaxed for move in moves], [97.5, 97.5])

    def test_another_company_is_not_touched(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.make_worked_ticket()
        self.accountant.company_ids |= company
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31", company_id=company.id)


@tagged("post_install", "-at_install")
class TestFreed(BillingCommon):
    """An hour is on one live invoice at most; a dead one frees exactly its hours."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.other = self.make_authorized_ticket()
        self.log(self.other, "2026-01-13 14:00", "1:30")
        self.invoice = self.run_invoicing("2026-01-31")

    def assertBilledOnce(self):
        """Assert that each ticket's hours are on one live invoice, fully."""
        for ticket, minutes in ((self.ticket, 130), (self.other, 90)):
            lines = ticket.share_ids.move_line_id
            self.assertEqual(sum(ticket.share_ids.mapped("minutes")), minutes)
            self.assertEqual(len(lines), 1)
            self.assertNotEqual(lines.parent_state, "cancel")
            self.assertAlmostEqual(lines.quantity, minutes / 60, 5)

    def test_deleted_draft(self):
        self.invoice.unlink()
        self.assertFalse(self.ticket.share_ids.move_line_id)
        second = self.run_invoicing("2026-01-31")
        self.assertEqual(len(second), 1)
        self.assertBilledOnce()
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")

    def test_cancelled_draft(self):
        self.invoice.button_cancel()
        self.assertFalse(self.ticket.share_ids.move_line_id)
        self.run_invoicing("2026-01-31")
        self.assertBilledOnce()

    def test_cancelled_after_posting(self):
        self.invoice.action_post()
        self.invoice.button_draft()
        self.assertTrue(self.ticket.share_ids.move_line_id)
        self.invoice.button_cancel()
        self.run_invoicing("2026-01-31")
        self.assertBilledOnce()

    def test_deleted_line_frees_its_ticket_only(self):
        line = self.other.share_ids.move_line_id
        line.with_user(self.accountant).unlink()
        self.assertTrue(self.ticket.share_ids.settled)
        self.assertFalse(any(self.other.share_ids.mapped("settled")))
        second = self.run_invoicing("2026-01-31")
        self.assertEqual(len(second.invoice_line_ids), 1)
        self.assertBilledOnce()

    def test_cancelled_then_reset_to_draft(self):
        """The hours come back, unless another invoice took them in between."""
        self.invoice.button_cancel()
        self.invoice.button_draft()
        self.assertEqual(self.ticket.share_ids.move_line_id.move_id, self.invoice)
        self.assertBilledOnce()
        self.invoice.button_cancel()
        self.run_invoicing("2026-01-31")
        with self.assertRefused("by now: cancel or credit that one first"):
            self.invoice.button_draft()
        self.assertBilledOnce()

    def test_posted_stays(self):
        self.invoice.action_post()
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")
        self.assertBilledOnce()
