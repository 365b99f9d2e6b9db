"""The customer's pages: what they show, and who may close a ticket from them."""

from lxml import html

from odoo.fields import Command
from odoo.tests import tagged

from .common import HelpdeskSlaHttpCommon, at, utc


class PortalCommon(HelpdeskSlaHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stages["done"].close_from_portal = True
        cls.stranger = cls.make_customer("Otra Empresa", "otra")[1]

    def get_page(self, ticket):
        answer = self.url_open(f"/my/ticket/{ticket.id}")
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def find(self, page, name):
        """Return the element with a name attribute, or None."""
        found = page.xpath(f"//*[@name='{name}']")
        return found[0] if found else None

    def text(self, element):
        return " ".join(element.text_content().split())


@tagged("post_install", "-at_install")
class TestTicketClose(PortalCommon):
    """``/ticket/close`` closed any ticket for any portal user with one GET."""

    def close(self, ticket, stage="done", token=True, **values):
        data = {"ticket_id": ticket.id, "stage_id": self.stages[stage].id}
        if token:
            data["csrf_token"] = self.get_csrf_token()
        return self.url_open("/ticket/close", data={**data, **values})

    def assertOpen(self, ticket):
        self.env.invalidate_all()
        self.assertFalse(ticket.stage_id.closed)

    def test_get_is_refused(self):
        """A link in a mail, or a browser that reads ahead, closes nothing."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        answer = self.url_open(
            f"/ticket/close?ticket_id={ticket.id}&stage_id={self.stages['done'].id}"
        )
        self.assertEqual(answer.status_code, 405)
        self.assertOpen(ticket)

    def test_another_customer_is_refused(self):
        """Another company's portal user does not even learn that it exists."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.stranger)
        self.assertEqual(self.close(ticket).status_code, 404)
        self.assertOpen(ticket)

    def test_another_site_is_refused(self):
        """A page elsewhere cannot post the form: the token is missing."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        self.assertEqual(self.close(ticket, token=False).status_code, 400)
        self.assertOpen(ticket)

    def test_nobody_is_refused(self):
        ticket = self.make_ticket("10:00")
        self.authenticate(None, None)
        answer = self.close(ticket)
        self.assertIn("/web/login", answer.url)
        self.assertOpen(ticket)

    def test_customer_closes_the_own_ticket(self):
        ticket = self.make_ticket("10:00", "3")
        self.log_in(self.portal_user)
        with at("10:20"):
            answer = self.close(ticket)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.url.endswith(f"/my/ticket/{ticket.id}"))
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_id, self.stages["done"])
        event = ticket.event_ids[-1]
        self.assertTrue(event.closed)

    def test_ledger_names_the_customer_who_closed(self):
        """When and by whom is on record."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        self.close(ticket)
        self.env.invalidate_all()
        self.assertEqual(ticket.event_ids[-1].user_id, self.portal_user)

    def test_colleague_closes_the_companys_ticket(self):
        """The whole company sees its tickets, and closes them."""
        ticket = self.make_ticket("10:00")
        colleague = self.make_user("andina-colleague", "base.group_portal")
        colleague.partner_id.parent_id = self.customer
        self.log_in(colleague)
        self.assertEqual(self.close(ticket).status_code, 200)
        self.env.invalidate_all()
        self.assertTrue(ticket.stage_id.closed)

    def test_stage_that_the_portal_does_not_offer(self):
        """Only the stages of the buttons: no other stage can be posted."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        for stage in ("in_progress", "rejected", "closing"):
            self.close(ticket, stage)
            self.assertOpen(ticket)
            self.assertEqual(ticket.stage_id, self.stages["new"])

    def test_stage_of_another_team(self):
        elsewhere = self.env["helpdesk.ticket.stage"].create(
            {
                "name": "Gone",
                "closed": True,
                "close_from_portal": True,
                "team_ids": [
                    Command.create({"name": "Other"}),
                ],
            }
        )
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        self.close(ticket, stage_id=elsewhere.id)
        self.assertOpen(ticket)

    def test_closed_ticket_stays_in_its_stage(self):
        """What is closed cannot be moved to another closed stage by a late click."""
        self.stages["cancelled"].close_from_portal = True
        ticket = self.make_ticket("10:00")
        self.move(ticket, "10:10", "done")
        self.log_in(self.portal_user)
        self.close(ticket, "cancelled")
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_id, self.stages["done"])

    def test_bad_numbers(self):
        """Nonsense is a bad request, an unknown ticket is not found."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        for values in ({"ticket_id": "x"}, {"stage_id": ""}, {"ticket_id": "1 or 1"}):
            self.assertEqual(self.close(ticket, **values).status_code, 400)
        for ticket_id in (0, -1, 2**31 - 1):
            self.assertEqual(self.close(ticket, ticket_id=ticket_id).status_code, 404)
        self.assertOpen(ticket)

    def test_numbers_too_big_for_the_database(self):
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        answer = self.close(ticket, ticket_id=10**30)
        self.assertIn(answer.status_code, (400, 404))


@tagged("post_install", "-at_install")
class TestTicketPage(PortalCommon):
    def test_sidebar_shows_the_ticket(self):
        """helpdesk_mgmt left the sidebar of the page empty."""
        ticket = self.make_ticket("10:00", user_id=self.agent.id)
        self.log_in(self.portal_user)
        page = self.get_page(ticket)
        sidebar = page.xpath("//*[contains(@class, 'o_portal_sidebar')]")[0]
        aside = sidebar.xpath(".//*[@data-id='number']")
        self.assertEqual([self.text(element) for element in aside], [ticket.number])
        text = self.text(sidebar)
        for words in (self.stages["done"].name, self.agent.name, self.contact.name):
            self.assertIn(words, text)

    def test_close_button_closes(self):
        """The button of the page is a form that posts, with the session's token."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        forms = self.find(self.get_page(ticket), "ticket_close_buttons").xpath(
            ".//form"
        )
        self.assertEqual({form.get("method") for form in forms}, {"POST"})
        done = next(
            form for form in forms if self.stages["done"].name in self.text(form)
        )
        self.url_open(done.get("action"), data=dict(done.form_values()))
        self.env.invalidate_all()
        self.assertEqual(ticket.stage_id, self.stages["done"])

    def test_reopened_ticket_shows_its_buttons_again(self):
        """Closed is what the stage says, not that it was closed once."""
        ticket = self.make_ticket("10:00")
        self.log_in(self.portal_user)
        for stage, shown in (("done", False), ("in_progress", True)):
            self.move(ticket, "10:10", stage)
            buttons = self.find(self.get_page(ticket), "ticket_close_buttons")
            self.assertEqual(buttons is not None, shown)

    def test_promises_in_the_customers_zone(self):
        """Due dates read as the customer's clock shows them (R-A2)."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.log_in(self.portal_user)
        with at("2026-01-09 16:55"):
            table = self.find(self.get_page(ticket), "sla_timers")
        row = table.xpath(".//tr[@data-metric='response']")[0]
        self.assertIn("Response", self.text(row))
        self.assertIn("30 minutes", self.text(row))
        self.assertIn("01/12/2026 09:20 AM", self.text(row))
        self.assertIn("Running", self.text(row))
        self.assertIn("America/Guayaquil", self.text(table))

    def test_state_of_the_promises(self):
        """Late, met, waiting: the customer reads how it stands."""
        ticket = self.make_ticket("10:00", "3")
        self.log_in(self.portal_user)
        with at("11:00"):
            table = self.find(self.get_page(ticket), "sla_timers")
        self.assertIn("Late", self.text(table))
        self.move(ticket, "11:00", "in_progress")
        self.move(ticket, "12:00", "awaiting")
        with at("12:30"):
            table = self.find(self.get_page(ticket), "sla_timers")
        self.assertIn("Missed", self.text(table))
        self.assertIn("Paused", self.text(table))
        self.assertIn("The clock waits for you", self.text(table))

    def test_void_promises_are_not_shown(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "cancelled")
        self.log_in(self.portal_user)
        self.assertIsNone(self.find(self.get_page(ticket), "sla_timers"))

    def test_severity_diagnosis_and_solution(self):
        """What support found and did is there for the customer (R-A1, R-A11)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "assigned")
        self.move(ticket, "10:20", "closing")
        self.log_in(self.portal_user)
        page = self.get_page(ticket)
        self.assertIn("Critical", self.text(self.find(page, "ticket_severity")))
        self.assertIn("run out", self.text(self.find(page, "ticket_diagnosis")))
        self.assertIn("tested", self.text(self.find(page, "ticket_solution")))

    def test_another_customer_sees_nothing(self):
        ticket = self.make_ticket("10:00")
        self.log_in(self.stranger)
        answer = self.url_open(f"/my/ticket/{ticket.id}")
        self.assertNotIn(ticket.name, answer.text)
        self.assertTrue(answer.url.endswith("/my"))

    def test_list_shows_what_is_due_next(self):
        """What falls due next, in the customer's zone; what is late stands out."""
        ticket = self.make_ticket("10:00", "3")
        self.log_in(self.portal_user)
        with at("11:00"):
            page = html.fromstring(self.url_open("/my/tickets").text)
        self.assertIsNotNone(self.find(page, "th_next_due"))
        row = page.xpath(f"//tr[.//a[contains(@href, '/my/ticket/{ticket.id}')]]")[0]
        self.assertIn("01/12/2026 10:30 AM", self.text(row))
        self.assertNotIn("10:30:00", self.text(row))
        self.assertTrue(row.xpath(".//*[contains(@class, 'text-danger')]"))

    def test_list_shows_when_it_was_received(self):
        """Not when its row was made, nor when its stage changed."""
        ticket = self.make_ticket("10:00", "3")
        ticket.received_at = utc("2026-01-08 09:15")
        self.log_in(self.portal_user)
        page = html.fromstring(self.url_open("/my/tickets").text)
        self.assertIsNotNone(self.find(page, "th_received_at"))
        self.assertIsNone(self.find(page, "th_create_date"))
        self.assertIsNone(self.find(page, "th_last_stage_update"))
        row = page.xpath(f"//tr[.//a[contains(@href, '/my/ticket/{ticket.id}')]]")[0]
        self.assertIn("01/08/2026 09:15 AM", self.text(row))

    def test_page_shows_when_it_was_received(self):
        """In the customer's zone; the database id says nothing to customers."""
        ticket = self.make_ticket("10:00", "3")
        self.log_in(self.portal_user)
        page = self.get_page(ticket)
        received = self.text(self.find(page, "ticket_received"))
        self.assertEqual(received, "Received: 01/12/2026 10:00 AM")
        self.assertNotIn(f"(#{ticket.id})", self.text(page))
        self.assertIn(
            "Close this ticket as", self.text(self.find(page, "ticket_close_buttons"))
        )

    def test_ticket_from_the_portal_starts_its_clock(self):
        """A ticket submitted on the portal has its promise at once (R-A4)."""
        self.env.company.helpdesk_mgmt_portal_select_team = True
        self.team.show_in_portal = True
        self.ask_nothing()
        self.log_in(self.portal_user)
        with at("2026-01-10 11:00"):
            self.url_open(
                "/submitted/ticket",
                data={
                    "team": self.team.id,
                    "subject": "Portal subject",
                    "description": "It fails",
                    "csrf_token": self.get_csrf_token(),
                },
            )
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "Portal subject")])
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertTimer(ticket, "response", "running", due="2026-01-12 13:00")
