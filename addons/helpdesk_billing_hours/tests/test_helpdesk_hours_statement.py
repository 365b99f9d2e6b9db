"""Statements sum up, in the customer's language, and are mailed once."""

from datetime import date
from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_helpdesk_hours_dispute import DisputeCommon


class StatementCommon(DisputeCommon):
    def get_statement(self, month="2026-01", contract=None, customer=None):
        """Return the statement of a month: of the customer, or of a contract."""
        start = date.fromisoformat(f"{month}-01")
        return self.env["helpdesk.hours.statement"]._find(
            customer or self.customer,
            self.company,
            start,
            start + relativedelta(day=31),
            contract,
        )

    def get_data(self, month="2026-01", when="2026-07-01 10:00", **values):
        with at(when):
            return self.get_statement(month, **values)._get_data()

    def get_section(self, month="2026-01", when="2026-07-01 10:00", **values):
        """Return the only section of the statement of a month."""
        (section,) = self.get_data(month, when, **values)["sections"]
        return section

    def get_rows(self, *args, **values):
        data = self.get_data(*args, **values)
        return [row for section in data["sections"] for row in section["rows"]]

    def get_roll(self, month="2026-01", when="2026-07-01 10:00"):
        """Return (opening, given, used, expired, closing) of a month."""
        roll = self.get_data(month, when)["roll"]
        given = roll.granted + roll.adjusted + roll.credited
        return roll.opening, given, roll.used, roll.expired, roll.closing


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    def setUp(self):
        super().setUp()
        self.pack = self.make_pack("10:00")
        self.ticket = self.make_ticket("10:00")
        self.line = self.log(self.ticket, "2026-01-13 10:00", "3:00")

    def test_sums_up(self):
        """10:00 - 3:00 in January; 7:00 - 1:30 in February; 5:30 are left."""
        self.log(self.ticket, "2026-02-10 10:00", "1:30")
        self.assertEqual(self.get_roll(), (0, 600, 180, 0, 420))
        self.assertEqual(self.get_roll("2026-02"), (420, 0, 90, 0, 330))
        rows = self.get_rows("2026-02")
        self.assertEqual([row["accounted"] for row in rows], [90])
        self.assertEqual([row["real"] for row in rows], [90])

    def test_every_kind_of_line(self):
        """Pack, overage, billable with its minimum, and free, each with its reason."""
        self.contract.write(
            {"has_overage_consent": True, "overage_price": 50, "hour_price": 45}
        )
        self.log(self.ticket, "2026-01-14 10:00", "6:00")
        self.log(self.ticket, "2026-01-15 10:00", "2:00")  # 1:00 pack, 1:00 overage
        billed = self.make_authorized_ticket()
        self.log(billed, "2026-01-16 10:00", "0:20")  # and 0:40 of the minimum
        invoice = self.invoice()
        data = self.get_section()
        rows = [(r["label"], r["accounted"], r["amount"]) for r in data["rows"]]
        self.assertEqual(
            rows,
            [
                ("Pack", 180, 0),
                ("Pack", 360, 0),
                ("Pack", 60, 0),
                ("Overage", 60, 50),
                ("Billable", 20, 15),
                ("Billable", 40, 30),
            ],
        )
        self.assertEqual(data["totals"], [(self.contract.currency_id, 95)])
        self.assertEqual(data["real"], 180 + 360 + 120 + 20)
        self.assertEqual(data["billable"], 120)
        self.assertEqual({r["move"] for r in data["rows"][3:]}, {invoice})
        self.assertTrue(all(row["reason"] for row in data["rows"]))
        self.assertEqual(sum(t for _c, t in data["totals"]), invoice.amount_untaxed)

    def test_expiry_and_adjustments(self):
        """Usable through 15 March: 7:00 and 1:00 by adjustment expire on the 16th."""
        self.pack.date_to = "2026-03-15"
        with at("2026-02-10 10:00"):
            self.pack.create(
                {
                    "name": "Goodwill",
                    "contract_id": self.contract.id,
                    "adjusts_id": self.pack.id,
                    "hours": 2,
                }
            )
            self.pack.create(
                {
                    "name": "Counted twice",
                    "contract_id": self.contract.id,
                    "adjusts_id": self.pack.id,
                    "hours": -1,
                }
            )
        self.assertEqual(self.get_roll(), (0, 720, 180, 0, 540))
        self.assertEqual(self.get_roll("2026-02"), (540, -60, 0, 0, 480))
        self.assertEqual(self.get_roll("2026-03"), (480, 0, 0, 480, 0))
        data = self.get_section("2026-03")
        self.assertEqual(data["expiries"][0]["date"], date(2026, 3, 16))

    def test_late_line_is_in_the_first_open_period(self):
        """Logged in February for 20 January, which a run has closed."""
        self.invoice("2026-01-31")
        before = self.get_roll()
        with at("2026-02-05 10:00"):
            self.log(self.ticket, "2026-01-20 10:00", "1:00")
        self.assertEqual(self.get_roll(), before)
        row = self.get_rows("2026-02")[0]
        self.assertEqual(row["date"], date(2026, 1, 20))
        self.assertTrue(row["is_late"])
        self.assertEqual(self.get_roll("2026-02"), (420, 0, 60, 0, 360))

    def test_lines_that_do_not_add_up_are_refused(self):
        """A corrupt ledger prints nothing instead of something wrong."""
        self.invoice("2026-01-31")
        self.env.cr.execute(
            "UPDATE helpdesk_hours_share SET pack_id = NULL WHERE line_id = %s",
            [self.line.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(ValueError, r"\(600, 0, 0\).*\(600, 180, 0\)"):
            self.get_data()

    def test_agents_are_hidden_where_the_policy_says(self):
        self.assertTrue(self.get_section()["shows_agents"])
        self.policy.hides_agents = True
        data = self.get_data()
        self.assertFalse(data["sections"][0]["shows_agents"])
        html = self.render(data)
        self.assertNotIn(self.agent.name, html)

    def render(self, data):
        return str(
            self.env["ir.qweb"]._render(
                "helpdesk_billing_hours.hours_statement",
                {"data": data, "disputes": False},
            )
        )

    def test_money_is_hidden_from_agents(self):
        self.contract.hour_price = 45
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-16 10:00", "2:00")
        statement = self.get_statement()
        for user, is_seen in (
            (self.agent, False),
            (self.manager, True),
            (self.accountant, True),
        ):
            own = statement.with_user(user)
            with self.subTest(user=user.login):
                self.assertEqual("90.00" in own.preview, is_seen)
                html = self.env["ir.actions.report"].with_user(user)
                html = html._render_qweb_html(
                    "helpdesk_billing_hours.report_hours_statement", statement.ids
                )[0].decode()
                self.assertEqual("90.00" in html, is_seen)
                self.assertIn("2:00", html)
                self.assertTrue(own._make_sheet().startswith(b"PK"))

    def test_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.lang = "es_ES"
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-16 10:00", "0:20")
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html(
                "helpdesk_billing_hours.report_hours_statement",
                self.get_statement().ids,
            )[0]
            .decode()
        )
        for words in ("Estado de cuenta", "Saldo final", "Mínimo de 1 hora"):
            self.assertIn(words, html)
        self.assertNotIn("Closing balance", html)

    def test_freed_and_charged_alike_is_no_line(self):
        """Drafts deleted and made again: the statement shows each hour once."""
        self.contract.hour_price = 45
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-16 10:00", "2:00")
        self.run_invoicing("2026-01-31").unlink()
        self.assertEqual([row["accounted"] for row in self.get_rows("2026-02")], [])
        self.assertEqual(self.get_data()["accounted"], 300)

    def test_queries_do_not_grow_with_lines(self):
        self.contract.hour_price = 45
        billed = self.make_authorized_ticket("99:00")

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.get_statement()._get_data()
            return self.env.cr.sql_log_count - before

        def work(days):
            for day in days:
                self.log(self.ticket, f"2026-01-{day} 11:00", "0:10")
                self.log(billed, f"2026-01-{day} 12:00", "0:30")

        work(range(14, 16))
        self.invoice("2026-01-17")
        few = count()
        work(range(19, 24))
        self.invoice("2026-01-31")
        work(range(26, 28))
        self.assertLessEqual(count(), few + 2)

    def test_mailed_once_when_the_month_is_over(self):
        """Guayaquil: January is over on 1 February 05:00 UTC; once, then no more."""
        self.contract.mails_statement = True
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_send_statements")
        self.run_cron("2026-01-31 23:59:59", cron)
        january = [("date_from", "=", "2026-01-01"), ("sent_at", "!=", False)]
        statements = self.env["helpdesk.hours.statement"]
        self.assertFalse(statements.search(january))
        for when in ("2026-02-01 00:00:00", "2026-02-02 00:00:00"):
            self.run_cron(when, cron)
        statement = statements.search(january)
        self.assertEqual(statement.partner_id, self.customer)
        self.assertFalse(statement.contract_id)
        letters = statement.message_ids.filtered("attachment_ids")
        self.assertEqual(len(letters), 1)
        self.assertEqual(letters.partner_ids, self.contact)
        self.assertIn("7:00", letters.body)
        with self.assertRaises(UserError):
            statement.date_from = "2026-01-02"

    def test_nobody_to_mail_to(self):
        self.contract.contact_ids.write({"role_billing": False, "role_hours": False})
        self.contract.mails_statement = True
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_send_statements")
        for when in ("2026-02-01 00:00:00", "2026-02-02 00:00:00"):
            self.run_cron(when, cron)
        self.assertEqual(len(self.contract.activity_ids), 1)
        with self.assertRefused("Nobody of"):
            self.get_statement().action_send()

    def test_who_works_for_another_company_by_now_gets_none(self):
        """The contact is still listed on the contract; the mails stop at once."""
        statement = self.get_statement()
        self.assertEqual(statement._get_recipients(), self.contact)
        self.contact.parent_id = self.stranger.partner_id.parent_id
        self.assertFalse(statement._get_recipients())
        self.assertFalse(self.contract._get_role_partners("billing", "hours"))

    def test_a_statement_that_fails_stops_no_other(self):
        """Its contract says why, once; the next customer's is mailed."""
        other = self.make_contract(partner_id=self.stranger.partner_id.parent_id.id)
        other.contact_ids = [
            Command.create(
                {"partner_id": self.stranger.partner_id.id, "role_hours": True}
            )
        ]
        (self.contract | other).mails_statement = True
        self.contract.user_id = self.manager
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_send_statements")
        statements = self.registry["helpdesk.hours.statement"]
        check = statements._check_sums

        def fail(statement, *args):
            if statement.partner_id == self.customer:
                raise ValueError("It does not add up")
            return check(statement, *args)

        with (
            patch.object(statements, "_check_sums", fail),
            mute_logger("odoo.addons.helpdesk_sla_policy.models.helpdesk_job_failure"),
        ):
            for when in ("2026-02-01 06:00:00", "2026-02-02 06:00:00"):
                self.run_cron(when, cron)
        january = [("date_from", "=", "2026-01-01"), ("sent_at", "!=", False)]
        sent = self.env["helpdesk.hours.statement"].search(january)
        self.assertEqual(sent.partner_id, other.partner_id)
        told = self.contract.activity_ids.mapped("summary")
        self.assertEqual(len(told), 1)
        self.assertIn(f"{cron.name}: left out: An error of the program", told[0])

    def test_two_who_ask_for_the_same_at_once(self):
        """The second one is tried again: its transaction cannot see the first's."""
        statements = self.env["helpdesk.hours.statement"]
        key = (self.customer, self.company, "2026-01-01", "2026-01-31")
        known = statements._find(*key)
        with (
            patch.object(self.registry[known._name], "search", return_value=()),
            self.assertRaises(ConcurrencyError),
        ):
            statements._find(*key)
        self.assertEqual(statements._find(*key), known)
