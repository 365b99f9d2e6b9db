"""The customer answers on the portal: by POST, signed, in the right role, once."""

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SIGNATURE, WarrantyHttpCommon


class PortalCommon(WarrantyHttpCommon):
    def get(self, path):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return answer

    def text(self, path):
        page = html.fromstring(self.get(path).text)
        return " ".join(page.text_content().split())


@tagged("post_install", "-at_install")
class TestAuthorizationPortal(PortalCommon):
    def setUp(self):
        super().setUp()
        self.authorization = self.make_authorization()
        self.url = f"/my/authorization/{self.authorization.id}"

    @mute_logger("odoo.http")
    def sign(self, when="2026-01-12 12:00", **values):
        params = {"name": "Lucía Paredes", "signature": SIGNATURE, **values}
        with at(when):
            answer = self.call(f"{self.url}/sign", **params)
        self.env.invalidate_all()
        return answer

    def assertUnanswered(self):
        self.env.invalidate_all()
        self.assertEqual(self.authorization.state, "sent")
        self.assertFalse(self.authorization.signature)

    def test_signed(self):
        """Approved by a signature on the portal, with who, when and from where."""
        self.log_in(self.portal_user)
        text = self.text(self.url)
        for words in (self.authorization.name, "3", "45.00", "135.00"):
            self.assertIn(words, text)
        self.assertEqual(self.sign().get("redirect_url"), self.url)
        self.assertRecordValues(
            self.authorization,
            [
                {
                    "state": "approved",
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("12:00"),
                    "answered_from": "127.0.0.1",
                }
            ],
        )
        self.assertTrue(self.authorization.signature)

    def test_twice(self):
        self.log_in(self.portal_user)
        self.sign()
        self.assertIn("answered already", self.sign("12:10")["error"])
        self.assertEqual(self.authorization.answered_at, utc("12:00"))

    def test_unsigned(self):
        """Without a name or a signature nothing is approved."""
        self.log_in(self.portal_user)
        for values, words in (
            ({"name": ""}, "Write your name"),
            ({"name": None}, "Write your name"),
            ({"name": "  "}, "Write your name"),
            ({"signature": ""}, "Sign in the box"),
            ({"signature": None}, "Sign in the box"),
            ({"signature": "a"}, "Sign in the box"),
        ):
            self.assertIn(words, self.sign(**values)["error"])
        self.assertUnanswered()

    def test_wrong_role(self):
        """A colleague who does not approve estimates neither sees nor signs it."""
        self.log_in(self.colleague)
        self.assertIn("error", self.sign())
        self.assertNotIn(self.authorization.name, self.get(self.url).text)
        self.assertNotIn(self.authorization.name, self.text("/my/authorizations"))
        self.assertUnanswered()

    def test_another_company(self):
        self.log_in(self.stranger)
        self.assertIn("error", self.sign())
        self.assertNotIn(self.authorization.name, self.get(self.url).text)
        self.assertUnanswered()

    def test_not_logged_in(self):
        self.authenticate(None, None)
        self.assertIn("error", self.sign())
        self.assertUnanswered()

    def test_draft_is_not_shown(self):
        draft = self.make_authorization(sent=None)
        self.log_in(self.portal_user)
        self.url = f"/my/authorization/{draft.id}"
        self.assertIn("error", self.sign())
        self.assertNotIn(draft.name, self.get(self.url).text)

    def test_get_approves_nothing(self):
        """A GET never accepts: looking at it, or a link in a mail."""
        self.log_in(self.portal_user)
        self.get(self.url)
        self.url_open(f"{self.url}/sign?name=Lucia&signature={SIGNATURE}")
        self.url_open(f"{self.url}/reject")
        self.assertUnanswered()

    def refuse(self, reason="Too many hours", when="2026-01-12 12:00"):
        data = {"csrf_token": self.get_csrf_token(), "reason": reason}
        with at(when):
            answer = self.url_open(f"{self.url}/reject", data=data)
        self.env.invalidate_all()
        return answer

    def test_rejected_with_a_reason(self):
        self.log_in(self.portal_user)
        self.assertIn("Write why you do not approve", self.refuse(reason=" ").text)
        self.assertUnanswered()
        self.refuse()
        self.assertEqual(self.authorization.state, "rejected")
        self.assertEqual(self.authorization.answered_by, self.contact.name)
        self.assertEqual(self.authorization.rejection_reason, "Too many hours")
        self.assertIn("Too many hours", self.text(self.url))

    def test_signed_in_a_browser(self):
        """Drawn by the name, sent with the portal's own form."""
        ticket = self.authorization.ticket_id
        fresh = self.env["helpdesk.authorization"].create(
            {"ticket_id": ticket.id, "hours": 3, "price_unit": 45}
        )
        fresh.action_send()
        self.start_tour(
            fresh.access_url,
            "helpdesk_warranty_authorize",
            login=self.portal_user.login,
        )
        self.env.invalidate_all()
        self.assertEqual(fresh.state, "approved")
        self.assertEqual(fresh.answered_by, "Lucia Paredes")
        self.assertTrue(fresh.signature)

    def test_too_late(self):
        """The page names the last day; after it neither answer counts."""
        self.log_in(self.portal_user)
        with at("2026-01-12 12:00"):
            self.assertIn("until January 27, 2026", self.text(self.url))
        self.assertIn("over", self.sign("2026-01-28 00:00")["error"])
        self.assertIn("over", self.refuse(when="2026-01-28 00:00").text)
        self.assertUnanswered()

    def test_rejected_from_another_site(self):
        self.log_in(self.portal_user)
        answer = self.url_open(f"{self.url}/reject", data={"csrf_token": "x"})
        self.assertEqual(answer.status_code, 400)
        self.assertUnanswered()

    def test_rejected_by_the_wrong_people(self):
        for user in (self.colleague, self.stranger):
            self.log_in(user)
            self.refuse()
            self.assertUnanswered()

    def test_ticket_page_leads_there_by_role(self):
        ticket = f"/my/ticket/{self.authorization.ticket_id.id}"
        self.log_in(self.portal_user)
        self.assertIn(self.url, self.get(ticket).text)
        self.assertIn("User error or misuse", self.text(ticket))
        self.log_in(self.colleague)
        self.assertNotIn(self.url, self.get(ticket).text)

    def test_home_counts(self):
        self.log_in(self.portal_user)
        counters = ["authorization_count", "deliverable_count"]
        answer = self.call("/my/counters", counters=counters)
        self.assertEqual(answer, {"authorization_count": 1, "deliverable_count": 0})
        self.assertIn(self.authorization.name, self.text("/my/authorizations"))


