"""The customer's own administrator keeps contacts and roles on the portal (R-C5)."""

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import SupportContractHttpCommon

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule")


@tagged("post_install", "-at_install")
class TestPortalContract(SupportContractHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(contacts=[(cls.contact, ["admin"])])
        cls.line = cls.contract.contact_ids
        cls.other, cls.stranger = cls.make_customer("Otra Empresa", "otra")
        cls.theirs = cls.make_contract(
            partner_id=cls.other.id, contacts=[(cls.stranger.partner_id, ["admin"])]
        )
        cls.colleague = cls.make_user("andina-colleague", "base.group_portal")
        cls.colleague.partner_id.parent_id = cls.customer

    def send(self, path, user=None, token=True, **data):
        self.log_in(user or self.portal_user)
        data["csrf_token"] = self.get_csrf_token() if token else "none"
        with mute_logger(*QUIET):
            answer = self.url_open(path, data=data)
        self.env.invalidate_all()
        return answer

    def add(self, email, user=None, contract=None, **data):
        url = f"/my/contract/{(contract or self.contract).id}/contact"
        return self.send(
            url, user, **{"name": "Ana Mora", "email": email, "role_open": "1", **data}
        )

    def get_contact(self, email):
        return self.contract.contact_ids.filtered(
            lambda c: c.partner_id.email_normalized == email
        )

    def test_list_and_page(self):
        self.log_in(self.portal_user)
        page = self.url_open("/my/contracts").text
        self.assertIn(self.contract.name, page)
        self.assertNotIn(self.theirs.name, page)
        page = self.url_open(f"/my/contract/{self.contract.id}").text
        self.assertIn(self.contact.name, page)
        self.assertIn("Add a person", page)

    def read_badges(self, when):
        """Return what the list of tickets says of contracts at a wall-clock time."""
        with at(when):
            self.log_in(self.portal_user)
            page = html.fromstring(self.url_open("/my/tickets").text)
        badges = page.xpath("//span[@name='ticket_contract_state']")
        return [" ".join(badge.text_content().split()) for badge in badges]

    def test_the_list_of_tickets_says_when_the_contract_does_not_run(self):
        """R-A9: nothing while it runs; ending soon (30 days), suspended, ended show."""
        self.make_ticket("2026-06-01 09:00")
        self.assertEqual(self.read_badges("2026-12-01 23:59:59"), [])
        ending = self.read_badges("2026-12-02 00:00:00")
        self.assertEqual(ending, ["Contract: Ending soon"])
        ended = self.read_badges("2027-01-01 00:00:00")
        self.assertEqual(ended, ["Contract: Ended"])
        with at("2026-06-02 09:00"):
            self.contract.suspension_reason = "Unpaid"
            self.contract.action_suspend()
        suspended = self.read_badges("2026-06-02 09:00:01")
        self.assertEqual(suspended, ["Contract: Suspended"])

    def test_colleague_reads_but_keeps_nothing(self):
        self.log_in(self.colleague)
        page = self.url_open(f"/my/contract/{self.contract.id}").text
        self.assertIn(self.contact.name, page)
        self.assertNotIn("Add a person", page)
        answer = self.add("ana@customer.example.com", self.colleague)
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self.get_contact("ana@customer.example.com"))

    def test_add(self):
        users = self.env["res.users"].with_context(active_test=False).search_count([])
        self.add("Ana@Customer.example.com", role_billing="1", phone="0999")
        contact = self.get_contact("ana@customer.example.com")
        self.assertTrue(contact.role_open and contact.role_billing)
        self.assertFalse(contact.role_estimates or contact.role_admin)
        self.assertEqual(contact.partner_id.parent_id, self.customer)
        self.assertFalse(contact.partner_id.user_ids)
        self.assertEqual(
            self.env["res.users"].with_context(active_test=False).search_count([]),
            users,
        )
        log = self.contract.message_ids[0]
        self.assertEqual(log.author_id, self.contact)
        self.assertIn("Ana Mora", log.body)
        self.assertTrue(self.contract._may_open(contact.partner_id))

    def test_somebody_of_the_own_company_is_taken_not_doubled(self):
        email = self.colleague.partner_id.email_normalized
        self.add(email, name="Another name")
        self.assertEqual(self.get_contact(email).partner_id, self.colleague.partner_id)
        self.assertNotEqual(self.colleague.partner_id.name, "Another name")

    def test_email_of_another_company_takes_nobody_from_there(self):
        email = self.stranger.partner_id.email_normalized
        self.add(email)
        partner = self.get_contact(email).partner_id
        self.assertNotEqual(partner, self.stranger.partner_id)
        self.assertEqual(partner.commercial_partner_id, self.customer)
        self.assertEqual(self.stranger.partner_id.parent_id, self.other)

    def test_bad_input_is_told_and_leaves_nothing(self):
        count = len(self.contract.contact_ids)
        cases = [
            ({"email": "not an address"}, "one e-mail address"),
            ({"email": "a@x.example.com, b@x.example.com"}, "one e-mail address"),
            ({"email": "a@x.example.com", "name": " "}, "name of the person"),
            ({"email": self.contact.email}, "on the contract already"),
        ]
        for values, words in cases:
            with self.subTest(values=values):
                self.assertIn(words, self.add(**values).text)
                self.assertEqual(len(self.contract.contact_ids), count)

    def test_markup_in_a_name_is_text(self):
        self.add("ana@customer.example.com", name="<b>Ana</b>")
        page = self.url_open(f"/my/contract/{self.contract.id}").text
        self.assertIn("&lt;b&gt;Ana&lt;/b&gt;", page)
        self.assertNotIn("<b>Ana</b>", page)

    def test_change_roles(self):
        self.add("ana@customer.example.com")
        contact = self.get_contact("ana@customer.example.com")
        url = f"/my/contract/{self.contract.id}/contact/{contact.id}"
        self.send(url, role_estimates="1", is_phone_authorized="1")
        self.assertFalse(contact.role_open)
        self.assertTrue(contact.role_estimates and contact.is_phone_authorized)
        self.assertIn("Ana Mora", self.contract.message_ids[0].body)

    def test_remove(self):
        self.add("ana@customer.example.com")
        contact = self.get_contact("ana@customer.example.com")
        partner = contact.partner_id
        self.send(f"/my/contract/{self.contract.id}/contact/{contact.id}/remove")
        self.assertFalse(contact.exists())
        self.assertTrue(partner.exists())
        self.assertIn("was removed", self.contract.message_ids[0].body)

    def test_somebody_must_administer(self):
        url = f"/my/contract/{self.contract.id}/contact/{self.line.id}"
        self.assertIn("Somebody must administer", self.send(url, role_open="1").text)
        self.assertIn("Somebody must administer", self.send(f"{url}/remove").text)
        self.assertTrue(self.line.exists().role_admin)

    def test_contacts_of_another_contract_are_out_of_reach(self):
        contact = self.theirs.contact_ids
        own = f"/my/contract/{self.contract.id}/contact/{contact.id}"
        for url in (own, f"{own}/remove"):
            answer = self.send(url, role_billing="1")
            self.assertIn("not on the contract any more", answer.text)
        foreign = f"/my/contract/{self.theirs.id}/contact"
        for url in (
            foreign,
            f"{foreign}/{contact.id}",
            f"{foreign}/{contact.id}/remove",
        ):
            answer = self.send(url, name="X", email="x@x.example.com")
            self.assertEqual(answer.status_code, 404)
        self.assertFalse(contact.role_billing)
        self.assertEqual(self.theirs.contact_ids, contact)
        for path in ("", "/annex"):
            self.log_in(self.portal_user)
            with mute_logger(*QUIET):
                answer = self.url_open(f"/my/contract/{self.theirs.id}{path}")
            self.assertEqual(answer.status_code, 404)

    def test_get_and_missing_token_change_nothing(self):
        url = f"/my/contract/{self.contract.id}/contact/{self.line.id}/remove"
        self.log_in(self.portal_user)
        with mute_logger(*QUIET):
            self.assertGreaterEqual(self.url_open(url).status_code, 400)
        self.assertGreaterEqual(self.send(url, token=False).status_code, 400)
        self.assertTrue(self.line.exists())

    def test_unsigned_contract_is_not_shown(self):
        draft = self.make_contract(sign=False, kind="implementation")
        self.log_in(self.portal_user)
        self.assertNotIn(draft.name, self.url_open("/my/contracts").text)

    def test_annex_is_downloaded(self):
        self.log_in(self.portal_user)
        answer = self.url_open(f"/my/contract/{self.contract.id}/annex")
        self.assertEqual(answer.status_code, 200)
        annex = self.contract._get_annex_for(self.portal_user.partner_id)
        self.assertEqual(answer.content, annex.raw)

    def test_home_offers_the_contracts(self):
        self.log_in(self.portal_user)
        self.assertIn("/my/contracts", self.url_open("/my/home").text)

    def test_nothing_is_open_to_the_public(self):
        with mute_logger(*QUIET):
            answer = self.url_open("/my/contracts", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
