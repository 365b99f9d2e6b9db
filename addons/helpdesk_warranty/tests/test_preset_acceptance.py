"""Policy B, acceptance: a month of deliverables (R-B5, R-B6).

Office hours Mon-Fri 08:00-17:00 America/Bogota (UTC-5, no DST); Mon 12 January 2026 is
a public holiday in Colombia. Times are local.
"""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, local
from odoo.addons.helpdesk_support_contract.tests.preset_common import PresetCommon

from .common import SIGNATURE


@tagged("post_install", "-at_install")
class TestAcceptance(PresetCommon):
    preset = "acceptance"
    tz = "America/Bogota"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract(
            "acceptance", contacts=[(cls.contact, ["estimates", "deliverables"])]
        )

    def setUp(self):
        super().setUp()
        self.close_for_holidays("co", self.office)

    def deliver(self, when, kind="development"):
        """Return a deliverable that the agent delivered."""
        ticket = self.make_ticket("2026-01-05 08:00", user_id=self.agent.id)
        with at(when, self.tz):
            deliverable = (
                self.env["helpdesk.deliverable"]
                .with_user(self.agent)
                .create({"name": "Royalties", "ticket_id": ticket.id, "kind": kind})
            )
            deliverable.action_deliver()
            self.env.flush_all()
        self.env.invalidate_all()
        return deliverable.sudo()

    def accept(self, deliverable, when):
        with at(when, self.tz):
            customer = deliverable.sudo(False).with_user(self.portal_user)
            customer.action_accept("Lucía Paredes", SIGNATURE)
            self.env.flush_all()
        self.env.invalidate_all()

    def reject(self, deliverable, when):
        with at(when, self.tz):
            customer = deliverable.sudo(False).with_user(self.portal_user)
            customer.action_reject("The total of the author is wrong.")
            self.env.flush_all()
        self.env.invalidate_all()

    def redeliver(self, deliverable, when):
        with at(when, self.tz):
            mine = deliverable.sudo(False).with_user(self.agent)
            version = mine.browse(mine.action_redeliver()["res_id"])
            version.action_deliver()
            self.env.flush_all()
        self.env.invalidate_all()
        return version.sudo()

    def assertState(self, deliverable, state, when):
        with at(when, self.tz):
            self.env.invalidate_all()
            self.assertEqual(deliverable.state, state)

    def assertDeadline(self, deliverable, deadline):
        self.assertEqual(
            local(deliverable.acceptance_deadline, self.tz), f"{deadline}:00"
        )

    def test_january(self):
        """R-B5: 5 business days, the day of delivery not counted; then R-B6."""
        month = [
            # delivered, kind, deadline, warranty until: how it is counted
            # Tue, Wed, Thu, Fri; Monday is a holiday; Tue 13. 15 days: the 20th.
            ("2026-01-05 10:00", "development", "2026-01-13 17:00", "2026-01-20"),
            # Wed, Thu, Fri, Tue, Wed 14.
            ("2026-01-06 16:59", "setting", "2026-01-14 17:00", "2026-01-21"),
            # After closing is the same day: Thu, Fri, Tue, Wed, Thu 15.
            ("2026-01-07 19:00", "development", "2026-01-15 17:00", "2026-01-22"),
            # Fri, Tue, Wed, Thu, Fri 16; a document has no warranty.
            ("2026-01-08 16:00", "document", "2026-01-16 17:00", False),
            # Tue, Wed, Thu, Fri, Mon 19.
            ("2026-01-09 08:00", "development", "2026-01-19 17:00", "2026-01-24"),
            # The same from Saturday.
            ("2026-01-10 11:00", "setting", "2026-01-19 17:00", "2026-01-25"),
            # The same from the holiday itself.
            ("2026-01-12 09:00", "development", "2026-01-19 17:00", "2026-01-27"),
            # Thu, Fri, Mon, Tue, Wed 21.
            ("2026-01-14 09:00", "development", "2026-01-21 17:00", "2026-01-29"),
            # Fri, Mon, Tue, Wed, Thu 22.
            ("2026-01-15 17:00", "setting", "2026-01-22 17:00", "2026-01-30"),
            # Tue, Wed, Thu, Fri, Mon 26.
            ("2026-01-19 10:00", "development", "2026-01-26 17:00", "2026-02-03"),
            # Mon 2 to Fri 6 February.
            ("2026-01-30 17:00", "development", "2026-02-06 17:00", "2026-02-14"),
        ]
        for delivered, kind, deadline, warranty in month:
            with self.subTest(delivered=delivered):
                deliverable = self.deliver(delivered, kind)
                self.assertDeadline(deliverable, deadline)
                self.assertState(deliverable, "delivered", f"{deadline}:00")
                self.assertState(deliverable, "tacit", f"{deadline}:01")
                last = deliverable.warranty_until
                self.assertEqual(last and str(last), warranty)

    def test_silence_is_definitive(self):
        """R-B5: accepted tacitly at the close, whenever the job runs; no way back."""
        deliverable = self.deliver("2026-01-05 10:00")
        with self.assertRaises(UserError):
            self.reject(deliverable, "2026-01-13 17:00:01")
        self.env.invalidate_all()
        self.sweep("2026-01-13 23:00")
        self.assertEqual(deliverable.answer, "tacit")
        self.assertEqual(local(deliverable.answered_at, self.tz), "2026-01-13 17:00:00")

    def test_accepted_within_the_term(self):
        deliverable = self.deliver("2026-01-05 10:00")
        self.accept(deliverable, "2026-01-13 17:00:00")
        self.assertState(deliverable, "accepted", "2026-02-01 10:00")

    def test_rejected_corrected_and_delivered_again(self):
        """R-B5: 5 business days to correct, then a new term; R-B6 from version 2.

        Delivered Tue 13 Jan, term until Tue 20, rejected in its last second.
        Correction: Wed, Thu, Fri, Mon, Tue 27 17:00. Delivered again Mon 26 10:00:
        Tue, Wed, Thu, Fri, Mon 2 Feb 17:00. Warranty 15 days from the 26th: 10 Feb.
        """
        first = self.deliver("2026-01-13 09:00")
        self.assertDeadline(first, "2026-01-20 17:00")
        self.reject(first, "2026-01-20 17:00:00")
        correction = first.timer_ids.filtered(
            lambda timer: timer.metric == "correction"
        )
        self.assertEqual(local(correction.due_at, self.tz), "2026-01-27 17:00:00")
        second = self.redeliver(first, "2026-01-26 10:00")
        self.assertEqual(correction.state, "met")
        self.assertDeadline(second, "2026-02-02 17:00")
        self.assertState(second, "tacit", "2026-02-02 17:00:01")
        self.assertEqual(str(second.warranty_until), "2026-02-10")

    def test_a_fault_in_the_warranty_is_free_and_later_a_change(self):
        """R-B6, R-B7: through 20 January 23:59:59, billable from the 21st on."""
        deliverable = self.deliver("2026-01-05 10:00")
        self.accept(deliverable, "2026-01-06 10:00")
        last = deliverable.warranty_until
        self.assertEqual(last, date(2026, 1, 20))
        for received, coverage in (
            (f"{last} 23:59:59", "warranty"),
            (f"{last + timedelta(days=1)} 00:00:00", "billable"),
        ):
            ticket = self.make_ticket(received, deliverable_id=deliverable.id)
            self.assertEqual(ticket.coverage, coverage, received)

    def test_reminders_say_what_silence_means(self):
        """R-B5: the customer is told before the term ends, by e-mail."""
        deliverable = self.deliver("2026-01-05 10:00")
        mails = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.sweep("2026-01-13 08:01")
        reminders = self.env["mail.mail"].search([("id", ">", mails.id)])
        told = reminders.filtered(
            lambda mail: (
                self.contact in mail.recipient_ids
                or self.contact.email in (mail.email_to or "")
            )
        )
        self.assertTrue(told)
        self.assertIn(deliverable.name, "".join(told.mapped("body_html")))
