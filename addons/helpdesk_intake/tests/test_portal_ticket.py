"""The ticket form on the portal (R-A10, R-C4): what is missing, files, companies."""

from lxml import html

from odoo.fields import Command
from odoo.tests import tagged

from .common_intake import ANSWERS, IntakeHttpCommon, film, picture

FORM = {f"intake_{key}": value for key, value in ANSWERS.items()} | {
    "subject": "No se valida la factura",
    "intake_how": "Pulsé Validar y apareció el error.",
}


class PortalCommon(IntakeHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = cls.make_customer("Otra Empresa", "otra")[1]
        cls.contract = cls.make_contract(contacts=[cls.contact])
        cls.contract.date_end = "2099-12-31"

    def change_contract(self, policy):
        """Let the customer have a contract on another policy instead."""
        self.contract.date_end = "2026-01-02"
        plan = self.plan.copy({"name": "Other", "policy_id": policy.id})
        self.contract = self.make_contract(
            contacts=[self.contact],
            plan_id=plan.id,
            date_start="2026-01-03",
            date_end="2099-12-31",
        )

    def setUp(self):
        super().setUp()
        self.log_in(self.portal_user)
        self.known = self.env["helpdesk.ticket"].search([])

    def get(self, path):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def send(self, values=None, but=(), images=("pantalla.png",), files=(), **more):
        """Send the form as a browser does; return the page that follows."""
        data = {**FORM, "csrf_token": self.get_csrf_token(), **(values or {})}
        for name in but:
            data.pop(name)
        sent = [
            ("intake_screenshots", image)
            for image in (
                (name, picture(), "image/png") if isinstance(name, str) else name
                for name in images
            )
        ]
        sent += [("attachment", file) for file in files]
        # A browser sends a form with files in parts, also when no file is chosen.
        sent = sent or [("attachment", ("", b"", "application/octet-stream"))]
        answer = self.url_open("/submitted/ticket", data=data, files=sent, **more)
        self.env.invalidate_all()
        self.page = html.fromstring(answer.text)
        return answer

    @property
    def ticket(self):
        """Return the ticket that the form made, if any."""
        return self.env["helpdesk.ticket"].search([("id", "not in", self.known.ids)])

    def error(self, name):
        return " ".join(
            self.page.get_element_by_id(f"{name}_error").text_content().split()
        )

    def errors(self):
        return {
            node.get("id").removesuffix("_error")
            for node in self.page.xpath("//*[contains(@class, 'invalid-feedback')]")
            if node.text_content().strip()
        }


@tagged("post_install", "-at_install")
class TestPortalTicket(PortalCommon):
    def test_asks_for_what_the_policy_requires(self):
        """R-A10: each question has its label, help and a mark that it is needed."""
        page = self.get("/new/ticket")
        for key in (*ANSWERS, "how", "screenshots"):
            box = page.get_element_by_id(f"intake_{key}")
            self.assertEqual(box.get("aria-required"), "true", key)
            self.assertTrue(page.xpath(f"//label[@for='intake_{key}']"), key)
        self.assertFalse(page.xpath("//textarea[@name='description']"))
        self.assertEqual(page.forms[-1].get("action"), "/submitted/ticket")

    def test_sent(self):
        self.send(files=[("registro.txt", b"linea 1", "text/plain")])
        ticket = self.ticket
        self.assertEqual(len(ticket), 1)
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.contract_id, self.contract)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.team._get_applicable_stages()[:1])
        self.assertEqual(ticket.intake_state, "complete")
        self.assertIn("Pulsé Validar", ticket.description)
        answers = {answer.key: answer for answer in ticket.intake_answer_ids}
        self.assertEqual(answers["module"].value, "Ventas")
        self.assertEqual(answers["one_error"].value_boolean, "yes")
        self.assertEqual(
            set(ticket.attachment_ids.mapped("name")), {"pantalla.png", "registro.txt"}
        )

    def test_confirmation_with_the_number(self):
        """The page that follows says that it was received, once."""
        self.send()
        self.assertIn(
            f"We have received your ticket {self.ticket.number}",
            " ".join(self.page.text_content().split()),
        )
        again = self.get(f"/my/ticket/{self.ticket.id}")
        self.assertNotIn("We have received", again.text_content())

    def test_missing_answers(self):
        """R-A10: what is missing is said beside it; what was typed stays."""
        self.send(
            {"intake_users": "   "}, but=["intake_error_text", "intake_one_error"]
        )
        self.assertFalse(self.ticket)
        self.assertEqual(
            self.errors(), {"intake_users", "intake_error_text", "intake_one_error"}
        )
        self.assertIn("Write an answer", self.error("intake_users"))
        self.assertIn("Tick the box", self.error("intake_one_error"))
        box = self.page.get_element_by_id("intake_users")
        self.assertEqual(box.get("aria-invalid"), "true")
        self.assertIn("intake_users_error", box.get("aria-describedby"))
        kept = self.page.get_element_by_id("intake_module")
        self.assertEqual(kept.get("value"), "Ventas")
        self.assertEqual(kept.get("aria-invalid"), "false")
        self.assertEqual(
            self.page.get_element_by_id("subject").get("value"), FORM["subject"]
        )
        self.assertIn("Pulsé", self.page.get_element_by_id("intake_how").text)

    def test_no_title(self):
        self.send({"subject": " "})
        self.assertFalse(self.ticket)
        self.assertEqual(self.errors(), {"subject"})
        self.send({"subject": "x" * 201})
        self.assertIn("200 characters", self.error("subject"))

    def test_files_are_not_lost(self):
        """Files that were good wait while the rest is corrected, and are sent then."""
        self.send(
            but=["intake_module"], files=[("registro.txt", b"linea", "text/plain")]
        )
        self.assertFalse(self.ticket)
        kept = {
            box.get("name"): box.get("value")
            for box in self.page.xpath("//input[starts-with(@name, 'kept_')]")
        }
        self.assertEqual(set(kept), {"kept_intake_screenshots", "kept_attachment"})
        self.assertEqual(self.errors(), {"intake_module"})
        self.send(kept, images=())
        self.assertEqual(
            set(self.ticket.attachment_ids.mapped("name")),
            {"pantalla.png", "registro.txt"},
        )
        self.assertEqual(self.ticket.intake_state, "complete")

    def test_waiting_files_of_others(self):
        """Nobody takes a file that another user has sent, not even with its address."""
        self.send(but=["intake_module"])
        kept = self.page.xpath("//input[@name='kept_intake_screenshots']/@value")[0]
        self.log_in(self.stranger)
        self.send({"kept_intake_screenshots": kept}, images=())
        self.assertFalse(self.ticket)
        self.assertEqual(self.errors(), {"intake_screenshots"})
        self.log_in(self.portal_user)
        wrong = kept.split("-")[0] + "-wrong"
        self.send({"kept_intake_screenshots": wrong}, images=())
        self.assertEqual(self.errors(), {"intake_screenshots"})

    def test_video_as_png(self):
        """R-A10: an .mp4 renamed .png is refused, with a sentence."""
        self.send(images=["buena.png", ("pantalla2.png", film(), "image/png")])
        self.assertFalse(self.ticket)
        self.assertEqual(self.errors(), {"intake_screenshots"})
        self.assertIn(
            "“pantalla2.png” is a video: attach screenshots",
            self.error("intake_screenshots"),
        )
        kept = self.page.xpath("//input[@name='kept_intake_screenshots']")
        self.assertEqual(len(kept), 1, "the good one waits")
        self.send(files=[("manual.pdf", film(), "application/pdf")])
        self.assertFalse(self.ticket)
        self.assertIn("is a video", self.error("attachment"))

    def test_too_large_and_too_many(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("helpdesk_intake.max_file_mb", 1)
        parameters.set_param("helpdesk_intake.max_files", 2)
        self.send(files=[("datos.csv", bytes(2**20 + 1), "text/csv")])
        self.assertFalse(self.ticket)
        self.assertIn("“datos.csv” is larger than 1 MB", self.error("attachment"))
        self.send(images=["a.png", "b.png", "c.png"])
        self.assertFalse(self.ticket)
        self.assertIn("2 files at most", self.error("intake_screenshots"))

    def test_not_an_image(self):
        self.send(images=[("pantalla.png", b"%PDF-1.4 text", "image/png")])
        self.assertFalse(self.ticket)
        self.assertIn("is not an image", self.error("intake_screenshots"))

    def test_another_company_is_never_filed_for(self):
        """The customer is who is logged in, whatever the form says."""
        other = self.stranger.partner_id
        theirs = self.make_contract(
            partner_id=other.commercial_partner_id.id, date_end="2099-12-31"
        )
        environment = self.make_environment(theirs)
        self.send(
            {
                "partner_id": str(other.id),
                "contract_id": str(theirs.id),
                "company_id": "999",
                "environment": f"{theirs.id}-{environment.id}",
                "environment_id": str(environment.id),
            }
        )
        self.assertEqual(self.ticket.partner_id, self.contact)
        self.assertEqual(self.ticket.contract_id, self.contract)
        self.assertFalse(self.ticket.environment_id)
        self.assertEqual(self.ticket.company_id, self.env.company)

    def test_teams_and_types_by_hand(self):
        """What the form does not offer is not taken, and breaks nothing."""
        hidden = self.env["helpdesk.ticket.team"].create(
            {"name": "Hidden", "show_in_portal": False}
        )
        self.send({"team": str(hidden.id), "category": "x", "type": "99999999"})
        self.assertEqual(self.ticket.team_id, self.team)
        self.assertFalse(self.ticket.type_id)
        self.assertFalse(self.ticket.category_id)

    def test_without_token(self):
        """A POST without CSRF token and a GET open nothing."""
        self.send(but=["csrf_token"])
        self.assertFalse(self.ticket)
        answer = self.url_open("/submitted/ticket?subject=x&description=y")
        self.assertEqual(answer.status_code, 405)
        self.assertFalse(self.ticket)

    def test_logged_out(self):
        self.authenticate(None, None)
        answer = self.url_open("/new/ticket")
        self.assertIn("/web/login", answer.url)

    def test_fields_change_with_the_type(self):
        self.env.company.helpdesk_mgmt_portal_type = True
        self.development.show_in_portal = True
        page = self.get("/new/ticket")
        self.assertTrue(page.xpath("//select[@id='type']/option[@selected]"))
        self.assertFalse(page.xpath("//*[@id='intake_steps']"), "the only type")
        page = self.get("/new/ticket?type=")
        self.assertTrue(page.xpath("//*[@id='intake_steps']"))
        part = self.get(f"/new/ticket/questions?type={self.development.id}")
        names = set(part.xpath("//@name"))
        self.assertIn("intake_observed", names)
        self.assertNotIn("intake_steps", names)
        self.assertIn("How it works today", part.text_content())
        # Sent for that type, nothing else is required.
        self.send(
            {"type": str(self.development.id)},
            but=["intake_steps", "intake_error_text"],
            images=(),
        )
        self.assertEqual(self.ticket.type_id, self.development)
        self.assertEqual(self.ticket.intake_state, "complete")

    def test_questions_without_a_policy(self):
        """A team without a policy asks for a title and a description, as before."""
        self.contract.date_end = "2026-01-02"
        self.team.sla_policy_id = False
        page = self.get("/new/ticket")
        self.assertTrue(page.get_element_by_id("description") is not None)
        self.send(
            {"subject": "Consulta", "description": ""},
            but=[name for name in FORM if name != "subject"],
            images=(),
        )
        self.assertEqual(self.errors(), {"description"})
        self.send({"subject": "Consulta", "description": "¿Cómo?"}, images=())
        self.assertIn("¿Cómo?", self.ticket.description)

    def test_environment_is_chosen(self):
        """With several environments the customer says which: it decides the times."""
        self.make_environment(self.contract, "Producción")
        testing = self.make_environment(self.contract, "Pruebas", "non_production")
        page = self.get("/new/ticket")
        options = page.xpath("//select[@id='environment']/option/text()")
        self.assertEqual({"Producción", "Pruebas"}, set(options))
        self.send()
        self.assertFalse(self.ticket)
        self.assertEqual(self.errors(), {"environment"})
        self.send({"environment": f"{self.contract.id}-{testing.id}"})
        self.assertEqual(self.ticket.environment_id, testing)

    def test_one_environment_is_not_asked(self):
        production = self.make_environment(self.contract, "Producción")
        page = self.get("/new/ticket")
        self.assertFalse(page.xpath("//select[@id='environment']"))
        self.send()
        self.assertEqual(self.ticket.environment_id, production)

    def test_contract_decides_the_questions(self):
        """R-C4: another policy asks other things, as the changes made before."""
        policy = self.make_policy(("response", 4, {"unit": "hour"}))
        policy.intake_field_ids = [
            Command.create(
                {
                    "name": "Changes made before the incident",
                    "key": "changes",
                    "kind": "text",
                }
            ),
            Command.create({"name": "All down?", "key": "scope", "kind": "boolean"}),
            Command.create(
                {
                    "name": "Where",
                    "key": "where",
                    "kind": "selection",
                    "options": "Here\nThere",
                    "required": False,
                }
            ),
        ]
        self.change_contract(policy)
        form = {"subject": "Caída", "description": "No hay servicio."}
        but = [name for name in FORM if name != "subject"]
        self.send({**form, "intake_where": "Elsewhere"}, but=but, images=())
        self.assertEqual(
            self.errors(), {"intake_changes", "intake_scope", "intake_where"}
        )
        self.send(
            {
                **form,
                "intake_changes": "Ninguno",
                "intake_scope": "no",
                "intake_where": "Here",
            },
            but=but,
            images=(),
        )
        self.assertEqual(self.ticket.sla_policy_id, policy)
        self.assertEqual(
            set(self.ticket.intake_answer_ids.mapped("summary")),
            {"Ninguno", "No", "Here"},
        )

    def test_contact_without_the_role(self):
        """R-C5: who may not open tickets is told that a colleague releases it."""
        self.change_contract(self.policy.copy({"only_authorized": True}))
        self.contract.contact_ids.role_open = False
        page = self.get("/new/ticket")
        self.assertIn("does not name you", page.text_content())
        self.send()
        self.assertEqual(self.ticket.partner_id, self.contact)

    def test_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_intake", "helpdesk_mgmt"], ["es_ES"], overwrite=True
        )
        self.env.flush_all()
        self.log_in(self.portal_user)
        self.opener.cookies.set("frontend_lang", "es_ES")
        self.send(but=["intake_module"])
        self.assertIn("Módulo", self.page.text_content())
        self.assertIn("Escriba una respuesta", self.error("intake_module"))

    def test_old_files_are_cleaned(self):
        self.send(but=["intake_module"])
        waiting = self.env["ir.attachment"].search(
            [("res_model", "=", "helpdesk.intake.answer"), ("res_id", "=", 0)]
        )
        self.assertEqual(len(waiting), 1)
        answers = self.env["helpdesk.intake.answer"]
        answers._gc_waiting_files()
        self.assertTrue(waiting.exists())
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '25 hours' "
            "WHERE id = %s",
            waiting.ids,
        )
        answers._gc_waiting_files()
        self.assertFalse(waiting.exists())


