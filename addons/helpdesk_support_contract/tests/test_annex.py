"""The annex: everything that the plan promises, kept as it was signed."""

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestAnnex(SupportContractCommon):
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

    def test_plan_is_printed_too(self):
        report = self.env["ir.actions.report"]
        html, _kind = report._render_qweb_html(
            "helpdesk_support_contract.action_report_plan", self.plan.ids
        )
        self.assertIn("Priority group", html.decode())
