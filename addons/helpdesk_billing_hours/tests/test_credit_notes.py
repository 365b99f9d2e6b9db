"""Credit notes, reversals and edited drafts: an hour is billed once, or free again."""

from psycopg2.errors import ExclusionViolation

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


class CreditCommon(BillingCommon):
    def post(self, move, when="2026-02-03 11:00"):
        with at(when):
            move.with_user(self.accountant).action_post()
            self.env.flush_all()
        self.env.invalidate_all()

    def invoice(self, date_to="2026-01-31"):
        move = self.run_invoicing(date_to)
        self.post(move, f"{date_to} 13:00")
        return move

    def get_live(self, ticket):
        """Return the minutes of a ticket on live invoices, and those that wait."""
        shares = ticket.share_ids
        on_invoice = shares.filtered(
            lambda share: share.move_line_id.parent_state in ("draft", "posted")
        )
        return (
            sum(on_invoice.mapped("minutes")),
            sum((shares - on_invoice).mapped("minutes")),
        )


@tagged("post_install", "-at_install")
class TestCreditNote(CreditCommon):
    def setUp(self):
        super().setUp()
        self.tickets = []
        for hours in ("2:10", "1:30", "5:00"):
            ticket = self.make_authorized_ticket("6:00")
            self.log(ticket, "2026-01-13 10:00", hours)
            self.tickets.append(ticket)
        self.move = self.invoice()

    def test_full_credit_frees_all_of_it_once_posted(self):
        refund = self.reverse(self.move)
        self.assertEqual(self.get_live(self.tickets[0]), (130, 0))
        self.post(refund)
        for ticket, minutes in zip(self.tickets, (130, 90, 300), strict=True):
            self.assertEqual(self.get_live(ticket), (0, minutes))
        second = self.run_invoicing("2026-01-31")
        self.assertEqual(second.amount_untaxed, self.move.amount_untaxed)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")

    def test_one_of_three_lines(self):
        refund = self.reverse(self.move)
        refund.invoice_line_ids[1:].unlink()
        credited = refund.invoice_line_ids.support_origin_line_id
        self.post(refund)
        for ticket in self.tickets:
            line = self.move.invoice_line_ids.filtered(
                lambda ln, t=ticket: ln.support_share_ids.ticket_id == t
            )
            free = sum(
                ticket.share_ids.filtered(lambda s: not s.settled).mapped("minutes")
            )
            worked = round(ticket.worked_hours * 60)
            self.assertEqual(free, worked if line == credited else 0)
        second = self.run_invoicing("2026-02-28")
        self.assertEqual(len(second.invoice_line_ids), 1)

    def test_two_of_five_hours(self):
        """One entry of 5 h: a credit of 2 h frees its last 2 h."""
        ticket = self.tickets[2]
        refund = self.reverse(self.move)
        line = refund.invoice_line_ids.filtered(lambda ln: ln.quantity == 5)
        (refund.invoice_line_ids - line).unlink()
        line.quantity = 2
        self.post(refund)
        self.assertEqual(self.get_live(ticket), (180, 120))
        self.assertEqual(
            ticket.share_ids.filtered(lambda s: not s.settled).first_minute, 180
        )
        second = self.run_invoicing("2026-02-28")
        self.assertEqual(second.invoice_line_ids.quantity, 2)
        self.assertEqual(self.get_live(ticket), (300, 0))

    def test_it_asks_which_hours(self):
        """Two entries of 3 h and 2 h on one line, 2 h credited: it must be said."""
        ticket = self.make_authorized_ticket("6:00")
        first = self.log(ticket, "2026-02-10 09:00", "3:00")
        second = self.log(ticket, "2026-02-10 14:00", "2:00")
        move = self.invoice("2026-02-28")
        refund = self.reverse(move, "2026-03-02 10:00")
        refund.invoice_line_ids.quantity = 2
        with self.assertRefused("credits 2:00 hours, but it is not said which ones"):
            self.post(refund, "2026-03-02 11:00")
        action = refund.with_user(self.accountant).action_view_support_credit()
        choices = self.env["helpdesk.hours.credit"].with_user(self.accountant)
        choices = choices.search(action["domain"])
        of_first = choices.filtered(lambda c: c.share_id.sudo().line_id == first)
        of_first.hours = 0
        self.post(refund, "2026-03-02 11:00")
        self.assertTrue(all(first.share_ids.mapped("settled")))
        self.assertFalse(any(second.share_ids.mapped("settled")))

    def test_refund_reset_to_draft_takes_them_back(self):
        refund = self.reverse(self.move)
        self.post(refund)
        with at("2026-02-03 12:00"):
            refund.button_draft()
        self.env.invalidate_all()
        for ticket, minutes in zip(self.tickets, (130, 90, 300), strict=True):
            self.assertEqual(self.get_live(ticket), (minutes, 0))
            self.assertEqual(ticket.share_ids.move_line_id.move_id, self.move)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")

    def test_refund_reset_to_draft_is_refused_once_billed_again(self):
        refund = self.reverse(self.move)
        self.post(refund)
        self.run_invoicing("2026-02-28")
        with self.assertRefused("by now: cancel or credit that one first"):
            refund.button_draft()

    def test_reverse_and_create_keeps_the_hours_on_the_new_draft(self):
        draft = self.reverse(self.move, modify=True)
        self.assertEqual((draft.state, draft.move_type), ("draft", "out_invoice"))
        for ticket, minutes in zip(self.tickets, (130, 90, 300), strict=True):
            self.assertEqual(self.get_live(ticket), (minutes, 0))
            self.assertEqual(ticket.share_ids.move_line_id.move_id, draft)
        self.assertFalse(draft.support_hours_differ)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")
        draft.unlink()
        self.assertEqual(self.get_live(self.tickets[0]), (0, 130))

    def test_second_credit_of_the_same_invoice_frees_nothing_more(self):
        first, second = self.reverse(self.move), self.reverse(self.move)
        self.post(first)
        self.post(second)
        self.assertEqual(self.get_live(self.tickets[0]), (0, 130))

    def test_credited_minimum_is_billed_again(self):
        """0:20 billed as 1:00 and credited: the next run bills 1:00 again, once."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-02-10 10:00", "0:20")
        move = self.invoice("2026-02-28")
        self.assertEqual(move.invoice_line_ids.quantity, 1)
        self.post(self.reverse(move, "2026-03-02 10:00"), "2026-03-02 11:00")
        again = self.run_invoicing("2026-03-31")
        self.assertEqual(again.invoice_line_ids.quantity, 1)
        self.assertCharged(ticket, billable="1:00")

    def test_closed_period_reads_the_same(self):
        """What January's balance said stays: the freeing is dated in February."""

        def read_january():
            shares = self.env["helpdesk.hours.share"].search(
                [("accounting_date", "<=", "2026-01-31"), ("settled", "=", True)]
            )
            return sum(shares.mapped("minutes"))

        before = read_january()
        self.post(self.reverse(self.move))
        self.assertEqual(read_january(), before)
        self.run_invoicing("2026-02-28")
        self.assertEqual(read_january(), before)
        lines = [share.line_id for t in self.tickets for share in t.share_ids]
        for line in lines:
            shares = self.env["helpdesk.hours.share"].search(
                [("line_id", "=", line.id)]
            )
            self.assertEqual(
                sum(shares.mapped("minutes")), round(line.unit_amount * 60)
            )

    def test_freed_hours_may_be_corrected_but_not_deleted(self):
        self.post(self.reverse(self.move))
        line = self.tickets[0].timesheet_ids
        line.with_user(self.agent).unit_amount = 1.5
        self.assertCharged(self.tickets[0], billable="1:30")
        with self.assertRefused("set their time to 0:00"):
            line.with_user(self.agent).unlink()

    def test_edited_draft_is_listed(self):
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-02-10 10:00", "2:00")
        draft = self.run_invoicing("2026-02-28")
        self.assertFalse(draft.support_hours_differ)
        draft.with_user(self.accountant).write(
            {
                "invoice_line_ids": [
                    Command.update(draft.invoice_line_ids.id, {"quantity": 1.5})
                ]
            }
        )
        self.assertTrue(draft.support_hours_differ)
        self.assertEqual(
            self.env["account.move"].search([("support_hours_differ", "=", True)]),
            draft,
        )
        wizard = (
            self.env["helpdesk.hours.invoicing"].with_user(self.accountant).create({})
        )
        self.assertEqual(wizard.differing_ids.move_id, draft)
        draft.invoice_line_ids.quantity = 2
        self.assertFalse(draft.support_hours_differ)


@tagged("post_install", "-at_install")
class TestLock(CreditCommon):
    def test_late_hours_of_a_locked_period(self):
        """January is locked: its hours come with February, at their real date."""
        self.company.sale_lock_date = "2026-01-31"
        ticket = self.make_authorized_ticket()
        late = self.log(ticket, "2026-01-20 10:00", "2:00")
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.invoice_line_ids.quantity, 2)
        self.assertEqual(str(late.share_ids.work_date), "2026-01-20")
        self.assertEqual(str(late.share_ids.accounting_date), "2026-02-01")

    def test_database_refuses_a_minute_twice(self):
        """Not even the superuser can charge a minute of a line twice."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-20 10:00", "2:00")
        share = ticket.share_ids
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
            share.create(share._prepare_copy(first_minute=60, minutes=10))
