"""One statement for a customer: a section for each contract, and one for the rest."""

from datetime import date
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import to_minutes
from .test_helpdesk_hours_statement import StatementCommon

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")


class SectionCommon(StatementCommon):
    """A customer with two contracts and hours without any; another customer.

    The second contract is in euros, on a plan that rolls one hour over, and its zone
    is Bogota's. Its only contact with a role is the colleague.
    """

    def setUp(self):
        super().setUp()
        self.contract.write({"hour_price": 45})
        self.euro = self.env.ref("base.EUR")
        self.euro.active = True
        self.second = self.make_contract(
            kind="implementation",
            plan_id=self.plan.copy(
                {"roll_over": "capped", "roll_over_hours": 1, "rounding_minutes": 15}
            ).id,
            currency_id=self.euro.id,
            tz="America/Bogota",
            hour_price=30,
            contacts=[(self.colleague.partner_id, ["billing"])],
        )
        self.pack = self.make_pack("10:00")
        self.short = self.make_pack(
            "5:00",
            contract_id=self.second.id,
            date_to="2026-02-15",
            name="Hours of the project",
        )
        self.covered = self.make_ticket(
            "2026-01-12 10:00", contract_id=self.contract.id
        )
        self.billed = self.make_billable_ticket(contract_id=self.contract.id)
        self.approve(self.make_authorization(self.billed))
        self.project = self.make_ticket("2026-01-12 10:00", contract_id=self.second.id)
        self.rest = self.make_rest_ticket()
        self.alien = self.make_ticket(
            "2026-01-12 10:00", partner_id=self.stranger.partner_id.id
        )

    def make_rest_ticket(self):
        """Return a ticket of the customer that no contract covers."""
        ticket = self.make_ticket("2026-01-12 10:00", contract_id=self.contract.id)
        ticket.contract_id = False
        self.env.flush_all()
        return ticket

    def work(self):
        """Log hours of every kind in January and February."""
        self.log(self.covered, "2026-01-13 10:00", "3:00")
        self.log(self.billed, "2026-01-14 10:00", "0:20")
        self.log(self.project, "2026-01-15 10:00", "1:10")
        self.log(self.rest, "2026-01-16 10:00", "2:00")
        self.log(self.alien, "2026-01-16 10:00", "0:45")
        self.log(self.covered, "2026-02-10 10:00", "1:30")

    def get_sections(self, month="2026-01", **values):
        """Return {contract: section} of the statement of a month."""
        sections = self.get_data(month, **values)["sections"]
        return {section["contract"]: section for section in sections}

    def get_told(self, partner, month="2026-01"):
        """Return {contract: whether money shows} of what a contact reads."""
        statement = self.get_statement(month).with_context(statement_reader=partner.id)
        data = statement._get_data()
        return {s["contract"]: s["with_money"] for s in data["sections"]}


