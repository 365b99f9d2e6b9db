"""Answers by the signed link of a mail, objections, certificate, the browser."""

import contextlib
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, local, utc

from .common import SIGNATURE
from .test_portal import PortalCommon


class Conflict(SerializationFailure):
    """What PostgreSQL says when two transactions change the same row."""

    pgcode = "40001"


class LinkCommon(PortalCommon):
    def setUp(self):
        super().setUp()
        self.helper = self.env["res.partner"].create(
            {
                "name": "Elena Mora",
                "email": "elena@customer.example.com",
                "parent_id": self.customer.id,
            }
        )
        self.contract.contact_ids = [
            Command.create({"partner_id": self.helper.id, "role_deliverables": True})
        ]
        files = self.env["ir.attachment"].with_user(self.agent)
        self.file = files.create({"name": "manual.txt", "raw": b"Read me"})
        self.deliverable = self.make_deliverable(
            "2026-01-08 16:00", attachment_ids=[Command.set(self.file.ids)]
        )
        self.path = f"/deliverable/{self.deliverable.id}"
        self.query = f"?token={self.deliverable._make_token(self.helper)}"
        self.authenticate(None, None)

    def open(self, when="2026-01-09 10:00", path=None, query=None):
        with at(when):
            answer = self.url_open((path or self.path) + (query or self.query))
        self.env.invalidate_all()
        return answer

    @mute_logger("odoo.http")
    def accept(self, when="2026-01-09 10:00", path=None, query=None, **values):
        params = {"name": "Elena Mora", "signature": SIGNATURE, **values}
        with at(when):
            answer = self.call(
                f"{path or self.path}/accept{query or self.query}", **params
            )
        self.env.invalidate_all()
        return answer

    def post(self, action, when="2026-01-09 10:00", query=None, token=True, **data):
        if token:
            data["csrf_token"] = self.get_csrf_token()
        with at(when):
            answer = self.url_open(
                f"{self.path}/{action}{query or self.query}", data=data
            )
        self.env.invalidate_all()
        return answer

    def assertUnanswered(self):
        self.env.invalidate_all()
        self.assertFalse(self.deliverable.answer)


