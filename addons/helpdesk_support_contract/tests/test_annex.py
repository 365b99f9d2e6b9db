"""The annex: everything that the plan promises, kept as it was signed."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestAnnex(CronMixinCase, SupportContractCommon):
    def get_text(self, contract):
        """Return the text of the annex that the contract keeps."""
        return " ".join(html2plaintext(contract.annex_id.raw.decode()).split())

    def test_everything_that_the_plan_promises(self):
        contract = self.make_contract(
            plan_id=self.plan_standard.id,
            contacts=[(self.contact, ["billing"])],
            phone_ids=[Command.create({"phone": "+593 0000", "note": "Day and night"})],
            sign=False,
        )
        self.make_environment(contract, "ERP", "production")
        contract.action_sign()
        text = self.get_text(contract)
        for words in (
            contract.name,
            self.customer.name,
            "Standard 8/5",
            "Monday to Friday 09:00-17:00",
            "America/Guayaquil",
            "Virtual meetings",
            "Questions and advice",
            "30 minutes",
            "4 hours",
            "Support team",
            "ERP",
            "+593 0000",
            self.contact.name,
        ):
            self.assertIn(words, text)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.customer.lang = "es_ES"
        contract = self.make_contract(plan_id=self.plan_standard.id)
        text = self.get_text(contract)
        for words in (
            "Anexo del contrato de soporte",
            "Horario de atención",
            "Lunes a Viernes",
            "30 minutos",
        ):
            self.assertIn(words, text)
        self.assertNotIn("Attention hours", text)
        self.assertIn("Anexo", contract.annex_id.name)

    def test_always_open(self):
        contract = self.make_contract(plan_id=self.plan_always.id)
        self.assertIn("Every day 24 hours", self.get_text(contract))

    def test_production_and_the_rest(self):
        plan = self.plan_always.copy({"other_calendar_id": self.office.id})
        text = self.get_text(self.make_contract(plan_id=plan.id))
        self.assertIn("Production Every day", text)
        self.assertIn("The rest Monday to Friday 09:00-17:00", text)

    def test_own_hours_and_services(self):
        early = self.make_calendar(6, 8, range(3))
        visit = self.env.ref("helpdesk_support_contract.service_on_site")
        text = self.get_text(
            self.make_contract(calendar_id=early.id, service_ids=visit.ids)
        )
        self.assertIn("Monday to Wednesday 06:00-08:00", text)
        self.assertIn(f"Included {visit.name}", text)

    def test_as_signed_it_stays(self):
        plan = self.plan._make_customer_plan(self.customer)
        contract = self.make_contract(plan_id=plan.id)
        before = contract.annex_id.raw
        version = plan._make_version()
        version.level_ids.unlink()
        self.assertEqual(contract.annex_id.raw, before)
        self.assertIn("Operations manager", self.get_text(contract))

    def test_another_plan_brings_another_annex(self):
        contract = self.make_contract()
        first = contract.annex_id
        with at("2026-03-01 10:00"):
            contract._change_plan(self.plan_always, utc("2026-03-01 10:00"))
        self.assertNotEqual(contract.annex_id, first)
        self.assertTrue(first.exists())
        self.assertIn("Every day 24 hours", self.get_text(contract))

    def test_unsigned_keeps_none(self):
        contract = self.make_contract(sign=False)
        self.assertFalse(contract.annex_id)

    def run_printing(self, result=b"%PDF-1.7 printed"):
        """Let the job print; return the pages that it gave to the printer."""
        pages = []

        def run(_self, bodies, **_options):
            pages.extend(bodies)
            if isinstance(result, Exception):
                raise result
            return result

        cron = self.env.ref("helpdesk_support_contract.ir_cron_print_annexes")
        reports = type(self.env["ir.actions.report"])
        with (
            patch.object(reports, "_run_wkhtmltopdf", run),
            patch.object(reports, "get_wkhtmltopdf_state", lambda _self: "ok"),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return " ".join(html2plaintext("".join(pages)).split())

    def test_printed_by_a_job_as_it_was_signed(self):
        """Signing waits for no printer; what the plan becomes meanwhile is left out."""
        plan = self.plan._make_customer_plan(self.customer)
        with self.capture_triggers(
            "helpdesk_support_contract.ir_cron_print_annexes"
        ) as triggers:
            contract = self.make_contract(plan_id=plan.id)
        self.assertTrue(triggers.records)
        annex = contract.annex_id
        self.assertEqual(annex.name, f"Annex {contract.name}.html")
        with self.as_unsigned():
            plan.level_ids.unlink()
        self.customer.name = "Another Name"
        printed = self.run_printing()
        self.assertIn("Operations manager", printed)
        self.assertNotIn("Another Name", printed)
        self.assertEqual(contract.annex_id, annex)
        self.assertRecordValues(
            annex,
            [
                {
                    "name": f"Annex {contract.name}.pdf",
                    "mimetype": "application/pdf",
                    "raw": b"%PDF-1.7 printed",
                }
            ],
        )
        self.assertFalse(contract.unprinted_annex_ids)
        self.assertFalse(self.run_printing())

    def test_both_annexes_when_the_plan_changes_first(self):
        contract = self.make_contract()
        first = contract.annex_id
        with at("2026-03-01 10:00"):
            contract._change_plan(self.plan_always, utc("2026-03-01 10:00"))
        self.run_printing()
        self.assertTrue(first.raw.startswith(b"%PDF"))
        self.assertTrue(contract.annex_id.raw.startswith(b"%PDF"))

    def test_page_stays_when_it_cannot_be_printed(self):
        contract = self.make_contract()
        self.run_printing(UserError("no printer"))
        failures = self.env["helpdesk.job.failure"].search([])
        failure = failures.filtered(lambda failure: failure.res_id == contract.id)
        self.assertEqual(failure.message, "no printer")
        self.assertIn("30 minutes", self.get_text(contract))
        self.run_printing()
        self.assertFalse(failure.exists())
        self.assertTrue(contract.annex_id.raw.startswith(b"%PDF"))

    def test_manager_signs(self):
        """Who may not keep pages as such keeps the same text."""
        contract = self.make_contract(sign=False)
        contract.with_user(self.manager).action_sign()
        self.assertIn("30 minutes", self.get_text(contract))
        self.run_printing()
        self.assertEqual(contract.annex_id.mimetype, "application/pdf")

    def test_plan_is_printed_too(self):
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html(
            "helpdesk_support_contract.action_report_plan", self.plan.ids
        )
        self.assertIn("Priority group", html.decode())
