"""Renewals, and contracts that agree so, use each other's packs (R-A6)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestRenewalPool(BillingCommon):
    """A contract for 2026 with a pack of 10 h, and its renewal for 2027."""

    def setUp(self):
        super().setUp()
        self.contract.write(
            {
                "hour_price": 45,
                "has_overage_consent": True,
                "overage_price": 50,
                "overage_cap": 2,
            }
        )
        self.pack = self.make_pack("10:00", "2026-10-01")
        self.renewal = self.renew(self.contract)

    def renew(self, contract, sign=True):
        action = contract.with_user(self.manager).action_renew()
        renewal = self.env["helpdesk.support.contract"].browse(action["res_id"])
        if sign:
            renewal.action_sign()
        return renewal

    def test_pack_goes_on_through_its_last_day(self):
        """Bought on 1 October 2026: the renewal uses it through 1 October 2027."""
        ticket = self.make_ticket("2027-02-01 09:00")
        self.assertEqual(ticket.contract_id, self.renewal)
        first = self.log(ticket, "2027-10-01 09:00", "2:00")
        late = self.log(ticket, "2027-10-04 09:00", "1:00")
        self.assertCharged(first, pack="2:00")
        self.assertEqual(first.share_ids.pack_id, self.pack)
        self.assertCharged(late, free="1:00")
        with at("2027-10-01 12:00"):
            self.env.invalidate_all()
            self.assertEqual(self.renewal.hours_left, 8)
            self.assertEqual(self.renewal.shared_pack_ids, self.pack)

    def test_allocation_by_work_date_across_both(self):
        """9:00 in January; 2:00 back-dated to December make 1:00 of them overage."""
        new = self.make_ticket("2027-01-04 09:00")
        january = self.log(new, "2027-01-04 09:00", "8:00")
        more = self.log(new, "2027-01-05 09:00", "1:00")
        self.assertCharged(more, pack="1:00")
        old = self.make_ticket("2026-12-01 09:00")
        self.assertEqual(old.contract_id, self.contract)
        december = self.log(old, "2026-12-02 09:00", "2:00")
        self.assertCharged(december, pack="2:00")
        self.assertCharged(january, pack="8:00")
        self.assertCharged(more, overage="1:00")
        self.assertEqual(self.pack.hours_left, 0)

    def test_settled_hours_of_the_renewal_keep_the_pack(self):
        ticket = self.make_ticket("2027-01-04 09:00")
        line = self.log(ticket, "2027-01-04 09:00", "8:00")
        self.run_invoicing("2027-01-31")
        self.pack.hours = 9
        with self.assertRefused("are settled"):
            self.pack.hours = 7
        old = self.make_ticket("2026-12-01 09:00")
        late = self.log(old, "2026-12-02 09:00", "2:00")
        self.assertCharged(late, pack="1:00", overage="1:00")
        self.assertCharged(line, pack="8:00")

    def test_consent_goes_on_with_its_limit_of_the_month(self):
        """2 h a month at 50.00 before and after the renewal in the same month."""
        contract = self.make_contract(
            partner_id=self.make_customer("Media", "media")[0].id,
            date_end="2026-06-15",
            has_overage_consent=True,
            overage_price=50,
            overage_cap=2,
        )
        self.make_pack("1:00", "2026-01-01", contract_id=contract.id)
        renewal = self.renew(contract)
        self.assertRecordValues(
            renewal,
            [{"has_overage_consent": True, "overage_price": 50, "overage_cap": 2}],
        )
        partner = contract.partner_id.id
        old = self.make_ticket("2026-06-10 09:00", partner_id=partner)
        new = self.make_ticket("2026-06-17 09:00", partner_id=partner)
        self.assertEqual((old.contract_id, new.contract_id), (contract, renewal))
        self.log(old, "2026-06-10 09:00", "2:30")
        line = self.log(new, "2026-06-17 09:00", "2:00")
        self.assertCharged(old, pack="1:00", overage="1:30")
        agreed = line.share_ids.filtered(lambda share: not share.waits)
        self.assertEqual(sum(agreed.mapped("minutes")), 30)
        july = self.log(new, "2026-07-01 09:00", "2:00")
        self.assertFalse(any(july.share_ids.mapped("waits")))

    def test_consent_that_the_renewal_does_not_have(self):
        self.renewal.has_overage_consent = False
        new = self.make_ticket("2027-01-04 09:00")
        for day in (4, 5):
            self.log(new, f"2027-01-0{day} 09:00", "6:00")
        self.assertCharged(new, pack="10:00", overage="2:00")
        waits = new.share_ids.filtered("waits")
        self.assertEqual((waits.waits, waits.minutes), ("unauthorized", 120))
        old = self.make_ticket("2026-12-01 09:00")
        self.log(old, "2026-12-02 09:00", "8:00")
        self.log(old, "2026-12-03 09:00", "3:00")
        agreed = old.share_ids.filtered(lambda s: s.charge == "overage")
        self.assertEqual((agreed.basis, agreed.minutes), ("consent", 60))

    def test_roll_over_as_the_plan_of_the_pack_says(self):
        """10 h to 31 December; at most 5 h of what is left go into the next year."""
        for roll, expected in (
            ({"roll_over": "none"}, {"overage": "6:00"}),
            ({"roll_over": "all"}, {"pack": "6:00"}),
            (
                {"roll_over": "capped", "roll_over_hours": 5},
                {"pack": "5:00", "overage": "1:00"},
            ),
        ):
            with self.subTest(roll=roll):
                plan = self.plan.copy(roll)
                customer = self.make_customer("R", f"r{roll['roll_over']}")[0]
                contract = self.make_contract(partner_id=customer.id, plan_id=plan.id)
                self.make_pack(
                    "10:00", "2026-01-01", date_to="2026-12-31", contract_id=contract.id
                )
                renewal = self.renew(contract)
                # The renewal's own pack keeps the hours from being free.
                self.make_pack(
                    "0:00", "2027-01-01", contract_id=renewal.id, name="Own"
                ).hours = 0.0
                self.make_pack(
                    "1:00", "2027-06-01", contract_id=renewal.id, name="Later"
                )
                ticket = self.make_ticket("2027-01-04 08:00", partner_id=customer.id)
                self.log(ticket, "2027-01-04 09:00", "6:00")
                self.assertCharged(ticket, **expected)

    def test_fee_of_the_renewal_at_its_own_price(self):
        """2500.00 in 2026; 2750.00 when the renewal is signed."""
        product = self.env.ref("helpdesk_billing_hours.product_priority_odoo_sh")
        product.lst_price = 2750
        second = self.renew(self.renewal)
        self.assertEqual(self.contract.fee_ids.price, 2500)
        self.assertEqual(self.renewal.fee_ids.price, 2500)
        self.assertEqual(second.fee_ids.price, 2750)
        second.with_user(self.accountant).action_invoice_fee()
        move = second.fee_ids.move_id
        self.assertEqual(move.amount_untaxed, 2750)
        pack = second.pack_ids
        self.assertEqual(
            (str(pack.date_from), str(pack.date_to)), ("2028-01-01", "2029-01-01")
        )
        third = self.renew(second, sign=False)
        self.assertFalse(third.fee_ids)
        self.assertEqual(third._get_hours_pool(), self.contract)


@tagged("post_install", "-at_install")
class TestAgreedPool(BillingCommon):
    """Two contracts of one customer for two environments."""

    def setUp(self):
        super().setUp()
        self.make_environment(self.contract, "ERP")
        self.other = self.make_contract(sign=False)
        self.make_environment(self.other, "Shop")
        self.other.action_sign()
        self.pack = self.make_pack("2:00")

    def make_other_ticket(self):
        ticket = self.make_ticket("2026-01-12 09:00")
        ticket.contract_id = self.other
        return ticket

    def test_shared_or_not(self):
        ticket = self.make_other_ticket()
        line = self.log(ticket, "2026-01-12 10:00", "1:30")
        self.assertCharged(line, free="1:30")
        self.other.with_user(self.manager).shares_packs_of_id = self.contract
        self.assertCharged(line, pack="1:30")
        own = self.make_ticket("2026-01-12 09:00")
        own.contract_id = self.contract
        earlier = self.log(own, "2026-01-12 09:00", "1:00")
        self.assertCharged(earlier, pack="1:00")
        self.assertCharged(line, pack="1:00", overage="0:30")
        self.other.shares_packs_of_id = False
        self.assertCharged(line, free="1:30")

    def test_settled_hours_keep_them_together(self):
        self.other.shares_packs_of_id = self.contract
        self.log(self.make_other_ticket(), "2026-01-12 10:00", "1:30")
        self.run_invoicing("2026-01-31")
        with self.assertRefused("go on sharing"):
            self.other.shares_packs_of_id = False

    def test_each_has_its_own_consent(self):
        self.contract.write(
            {"has_overage_consent": True, "overage_price": 50, "overage_cap": 1}
        )
        self.other.shares_packs_of_id = self.contract
        ticket = self.make_other_ticket()
        self.log(ticket, "2026-01-12 10:00", "3:00")
        self.assertEqual(ticket.share_ids.filtered("waits").minutes, 60)
        self.other.write(
            {"has_overage_consent": True, "overage_price": 60, "overage_cap": 4}
        )
        self.assertFalse(ticket.share_ids.filtered("waits"))
        overage = ticket.share_ids.filtered(lambda s: s.charge == "overage")
        self.assertEqual(overage._get_price(), 60)

    def test_refusals(self):
        stranger = self.make_contract(
            partner_id=self.make_customer("Ajena", "ajena")[0].id
        )
        with self.assertRefused("Only contracts of one customer"):
            self.other.shares_packs_of_id = stranger
        self.other.shares_packs_of_id = self.contract
        with self.assertRefused("shares the packs of this contract already"):
            self.contract.shares_packs_of_id = self.other
        action = self.other.with_user(self.manager).action_renew()
        renewal = self.env["helpdesk.support.contract"].browse(action["res_id"])
        self.assertEqual(renewal._get_hours_pool(), self.contract)
        with self.assertRefused("say there whose packs they share"):
            renewal.shares_packs_of_id = self.contract
