"""Accountants download what the screen shows: the totals are the same."""

import io

import openpyxl

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_billing_hours import spreadsheet
from odoo.addons.helpdesk_billing_hours.wizards.helpdesk_hours_liability import COLUMNS
from odoo.addons.helpdesk_billing_hours.wizards.helpdesk_hours_reconciliation_sheet import (  # noqa: E501
    BUCKETS,
    FIGURES,
)
from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingHttpCommon


@tagged("post_install", "-at_install")
class TestAccountantSheet(BillingHttpCommon):
    """January: a pack of 10:00 at 40.00, 3:00 of it used; 0:20 and 0:40 billable."""

    def setUp(self):
        super().setUp()
        self.contract.hour_price = 45
        with at("2026-01-01 10:00"):
            self.pack = self.make_pack("10:00", hour_value=40)
            self.make_pack("2:30", hour_value=33.33, name="Second pack")
        self.log(self.make_ticket("2026-01-12 10:00"), "2026-01-13 10:00", "3:00")
        self.log(self.make_authorized_ticket(), "2026-01-14 10:00", "0:20")

    def make_wizard(self, kind, user=None, **values):
        wizards = self.env[f"helpdesk.hours.{kind}"].with_user(user or self.accountant)
        return wizards.create(
            {"date_from": "2026-01-01", "date_to": "2026-01-31", **values}
        )

    def download(self, wizard):
        """Return {name of the sheet: rows} of the file that the accountant gets."""
        action = wizard.action_download_sheet()
        self.log_in(self.accountant)
        answer = self.url_open(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("2026-01-31.xlsx", answer.headers["Content-Disposition"])
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        return {
            sheet.title: [[cell.value for cell in row] for row in sheet.rows]
            for sheet in book
        }

    def get_total(self, rows, first):
        """Return {title: value} of the last row, under the row of titles."""
        titles = next(row for row in rows if row[0] == first)
        return dict(zip(titles, rows[-1], strict=True))

    def test_liability_is_the_screens(self):
        """12:30 granted, 3:00 used, 9:30 left; money to the cent."""
        wizard = self.make_wizard("liability")
        rows = self.download(wizard)["Unused Hours"]
        wizard.action_show()
        self.env.invalidate_all()
        lines = wizard.line_ids
        total = self.get_total(rows, "Customer")
        titles = wizard._get_column_titles()
        for name in COLUMNS:
            hours = sum(lines.mapped(name))
            money = sum(lines.mapped(f"{name}_amount"))
            with self.subTest(column=name):
                self.assertAlmostEqual(total[titles[name]], hours, 6)
                self.assertAlmostEqual(total[f"{titles[name]} (amount)"], money, 2)
        mine = [row for row in rows if row[1] == self.contract.name]
        self.assertEqual(len(mine), 2)
        self.assertEqual(sum(row[titles_index(rows, "Closing")] for row in mine), 9.5)
        self.assertEqual(rows[0][0], "Unused Hours")
        self.assertEqual(rows[1][0], self.company.name)

    def test_liability_of_some_customers(self):
        customer = self.stranger.partner_id.parent_id
        wizard = self.make_wizard("liability", partner_ids=[Command.set(customer.ids)])
        total = self.get_total(self.download(wizard)["Unused Hours"], "Customer")
        self.assertEqual(total["Closing"], 0)

    def test_reconciliation_is_the_screens(self):
        wizard = self.make_wizard("reconciliation")
        book = self.download(wizard)
        titles = wizard.fields_get(FIGURES)
        figures = {row[0]: row[1] for row in book["Reconciliation"]}
        for name in FIGURES:
            with self.subTest(figure=name):
                self.assertAlmostEqual(figures[titles[name]["string"]], wizard[name], 6)
        wizard.action_show_lines()
        self.env.invalidate_all()
        rows = book["Timesheets"]
        total = self.get_total(rows, "Date")
        titles = wizard.line_ids.fields_get(BUCKETS)
        for name in BUCKETS:
            with self.subTest(bucket=name):
                self.assertAlmostEqual(
                    total[titles[name]["string"]], sum(wizard.line_ids.mapped(name)), 6
                )
        self.assertEqual(len(rows), len(wizard.line_ids) + 2)
        self.assertEqual(total["Difference"], 0)

    def test_statement_is_the_screens(self):
        """Its file has the lines, the balance of each contract, and the packs."""
        statement = self.env["helpdesk.hours.statement"]._find(
            self.customer, self.company, "2026-01-01", "2026-01-31"
        )
        self.log_in(self.accountant)
        answer = self.url_open(f"/helpdesk_billing_hours/statement/{statement.id}")
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        data = statement._get_data()
        rows = [[cell.value for cell in row] for row in book["Hours"].rows]
        total = dict(zip(rows[0], rows[-1], strict=True))
        for title, name in (("Real Hours", "real"), ("Accounted", "accounted")):
            self.assertEqual(total[title].total_seconds() / 60, data[name])
        rows = [[cell.value for cell in row] for row in book["Summary"].rows]
        total = self.get_total(rows, "Contract")
        closing = total["Closing balance"].total_seconds() / 60
        self.assertEqual(closing, data["roll"].closing)
        self.assertEqual(total[self.contract.currency_id.name], 45)
        self.assertEqual(len(list(book["Packs"].rows)), 3)

    @mute_logger("odoo.http")
    def test_nobody_else(self):
        """Not an agent, a customer, nor another accountant by the address."""
        wizard = self.make_wizard("liability")
        url = wizard.action_download_sheet()["url"]
        other = new_test_user(
            self.env, "other-accountant", groups="account.group_account_invoice"
        )
        for user in (self.agent, self.portal_user, other):
            self.log_in(user)
            self.assertEqual(self.url_open(url).status_code, 404)
        self.log_in(self.accountant)
        self.assertEqual(self.url_open(f"{url}99999").status_code, 404)

    def test_own_companies_only(self):
        """A company where the accountant does not work is refused."""
        company = self.env["res.company"].create({"name": "Other"})
        for kind in ("liability", "reconciliation"):
            with self.assertRaisesRegex(AccessError, "choose another one"):
                self.make_wizard(kind, company_id=company.id)

    def test_names_of_sheets(self):
        """Signs that no sheet may have are left out, as is what is too long."""
        book = spreadsheet.Book()
        for name in ("A/B: [C]*?", "a b   c", "x" * 40, "x" * 40):
            book.add(name, [spreadsheet.Column("a", "A")], [{"a": "text"}])
        names = openpyxl.load_workbook(io.BytesIO(book.get_bytes())).sheetnames
        self.assertEqual(len(set(names)), 4)
        self.assertEqual(names[2], "x" * 31)


def titles_index(rows, title):
    """Return the number of a column."""
    return next(row for row in rows if row[0] == "Customer").index(title)
