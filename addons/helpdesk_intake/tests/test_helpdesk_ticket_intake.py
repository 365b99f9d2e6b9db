"""A ticket knows what the policy asks for and what is missing (R-A10)."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common_intake import ANSWERS, IntakeCommon, IntakeMixin, picture
from .notice_common import NoticeCommon

IMAGE = "screenshots"


@tagged("post_install", "-at_install")
class TestHelpdeskTicketIntake(IntakeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tickets = cls.env["helpdesk.ticket"]

    def search_state(self, *states):
        return self.tickets.search([("intake_state", "in", states)])

    def test_what_stars_asks_for(self):
        """R-A10: everything that the intake form of policy A names is asked for."""
        ticket = self.make_ticket("10:00")
        asked = ticket._get_intake_fields()
        self.assertEqual(
            set(asked.mapped("key")), {*ANSWERS, IMAGE, "how"}, "the whole of R-A10"
        )
        self.assertEqual(set(asked.mapped("required")), {True})
        # The description is there: ten of the eleven are missing.
        self.assertEqual(ticket.intake_missing_count, 10)
        self.assertEqual(ticket.intake_state, "incomplete")
        self.assertIn("Module", ticket.intake_missing)
        self.assertNotIn("How did it happen", ticket.intake_missing)

    def test_incomplete_until_the_last_answer(self):
        """R-A10: an incomplete ticket is visible as such, with what is missing."""
        ticket = self.make_ticket("10:00")
        self.answer(ticket, "module", IMAGE)
        self.assertEqual(ticket.intake_missing, "Module, Screenshots")
        self.assertIn(ticket, self.search_state("incomplete"))
        self.answer(ticket)
        self.assertFalse(ticket.intake_missing)
        self.assertEqual(ticket.intake_state, "complete")
        self.assertIn(ticket, self.search_state("complete"))
        self.assertNotIn(ticket, self.search_state("incomplete", "none", "waived"))

    def test_blank_is_no_answer(self):
        ticket = self.make_ticket("10:00")
        self.answer(ticket, module="  ", one_error="no")
        self.assertEqual(
            ticket.intake_missing, "Module, This ticket is about one error only"
        )
        self.assertIn(ticket, self.search_state("incomplete"))

    def test_each_type_asks_its_own(self):
        """A type's question replaces the general one, or leaves it out."""
        ticket = self.make_ticket("10:00", type_id=self.development.id)
        asked = {field.key: field for field in ticket._get_intake_fields()}
        self.assertNotIn("steps", asked)
        self.assertNotIn("error_text", asked)
        self.assertEqual(asked["observed"].name, "How it works today")
        self.answer(ticket, IMAGE)
        self.assertEqual(ticket.intake_state, "complete")
        self.assertIn(ticket, self.search_state("complete"))
        ticket.type_id = False
        self.assertEqual(
            ticket.intake_missing,
            "Steps to reproduce it, Full text of the error, Screenshots",
        )
        self.assertIn(ticket, self.search_state("incomplete"))

    def test_without_policy_nothing_is_asked(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        ticket = self.make_ticket("10:00", team_id=team.id)
        self.assertEqual(ticket.intake_state, "none")
        self.assertFalse(ticket.intake_missing_count)
        self.assertIn(ticket, self.search_state("none"))

    def test_enough_information(self):
        ticket = self.make_ticket("10:00").with_user(self.agent)
        ticket.action_waive_intake()
        self.assertEqual(ticket.intake_state, "waived")
        self.assertIn(ticket, self.search_state("waived"))
        self.assertNotIn(ticket, self.search_state("incomplete"))
        with self.assertRaisesRegex(UserError, "Nothing that the policy asks for"):
            ticket.action_return_incomplete()
        ticket.action_ask_intake()
        self.assertEqual(ticket.intake_state, "incomplete")

    def test_agents_fill_in(self):
        """An agent completes the answers; the log says what was changed."""
        ticket = self.make_ticket("10:00")
        self.answer(ticket, "users")
        action = ticket.with_user(self.agent).action_edit_intake()
        self.assertEqual(action["target"], "new")
        lines = ticket.with_user(self.agent).intake_answer_ids
        self.assertEqual(len(lines), 10)
        answers = {line.key: line for line in lines}
        answers["users"].value = "Rosa"
        answers["module"].value = "Contabilidad"
        self.assertEqual(ticket.intake_state, "complete")
        notes = " ".join(ticket.message_ids.mapped("body"))
        self.assertIn("Contabilidad", notes)
        self.assertIn("Ventas", notes)
        ticket.with_user(self.agent).action_edit_intake()
        self.assertEqual(len(ticket.intake_answer_ids), 10, "no line twice")

    def test_readable_at_a_glance(self):
        ticket = self.make_ticket("10:00")
        self.answer(ticket, "expected")
        summary = ticket.with_user(self.agent).intake_summary
        self.assertIn(ANSWERS["error_text"], summary)
        self.assertIn("/web/image/", summary)
        self.assertIn("text-danger", summary)

    def test_answers_of_a_question_no_longer_asked_stay(self):
        ticket = self.make_ticket("10:00")
        self.answer(ticket)
        question = self.get_question("company")
        question.active = False
        self.assertNotIn("company", ticket._get_intake_fields().mapped("key"))
        self.assertIn(ANSWERS["company"], ticket.intake_summary)
        with self.assertRefused("archive it instead"):
            question.unlink()

    def test_images_belong_to_the_ticket(self):
        ticket = self.make_ticket("10:00")
        image = self.env["ir.attachment"].create({"name": "a.png", "raw": b"x"})
        ticket._set_intake_answers(
            {self.get_question(IMAGE): {"attachment_ids": [Command.set(image.ids)]}}
        )
        self.assertEqual((image.res_model, image.res_id), (ticket._name, ticket.id))

    def test_own_team_all(self):
        """Agents read and change the answers of the tickets that are theirs."""
        ticket = self.make_ticket("10:00", user_id=self.agent.id)
        self.answer(ticket)
        answers = self.env["helpdesk.intake.answer"]
        domain = [("ticket_id", "=", ticket.id)]
        self.assertTrue(answers.with_user(self.agent).search(domain))
        self.assertTrue(answers.with_user(self.manager).search(domain))
        self.assertFalse(answers.with_user(self.agent_own).search(domain))
        self.assertFalse(answers.with_user(self.agent_team).search(domain))
        self.team.user_ids = [Command.link(self.agent_team.id)]
        self.env.registry.clear_cache()
        self.assertTrue(answers.with_user(self.agent_team).search(domain))
        self.assertFalse(answers.with_user(self.portal_user).has_access("read"))

    def test_another_company(self):
        ticket = self.make_ticket("10:00")
        self.answer(ticket)
        company = self.env["res.company"].create({"name": "Other"})
        user = self.make_user(
            "other-manager",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        answers = self.env["helpdesk.intake.answer"].with_user(user)
        self.assertFalse(answers.search([("ticket_id", "=", ticket.id)]))

    def test_queries_of_a_list(self):
        """The mark of a list costs the same for two tickets and for twenty."""
        tickets = self.tickets.create([self.prepare_ticket() for _n in range(20)])
        for ticket in tickets:
            self.answer(ticket, "module")
        self.env.flush_all()

        def count(tickets):
            self.env.invalidate_all()
            tickets.mapped("description")
            tickets.mapped("sla_policy_id.name")
            before = self.env.cr.sql_log_count
            tickets.mapped("intake_missing")
            return self.env.cr.sql_log_count - before

        count(tickets)
        self.assertEqual(count(tickets[:2]), count(tickets))

    def test_creation_costs_nothing(self):
        """What is missing is derived when looked at, not when a ticket is made."""

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.tickets.create([self.prepare_ticket() for _n in range(5)])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count()
        with_questions = count()
        self.policy.intake_field_ids.active = False
        count()
        self.assertEqual(count(), with_questions)

    # Questions

    def test_one_question_for_a_key(self):
        vals = {"policy_id": self.policy.id, "name": "Module again", "key": "module"}
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as refusal:
            self.env["helpdesk.intake.field"].create(vals)
        self.assertIn("key_uniq", str(refusal.exception))

    def test_key_from_the_question(self):
        question = self.env["helpdesk.intake.field"].create(
            {"policy_id": self.policy.id, "name": "¿Qué versión?"}
        )
        self.assertEqual(question.key, "que_version")

    def test_bad_questions(self):
        questions = self.env["helpdesk.intake.field"]
        for vals, words in (
            ({"key": "1x"}, "small letter"),
            ({"kind": "selection", "options": "One"}, "two choices"),
            ({"is_description": True}, "long text"),
        ):
            with self.assertRefused(words, ValidationError):
                questions.create({"policy_id": self.policy.id, "name": "Q", **vals})

    def test_a_copied_policy_asks_the_same(self):
        copy = self.policy.copy()
        for policy_type in (0, self.development.id):
            asked = [
                self.env["helpdesk.intake.field"]
                .browse(copy.intake_field_ids._get_asked_ids(policy.id, policy_type))
                .mapped("key")
                for policy in (self.policy, copy)
            ]
            self.assertEqual(sorted(asked[0]), sorted(asked[1]))

    def test_roles_on_questions(self):
        questions = self.env["helpdesk.intake.field"]
        self.assertTrue(questions.with_user(self.manager).has_access("write"))
        self.assertTrue(questions.with_user(self.agent_own).has_access("read"))
        self.assertFalse(questions.with_user(self.agent).has_access("write"))
        self.assertFalse(questions.with_user(self.portal_user).has_access("read"))


@tagged("post_install", "-at_install")
class TestHelpdeskTicketReturn(IntakeCommon):
    def return_ticket(self, ticket, when):
        with at(when):
            ticket.with_user(self.agent).action_return_incomplete()
            self.env.flush_all()
        self.env.invalidate_all()

    def complete(self, ticket, when, **values):
        with at(when):
            given = {self.get_question(key): {"value": v} for key, v in values.items()}
            ticket.with_user(self.portal_user)._complete_by_customer(
                given, self.contact
            )
            self.env.flush_all()
        self.env.invalidate_all()

    def test_returned_with_one_click(self):
        """R-A10: DEVUELTO with one click; the mail names what is missing."""
        ticket = self.make_ticket("10:00")
        self.answer(ticket, "module", "expected")
        self.return_ticket(ticket, "10:10")
        self.assertEqual(ticket.stage_id, self.stages["returned"])
        message = ticket.message_ids.filtered(
            lambda m: m.message_type == "auto_comment" and "/complete?" in m.body
        )
        self.assertEqual(message.partner_ids, self.contact)
        self.assertIn("Module", message.body)
        self.assertIn("What should happen", message.body)
        self.assertNotIn("Screenshots", message.body)
        self.assertIn(f"/my/ticket/{ticket.id}/complete?access_token=", message.body)
        mails = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )
        self.assertEqual(mails.recipient_ids, self.contact)

    def test_returned_before_assigned_counts_as_response(self):
        """R-A3: DEVUELTO before ASIGNADO is the response; no new one later.

        3 stars: response 30 min, solution 4 h. Received 10:00, returned 10:10 (10
        min of response, met). Completed 15:00: in process, the solution runs from
        there: due Tue 11:00. The response stays at 10 min.
        """
        ticket = self.make_ticket("10:00", "3")
        self.answer(ticket, "module")
        self.return_ticket(ticket, "10:10")
        self.assertTimer(ticket, "response", "met", elapsed="0:10")
        self.complete(ticket, "15:00", module="Ventas")
        self.assertEqual(ticket.intake_state, "complete")
        self.assertEqual(ticket.stage_id, self.stages["returned"].resume_stage_id)
        self.assertTimer(
            ticket, "response", "met", elapsed="0:10", stopped="2026-01-12 10:10:00"
        )
        self.assertEqual(
            len(ticket.timer_ids.filtered(lambda t: t.metric == "response")), 1
        )
        self.assertTimer(ticket, "solution", "running", due="2026-01-13 11:00")

    def test_the_mail_is_no_reply(self):
        """Where the first reply counts, returning by a robot's mail is none."""
        policy = self.make_policy(
            ("response", 4, {"unit": "hour"}), response_by="reply"
        )
        policy.intake_field_ids = self.policy.copy().intake_field_ids
        self.team.sla_policy_id = policy
        ticket = self.make_ticket("10:00")
        self.return_ticket(ticket, "10:10")
        self.assertFalse(ticket.event_ids.filtered("reply"))

    def test_completed_in_part(self):
        """What the customer writes is kept; the ticket goes on, still incomplete."""
        ticket = self.make_ticket("10:00")
        self.answer(ticket, "module", "users")
        self.return_ticket(ticket, "10:10")
        self.complete(ticket, "11:00", module="Ventas")
        self.assertEqual(ticket.intake_missing, "Users involved")

    def test_customer_without_partner(self):
        ticket = self.make_ticket(
            "10:00", partner_id=False, partner_email="rosa@nowhere.example.com"
        )
        self.return_ticket(ticket, "10:10")
        message = ticket.message_ids.filtered(
            lambda m: m.message_type == "auto_comment" and "/complete?" in m.body
        )
        self.assertEqual(message.outgoing_email_to, "rosa@nowhere.example.com")

    def test_nobody_to_tell(self):
        ticket = self.make_ticket("10:00", partner_id=False)
        with self.assertRefused("e-mail address"):
            ticket.with_user(self.agent).action_return_incomplete()
        self.assertEqual(ticket.stage_id.sla_response, "run", "nothing half done")

    def test_team_without_the_stage(self):
        self.stages["returned"].is_returned = False
        ticket = self.make_ticket("10:00")
        with self.assertRefused("no stage for returned tickets"):
            ticket.with_user(self.agent).action_return_incomplete()

    def test_customers_cannot_return(self):
        ticket = self.make_ticket("10:00")
        with self.assertRefused("not allowed", AccessError):
            ticket.with_user(self.portal_user).action_return_incomplete()
        self.assertNotEqual(ticket.stage_id, self.stages["returned"])

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        self.get_question("module").with_context(lang="es_ES").name = "Módulo"
        ticket = self.make_ticket("10:00")
        self.return_ticket(ticket, "10:10")
        message = ticket.message_ids.filtered(
            lambda m: m.message_type == "auto_comment" and "/complete?" in m.body
        )
        self.assertIn("Módulo", message.body)


@tagged("post_install", "-at_install")
class TestReceipt(IntakeMixin, NoticeCommon):
    """A mailed ticket is answered once, with what is missing (R-A10, R-B8)."""

    def get_receipts(self, ticket):
        return ticket.notice_ids.filtered(lambda notice: notice.kind == "receipt")

    def test_checklist_for_a_mail(self):
        """R-A10: one answer, with the number and the checklist; replies get none."""
        ticket = self.receive("10:00")
        self.send("10:01")
        text = self.get_receipts(ticket).text
        self.assertIn(ticket.number, text)
        for name in ("Module", "Screenshots", "Full text of the error"):
            self.assertIn(name, text)
        self.assertNotIn("How did it happen?", text, "the mail says it")
        self.assertIn(f"/my/ticket/{ticket.id}/complete?access_token=", text)
        self.assertEqual(ticket.intake_asked_at, utc("10:01"))
        self.receive("11:00", thread_id=ticket.id, body="It is in Sales.")
        self.send("11:01")
        self.assertEqual(len(self.get_receipts(ticket)), 1)
        self.assertEqual(len(self.get_mails(ticket)), 1)

    def test_robots_get_no_checklist(self):
        ticket = self.receive("10:00", headers={"Auto-Submitted": "auto-generated"})
        self.send("10:01")
        self.assertFalse(self.get_mails(ticket))
        self.assertFalse(ticket.intake_asked_at)

    def test_pictures_of_a_mail_are_the_screenshots(self):
        ticket = self.receive("10:00")
        with at("10:05"):
            message = ticket.message_post(
                body="Here",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.contact.id,
                attachments=[("pantalla.png", picture()), ("x.pdf", b"%PDF-1.4")],
            )
        answer = ticket.intake_answer_ids
        self.assertEqual(answer.key, "screenshots")
        self.assertEqual(answer.attachment_ids.mapped("name"), ["pantalla.png"])
        self.assertIn(answer.attachment_ids, message.attachment_ids)
        self.assertNotIn("Screenshots", ticket.intake_missing)

    def test_no_checklist_for_other_channels(self):
        """Who told it on the phone is not asked by mail: the agent writes it down."""
        ticket = self.make_ticket("10:00")
        self.send("10:01")
        self.assertNotIn("Screenshots", self.get_receipts(ticket).text)
        self.assertFalse(ticket.intake_asked_at)

    def test_the_policy_is_accepted_by_writing(self):
        """R-B8: by mail, the confirmation says which policy and version."""
        self.policy.ask_acceptance = True
        ticket = self.receive("10:00")
        self.send("10:01")
        text = " ".join(self.get_receipts(ticket).text.split())
        self.assertIn("you accept our policy", text)
        self.assertIn(f"{self.policy.name}, version {self.policy.version}", text)

    def test_no_word_about_a_policy_that_nobody_accepts(self):
        ticket = self.receive("10:00")
        self.send("10:01")
        self.assertNotIn("you accept", self.get_receipts(ticket).text)
