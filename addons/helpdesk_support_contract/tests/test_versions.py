"""What a customer signed does not change; the next version is another record."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestSignedTerms(SupportContractCommon):
    """A policy or plan in a signed contract does not change under it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own_policy = cls.make_policy(
            ("response", 1, {}),
            step_ids=[
                Command.create(
                    {
                        "metric": "response",
                        "percent": 80,
                        "action": "activity",
                        "to_leader": True,
                    }
                ),
                Command.create(
                    {
                        "metric": "escalation",
                        "basis": "elapsed",
                        "amount": 4,
                        "action": "level",
                        "level": "2",
                    }
                ),
            ],
            severity_ids=[Command.create({"severity": "3", "name": "Down"})],
            objective_ids=[Command.create({"metric": "response", "percent": 95})],
        )
        cls.service = cls.env.ref("helpdesk_support_contract.service_meetings")
        cls.own_plan = cls.env["helpdesk.support.plan"].create(
            {
                "name": "Gold",
                "policy_id": cls.own_policy.id,
                "service_ids": [Command.create({"service_id": cls.service.id})],
                "level_ids": [Command.create({"level": "1", "role": "Team"})],
                "channel_ids": [
                    Command.link(
                        cls.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id
                    )
                ],
            }
        )
        cls.contract = cls.make_contract(plan_id=cls.own_plan.id, sign=False)

    def get_edits(self):
        """Return what a manager could change, as (record, values)."""
        policy, plan = self.own_policy, self.own_plan
        return [
            (policy, {"calendar_id": self.always.id}),
            (policy, {"response_by": "reply"}),
            (policy, {"description": "<p>Less</p>"}),
            (policy, {"only_authorized": True}),
            (policy.target_ids, {"amount": 2}),
            (policy.target_ids, {"unit": "day"}),
            (policy.severity_ids, {"name": "Up"}),
            (policy.objective_ids, {"percent": 50}),
            (policy.step_ids.filtered("level"), {"amount": 8}),
            (plan, {"policy_id": self.policy.id}),
            (plan, {"calendar_id": self.always.id}),
            (plan, {"max_level": "3"}),
            (plan, {"included": "<p>Everything</p>"}),
            (plan, {"channel_ids": [Command.clear()]}),
            (plan.service_ids, {"kind": "excluded"}),
            (plan.level_ids, {"role": "Nobody"}),
        ]

    def test_everything_may_be_edited_until_it_is_signed(self):
        for record, vals in self.get_edits():
            record.with_user(self.manager).write(vals)

    def test_nothing_promised_changes_once_it_is_signed(self):
        self.contract.action_sign()
        for record, vals in self.get_edits():
            with (
                self.subTest(model=record._name, vals=vals),
                self.assertRefused(f"contract {self.contract.name}.*New Version"),
            ):
                record.with_user(self.manager).write(vals)

    def test_no_line_is_added_or_removed_under_a_signed_contract(self):
        self.contract.action_sign()
        policy, plan = self.own_policy, self.own_plan
        added = [
            (
                policy,
                {"target_ids": [Command.create({"metric": "solution", "amount": 1})]},
            ),
            (plan, {"level_ids": [Command.create({"level": "2", "role": "Two"})]}),
        ]
        for record, vals in added:
            with self.assertRefused("New Version"):
                record.with_user(self.manager).write(vals)
        for lines in (policy.target_ids, plan.service_ids, plan.level_ids):
            with self.assertRefused("New Version"):
                lines.with_user(self.manager).unlink()

    def test_system_code_cannot_change_it_either(self):
        self.contract.action_sign()
        with self.assertRefused("New Version"):
            self.own_policy.sudo().target_ids.amount = 2

    def test_what_is_no_promise_stays_free(self):
        """Order, archiving, internal alerts and the same value again."""
        self.contract.action_sign()
        policy = self.own_policy.with_user(self.manager)
        policy.write({"sequence": 5, "without_contract": "hold", "active": False})
        policy.step_ids.filtered("to_leader").write({"percent": 90, "to_agent": True})
        policy.target_ids.write({"amount": 1})
        plan = self.own_plan.with_user(self.manager)
        plan.write({"sequence": 1, "name": "Gold plan", "active": False})
        plan.write({"channel_ids": [Command.set(plan.channel_ids.ids)]})

    def test_an_internal_alert_cannot_become_a_promise(self):
        self.contract.action_sign()
        step = self.own_policy.step_ids.filtered("to_leader")
        with self.assertRefused("New Version"):
            step.write({"action": "mail", "to_customer": True})

    def test_hours_of_a_calendar_may_be_corrected(self):
        """A holiday is no new version: the calendar is the same one."""
        self.contract.action_sign()
        self.make_holiday("2026-01-12")

    def test_ended_and_archived_contracts_keep_their_terms(self):
        self.contract.write({"date_start": "2020-01-01", "date_end": "2020-12-31"})
        self.contract.action_sign()
        self.contract.active = False
        with self.assertRefused("New Version"):
            self.own_policy.target_ids.amount = 2

    def test_a_draft_on_a_signed_version_is_let_go(self):
        self.contract.action_sign()
        self.contract.is_signed = False
        self.own_policy.target_ids.amount = 2


