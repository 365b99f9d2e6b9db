"""Contacts with the role dispute hours on the portal; nobody else can."""

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingHttpCommon


@tagged("post_install", "-at_install")
class TestPortalDispute(BillingHttpCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.line = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.disputes = self.env["helpdesk.hours.dispute"].search([])

    def send(self, path, token=True, **data):
        data["csrf_token"] = self.get_csrf_token() if token else "none"
        with mute_logger("odoo.http"):
            answer = self.url_open(path, data=data)
        self.env.invalidate_all()
        return answer

    def get_new(self):
        return self.env["helpdesk.hours.dispute"].search([]) - self.disputes

    def test_open_follow_and_take_back(self):
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/dispute/new?line={self.line.id}").text
        self.assertIn("2:10", page)
        self.assertIn(self.ticket.number, page)
        answer = self.send("/my/dispute/open", line=self.line.id, reason=" ")
        self.assertIn("Write what is wrong", answer.text)
        self.assertFalse(self.get_new())
        answer = self.send("/my/dispute/open", line=self.line.id, reason="Too long")
        dispute = self.get_new()
        self.assertEqual(dispute.partner_id, self.contact)
        self.assertTrue(dispute.opened_from)
        self.assertIn("Too long", answer.text)
        self.assertIn("wait until then", answer.text)
        self.assertIn(dispute.name, self.url_open("/my/disputes").text)
        self.url_open(f"/my/dispute/{dispute.id}/withdraw")  # a GET does nothing
        self.assertEqual(dispute.state, "open")
        self.send(f"/my/dispute/{dispute.id}/withdraw")
        self.assertEqual(dispute.state, "withdrawn")
        answer = self.send(f"/my/dispute/{dispute.id}/withdraw")
        self.assertIn("not open any more", answer.text)

    def test_twice_is_one(self):
        self.log_in(self.portal_user)
        for _time in range(2):
            answer = self.send("/my/dispute/open", line=self.line.id, reason="Long")
        self.assertIn("about this already", answer.text)
        self.assertEqual(len(self.get_new()), 1)

    @mute_logger("odoo.http")
    def test_without_the_role_and_of_another_company(self):
        self.log_in(self.portal_user)
        self.send("/my/dispute/open", line=self.line.id, reason="Too long")
        dispute = self.get_new()
        for user in (self.colleague, self.stranger):
            self.log_in(user)
            for path in (
                f"/my/dispute/{dispute.id}",
                f"/my/dispute/new?line={self.line.id}",
                f"/my/dispute/new?ticket={self.ticket.id}&kind=minimum",
                "/my/dispute/new?line=999999999",
                "/my/dispute/new?line=x",
                "/my/dispute/999999999",
            ):
                with self.subTest(user=user.login, path=path):
                    self.assertEqual(self.url_open(path).status_code, 404)
            self.assertNotIn(dispute.name, self.url_open("/my/disputes").text)
            answer = self.send("/my/dispute/open", line=self.line.id, reason="Mine")
            self.assertEqual(answer.status_code, 404)
            self.assertEqual(
                self.send(f"/my/dispute/{dispute.id}/withdraw").status_code, 404
            )
        self.assertEqual(self.get_new(), dispute)
        self.assertEqual(dispute.state, "open")

    @mute_logger("odoo.http")
    def test_a_ticket_that_moved_shows_the_old_dispute_to_no_new_customer(self):
        self.log_in(self.portal_user)
        self.send("/my/dispute/open", line=self.line.id, reason="Too long")
        dispute = self.get_new()
        other = self.make_contract(partner_id=self.stranger.partner_id.parent_id.id)
        other.contact_ids = [
            Command.create(
                {"partner_id": self.stranger.partner_id.id, "role_hours": True}
            )
        ]
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET contract_id = %s WHERE id = %s",
            [other.id, self.ticket.id],
        )
        self.env.invalidate_all()
        self.log_in(self.stranger)
        path = f"/my/dispute/{dispute.id}"
        self.assertEqual(self.url_open(path).status_code, 404)
        self.assertEqual(self.send(f"{path}/withdraw").status_code, 404)
        self.log_in(self.portal_user)
        self.assertIn(dispute.name, self.url_open(path).text)

    def test_token_is_needed(self):
        self.log_in(self.portal_user)
        answer = self.send(
            "/my/dispute/open", token=False, line=self.line.id, reason="Too long"
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.get_new())

    def test_hours_that_are_not_charged_yet(self):
        """A line without a live share, as of a running timer: one sentence, no form."""
        line = self.log(self.ticket, "2026-01-15 10:00", "0:00", is_running=True)
        self.assertFalse(line.share_ids)
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/dispute/new?line={line.id}").text
        self.assertIn("These hours are not charged yet", page)
        self.assertNotIn('action="/my/dispute/open"', page)
        answer = self.send("/my/dispute/open", line=line.id, reason="Too long")
        self.assertIn("These hours are not charged yet", answer.text)
        self.assertFalse(self.get_new())

    def test_dates_are_in_the_customers_language(self):
        """15 January 2026 in Spanish: 15/01/2026, on list, form and page."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.portal_user.lang = "es_ES"
        self.log_in(self.portal_user)
        page = self.url_open(f"/my/dispute/new?line={self.line.id}").text
        self.assertIn("13/01/2026", page)
        self.assertNotIn("2026-01-13", page)
        self.send("/my/dispute/open", line=self.line.id, reason="Too long")
        dispute = self.get_new()
        dispute.opened_at = "2026-01-15 15:30:00"
        for path in ("/my/disputes", f"/my/dispute/{dispute.id}"):
            page = self.url_open(path).text
            self.assertIn("15/01/2026", page)
            self.assertNotIn("2026-01-15", page)
