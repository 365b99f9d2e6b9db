"""Agents log, accountants invoice, nobody rewrites how hours were charged."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BillingCommon

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(BillingCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.log(self.ticket, "2026-01-13 10:00", "2:10")

    def test_access_of_each_group(self):
        nobody = new_test_user(self.env, "billing-nobody", groups="base.group_user")
        no_delete, everything = {"read", "write", "create"}, set(OPERATIONS)
        rights = {
            "helpdesk.hours.share": [{"read"}, {"read"}, {"read"}, set(), set()],
            "helpdesk.hours.pack": [{"read"}, no_delete, no_delete, set(), set()],
            "helpdesk.hours.invoicing": [set(), set(), everything, set(), set()],
        }
        users = (self.agent, self.manager, self.accountant, self.portal_user, nobody)
        for model, expected in rights.items():
            for user, allowed in zip(users, expected, strict=True):
                with self.subTest(model=model, user=user.login):
                    records = self.env[model].with_user(user)
                    got = {name for name in OPERATIONS if records.has_access(name)}
                    self.assertEqual(got, allowed)

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
        """Ticket, contract, timers, deliverables and authorisations; no changes."""
        self.make_deliverable("2026-01-08 16:00", self.ticket)
        for record in (
            self.ticket,
            self.ticket.contract_id,
            self.ticket.timer_ids,
            self.ticket.deliverable_ids,
            self.ticket.authorization_ids,
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
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "billing-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager,account.group_account_invoice",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.make_pack("1:00")
        for model in ("helpdesk.hours.share", "helpdesk.hours.pack"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))
