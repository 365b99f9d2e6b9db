"""What hours cost and where packs come from (R-A6, R-A8, R-A9)."""

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


class SalesCommon(BillingCommon):
    def sell(self, product, date="2026-03-01", post=True, due="2030-12-31", **line):
        """Invoice a product to the customer; return the move."""
        with at(f"{date} 10:00"):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": date,
                    "invoice_date_due": due,
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": product.id, "tax_ids": [], **line}
                        )
                    ],
                }
            )
            if post:
                move.action_post()
            self.env.flush_all()
        self.env.invalidate_all()
        return move

    def pay(self, move, date="2026-03-20"):
        with at(f"{date} 10:00"):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            ).create({"payment_date": date})._create_payments()
            self.env.flush_all()
        self.env.invalidate_all()

    def ref(self, name):
        return self.env.ref(f"helpdesk_billing_hours.{name}")


@tagged("post_install", "-at_install")
class TestPrices(SalesCommon):
    def test_fees_by_platform_and_plan(self):
        """R-A6: the fees of the nine rows, each with 50 hours."""
        table = {
            "odoo_sh": (0, 2500, 6000),
            "cloud": (0, 2500, 6000),
            "on_premise": (2000, 3000, 7000),
        }
        plans = (self.plan_standard, self.plan, self.plan_always)
        for platform, fees in table.items():
            for plan, fee in zip(plans, fees, strict=True):
                row = plan._get_price_row(platform)
                self.assertEqual((row.price, row.hours), (fee, 50))
                self.assertEqual(row.product_id.lst_price, fee)

    def test_each_row_has_a_product_of_its_own(self):
        """R-A6: price lists and taxes of one of the nine leave the other eight."""
        rows = (self.plan_standard | self.plan | self.plan_always).price_ids
        self.assertEqual(len(rows), 9)
        self.assertEqual(len(rows.product_id), 9)
        self.assertEqual(set(rows.product_id.mapped("type")), {"service"})
        row = self.plan_always._get_price_row("on_premise")
        before = {other: self.contract._get_fee_price(other) for other in rows}
        self.contract.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Partners",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "percentage",
                            "percent_price": 20,
                            "applied_on": "0_product_variant",
                            "product_id": row.product_id.id,
                        }
                    )
                ],
            }
        )
        after = {other: self.contract._get_fee_price(other) for other in rows}
        self.assertEqual(after, before | {row: 5600})
        row.product_id.taxes_id = [Command.set(self.tax.ids)]
        self.assertFalse((rows - row).product_id.taxes_id & self.tax)

    def read_report(self, record, name):
        report = f"helpdesk_support_contract.action_report_{name}"
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            report, record.ids
        )
        text = html2plaintext(html.decode()).partition("[1] data:")[0]
        return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())

    def test_the_printed_plan_has_them_by_platform(self):
        """R-A6: 50 hours on each platform and its fee; the price of an hour."""
        self.plan.sudo().price_ids.product_id.lst_price = 2500
        self.plan._get_price_row("on_premise").product_id.lst_price = 3000
        text = self.read_report(self.plan, "plan")
        for words in ("Odoo.sh 50:00 hours a year", "On premise 50:00 hours a year"):
            self.assertIn(words, text)
        self.assertEqual(text.count("2,500.00"), 2)
        self.assertEqual(text.count("3,000.00"), 1)

    def test_the_annex_has_the_hours_and_the_price_of_its_platform(self):
        text = self.read_report(self.contract, "annex")
        self.assertIn("Odoo.sh 50:00 hours a year", text)
        self.assertNotIn("On premise 50:00", text)
        self.assertEqual(text.count("a year, before taxes"), 1)

    def test_order_of_prices(self):
        """Contract, plan, work type, price list; nobody's price is none."""
        work_type = self.env["helpdesk.work.type"].create({"name": "Audit"})
        contract = self.contract

        def price():
            return contract._get_hour_price(work_type)

        self.assertIsNone(price())
        self.product.list_price = 30
        self.assertEqual(price(), 30)
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Partners",
                "item_ids": [
                    Command.create(
                        {
                            "compute_price": "fixed",
                            "fixed_price": 28,
                            "applied_on": "0_product_variant",
                            "product_id": self.product.id,
                        }
                    )
                ],
            }
        )
        contract.pricelist_id = pricelist
        self.assertEqual(price(), 28)
        work_type.hour_price = 35
        self.assertEqual(price(), 35)
        self.plan.sudo().with_context(announced_prices=True).hour_price = 40
        self.assertEqual(price(), 40)
        contract.hour_price = 45
        self.assertEqual(price(), 45)

    def test_currency_of_the_contract(self):
        """The plan's 40.00 in company money are 80.00 where one is worth two."""
        currency = self.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rate_ids": [Command.create({"name": "2025-01-01", "rate": 2})],
            }
        )
        self.plan.hour_price = 40
        self.set_currency(currency)
        self.assertEqual(self.contract._get_hour_price(), 80)
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "1:00")
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.currency_id, currency)

    def test_price_is_frozen_on_the_authorisation(self):
        self.contract.hour_price = 45
        ticket = self.make_authorized_ticket()
        self.contract.hour_price = 60
        self.log(ticket, "2026-01-13 10:00", "2:00")
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 90)

    def test_two_authorisations_at_two_prices(self):
        """3 h at 45.00, then 1 h at 50.00: 3:40 are 135.00 and 33.33."""
        ticket = self.make_authorized_ticket()
        second = self.make_authorization(ticket, hours=1, price_unit=50)
        self.approve(second, "2026-01-12 13:00")
        self.log(ticket, "2026-01-13 10:00", "3:40")
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(
            sorted(f"{line.price_subtotal:.2f}" for line in move.invoice_line_ids),
            ["135.00", "33.33"],
        )

    def test_standing_consent(self):
        """Hours beyond the packs: 2 h a month at 50.00, more needs a signature."""
        self.contract.write(
            {
                "hour_price": 45,
                "has_overage_consent": True,
                "overage_price": 50,
                "overage_cap": 2,
            }
        )
        self.make_pack("1:00")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "2026-01-13 10:00", "4:00")
        self.assertCharged(ticket, pack="1:00", overage="3:00")
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.amount_untaxed, 100)
        left = ticket.share_ids.filtered(lambda share: not share.settled)
        self.assertEqual((left.minutes, left._get_hold()), (60, "unauthorized"))
        self.approve(self.make_authorization(ticket, hours=1, price_unit=47))
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 47)

    def test_consent_needs_a_price(self):
        with self.assertRefused("write the price of an hour beyond the packs"):
            self.contract.has_overage_consent = True


