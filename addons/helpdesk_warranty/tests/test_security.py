"""Agents keep deliverables and authorisations of their tickets; customers read."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import WarrantyCommon

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(WarrantyCommon):
    def test_access_of_each_group(self):
        nobody = new_test_user(self.env, "warranty-nobody", groups="base.group_user")
        everything, no_delete = set(OPERATIONS), {"read", "write", "create"}
        records = ("helpdesk.deliverable", "helpdesk.authorization")
        cases = [
            *[(model, self.agent_own, no_delete) for model in records],
            *[(model, self.manager, everything) for model in records],
            *[(model, self.portal_user, {"read"}) for model in records],
            *[(model, nobody, set()) for model in records],
            ("helpdesk.coverage.reason", self.agent, {"read"}),
            ("helpdesk.coverage.reason", self.manager, everything),
            ("helpdesk.coverage.reason", self.portal_user, {"read"}),
            ("helpdesk.coverage.clause", self.agent, {"read"}),
            ("helpdesk.coverage.clause", self.manager, everything),
            ("helpdesk.coverage.clause", self.portal_user, set()),
            ("helpdesk.warranty.term", self.agent, {"read"}),
            ("helpdesk.warranty.term", self.manager, everything),
            ("helpdesk.warranty.term", self.portal_user, set()),
        ]
        for model, user, allowed in cases:
            with self.subTest(model=model, user=user.login):
                records = self.env[model].with_user(user)
                got = {name for name in OPERATIONS if records.has_access(name)}
                self.assertEqual(got, allowed)

    def test_personal_agent_keeps_to_the_own_tickets(self):
        """Child records follow helpdesk_mgmt's own / team / all rules."""
        self.team.user_ids = [Command.link(self.agent_own.id)]
        own = self.make_ticket("2026-01-05 10:00", user_id=self.agent_own.id)
        colleagues = self.make_ticket("2026-01-05 10:00", user_id=self.agent.id)
        mine = self.make_deliverable("2026-01-08 16:00", own)
        theirs = self.make_deliverable("2026-01-08 16:00", colleagues)
        asked = self.make_authorization(colleagues)
        deliverables = self.env["helpdesk.deliverable"].with_user(self.agent_own)
        found = deliverables.search([("id", "in", (mine | theirs).ids)])
        self.assertEqual(found.ids, mine.ids)
        for record in (theirs, asked):
            with self.assertRaises(AccessError):
                record.sudo(False).with_user(self.agent_own).read(["name"])
        with self.assertRaises(AccessError):
            deliverables.create({"name": "Mine", "ticket_id": colleagues.id})

    def test_portal_reads_the_own_company_only(self):
        delivered = self.make_deliverable("2026-01-08 16:00")
        asked = self.make_authorization()
        for user, sees_delivered, sees_asked in (
            (self.portal_user, True, True),
            (self.colleague, True, False),
            (self.stranger, False, False),
        ):
            with self.subTest(user=user.login):
                for record, sees in ((delivered, sees_delivered), (asked, sees_asked)):
                    model = self.env[record._name].with_user(user)
                    found = model.search([("id", "=", record.id)])
                    self.assertEqual(bool(found), sees)

    def test_portal_writes_nothing(self):
        """Not even by calling the methods of the back-end by name."""
        delivered = self.make_deliverable("2026-01-08 16:00").sudo(False)
        asked = self.make_authorization(sent=None).sudo(False)
        calls = [
            (delivered, "write", {"answer": "accepted"}),
            (delivered, "action_deliver"),
            (delivered, "action_redeliver"),
            (delivered, "unlink"),
            (asked, "write", {"state": "approved"}),
            (asked, "action_send"),
            (asked, "unlink"),
        ]
        for record, method, *arguments in calls:
            with self.subTest(method=method), self.assertRaises(Exception) as error:
                getattr(record.with_user(self.portal_user), method)(*arguments)
                self.env.flush_all()
            self.assertIn(type(error.exception).__name__, ("AccessError", "UserError"))
            self.env.invalidate_all()
        self.assertFalse(delivered.sudo().answer)
        self.assertEqual(asked.sudo().state, "draft")

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "warranty-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for record in (
            self.make_deliverable("2026-01-08 16:00"),
            self.make_authorization(),
        ):
            model = self.env[record._name].with_user(stranger)
            self.assertFalse(model.search([("id", "=", record.id)]))

    def test_rules_of_coverage_cannot_be_deleted(self):
        """Managers add causes and rename; what the rules use stays."""
        reason = self.env.ref("helpdesk_warranty.reason_in_warranty")
        with self.assertRefused("coverage rules use this reason"):
            reason.with_user(self.manager).unlink()
        cause = self.env["helpdesk.coverage.reason"].with_user(self.manager)
        cause = cause.create({"code": "fire", "name": "Fire", "is_cause": True})
        ticket = self.make_ticket("10:00", cause_id=cause.id)
        self.assertEqual(ticket.coverage, "billable")
        self.assertEqual(ticket.coverage_note, "Fire")
