from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local

from .notice_common import NoticeCommon, NoticeHttpCommon


@tagged("post_install", "-at_install")
class TestRefusal(NoticeCommon):
    """R-C6: the provider may refuse a ticket, with a reason."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("helpdesk_intake.refusal_reason_scope")

    def get_last_mail(self):
        return self.mails.sudo().search([], order="id desc", limit=1).id or 0

    def refuse(self, tickets, when="2026-01-12 10:10", text="Ask for an estimate."):
        wizards = self.env["helpdesk.ticket.refusal"].with_user(self.agent)
        with at(when):
            wizard = wizards.with_context(active_ids=tickets.ids).create(
                {"reason_id": self.reason.id, "text": text}
            )
            wizard.action_refuse()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_refused_with_a_reason(self):
        """R-C6: the clocks are void, the customer is told why, once."""
        ticket = self.make_ticket("2026-01-12 10:00", user_id=self.agent.id)
        self.refuse(ticket)
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertEqual(ticket.refusal_reason_id, self.reason)
        self.assertEqual(ticket.refused_by_id, self.agent)
        self.assertEqual(local(ticket.refused_at), "2026-01-12 10:10:00")
        self.assertNoTimer(ticket, "response")
        self.assertNotices(ticket, "receipt", "refusal")
        mails = self.mails.sudo().search(
            [("model", "=", ticket._name), ("res_id", "=", ticket.id)]
        )
        told = [mail for mail in mails if "Ask for an estimate." in mail.body_html]
        self.assertEqual(len(told), 1)
        self.assertIn(self.reason.name, told[0].body_html)
        self.assertFalse([mail for mail in mails if "closed" in (mail.subject or "")])

    def test_several_at_once(self):
        tickets = self.make_ticket("2026-01-12 10:00") | self.make_ticket(
            "2026-01-12 10:00"
        )
        self.refuse(tickets)
        self.assertEqual(tickets.stage_id, self.stages["rejected"])

    def test_taken_back(self):
        """R-C6: the ticket goes on where it was; the clock counts again."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.refuse(ticket)
        with at("2026-01-12 10:20"):
            ticket.with_user(self.agent).action_undo_refusal()
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_id, self.stages["new"])
        self.assertFalse(ticket.refused_at or ticket.refusal_reason_id)
        self.assertTimer(ticket, "response", "running")
        self.assertTrue(ticket.notice_ids.filtered("withdrawn_at"))
        self.refuse(ticket, "2026-01-12 10:30")
        self.assertEqual(
            ticket.notice_ids.filtered(lambda n: n.kind == "refusal").mapped("cycle"),
            [2, 1],
        )

    def test_dragging_asks_for_the_reason(self):
        """R-C6: a card dragged to the refused stage says what to do instead."""
        ticket = self.make_ticket("2026-01-12 10:00")
        with self.assertRefused("press Refuse"):
            ticket.with_user(self.agent).stage_id = self.stages["rejected"]
        self.assertEqual(ticket.stage_id, self.stages["new"])

    def test_refused_twice(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        self.refuse(ticket)
        with self.assertRefused("closed already"):
            self.refuse(ticket)

    def test_without_a_contract_where_the_policy_refuses(self):
        """R-C2, R-C6: refused by itself; one mail, which carries number and reason."""
        self.policy.without_contract = "refuse"
        before = self.get_last_mail()
        ticket = self.make_ticket("2026-01-12 10:00")
        self.send("2026-01-12 10:01")
        self.assertTrue(ticket.refused_at)
        self.assertTrue(ticket.refusal_reason)
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertNotices(ticket, "refusal")
        self.assertTrue(ticket.notice_ids.is_automatic)
        mail = self.mails.sudo().search([("id", ">", before)])
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.contact)
        self.assertIn(ticket.number, mail.subject)
        self.assertIn("We have no support contract with you.", mail.body_html)

    def test_taken_in_after_all(self):
        """R-A11: who was refused at once gets the receipt when an agent takes it in."""
        self.policy.without_contract = "refuse"
        ticket = self.make_ticket("2026-01-12 10:00")
        with at("2026-01-12 10:20"):
            ticket.with_user(self.agent).action_undo_refusal()
            self.env.flush_all()
        self.assertNotices(ticket, "refusal", "receipt")
        self.send("2026-01-12 10:21")
        self.assertIn("received", self.get_mails(ticket)[-1].subject)

    def test_refused_and_written_again_the_cap_holds(self):
        """Two machines that answer each other end: refusals count as answers too."""
        self.policy.without_contract = "refuse"
        self.env["ir.config_parameter"].set_param("helpdesk_intake.answers_per_hour", 2)
        tickets = [self.receive(f"10:0{minute}") for minute in range(3)]
        for ticket in tickets:
            self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertEqual([len(ticket.notice_ids) for ticket in tickets], [1, 1, 0])

    def test_a_robot_is_refused_in_silence(self):
        """R-C2: what a robot wrote is refused, and nobody is answered."""
        self.policy.without_contract = "refuse"
        before = self.mails.sudo().search_count([])
        ticket = self.receive("10:00", headers={"Auto-Submitted": "auto-generated"})
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertNotices(ticket)
        mails = self.mails.sudo().search([], limit=5, order="id desc")
        new = mails[: self.mails.sudo().search_count([]) - before]
        self.assertFalse(new.recipient_ids & self.contact)

    def test_agents_refuse_what_they_may_write(self):
        ticket = self.make_ticket("2026-01-12 10:00", user_id=self.agent.id)
        for user in (self.agent_own, self.portal_user):
            with self.assertRaises(AccessError):
                ticket.with_user(user)._refuse_for(self.reason)

    def test_a_stage_for_refused_tickets_is_void(self):
        with self.assertRefused("its clocks void", Exception):
            self.stages["closing"].is_refusal = True


class ChangeMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_id = cls.manager
        cls.pm = cls.make_user("sla-pm", "helpdesk_mgmt.group_helpdesk_user")
        cls.team.user_ids = [Command.link(cls.pm.id)]
        cls.team.project_manager_id = cls.pm

    def make_change(self, **values):
        ticket = self.make_ticket("2026-01-12 10:00", "2", **values)
        with at("2026-01-12 11:00"):
            ticket.with_user(self.agent).action_create_change_request()
            self.env.flush_all()
        self.env.invalidate_all()
        return ticket, ticket.change_ids


@tagged("post_install", "-at_install")
class TestChangeRequest(ChangeMixin, NoticeCommon):
    def test_one_click(self):
        """R-B7, R-D2: a linked new ticket of its type for the project manager."""
        ticket, change = self.make_change()
        self.assertEqual(len(change), 1)
        self.assertTrue(change.type_id.is_change)
        self.assertEqual(change.partner_id, ticket.partner_id)
        self.assertEqual(change.origin_ticket_id, ticket)
        self.assertEqual(change.user_id, self.pm)
        self.assertEqual(change.activity_ids.user_id, self.pm)
        row = change.escalation_ids
        self.assertEqual(row.told, self.pm.name)
        self.assertIn(ticket.number, row.reason)
        self.assertIn(change.number, str(ticket.message_ids.mapped("body")))
        self.assertIn(ticket.number, str(change.message_ids.mapped("body")))
        self.assertEqual(ticket.stage_id, self.stages["new"])

    def test_without_a_project_manager_the_leader(self):
        self.team.project_manager_id = False
        _ticket, change = self.make_change()
        self.assertEqual(change.user_id, self.manager)

    def test_without_anybody_it_says_so(self):
        self.team.write({"project_manager_id": False, "user_id": False})
        _ticket, change = self.make_change()
        self.assertIn("Nobody was told", str(change.message_ids.mapped("body")))

    def test_values_of_the_caller(self):
        """R-B7: an objection after the acceptance brings its own words."""
        ticket = self.make_ticket("2026-01-12 10:00")
        change = ticket._create_change_request(
            {"name": "Objection", "description": "<p>Too late.</p>"}
        )
        self.assertEqual(change.name, "Objection")
        self.assertEqual(change.origin_ticket_id, ticket)

    def test_without_a_type(self):
        self.env["helpdesk.ticket.type"].search([("is_change", "=", True)]).write(
            {"is_change": False}
        )
        ticket = self.make_ticket("2026-01-12 10:00")
        with self.assertRefused("No ticket type is marked"):
            ticket.action_create_change_request()


@tagged("post_install", "-at_install")
class TestPortalIntake(ChangeMixin, NoticeHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Questions and acceptance have tests of their own.
        cls.env["helpdesk.intake.field"].search([]).active = False
        cls.env["helpdesk.sla.policy"].search([]).ask_acceptance = False

    def test_both_tickets_link_to_each_other(self):
        """R-B7: the customer finds the change request, and back; others do not."""
        ticket, change = self.make_change()
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/ticket/{ticket.id}").text
        self.assertIn(f'href="/my/ticket/{change.id}"', page)
        page = self.url_open(f"/my/ticket/{change.id}").text
        self.assertIn(f'href="/my/ticket/{ticket.id}"', page)
        _customer, stranger = self.make_customer("Textiles del Sur", "textiles")
        self.log_in(stranger)
        self.assertNotIn(change.number, self.url_open(f"/my/ticket/{ticket.id}").text)

    def test_the_form_asks_for_the_severity(self):
        """R-A1: the customer asks, the agent has not agreed yet."""
        self.log_in(self.portal_user)
        page = self.url_open("/new/ticket").text
        self.assertIn('name="requested_priority"', page)
        self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": self.get_csrf_token(),
                "subject": "Asked for three stars",
                "description": "Nothing works.",
                "requested_priority": "3",
            },
        )
        ticket = self.env["helpdesk.ticket"].search(
            [("name", "=", "Asked for three stars")]
        )
        self.assertEqual(ticket.requested_priority, "3")
        self.assertNotEqual(ticket.priority, "3")
        self.assertIn(
            "ticket_requested_severity", self.url_open(f"/my/ticket/{ticket.id}").text
        )

    def test_a_severity_that_does_not_exist(self):
        self.log_in(self.portal_user)
        self.url_open(
            "/submitted/ticket",
            data={
                "csrf_token": self.get_csrf_token(),
                "subject": "Asked for nine stars",
                "description": "Nothing works.",
                "requested_priority": "9",
            },
        )
        ticket = self.env["helpdesk.ticket"].search(
            [("name", "=", "Asked for nine stars")]
        )
        self.assertEqual(len(ticket), 1)
        self.assertFalse(ticket.requested_priority)
