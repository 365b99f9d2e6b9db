from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import SupportContractCommon


@tagged("post_install", "-at_install")
class TestAttainment(SupportContractCommon):
    def test_promises_are_counted_by_plan_and_contract(self):
        contract = self.make_contract()
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:10", "assigned")
        rows = self.env["helpdesk.sla.attainment"]._read_group(
            [("ticket_id", "=", ticket.id), ("metric", "=", "response")],
            ["plan_id", "contract_id"],
            ["kept:avg", "met_count:sum"],
        )
        self.assertEqual(rows, [(self.plan, contract, 100, 1)])

    def test_a_ticket_without_contract_is_counted_too(self):
        ticket = self.make_ticket("09:00", "3")
        rows = self.env["helpdesk.sla.attainment"].search(
            [("ticket_id", "=", ticket.id)]
        )
        self.assertTrue(rows)
        self.assertFalse(rows.plan_id)
        self.assertFalse(rows.contract_id)

    def test_a_ticket_of_a_contract_is_adopted_with_its_plans_policy(self):
        """The team has no policy; nothing timed the ticket before."""
        self.team.sla_policy_id = False
        contract = self.make_contract()
        ticket = self.make_ticket("09:00", "3")
        self.assertEqual(ticket.contract_id, contract)
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM helpdesk_sla_event WHERE ticket_id = %(id)s;"
            "DELETE FROM helpdesk_sla_timer WHERE ticket_id = %(id)s;"
            "UPDATE helpdesk_ticket SET sla_adopted = NULL, sla_policy_id = NULL, "
            "next_due = NULL WHERE id = %(id)s",
            {"id": ticket.id},
        )
        self.env.invalidate_all()
        with at("09:20"):
            adoption = self.env["helpdesk.sla.adoption"].create(
                {"team_ids": self.team.ids}
            )
            adoption.action_preview()
            adoption.action_adopt()
        self.assertEqual(adoption.line_ids.policy_id, self.plan.policy_id)
        self.env.invalidate_all()
        self.assertEqual(ticket.sla_policy_id, self.plan.policy_id)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 09:30")
