"""Fees and packs sold by orders, approvals, statements, credit notes and margin."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_billing_hours.tests.test_helpdesk_hours_approval import (
    ApprovalMixin,
)
from odoo.addons.helpdesk_billing_hours.tests.test_helpdesk_support_fee import FeeCommon
from odoo.addons.helpdesk_sla_policy.tests.common import HelpdeskSlaCommon, at

from .common import SoldProjectMixin


@tagged("post_install", "-at_install")
class TestSoldPacks(FeeCommon):
    """An order sells a fee or a pack: its invoice gives the hours, once (R-A6)."""

    def sell(self, product, partner, price, quantity=1, when="2026-03-01 10:00"):
        """Confirm an order and let Sales invoice it; return order and draft."""
        product.invoice_policy = "order"
        item = {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "price_unit": price,
        }
        with at(when):
            order = self.env["sale.order"].create(
                {"partner_id": partner.id, "order_line": [Command.create(item)]}
            )
            order.action_confirm()
            move = order._create_invoices()
            self.env.flush_all()
        return order, move

    def make_product(self):
        return self.env["product.product"].create(
            {"name": "Pack of 20 h", "type": "service", "support_hours": 20}
        )

    def test_a_pack_of_an_order(self):
        """The order gives nothing, its posted invoice 2 x 20 h, a new order more."""
        contract = self.make_paid()
        order, move = self.sell(self.make_product(), contract.partner_id, 700, 2)
        self.assertFalse(contract.pack_ids)
        self.post(move)
        pack = contract.pack_ids
        self.assertRecordValues(
            pack,
            [{"hours": 40, "origin": "extra", "hours_left": 40, "move_id": move.id}],
        )
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(move.amount_untaxed, 1400)

    def test_a_fee_of_an_order_is_the_contracts_fee(self):
        """Sold at 2500.00 by the order: our own fee is not left to invoice again."""
        contract = self.make_paid()
        fee = contract.fee_ids
        _order, move = self.sell(self.fee_product, contract.partner_id, 2500)
        self.assertEqual(fee.state, "open")
        self.post(move)
        self.assertEqual(fee.state, "invoiced")
        self.assertEqual(move.invoice_line_ids.support_fee_id, fee)
        self.assertRecordValues(contract.pack_ids, [{"hours": 50, "origin": "plan"}])
        with self.assertRefused("is left to invoice"):
            self.make_fee_invoice(contract)

    def test_a_down_payment_gives_no_hours(self):
        """30 % first: the hours come with the final invoice, once."""
        contract = self.make_paid()
        product = self.make_product()
        product.invoice_policy = "order"
        with at("2026-03-01 10:00"):
            order = self.env["sale.order"].create(
                {
                    "partner_id": contract.partner_id.id,
                    "order_line": [
                        Command.create({"product_id": product.id, "price_unit": 700})
                    ],
                }
            )
            order.action_confirm()
            wizard = self.env["sale.advance.payment.inv"].with_context(
                active_model="sale.order", active_ids=order.ids
            )
            first = wizard.create(
                {"advance_payment_method": "percentage", "amount": 30}
            )
            first.create_invoices()
            down = order.invoice_ids
        self.post(down)
        self.assertFalse(contract.pack_ids)
        with at("2026-03-02 10:00"):
            wizard.create({"advance_payment_method": "delivered"}).create_invoices()
        self.post(order.invoice_ids - down, "2026-03-02 11:00")
        self.assertEqual(contract.pack_ids.mapped("hours"), [20])
        self.assertEqual(sum(order.invoice_ids.mapped("amount_untaxed")), 700)

    def test_credited_and_invoiced_again(self):
        """A credit takes the unused hours back; the next invoice gives them again."""
        contract = self.make_paid()
        order, move = self.sell(self.make_product(), contract.partner_id, 700)
        self.post(move)
        refund = self.reverse(move, "2026-03-02 10:00")
        self.post(refund, "2026-03-02 11:00")
        self.assertEqual(sum(contract.pack_ids.mapped("hours_left")), 0)
        self.assertEqual(order.invoice_status, "to invoice")
        with at("2026-03-03 10:00"):
            again = order._create_invoices()
            self.env.flush_all()
        self.post(again, "2026-03-03 11:00")
        self.assertEqual(sum(contract.pack_ids.mapped("hours_left")), 20)


@tagged("post_install", "-at_install")
class TestSoldProject(SoldProjectMixin, ApprovalMixin, HelpdeskSlaCommon):
    """Tickets whose project sells hours by an order: ours stay ours."""

    def test_hours_wait_for_the_approval(self):
        """R-B4: the contact approves 2:10; then the run takes them, the order none."""
        line = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.assertEqual(line.project_id, self.project)
        self.assertFalse(line.so_line)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")
        self.sign(self.ask())
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.amount_untaxed, 97.5)
        self.assertFalse(move.invoice_line_ids.sale_line_ids)
        self.assertEqual(self.order.order_line.qty_delivered, 0)

    def test_a_ticket_with_a_sold_project_of_its_own(self):
        """Neither the project's item, nor one by employee, gets the hours."""
        self.project.sale_line_employee_ids = [
            Command.create(
                {
                    "employee_id": self.agent.employee_id.id,
                    "sale_line_id": self.order.order_line.id,
                }
            )
        ]
        self.ticket.project_id = self.project
        line = self.log(self.ticket, "2026-01-13 10:00", "1:00")
        line.work_type_id = self.env.ref("helpdesk_billing_hours.work_type_work")
        line.sudo(False).with_user(self.agent).unit_amount = 2
        self.assertFalse(line.so_line)
        self.assertEqual(self.order.order_line.qty_delivered, 0)

    def test_freed_hours_are_never_the_orders(self):
        """Credited, and Sales invoices its own hour: 1:00 only; the run bills 2:10."""
        self.set_terms(self.policy, hours_approval="none")
        line = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        move = self.run_invoicing("2026-01-31")
        self.post_move(move, "2026-01-31 13:00")
        other = self.log_work()
        self.post_move(self.reverse(move), "2026-02-03 11:00")
        with at("2026-02-04 10:00"):
            sold = self.order._create_invoices()
            self.post_move(sold, "2026-02-04 11:00")
        self.assertEqual(sold.invoice_line_ids.quantity, 1)
        self.assertEqual(sold.timesheet_ids, other)
        again = self.run_invoicing("2026-02-28")
        self.assertEqual(again.amount_untaxed, move.amount_untaxed)
        self.post_move(again, "2026-02-28 13:00")
        replaced = self.reverse(again, "2026-03-02 10:00", modify=True)
        self.assertEqual(self.ticket.share_ids.move_line_id.move_id, replaced)
        self.assertFalse(line.timesheet_invoice_id)
        self.assertFalse(line.so_line)
        refund = self.reverse(sold, "2026-03-03 10:00")
        self.post_move(refund, "2026-03-03 11:00")
        with at("2026-03-04 10:00"):
            sold_again = self.order._create_invoices()
        self.assertEqual(sold_again.timesheet_ids, other)

    def test_statement_and_margin(self):
        """The statement has the hours of tickets; the margin nothing of the order."""
        self.set_terms(self.policy, hours_approval="none")
        self.make_pack("1:00")
        covered = self.make_ticket("2026-01-12 10:00")
        self.log(covered, "2026-01-13 10:00", "0:40")
        self.log(self.ticket, "2026-01-13 14:00", "2:00")
        self.log_work()
        self.post_move(self.run_invoicing("2026-01-31"), "2026-01-31 13:00")
        with at("2026-02-01 10:00"):
            self.post_move(self.order._create_invoices(), "2026-02-01 11:00")
            statement = self.env["helpdesk.hours.statement"].create(
                {
                    "contract_id": self.contract.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-01-31",
                }
            )
        data = statement._get_data()
        self.assertEqual((data["roll"].opening, data["roll"].closing), (0, 20))
        self.assertEqual(data["billable"], 120)
        self.env.flush_all()
        rows = self.env["helpdesk.hours.margin"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.assertEqual(sum(rows.mapped("revenue")), 90)
        self.assertAlmostEqual(sum(rows.mapped("hours")), 160 / 60)
        self.assertAlmostEqual(sum(rows.mapped("cost")), 26.67, 1)
