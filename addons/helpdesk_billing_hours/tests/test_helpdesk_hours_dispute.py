"""Disputed hours wait for the answer; the answer keeps or lessens the charge."""

from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import to_minutes
from .test_credit_notes import CreditCommon


class DisputeCommon(CreditCommon):
    def dispute(self, line, when="2026-01-20 10:00", user=None, **values):
        """Let the customer's contact dispute a line, as the portal does."""
        disputes = self.env["helpdesk.hours.dispute"]
        with at(when):
            dispute = disputes.with_user(user or self.portal_user)._open(
                values.pop("ticket", None) or line.ticket_id,
                line or self.env["account.analytic.line"],
                values.pop("kind", "line"),
                values.pop("reason", "It took half an hour."),
                "192.0.2.7",
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return dispute.sudo()

    def resolve(self, dispute, how, when="2026-01-22 10:00", user=None, **values):
        """Let a manager answer: how is keep, correct, write_off or withdraw."""
        with at(when):
            own = dispute.sudo(False).with_user(user or self.manager)
            own.write({"answer": "We have looked at it.", **values})
            getattr(own, f"action_{how}")()
            self.env.flush_all()
        self.env.invalidate_all()

    def get_letters(self, dispute):
        """Return the messages to the customer's contact."""
        return dispute.message_ids.filtered(lambda m: m.partner_ids == self.contact)

    def get_hours(self, move):
        """Return the minutes that an invoice charges."""
        return round(sum(move.invoice_line_ids.mapped("quantity")) * 60)


@tagged("post_install", "-at_install")
class TestDispute(DisputeCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket("5:00")
        self.long = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.short = self.log(self.ticket, "2026-01-14 10:00", "1:00")

    def test_lines_are_chosen_by_day_and_work(self):
        """A ticket's lines have the same project: its name tells them not apart."""
        named = self.long.with_context(names_work=True).display_name
        self.assertIn("01/13/2026", named)
        self.assertIn(self.long.name, named)
        self.assertEqual(self.long.display_name, self.long.project_id.display_name)

    def test_held_from_the_run_until_resolved(self):
        """2:10 are disputed on 20 January; the run of 31 January bills 1:00 only."""
        dispute = self.dispute(self.long)
        self.assertEqual(self.long.share_ids._get_hold(), "disputed")
        with at("2026-01-31 12:00"):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(self.accountant)
                .create({"date_from": "2026-01-01", "date_to": "2026-01-31"})
            )
        self.assertEqual(wizard.exception_ids, self.long.share_ids)
        self.assertEqual(wizard.exception_ids.mapped("hold"), ["disputed"])
        self.assertEqual(wizard.share_ids, self.short.share_ids)
        self.assertEqual(self.get_hours(self.run_invoicing("2026-01-31")), 60)
        self.resolve(dispute, "keep", "2026-02-03 10:00")
        self.assertEqual(self.get_hours(self.run_invoicing("2026-02-28")), 130)

    def test_who_when_and_from_where_is_on_record(self):
        dispute = self.dispute(self.long)
        self.assertEqual(dispute.partner_id, self.contact)
        self.assertEqual(dispute.opened_from, "192.0.2.7")
        self.assertEqual(str(dispute.opened_at), "2026-01-20 15:00:00")
        self.assertFalse(dispute.recorded_by_id)
        self.assertEqual(dispute.hours, to_minutes("2:10") / 60)
        self.assertEqual(dispute.charge, "billable")
        self.assertEqual(dispute.contract_id, self.contract)
        self.assertTrue(dispute.name.startswith("DI"))

    def test_agent_opens_it_on_behalf_of_the_customer(self):
        model = self.env["helpdesk.hours.dispute"].with_user(self.agent)
        dispute = model.create(
            {"line_id": self.long.id, "reason": "By phone: too long", "minutes": 1}
        )
        self.assertEqual(dispute.partner_id, self.ticket.partner_id)
        self.assertEqual(dispute.recorded_by_id, self.agent)
        self.assertEqual(dispute.minutes, 130)
        self.assertEqual(self.long.share_ids._get_hold(), "disputed")
        with self.assertRefused("does not belong to"):
            model.create(
                {
                    "line_id": self.short.id,
                    "partner_id": self.stranger.partner_id.id,
                    "reason": "No",
                }
            )

    def test_manager_gets_a_task_and_the_customer_mails(self):
        """The customer reads Spanish, the receipt and the answer too."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        dispute = self.dispute(self.long)
        self.assertEqual(dispute.activity_ids.user_id, self.manager)
        receipt = self.get_letters(dispute)
        self.assertEqual(receipt.notification_ids.res_partner_id, self.contact)
        self.assertEqual(receipt.notification_ids.notification_type, "email")
        self.assertIn("2:10", receipt.body)
        self.assertIn("hemos recibido", receipt.body)
        self.resolve(dispute, "keep")
        self.assertFalse(dispute.activity_ids)
        answer = self.get_letters(dispute) - receipt
        self.assertIn("We have looked at it.", answer.body)
        self.assertIn("El cobro se mantiene.", answer.body)

    def test_written_off_hours_are_free_and_stay_so(self):
        dispute = self.dispute(self.long)
        self.resolve(dispute, "write_off")
        self.assertCharged(self.long, free="2:10")
        self.assertIn(dispute.name, self.long.charge_reason)
        self.assertEqual(self.get_hours(self.run_invoicing("2026-01-31")), 60)
        self.assertEqual(self.long.unit_amount, 130 / 60)

    def test_corrected_hours_are_charged_in_part(self):
        """Of 2:10 the first 0:30 stay charged."""
        dispute = self.dispute(self.long)
        for hours in (0, 130 / 60, 3):
            with self.assertRefused("stay charged"):
                self.resolve(dispute, "correct", charged_hours=hours)
        self.resolve(dispute, "correct", charged_hours=0.5)
        self.assertCharged(self.long, billable="0:30", free="1:40")
        self.assertIn("0:30", dispute._describe_outcome())

    def test_minimum_of_what_is_ready_does_not_wait(self):
        """0:20 disputed and 0:30 not: 1:00 is billed now and 0:00 after."""
        ticket = self.make_authorized_ticket("3:00")
        held = self.log(ticket, "2026-01-13 14:00", "0:20")
        self.log(ticket, "2026-01-14 14:00", "0:30")
        dispute = self.dispute(held)
        self.dispute(self.long)
        self.dispute(self.short)
        self.assertEqual(self.get_hours(self.run_invoicing("2026-01-31")), 60)
        self.resolve(dispute, "keep", "2026-02-03 10:00")
        self.assertFalse(self.run_invoicing("2026-02-28"))
        self.assertCharged(ticket, billable="1:00")

    def test_minimum_is_disputed_alone(self):
        """0:20 worked: 0:20 are billed, the 0:40 of the minimum are written off."""
        ticket = self.make_authorized_ticket("3:00")
        self.log(ticket, "2026-01-13 14:00", "0:20")
        dispute = self.dispute(
            self.env["account.analytic.line"], ticket=ticket, kind="minimum"
        )
        self.assertEqual(dispute.minutes, 40)
        shares = ticket.share_ids.filtered(lambda s: s.kind == "minimum")
        self.assertEqual(shares._get_hold(), "disputed")
        self.resolve(dispute, "write_off")
        self.assertCharged(ticket, billable="0:20")
        with self.assertRefused("Nothing is charged so"):
            self.dispute(self.env["account.analytic.line"], ticket=ticket, kind="fee")

    def test_pack_hours_return_to_the_pack(self):
        """Settled hours of a pack need no credit note."""
        self.make_pack("10:00")
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "2026-01-13 14:00", "3:00")
        self.invoice("2026-01-31")
        self.assertEqual(self.contract.pack_ids.hours_left, 7)
        dispute = self.dispute(line, "2026-02-05 10:00")
        self.resolve(dispute, "correct", "2026-02-06 10:00", charged_hours=1)
        self.assertEqual(self.contract.pack_ids.hours_left, 9)
        self.assertCharged(ticket, pack="1:00", free="2:00")
        self.assertFalse(dispute.needs_credit)

    def test_invoiced_hours_wait_for_their_credit_note(self):
        """After the credit note the hours are free; no later run bills them."""
        invoice = self.invoice()
        dispute = self.dispute(self.long, "2026-02-02 10:00")
        self.resolve(dispute, "write_off", "2026-02-02 12:00")
        self.assertTrue(dispute.needs_credit)
        self.assertEqual(
            dispute.search([("needs_credit", "=", True)]) & dispute, dispute
        )
        self.assertIn(invoice.name, dispute._describe_outcome())
        activity = dispute.activity_ids
        self.assertEqual(activity.user_id, self.accountant)
        self.assertIn("2:10", activity.summary)
        self.post(self.reverse(invoice))
        self.assertFalse(dispute.needs_credit)
        self.assertCharged(self.long, free="2:10")
        self.assertEqual(self.get_hours(self.run_invoicing("2026-02-28")), 60)

    def test_undo(self):
        dispute = self.dispute(self.long)
        self.resolve(dispute, "write_off")
        dispute.sudo(False).with_user(self.manager).action_reopen()
        self.env.invalidate_all()
        self.assertEqual(dispute.state, "open")
        self.assertCharged(self.long, billable="2:10")
        self.assertEqual(self.long.share_ids._get_hold(), "disputed")
        dispute.sudo(False).with_user(self.portal_user)._withdraw()
        self.env.invalidate_all()
        self.assertEqual(dispute.state, "withdrawn")
        self.assertFalse(self.long.share_ids._get_hold())

    def test_resolved_once_and_with_an_answer(self):
        dispute = self.dispute(self.long)
        own = dispute.sudo(False).with_user(self.manager)
        with self.assertRefused("Write the answer"):
            own.action_keep()
        self.resolve(dispute, "keep")
        with self.assertRefused("not open any more"):
            own.action_write_off()
        with self.assertRefused("open it again"):
            own.answer = "Another answer"

    def test_one_open_dispute_for_a_line(self):
        self.dispute(self.long)
        with self.assertRefused("about this already"):
            self.dispute(self.long)
        model = type(self.env["helpdesk.hours.dispute"])
        with (
            patch.object(model, "_check_not_disputed"),
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.dispute(self.long)  # two at once

    def test_who_may(self):
        """Roles Hours or Billing dispute; agents record; managers resolve."""
        for user in (self.colleague, self.stranger):
            with self.assertRaises(AccessError):
                self.dispute(self.long, user=user)
        dispute = self.dispute(self.long)
        for user in (self.agent, self.accountant, self.portal_user):
            own = dispute.sudo(False).with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                own.action_keep()
        for user in (self.colleague, self.stranger):
            with self.assertRaises(AccessError):
                dispute.sudo(False).with_user(user)._withdraw()
        manager = dispute.sudo(False).with_user(self.manager)
        with self.assertRaises(AccessError):
            manager.state = "kept"
        with self.assertRefused("stays on record"):
            dispute.unlink()
        self.assertTrue(dispute.sudo(False).with_user(self.accountant).reason)
        own_agent = dispute.sudo(False).with_user(self.agent_own)
        self.assertFalse(own_agent.search([("id", "=", dispute.id)]))

    def test_needs_a_reason_and_a_line_of_the_ticket(self):
        with self.assertRefused("what is wrong"):
            self.dispute(self.long, reason="  ")
        other = self.make_ticket("10:00")
        with self.assertRaises(AccessError):
            self.dispute(self.long, ticket=other)

    def test_queries_do_not_grow_with_lines(self):
        shares = self.env["helpdesk.hours.share"]

        def count(lines):
            found = shares.browse(lines.share_ids.ids)
            self.env.invalidate_all()
            found.mapped("minutes")
            before = self.env.cr.sql_log_count
            found.mapped("is_disputed")
            return self.env.cr.sql_log_count - before

        few = count(self.long)
        self.assertEqual(count(self.long | self.short), few)
