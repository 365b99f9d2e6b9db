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
    "helpdesk.support.phone",
    "helpdesk.support.service",
    "helpdesk.support.plan.service",
    "helpdesk.support.plan.level",
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

    def test_history_of_plans_is_written_by_nobody(self):
        """A ledger: agents and managers read it, no one edits it."""
        changes = self.env["helpdesk.support.plan.change"]
        for user in (self.agent, self.manager):
            self.assertTrue(changes.with_user(user).has_access("read"))
            for operation in ("write", "create", "unlink"):
                self.assertFalse(changes.with_user(user).has_access(operation))
        self.assertFalse(changes.with_user(self.portal_user).has_access("read"))

    def test_dialogs_are_the_managers(self):
        for model in ("plan.change.wizard", "plan.copy"):
            wizards = self.env[f"helpdesk.support.{model}"]
            self.assertTrue(wizards.with_user(self.manager).has_access("create"))
            for user in (self.agent, self.portal_user):
                self.assertFalse(wizards.with_user(user).has_access("create"))

    def test_agent_cannot_renew_change_or_version(self):
        """Buttons are checked again where they act: they can be called by name."""
        contract = self.make_contract()
        for user in (self.agent, self.portal_user):
            for record, name in (
                (contract, "action_renew"),
                (contract, "action_cancel_change"),
                (contract.plan_id, "action_new_version"),
                (contract.policy_id, "action_new_version"),
            ):
                with self.assertRaises(AccessError):
                    getattr(record.with_user(user), name)()
        self.assertFalse(contract.renewal_id)

    def test_portal_user_releases_nothing_by_name(self):
        """The agents' button is closed to customers; theirs checks the role."""
        self.make_contract()
        ticket = self.make_ticket("2026-01-12 10:00")
        ticket.sudo().write({"hold_reason": "no_contract", "release_reason": "x"})
        with self.assertRaises(AccessError):
            ticket.with_user(self.portal_user).action_release()
        self.assertEqual(ticket.hold_reason, "no_contract")

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
        self.env["helpdesk.support.phone"].create(
            {"contract_id": contract.id, "phone": "+593 0000"}
        )
        for records in (
            contract,
            contract.contact_ids,
            contract.environment_ids,
            contract.phone_ids,
        ):
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

    def test_lines_of_a_private_plan_are_its_companys(self):
        company = self.env["res.company"].create({"name": "Other"})
        private = self.plan.copy({"company_id": company.id})
        for lines in (private.service_ids, private.level_ids):
            found = lines.with_user(self.agent).search([("id", "in", lines.ids)])
            self.assertTrue(lines)
            self.assertFalse(found)

    def test_ticket_of_another_company_finds_no_contract_of_ours(self):
        """One customer of two companies: each ticket has its own company's."""
        company = self.env["res.company"].create({"name": "Other"})
        ours = self.make_contract()
        theirs = self.make_contract(company_id=company.id)
        moment = ours.starts_at
        contracts = self.env["helpdesk.support.contract"]
        for owner, expected in ((self.env.company, ours), (company, theirs)):
            found = contracts._find_for(self.contact, owner, moment)
            self.assertEqual(found, expected)

    def test_contract_takes_no_plan_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        private = self.plan.copy({"company_id": company.id})
        with self.assertRefused("compan"):
            self.make_contract(plan_id=private.id)
