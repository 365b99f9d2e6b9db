"""Agents read contracts, managers keep them, customers and others see none."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SupportContractCommon

MODELS = (
    "helpdesk.support.plan",
    "helpdesk.support.contract",
    "helpdesk.support.contact",
    "helpdesk.support.environment",
)


@tagged("post_install", "-at_install")
class TestSecurity(SupportContractCommon):
    def test_access_of_each_group(self):
        nobody = new_test_user(self.env, "contract-nobody", groups="base.group_user")
        rights = [
            (self.agent_own, {"read"}),
            (self.agent, {"read"}),
            (self.manager, {"read", "write", "create", "unlink"}),
            (self.portal_user, set()),
            (nobody, set()),
        ]
        for model in MODELS:
            for user, allowed in rights:
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(model=model, user=user.login, op=operation):
                        has_access = (
                            self.env[model].with_user(user).has_access(operation)
                        )
                        self.assertEqual(has_access, operation in allowed)

    def test_agent_cannot_sign(self):
        """A button's method checks rights as well: it can be called by name."""
        contract = self.make_contract(sign=False)
        for user in (self.agent, self.portal_user):
            with self.assertRaises(AccessError):
                contract.with_user(user).action_sign()
        self.assertFalse(contract.is_signed)

    def test_agent_cannot_suspend_or_resume(self):
        contract = self.make_contract()
        contract.suspension_reason = "Not paid"
        for name in ("action_suspend", "action_resume"):
            with self.assertRaises(AccessError):
                getattr(contract.with_user(self.agent), name)()

    def test_other_company(self):
        """Contracts, their contacts and environments belong to a company."""
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "contract-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        contract = self.make_contract(contacts=[self.contact])
        self.make_environment(contract)
        for records in (contract, contract.contact_ids, contract.environment_ids):
            model = self.env[records._name].with_user(stranger)
            self.assertFalse(model.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                records.with_user(stranger).write({"company_id": company.id})

    def test_shared_plan_private_plan(self):
        """A plan without company is everybody's, another company's is not."""
        company = self.env["res.company"].create({"name": "Other"})
        private = self.plan.copy({"company_id": company.id})
        plans = self.env["helpdesk.support.plan"].with_user(self.agent)
        found = plans.search([("id", "in", (self.plan | private).ids)])
        self.assertEqual(found.ids, self.plan.ids)

    def test_contract_takes_no_plan_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        private = self.plan.copy({"company_id": company.id})
        with self.assertRefused("compan"):
            self.make_contract(plan_id=private.id)