@tagged("post_install", "-at_install")
class TestNewVersion(SupportContractCommon):
    def setUp(self):
        super().setUp()
        self.own_policy = self.make_policy(("response", 1, {}))
        self.own_plan = self.plan.copy(
            {"name": "Gold", "policy_id": self.own_policy.id}
        )

    def test_plan_gets_its_next_version(self):
        contract = self.make_contract(plan_id=self.own_plan.id)
        action = self.own_plan.with_user(self.manager).action_new_version()
        version = self.env["helpdesk.support.plan"].browse(action["res_id"])
        self.assertEqual((version.version, version.origin_id), (2, self.own_plan))
        self.assertEqual(version.name, "Gold")
        self.assertEqual(version.display_name, "Gold (v2)")
        self.assertEqual(len(version.service_ids), len(self.own_plan.service_ids))
        self.assertEqual(len(version.level_ids), 3)
        self.assertEqual(contract.plan_id, self.own_plan)
        self.assertEqual(contract.newest_plan_id, version)
        self.assertTrue(self.own_plan.active)
        self.assertFalse(self.own_plan.is_newest)
        self.assertTrue(version.is_newest)
        newest = self.env["helpdesk.support.plan"].search([("is_newest", "=", True)])
        self.assertIn(version, newest)
        self.assertNotIn(self.own_plan, newest)
        version.with_user(self.manager).max_level = "1"

    def test_policy_takes_its_plans_along(self):
        """Plans in contracts get a version with the new policy, others take it."""
        contract = self.make_contract(plan_id=self.own_plan.id)
        unsold = self.own_plan.copy({"name": "Silver"})
        action = self.own_policy.with_user(self.manager).action_new_version()
        version = self.env["helpdesk.sla.policy"].browse(action["res_id"])
        self.assertEqual((version.version, version.origin_id), (2, self.own_policy))
        version.with_user(self.manager).target_ids.amount = 2
        self.assertEqual(self.own_policy.target_ids.amount, 1)
        self.assertEqual(contract.plan_id.policy_id, self.own_policy)
        self.assertEqual(contract.newest_plan_id.policy_id, version)
        self.assertEqual(unsold.policy_id, version)

    def test_version_that_nobody_signed_is_opened_again(self):
        self.make_contract(plan_id=self.own_plan.id)
        first = self.own_plan.action_new_version()["res_id"]
        self.assertEqual(self.own_plan.action_new_version()["res_id"], first)

    def test_third_version_comes_after_the_second(self):
        self.make_contract(plan_id=self.own_plan.id)
        second = self.own_plan._make_version()
        other = self.make_customer("Otra Empresa", "otra")[0]
        self.make_contract(plan_id=second.id, partner_id=other.id)
        third = self.own_plan._make_version()
        self.assertEqual((third.version, third.origin_id), (3, self.own_plan))
        self.assertEqual(second._get_newest(), third)

    def test_names_of_versions_keep_their_translations(self):
        self.env["res.lang"]._activate_lang("es_ES")
        spanish = self.own_plan.with_context(lang="es_ES")
        spanish.name = "Oro"
        version = self.own_plan._make_version()
        self.assertEqual(version.with_context(lang="es_ES").name, "Oro")
        self.assertEqual(version.with_context(lang="en_US").name, "Gold")

    def test_copy_keeps_a_name_that_is_given(self):
        self.assertEqual(self.plan.copy({"name": "Mine"}).name, "Mine")
        self.assertEqual(self.policy.copy({"name": "Mine"}).name, "Mine")


