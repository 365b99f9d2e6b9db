"""The signed annex states its prices, to those who see the billing (R-A6)."""

from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import BillingHttpCommon


@tagged("post_install", "-at_install")
class TestSupportContractAnnex(BillingHttpCommon):
    """On the plan for 2,500 a year and 50 hours on Odoo.sh; 45 an hour beyond it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.company_id.currency_id = cls.env.ref("base.USD")
        cls.draft = cls.make_contract(
            sign=False,
            date_start="2027-01-01",
            date_end="2027-12-31",
            contacts=[(cls.contact, ["billing"]), cls.colleague.partner_id],
            hour_price=45,
            currency_id=cls.env.ref("base.USD").id,
        )

    def read_page(self, page):
        text = html2plaintext(page).partition("[1] data:")[0]
        return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())

    def download(self, user):
        self.env.flush_all()
        self.log_in(user)
        answer = self.url_open(f"/my/contract/{self.draft.id}/annex")
        self.assertEqual(answer.status_code, 200)
        return self.read_page(answer.text)

    def test_who_sees_the_billing_reads_what_was_signed(self):
        self.draft.action_sign()
        text = self.download(self.portal_user)
        self.assertIn("Odoo.sh 50:00 hours a year", text)
        self.assertRegex(text, r"2,500\.00 a year, before taxes")
        self.assertRegex(text, r"Hour not covered .*45\.00 before taxes")
        self.assertNotIn("Hour beyond the packs", text)
        self.assertEqual(text, self.read_page(self.draft.annex_id.raw.decode()))

    def test_others_read_the_hours_without_prices(self):
        """R-C5: any contact downloads the annex; money is for a role of its own."""
        self.draft.action_sign()
        text = self.download(self.colleague)
        self.assertIn("Odoo.sh 50:00 hours a year", text)
        for words in ("2,500", "45.00", "before taxes"):
            self.assertNotIn(words, text)
        self.assertIn("30 minutes", text)

    def test_hours_beyond_the_packs_as_agreed(self):
        self.draft.write(
            {"has_overage_consent": True, "overage_price": 40, "overage_cap": 10}
        )
        self.draft.action_sign()
        self.assertRegex(
            self.download(self.portal_user),
            r"Hour beyond the packs at most 10:00 hours a month .*40\.00 before taxes",
        )

    def test_another_price_list_is_what_was_agreed(self):
        """A discount of 10 % on what is sold: 2,250."""
        self.draft.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Ten percent",
                "currency_id": self.draft.currency_id.id,
                "item_ids": [
                    (
                        0,
                        0,
                        {
                            "applied_on": "3_global",
                            "compute_price": "percentage",
                            "percent_price": 10,
                        },
                    )
                ],
            }
        )
        self.draft.action_sign()
        self.assertIn("2,250.00 a year", self.download(self.portal_user))

    def test_what_was_signed_stays_when_prices_change(self):
        self.draft.action_sign()
        self.draft.hour_price = 60
        self.assertIn("45.00", self.download(self.portal_user))

    def test_both_are_printed_as_they_were_signed(self):
        self.draft.action_sign()
        files = self.draft.annex_id | self.draft.annex_shared_id
        self.assertEqual(len(files), 2)
        self.assertEqual(self.draft.unprinted_annex_ids, files)
        names = set(files.mapped("name"))
        number = self.draft.name
        self.assertEqual(
            names, {f"Annex {number}.html", f"Annex {number} without prices.html"}
        )

    def test_without_any_price_there_is_one_annex(self):
        plan = self.plan.copy({"hour_price": 0})
        plan.price_ids.unlink()
        self.draft.write({"plan_id": plan.id, "hour_price": 0})
        self.draft.action_sign()
        self.assertTrue(self.draft.annex_id)
        self.assertFalse(self.draft.annex_shared_id)
        self.assertIn("30 minutes", self.download(self.colleague))
