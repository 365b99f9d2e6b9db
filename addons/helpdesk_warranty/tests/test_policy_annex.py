"""The annex of a contract says what was promised of warranty and coverage."""

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestPolicyAnnex(WarrantyCommon):
    def read_annex(self, lang, rule=None, clause=None):
        """Return the annex as signed of a contract on the policy of the stars."""
        policy = self.env.ref("helpdesk_sla_policy.policy_stars").copy({"active": True})
        if rule:
            policy.credit_rule_ids = [Command.create(rule)]
        if clause:
            cause = self.env.ref("helpdesk_warranty.reason_user_error")
            policy.coverage_clause_ids = [
                Command.create({"reason_id": cause.id, "clause": clause})
            ]
        customer = self.make_customer("Comercial Andina", f"annex_{lang}")[0]
        customer.lang = lang
        contract = self.make_contract(
            partner_id=customer.id, plan_id=self.plan.copy({"policy_id": policy.id}).id
        )
        text = html2plaintext(contract.annex_id.raw.decode())
        return " ".join(text.partition("[1] data:")[0].split())

    def test_warranty_and_coverage(self):
        """R-A7: 15 days for tickets and settings, 60 for a development."""
        text = self.read_annex("en_US", clause="Clause 7")
        for words in (
            "whichever comes later",
            "Ticket 15 days",
            "Setting 15 days",
            "Development 60 days",
            "What is covered and what is not",
            "User error or misuse No (no warranty either) Clause 7",
        ):
            with self.subTest(words):
                self.assertIn(words, text)
        self.assertNotIn("Service credits for missed targets", text)

    def test_service_credits_in_the_customers_language(self):
        """R-C7: the percentage and its cap."""
        text = self.read_annex("es_ES", rule={"percent": 5, "cap_percent": 10})
        for words in (
            "Garantía En días naturales",
            "Desarrollo 60 días",
            "Créditos de servicio por plazos incumplidos",
            "5 % (como máximo 10 % en cada período)",
        ):
            with self.subTest(words):
                self.assertIn(words, text)