@tagged("post_install", "-at_install")
class TestDeliverablePortal(PortalCommon):
    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")
        self.url = f"/my/deliverable/{self.deliverable.id}"

    @mute_logger("odoo.http")
    def accept(self, when="2026-01-09 10:00", **values):
        params = {"name": "Lucía Paredes", "signature": SIGNATURE, **values}
        with at(when):
            answer = self.call(f"{self.url}/accept", **params)
        self.env.invalidate_all()
        return answer

    def reject(self, when="2026-01-09 10:00", grounds="Wrong sum", token=True):
        data = {"grounds": grounds}
        if token:
            data["csrf_token"] = self.get_csrf_token()
        with at(when):
            answer = self.url_open(f"{self.url}/reject", data=data)
        self.env.invalidate_all()
        return answer

    def assertUnanswered(self):
        self.env.invalidate_all()
        self.assertFalse(self.deliverable.answer)

    def test_page_shows_the_term(self):
        """In the customer's zone, with the form for those who may answer."""
        self.log_in(self.portal_user)
        with at("2026-01-09 10:00"):
            text = self.text(self.url)
        self.assertIn("Thursday, January 15, 2026, 17:00 (America/Guayaquil)", text)
        self.assertIn("4 business days left", text)
        self.assertIn(self.deliverable.name, text)

    def test_page_says_when_the_warranty_ends_and_that_it_ended(self):
        """R-A7: 60 days from 8 Jan, through 9 March; the day after it has ended."""
        self.log_in(self.portal_user)
        for when, words in (
            ("2026-03-09 23:59:59", "Covered until March 9, 2026"),
            ("2026-03-10 00:00:00", "Warranty ended on March 9, 2026"),
        ):
            with self.subTest(when=when), at(when):
                self.env.invalidate_all()
                self.assertIn(words, self.text(self.url))

    def test_accepted_with_a_signature(self):
        self.log_in(self.portal_user)
        self.assertEqual(self.accept().get("redirect_url"), self.url)
        self.assertEqual(self.deliverable.answer, "accepted")
        self.assertEqual(self.deliverable.answered_by, "Lucía Paredes")
        self.assertTrue(self.deliverable.signature)

    def test_accepted_unsigned(self):
        self.log_in(self.portal_user)
        self.assertIn("Write your name", self.accept(name="")["error"])
        self.assertIn("Sign in the box", self.accept(signature="")["error"])
        self.assertUnanswered()

    def test_rejected_with_grounds(self):
        self.log_in(self.portal_user)
        self.reject()
        self.assertEqual(self.deliverable.answer, "rejected")
        self.assertEqual(self.deliverable.grounds, "Wrong sum")

    def test_rejected_without_grounds(self):
        self.log_in(self.portal_user)
        self.assertIn("needs its grounds", self.reject(grounds=" ").text)
        self.assertUnanswered()

    def test_rejected_one_second_late(self):
        """The page says that the term ended and what to do."""
        self.log_in(self.portal_user)
        answer = self.reject("2026-01-15 17:00:01")
        self.assertIn("The term ended on 01/15/2026 05:00 PM", answer.text)
        self.assertIn("Open a new ticket", answer.text)
        self.assertUnanswered()

    def test_rejected_in_the_last_second(self):
        self.log_in(self.portal_user)
        self.reject("2026-01-15 17:00:00")
        self.assertEqual(self.deliverable.answer, "rejected")

    def test_another_site_cannot_reject(self):
        self.log_in(self.portal_user)
        self.assertEqual(self.reject(token=False).status_code, 400)
        self.assertUnanswered()

    def test_get_answers_nothing(self):
        self.log_in(self.portal_user)
        self.url_open(f"{self.url}/reject?grounds=Wrong")
        self.url_open(f"{self.url}/accept?name=L&signature={SIGNATURE}")
        self.assertUnanswered()

    def test_wrong_role(self):
        """A colleague sees what was delivered, but cannot answer."""
        self.log_in(self.colleague)
        with at("2026-01-09 10:00"):
            self.assertIn(self.deliverable.name, self.text(self.url))
        self.assertIn("not on the contract", self.accept()["error"])
        self.assertIn("not on the contract", self.reject().text)
        self.assertUnanswered()

    def test_another_company(self):
        self.log_in(self.stranger)
        self.assertNotIn(self.deliverable.name, self.get(self.url).text)
        self.assertNotIn(self.deliverable.number, self.text("/my/deliverables"))
        self.assertIn("error", self.accept())
        self.reject()
        self.assertUnanswered()

    def test_an_address_puts_no_words_into_our_mouth(self):
        self.log_in(self.portal_user)
        page = self.get(f"{self.url}?error=Call+this+number").text
        self.assertIn(self.deliverable.name, page)
        self.assertNotIn("Call this number", page)

    def test_draft_is_not_shown(self):
        draft = self.env["helpdesk.deliverable"].create(
            {"name": "Secret draft", "ticket_id": self.deliverable.ticket_id.id}
        )
        self.log_in(self.portal_user)
        self.assertNotIn("Secret draft", self.get(f"/my/deliverable/{draft.id}").text)
        self.assertNotIn("Secret draft", self.text("/my/deliverables"))
        ticket = f"/my/ticket/{self.deliverable.ticket_id.id}"
        self.assertNotIn("Secret draft", self.text(ticket))
        self.assertIn(self.deliverable.name, self.text(ticket))

    def test_list(self):
        self.log_in(self.portal_user)
        with at("2026-01-16 10:00"):
            text = self.text("/my/deliverables")
        self.assertIn(self.deliverable.number, text)
        self.assertIn("Tacitly accepted", text)

    def test_unknown(self):
        self.log_in(self.portal_user)
        answer = self.get(f"/my/deliverable/{2**31 - 1}")
        self.assertTrue(answer.url.endswith("/my"))


