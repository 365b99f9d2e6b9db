"""The mails about a delivery: who gets them, what they say, when they come back."""

import base64
import email
import re
from unittest.mock import patch

import vobject
from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, local, utc

from .common import WarrantyCommon

BOUNCE = """Return-Path: <>
Received: by mail.support.example.com; {date}
From: MAILER-DAEMON@customer.example.com (Mail Delivery System)
To: bounce@support.example.com
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-Id: <bounce-{number}@customer.example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

<andina@customer.example.com>: the mailbox does not exist

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; customer.example.com

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1

--B
Content-Type: text/rfc822-headers

From: support@support.example.com
To: {to}
Subject: Delivered
Message-Id: {key}

--B--
"""


class NoticeCommon(WarrantyCommon):
    def bounce(self, mail, when, number=1):
        """Let a mail come back, through the gateway as mail servers send it."""
        text = BOUNCE.format(
            date="Fri, 09 Jan 2026 15:00:00 +0000",
            number=number,
            to=mail.recipient_ids.email,
            key=mail.message_id,
        )
        with at(when), mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, text)
            self.env.flush_all()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestDeliveryMail(NoticeCommon):
    """Term and last day in words: in subject and text, and as a calendar file."""

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

    def test_one_mail_each_with_the_own_link(self):
        """Those with a log-in go to the portal, the others get a signed link."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mails = self.get_mails(deliverable, "delivery")
        self.assertEqual(mails.recipient_ids, self.contact | self.helper)
        for mail in mails:
            by_link = f"/deliverable/{deliverable.id}?token=" in mail.body_html
            self.assertEqual(by_link, mail.recipient_ids == self.helper)
            self.assertIn("accept or reject it", mail.body_html)
        # Links are of one contact: nobody else reads them in the chatter.
        bodies = " ".join(deliverable.message_ids.mapped("body"))
        self.assertNotIn("token=", bodies)
        self.assertIn("Elena Mora", bodies)
        messages = mails.mail_message_id.sudo(False)
        for user in (self.agent, self.manager):
            self.assertFalse(messages.with_user(user)._filtered_access("read"))

    def test_last_day_in_words(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mail = self.get_mails(deliverable, "delivery")[0]
        self.assertIn(deliverable.number, mail.subject)
        self.assertIn("Thursday, January 15, 2026", mail.subject)
        for words in (
            "5 business days",
            "Thursday, January 15, 2026, 17:00 (America/Guayaquil)",
            "counts as accepted (tacit acceptance)",
        ):
            self.assertIn(words, mail.body_html)

    def test_in_the_contacts_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_sla_policy", "helpdesk_warranty"], ["es_ES"]
        )
        self.contact.lang = "es_ES"
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mails = self.get_mails(deliverable, "delivery")
        mail = mails.filtered(lambda m: m.recipient_ids == self.contact)
        self.assertIn("jueves, 15 de enero de 2026", mail.subject)
        self.assertIn("aceptación tácita", mail.body_html)
        self.assertIn("5 días hábiles", mail.body_html)

    def test_calendar_file(self):
        """The end of the term, Thu 15 January 17:00, in UTC; one day's warning."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mail = self.get_mails(deliverable, "delivery")[0]
        file = mail.attachment_ids
        self.assertEqual(file.mimetype, "text/calendar")
        calendar = vobject.readOne(base64.b64decode(file.datas).decode())
        event = calendar.vevent
        self.assertEqual(
            event.dtend.value.replace(tzinfo=None), utc("2026-01-15 17:00")
        )
        self.assertIn(deliverable.number, event.summary.value)
        self.assertEqual(event.valarm.trigger.value.days, -1)

    def test_files_go_with_the_mail(self):
        files = self.env["ir.attachment"].with_user(self.agent)
        file = files.create({"name": "manual.txt", "raw": b"Read me"})
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", attachment_ids=[Command.set(file.ids)]
        )
        for mail in self.get_mails(deliverable, "delivery"):
            self.assertIn(file, mail.attachment_ids)
        self.assertEqual(file.res_id, deliverable.id)

    def test_requester_without_the_role_is_told_but_not_asked(self):
        ticket = self.make_ticket(
            "2026-01-05 10:00", partner_id=self.colleague.partner_id.id
        )
        deliverable = self.make_deliverable("2026-01-08 16:00", ticket)
        mails = self.get_mails(deliverable, "delivery")
        mail = mails.filtered(lambda m: m.recipient_ids == self.colleague.partner_id)
        self.assertEqual(len(mail), 1)
        self.assertNotIn("accept or reject it", mail.body_html)
        self.assertNotIn("token=", mail.body_html)

    def test_nobody_who_could_answer(self):
        """Silence of people who may not speak accepts nothing: it is not delivered."""
        self.contract.contact_ids.role_deliverables = False
        ticket = self.make_ticket("2026-01-05 10:00")
        with self.assertRefused("give a contact.*the role Accept"):
            self.make_deliverable("2026-01-08 16:00", ticket)
        self.assertFalse(ticket.deliverable_ids.timer_ids)

    def test_reply_finds_the_deliverable(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        mail = self.get_mails(deliverable, "delivery")[0]
        reply = email.message.EmailMessage()
        reply["From"] = self.contact.email
        reply["To"] = "support@support.example.com"
        reply["Subject"] = f"Re: {mail.subject}"
        reply["Message-Id"] = "<reply@customer.example.com>"
        reply["In-Reply-To"] = mail.message_id
        reply["References"] = f"{mail.references} {mail.message_id}"
        reply.set_content("Thanks, we will look at it.")
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, reply.as_bytes())
        self.assertIn("we will look at it", deliverable.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestReminders(NoticeCommon):
    """On day 3 and 5 of the term, to those who may answer, each once."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def test_day_3_and_5(self):
        self.run_cron("2026-01-13 08:59")
        self.assertFalse(self.get_mails(self.deliverable, "reminder"))
        self.run_cron("2026-01-13 09:00")
        mail = self.get_mails(self.deliverable, "reminder")
        self.assertEqual(mail.recipient_ids, self.contact)
        self.assertIn("Thursday, January 15, 2026", mail.subject)
        self.assertIn("2 business days left", mail.body_html)
        self.assertTrue(mail.attachment_ids)
        self.run_cron("2026-01-15 09:00")
        mails = self.get_mails(self.deliverable, "reminder")
        self.assertEqual(len(mails), 2)
        self.assertIn("Today is the last day", (mails - mail).body_html)

    def test_two_overdue_are_one_mail(self):
        """The sweep did not run from Mon 12 to Thu 15 January 10:00."""
        self.run_cron("2026-01-15 10:00")
        self.assertEqual(len(self.get_mails(self.deliverable, "reminder")), 1)
        self.assertEqual(len(self.deliverable.timer_ids.alert_ids), 2)

    def test_answered_is_not_reminded(self):
        with at("2026-01-12 10:00"):
            self.deliverable.sudo(False).with_user(self.agent).action_accept("Lucía")
        self.run_cron("2026-01-13 09:00")
        self.assertFalse(self.get_mails(self.deliverable, "reminder"))

    def test_sweep_that_fails_half_way_repeats_nothing(self):
        """Redone after a serialization failure: still one alert and one mail."""
        model = type(self.deliverable)
        origin, calls = model._remind, []

        def fail_once(deliverable, alerts):
            result = origin(deliverable, alerts)
            calls.append(alerts)
            if len(calls) == 1:
                raise SerializationFailure()
            return result

        with patch.object(model, "_remind", fail_once), mute_logger("odoo.sql_db"):
            self.run_cron("2026-01-13 09:00")
        self.assertEqual(len(calls), 2)
        self.assertEqual(len(self.get_mails(self.deliverable, "reminder")), 1)


@tagged("post_install", "-at_install")
class TestUndelivered(NoticeCommon):
    """No term runs when the notice came back and nobody saw it on the portal."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")
        self.deliverable.ticket_id.user_id = self.agent
        self.mail = self.get_mails(self.deliverable, "delivery")

    def assertNoTerm(self):
        self.assertRecordValues(
            self.deliverable,
            [
                {
                    "notice_failed": True,
                    "acceptance_deadline": False,
                    "answer": False,
                    "state": "delivered",
                }
            ],
        )
        self.assertEqual(set(self.deliverable.timer_ids.mapped("state")), {"void"})
        activity = self.deliverable.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("deliver it again", activity.summary)

    def test_bounced(self):
        self.bounce(self.mail, "2026-01-08 16:05")
        self.assertNoTerm()
        event = self.deliverable.event_ids[-1]
        self.assertEqual(event.kind, "failed")
        self.assertIn("mailbox does not exist", event.note)
        self.run_cron("2026-01-15 17:06")
        self.assertNoTerm()

    def test_bounced_but_seen_on_the_portal(self):
        with at("2026-01-08 16:02"):
            self.deliverable._record_view(self.contact)
        self.bounce(self.mail, "2026-01-08 16:05")
        self.assertFalse(self.deliverable.notice_failed)
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(self.deliverable.answer, "tacit")

    def test_seen_by_a_colleague_without_the_role(self):
        with at("2026-01-08 16:02"):
            self.deliverable._record_view(self.colleague.partner_id)
            self.deliverable._record_view(self.contact, by_link=True)
        self.bounce(self.mail, "2026-01-08 16:05")
        self.assertNoTerm()

    def test_redelivery_starts_the_term(self):
        """Delivered again Mon 12 January 11:00 → Mon 19, 17:00."""
        self.bounce(self.mail, "2026-01-08 16:05")
        self.contact.email = "lucia@customer.example.com"
        with at("2026-01-12 11:00"):
            self.deliverable.sudo(False).with_user(self.agent).action_deliver()
        self.env.invalidate_all()
        self.assertEqual(
            local(self.deliverable.acceptance_deadline), "2026-01-19 17:00:00"
        )
        mails = self.get_mails(self.deliverable, "delivery") - self.mail
        self.assertEqual(len(mails), 1)
        # The first mail comes back once more: it is not the one that counts.
        self.bounce(self.mail, "2026-01-12 11:05", number=2)
        self.assertFalse(self.deliverable.notice_failed)
        self.run_cron("2026-01-19 17:05")
        self.assertEqual(self.deliverable.answer, "tacit")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-19 17:00:00")

    def test_bounce_that_comes_after_the_term(self):
        """Mail servers try for days: silence that could not be broken is taken back."""
        self.run_cron("2026-01-15 17:06")
        self.assertEqual(self.deliverable.answer, "tacit")
        self.bounce(self.mail, "2026-01-15 18:00")
        self.assertNoTerm()
        self.assertFalse(self.deliverable.answered_at)

    def test_bounce_after_an_answer_changes_nothing(self):
        with at("2026-01-08 16:03"):
            self.deliverable.sudo(False).with_user(self.agent).action_accept("Lucía")
        self.bounce(self.mail, "2026-01-08 16:05")
        self.assertEqual(self.deliverable.answer, "accepted")

    def test_one_of_two_mails_came_back(self):
        """Somebody who may answer has been told: the term runs."""
        other = self.env["res.partner"].create(
            {
                "name": "Elena Mora",
                "email": "elena@customer.example.com",
                "parent_id": self.customer.id,
            }
        )
        self.contract.contact_ids = [
            Command.create({"partner_id": other.id, "role_deliverables": True})
        ]
        deliverable = self.make_deliverable("2026-01-08 16:00")
        first, second = self.get_mails(deliverable, "delivery")
        self.bounce(first, "2026-01-08 16:05")
        self.assertFalse(deliverable.notice_failed)
        self.bounce(second, "2026-01-08 16:06", number=2)
        self.assertTrue(deliverable.notice_failed)

    def test_refused_by_the_mail_server(self):
        with at("2026-01-08 16:01"):
            self.mail._postprocess_sent_message(
                [], [], failure_reason="550 unknown user", failure_type="unknown"
            )
        self.env.invalidate_all()
        self.assertNoTerm()

    def test_mail_that_never_left(self):
        """Our own mail server was down for the whole term: silence accepts nothing."""
        self.deliverable.noticed_at = False
        with at("2026-01-08 16:01"):
            self.mail._postprocess_sent_message([], [], failure_type="mail_smtp")
        self.assertFalse(self.deliverable.notice_failed)
        with at("2026-01-15 17:03"):
            self.env.invalidate_all()
            self.assertEqual(self.deliverable.state, "delivered")
        self.run_cron("2026-01-15 17:06")
        self.assertNoTerm()

    def test_mail_that_left_two_days_later(self):
        """Told on Sat 10 January: the term ends on Fri 16, and that is told too."""
        self.deliverable.noticed_at = False
        with at("2026-01-10 11:00"):
            self.mail._postprocess_sent_message(self.contact.ids, [])
        self.env.invalidate_all()
        self.assertEqual(
            local(self.deliverable.acceptance_deadline), "2026-01-16 17:00:00"
        )
        self.run_notices("2026-01-10 11:01")
        self.assertEqual(len(self.get_mails(self.deliverable, "moved")), 1)
        self.run_cron("2026-01-16 17:05")
        self.assertEqual(local(self.deliverable.answered_at), "2026-01-16 17:00:00")