@tagged("post_install", "-at_install")
class TestPortalComplete(PortalCommon):
    def setUp(self):
        super().setUp()
        self.returned = self.env["helpdesk.ticket"].create(self.prepare_ticket())
        self.answer(self.returned, "module", "screenshots")
        self.returned.with_user(self.agent).action_return_incomplete()
        self.env.flush_all()
        self.url = f"/my/ticket/{self.returned.id}/complete"

    def complete(self, values, images=("pantalla.png",), **more):
        data = {"csrf_token": self.get_csrf_token(), **values}
        sent = [("intake_screenshots", (n, picture(), "image/png")) for n in images]
        sent = sent or [("intake_screenshots", ("", b"", "image/png"))]
        answer = self.url_open(self.url, data=data, files=sent, **more)
        self.env.invalidate_all()
        self.page = html.fromstring(answer.text)
        return answer

    def get_replies(self):
        return self.returned.message_ids.filtered(
            lambda message: message.message_type == "comment"
        )

    def test_page_asks_for_what_is_missing(self):
        page = self.get(self.url)
        names = set(page.xpath("//form//@name"))
        self.assertTrue({"intake_module", "intake_screenshots"} <= names)
        self.assertNotIn("intake_users", names)
        self.assertIn(ANSWERS["users"], page.text_content(), "told already")
        ticket = self.get(f"/my/ticket/{self.returned.id}")
        self.assertIn("Information is missing", ticket.text_content())

    def test_completed(self):
        """R-A3: the completion reopens the ticket; agents see it as a reply."""
        answer = self.complete({"intake_module": "Inventario"})
        self.assertTrue(answer.url.endswith(f"/my/ticket/{self.returned.id}"))
        self.assertEqual(self.returned.intake_state, "complete")
        self.assertEqual(
            self.returned.stage_id, self.stages["returned"].resume_stage_id
        )
        self.assertEqual(self.get_replies().author_id, self.contact)
        self.assertNotIn("Information is missing", self.page.text_content())

    def test_still_incomplete(self):
        self.complete({"intake_module": ""}, images=())
        self.assertEqual(self.errors(), {"intake_module", "intake_screenshots"})
        self.assertEqual(self.returned.stage_id, self.stages["returned"])

    def test_link_of_the_mail(self):
        """Who has the link of the mail completes without a log-in."""
        self.authenticate(None, None)
        self.url = self.returned._get_completion_url().removeprefix(
            self.returned.get_base_url()
        )
        self.assertIn("intake_module", set(self.get(self.url).xpath("//form//@name")))
        self.complete({"intake_module": "Inventario"})
        self.assertEqual(self.returned.intake_state, "complete")
        self.assertEqual(self.get_replies().author_id, self.contact)

    def test_others_cannot(self):
        for user in (self.stranger, None):
            self.log_in(user) if user else self.authenticate(None, None)
            self.assertNotIn("intake_module", self.url_open(self.url).text)
            self.complete({"intake_module": "Inventario"})
            self.assertEqual(self.returned.intake_state, "incomplete")

    def test_a_get_completes_nothing(self):
        self.url_open(f"{self.url}?intake_module=Inventario")
        self.env.invalidate_all()
        self.assertIn("Module", self.returned.intake_missing)

    def test_nothing_is_missing(self):
        self.answer(self.returned)
        self.env.flush_all()
        answer = self.url_open(self.url)
        self.assertTrue(answer.url.endswith(f"/my/ticket/{self.returned.id}"))


