"""R-A12: customers escalate in order, up to their plan, always naming a ticket."""

from lxml import html

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SupportContractCommon, SupportContractHttpCommon


class EscalationMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "helpdesk_mgmt.group_helpdesk_user"
        cls.people = {}
        cls.team.level_ids.unlink()
        for level, name in (("1", "First"), ("2", "Second"), ("3", "Third")):
            user = cls.make_user(f"contract-level-{level}", group, name=name)
            cls.people[level] = user
            cls.env["helpdesk.support.level"].create(
                {
                    "team_id": cls.team.id,
                    "level": level,
                    "name": f"Team role {level}",
                    "channel": f"Extension {level}",
                    "user_ids": [Command.link(user.id)],
                }
            )

    def ask(self, ticket, target, when="10:00", reason="It stops us", partner=None):
        with at(when):
            row = ticket.with_user(self.portal_user).escalate_by_customer(
                partner or self.contact, target, reason
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return row

    def assertWhy(self, ticket, expected, when="10:00"):
        """Assert which targets are open (None) and, by a word, why others are not."""
        with at(when):
            choices = ticket._get_escalation_choices()
        self.env.invalidate_all()
        for choice in choices:
            words = expected.get(choice["target"])
            with self.subTest(choice["target"]):
                if words is None:
                    self.assertFalse(choice["why"])
                else:
                    self.assertIn(words, choice["why"] or "-")

    def get_mails(self, partner):
        return self.env["mail.mail"].search(
            [
                ("recipient_ids", "in", partner.ids),
                ("message_id", "like", "<escalation-"),
            ]
        )


@tagged("post_install", "-at_install")
class TestEscalation(EscalationMixin, SupportContractCommon):
    def test_priority_plan_in_order(self):
        """R-A12, Prioritario in force: 1, then 2, then 3; 3 at once is a skip."""
        self.make_contract()
        ticket = self.make_ticket("09:00", "2")
        self.assertWhy(ticket, {"3": "ask for level 2 first"})
        with self.assertRefused("Levels go in order: ask for level 2 first"):
            self.ask(ticket, "3")
        for when, target in (("10:00", "1"), ("11:00", "2"), ("12:00", "3")):
            row = self.ask(ticket, target, when)
            self.assertRecordValues(
                row,
                [
                    {
                        "origin": "customer",
                        "level_to": target,
                        "requested_by_id": self.contact.id,
                        "user_id": self.portal_user.id,
                        "at": utc(when),
                        "told": self.people[target].name,
                        "is_questionable": False,
                    }
                ],
            )
            self.assertEqual(len(self.get_mails(self.people[target].partner_id)), 1)
        self.assertEqual(ticket.support_level, "3")
        self.assertWhy(ticket, {"1": "level 3 already", "2": "level 3", "3": "told on"})

    def test_standard_plan_reaches_level_1(self):
        """R-A12: general and level 1 for all; the Estándar plan goes no further."""
        self.make_contract(plan_id=self.plan_standard.id)
        ticket = self.make_ticket("09:00", "2")
        self.assertWhy(ticket, {"2": "plan reaches up to level 1", "3": "up to level"})
        with self.assertRefused("Your plan reaches up to level 1"):
            self.ask(ticket, "2")
        row = self.ask(ticket, "1")
        self.assertEqual((row.direction, row.told), ("same", "First"))
        self.assertEqual(ticket.support_level, "1")

    def test_without_a_contract(self):
        ticket = self.make_ticket("09:00")
        self.assertWhy(ticket, {"2": "Without a support contract", "3": "Without"})

    def test_an_ended_contract_reaches_level_1(self):
        """R-A12: ended → level 1, from midnight after the last day on."""
        contract = self.make_contract(date_end="2026-01-12")
        ticket = self.make_ticket("09:00")
        self.assertWhy(ticket, {"3": "order"}, "2026-01-12 23:59:59")
        words = f"contract {contract.name} is not in force (ended)"
        self.assertWhy(ticket, {"2": words, "3": words}, "2026-01-13 00:00:00")
        with self.assertRefused("you can reach level 1"):
            self.ask(ticket, "2", "2026-01-13 00:00:00")
        self.assertTrue(self.ask(ticket, "1", "2026-01-13 00:00:00"))

    def test_a_suspended_contract_reaches_level_1(self):
        contract = self.make_contract()
        ticket = self.make_ticket("09:00")
        with at("09:30"):
            contract.suspension_reason = "Not paid"
            contract.action_suspend()
        self.assertWhy(ticket, {"2": "not in force (suspended)", "3": "suspended"})
        contract.action_resume()
        self.assertWhy(ticket, {"3": "order"})

    def test_emergency_whatever_the_plan(self):
        """R-A12: to operations; on less than 3 stars it is there to be judged."""
        for stars, questionable in (("3", False), ("1", True)):
            ticket = self.make_ticket("09:00", stars)
            row = self.ask(ticket, "emergency")
            self.assertRecordValues(
                row,
                [
                    {
                        "origin": "emergency",
                        "level_to": "3",
                        "told": "Third",
                        "is_questionable": questionable,
                    }
                ],
            )
            self.assertEqual(ticket.support_level, "3")

    def test_two_requests_make_one(self):
        """Told once until we have written: the same page clicked twice."""
        self.make_contract()
        for target in ("1", "2", "emergency"):
            ticket = self.make_ticket("09:00", "3")
            self.ask(ticket, target, "10:00:00")
            with self.assertRefused("was told on 01/12/2026 10:00 AM"):
                self.ask(ticket, target, "10:00:01")
            self.assertEqual(len(ticket.escalation_ids), 1)

    def test_again_after_an_answer(self):
        ticket = self.make_ticket("09:00", "3")
        self.ask(ticket, "1", "10:00")
        self.post(ticket, "10:30", self.agent)
        self.assertTrue(self.ask(ticket, "1", "11:00"))

    def test_after_an_undo(self):
        """An agent took it back to level 1: it can go up again, with a reason."""
        self.make_contract()
        ticket = self.make_ticket("09:00", "3")
        self.ask(ticket, "2", "10:00")
        with at("11:00"):
            ticket.with_user(self.agent)._escalate("1", reason="A setting")
        self.assertWhy(ticket, {"3": "order"}, "12:00")

    def test_a_closed_ticket(self):
        ticket = self.make_ticket("09:00")
        self.move(ticket, "09:30", "done")
        for target in ("1", "emergency"):
            with self.assertRefused("is closed: answer on it"):
                self.ask(ticket, target)

    def test_a_reason_is_needed(self):
        ticket = self.make_ticket("09:00")
        for reason in ("", "  ", None):
            with self.assertRefused("Write why you escalate"):
                self.ask(ticket, "1", reason=reason)
        self.assertFalse(ticket.escalation_ids)

    def test_an_unknown_target(self):
        ticket = self.make_ticket("09:00")
        for target in ("", "0", "4", "operations"):
            with self.assertRefused("Choose one of the levels"):
                self.ask(ticket, target)

    def test_contacts_who_may_open_tickets(self):
        """R-C5: others do not escalate where the contract asks, but in emergencies."""
        friend = self.env["res.partner"].create(
            {"name": "Rosa", "parent_id": self.customer.id}
        )
        contract = self.make_contract(contacts=[friend])
        free = self.make_ticket("09:00", "3")
        self.assertTrue(self.ask(free, "1"))
        ticket = self.make_ticket("09:00", "3")
        contract.only_authorized = True
        with self.assertRefused("Only contacts of your contract .* ask Rosa"):
            self.ask(ticket, "1")
        self.assertTrue(self.ask(ticket, "emergency"))
        self.assertTrue(self.ask(ticket, "3", "10:05", partner=friend))

    def test_a_contact_without_that_role(self):
        contract = self.make_contract(contacts=[self.contact])
        contract.contact_ids.role_open = False
        ticket = self.make_ticket("09:00", "3")
        with self.assertRefused("Only contacts of your contract"):
            self.ask(ticket, "1")

    def test_plans_name_role_and_channel(self):
        """R-A12: each level names its channel and role; the team's where none does."""
        ticket = self.make_ticket("09:00")
        choices = {row["target"]: row for row in ticket._get_escalation_choices()}
        self.assertEqual(choices["2"]["role"], "Team role 2")
        self.assertEqual(choices["2"]["channel"], "Extension 2")
        self.make_contract()
        ticket = self.make_ticket("09:00")
        choices = {row["target"]: row for row in ticket._get_escalation_choices()}
        self.assertEqual(choices["2"]["role"], "Priority group")
        self.assertEqual(choices["3"]["role"], "Operations manager")
        row = self.ask(ticket, "2")
        mail = self.get_mails(self.contact)
        self.assertIn("Level 2 (Priority group)", mail.subject)
        self.assertIn("we have received your escalation", mail.body_html)
        self.assertIn(ticket.number, mail.subject)
        self.assertEqual(row.told, "Second")

    def test_the_customers_words_are_a_reply(self):
        """They are public, and a ticket that waited for the customer goes on."""
        ticket = self.make_ticket("09:00")
        self.move(ticket, "09:10", "in_progress")
        self.move(ticket, "09:30", "awaiting")
        self.ask(ticket, "1", "10:00", reason="We sent the files on Friday")
        message = ticket.message_ids.filtered(
            lambda message: message.author_id == self.contact
        )
        self.assertIn("sent the files", message.body)
        self.assertFalse(message.is_internal or message.subtype_id.internal)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])


