"""A preset is put to work, or away, without touching any other team."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SupportContractCommon

PRESETS = ("acceptance", "production", "uptime", "full")


@tagged("post_install", "-at_install")
class TestActivation(SupportContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = {
            name: cls.env.ref(f"helpdesk_sla_policy.policy_{name}") for name in PRESETS
        }
        cls.uptime = cls.policies["uptime"]
        cls.uptime_team = cls.env.ref("helpdesk_sla_policy.team_uptime")
        cls.uptime_plan = cls.env.ref("helpdesk_support_contract.plan_uptime")

    def get_boards(self):
        """Return the stages of every team that works now, by its id."""
        teams = self.env["helpdesk.ticket.team"].search([])
        return {team.id: team._get_applicable_stages() for team in teams}

    def test_all_are_ready_and_away(self):
        for policy in self.policies.values():
            self.assertFalse(policy.active)
            self.assertFalse(policy.company_id)
            self.assertTrue(policy.severity_ids)
        self.assertTrue(self.policy.active)

    def test_activating_changes_no_other_board(self):
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        before = self.get_boards()
        self.assertIn(other.id, before)
        for policy in self.policies.values():
            policy.action_activate()
        after = self.get_boards()
        self.assertEqual({key: after[key] for key in before}, before)
        new = [after[key] for key in set(after) - set(before)]
        self.assertEqual(len(new), len(PRESETS))
        for stages in new:
            self.assertTrue(stages)
            self.assertFalse(stages & before[other.id])
        warnings = self.env["helpdesk.ticket.team"].search([]).mapped("sla_warning")
        self.assertFalse(any(warnings[: len(PRESETS)]))

    def test_activate_brings_team_stages_types_and_plans(self):
        stages = self.env["helpdesk.ticket.stage"].search([])
        self.uptime.with_user(self.manager).action_activate()
        self.assertTrue(self.uptime.active and self.uptime_team.active)
        self.assertTrue(self.uptime_plan.active)
        self.assertTrue(self.env.ref("helpdesk_sla_policy.type_incident").active)
        new = self.env["helpdesk.ticket.stage"].search([]) - stages
        self.assertEqual(new.team_ids, self.uptime_team)
        ticket = self.make_ticket("10:00", team_id=self.uptime_team.id)
        self.assertEqual(ticket.stage_id, new[0])
        self.assertEqual(ticket.sla_policy_id, self.uptime)

    def test_put_away_undoes_it(self):
        before = self.env["helpdesk.ticket.stage"].search([])
        self.uptime.with_user(self.manager).action_activate()
        self.uptime.with_user(self.manager).action_put_away()
        for record in (self.uptime, self.uptime_team, self.uptime_plan):
            self.assertFalse(record.active)
        self.assertEqual(self.env["helpdesk.ticket.stage"].search([]), before)

    def test_put_away_is_refused_while_tickets_are_open(self):
        self.uptime.action_activate()
        ticket = self.make_ticket("10:00", team_id=self.uptime_team.id)
        with self.assertRefused("Tickets are open"):
            self.uptime.action_put_away()
        self.assertTrue(self.uptime_team.active)
        done = self.env.ref("helpdesk_sla_policy.stage_uptime_done")
        ticket.stage_id = done
        self.uptime.action_put_away()
        self.assertFalse(self.uptime.active)
        self.assertEqual(ticket.stage_id, done)

    def test_put_away_is_refused_while_contracts_run(self):
        self.uptime.action_activate()
        self.make_contract(
            plan_id=self.uptime_plan.id, date_start="2020-01-01", date_end="2099-12-31"
        )
        with self.assertRefused("Contracts run"):
            self.uptime.action_put_away()

    def test_agents_do_not_activate(self):
        with self.assertRaises(AccessError):
            self.uptime.with_user(self.agent).action_activate()

    def test_board_of_a_team_has_only_its_own_stages(self):
        """The kanban of the team shows no stage of all teams."""
        tickets = self.env["helpdesk.ticket"].with_context(default_team_id=self.team.id)
        stages = tickets._read_group_stage_ids(
            self.env["helpdesk.ticket.stage"].browse(), []
        )
        self.assertEqual(stages, self.team._get_applicable_stages())
        self.assertEqual(stages.team_ids, self.team)

    def test_the_form_offers_only_its_own_stages(self):
        """The bar at the top of a ticket is the board of its team."""
        ticket = self.make_ticket("10:00")
        domain = [("team_ids", "in", [self.team.id])]
        stages = self.env["helpdesk.ticket.stage"].search(domain)
        self.assertEqual(stages, self.team._get_applicable_stages())
        self.assertIn(ticket.stage_id, stages)
        either = [("team_ids", "in", [self.team.id, False])]
        self.assertLess(stages, self.env["helpdesk.ticket.stage"].search(either))