@tagged("post_install", "-at_install")
class TestPortalPolicy(PortalCommon):
    """R-B8: the user accepts the policy by using the portal, version by version."""

    def setUp(self):
        super().setUp()
        self.policy.ask_acceptance = True
        self.env.flush_all()
        self.acceptances = self.env["helpdesk.policy.acceptance"]

    def accept(self, **values):
        data = {
            "csrf_token": self.get_csrf_token(),
            "shown": f"{self.policy.id}-{self.policy.version}",
            "back": "/new/ticket",
            **values,
        }
        answer = self.url_open("/my/policies/accept", data=data)
        self.env.invalidate_all()
        return answer

    def test_asked_before_tickets(self):
        ticket = self.env["helpdesk.ticket"].create(self.prepare_ticket())
        self.env.flush_all()
        for path in ("/new/ticket", "/my/tickets", f"/my/ticket/{ticket.id}"):
            answer = self.url_open(path)
            self.assertIn("/my/policies", answer.url, path)
            self.assertIn(self.policy.name, answer.text)

    def test_nothing_else_is_blocked(self):
        for path in ("/my", "/my/home", "/my/account"):
            self.assertNotIn("/my/policies", self.url_open(path).url)

    def test_accepted(self):
        """R-B8: version, moment and address are kept; it is asked once."""
        answer = self.accept()
        self.assertTrue(answer.url.endswith("/new/ticket"))
        row = self.acceptances.search([("user_id", "=", self.portal_user.id)])
        self.assertRecordValues(
            row,
            [
                {
                    "policy_id": self.policy.id,
                    "version": str(self.policy.version),
                    "partner_id": self.contact.id,
                    "commercial_partner_id": self.customer.id,
                    "ip": "127.0.0.1",
                }
            ],
        )
        self.assertEqual(len(row.text_hash), 64)
        self.assertTrue(row.accepted_at)
        self.accept()
        self.assertEqual(
            self.acceptances.search_count([("user_id", "=", self.portal_user.id)]), 1
        )
        self.assertIn("/my/tickets", self.url_open("/my/tickets").url)
        self.assertIn("Accepted by you", self.url_open("/my/policies").text)
        self.assertEqual(
            self.contact.with_user(self.manager).policy_acceptance_count, 1
        )
        self.assertEqual(
            self.customer.with_user(self.manager).policy_acceptance_count, 1
        )

    def test_asked_again_for_a_new_version(self):
        self.accept()
        self.policy.version = self.policy.version + 1
        self.env.flush_all()
        self.assertIn("/my/policies", self.url_open("/new/ticket").url)
        # The form of the old version accepts nothing.
        self.accept(shown=f"{self.policy.id}-{self.policy.version - 1}")
        self.assertIn("/my/policies", self.url_open("/new/ticket").url)
        self.accept()
        self.assertIn("/new/ticket", self.url_open("/new/ticket").url)
        self.assertEqual(
            self.acceptances.search_count([("user_id", "=", self.portal_user.id)]), 2
        )

    def test_form_open_when_the_version_changes(self):
        """What was typed is not lost when the policy must be accepted first."""
        self.send()
        self.assertFalse(self.ticket)
        self.assertIn("Accept our policy first", self.page.text_content())
        self.assertEqual(
            self.page.get_element_by_id("subject").get("value"), FORM["subject"]
        )
        self.assertTrue(self.page.xpath("//input[@name='kept_intake_screenshots']"))

    def test_each_user_for_himself(self):
        self.accept()
        colleague = self.make_user("andina-colleague", "base.group_portal")
        colleague.partner_id.parent_id = self.customer
        self.env.flush_all()
        self.log_in(colleague)
        self.assertIn("/my/policies", self.url_open("/new/ticket").url)

    def test_policies_of_others(self):
        """Nobody accepts a policy that is not the own contract's."""
        other = self.make_policy(ask_acceptance=True)
        self.accept(shown=f"{other.id}-1")
        self.assertFalse(self.acceptances.search([("policy_id", "=", other.id)]))

    def test_back_stays_here(self):
        answer = self.accept(back="//evil.example.com/x")
        self.assertTrue(answer.url.endswith("/my/tickets"))

    def test_a_get_accepts_nothing(self):
        self.url_open(f"/my/policies/accept?shown={self.policy.id}-1")
        self.assertFalse(self.acceptances.search([]))

    def test_agents_are_not_asked(self):
        self.log_in(self.agent)
        self.assertNotIn("/my/policies", self.url_open("/my/tickets").url)

    def test_nobody_edits_it(self):
        self.accept()
        row = self.acceptances.search([("user_id", "=", self.portal_user.id)])
        for action in (
            lambda: row.sudo().write({"ip": "192.0.2.1"}),
            lambda: row.sudo().unlink(),
        ):
            with self.assertRefused("kept as it was given"):
                action()
        for operation in ("create", "write", "unlink"):
            self.assertFalse(row.with_user(self.manager).has_access(operation))
        self.assertTrue(row.with_user(self.agent).has_access("read"))
        self.assertFalse(row.with_user(self.portal_user).has_access("read"))
