"""A month of three customers, fee and service credit included, worked out by hand."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestMonthByHand(BillingCommon):
    """February 2026; IVA 15 %; one customer in money of which one is worth half."""

    def make_contract_of(self, name, plan, **values):
        customer, user = self.make_customer(name, name.lower())
        with at("2026-02-01 09:00"):
            contract = self.make_contract(
                partner_id=customer.id,
                plan_id=plan.id,
                date_start="2026-02-01",
                date_end="2027-01-31",
                contacts=[(user.partner_id, ["estimates"])],
                **values,
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return contract

    def get_amounts(self, moves):
        return [
            (
                move.partner_id.name,
                move.move_type,
                f"{move.amount_untaxed:.2f}",
                f"{move.amount_tax:.2f}",
                f"{move.amount_total:.2f}",
            )
            for move in moves.sorted(lambda m: (m.partner_id.name, m.move_type))
        ]

    def make_andes(self):
        """2 h with a fee of 2500.00; 50.00 beyond them by consent."""
        plan = self.plan.copy({"fee_invoicing": "signing"})
        row = plan._get_price_row("odoo_sh")
        row.hours = 2
        row.product_id.taxes_id = [Command.set(self.tax.ids)]
        contract = self.make_contract_of(
            "Andes", plan, has_overage_consent=True, overage_price=50
        )
        fee = contract.fee_ids.move_id
        fee.invoice_date_due = "2026-12-31"
        with at("2026-02-01 10:00"):
            fee.action_post()
        ticket = self.make_ticket("2026-02-02 09:00", partner_id=contract.partner_id.id)
        self.log(ticket, "2026-02-02 10:00", "1:50")
        self.log(ticket, "2026-02-03 10:00", "1:30")
        self.env["helpdesk.service.credit"].create(
            {
                "contract_id": contract.id,
                "period": "month",
                "date_from": "2026-02-01",
                "date_to": "2026-02-28",
                "percent": 10,
                "state": "approved",
            }
        )
        return fee

    def make_brisa(self):
        """24/7 for production; the rest in office hours, and more out of them."""
        currency = self.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rate_ids": [Command.create({"name": "2025-01-01", "rate": 2})],
            }
        )
        town = self.tax.copy({"name": "Town 2.5%", "amount": 2.5})
        product = self.product.copy({"name": "Guard"})
        product.taxes_id = [Command.set((self.tax | town).ids)]
        night = self.make_calendar(22, 24, range(7))
        plan = self.plan_always.copy(
            {
                "other_calendar_id": self.office.id,
                "hour_price": 40.05,
                "band_ids": [
                    Command.create(
                        {"name": "Night", "multiplier": 2, "calendar_id": night.id}
                    ),
                    Command.create(
                        {"name": "Evening", "multiplier": 1.5, "sequence": 20}
                    ),
                ],
            }
        )
        contract = self.make_contract_of("Brisa", plan, currency_id=currency.id)
        production = self.make_environment(contract)
        test = self.make_environment(contract, "Test", "non_production")
        values = {"partner_id": contract.partner_id.id, "stars": "2"}
        guard = self.env["helpdesk.work.type"].create(
            {"name": "Guard", "product_id": product.id}
        )
        ticket = self.make_ticket(
            "2026-02-02 09:00", environment_id=production.id, **values
        )
        self.log(ticket, "2026-02-08 03:00", "2:00", work_type_id=guard.id)
        ticket = self.make_ticket("2026-02-02 09:00", environment_id=test.id, **values)
        asked = {**self.request(ticket, "2026-02-09 16:00"), "work_type_id": guard.id}
        self.log(ticket, "2026-02-09 16:30", "2:00", **asked)
        self.log(ticket, "2026-02-10 21:40", "1:00", **asked)

    def make_cumbre(self):
        """No contract: 2:10 authorised at 33.33, and 0:20 of which 1 h is charged."""
        _customer, buyer = self.make_customer("Cumbre", "cumbre")
        for worked in ("2:10", "0:20"):
            ticket = self.make_ticket(
                "2026-02-02 09:00",
                partner_id=buyer.partner_id.id,
                work_override_reason=False,
            )
            authorization = self.make_authorization(
                ticket, "2026-02-02 10:00", price_unit=33.33
            )
            self.approve(authorization, "2026-02-02 11:00", user=buyer)
            self.log(ticket, "2026-02-03 10:00", worked)

    def test_to_the_cent(self):
        """The invoices of February.

        Andes: fee 2500.00 + 375.00 = 2875.00 on signing. 3:20 worked, 2:00 of the
        pack, 1:20 x 50.00 = 66.67; service credit 10 % of 2500.00 / 12 = 20.83;
        45.84; 15 % = 6.88 (6.876); 52.72.
        Brisa: production on a Sunday at 3:00 is covered. Test: Mon 16:30-18:30 is 0:30
        covered and 1:30 of the evening, which count 2:15; Tue 21:40-22:40 is 0:20 of
        the evening, 0:30, and 0:40 of the night, 1:20. 4:05 at 80.10 (40.05 doubled) =
        327.08 (327.075); 15 % = 49.06 (49.062), 2.5 % = 8.18 (8.177); 384.32.
        Cumbre: 2:10 x 33.33 = 72.22 (72.215) and the minimum of 1:00, 33.33: 105.55;
        15 % = 15.83 (15.8325); 121.38.
        """
        fee = self.make_andes()
        self.make_brisa()
        self.make_cumbre()
        self.assertEqual(
            self.get_amounts(fee),
            [("Andes", "out_invoice", "2500.00", "375.00", "2875.00")],
        )
        moves = self.run_invoicing("2026-02-28")
        self.assertEqual(
            self.get_amounts(moves),
            [
                ("Andes", "out_invoice", "45.84", "6.88", "52.72"),
                ("Brisa", "out_invoice", "327.08", "57.24", "384.32"),
                ("Cumbre", "out_invoice", "105.55", "15.83", "121.38"),
            ],
        )
        brisa = moves.filtered(lambda move: move.partner_id.name == "Brisa")
        self.assertEqual(brisa.currency_id.name, "TST")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")