@tagged("post_install", "-at_install")
class TestStatementSections(SectionCommon):
    def setUp(self):
        super().setUp()
        self.work()
        self.nothing = self.contract.browse()

    def test_a_section_for_each_contract_and_the_rest(self):
        """10:00 - 3:00, 5:00 - 1:15 (rounded up to a quarter), and 2:00 of no one."""
        sections = self.get_sections()
        self.assertEqual(list(sections), [self.contract, self.second, self.nothing])
        rolls = {c: (s["roll"].opening, s["roll"].closing) for c, s in sections.items()}
        self.assertEqual(
            rolls,
            {
                self.contract: (0, to_minutes("7:00")),
                self.second: (0, to_minutes("3:45")),
                self.nothing: (0, 0),
            },
        )
        times = {c: (s["real"], s["accounted"]) for c, s in sections.items()}
        self.assertEqual(
            times,
            {
                self.contract: (200, 240),  # 3:00 and 0:20; 0:40 of the minimum
                self.second: (70, 75),
                self.nothing: (120, 120),
            },
        )

    def test_summary_over_all_sections(self):
        """Opening + granted - used - expired = closing; money by currency, unsummed."""
        ticket = self.make_billable_ticket(contract_id=self.second.id)
        self.second.contact_ids.role_estimates = True
        authorization = self.make_authorization(ticket, hours=3, price_unit=30)
        self.approve(authorization, user=self.colleague)
        self.log(ticket, "2026-01-19 10:00", "2:00")
        data = self.get_data()
        roll = data["roll"]
        self.assertEqual(
            (roll.opening, data["given"], roll.used, roll.expired, roll.closing),
            (0, 900, 255, 0, 645),
        )
        self.assertEqual(data["billable"], 60 + 120)
        self.assertEqual(authorization.currency_id, self.euro)
        self.assertEqual(
            dict(data["totals"]), {self.contract.currency_id: 45, self.euro: 60}
        )

    def test_expiry_and_roll_over_of_one_contract(self):
        """3:45 left on 15 February: 1:00 rolls over, 2:45 expire on the 16th."""
        sections = self.get_sections("2026-02")
        self.assertEqual(
            [
                (row["date"], row["minutes"])
                for row in sections[self.second]["expiries"]
            ],
            [(date(2026, 2, 16), 165)],
        )
        self.assertEqual(sections[self.second]["roll"].closing, 60)
        self.assertEqual(sections[self.contract]["roll"].closing, 330)
        self.assertNotIn(self.nothing, sections)  # nothing to say in February

    def test_one_contract_alone(self):
        """A contract's statement says nothing of the other one, nor of the rest."""
        sections = self.get_sections(contract=self.second)
        self.assertEqual(list(sections), [self.second])
        self.assertEqual(sections[self.second]["real"], 70)

    def test_one_statement_for_customer_company_and_period(self):
        statement = self.get_statement()
        self.assertEqual(self.get_statement(), statement)
        own = self.get_statement(contract=self.second)
        self.assertNotEqual(own, statement)
        self.assertEqual(own.partner_id, self.customer)
        for values in ({}, {"contract_id": self.second.id}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(UniqueViolation),
                self.env.cr.savepoint(),
            ):
                self.env["helpdesk.hours.statement"].create(
                    {
                        "partner_id": self.customer.id,
                        "date_from": "2026-01-01",
                        "date_to": "2026-01-31",
                        **values,
                    }
                )

    def test_facts_fit_together(self):
        """Of a contract that is not the customer's, or a contact: says what to do."""
        statements = self.env["helpdesk.hours.statement"]
        with self.assertRefused("is a contact of", ValidationError):
            statements.create({"partner_id": self.contact.id})
        with self.assertRefused("is not a contract of", ValidationError):
            self.get_statement(contract=self.second).write(
                {"partner_id": self.stranger.partner_id.commercial_partner_id.id}
            )
        with self.assertRefused("ends before it starts"):
            self.get_statement().date_to = "2025-12-31"

    def test_proposes_the_last_month_of_the_customer_who_is_behind(self):
        """1 February 04:30 UTC: still January in Guayaquil and Bogota (UTC-5)."""
        for moment, first in (
            ("2026-02-01 04:59:59", date(2025, 12, 1)),
            ("2026-02-01 05:00:00", date(2026, 1, 1)),
        ):
            with at(moment, "UTC"):
                statement = self.env["helpdesk.hours.statement"].create(
                    {"partner_id": self.customer.id}
                )
            self.assertEqual(statement.date_from, first)
            statement.unlink()

    def test_packs_of_another_contract(self):
        """Packs are shared, the oldest expiry first: both sections sum up.

        The first contract's 3:00 take the short pack; of the project's 7:15 its 2:00
        that are left, and 5:15 of the first contract's pack.
        """
        with at("2026-01-14 10:00"):
            self.second.shares_packs_of_id = self.contract
        self.log(self.project, "2026-01-20 10:00", "6:00")
        sections = self.get_sections()
        self.assertEqual(sections[self.second]["roll"].closing, 0)
        self.assertEqual(sections[self.second]["lent"], [(self.contract.name, 180)])
        self.assertEqual(sections[self.contract]["roll"].closing, 600 - 315)
        self.assertEqual(sections[self.contract]["lent"], [(self.second.name, 315)])
        lenders = {row["pack_of"] for row in sections[self.contract]["rows"]}
        self.assertEqual(lenders, {self.second.name, ""})
        html = self.get_statement().preview
        self.assertIn(f"Used by <span>{self.second.name}</span>", html)
        told = self.get_statement().with_context(statement_reader=self.contact.id)
        self.assertNotIn(self.second.name, told.preview)
        self.assertIn("other contracts", told.preview)

    def test_a_closed_month_stays_when_contracts_begin_to_share(self):
        """January is closed; in February they share packs: January reads the same."""
        self.run_invoicing("2026-01-31")
        statement = self.get_statement()
        self.assertTrue(statement.is_final)
        before = statement.preview
        with at("2026-02-20 10:00"):
            self.second.shares_packs_of_id = self.contract
            self.log(self.covered, "2026-01-13 10:00", "0:30")
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(statement.preview, before)

    def test_who_reads_what(self):
        """R-C5: the role on one contract shows that one; the rest needs all of them."""
        colleague = self.colleague.partner_id
        self.assertEqual(self.get_told(self.contact), {self.contract: True})
        self.assertEqual(self.get_told(colleague), {self.second: True})
        lines = self.contract.contact_ids
        line = lines.filtered(lambda c: c.partner_id == colleague)
        line.role_hours = True
        self.assertEqual(
            self.get_told(colleague),
            {self.contract: False, self.second: True, self.nothing: False},
        )
        line.role_billing = True
        self.assertEqual(
            self.get_told(colleague),
            {self.contract: True, self.second: True, self.nothing: True},
        )
        self.assertEqual(self.get_told(self.stranger.partner_id), {})

    def test_the_rest_needs_only_contracts_that_have_not_ended(self):
        """Once the second contract is over, the first one's contact sees the rest."""
        self.second.date_end = "2026-01-31"
        with at("2026-01-31 23:59:59", "America/Bogota"):
            self.env.invalidate_all()
            self.assertNotIn(self.nothing, self.get_told(self.contact))
        with at("2026-02-01 00:00:00", "America/Bogota"):
            self.env.invalidate_all()
            self.assertIn(self.nothing, self.get_told(self.contact))
            self.assertNotIn(self.second, self.get_told(self.contact))

    def test_nobody_reads_the_rest_of_a_customer_without_contract(self):
        statement = self.get_statement(
            customer=self.stranger.partner_id.commercial_partner_id
        )
        data = statement._get_data()
        self.assertEqual([s["real"] for s in data["sections"]], [45])
        told = statement.with_context(statement_reader=self.stranger.partner_id.id)
        self.assertFalse(told._get_data()["sections"])
        with self.assertRefused("Nobody of Otra Empresa"):
            statement.action_send()

    def test_a_letter_to_those_who_read_the_same(self):
        """One mail to each contact; its PDF has what that contact may read."""
        statement = self.get_statement()
        documents = {}

        def render(report, name, ids, data=None):
            statements = self.env["helpdesk.hours.statement"].browse(ids)
            told = statements.with_context(**report.env.context)._get_data()
            reader = report.env.context["statement_reader"]
            documents[reader] = {s["contract"] for s in told["sections"]}
            return b"%PDF", "pdf"

        with self.replace_pdf(render):
            statement.action_send()
        colleague = self.colleague.partner_id
        self.assertEqual(
            documents,
            {self.contact.id: {self.contract}, colleague.id: {self.second}},
        )
        letters = statement.message_ids.filtered("attachment_ids")
        self.assertEqual(
            sorted(letters.mapped("partner_ids.id")),
            sorted((self.contact | colleague).ids),
        )
        bodies = {letter.partner_ids: letter.body for letter in letters}
        self.assertIn("7:00", bodies[self.contact])
        self.assertIn("3:45", bodies[colleague])
        self.assertNotIn("10:45", bodies[self.contact])  # 7:00 and 3:45

    def replace_pdf(self, render):
        reports = self.registry["ir.actions.report"]
        return patch.object(reports, "_render_qweb_pdf", render)

    def test_one_mail_for_a_customer_with_two_contracts(self):
        """Both contracts ask for the mail: one statement, mailed once."""
        (self.contract | self.second).mails_statement = True
        line = self.second.contact_ids
        line.partner_id = self.contact
        self.contract.contact_ids = [
            Command.delete(c.id)
            for c in self.contract.contact_ids
            if c.partner_id != self.contact
        ]
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_send_statements")
        for when in ("2026-02-01 00:00:00", "2026-02-02 00:00:00"):
            self.run_cron(when, cron)
        statements = self.env["helpdesk.hours.statement"].search(
            [("partner_id", "=", self.customer.id)]
        )
        letters = statements.message_ids.filtered("attachment_ids")
        self.assertEqual(len(statements), 1)
        self.assertEqual(letters.partner_ids, self.contact)
        self.assertEqual(len(letters), 1)
        self.assertIn(self.customer.name, letters.body)

    def test_what_was_mailed_for_each_contract_is_not_mailed_again(self):
        """Both were mailed one by one: no mail; one of them: the mail of both."""
        (self.contract | self.second).mails_statement = True
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_send_statements")
        for contract in (self.contract, self.second):
            self.get_statement(contract=contract).sent_at = "2026-02-01 06:00:00"
        self.run_cron("2026-02-02 00:00:00", cron)
        self.assertFalse(self.get_statement().sent_at)
        self.get_statement(contract=self.second).sudo().sent_at = False
        self.run_cron("2026-02-02 01:00:00", cron)
        self.assertTrue(self.get_statement().sent_at)


