"""Who sees and changes what: helpdesk_mgmt's rights hold for timers and ledgers."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import HelpdeskSlaCommon

LEDGERS = ("helpdesk.sla.event", "helpdesk.sla.timer")
CONFIGURATION = ("helpdesk.sla.policy", "helpdesk.sla.target", "helpdesk.sla.severity")


@tagged("post_install", "-at_install")
class TestSecurity(HelpdeskSlaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        teams = cls.env["helpdesk.ticket.team"]
        cls.own_team = teams.create(
            {
                "name": "Own",
                "sla_policy_id": cls.policy.id,
                "user_ids": [Command.set((cls.agent_own | cls.agent_team).ids)],
            }
        )
        cls.other_team = teams.create({"name": "Other", "sla_policy_id": cls.policy.id})

    def make_tickets(self):
        """Return tickets: of the own agent, unassigned, a colleague's, elsewhere."""
        own = {"team_id": self.own_team.id}
        mine = self.make_ticket("10:00", user_id=self.agent_own.id, **own)
        free = self.make_ticket("10:00", **own)
        colleague = self.make_ticket("10:00", user_id=self.agent_team.id, **own)
        elsewhere = self.make_ticket("10:00", team_id=self.other_team.id)
        return mine, free, colleague, elsewhere

    def assertSees(self, user, tickets, expected):
        for model in LEDGERS:
            found = (
                self.env[model]
                .with_user(user)
                .search([("ticket_id", "in", [ticket.id for ticket in tickets])])
            )
            seen = [ticket in found.sudo().ticket_id for ticket in tickets]
            self.assertEqual(seen, expected, model)

    def test_personal_agent_sees_the_own_and_the_free(self):
        tickets = self.make_tickets()
        self.assertSees(self.agent_own, tickets, [True, True, False, False])

    def test_team_agent_sees_the_team(self):
        tickets = self.make_tickets()
        self.assertSees(self.agent_team, tickets, [True, True, True, False])

    def test_agent_sees_all(self):
        tickets = self.make_tickets()
        self.assertSees(self.agent, tickets, [True, True, True, True])

    def test_other_company_sees_nothing(self):
        """Timers and ledger belong to their ticket's company."""
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "sla-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        tickets = self.make_tickets()
        self.assertSees(stranger, tickets, [False] * 4)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_portal_and_strangers_have_no_access(self):
        """Customers read their promises on the page of their ticket only."""
        stranger = new_test_user(self.env, "sla-nobody", groups="base.group_user")
        for user in (self.portal_user, stranger):
            for model in (*LEDGERS, *CONFIGURATION):
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(user=user.login, model=model, op=operation):
                        records = self.env[model].with_user(user)
                        self.assertFalse(records.has_access(operation))

    def test_nobody_writes_the_ledger(self):
        """Facts and verdicts are the system's: managers cannot touch them either."""
        ticket = self.make_ticket("10:00")
        for user in (self.agent, self.manager, self.env.ref("base.user_admin")):
            for records in (ticket.event_ids, ticket.timer_ids):
                records = records.with_user(user)
                with self.subTest(user=user.login, model=records._name):
                    self.assertTrue(records.has_access("read"))
                    with self.assertRaises(AccessError):
                        records.write({"severity": "0"})
                    with self.assertRaises(AccessError):
                        records.unlink()
                    with self.assertRaises(AccessError):
                        records.create({"ticket_id": ticket.id})

    def test_nobody_writes_the_ledger_through_the_ticket(self):
        """A write on the ticket cannot carry rows of the ledger along."""
        ticket = self.make_ticket("10:00")
        for field in ("event_ids", "timer_ids"):
            record = ticket[field]
            commands = [
                Command.update(record.id, {"severity": "0"}),
                Command.delete(record.id),
                Command.create({"metric": "solution", "state": "met"}),
                Command.clear(),
                Command.set([]),
                Command.unlink(record.id),
            ]
            for command in commands:
                with (
                    self.subTest(field=field, command=command),
                    self.assertRaises(AccessError),
                    self.request_of(self.manager) as env,
                ):
                    env["helpdesk.ticket"].browse(ticket.id).write({field: [command]})
            self.env.invalidate_all()
            self.assertTrue(record.exists())
            self.assertEqual(record.severity, "1")

    def test_sudo_commands_from_a_parent_are_refused(self):
        """Not even elevated code rewrites the ledger by a parent's commands."""
        ticket = self.make_ticket("10:00")
        for field in ("event_ids", "timer_ids"):
            command = Command.update(ticket[field].id, {"severity": "0"})
            for user in (self.manager, self.portal_user):
                with (
                    self.subTest(field=field, user=user.login),
                    self.assertRaises(AccessError),
                    self.request_of(user) as env,
                ):
                    elevated = env["helpdesk.ticket"].sudo().browse(ticket.id)
                    elevated.write({field: [command]})
            self.env.invalidate_all()
            self.assertEqual(ticket[field].severity, "1")

    def test_only_managers_change_policies(self):
        for model in CONFIGURATION:
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=model, operation=operation):
                    records = self.env[model]
                    self.assertFalse(
                        records.with_user(self.agent).has_access(operation)
                    )
                    self.assertTrue(
                        records.with_user(self.manager).has_access(operation)
                    )

    def test_agents_read_the_promises_of_their_tickets(self):
        """The ticket's form works for agents of every level."""
        mine, free, _colleague, _elsewhere = self.make_tickets()
        for user in (self.agent_own, self.agent_team, self.agent, self.manager):
            for ticket in (mine, free):
                ticket = ticket.with_user(user)
                self.env.invalidate_all()
                fields = ["next_due", "response_due", "is_late", "severity_name"]
                self.assertTrue(ticket.read(fields)[0]["next_due"])
                self.assertTrue(ticket.timer_ids.explanation)
                self.assertTrue(ticket.sla_policy_id.name)

    def test_agent_cannot_read_through_another_companys_policy(self):
        """A policy of another company is not offered."""
        company = self.env["res.company"].create({"name": "Other"})
        policy = self.make_policy(("response", 1, {}), company_id=company.id)
        policies = self.env["helpdesk.sla.policy"].with_user(self.manager)
        self.assertFalse(policies.search([("id", "=", policy.id)]))
        with self.assertRaises(AccessError):
            policies.browse(policy.id).name = "Mine"
