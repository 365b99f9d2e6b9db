import io

from PyPDF2 import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import HelpdeskSlaCommon, at


class SlaMonthlyCommon(HelpdeskSlaCommon):
    """January: 2 of 3 responses with 3 stars in time, none of the others decided."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.ask_breach_reason = False
        cls.policy.objective_ids = [
            Command.clear(),
            Command.create({"metric": "response", "percent": 66.6}),
            Command.create({"metric": "solution", "percent": 90}),
        ]
        cls.reason = cls.env.ref("helpdesk_sla_policy.breach_reason_capacity")

    def make_three(self):
        tickets = self.env["helpdesk.ticket"]
        for when in ("09:10", "09:20", "11:00"):
            ticket = self.make_ticket("09:00", "3")
            self.move(ticket, when, "assigned")
            tickets |= ticket
        tickets[-1].breach_reason_id = self.reason
        return tickets

    def make_wizard(self, **values):
        return (
            self.env["helpdesk.sla.monthly"]
            .with_user(self.manager)
            .create(
                {
                    "month": "2026-01-15",
                    "partner_ids": self.customer.ids,
                    **values,
                }
            )
        )


@tagged("post_install", "-at_install")
class TestSlaMonthly(SlaMonthlyCommon):
    def _get_sheet(self, when="2026-02-02 12:00"):
        with at(when):
            return self.make_wizard()._get_sheets(self.customer)

    def test_lines_by_metric_and_severity(self):
        self.make_three()
        (sheet,) = self._get_sheet()
        self.assertEqual(sheet["policy"], self.policy)
        self.assertEqual(
            [
                (line["name"], line["met"], line["missed"], line["rate"])
                for line in sheet["lines"]
            ],
            [("Response", 2, 1, "66.6 %"), ("Critical", 2, 1, "66.6 %")],
        )

    def test_the_objective_is_compared_with_what_is_not_rounded(self):
        self.make_three()
        (sheet,) = self._get_sheet()
        self.assertEqual(sheet["lines"][0]["objective"], "66.6 %")
        self.assertTrue(sheet["lines"][0]["is_reached"])
        self.policy.objective_ids[0].percent = 66.67
        (sheet,) = self._get_sheet()
        self.assertFalse(sheet["lines"][0]["is_reached"])

    def test_missed_ones_are_listed_with_their_reason(self):
        tickets = self.make_three()
        (sheet,) = self._get_sheet()
        self.assertEqual(sheet["missed"].ticket_id, tickets[-1])
        self.assertEqual(sheet["missed"].breach_reason_id, self.reason)
        self.assertFalse(sheet["open"])

    def test_open_ones_are_listed_and_nothing_decided_is_na(self):
        ticket = self.make_ticket("2026-01-30 16:59", "1")
        later = self.make_ticket("2026-02-01 10:00", "1")
        (sheet,) = self._get_sheet("2026-02-01 12:00")
        self.assertEqual(sheet["open"].ticket_id, ticket)
        self.assertFalse(sheet["lines"][0]["is_decided"])
        self.assertEqual(sheet["lines"][0]["open"], 1)
        self.assertNotIn(later, sheet["open"].ticket_id)

    def test_other_months_are_left_out(self):
        self.make_three()
        with at("2026-02-20 12:00"):
            wizard = self.make_wizard(month="2026-02-01")
            self.assertEqual(wizard._get_sheets(self.customer), [])

    def test_it_prints_in_the_customers_language(self):
        self.make_three()
        self.env["res.lang"]._activate_lang("es_ES")
        for lang, month, rate in (
            ("en_US", b"January 2026", b"66.6 %"),
            ("es_ES", b"enero 2026", b"66,6 %"),
        ):
            self.customer.lang = lang
            html, _type = (
                self.env["ir.actions.report"]
                .with_user(self.manager)
                ._render_qweb_html(
                    "helpdesk_sla_policy.report_sla_monthly", self.make_wizard().ids
                )
            )
            self.assertIn(month, html)
            self.assertIn(rate, html)
            self.assertIn(b"Comercial Andina", html)

    def test_a_sheet_without_promises_says_so(self):
        with at("2026-02-20 12:00"):
            html, _type = self.env["ir.actions.report"]._render_qweb_html(
                "helpdesk_sla_policy.report_sla_monthly", self.make_wizard().ids
            )
        self.assertIn(b"n/a", html)
        self.assertNotIn(b"100", html.split(b"o_sla_monthly")[1].split(b"footer")[0])

    def test_every_customer_with_a_promise(self):
        self.make_three()
        other, _user = self.make_customer("Botica Sol", "botica")
        wizard = self.make_wizard(partner_ids=False)
        self.assertIn(self.customer, wizard._get_customers())
        self.assertNotIn(other, wizard._get_customers())
        action = wizard.action_print()
        self.assertEqual(
            action["report_name"], "helpdesk_sla_policy.report_sla_monthly"
        )

    def test_a_month_without_promises_is_refused(self):
        with self.assertRaisesRegex(UserError, "choose another month"):
            self.make_wizard(month="2001-01-01", partner_ids=False).action_print()

    def test_only_managers(self):
        with self.assertRaises(AccessError):
            self.env["helpdesk.sla.monthly"].with_user(self.agent).create({})


@tagged("post_install", "-at_install")
class TestSlaMonthlyPdf(SlaMonthlyCommon, HttpCase):
    """The same on paper, as wkhtmltopdf prints it."""

    def print_pages(self):
        """Return the pages of the report as wkhtmltopdf prints them, as text."""
        report = self.env["ir.actions.report"].with_user(self.manager)
        content, kind = report.with_context(
            force_report_rendering=True
        )._render_qweb_pdf(
            "helpdesk_sla_policy.report_sla_monthly", self.make_wizard().ids
        )
        self.assertEqual(kind, "pdf")
        pages = PdfReader(io.BytesIO(content)).pages
        return [" ".join(page.extract_text().split()) for page in pages]

    def test_the_pdf_says_it_in_both_languages(self):
        """Two of three responses were in time; the third was due at 09:30."""
        late = self.make_three()[-1]
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_sla_policy"], ["es_ES"]
        )
        words = {
            "en_US": (
                "Support report January 2026",
                "Response 2 1 0 66.6 % 66.6 % reached",
                "Promises that were missed",
                "Times in America/Guayaquil.",
                "01/12/2026 09:30 AM 01/12/2026 11:00 AM",
            ),
            "es_ES": (
                "Reporte de soporte enero 2026",
                "Respuesta 2 1 0 66,6 % 66,6 % alcanzada",
                "Compromisos incumplidos",
                "Hora de America/Guayaquil.",
                "12/01/2026 09:30 12/01/2026 11:00",
            ),
        }
        for lang, of_lang in words.items():
            with self.subTest(lang):
                self.customer.lang = lang
                [page] = self.print_pages()
                for expected in (
                    *of_lang,
                    "Comercial Andina",
                    late.number,
                    self.reason.with_context(lang=lang).name,
                ):
                    self.assertIn(expected, page)

    def test_many_missed_promises_fill_pages(self):
        """Each page carries the company's header; no ticket is cut off."""
        with at("09:00"):
            tickets = self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": f"Invoices fail {number}",
                        "description": "<p>Text</p>",
                        "team_id": self.team.id,
                        "partner_id": self.contact.id,
                        "priority": "3",
                    }
                    for number in range(60)
                ]
            )
        with at("2026-02-02 12:00"):
            pages = self.print_pages()
        self.assertGreater(len(pages), 1)
        text = " ".join(pages)
        for ticket in tickets:
            self.assertEqual(text.count(ticket.number), 1)
        for page in pages:
            self.assertIn(self.env.company.name, page)