@tagged("post_install", "-at_install")
class TestLink(LinkCommon):
    """Contacts without a log-in answer by a link of their own (R-B4, R-B5)."""

    def test_page(self):
        page = self.open()
        self.assertIn(self.deliverable.name, page.text)
        self.assertIn("Thursday, January 15, 2026, 17:00", page.text)
        self.assertIn("helpdesk_warranty.acceptance_form", page.text)
        self.assertUnanswered()
        event = self.deliverable.event_ids[-1]
        self.assertEqual((event.kind, event.partner_id), ("opened", self.helper))

    def test_accepted(self):
        answer = self.accept(remarks="The total could be bold")
        self.assertEqual(answer["redirect_url"], self.path + self.query)
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "accepted",
                    "answered_at": utc("2026-01-09 10:00"),
                    "answered_by": "Elena Mora",
                    "answered_partner_id": self.helper.id,
                    "answered_from": "127.0.0.1",
                    "remarks": "The total could be bold",
                }
            ],
        )
        self.assertTrue(self.deliverable.answered_with)
        self.assertTrue(self.deliverable.signature)

    def test_rejected(self):
        self.post("reject", grounds="Wrong sum")
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "rejected",
                    "answered_partner_id": self.helper.id,
                    "grounds": "Wrong sum",
                }
            ],
        )

    def test_used(self):
        """A link answers once; afterwards it shows what was answered."""
        self.accept()
        self.assertIn("answered already", self.accept()["error"])
        self.assertIn("answered already", self.post("reject", grounds="x").text)
        self.assertEqual(self.deliverable.answer, "accepted")
        page = self.open()
        self.assertIn("Accepted by Elena Mora", page.text)
        self.assertNotIn("helpdesk_warranty.acceptance_form", page.text)

    def test_stolen_for_another_version(self):
        other = self.make_deliverable("2026-01-08 16:00")
        path = f"/deliverable/{other.id}"
        self.assertIn("cannot be used", self.accept(path=path)["error"])
        refused = self.open(path=path)
        self.assertEqual(refused.status_code, 403)
        self.assertNotIn(other.number, refused.text)
        self.assertFalse(other.answer)

    def test_stolen_by_another_contact(self):
        """Whoever is logged in as somebody else does not use it."""
        for user in (self.portal_user, self.stranger, self.agent):
            self.log_in(user)
            self.assertIn("another contact", self.accept()["error"])
            self.assertIn("another contact", self.open().text)
            self.post("reject", grounds="Wrong sum")
            self.assertUnanswered()

    def test_expired(self):
        when = "2026-02-14 17:00:00"
        self.assertEqual(self.open(when).status_code, 403)
        self.assertIn("cannot be used", self.accept(when)["error"])
        self.assertEqual(self.post("object", when, objection="x").status_code, 403)

    def test_late(self):
        """One second after the term; until then it counts."""
        self.assertIn("term ended", self.accept("2026-01-15 17:00:01")["error"])
        late = self.post("reject", "2026-01-15 17:00:01", grounds="Wrong sum")
        self.assertIn("Open a new ticket", late.text)
        self.assertUnanswered()
        self.post("reject", "2026-01-15 17:00:00", grounds="Wrong sum")
        self.assertEqual(self.deliverable.answer, "rejected")

    def test_contact_who_lost_the_role(self):
        self.contract.contact_ids.role_deliverables = False
        self.assertIn("cannot be used", self.accept()["error"])
        self.assertUnanswered()

    def test_get_answers_nothing(self):
        for action in ("accept", "reject", "object"):
            path = f"{self.path}/{action}"
            query = f"{self.query}&grounds=x&name=x&signature=x"
            self.open(path=path, query=query)
            self.url_open(f"{path}{query}", method="HEAD")
        self.assertUnanswered()

    def test_programs_that_check_links_answer_and_prove_nothing(self):
        """R-B5: a scanner opens every address of a mail, by HEAD and by GET.

        No answer is recorded, nor that the customer saw it: that takes a log-in.
        """
        self.authenticate(None, None)
        for method in ("HEAD", "GET"):
            with at("2026-01-08 16:05"):
                answer = self.url_open(f"{self.path}{self.query}", method=method)
            self.assertEqual(answer.status_code, 200)
        self.assertUnanswered()
        self.assertNotIn("seen", self.deliverable.event_ids.mapped("kind"))

    def test_without_a_link(self):
        answer = self.open(query="?x=1")
        self.assertIn("/web/login", answer.url)
        self.assertIn("error", self.accept(query="?x=1"))
        self.assertUnanswered()

    def test_another_site_cannot_answer(self):
        refused = self.post("reject", grounds="Wrong sum", token=False)
        self.assertEqual(refused.status_code, 400)
        self.assertUnanswered()

    def test_files(self):
        path = f"{self.path}/file/{self.file.id}"
        self.assertEqual(self.open(path=path).content, b"Read me")
        other = self.env["ir.attachment"].create({"name": "secret", "raw": b"x"})
        for hidden in (
            f"{self.path}/file/{other.id}",
            f"/deliverable/1/file/{other.id}",
        ):
            self.assertEqual(self.open(path=hidden).status_code, 404)
        calendar = self.open(path=f"{self.path}/term.ics")
        self.assertIn("text/calendar", calendar.headers["Content-Type"])
        self.assertIn("DTEND:20260115T220000Z", calendar.text)

    def test_in_the_contacts_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_sla_policy", "helpdesk_warranty"], ["es_ES"]
        )
        self.helper.lang = "es_ES"
        page = self.open().text
        for words in (
            "jueves, 15 de enero de 2026",
            "Quedan 4 días hábiles",
            "Historial",
        ):
            self.assertIn(words, page)
        texts = self.url_open("/website/translations?lang=es_ES").json()
        self.assertIn("Aceptar y firmar", str(texts["modules"]["helpdesk_warranty"]))

    def test_view_on_the_portal_is_recorded_once(self):
        self.log_in(self.portal_user)
        for _time in range(2):
            self.open(path=f"/my/deliverable/{self.deliverable.id}", query="?")
        seen = self.deliverable.event_ids.filtered(lambda e: e.kind == "seen")
        self.assertEqual(seen.partner_id, self.contact)
        self.assertEqual(len(seen), 1)

    def test_objection_after_the_term(self):
        """A button opens a ticket that claims on the deliverable (R-B7)."""
        when = "2026-01-16 10:00"
        self.assertIn("Open a ticket", self.open(when).text)
        self.assertIn(
            "Write what you object", self.post("object", when, objection=" ").text
        )
        self.post("object", when, objection="It fails with two tills")
        ticket = self.deliverable.claim_ids
        self.assertEqual(ticket.partner_id, self.helper)
        self.assertIn("two tills", ticket.description)
        self.assertEqual(self.deliverable.state, "tacit")

    def test_objection_of_a_customer_who_is_logged_in(self):
        self.log_in(self.portal_user)
        self.path, self.query = f"/my/deliverable/{self.deliverable.id}", "?"
        answer = self.post("object", "2026-01-16 10:00", objection="It fails")
        self.assertIn(f"/my/ticket/{self.deliverable.claim_ids.id}", answer.url)


