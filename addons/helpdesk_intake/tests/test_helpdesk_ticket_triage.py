from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local

from .notice_common import NoticeCommon


class TriageCase(NoticeCommon):
    """Policy B on its team: triage, and severity by impact and urgency."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("helpdesk_sla_policy.policy_acceptance")
        cls.policy.action_activate()
        cls.policy.without_contract = False
        cls.team = cls.env.ref("helpdesk_sla_policy.team_acceptance")
        cls.second = cls.make_user("sla-second", "helpdesk_mgmt.group_helpdesk_user")
        cls.team.user_ids = cls.agent | cls.manager | cls.second
        cls.speciality = cls.env.ref("helpdesk_intake.speciality_technical")
        cls.incident = cls.env["helpdesk.ticket.type"].create({"name": "Fault"})
        prefix = "helpdesk_sla_policy.stage_acceptance_"
        cls.stages = {
            name: cls.env.ref(prefix + name) for name in ("new", "in_progress", "done")
        }


@tagged("post_install", "-at_install")
class TestTriage(TriageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_team = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Infrastructure",
                "sla_policy_id": cls.policy.id,
                "user_ids": [Command.set((cls.agent | cls.second).ids)],
            }
        )
        cls.rule = cls.env["helpdesk.triage.rule"].create(
            {
                "speciality_id": cls.speciality.id,
                "type_id": cls.incident.id,
                "team_id": cls.other_team.id,
                "user_ids": [Command.set((cls.agent | cls.second).ids)],
            }
        )

    def make_case(self, **values):
        return self.make_ticket(
            "2026-01-12 10:00",
            speciality_id=self.speciality.id,
            type_id=self.incident.id,
            **values,
        )

    def test_one_click_applies_the_proposal(self):
        """R-B3: speciality, priority and type propose team and agent; who and when."""
        self.make_ticket("2026-01-12 09:00", user_id=self.agent.id)  # is busier
        ticket = self.make_case()
        self.assertTrue(ticket.needs_triage)
        self.assertEqual(ticket.proposed_team_id, self.other_team)
        self.assertEqual(ticket.proposed_user_id, self.second)
        with at("2026-01-12 10:05"):
            ticket.with_user(self.agent).action_apply_triage()
        self.assertEqual(ticket.team_id, self.other_team)
        self.assertEqual(ticket.user_id, self.second)
        self.assertEqual(ticket.triaged_by_id, self.agent)
        self.assertEqual(local(ticket.triaged_at), "2026-01-12 10:05:00")
        self.assertFalse(ticket.needs_triage)
        self.assertFalse(ticket.proposed_team_id)

    def test_the_filter(self):
        """R-B3: what waits for triage is found; closed tickets do not."""
        ticket = self.make_case()
        done = self.make_case(stage_id=self.stages["done"].id)
        untriaged = self.env["helpdesk.ticket"].search([("needs_triage", "=", True)])
        self.assertIn(ticket, untriaged)
        self.assertNotIn(done, untriaged)
        ticket.action_set_triaged()
        triaged = self.env["helpdesk.ticket"].search([("needs_triage", "=", False)])
        self.assertIn(ticket, triaged)

    def test_what_is_missing_is_named(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        with self.assertRefused("record Speciality, Type first"):
            ticket.action_set_triaged()

    def test_two_people_at_once(self):
        """The second is told who was first."""
        ticket = self.make_case()
        ticket.with_user(self.agent).action_apply_triage()
        with self.assertRefused("was triaged by sla-agent"):
            ticket.with_user(self.manager).action_apply_triage()

    def test_undone_it_is_triaged_again(self):
        ticket = self.make_case()
        ticket.action_set_triaged()
        ticket.action_undo_triage()
        self.assertTrue(ticket.needs_triage)

    def test_the_most_specific_rule_wins(self):
        rules = self.env["helpdesk.triage.rule"]
        rules.create({"team_id": self.team.id})
        ticket = self.make_case()
        self.assertEqual(rules._find_for(ticket), self.rule)
        ticket.type_id = False
        self.assertEqual(rules._find_for(ticket).team_id, self.team)

    def test_without_a_rule_the_speciality_says(self):
        self.rule.unlink()
        self.speciality.write(
            {"team_id": self.team.id, "user_ids": [Command.set(self.second.ids)]}
        )
        ticket = self.make_case()
        self.assertEqual(ticket.proposed_team_id, self.team)
        self.assertEqual(ticket.proposed_user_id, self.second)

    def test_nothing_proposed(self):
        self.rule.unlink()
        ticket = self.make_case()
        with self.assertRefused("No rule proposes a team"):
            ticket.action_apply_triage()

    def test_strangers_are_not_proposed(self):
        with self.assertRefused("add them to the team", Exception):
            self.rule.user_ids = self.agent_own

    def test_rules_of_another_company(self):
        company = self.env["res.company"].create({"name": "Second Company"})
        self.other_team.company_id = company
        self.assertFalse(self.make_case().proposed_team_id)


@tagged("post_install", "-at_install")
class TestSeverityMatrix(TriageCase):
    def test_every_cell(self):
        """R-B1: all processes stopped is Urgent, a critical one High; Medium; Low."""
        for impact, urgency, stars in (
            ("3", "3", "3"),
            ("2", "3", "2"),
            ("3", "2", "2"),
            ("1", "3", "1"),
            ("2", "2", "1"),
            ("3", "1", "1"),
            ("1", "1", "0"),
            ("1", "2", "0"),
            ("2", "1", "0"),
        ):
            with self.subTest(impact=impact, urgency=urgency):
                ticket = self.make_ticket("2026-01-12 10:00", "1")
                self.change(ticket, "10:05", impact=impact, urgency=urgency)
                self.assertEqual(ticket.priority, stars)

    def test_at_creation(self):
        ticket = self.make_ticket("2026-01-12 10:00", "0", impact="3", urgency="3")
        self.assertEqual(ticket.priority, "3")

    def test_without_a_contract_always_the_lowest(self):
        """R-B1: without a contract the matrix does not raise the severity."""
        self.policy.without_contract = "lowest"
        ticket = self.make_ticket("2026-01-12 10:00", "3", impact="3", urgency="3")
        self.assertEqual(ticket.priority, "0")
        self.change(ticket, "10:05", urgency="2")
        self.assertEqual(ticket.priority, "0")
        self.assertTrue(ticket.is_uncommitted)
        self.assertFalse(ticket.timer_ids.filtered(lambda t: t.state != "void"))

    def test_on_the_form(self):
        """The agent sees the severity follow before the ticket is saved."""
        ticket = self.make_ticket("2026-01-12 10:00", "1")
        with Form(ticket.with_user(self.agent)) as form:
            form.impact = "3"
            form.urgency = "3"
            self.assertEqual(form.priority, "3")

    def test_the_grid_is_readable(self):
        grid = str(self.policy.severity_grid)
        self.assertIn("All business processes", grid)
        self.assertIn("Urgent", grid)

    def test_a_matrix_with_a_hole_is_refused(self):
        with self.assertRefused("nine lines", Exception):
            self.policy.severity_rule_ids = [
                Command.delete(self.policy.severity_rule_ids[0].id)
            ]

    def test_a_policy_starts_with_the_usual_matrix(self):
        form = Form(self.make_policy())
        form.severity_by = "matrix"
        policy = form.save()
        self.assertEqual(len(policy.severity_rule_ids), 9)
        self.assertEqual(policy._get_matrix_severity("3", "3"), "3")

    def test_other_policies_leave_the_agent_free(self):
        team = self.env.ref("helpdesk_sla_policy.team_stars")
        ticket = self.make_ticket(
            "2026-01-12 10:00", "1", team_id=team.id, impact="3", urgency="3"
        )
        self.assertEqual(ticket.priority, "1")


@tagged("post_install", "-at_install")
class TestRequestedSeverity(NoticeCommon):
    def test_both_are_kept(self):
        """R-A1: the customer asks for 3 stars, support sets 1, both can be read."""
        ticket = self.make_ticket("2026-01-12 10:00", "1", requested_priority="3")
        self.assertEqual((ticket.priority, ticket.requested_priority), ("1", "3"))
        self.assertTrue(ticket.severity_differs)
        self.assertEqual(ticket.requested_name, "Critical")
        found = self.env["helpdesk.ticket"].search([("severity_differs", "=", True)])
        self.assertIn(ticket, found)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 14:00")

    def test_the_agent_agrees(self):
        """R-A1: agreed at 10:10, the promise of 30 minutes counts from the receipt."""
        ticket = self.make_ticket("2026-01-12 10:00", "1", requested_priority="3")
        with at("2026-01-12 10:10"):
            ticket.with_user(self.agent).action_agree_severity()
        self.assertEqual(ticket.priority, "3")
        self.assertFalse(ticket.severity_differs)
        self.assertEqual(ticket.requested_priority, "3")
        self.assertTimer(ticket, "response", "running", due="2026-01-12 10:30")

    def test_nothing_asked_for(self):
        ticket = self.make_ticket("2026-01-12 10:00", "1")
        self.assertFalse(ticket.severity_differs)
        with self.assertRefused("asked for no severity"):
            ticket.action_agree_severity()
