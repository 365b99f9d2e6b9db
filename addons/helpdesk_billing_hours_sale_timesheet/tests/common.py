"""A project that sells hours by an order, and who logs on it."""

from odoo.fields import Command

from odoo.addons.helpdesk_sla_policy.tests.common import at


class SoldProjectMixin:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        service = cls.env["product.product"].create(
            {
                "name": "Consulting",
                "type": "service",
                "invoice_policy": "delivery",
                "service_type": "timesheet",
                "list_price": 90,
                "uom_id": cls.env.ref("uom.product_uom_hour").id,
            }
        )
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create({"product_id": service.id, "product_uom_qty": 10})
                ],
            }
        )
        cls.order.action_confirm()
        cls.project = cls.env["project.project"].create(
            {
                "name": "Sold",
                "allow_timesheets": True,
                "allow_billable": True,
                "partner_id": cls.customer.id,
                "sale_line_id": cls.order.order_line.id,
            }
        )
        cls.team.default_project_id = cls.project

    def log_work(self):
        """Log 1:00 on the sold project without a ticket; return the line."""
        return self.env["account.analytic.line"].create(
            {
                "name": "Consulting",
                "project_id": self.project.id,
                "date": "2026-01-13",
                "unit_amount": 1,
                "employee_id": self.agent.employee_id.id,
            }
        )

    def post_move(self, move, when):
        with at(when):
            move.with_user(self.accountant).action_post()
            self.env.flush_all()
        self.env.invalidate_all()