@tagged("post_install", "-at_install")
class TestArrival(LinkCommon):
    """An answer counts from the moment at which its request came in."""

    @contextlib.contextmanager
    def slow(self, arrives, answered):
        """Let the first try fail, and the second one run at a later time."""
        model = type(self.deliverable)
        origin, calls = model._lock, []
        with freeze_time(utc(arrives)) as clock:

            def fail_once(deliverables):
                calls.append(1)
                if len(calls) == 1:
                    clock.move_to(utc(answered))
                    raise Conflict()
                return origin(deliverables)

            with (
                patch.object(model, "_lock", fail_once),
                mute_logger("odoo.sql_db", "odoo.service.model"),
            ):
                yield
        self.assertEqual(len(calls), 2)

    def test_retried_rejection_that_came_in_time(self):
        """It came in the last second and was redone three seconds after the term."""
        data = {"grounds": "Wrong sum", "csrf_token": self.get_csrf_token()}
        with self.slow("2026-01-15 17:00:00", "2026-01-15 17:00:03"):
            self.url_open(f"{self.path}/reject{self.query}", data=data)
        self.env.invalidate_all()
        self.assertEqual(self.deliverable.answer, "rejected")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-15 17:00:00")
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(self.deliverable.answer, "rejected")

    def test_retried_rejection_that_came_late(self):
        data = {"grounds": "Wrong sum", "csrf_token": self.get_csrf_token()}
        with at("2026-01-15 17:00:01"):
            page = self.url_open(f"{self.path}/reject{self.query}", data=data)
        self.assertIn("term ended", page.text)
        self.assertUnanswered()


@tagged("post_install", "-at_install")
class TestCertificate(LinkCommon):
    """For accountants and agents: who accepted, or why silence did, and the mails."""

    def render(self, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.agent)
        html, _kind = report._render_qweb_html(
            "helpdesk_warranty.certificate", self.deliverable.ids
        )
        return html.decode()

    def test_accepted(self):
        self.accept(remarks="The total could be bold")
        page = self.render()
        for words in (
            "Accepted by Elena Mora on Friday, January 9, 2026, 10:00.",
            "elena@customer.example.com",
            "127.0.0.1",
            "The total could be bold",
            "manual.txt",
            self.file.checksum,
        ):
            self.assertIn(words, page)

    def test_tacit(self):
        """With the term and the mails that announced it."""
        for when in ("2026-01-13 09:00", "2026-01-15 09:00", "2026-01-15 17:06"):
            self.run_cron(when)
        page = self.render()
        self.assertIn(
            "Tacitly accepted on Thursday, January 15, 2026, 17:00, because no answer "
            "was received in the term from Thursday, January 8, 2026, 16:00 to "
            "Thursday, January 15, 2026, 17:00.",
            page,
        )
        # A delivery and two reminders, to two contacts each.
        self.assertEqual(page.count("&lt;elena@customer.example.com&gt;"), 3)

    def test_in_spanish(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_sla_policy", "helpdesk_warranty"], ["es_ES"]
        )
        self.contact.lang = "es_ES"
        self.run_cron("2026-01-15 17:06")
        page = self.render()
        self.assertIn(
            "Aceptado tácitamente el jueves, 15 de enero de 2026, 17:00, porque no se "
            "recibió respuesta en el plazo del jueves, 8 de enero de 2026, 16:00 al "
            "jueves, 15 de enero de 2026, 17:00.",
            page,
        )
        self.assertIn("Correos enviados", page)

    def test_nothing_to_certify(self):
        with (
            at("2026-01-09 10:00"),
            self.assertRaisesRegex(UserError, "has not been accepted"),
        ):
            self.render()

    def test_stranger_gets_none(self):
        self.run_cron("2026-01-15 17:06")
        nobody = new_test_user(self.env, "certificate-nobody", "base.group_user")
        for user in (nobody, self.stranger):
            with self.assertRaises(AccessError):
                self.render(user)


@tagged("post_install", "-at_install")
class TestBrowser(LinkCommon):
    def test_signs_in_the_browser(self):
        """A contact without log-in opens the link, writes the name and signs."""
        # The browser's own clock counts: the term is open now.
        self.deliverable = self.env["helpdesk.deliverable"].create(
            {"name": "Now", "ticket_id": self.deliverable.ticket_id.id}
        )
        self.deliverable.action_deliver()
        token = self.deliverable._make_token(self.helper)
        self.start_tour(
            f"/deliverable/{self.deliverable.id}?token={token}",
            "helpdesk_warranty_accept",
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "answer": "accepted",
                    "answered_by": "Lucia Paredes",
                    "answered_partner_id": self.helper.id,
                    "remarks": "The total could be bold",
                }
            ],
        )
        self.assertGreater(len(self.deliverable.signature), 500)