@tagged("post_install", "-at_install")
class TestToken(NoticeCommon):
    """A link is of one contact, one version and one delivery, and it expires."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")
        self.token = self.deliverable._make_token(self.contact)

    def assertRefusedToken(self, token, deliverable=None, when="2026-01-09 10:00"):
        deliverable = deliverable or self.deliverable
        with at(when), self.assertRaisesRegex(AccessError, "cannot be used"):
            deliverable._check_token(token)

    def test_own(self):
        with at("2026-01-09 10:00"):
            self.assertEqual(self.deliverable._check_token(self.token), self.contact)

    def test_another_version(self):
        other = self.make_deliverable("2026-01-08 16:00")
        self.assertRefusedToken(self.token, other)

    def test_another_delivery_of_it(self):
        self.deliverable._fail_notice()
        with at("2026-01-12 10:00"):
            self.deliverable.action_deliver()
        self.assertRefusedToken(self.token, when="2026-01-12 10:01")

    def test_expired(self):
        """Thirty days after the term, which ends on 15 January 17:00."""
        with at("2026-02-14 16:59:59"):
            self.deliverable._check_token(self.token)
        self.assertRefusedToken(self.token, when="2026-02-14 17:00:00")

    def test_role_that_was_taken_away(self):
        self.contract.contact_ids.role_deliverables = False
        self.assertRefusedToken(self.token)

    def test_forged(self):
        flipped = "A" if self.token[20] != "A" else "B"
        for token in (
            None,
            "",
            "x",
            "ñandú",
            self.token[:-4],
            self.token[:20] + flipped + self.token[21:],
            self.deliverable._portal_ensure_token(),
            re.sub("[A-Z]", "q", self.token),
        ):
            with self.subTest(token=token):
                self.assertRefusedToken(token)

    def test_draft_has_none(self):
        draft = self.deliverable.create(
            {"name": "Draft", "ticket_id": self.deliverable.ticket_id.id}
        )
        self.assertRefusedToken(self.token, draft)
