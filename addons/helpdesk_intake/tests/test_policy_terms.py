"""What intake adds to a policy is agreed with it: versions, annex, accepted text."""

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import html2plaintext

from odoo.addons.helpdesk_support_contract.tests.common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestPolicyTerms(SupportContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        preset = cls.env.ref("helpdesk_sla_policy.policy_acceptance")
        cls.own_policy = preset.copy(
            {"name": "Own", "active": True, "tacit_close_days": 5}
        )
        cls.own_plan = cls.plan.copy({"policy_id": cls.own_policy.id})
        cls.contract = cls.make_contract(plan_id=cls.own_plan.id, sign=False)

    def get_edits(self):
        """Return what a manager could change, as (record, values)."""
        policy = self.own_policy
        return [
            (policy, {"tacit_close_days": 3}),
            (policy, {"severity_by": "agent"}),
            (policy.severity_rule_ids[0], {"severity": "0"}),
            (policy.notice_ids[0], {"kind": "diagnosis"}),
        ]

    def read_annex(self):
        text = html2plaintext(self.contract.annex_id.raw.decode())
        return " ".join(text.partition("[1] data:")[0].split())

    def test_free_until_it_is_signed(self):
        for record, vals in self.get_edits():
            record.with_user(self.manager).write(vals)

    def test_kept_once_it_is_signed(self):
        """R-B1, R-A11, R-A14: neither the matrix, a notice nor the term changes."""
        self.contract.action_sign()
        for record, vals in self.get_edits():
            with (
                self.subTest(model=record._name, vals=vals),
                self.assertRefused(f"contract {self.contract.name}.*New Version"),
            ):
                record.with_user(self.manager).write(vals)
        with self.assertRefused("New Version"):
            self.own_policy.notice_ids[0].unlink()
        with self.assertRefused("New Version"):
            self.own_policy.notice_ids = [Command.clear()]

    def make_question(self, **values):
        return self.env["helpdesk.intake.field"].create(
            {"policy_id": self.own_policy.id, "name": "Users involved", **values}
        )

    def test_what_a_ticket_has_to_say_is_kept_once_it_is_signed(self):
        """R-A10: nothing more is asked under a signed contract, and nothing less."""
        asked = self.make_question()
        free = self.make_question(name="Browser", required=False)
        self.contract.action_sign()
        for record, vals in (
            (asked, {"required": False}),
            (asked, {"is_asked": False}),
            (asked, {"active": False}),
            (asked, {"kind": "text"}),
            (free, {"required": True}),
        ):
            with (
                self.subTest(vals=vals),
                self.assertRefused(f"contract {self.contract.name}.*New Version"),
            ):
                record.with_user(self.manager).write(vals)
        with self.assertRefused("New Version"):
            self.make_question(name="Serial number")
        with self.assertRefused("New Version"):
            asked.unlink()

    def test_how_it_is_asked_stays_free(self):
        asked = self.make_question()
        free = self.make_question(name="Browser", required=False)
        self.contract.action_sign()
        asked.with_user(self.manager).write(
            {"name": "Who is affected?", "help": "Names", "sequence": 3}
        )
        free.with_user(self.manager).write({"active": False, "kind": "text"})
        self.make_question(name="Screen size", required=False)

    def test_the_next_version_asks_what_it_likes(self):
        asked = self.make_question()
        self.contract.action_sign()
        action = self.own_policy.with_user(self.manager).action_new_version()
        version = self.own_policy.browse(action["res_id"])
        question = version.intake_field_ids.filtered(lambda f: f.key == asked.key)
        question.with_user(self.manager).required = False
        self.assertTrue(asked.required)

    def test_the_annex_names_what_a_ticket_has_to_say(self):
        self.make_question()
        self.make_question(name="Browser", required=False)
        self.contract.action_sign()
        text = self.read_annex()
        self.assertIn("What a ticket has to say", text)
        self.assertIn("Users involved", text)
        self.assertNotIn("Browser", text)

    def test_the_words_of_a_notice_stay_free(self):
        self.contract.action_sign()
        notice = self.own_policy.notice_ids[0]
        notice.template_id = notice.template_id.copy()

    def test_the_next_version_has_them_and_is_free(self):
        self.contract.action_sign()
        action = self.own_policy.with_user(self.manager).action_new_version()
        version = self.own_policy.browse(action["res_id"])
        self.assertEqual(len(version.severity_rule_ids), 9)
        self.assertEqual(
            version.notice_ids.mapped("kind"), self.own_policy.notice_ids.mapped("kind")
        )
        version.with_user(self.manager).tacit_close_days = 3
        self.assertEqual(self.own_policy.tacit_close_days, 5)

    def test_the_annex_names_them(self):
        self.contract.action_sign()
        text = self.read_annex()
        for words in (
            "Severity by impact and urgency",
            "All business processes",
            "The customer is told of: Receipt, Solution, Closing.",
            "within 5 business days of the notice of its solution.",
        ):
            self.assertIn(words, text)

    def test_the_annex_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(["helpdesk_intake"], ["es_ES"])
        self.customer.lang = "es_ES"
        self.contract.action_sign()
        text = self.read_annex()
        self.assertIn("Severidad por impacto y urgencia", text)
        self.assertIn("Se avisa al cliente de: Recepción", text)
        self.assertNotIn("closes by itself", text)

    def test_the_text_that_users_accept_names_them(self):
        """R-B8: what is accepted on the portal is what the annex says."""
        text = html2plaintext(str(self.own_policy._get_acceptance_text()))
        self.assertIn("All business processes", text)
        self.assertIn("closes by itself", text)
