"""What the tests of notices, closing and triage share."""

from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.helpdesk_sla_policy.tests.common import at
from odoo.addons.helpdesk_support_contract.tests.common import (
    SupportContractCommon,
    SupportContractHttpCommon,
)

MAIL = """{headers}From: {sender}
To: support-stars@example.com
Subject: {subject}
Message-Id: <{number}@customer.example.com>
Date: Mon, 12 Jan 2026 15:00:00 +0000
Content-Type: text/plain; charset=utf-8

{body}
"""


class NoticeMixin(CronMixinCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notices = cls.env["helpdesk.ticket.notice"]
        cls.mails = cls.env["mail.mail"]
        cls.number = 0

    def run_cron(self, name):
        """Run one of the addon's jobs as the server does."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(f"helpdesk_intake.{name}").method_direct_trigger()
        self.env.invalidate_all()

    def send(self, when):
        """Let the mails of the queued notices be made at a wall-clock time."""
        with at(when):
            self.run_cron("ir_cron_notices")

    def close_at(self, when):
        """Run the job of tacit closing at a wall-clock time."""
        with at(when):
            self.run_cron("ir_cron_tacit_closing")

    def get_mails(self, ticket):
        """Return the mails that the notices of a ticket made, oldest first."""
        return ticket.notice_ids.sorted("id").mail_id

    def receive(self, when, sender="Contact <andina@customer.example.com>", **values):
        """Let a raw mail come in; return the ticket that it made or found."""
        type(self).number += 1
        headers = "".join(
            f"{name}: {value}\n" for name, value in values.pop("headers", {}).items()
        )
        thread_id = values.pop("thread_id", None)
        text = MAIL.format(
            headers=headers,
            sender=sender,
            number=f"{type(self).__name__}-{self.number}",
            subject=values.pop("subject", "Invoices fail"),
            body=values.pop("body", "The button Validate shows an error."),
        )
        with at(when), mute_logger("odoo.addons.mail.models.mail_thread"):
            ticket_id = self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                text,
                custom_values={"team_id": self.team.id, "user_id": False},
                thread_id=thread_id,
            )
            self.env.flush_all()
        return self.env["helpdesk.ticket"].browse(ticket_id)

    def assertNotices(self, ticket, *kinds):
        """Assert the kinds of the notices that were given, in their order."""
        self.assertEqual(tuple(ticket.notice_ids.sorted("id").mapped("kind")), kinds)


class NoticeCommon(NoticeMixin, SupportContractCommon):
    pass


class NoticeHttpCommon(NoticeMixin, SupportContractHttpCommon):
    pass