@tagged("post_install", "-at_install")
class TestStatementsReconcile(SectionCommon):
    """The statements of all customers have every hour of the timesheets, once."""

    def check(self):
        """Assert that months add up, by accounting date and by the day of the work."""
        lines = (self.customer | self.alien.commercial_partner_id).mapped(
            "helpdesk_ticket_ids"
        )
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("commercial_partner_id", "in", lines.commercial_partner_id.ids),
                ("timesheet_ids", "!=", False),
            ]
        )
        worked = {}
        for line in tickets.timesheet_ids:
            month = f"{line.date:%Y-%m}"
            worked[month] = worked.get(month, 0) + line._get_minutes()
        told = {}
        for customer in tickets.commercial_partner_id:
            for month in MONTHS:
                for row in self.get_rows(month, customer=customer):
                    day = f"{row['date']:%Y-%m}"
                    told[day] = told.get(day, 0) + row["real"]
        self.assertEqual(told, worked)

    def get_difference(self):
        with at("2026-04-30 12:00"):
            wizard = self.env["helpdesk.hours.reconciliation"].create(
                {"date_from": "2026-01-01", "date_to": "2026-04-30"}
            )
            return wizard.worked, wizard.difference

    def test_a_rich_history(self):
        """Two contracts and none, dispute, credit notes, expiry, roll-over, late lines.

        January: 3:00, 0:20, 1:10, 2:00 and 0:45; February: 1:30.
        """
        self.work()
        self.check()
        disputed = self.log(self.covered, "2026-01-20 10:00", "1:00")
        dispute = self.dispute(disputed)
        self.check()
        invoice = self.invoice("2026-01-31")
        self.check()
        self.assertTrue(self.get_statement().is_final)
        january = self.get_statement().preview
        # Late lines, and one that is corrected down, count in February.
        self.log(self.project, "2026-01-21 10:00", "0:35")
        with at("2026-02-11 10:00"):
            self.env["account.analytic.line"].create(
                {
                    "ticket_id": self.covered.id,
                    "name": "Correction",
                    "date": "2026-01-13",
                    "employee_id": self.agent.employee_id.id,
                    "unit_amount": -0.5,
                }
            )
        self.check()
        self.resolve(dispute, "write_off", "2026-02-12 10:00")
        self.check()
        refund = self.reverse(invoice[:1], "2026-02-13 10:00")
        self.post(refund, "2026-02-13 11:00")
        self.check()
        self.run_invoicing("2026-02-28")
        self.check()
        # After the roll-over of 15 February, and after the run of March.
        self.log(self.project, "2026-03-03 10:00", "2:00")
        self.log(self.rest, "2026-03-04 10:00", "0:10")
        self.run_invoicing("2026-03-31")
        self.check()
        self.env.invalidate_all()
        self.assertEqual(self.get_statement().preview, january)
        worked, difference = self.get_difference()
        self.assertEqual(round(worked * 60), 525 + 60 + 35 - 30 + 120 + 10)
        self.assertFalse(difference)

    def test_hours_move_to_another_contract(self):
        """An open line goes with its ticket; a settled one stays where it was."""
        self.work()
        self.covered.contract_id = self.second
        self.env.flush_all()
        self.assertEqual(self.get_sections()[self.second]["real"], 70 + 180)
        self.check()
        self.run_invoicing("2026-01-31")
        self.covered.contract_id = self.contract
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.get_sections()[self.second]["real"], 70 + 180)
        self.check()
