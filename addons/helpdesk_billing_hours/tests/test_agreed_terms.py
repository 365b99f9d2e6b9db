"""What billing agrees with a signature does not change under it (R-A6, R-A9)."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_helpdesk_support_fee import FeeCommon

PLAN = {
    "fee_invoicing": "signing",
    "first_alert_percent": 70,
    "grant_on": "paid",
    "last_alert_percent": 90,
    "overdue_days": 9,
    "roll_over": "all",
    "roll_over_hours": 3,
    "rounding_minutes": 15,
    "rounding_scope": "ticket",
    "stops_when_overdue": True,
}
POLICY = {
    "bills_after_acceptance": True,
    "first_alert_percent": 70,
    "hours_approval": "all",
    "last_alert_percent": 90,
    "minimum_minutes": 30,
    "price_notice_days": 10,
}
#: What nobody is promised: how we work, and what we offer beyond the contract.
FREE = {"forecast_weeks": 10, "sequence": 3}


@tagged("post_install", "-at_install")
class TestAgreedTerms(FeeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_terms(cls.plan, stops_when_overdue=False)

    def test_terms_of_plan_and_policy(self):
        """Each is refused under the signed contract, and free in the next version."""
        for terms, values in ((self.plan, PLAN), (self.policy, POLICY)):
            terms = terms.sudo(False).with_user(self.manager)
            before = terms.read(list(values))
            for name, value in values.items():
                with self.subTest(name), self.assertRefused("Press New Version"):
                    terms[name] = value
            self.env.invalidate_all()
            self.assertEqual(terms.read(list(values)), before)
            version = terms._make_version()
            self.assertEqual(
                version.read(list(values))[0] | {"id": 0}, before[0] | {"id": 0}
            )
            version.write(values)
        self.plan.with_user(self.manager).write(FREE)

    def test_the_same_value_changes_nothing(self):
        self.plan.with_user(self.manager).write({"grant_on": self.plan.grant_on})

    def test_currency_of_the_plan(self):
        """The price of an hour is not another money's from one day to the next."""
        euro = self.env.ref("base.EUR")
        with self.assertRefused("Press New Version"):
            self.plan.currency_id = euro

    def test_signed_packs_wait_as_agreed(self):
        """Usable once posted; the next version, once paid, is for who signs it."""
        contract = self.make_paid()
        version = self.plan._make_version()
        version.grant_on = "paid"
        later = self.make_paid(plan=version)
        for own, usable in ((contract, True), (later, False)):
            self.post(self.make_fee_invoice(own))
            self.assertEqual(own.pack_ids.is_usable, usable)

    def test_rows_of_signed_platforms(self):
        """Hours, product and platform of a fee stay; other platforms are free."""
        row = self.plan._get_price_row("odoo_sh")
        other = self.plan._get_price_row("on_premise")
        product = self.ref("product_pack_10").id
        for values in ({"hours": 40}, {"product_id": product}):
            with self.subTest(values=values), self.assertRefused("Press New Version"):
                row.with_user(self.manager).write(values)
            other.with_user(self.manager).write(values)
        with self.assertRefused("Press New Version"):
            row.unlink()
        other.unlink()
        with self.assertRefused("Press New Version"):
            row.platform = "on_premise"
        self.assertEqual(row.platform, "odoo_sh")
        self.plan.with_user(self.manager).price_ids = [
            Command.create(
                {"platform": "on_premise", "product_id": product, "hours": 30}
            )
        ]
        version = self.plan._make_version()
        version._get_price_row("odoo_sh").hours = 40
        self.assertEqual(row.hours, 50)

    def test_a_platform_gets_its_first_price(self):
        """Signed before there was a price: the fee is agreed when it is asked for."""
        plan = self.plan.copy({"price_ids": []})
        contract = self.make_paid(plan=plan)
        self.assertFalse(contract.fee_ids)
        plan.price_ids = [
            Command.create(
                {
                    "platform": "odoo_sh",
                    "product_id": self.fee_product.id,
                    "hours": 50,
                }
            )
        ]
        self.assertEqual(self.make_fee_invoice(contract).amount_untaxed, 2500)

    def test_fee_of_the_plan_is_announced(self):
        seller = self.make_user(
            "sla-seller",
            "helpdesk_mgmt.group_helpdesk_manager,product.group_product_manager",
        )
        row = self.plan._get_price_row("odoo_sh").with_user(seller)
        with self.assertRefused("press Announce New Prices"):
            row.price = 2600
        row.price = 2500
        self.plan._get_price_row("on_premise").with_user(seller).price = 3100

    def test_price_of_an_hour_from_nothing(self):
        """Work types had the price of 35.00: the plan does not make it 60.00."""
        plan = self.plan.with_user(self.manager)
        work_type = self.env["helpdesk.work.type"].search([], limit=1)
        work_type.hour_price = 35
        with self.assertRefused("press Announce New Prices"):
            plan.hour_price = 60
        self.contract.hour_price = 45
        plan.hour_price = 60
        self.assertEqual(self.contract._get_hour_price(work_type), 45)

    def test_first_price_of_an_hour(self):
        """Nobody had a price: hours waited for one."""
        self.assertIsNone(self.contract._get_hour_price())
        self.plan.with_user(self.manager).hour_price = 60
        self.assertEqual(self.contract._get_hour_price(), 60)

    def test_currency_of_the_contract(self):
        """2500.00 dollars do not become 2500.00 euros."""
        contract = self.make_paid()
        euro = self.env.ref("base.EUR")
        euro.active = True
        with self.assertRefused("is signed with fees in USD"):
            contract.currency_id = euro
        contract.currency_id = contract.currency_id

    def test_platform_of_the_contract(self):
        """Moved to the own servers: the year sold stays, those to come are 3000.00."""
        contract = self.make_paid(date_end="2028-02-28")
        with at("2026-06-01 10:00"):
            contract.platform = "on_premise"
        self.assertEqual(contract.fee_ids.mapped("price"), [2500, 3000])
