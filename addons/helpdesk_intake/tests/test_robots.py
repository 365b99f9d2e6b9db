import doctest

from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_intake import robots

from .notice_common import NoticeCommon


@tagged("post_install", "-at_install")
class TestRobotHeaders(BaseCase):
    def test_doctests(self):
        results = doctest.testmod(robots)
        self.assertTrue(results.attempted)
        self.assertFalse(results.failed)

    def test_headers_of_robots(self):
        for name, value in (
            ("Auto-Submitted", "auto-generated"),
            ("Auto-Submitted", "auto-replied (vacation)"),
            ("Precedence", "bulk"),
            ("Precedence", "auto_reply"),
            ("X-Autoreply", "yes"),
            ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
            ("Return-Path", "<>"),
        ):
            with self.subTest(name=name, value=value):
                self.assertTrue(robots.is_automatic({name: value}))

    def test_headers_of_people(self):
        for name, value in (
            ("Auto-Submitted", "no"),
            ("Precedence", "normal"),
            ("List-Id", "<support.example.com>"),  # a group in front of the alias
            ("Return-Path", "<ana@example.com>"),
            ("X-Auto-Response-Suppress", "None"),
        ):
            with self.subTest(name=name, value=value):
                self.assertFalse(robots.is_automatic({name: value}))


@tagged("post_install", "-at_install")
class TestRobotMails(NoticeCommon):
    """Raw mails through the gateway: automatic answers never loop (R-B2)."""

    def test_a_person_gets_the_number(self):
        """R-B2: a ticket by mail is confirmed at once."""
        ticket = self.receive("10:00")
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertNotices(ticket, "receipt")
        self.send("10:01")
        mail = self.get_mails(ticket)
        self.assertIn(ticket.number, mail.subject)
        self.assertIn("auto-replied", mail.headers)

    def test_robots_get_no_answer(self):
        """R-B2: neither headers nor addresses of robots are answered."""
        for values in (
            {"headers": {"Auto-Submitted": "auto-replied"}},
            {"headers": {"Precedence": "bulk"}},
            {"headers": {"X-Autoreply": "yes"}},
            {"headers": {"Return-Path": "<>"}},
            {"sender": "no-reply@customer.example.com"},
        ):
            with self.subTest(**values):
                ticket = self.receive("10:00", **values)
                self.assertTrue(ticket.exists())
                self.assertNotices(ticket)

    def test_our_own_address_gets_no_answer(self):
        """A mail that claims to come from us would be answered to ourselves."""
        company = self.env.company
        company.email = "support@own.example.com"
        ticket = self.receive("10:00", sender="Support <SUPPORT@own.example.com>")
        self.assertNotices(ticket)

    def test_a_sender_has_a_cap_per_hour(self):
        """The third mail of an hour makes a ticket and gets no answer."""
        self.env["ir.config_parameter"].set_param("helpdesk_intake.answers_per_hour", 2)
        first, second, third = (self.receive(f"10:0{minute}") for minute in range(3))
        self.assertNotices(first, "receipt")
        self.assertNotices(second, "receipt")
        self.assertNotices(third)
        other = self.receive("10:03", sender="other@elsewhere.example.com")
        self.assertNotices(other, "receipt")
        # 11:01:01: one answer of the last hour is left (10:01:00 is an hour ago)
        self.assertNotices(self.receive("11:01:01"), "receipt")

    def test_an_absence_note_resumes_no_clock(self):
        """R-A15: a robot's answer is nobody's reply: the ticket goes on waiting."""
        ticket = self.receive("10:00")
        ticket.write(self.get_leave_to_work())
        self.move(ticket, "10:05", "assigned", user_id=self.agent.id)
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, "10:30", "awaiting")
        self.receive(
            "10:31",
            thread_id=ticket.id,
            headers={"Auto-Submitted": "auto-replied"},
            body="I am on holiday.",
        )
        self.assertEqual(ticket.stage_id, self.stages["awaiting"])
        self.assertFalse(ticket.customer_wrote_at)
        self.receive("11:00", thread_id=ticket.id, body="Here it is.")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertTrue(ticket.customer_wrote_at)

    def test_an_absence_note_is_no_answer_to_a_solution(self):
        """R-A14: the term goes on and closes the ticket, which no note reopens."""
        note = {
            "headers": {"Auto-Submitted": "auto-replied"},
            "subject": "Out of the office",
            "body": "I am on holiday.",
        }
        ticket = self.receive("2026-01-08 10:00")
        ticket.write(self.get_leave_to_work())
        self.move(ticket, "2026-01-08 10:05", "assigned", user_id=self.agent.id)
        self.move(ticket, "2026-01-08 10:10", "in_progress")
        self.move(ticket, "2026-01-08 16:00", "closing")
        self.send("2026-01-08 16:01")
        self.receive("2026-01-08 16:02", thread_id=ticket.id, **note)
        self.assertEqual(ticket._get_notice("solution").term, "running")
        self.close_at("2026-01-15 17:05")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.send("2026-01-15 17:06")
        before = len(self.get_mails(ticket)), len(ticket.event_ids)
        self.receive("2026-01-15 17:07", thread_id=ticket.id, **note)
        self.send("2026-01-15 17:08")
        self.assertEqual(ticket.stage_id, self.stages["done"])
        self.assertFalse(ticket.customer_wrote_at)
        self.assertEqual((len(self.get_mails(ticket)), len(ticket.event_ids)), before)

    def test_two_robots_that_answer_each_other_stop(self):
        """Our receipt, their absence note, and nothing more: no loop, no update."""
        ticket = self.receive("10:00")
        self.send("10:01")
        mails = len(self.get_mails(ticket))
        for minute in range(2, 6):
            self.receive(
                f"10:0{minute}",
                thread_id=ticket.id,
                headers={"Auto-Submitted": "auto-replied"},
                body="I am on holiday.",
            )
            self.send(f"10:0{minute}:30")
        self.assertEqual(len(self.get_mails(ticket)), mails)
        self.assertNotices(ticket, "receipt")
        self.assertFalse(ticket._get_timer("update"))
        self.assertFalse(ticket.customer_wrote_at)
