"""A fault finds the delivery that it is about, by the words of the ticket (R-B6)."""

from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import WarrantyCommon, WarrantyHttpCommon


class ClaimMixin:
    def setUp(self):
        super().setUp()
        self.labels = self.make_deliverable(
            "2026-01-08 16:00", name="Etiquetas de lote", module="Inventario"
        )
        self.report = self.make_deliverable(
            "2026-01-08 16:00",
            name="Informe de pagos",
            module="Contabilidad",
            specification="<p>Suma los <b>cheques</b> posfechados.</p>",
        )
        self.contact.lang = "es_ES"

    def make_fault(self, name, received="2026-01-20 10:00", **values):
        return self.make_ticket(
            received, name=name, description="<p>Desde ayer.</p>", **values
        )


@tagged("post_install", "-at_install")
class TestClaim(ClaimMixin, WarrantyCommon):
    def test_words_find_it(self):
        """Number, title, module, specification; in the customer's language."""
        for words, found in (
            ("La etiqueta sale sin el lote", self.labels),
            ("Un cheque no aparece", self.report),
            ("Error en contabilidad", self.report),
            (f"Sobre {self.labels.number}", self.labels),
            ("Nada que ver", self.labels.browse()),
            ("& | ! ' :* <-> (", self.labels.browse()),
        ):
            with self.subTest(words=words):
                self.assertEqual(self.make_fault(words)._suggest_deliverables(), found)

    def test_under_warranty_first(self):
        """60 days from 8 Jan: on 20 March only the later delivery is warranted."""
        later = self.make_deliverable("2026-03-02 10:00", name="Etiquetas")
        ticket = self.make_fault("Etiquetas de lote mal", "2026-03-20 10:00")
        self.assertEqual(ticket._suggest_deliverables(), later | self.labels)

    def test_only_the_own_customers(self):
        ticket = self.make_fault("Etiquetas", partner_id=self.stranger.partner_id.id)
        self.assertFalse(ticket._suggest_deliverables())

    def test_agents_claim_with_one_click(self):
        ticket = self.make_fault("La etiqueta sale sin el lote")
        action = ticket.with_user(self.agent).action_find_deliverable()
        deliverables = self.env["helpdesk.deliverable"].with_user(self.agent)
        found = deliverables.search(action["domain"])
        self.assertEqual(found, self.labels.with_user(self.agent))
        found.with_context(**action["context"]).action_claim()
        self.assertEqual(ticket.coverage, "warranty")

    def test_without_common_words_all_are_shown(self):
        action = self.make_fault("Nada que ver").action_find_deliverable()
        found = self.env["helpdesk.deliverable"].search(action["domain"])
        self.assertEqual(found, self.labels | self.report)

    def test_searched_by_customer_module_and_number(self):
        deliverables = self.env["helpdesk.deliverable"].with_user(self.agent)
        for words in ("Inventario", self.labels.number, "Etiquetas"):
            found = {row_id for row_id, _name in deliverables.name_search(words)}
            self.assertIn(self.labels.id, found)
            self.assertNotIn(self.report.id, found)

    def test_customers_claim_once_and_their_own_only(self):
        ticket = self.make_fault("Etiquetas").sudo(False).with_user(self.portal_user)
        theirs = self.make_deliverable(
            "2026-01-08 16:00",
            self.make_ticket(
                "2026-01-05 10:00", partner_id=self.stranger.partner_id.id
            ),
        )
        with self.assertRefused("delivered to your company", AccessError):
            ticket._claim(theirs)
        with at("2026-01-20 11:00"):
            ticket._claim(self.labels)
        self.assertEqual(ticket.sudo().deliverable_id, self.labels)
        with self.assertRefused("says already"):
            ticket._claim(self.report)
        other = self.make_fault("Etiquetas").sudo(False).with_user(self.stranger)
        with self.assertRaises(AccessError):
            other._claim(self.labels)


@tagged("post_install", "-at_install")
class TestClaimPortal(ClaimMixin, WarrantyHttpCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_fault("La etiqueta sale sin el lote")
        self.url = f"/my/ticket/{self.ticket.id}/claim"

    def text(self, path):
        page = html.fromstring(self.url_open(path).text)
        return " ".join(page.text_content().split())

    def claim(self, deliverable_id, token=True):
        data = {"deliverable_id": deliverable_id}
        if token:
            data["csrf_token"] = self.get_csrf_token()
        with at("2026-01-20 11:00"):
            answer = self.url_open(self.url, data=data)
        self.env.invalidate_all()
        return answer

    def test_one_click_and_the_ticket_says_until_when(self):
        self.portal_user.lang = "es_ES"
        self.log_in(self.portal_user)
        with at("2026-01-20 11:00"):
            self.assertIn(self.url, self.url_open(self.ticket.access_url).text)
            text = self.text(self.url)
        self.assertIn("Etiquetas de lote", text)
        self.assertNotIn("Informe de pagos", text)
        self.assertIn("Cubierto hasta el 9 de marzo de 2026", text)
        self.claim(self.labels.id)
        self.assertEqual(self.ticket.coverage, "warranty")
        with at("2026-01-20 11:10"):
            text = self.text(self.ticket.access_url)
        self.assertIn("Cubierto hasta el 9 de marzo de 2026", text)

    def test_searched_by_words(self):
        self.log_in(self.portal_user)
        text = self.text(f"{self.url}?words=cheques")
        self.assertIn("Informe de pagos", text)
        self.assertNotIn("Etiquetas de lote", text)

    def test_wrong_things_claim_nothing(self):
        self.log_in(self.portal_user)
        for number in ("", "x", "0", str(2**31 - 1)):
            self.claim(number)
        self.assertEqual(self.claim(self.labels.id, token=False).status_code, 400)
        self.url_open(f"{self.url}?deliverable_id={self.labels.id}")
        self.assertFalse(self.ticket.deliverable_id)

    def test_another_company_and_nobody(self):
        self.log_in(self.stranger)
        self.assertNotIn("Etiquetas de lote", self.url_open(self.url).text)
        self.claim(self.labels.id)
        self.authenticate(None, None)
        self.claim(self.labels.id)
        self.assertFalse(self.ticket.deliverable_id)

    def test_closed_ticket(self):
        self.move(self.ticket, "2026-01-20 10:30", "done")
        self.log_in(self.portal_user)
        self.assertNotIn(self.url, self.url_open(self.ticket.access_url).text)
        self.assertIn("ya dice", self.claim(self.labels.id).text)
        self.assertFalse(self.ticket.deliverable_id)