@tagged("post_install", "-at_install")
class TestEscalationPortal(EscalationMixin, SupportContractHttpCommon):
    def setUp(self):
        super().setUp()
        self.contract = self.make_contract()
        self.ticket = self.make_ticket("09:00", "2")
        self.url = f"/my/ticket/{self.ticket.id}/escalate"

    def get_page(self, url=None, when="10:00"):
        with at(when):
            answer = self.url_open(url or self.url)
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def text(self, element):
        return " ".join(element.text_content().split())

    def send(
        self, target="2", reason="It stops us", when="10:00", token=True, **values
    ):
        data = {"target": target, "reason": reason, **values}
        if token:
            data["csrf_token"] = self.get_csrf_token()
        with at(when):
            answer = self.url_open(self.url, data=data)
        self.env.invalidate_all()
        return answer

    def assertNothing(self):
        self.env.invalidate_all()
        self.assertFalse(self.ticket.escalation_ids)
        self.assertEqual(self.ticket.support_level, "1")

    def test_the_page_shows_levels_roles_and_channels(self):
        self.team.alias_name = "help-escalation"
        self.log_in(self.portal_user)
        page = self.get_page()
        rows = {
            row.get("data-target"): self.text(row)
            for row in page.xpath("//label[@data-target]")
        }
        self.assertEqual(rows["1"], "Level 1: Support team Messaging")
        self.assertEqual(rows["2"], "Level 2: Priority group Messaging")
        self.assertIn("Operations manager Phone Levels go in order", rows["3"])
        self.assertIn("an hour is charged", rows["emergency"])
        disabled = page.xpath("//input[@name='target'][@disabled]/@value")
        self.assertEqual(disabled, ["3"])
        ticket_page = self.get_page(f"/my/ticket/{self.ticket.id}")
        link = ticket_page.xpath("//a[@name='ticket_escalate']")[0]
        self.assertEqual(link.get("href"), self.url)
        level = ticket_page.xpath("//div[@name='ticket_level']")[0]
        self.assertEqual(self.text(level), "Support level: Level 1 (Support team)")

    def test_escalated_from_the_page(self):
        self.log_in(self.portal_user)
        answer = self.send(reason="Ten shops cannot sell")
        self.assertTrue(answer.url.endswith(f"{self.url}?sent=1"))
        self.assertIn("Your escalation was sent", answer.text)
        self.assertRecordValues(
            self.ticket.escalation_ids,
            [
                {
                    "origin": "customer",
                    "level_to": "2",
                    "requested_by_id": self.contact.id,
                    "reason": "Ten shops cannot sell",
                    "at": utc("10:00"),
                }
            ],
        )
        page = html.fromstring(answer.text)
        log = page.xpath("//ul[@name='escalation_log']")[0]
        self.assertIn("Level 2 (Priority group)", self.text(log))
        self.assertIn("01/12/2026 10:00 AM", self.text(log))

    def test_two_clicks_make_one(self):
        self.log_in(self.portal_user)
        self.send()
        answer = self.send(when="10:00:01")
        self.assertIn("was told on 01/12/2026 10:00 AM", answer.text)
        self.assertEqual(len(self.ticket.escalation_ids), 1)
        self.assertEqual(len(self.get_mails(self.contact)), 1)

    def test_what_was_written_stays(self):
        """A refusal keeps the reason that was typed, and escapes it."""
        self.log_in(self.portal_user)
        answer = self.send("3", reason="<b>Ten shops</b>")
        page = html.fromstring(answer.text)
        self.assertIn("Levels go in order", self.text(page))
        reason = page.xpath("//textarea[@name='reason']")[0].text_content()
        self.assertEqual(reason.strip(), "<b>Ten shops</b>")
        self.assertNothing()

    def test_emergency(self):
        self.log_in(self.portal_user)
        self.send("emergency")
        self.assertEqual(self.ticket.escalation_ids.told, "Third")
        self.assertTrue(self.ticket.escalation_ids.is_questionable)

    def test_a_link_escalates_nothing(self):
        """GET never escalates, and the address puts no words on the page."""
        self.log_in(self.portal_user)
        page = self.get_page(f"{self.url}?target=2&reason=x&error=Call+me")
        self.assertNotIn("Call me", self.text(page))
        self.assertNothing()

    @mute_logger("odoo.http")
    def test_another_site(self):
        self.log_in(self.portal_user)
        self.assertEqual(self.send(token=False).status_code, 400)
        self.assertNothing()

    def test_another_customer(self):
        """Another company's portal user is sent home, even as a follower."""
        stranger = self.make_customer("Otra Empresa", "otra-escalation")[1]
        self.log_in(stranger)
        for follows in (False, True):
            if follows:
                self.ticket.message_subscribe(stranger.partner_id.ids)
            self.assertTrue(self.send().url.endswith("/my"))
            with at("10:00"):
                self.assertTrue(self.url_open(self.url).url.endswith("/my"))
            self.assertNothing()
        page = self.get_page(f"/my/ticket/{self.ticket.id}")
        self.assertFalse(page.xpath("//a[@name='ticket_escalate']"))

    def test_nobody(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.send().url)
        self.assertNothing()

    def test_a_ticket_that_is_not_there(self):
        self.log_in(self.portal_user)
        self.ticket.unlink()
        with at("10:00"):
            self.assertTrue(self.url_open(self.url).url.endswith("/my"))

    @mute_logger("odoo.http")
    def test_not_by_remote_call(self):
        """The methods behind the page are not for a customer to call by name."""
        self.log_in(self.portal_user)
        for name, args in (
            ("escalate_by_customer", [[self.ticket.id], self.contact.id, "2", "x"]),
            ("action_escalate", [[self.ticket.id]]),
            ("write", [[self.ticket.id], {"support_level": "3"}]),
        ):
            answer = self.call(
                f"/web/dataset/call_kw/helpdesk.ticket/{name}",
                model="helpdesk.ticket",
                method=name,
                args=args,
                kwargs={},
            )
            self.assertIn("error", answer)
        self.assertNothing()

    # Every escalation names a ticket

    def test_by_its_number(self):
        """R-A12: the general page asks for the number, as the mail wrote it."""
        self.log_in(self.portal_user)
        page = self.get_page("/my/escalate")
        self.assertIn(self.ticket.number, self.text(page))
        for number in (self.ticket.number, f" #{self.ticket.number.lower()} "):
            with at("10:00"):
                answer = self.url_open("/my/escalate", params={"number": number})
            self.assertTrue(answer.url.endswith(self.url))

    def test_a_number_that_is_not_ours(self):
        """Neither an unknown number nor another company's: the same sentence."""
        stranger = self.make_customer("Otra Empresa", "otra-escalation")[1]
        other = self.make_ticket("09:00", partner_id=stranger.partner_id.id)
        self.log_in(self.portal_user)
        for number in (other.number, "HT%", "", "<script>"):
            with at("10:00"):
                answer = self.url_open("/my/escalate", params={"number": number})
            page = html.fromstring(answer.text)
            alert = self.text(page.xpath("//div[@role='alert']")[0])
            self.assertIn(f"no ticket with the number “{number}”", alert)
        self.assertIn("open a ticket first", alert)

    def test_the_portal_home_leads_there(self):
        self.log_in(self.portal_user)
        page = self.get_page("/my")
        self.assertTrue(page.xpath("//a[@href='/my/escalate']"))
