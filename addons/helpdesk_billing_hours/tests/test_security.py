"""Agents log, accountants invoice, nobody rewrites how hours were charged."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon

OPERATIONS = ("read", "write", "create", "unlink")
GROUP_OWN = "helpdesk_mgmt.group_helpdesk_user_own"


@tagged("post_install", "-at_install")
class TestSecurity(BillingCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.log(self.ticket, "2026-01-13 10:00", "2:10")

    def test_access_of_each_role(self):
        """Who reads, writes, creates and deletes what; a letter for each."""
        nobody = new_test_user(self.env, "billing-nobody", groups="base.group_user")
        agents = [self.agent_own, self.agent_team, self.agent]
        users = [*agents, self.manager, self.accountant, self.portal_user, nobody]
        table = {
            # model: agents (own, team, all), manager, accountant, portal, employee
            "helpdesk.work.type": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.support.plan.price": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.support.plan.band": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.hours.pack": ["r", "r", "r", "rwc", "rwc", "", ""],
            "helpdesk.hours.share": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.run": ["", "", "", "", "r", "", ""],
            "helpdesk.hours.run.failure": ["", "", "", "", "r", "", ""],
            "helpdesk.hours.credit": ["", "", "", "", "rw", "", ""],
            "helpdesk.service.credit": ["", "", "r", "rw", "r", "r", ""],
            "helpdesk.service.credit.line": ["", "", "r", "r", "r", "", ""],
            "helpdesk.service.credit.rule": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.support.fee": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.grant": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.statement": ["", "", "rc", "rwcu", "rwcu", "", ""],
            "helpdesk.hours.dispute": ["rc", "rc", "rc", "rwc", "r", "", ""],
            "helpdesk.hours.alert": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.liability": ["", "", "", "", "rwcu", "", ""],
            "helpdesk.hours.liability.line": ["", "", "", "", "r", "", ""],
            "helpdesk.hours.reconciliation": ["", "", "", "", "rwcu", "", ""],
            "helpdesk.hours.reconciliation.line": ["", "", "", "", "r", "", ""],
            "helpdesk.hours.analysis": ["", "", "r", "r", "r", "", ""],
            "helpdesk.hours.margin": ["", "", "", "r", "r", "", ""],
            "helpdesk.price.change": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.price.notice": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.invoicing": ["", "", "", "", "rwcu", "", ""],
            "helpdesk.hours.approval": ["r", "r", "r", "rwcu", "rwcu", "", ""],
            "helpdesk.hours.approval.line": ["r", "r", "r", "r", "r", "", ""],
            "helpdesk.hours.approval.proof": [*["rwc"] * 5, "", ""],
            "helpdesk.hours.approval.ask": ["", "", "", "rwcu", "rwcu", "", ""],
            "helpdesk.price.change.line": ["r", "r", "r", "rwcu", "r", "", ""],
            "helpdesk.job.failure": ["", "", "", "r", "r", "", ""],
            "account.move": ["", "", "", "", "rwcu", "r", ""],
            "helpdesk.ticket": ["rwc", "rwc", "rwc", "rwcu", "r", "r", "r"],
            "account.analytic.line": ["rwcu", "rwcu", "rwcu", "rwcu", "rwcu", "", ""],
        }
        for model, row in table.items():
            for user, expected in zip(users, row, strict=True):
                records = self.env[model].with_user(user)
                got = "".join(
                    name[0] for name in OPERATIONS if records.has_access(name)
                )
                with self.subTest(model=model, user=user.login):
                    self.assertEqual(got, expected)

    def test_accountant_runs_and_sees_money_without_helpdesk(self):
        """No helpdesk group is needed to propose, run and open all that it made."""
        self.assertFalse(self.accountant.has_group(GROUP_OWN))
        move = self.run_invoicing("2026-01-31")
        env = self.env(user=self.accountant)
        run = env["helpdesk.hours.run"].browse(move.support_run_id.id)
        self.assertEqual(run.move_ids.amount_untaxed, 97.5)
        self.assertEqual(run.share_ids.mapped("minutes"), [130])
        for action in (
            run.action_view_invoices(),
            run.move_ids.action_view_support_hours(),
        ):
            views = env[action["res_model"]].get_views(
                [(False, kind) for kind in ("list", "form", "search")]
            )
            self.assertTrue(views["views"])
        ticket = self.ticket.sudo(False).with_user(self.accountant)
        self.assertTrue(ticket.get_views([(False, "form")])["views"])
        self.assertEqual(ticket.share_ids.hours, 130 / 60)

    def test_managers_override_and_approve_agents_do_not(self):
        """A manager overrides the coverage with a reason; an agent is refused."""
        values = {
            "coverage_override": "covered",
            "coverage_override_reason": "Goodwill",
        }
        with self.assertRaises(AccessError):
            self.change(self.ticket, "2026-01-14 10:00", self.agent, **values)
        self.change(self.ticket, "2026-01-14 10:00", self.manager, **values)
        self.assertCharged(self.ticket, free="2:10")

    def test_agents_log_their_own_hours_only(self):
        """An agent changes no colleague's line, a manager does."""
        colleague = self.make_user("sla-colleague2", GROUP_OWN.replace("_own", ""))
        self.env["hr.employee"].create({"name": "C", "user_id": colleague.id})
        line = self.ticket.timesheet_ids
        with self.assertRaises(AccessError):
            line.sudo(False).with_user(colleague).unit_amount = 1
        with self.assertRaises(AccessError):
            self.log(
                self.ticket,
                "2026-01-14 10:00",
                "1:00",
                user=colleague,
                employee_id=self.agent.employee_id.id,
            )
        with at("2026-01-14 10:00"):
            line.sudo(False).with_user(self.manager).unit_amount = 1
        self.assertCharged(self.ticket, billable="1:00")

    def test_agents_and_customers_cannot_invoice(self):
        for user in (self.agent, self.manager, self.portal_user):
            with self.assertRaises(AccessError):
                self.run_invoicing("2026-01-31", user=user)
        self.assertFalse(self.ticket.share_ids.move_line_id)

    def test_shares_are_the_systems(self):
        """Who invoices cannot change what is invoiced, nor can who logged it."""
        share = self.ticket.share_ids
        for user in (self.agent, self.manager, self.accountant):
            own = share.sudo(False).with_user(user)
            with self.subTest(user=user.login):
                self.assertEqual(own.minutes, 130)
                with self.assertRaises(AccessError):
                    own.write({"minutes": 10})
                with self.assertRaises(AccessError):
                    own.unlink()
                with self.assertRaises(AccessError):
                    own.create({"ticket_id": self.ticket.id})

    def test_nobody_edits_what_a_run_made(self):
        """Not who invoices, nor the administrator: the locks are in the models."""
        move = self.run_invoicing("2026-01-31")
        run, share = move.support_run_id, self.ticket.share_ids
        pack = self.make_pack("1:00")
        grant = pack.grant_ids
        self.assertEqual(grant.minutes, 60)
        admin = self.env.ref("base.user_admin")
        admin.group_ids |= self.env.ref("account.group_account_manager")
        admin.group_ids |= self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        other = self.env["helpdesk.hours.run"].create(
            {"company_id": self.company.id, "date_to": "2025-12-31"}
        )
        changes = [
            (share, {"minutes": 1}),
            (share, {"move_line_id": False}),
            (grant, {"minutes": 600}),
            (run, {"date_to": "2026-02-28"}),
            (run, {"state": "running"}),
            (move, {"support_run_id": other.id}),
            (move.invoice_line_ids, {"support_origin_line_id": False}),
            (pack, {"origin": "plan"}),
            (pack, {"move_line_id": move.invoice_line_ids.id}),
        ]
        for user in (self.accountant, self.manager, admin):
            for record, values in changes:
                own = record.sudo(False).with_user(user)
                with (
                    self.subTest(model=record._name, values=values, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    own.write(values)
            for record in (share, run, grant):
                with self.assertRaises(AccessError):
                    record.sudo(False).with_user(user).unlink()

    def test_credit_chooses_minutes_only(self):
        """Which hours a credit note frees cannot be turned to another's hours."""
        move = self.run_invoicing("2026-01-31")
        move.action_post()
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard = wizard.create({"journal_id": move.journal_id.id})
        wizard.refund_moves()
        credit = wizard.new_move_ids.invoice_line_ids.support_credit_ids
        mine = credit.sudo(False).with_user(self.accountant)
        mine.hours = 1
        self.assertEqual(credit.minutes, 60)
        with self.assertRaises(AccessError):
            mine.share_id = self.ticket.share_ids
        with self.assertRaises(AccessError):
            mine.move_line_id = move.invoice_line_ids

    def test_shares_are_not_written_through_their_parents(self):
        """Not by commands on a line, a ticket, a pack or an invoice line."""
        share = self.ticket.share_ids
        command = {"share_ids": [Command.update(share.id, {"minutes": 10})]}
        line = share.line_id
        for user, parent in (
            (self.agent, line),
            (self.agent, self.ticket),
            (self.manager, self.ticket),
        ):
            for elevated in (False, True):
                with (
                    self.subTest(user=user.login, parent=parent._name, su=elevated),
                    self.assertRaises(AccessError),
                    self.request_of(user) as env,
                ):
                    record = env[parent._name].browse(parent.id)
                    (record.sudo() if elevated else record).write(command)
        self.env.invalidate_all()
        self.assertEqual(share.minutes, 130)

    def test_accountant_reads_what_explains_an_invoice(self):
        """Ticket, contract, timers, deliverables, authorisations and service credits.

        No changes.
        """
        self.make_deliverable("2026-01-08 16:00", self.ticket)
        credit, line, rule = self.make_service_credit(self.ticket)
        for record in (
            self.ticket,
            self.ticket.contract_id,
            self.ticket.timer_ids,
            self.ticket.deliverable_ids,
            self.ticket.authorization_ids,
            credit,
            line,
            rule,
        ):
            own = record[:1].sudo(False).with_user(self.accountant)
            with self.subTest(model=record._name):
                self.assertTrue(own.read(["display_name"]))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(own.has_access(operation))

    def test_personal_agent_sees_the_own_shares(self):
        own = self.env["helpdesk.hours.share"].with_user(self.agent_own)
        self.assertFalse(own.search([("ticket_id", "=", self.ticket.id)]))

    def test_agents_read_the_hours_of_their_tickets(self):
        """A colleague's hours show on a ticket that the agent may read."""
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "2026-01-12 10:00", "1:00")
        self.assertIn(line, ticket.with_user(self.manager).timesheet_ids)
        colleague = self.make_user("sla-colleague", "helpdesk_mgmt.group_helpdesk_user")
        self.assertEqual(ticket.with_user(colleague).timesheet_ids.unit_amount, 1)
        with self.assertRaises(AccessError):
            line.with_user(colleague).unit_amount = 2

    def test_customer_sees_no_raw_hours(self):
        """Neither lines nor shares: a customer sees hours by role only."""
        for model in ("account.analytic.line", "helpdesk.hours.share"):
            records = self.env[model].with_user(self.portal_user)
            found = []
            if records.has_access("read"):
                found = records.search([("ticket_id", "=", self.ticket.id)])
            self.assertFalse(found)

    def test_other_company(self):
        """Whoever works in another company sees nothing of this one."""
        self.run_invoicing("2026-01-31")
        run = self.env["helpdesk.hours.run"].search([], limit=1)
        self.env["helpdesk.hours.run.failure"].create({"run_id": run.id})
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "billing-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager,account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.make_pack("1:00")
        self.env["helpdesk.hours.statement"].create({"partner_id": self.customer.id})
        self.plan.company_id = self.company
        self.env["helpdesk.support.plan.band"].create(
            {"plan_id": self.plan.copy().id, "name": "Night"}
        ).plan_id.company_id = self.company
        for model in (
            "helpdesk.hours.share",
            "helpdesk.hours.pack",
            "helpdesk.hours.run",
            "helpdesk.hours.run.failure",
            "helpdesk.hours.grant",
            "helpdesk.hours.statement",
            "helpdesk.hours.analysis",
            "helpdesk.support.fee",
        ):
            with self.subTest(model=model):
                self.assertTrue(self.env[model].search([]))
                self.assertFalse(self.env[model].with_user(stranger).search([]))
        for model in ("helpdesk.support.plan.price", "helpdesk.support.plan.band"):
            with self.subTest(model=model):
                own = self.env[model].with_user(stranger).search([])
                self.assertFalse(own.filtered(lambda r: r.sudo().company_id))

    def test_context_does_not_decide(self):
        """R-B4: neither a context nor a user's default writes an answer or a state."""
        line = self.log(self.make_ticket("10:00"), "2026-01-14 10:00", "1:00")
        disputes = self.env["helpdesk.hours.dispute"].with_user(self.agent)
        disputes = disputes.with_context(
            default_state="written_off", default_charged_minutes=1
        )
        dispute = disputes.create({"line_id": line.id, "reason": "Not asked for"})
        self.assertRecordValues(dispute, [{"state": "open", "charged_minutes": 0}])
        changes = self.env["helpdesk.price.change"].with_user(self.manager)
        self.env["ir.default"].set("helpdesk.price.change", "state", "applied")
        change = changes.with_context(default_announced_at="2026-01-01").create(
            {"plan_id": self.plan.id, "date_from": "2027-01-01"}
        )
        self.assertRecordValues(change, [{"state": "draft", "announced_at": False}])
        packs = self.env["helpdesk.hours.pack"].with_user(self.manager)
        pack = packs.with_context(default_origin="plan").create(
            {"contract_id": self.contract.id, "name": "Gift", "hours": 1}
        )
        self.assertEqual(pack.origin, "manual")
