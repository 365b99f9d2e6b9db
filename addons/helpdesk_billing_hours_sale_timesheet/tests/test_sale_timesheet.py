"""Hours on tickets are billed once, by their run, whatever the project sells."""

from odoo.tests import tagged

from odoo.addons.helpdesk_billing_hours.tests.common import BillingCommon

from .common import SoldProjectMixin


@tagged("post_install", "-at_install")
class TestSaleTimesheet(SoldProjectMixin, BillingCommon):
    def test_order_never_bills_hours_on_tickets(self):
        """2:10 on a ticket and 1:00 beside it: the order bills 1:00, the run 2:10."""
        ticket = self.make_authorized_ticket()
        line = self.log(ticket, "2026-01-13 10:00", "2:10")
        other = self.log_work()
        self.assertEqual(line.project_id, self.project)
        self.assertFalse(line.so_line)
        self.assertEqual(other.so_line, self.order.order_line)
        self.assertEqual(self.order.order_line.qty_delivered, 1)
        sold = self.order._create_invoices()
        self.assertEqual(sold.invoice_line_ids.quantity, 1)
        self.assertEqual(sold.timesheet_ids, other)
        support = self.run_invoicing("2026-01-31")
        self.assertAlmostEqual(support.invoice_line_ids.quantity, 130 / 60, 5)
        self.assertFalse(line.timesheet_invoice_id)

    def test_nobody_puts_them_on_an_order(self):
        """Neither by hand nor by moving a line to a ticket."""
        ticket = self.make_authorized_ticket()
        line = self.log(ticket, "2026-01-13 10:00", "2:10")
        line.so_line = self.order.order_line
        self.assertFalse(line.so_line)
        other = self.log_work()
        other.ticket_id = ticket
        self.assertFalse(other.so_line)
        self.assertEqual(self.order.order_line.qty_delivered, 0)
        both = line | self.log_work()
        both.write({"so_line": self.order.order_line.id})
        self.assertEqual(both.mapped("so_line"), self.order.order_line)
        self.assertFalse(line.so_line)

    def test_period_of_the_order_finds_none(self):
        """The recomputation by period, which bills twice elsewhere, finds nothing."""
        self.log(self.make_authorized_ticket(), "2026-01-13 10:00", "2:10")
        item = self.order.order_line
        item._recompute_qty_to_invoice("2026-01-01", "2026-01-31")
        self.assertEqual(item.qty_to_invoice, 0)

    def test_settled_hours_stay_locked(self):
        line = self.log(self.make_authorized_ticket(), "2026-01-13 10:00", "2:10")
        self.run_invoicing("2026-01-31")
        with self.assertRefused("are settled"):
            line.unit_amount = 1