@tagged("post_install", "-at_install")
class TestGrants(SalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.fee_ids.hours = 50

    def test_fee_of_zero_grants_at_the_start(self):
        """R-A6: Estándar on Odoo SH costs 0: 50 h from the contract's first day."""
        contract = self.make_contract(
            plan_id=self.plan_standard.id,
            kind="support",
            partner_id=self.make_customer("Otra", "otra2")[0].id,
            date_start="2026-03-01",
            date_end="2028-02-29",
        )
        self.assertEqual(contract.pack_ids.mapped("hours"), [50, 50])
        self.assertEqual(
            [(str(p.date_from), str(p.date_to)) for p in contract.pack_ids],
            [("2026-03-01", "2027-03-01"), ("2027-03-01", "2028-03-01")],
        )
        contract.action_sign()
        self.assertEqual(len(contract.pack_ids), 2)

    def test_years_from_a_leap_day(self):
        """From 29 Feb 2028: each year once, the invoices without a gap (R-A6)."""
        contract = self.make_contract(
            plan_id=self.plan_standard.id,
            partner_id=self.make_customer("Otra", "otra3")[0].id,
            date_start="2028-02-29",
            date_end="2033-02-27",
        )
        self.assertEqual(
            [(str(p.date_from), str(p.date_to)) for p in contract.pack_ids],
            [
                ("2028-02-29", "2029-02-28"),
                ("2029-02-28", "2030-02-28"),
                ("2030-02-28", "2031-02-28"),
                ("2031-02-28", "2032-02-28"),
                ("2032-02-29", "2033-02-28"),
            ],
        )
        days = [fee._get_days() for fee in contract.fee_ids]
        self.assertEqual(
            [(str(first), str(last)) for first, last in days],
            [
                ("2028-02-29", "2029-02-27"),
                ("2029-02-28", "2030-02-27"),
                ("2030-02-28", "2031-02-27"),
                ("2031-02-28", "2032-02-28"),
                ("2032-02-29", "2033-02-27"),
            ],
        )

    def test_fee_grants_when_posted(self):
        """2500.00 with 50 h: they wait on the draft, and are usable once posted."""
        product = self.ref("product_priority_odoo_sh")
        ticket = self.make_ticket("2026-01-12 10:00")
        draft = self.sell(product, post=False, support_contract_id=self.contract.id)
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.assertCharged(ticket, pending="1:00")
        self.assertEqual(ticket.share_ids.waits, "awaits_pack")
        self.assertFalse(self.contract.pack_ids.is_usable)
        draft.action_post()
        self.assertCharged(ticket, pack="1:00")
        pack = self.contract.pack_ids
        self.assertEqual((pack.hours, pack.origin, pack.hours_left), (50, "plan", 49))
        self.assertEqual(str(pack.date_from), "2026-01-01")
        draft.button_draft()
        self.assertCharged(ticket, pending="1:00")
        draft.action_post()
        self.assertEqual(len(self.contract.pack_ids), 1)

    def test_deleted_draft_takes_its_pack_along(self):
        product = self.ref("product_priority_odoo_sh")
        draft = self.sell(product, post=False, support_contract_id=self.contract.id)
        self.assertTrue(self.contract.pack_ids)
        draft.unlink()
        self.assertFalse(self.contract.pack_ids)

    def test_fee_grants_when_paid(self):
        self.set_terms(self.plan, grant_on="paid")
        move = self.sell(self.ref("product_priority_odoo_sh"))
        self.assertFalse(self.contract.pack_ids.is_usable)
        self.assertNotIn(
            self.contract.pack_ids,
            self.env["helpdesk.hours.pack"].search([("is_usable", "=", True)]),
        )
        self.pay(move)
        self.assertTrue(self.contract.pack_ids.is_usable)

    def test_extra_pack_is_a_product(self):
        """Two packs of 10 h bought on 1 March 2026: 20 h through 1 March 2027."""
        self.sell(self.ref("product_pack_10"), quantity=2)
        pack = self.contract.pack_ids
        self.assertEqual((pack.hours, pack.origin), (20, "extra"))
        self.assertEqual(
            (str(pack.date_from), str(pack.date_to)), ("2026-03-01", "2027-03-01")
        )

    def test_pack_without_a_contract_is_refused(self):
        self.contract.is_signed = False
        with self.assertRefused("gives support hours, but"):
            self.sell(self.ref("product_pack_10"))

    def test_roll_over(self):
        """What is left after a year: none, all, or 5 h at most."""
        self.contract.date_end = "2028-12-31"
        self.make_pack("10:00", "2026-03-01")
        ticket = self.make_ticket("2026-03-02 10:00")
        self.log(ticket, "2026-03-02 10:00", "2:00")
        late = self.log(ticket, "2027-03-02 09:00", "8:00")
        for values, pack, overage in (
            ({"roll_over": "none"}, 0, "8:00"),
            ({"roll_over": "all"}, "8:00", 0),
            ({"roll_over": "capped", "roll_over_hours": 5}, "5:00", "3:00"),
        ):
            plan = self.plan.copy(values)
            self.contract.with_context(plan_change=True).plan_id = plan
            self.contract._reallocate_hours()
            expected = {"pack": pack, "overage": overage}
            self.assertCharged(late, **{k: v for k, v in expected.items() if v})


@tagged("post_install", "-at_install")
class TestOverdue(SalesCommon):
    def test_overdue_invoices_stop_the_coverage_until_paid(self):
        """R-A9: due 1 March, 5 days of grace: covered through the 6th of March."""
        self.set_terms(self.plan, stops_when_overdue=True, overdue_days=5)
        move = self.sell(self.product, due="2026-03-01", price_unit=100)
        ticket = self.make_ticket("2026-03-02 10:00")
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        self.log(ticket, "2026-03-02 10:00", "1:00")
        self.assertEqual(ticket.coverage, "covered")
        for when, coverage in (
            ("2026-03-06 23:59", "covered"),
            ("2026-03-07 00:00", "billable"),
        ):
            with at(when), self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            self.assertEqual(ticket.coverage, coverage, when)
        self.assertEqual(ticket.coverage_reason_id.code, "invoices_overdue")
        with at("2026-03-07 10:00"):
            ticket._reallocate_hours()
        self.assertCharged(ticket, pending="1:00")
        self.pay(move)
        with at("2026-03-20 11:00"):
            self.env.invalidate_all()
            self.assertEqual(ticket.coverage, "covered")
            self.assertCharged(ticket, free="1:00")
