"""Agents keep deliverables and authorisations of their tickets; customers read."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import WarrantyCommon

OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSecurity(WarrantyCommon):
    def make_records(self):
        """Return a record of each model, on a ticket of the agent with own tickets."""
        self.team.user_ids = [
            Command.link(user.id) for user in (self.agent_own, self.agent_team)
        ]
        ticket = self.make_billable_ticket(user_id=self.agent_own.id)
        delivered = self.make_deliverable("2026-01-08 16:00", ticket)
        asked = self.make_authorization(ticket)
        credit, line, rule = self.make_service_credit(ticket, state="approved")
        as_own = self.env["helpdesk.authorization.proof"].with_user(self.agent_own)
        proof = as_own.create({"authorization_id": asked.id, "answered_by": "Lucía"})
        as_own = self.env["helpdesk.deliverable.response"].with_user(self.agent_own)
        response = as_own.create(
            {
                "deliverable_id": delivered.id,
                "answer": "accepted",
                "name": "Lucía",
                "text": "Fine",
            }
        )
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        return {
            "deliverable": delivered,
            "authorization": asked,
            "event": delivered.event_ids[:1],
            "proof": proof,
            "response": response,
            "credit": credit,
            "line": line,
            "rule": rule,
            "reason": cause,
            "clause": self.make_clause(cause),
            "term": self.policy.warranty_ids[:1],
            "refresh": self.env["helpdesk.coverage.refresh"].create(
                {"domain": [["id", "=", 0]]}
            ),
        }

    #: What each role may do with the record of each model: first letters of OPERATIONS.
    ACCESS = {
        # own tickets, another agent with own ones, team, all, manager,
        # portal: with the role, without it, of another company; nobody of helpdesk
        "deliverable": ["rwc", "", "rwc", "rwc", "rwcu", "r", "r", "", ""],
        "authorization": ["rwc", "", "rwc", "rwc", "rwcu", "r", "", "", ""],
        "event": ["r", "", "r", "r", "r", "", "", "", ""],
        "proof": ["rwc", "", "", "", "", "", "", "", ""],
        "response": ["rwcu", "", "", "", "", "", "", "", ""],
        "credit": ["", "", "", "r", "rw", "r", "", "", ""],
        "line": ["", "", "", "r", "r", "", "", "", ""],
        "rule": ["r", "r", "r", "r", "rwcu", "", "", "", ""],
        "reason": ["r", "r", "r", "r", "rwcu", "r", "r", "r", "r"],
        "clause": ["r", "r", "r", "r", "rwcu", "", "", "", ""],
        "term": ["r", "r", "r", "r", "rwcu", "", "", "", ""],
        "refresh": ["", "", "", "", "r", "", "", "", ""],
    }

    def get_access(self, record, user):
        """Return what a user may do with a record, as in ACCESS."""
        own = record.sudo(False).with_user(user)
        return "".join(name[0] for name in OPERATIONS if own.has_access(name))

    def test_access_of_each_role(self):
        """A table of every role and model: rights and rules together."""
        records = self.make_records()
        group = "helpdesk_mgmt.group_helpdesk_user_own"
        users = (
            self.agent_own,
            self.make_user("warranty-own", group),
            self.agent_team,
            self.agent,
            self.manager,
            self.portal_user,
            self.colleague,
            self.stranger,
            self.make_user("warranty-nobody", "base.group_user"),
        )
        self.assertEqual(records.keys(), self.ACCESS.keys())
        for name, record in records.items():
            for user, expected in zip(users, self.ACCESS[name], strict=True):
                with self.subTest(model=record._name, user=user.login):
                    self.assertEqual(self.get_access(record, user), expected)

    def test_what_the_rights_let_in_the_records_refuse(self):
        """Nobody writes what is on record, deletes what was sent, nor forges lines."""
        records = self.make_records()
        for name, values in (
            ("deliverable", {"answer": "accepted"}),
            ("authorization", {"state": "approved"}),
            ("credit", {"state": "invoiced"}),
            ("credit", {"line_ids": [Command.clear()]}),
            ("deliverable", {"event_ids": [Command.clear()]}),
        ):
            with (
                self.subTest(model=name, values=values),
                self.assertRaises(AccessError),
                self.request_of(self.manager) as env,
            ):
                env[records[name]._name].browse(records[name].id).write(values)
            self.env.invalidate_all()
        for name in ("deliverable", "authorization"):
            with self.subTest(model=name), self.assertRaises(UserError):
                records[name].sudo(False).with_user(self.manager).unlink()

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
        """A manager of another company sees none of it, by any way."""
        self.policy.company_id = self.env.company
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "warranty-stranger",
            groups="helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for name, record in self.make_records().items():
            if name in ("reason", "refresh"):
                continue  # of no company
            with self.subTest(model=name):
                self.assertEqual(self.get_access(record, stranger), "")
                found = self.env[record._name].with_user(stranger)
                self.assertFalse(found.search([("id", "=", record.id)]))

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

    def test_context_does_not_answer(self):
        """R-A8, R-B4: an answer is not proposed by a context or a user's default."""
        ticket = self.make_billable_ticket()
        context = {
            "default_state": "approved",
            "default_answered_by": "Nobody",
            "default_answer": "accepted",
            "default_delivered_at": "2026-01-02 10:00:00",
        }
        env = self.env(user=self.agent, context=context)
        self.env["ir.default"].set("helpdesk.authorization", "signature", "eA==")
        asked = env["helpdesk.authorization"].create(
            {"ticket_id": ticket.id, "hours": 5}
        )
        self.assertRecordValues(
            asked, [{"state": "draft", "answered_by": False, "signature": False}]
        )
        made = env["helpdesk.deliverable"].create(
            {"ticket_id": ticket.id, "name": "Report"}
        )
        self.assertRecordValues(
            made, [{"state": "draft", "answer": False, "delivered_at": False}]
        )
        self.assertEqual(made.version, 1)
