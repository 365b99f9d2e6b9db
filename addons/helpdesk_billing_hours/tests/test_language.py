"""What a customer reads is in the customer's language, whoever worked or charged."""

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestLanguage(BillingCommon):
    """An es_EC customer, an agent and an accountant who work in English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_EC")
        cls.env["ir.module.module"].search(
            [("name", "=like", "helpdesk%"), ("state", "=", "installed")]
        )._update_translations(["es_EC"])
        cls.customer.lang = cls.contact.lang = "es_EC"
        (cls.agent | cls.accountant | cls.manager).write({"lang": "en_US"})

    def make_worked(self):
        """Log 0:20 that are not covered: a minimum of 1 hour is charged."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "0:20")
        return ticket

    def get_html(self, report, records):
        reports = self.env["ir.actions.report"].with_context(lang="en_US")
        content, _kind = reports._render_qweb_html(
            f"helpdesk_billing_hours.{report}", records.ids
        )
        return content.decode()

    def test_reasons_of_an_agent_who_works_in_english(self):
        ticket = self.make_worked()
        reasons = ticket.share_ids.mapped("reason")
        self.assertIn("Mínimo de 1 hora por ticket", reasons)
        self.assertNotIn("not covered", " ".join(reasons))
        # OdooBot, who charges again in English, changes none of them.
        shares = ticket.share_ids
        ticket.with_context(lang="en_US").sudo()._reallocate_hours()
        self.assertEqual(ticket.share_ids, shares)

    def test_the_note_of_the_ticket_is_the_readers(self):
        """The same facts are said to each reader in the own language."""
        ticket = self.make_worked()
        spanish = ticket.with_context(lang="es_EC").coverage_note
        english = ticket.with_context(lang="en_US").coverage_note
        self.assertIn("not covered", english)
        self.assertNotIn("not covered", spanish)

    def test_invoice_annex_and_statement(self):
        """Lines, annex (page and sheet) and statement have no English sentence."""
        ticket = self.make_worked()
        move = self.run_invoicing("2026-01-31")
        line = move.invoice_line_ids
        self.assertIn("Mínimo de 1 hora por ticket", line.name)
        self.assertIn("Autorizado por", line.name)
        statement = self.env["helpdesk.hours.statement"].create(
            {
                "contract_id": self.contract.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
            }
        )
        for report, records in (
            ("report_hours_annex", move),
            ("report_hours_statement", statement),
        ):
            with self.subTest(report=report):
                html = self.get_html(report, records)
                self.assertIn("Mínimo de 1 hora por ticket", html)
                self.assertNotIn("Minimum of 1 hour", html)
                self.assertNotIn("Reason", html)
                self.assertIn(ticket.number, html)

    def test_another_language_since(self):
        """What is not invoiced is said anew; what is invoiced stays as it was sent."""
        invoiced = self.make_worked()
        self.run_invoicing("2026-01-31")
        said = invoiced.share_ids.mapped("reason")
        open_ticket = self.make_worked()
        minutes = open_ticket.share_ids.mapped("minutes")
        self.customer.with_user(self.manager).sudo().lang = "en_US"
        self.env.flush_all()
        self.assertIn(
            "Minimum of 1 hour per ticket", open_ticket.share_ids.mapped("reason")
        )
        self.assertEqual(open_ticket.share_ids.mapped("minutes"), minutes)
        self.assertEqual(invoiced.share_ids.mapped("reason"), said)

    def test_the_same_language_changes_nothing(self):
        shares = self.make_worked().share_ids
        self.customer.lang = "es_EC"
        self.env.flush_all()
        self.assertTrue(shares.exists())

    def test_mails_of_two_contacts_each_in_the_own_language(self):
        """The forecast of a pack is said to one in Spanish, to the other in English."""
        self.colleague.partner_id.write({"lang": "en_US", "email": "co@example.com"})
        self.contract.contact_ids.role_hours = True
        pack = self.make_pack("10:00")
        ticket = self.make_ticket("2026-01-12 08:00")
        self.log(ticket, "2026-01-12 09:00", "8:00")
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_tell_alerts")
        self.run_cron("2026-01-12 18:00", cron)
        mails = self.env["mail.mail"].search(
            [("model", "=", pack._name), ("res_id", "=", pack.id)]
        )
        bodies = {mail.recipient_ids: mail.body_html for mail in mails}
        self.assertIn("No forecast: too little use", bodies[self.colleague.partner_id])
        self.assertNotIn("No forecast", bodies[self.contact])