@tagged("post_install", "-at_install")
class TestServiceCreditPortal(PortalCommon):
    """R-C7: credits are visible, with reason and arithmetic, by role."""

    def setUp(self):
        super().setUp()
        with self.as_unsigned():
            self.env["helpdesk.service.credit.rule"].create(
                {
                    "policy_id": self.policy.id,
                    "metric": "response",
                    "percent": 5,
                    "cap_percent": 10,
                }
            )
        # 1 star: 4 h of response. Three of four are assigned one second too late.
        self.make_assigned("2026-01-16", "10:00")
        for day in ("19", "20", "21"):
            self.missed = self.make_assigned(f"2026-01-{day}", "13:00:01")
        self.run_cron(
            "2026-02-01 00:30",
            self.env.ref("helpdesk_warranty.ir_cron_propose_credits"),
        )
        self.credit = self.env["helpdesk.service.credit"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.url = f"/my/service-credit/{self.credit.id}"

    def make_assigned(self, day, hour):
        ticket = self.make_ticket(f"{day} 09:00", "1")
        self.move(ticket, f"{day} {hour}", "assigned")
        return ticket

    def approve(self):
        with at("2026-02-02 09:00"):
            self.credit.with_user(self.manager).action_approve()
            self.env.flush_all()
        self.env.invalidate_all()

    def count(self):
        return self.call("/my/counters", counters=["service_credit_count"])

    def test_granted_with_reason_and_arithmetic(self):
        """R-C7: 4 targets, 3 missed, 5 % each, cap 10 % → 10 %."""
        self.approve()
        self.log_in(self.portal_user)
        text = self.text(self.url)
        self.assertIn("We missed 3 of 4 targets and credit you 10 % of the fee", text)
        self.assertIn("3 missed × 5 % = 15 %; at most 10 % a month → 10 %", text)
        self.assertIn("01/01/2026 – 01/31/2026", text)
        self.assertIn("Your next invoice takes it into account.", text)
        self.assertIn(self.missed.display_name, text)
        # 09:00 and 4 h: in time until 13:00, in the contract's zone.
        self.assertIn("01/21/2026 01:00 PM", text)
        self.assertIn(self.credit.name, self.text("/my/service-credits"))
        contract = f"/my/contract/{self.contract.id}"
        self.assertIn(self.url, self.get(contract).text)
        self.assertEqual(self.count(), {"service_credit_count": 1})

    def test_each_miss_shows_its_share(self):
        """The first misses take what the cap leaves: 5 %, 5 %, nothing."""
        self.approve()
        self.log_in(self.portal_user)
        page = html.fromstring(self.get(self.url).text)
        shares = page.xpath("//div[@id='service_credit']//tbody/tr/td[last()]/text()")
        self.assertEqual([share.strip() for share in shares], ["5 %", "5 %", "0"])

    def test_what_is_not_decided_or_refused_is_not_shown(self):
        self.log_in(self.portal_user)
        for refuse in (False, True):
            if refuse:
                self.credit.refusal_reason = "Settled with hours"
                self.credit.with_user(self.manager).action_refuse()
                self.env.flush_all()
            self.assertNotIn(self.credit.name, self.get(self.url).text)
            self.assertNotIn(self.credit.name, self.text("/my/service-credits"))
            self.assertEqual(self.count(), {"service_credit_count": 0})

    def test_wrong_role_and_other_company(self):
        self.approve()
        contract = f"/my/contract/{self.contract.id}"
        for user in (self.colleague, self.stranger):
            with self.subTest(user=user.login):
                self.log_in(user)
                self.assertNotIn(self.credit.name, self.get(self.url).text)
                self.assertNotIn(self.credit.name, self.text("/my/service-credits"))
                self.assertEqual(self.count(), {"service_credit_count": 0})
        self.log_in(self.colleague)
        self.assertNotIn(self.url, self.get(contract).text)

    def test_not_logged_in(self):
        self.approve()
        self.authenticate(None, None)
        self.assertNotIn(self.credit.name, self.get(self.url).text)

    def test_in_spanish(self):
        self.approve()
        self.contact.lang = "es_ES"
        self.log_in(self.portal_user)
        self.env.flush_all()
        text = self.text(self.url)
        self.assertIn("Incumplimos 3 de 4 objetivos", text)
        self.assertIn("3 incumplidos × 5 % = 15 %; como máximo 10 % por mes", text)
