"""What is sold: hours, channels and levels of the shipped plans (R-A4, R-A5, R-A12)."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestPlan(SupportContractCommon):
    def test_shipped_plans(self):
        """Hours, highest level and channels of each plan of policy A."""
        web = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
        mail = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")
        expected = [
            (self.plan_standard, self.office, "1", web | mail),
            (self.plan, self.office, "3", self.env["helpdesk.ticket.channel"]),
            (self.plan_always, self.always, "3", self.env["helpdesk.ticket.channel"]),
        ]
        for plan, calendar, level, channels in expected:
            with self.subTest(plan=plan.name):
                self.assertEqual(plan.policy_id, self.policy)
                self.assertEqual(plan._get_calendar(False), calendar)
                self.assertEqual(plan.max_level, level)
                self.assertEqual(plan.channel_ids, channels)

    def test_hours_by_environment(self):
        """Production has the plan's hours, the rest its own when they differ (R-C1)."""
        other = self.make_calendar(8, 17.5)
        plan = self.plan_always.copy({"other_calendar_id": other.id})
        self.assertEqual(plan._get_calendar("production_down"), self.always)
        self.assertEqual(plan._get_calendar("production_up"), self.always)
        self.assertEqual(plan._get_calendar("non_production"), other)
        plan.calendar_id = False
        self.assertEqual(plan._get_calendar("production_up"), self.office)
        plan.other_calendar_id = False
        self.assertEqual(plan._get_calendar("non_production"), self.office)

    def test_hours_that_no_deadline_can_count_on_are_refused(self):
        flexible = self.make_calendar(9, 17, schedule_type="flexible")
        empty = self.make_calendar(9, 17)
        empty.attendance_ids.unlink()
        for field in ("calendar_id", "other_calendar_id"):
            with self.assertRefused("flexible", ValidationError):
                self.plan.copy({field: flexible.id})
            with self.assertRefused("has no hours", ValidationError):
                self.plan.copy({field: empty.id})
        with self.assertRefused("flexible", ValidationError):
            self.make_contract(calendar_id=flexible.id)

    def test_hours_in_use_stay_usable(self):
        """Nobody can empty or loosen the schedule of a plan or a contract."""
        of_plan, of_contract = self.make_calendar(9, 17), self.make_calendar(8, 12)
        self.plan.copy({"other_calendar_id": of_plan.id})
        self.make_contract(calendar_id=of_contract.id)
        for calendar in (of_plan, of_contract):
            with self.assertRefused("flexible", ValidationError):
                calendar.schedule_type = "flexible"
            with self.assertRefused("has no hours", ValidationError):
                calendar.attendance_ids = [Command.clear()]

    def test_copy(self):
        copy = self.plan_standard.copy()
        self.assertEqual(copy.name, f"{self.plan_standard.name} (copy)")
        self.assertEqual(copy.channel_ids, self.plan_standard.channel_ids)
        self.assertFalse(copy.contract_ids)

    def test_contracts_of_the_plan(self):
        plan = self.plan.copy()
        contract = self.make_contract(plan_id=plan.id)
        self.assertEqual(plan.contract_count, 1)
        self.assertEqual(plan.action_view_contracts()["res_id"], contract.id)