@tagged("post_install", "-at_install")
class TestCustomersPlan(SupportContractCommon):
    """A policy can be copied and changed for one customer (R-E7)."""

    def test_one_click_on_the_contract(self):
        contract = self.make_contract(sign=False)
        contract.with_user(self.manager).action_own_plan()
        plan = contract.plan_id
        self.assertEqual(plan.name, f"{self.plan.name} – {self.customer.name}")
        self.assertEqual(plan.partner_id, self.customer)
        self.assertEqual(plan.policy_id.partner_id, self.customer)
        self.assertEqual(
            plan.policy_id.name, f"{self.policy.name} – {self.customer.name}"
        )
        self.assertEqual(len(plan.policy_id.target_ids), len(self.policy.target_ids))
        amounts = self.policy.target_ids.mapped("amount")
        plan.policy_id.target_ids.filtered("amount")[:1].amount = 99
        self.assertEqual(self.policy.target_ids.mapped("amount"), amounts)

    def test_one_click_on_the_plan(self):
        wizards = self.env["helpdesk.support.plan.copy"].with_user(self.manager)
        wizard = wizards.create(
            {"plan_id": self.plan.id, "partner_id": self.contact.id}
        )
        copied = self.env["helpdesk.support.plan"].browse(
            wizard.action_copy()["res_id"]
        )
        self.assertEqual(copied.partner_id, self.customer)
        self.assertNotEqual(copied.policy_id, self.policy)

    def test_nobody_else_signs_it(self):
        plan = self.plan._make_customer_plan(self.customer)
        other = self.make_customer("Otra Empresa", "otra")[0]
        with self.assertRefused(f"made for {self.customer.name}", ValidationError):
            self.make_contract(plan_id=plan.id, partner_id=other.id)

    def test_signed_contract_keeps_its_plan(self):
        contract = self.make_contract()
        with self.assertRefused("is signed", UserError):
            contract.action_own_plan()


