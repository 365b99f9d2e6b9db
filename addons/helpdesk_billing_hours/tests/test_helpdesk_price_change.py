"""New prices are told with their date; a signed contract keeps its own (R-A6)."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon, BillingMixin

CRON = "helpdesk_billing_hours.ir_cron_announce_prices"


class PriceMixin(BillingMixin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.hour_price = 40
        cls.row = cls.plan._get_price_row("odoo_sh")
        cls.contract.platform = "odoo_sh"
        with cls.as_unsigned():
            cls.band = cls.env["helpdesk.support.plan.band"].create(
                {"plan_id": cls.plan.id, "name": "Night", "multiplier": 1.5}
            )

    def make_change(self, date="2026-11-15", hour=50, fee=None, band=None):
        lines = []
        if hour is not None:
            lines.append({"kind": "hour", "new_value": hour})
        if fee is not None:
            line = {"kind": "fee", "price_id": self.row.id, "new_value": fee}
            lines.append(line)
        if band is not None:
            line = {"kind": "band", "band_id": self.band.id, "new_value": band}
            lines.append(line)
        return (
            self.env["helpdesk.price.change"]
            .with_user(self.manager)
            .create(
                {
                    "plan_id": self.plan.id,
                    "date_from": date,
                    "reason": "Wages rose.",
                    "line_ids": [Command.create(line) for line in lines],
                }
            )
        )

    def announce(self, when="2026-10-01 10:00", tell=True, **values):
        change = self.make_change(**values)
        with at(when):
            change.action_announce()
            self.env.flush_all()
        if tell:
            self.run_job(when)
        self.env.invalidate_all()
        return change.sudo()

    def run_job(self, when):
        self.run_cron(when, self.env.ref(CRON))

    def get_mails(self, contract=None):
        return self.env["mail.mail"].search(
            [
                ("message_id", "like", "<helpdesk-hours-"),
                ("model", "=", "helpdesk.support.contract"),
                ("res_id", "=", (contract or self.contract).id),
            ],
            order="id",
        )

    def make_renewal(self, signed="2026-12-20 10:00"):
        """Return the signed renewal, from 1 January 2027."""
        with at(signed):
            self.contract.action_renew()
            renewal = self.contract.renewal_ids
            renewal.action_sign()
            self.env.flush_all()
        self.env.invalidate_all()
        return renewal


@tagged("post_install", "-at_install")
class TestPriceChange(PriceMixin, BillingCommon):
    def test_one_without_a_date_has_a_name(self):
        change = self.env["helpdesk.price.change"].new({"plan_id": self.plan.id})
        self.assertEqual(change.display_name, "New prices")
        change.date_from = "2026-11-15"
        self.assertEqual(change.display_name, f"{self.plan.name} from 11/15/2026")

    def test_told_once_with_the_date_and_from_when_it_holds(self):
        """40 → 50 from 15 Nov 2026; the contract ends on 31 Dec: from 1 Jan 2027."""
        change = self.announce(fee=2700)
        self.assertEqual((change.state, change.notice_count), ("announced", 1))
        notice = change.notice_ids
        self.assertEqual(notice.contract_id, self.contract)
        self.assertEqual(notice.told_partner_ids, self.contact)
        self.assertEqual(str(notice.holds_from), "2027-01-01")
        for text in ("Price per hour: $ 40.00 → $ 50.00", "$ 2,500.00 → $ 2,700.00"):
            self.assertIn(text, notice.description.replace("\xa0", " "))
        [mail] = self.get_mails()
        self.assertEqual(mail.recipient_ids, self.contact)
        self.assertIn("new prices from 11/15/2026", mail.subject)
        self.assertIn("01/01/2027", mail.body_html)
        self.assertIn("Wages rose.", mail.body_html)
        for when in ("2026-10-02 10:00", "2026-10-03 10:00"):
            self.run_job(when)
        self.assertEqual(len(self.get_mails()), 1)
        self.assertEqual(len(change.notice_ids), 1)

    def test_the_signed_contract_keeps_its_price_and_the_renewal_has_the_new(self):
        self.announce()
        price = self.contract._get_hour_price
        self.assertEqual(price(), 40)
        self.run_job("2026-11-14 10:00")
        self.assertEqual(self.plan.hour_price, 40, "a day too early")
        self.run_job("2026-11-15 00:30")
        self.assertEqual(self.plan.hour_price, 50)
        self.env.invalidate_all()
        self.assertEqual(price(), 40)
        self.assertEqual(self.make_renewal()._get_hour_price(), 50)
        self.assertEqual(price(), 40)

    def test_two_changes_one_after_the_other(self):
        """From 40 to 50 in November 2026, to 60 in March 2027: 40, then 50."""
        self.announce()
        self.run_job("2026-11-15 10:00")
        renewal = self.make_renewal()
        self.announce("2027-01-10 10:00", date="2027-03-01", hour=60)
        self.run_job("2027-03-01 10:00")
        self.env.invalidate_all()
        self.assertEqual(self.plan.hour_price, 60)
        self.assertEqual(self.contract._get_hour_price(), 40)
        self.assertEqual(renewal._get_hour_price(), 50)

    def test_a_renewal_signed_before_the_date_has_the_announced_price(self):
        """Announced in October for 1 Jan 2027; renewed in November for the same day."""
        self.announce(date="2027-01-01", fee=2700)
        renewal = self.make_renewal("2026-11-20 10:00")
        self.assertEqual(self.plan.hour_price, 40)
        self.assertEqual(renewal._get_hour_price(), 50)
        self.assertEqual(renewal._get_year_fee(renewal.date_start), 2700)
        self.run_job("2027-01-01 10:00")
        self.env.invalidate_all()
        self.assertEqual(self.row.price, 2700)
        self.assertEqual(renewal._get_hour_price(), 50)
        self.assertEqual(self.contract._get_hour_price(), 40)

    def test_what_was_sold_before_the_announcement_keeps_its_price(self):
        """Signed in September for January: told in October of prices of December."""
        renewal = self.make_renewal("2026-09-01 10:00")
        change = self.announce(date="2026-12-01")
        self.assertEqual(change.notice_ids.contract_id, renewal)
        self.assertEqual(str(change.notice_ids.holds_from), "2028-01-01")
        self.run_job("2026-12-01 10:00")
        self.env.invalidate_all()
        self.assertEqual(renewal._get_hour_price(), 40)

    def test_bands(self):
        """×1.5 becomes ×2 for new contracts; hours of the signed one count 1.5."""
        self.announce(hour=None, band=2)
        self.run_job("2026-11-15 10:00")
        self.env.invalidate_all()
        self.assertEqual(self.band.multiplier, 2)
        ticket = self.make_ticket("2026-11-16 10:00")
        asked = self.request(ticket, "2026-11-16 16:00")
        line = self.log(ticket, "2026-11-16 18:00", "1:00", **asked)
        self.assertEqual(line._get_percent(self.band), 150)
        self.assertEqual(line.accounted_hours, 1.5)
        renewal = self.make_renewal()
        self.assertEqual(renewal._get_agreed_price(self.band, "multiplier"), 2)

    def test_notice_in_time(self):
        """30 days before 31 October is 1 October; one day later is refused."""
        with self.assertRefused("can hold from 11/01/2026"):
            self.announce("2026-10-02 10:00", date="2026-10-31")
        self.announce("2026-10-01 23:59", date="2026-10-31")

    def test_notice_is_the_policys(self):
        self.set_terms(self.policy, price_notice_days=60)
        with self.assertRefused("60 days before"):
            self.announce(date="2026-11-29")
        self.announce(date="2026-11-30")

    def test_nothing_changes(self):
        with self.assertRefused("prices that change"):
            self.announce(hour=40)

    def test_only_who_is_concerned(self):
        """Not: an own price, another platform, ended, renewed already, unsigned."""
        for name, values in {
            "Propio": {"hour_price": 45},
            "Terminado": {"date_end": "2026-06-30"},
            "Borrador": {"sign": False},
        }.items():
            customer = self.make_customer(name, name.lower())[0]
            self.make_contract(partner_id=customer.id, **values)
        change = self.announce()
        self.assertEqual(change.notice_ids.contract_id, self.contract)
        self.contract.platform = "cloud"
        only_fee = self.announce(date="2026-11-20", hour=None, fee=2600)
        self.assertFalse(only_fee.notice_ids & change.notice_ids)
        self.assertNotIn(self.contract, only_fee.notice_ids.contract_id)

    def test_other_versions_of_the_plan_are_told_too(self):
        """They move to the newest version when they are renewed."""
        newest = self.plan._make_version()
        change = (
            self.env["helpdesk.price.change"]
            .with_user(self.manager)
            .create(
                {
                    "plan_id": newest.id,
                    "date_from": "2026-11-15",
                    "line_ids": [Command.create({"kind": "hour", "new_value": 55})],
                }
            )
        )
        with at("2026-10-01 10:00"):
            change.action_announce()
        self.run_job("2026-10-01 10:00")
        self.assertEqual(change.sudo().notice_ids.contract_id, self.contract)

    def test_who_signs_later_is_told_as_well(self):
        change = self.announce()
        customer, user = self.make_customer("Cumbre", "cumbre")
        with at("2026-10-05 10:00"):
            late = self.make_contract(
                partner_id=customer.id,
                contacts=[(user.partner_id, ["billing"])],
                date_start="2026-10-05",
                date_end="2027-10-04",
            )
            self.env.flush_all()
        self.run_job("2026-10-06 10:00")
        self.env.invalidate_all()
        self.assertIn(late, change.notice_ids.contract_id)
        self.assertEqual(late._get_hour_price(), 40)

    def test_each_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_billing_hours"], ["es_ES"]
        )
        self.contact.lang = "es_ES"
        self.announce()
        mail = self.get_mails()
        self.assertIn("precios nuevos", mail.subject)
        self.assertIn("Precio por hora", mail.body_html)
        self.assertNotIn("Hello", mail.body_html)

    def test_cancelled_before_it_holds(self):
        change = self.announce()
        with at("2026-10-10 10:00"):
            change.with_user(self.manager).action_cancel()
        for when in ("2026-10-10 10:00", "2026-10-11 10:00", "2026-11-15 10:00"):
            self.run_job(when)
        self.env.invalidate_all()
        self.assertEqual((change.state, self.plan.hour_price), ("cancelled", 40))
        self.assertTrue(change.notice_ids.taken_back_at)
        _first, second = self.get_mails()
        self.assertIn("do not change", second.subject)
        with self.assertRefused("only what is announced"):
            change.with_user(self.manager).action_cancel()

    def test_a_crash_between_notice_and_mail_leaves_nothing(self):
        change = self.announce(tell=False)
        notices = type(self.env["helpdesk.price.notice"])
        with (
            patch.object(notices, "_write_mails", side_effect=MemoryError),
            self.assertRaises(MemoryError),
            self.env.cr.savepoint(),
        ):
            change._tell_contracts(change._get_contracts())
        self.env.invalidate_all()
        self.assertFalse(change.notice_ids)
        self.run_job("2026-10-01 11:00")
        self.assertEqual(len(change.notice_ids), 1)
        self.assertEqual(len(self.get_mails()), 1)

    def test_the_database_keeps_notices_unique(self):
        change = self.announce()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            change.notice_ids.copy()

    def test_what_was_told_does_not_change(self):
        change = self.announce().with_user(self.manager)
        for values in (
            {"date_from": "2026-12-01"},
            {"reason": "Other"},
            {"line_ids": [Command.update(change.line_ids.id, {"new_value": 90})]},
        ):
            with self.assertRaises(UserError):
                change.write(values)
        for operation in (
            lambda: change.line_ids.write({"new_value": 90}),
            change.line_ids.unlink,
            change.unlink,
        ):
            with self.assertRaises(UserError):
                operation()
        with self.assertRaises(AccessError):
            change.write({"state": "draft"})

    def test_a_price_under_signed_contracts_is_announced_not_written(self):
        with self.assertRefused("press Announce New Prices"):
            self.plan.with_user(self.manager).hour_price = 70
        self.plan.with_user(self.manager).hour_price = 40

    def test_the_button_of_the_plan_proposes_the_prices_of_now(self):
        context = self.plan.action_announce_prices()["context"]
        change = (
            self.env["helpdesk.price.change"]
            .with_user(self.manager)
            .with_context(**context)
            .create({"date_from": "2026-12-01"})
        )
        self.assertEqual(len(change.line_ids), 5, "hour, three platforms, a band")
        self.assertFalse(change.line_ids.filtered(lambda line: line._is_change()))
        change.line_ids.filtered(lambda ln: ln.kind == "hour").new_value = 50
        with at("2026-10-01 10:00"):
            change.action_announce()
        self.assertEqual(change.line_ids.mapped("kind"), ["hour"])
        self.assertEqual(change.line_ids.old_value, 40)

    def test_access_of_each_group(self):
        change = self.announce()
        draft = self.make_change("2026-12-24")
        for user, writes in (
            (self.agent, False),
            (self.manager, True),
            (self.accountant, False),
        ):
            with self.subTest(user=user.login):
                own = draft.with_user(user)
                self.assertTrue(own.has_access("read"))
                self.assertEqual(own.has_access("write"), writes)
                notice = change.notice_ids.with_user(user)
                self.assertTrue(notice.description)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(notice.has_access(operation))
        for model in ("helpdesk.price.change", "helpdesk.price.notice"):
            records = self.env[model].with_user(self.portal_user)
            self.assertFalse(records.has_access("read"))
        with self.assertRaises(AccessError):
            draft.with_user(self.accountant).action_announce()


@tagged("post_install", "-at_install")
class TestPortalPrices(PriceMixin, BillingCommon, HttpCase):
    def test_the_contract_shows_them_to_billing(self):
        change = self.announce(date="2099-01-01")
        change.notice_ids.flush_recordset()
        url = f"/my/contract/{self.contract.id}"
        self.authenticate(self.portal_user.login, self.portal_user.login)
        page = self.url_open(url).text
        self.assertIn("price_notice", page)
        self.assertIn("01/01/2099", page)
        self.assertIn("Wages rose.", page)
        self.authenticate(self.colleague.login, self.colleague.login)
        self.assertNotIn("price_notice", self.url_open(url).text)


@tagged("post_install", "-at_install")
class TestAnnouncedFee(PriceMixin, BillingCommon):
    """The announced fee of a renewal signed before it holds (R-A6).

    Announced on 1 Oct 2026 for 1 Jan 2027: 2500.00 becomes 2700.00.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.money = cls.env["res.currency"].create(
            {
                "name": "TST",
                "symbol": "T",
                "rounding": 0.05,
                "rate_ids": [Command.create({"name": "2025-01-01", "rate": 2})],
            }
        )

    def set_pricelist(self, **rule):
        values = {"applied_on": "0_product_variant", "product_id": self.row.product_id}
        values["product_id"] = values["product_id"].id
        currency = rule.pop("currency_id", self.company.currency_id.id)
        self.contract.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Partners",
                "currency_id": currency,
                "item_ids": [Command.create({**values, **rule})],
            }
        )

    def assertRenewedAt(self, before, after, hour=50):
        """Assert the fee now, and the renewal's: signed early, and once it holds."""
        self.assertEqual(self.contract._get_fee_price(self.row), before)
        change = self.announce(date="2027-01-01", fee=2700)
        renewal = self.make_renewal("2026-11-20 10:00")
        self.assertEqual(renewal.fee_ids.price, after)
        self.assertEqual(renewal._get_hour_price(), hour)
        self.run_job("2027-01-01 10:00")
        self.env.invalidate_all()
        self.assertEqual(renewal.fee_ids.price, after)
        self.assertEqual(renewal._get_fee_price(self.row), after)
        self.assertEqual(renewal._get_hour_price(), hour)
        self.assertEqual(self.contract._get_fee_price(self.row), before)
        return change

    def get_told(self, change):
        return change.notice_ids.description.replace("\xa0", " ")

    def test_discount_of_the_price_list(self):
        """-10 %: 2250.00, then 2430.00, which is also what the customer is told."""
        self.set_pricelist(compute_price="percentage", percent_price=10)
        change = self.assertRenewedAt(2250, 2430)
        self.assertIn("$ 2,250.00 → $ 2,430.00", self.get_told(change))

    def test_fixed_price_wins(self):
        """A list that says 2000.00 goes on saying so; nobody is told of a fee."""
        self.set_pricelist(compute_price="fixed", fixed_price=2000)
        change = self.assertRenewedAt(2000, 2000)
        self.assertNotIn("Yearly fee", self.get_told(change))
        self.assertIn("Price per hour", self.get_told(change))

    def test_price_from_the_cost_wins(self):
        """Cost 1500.00 and 40 % on it: 2100.00, whatever was announced."""
        self.row.product_id.standard_price = 1500
        self.set_pricelist(
            compute_price="formula", base="standard_price", price_markup=40
        )
        self.assertRenewedAt(2100, 2100)

    def test_rounding_and_surcharge_of_the_price_list(self):
        """-7 % to whole tens, 1 less: 2325 → 2330 → 2329; 2511 → 2510 → 2509."""
        self.set_pricelist(
            compute_price="formula",
            price_discount=7,
            price_round=10,
            price_surcharge=-1,
        )
        self.assertRenewedAt(2329, 2509)

    def test_list_on_another_list(self):
        """-10 % on a list of -10 %: 2025.00, then 2187.00."""
        self.set_pricelist(compute_price="percentage", percent_price=10)
        first = self.contract.pricelist_id
        self.set_pricelist(
            compute_price="percentage",
            percent_price=10,
            base="pricelist",
            base_pricelist_id=first.id,
        )
        self.assertRenewedAt(2025, 2187)

    def test_other_currency(self):
        """Money worth two: -10 % are 4500.00, then 4860.00; hours 80, then 100."""
        self.set_pricelist(compute_price="percentage", percent_price=10)
        contract = self.make_foreign()
        self.assertEqual(contract._get_fee_price(self.row), 4500)
        self.assertEqual(contract._get_hour_price(), 80)
        self.announce(date="2027-01-01", fee=2700)
        renewal = self.renew(contract)
        self.assertEqual(renewal.fee_ids.price, 4860)
        self.assertEqual(renewal._get_hour_price(), 100)

    def test_other_currency_is_rounded_as_it_is(self):
        """2333.33 at two to one, in steps of 0.05: 4666.66 is 4666.65."""
        contract = self.make_foreign(pricelist_id=False)
        self.announce(date="2027-01-01", fee=2333.33)
        self.assertEqual(self.renew(contract).fee_ids.price, 4666.65)

    def test_list_in_another_currency(self):
        """A list of that money: 2500.00 is 5000.00, less 10 %, and back: 2250.00."""
        self.set_pricelist(
            compute_price="percentage", percent_price=10, currency_id=self.money.id
        )
        self.assertRenewedAt(2250, 2430)

    def test_fixed_price_in_another_currency(self):
        """4400.00 in money worth two are 2200.00."""
        self.set_pricelist(
            compute_price="fixed", fixed_price=4400, currency_id=self.money.id
        )
        self.assertRenewedAt(2200, 2200)

    def test_a_fee_is_one_unit(self):
        """A discount from two units on is none on a fee."""
        self.set_pricelist(compute_price="percentage", percent_price=10, min_quantity=2)
        self.assertRenewedAt(2500, 2700)

    def test_signed_after_the_date_for_a_start_before_it(self):
        """From 15 Nov; begins on 1 Nov, signed on the 20th: the old price, -10 %."""
        self.set_pricelist(compute_price="percentage", percent_price=10)
        pricelist = self.contract.pricelist_id
        self.announce(fee=2700)
        self.run_job("2026-11-15 10:00")
        self.env.invalidate_all()
        for start, fee, hour in (("2026-11-01", 2250, 40), ("2026-11-15", 2430, 50)):
            with self.subTest(start=start), at("2026-11-20 10:00"):
                customer = self.make_customer("Tarde", f"tarde-{fee}")[0]
                late = self.make_contract(
                    partner_id=customer.id,
                    pricelist_id=pricelist.id,
                    date_start=start,
                    date_end="2027-10-31",
                )
                self.assertEqual(late.fee_ids[:1].price, fee)
                self.assertEqual(late._get_hour_price(), hour)

    def make_foreign(self, **values):
        customer = self.make_customer("Lejana", "lejana")[0]
        return self.make_contract(
            **{
                "partner_id": customer.id,
                "currency_id": self.money.id,
                "pricelist_id": self.contract.pricelist_id.id,
                "date_end": "2026-12-31",
                **values,
            }
        )

    def renew(self, contract):
        with at("2026-11-20 10:00"):
            contract.action_renew()
            contract.renewal_ids.action_sign()
            self.env.flush_all()
        return contract.renewal_ids