@tagged("post_install", "-at_install")
class TestChangeOfPlan(SupportContractCommon):
    """An upgrade in mid-term counts from an instant, for open tickets too."""

    def change_plan(self, contract, plan, moment=None):
        wizard = (
            self.env["helpdesk.support.plan.change.wizard"]
            .with_user(self.manager)
            .create(
                {
                    "contract_id": contract.id,
                    "plan_id": plan.id,
                    "at": moment,
                    "reason": "Agreed by mail",
                }
            )
        )
        wizard.action_change()
        self.env.flush_all()

    def test_upgrade_now(self):
        """8/5 to 24/7 at Fri 18:00: 10 min until 17:00, 20 more from 18:00 on."""
        contract = self.make_contract()
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.assertTimer(ticket, "response", due="2026-01-12 09:20")
        with at("2026-01-09 18:00"):
            self.change_plan(contract, self.plan_always)
        self.follow_changes("2026-01-09 18:01")
        self.assertTimer(ticket, "response", due="2026-01-09 18:20")
        change = contract.change_ids
        self.assertEqual(change.user_id, self.manager)
        self.assertEqual(change.reason, "Agreed by mail")
        for moment, plan in (
            ("2026-01-09 17:59:59", self.plan),
            ("2026-01-09 18:00:00", self.plan_always),
            ("2026-03-09 18:00:00", self.plan_always),
        ):
            self.assertEqual(contract._get_plan_at(utc(moment)), plan, moment)

    def test_upgrade_to_come(self):
        """Agreed on Friday for Sat 11:00; the job runs at 11:00:40."""
        contract = self.make_contract()
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        with at("2026-01-09 16:55"):
            self.change_plan(contract, self.plan_always, utc("2026-01-10 11:00"))
        self.assertEqual(contract.plan_id, self.plan)
        self.assertEqual(
            contract._get_plan_at(utc("2026-01-10 11:00")), self.plan_always
        )
        with at("2026-01-10 11:00:20"):
            between = self.make_ticket("2026-01-10 11:00:20", "3")
        self.assertTimer(between, "response", due="2026-01-10 11:30:20")
        self.run_plans_cron("2026-01-10 10:59:59")
        self.assertEqual(contract.plan_id, self.plan)
        self.run_plans_cron("2026-01-10 11:00:40")
        self.assertEqual(contract.plan_id, self.plan_always)
        self.assertFalse(contract.next_plan_at)
        self.follow_changes("2026-01-10 11:01")
        # 10 min on Friday, 20 more from Sat 11:00:00 on.
        self.assertTimer(ticket, "response", due="2026-01-10 11:20")
        self.assertTimer(between, "response", due="2026-01-10 11:30:20")

    def run_plans_cron(self, when):
        cron = self.env.ref("helpdesk_support_contract.ir_cron_change_plans")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_taken_back(self):
        contract = self.make_contract()
        with at("2026-01-09 16:55"):
            self.change_plan(contract, self.plan_always, utc("2026-01-10 11:00"))
            with self.assertRefused("take it back first"):
                self.change_plan(contract, self.plan_standard)
            contract.with_user(self.manager).action_cancel_change()
        self.run_plans_cron("2026-01-10 12:00")
        self.assertEqual(contract.plan_id, self.plan)
        self.assertFalse(contract.change_ids)

    def test_the_past_stays(self):
        contract = self.make_contract()
        with at("2026-01-09 16:55"), self.assertRefused("from now on or later"):
            self.change_plan(contract, self.plan_always, utc("2026-01-09 16:54:59"))

    def test_the_same_plan_is_no_change(self):
        contract = self.make_contract()
        with at("2026-01-09 16:55"), self.assertRefused("has this plan already"):
            self.change_plan(contract, self.plan)

    def test_plan_written_on_a_contract_with_tickets_is_history_too(self):
        contract = self.make_contract()
        contract.plan_id = self.plan_standard  # entered wrongly, nothing happened yet
        self.assertFalse(contract.change_ids)
        self.make_ticket("2026-01-09 16:50")
        with at("2026-01-09 18:00"):
            contract.plan_id = self.plan_always
        self.assertEqual(
            contract._get_plan_at(utc("2026-01-09 17:00")), self.plan_standard
        )
        self.assertEqual(contract.plan_id, self.plan_always)

    def test_plans_that_were_left_stay_as_they_were(self):
        contract = self.make_contract()
        self.make_ticket("2026-01-09 16:50")
        with at("2026-01-09 18:00"):
            contract.plan_id = self.plan_always
        with self.assertRefused("New Version"):
            self.plan.max_level = "1"

    def test_agents_do_not_change_plans(self):
        contract = self.make_contract()
        with self.assertRaises(AccessError), self.cr.savepoint():
            contract.with_user(self.agent)._change_plan(
                self.plan_always, utc("2030-01-01 00:00")
            )
        self.assertFalse(contract.change_ids)
