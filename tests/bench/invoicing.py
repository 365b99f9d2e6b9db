"""A month of hours of many customers: our run, and bare invoices of the same drafts."""

import datetime
from unittest import mock

from odoo import fields
from odoo.fields import Command


class InvoicingTasks:
    def prepare_hours(self, customers, lines):
        """Make customers with lines of authorised hours; the last one is bad.

        Its receivable account is none, so that no invoice can be made for it.
        """
        env = self.env
        if not env.company.chart_template:
            env["account.chart.template"].try_loading(
                "generic_coa", company=env.company, install_demo=False
            )
        env["hr.employee"].create({"name": "Agent", "user_id": env.uid})
        plan = env.ref("helpdesk_support_contract.plan_priority").copy()
        plan.stops_when_overdue = False
        team = env.ref("helpdesk_sla_policy.team_stars")
        cause = env.ref("helpdesk_warranty.reason_user_error")
        today = fields.Date.today()
        day = today - datetime.timedelta(days=40)
        partners = env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(customers)]
        )
        contracts = env["helpdesk.support.contract"].create(
            [
                {
                    "partner_id": partner.id,
                    "plan_id": plan.id,
                    "date_start": today - datetime.timedelta(days=90),
                    "date_end": today + datetime.timedelta(days=90),
                    "hour_price": 45,
                }
                for partner in partners
            ]
        )
        with mock.patch.object(type(contracts), "_keep_annex"):  # prints a PDF each
            contracts.write({"is_signed": True})
        quiet = env["helpdesk.ticket"].with_context(tracking_disable=True)
        self.tickets = quiet.create(
            [
                {
                    "name": f"Ticket {number}",
                    "description": "<p>Invoices fail.</p>",
                    "team_id": team.id,
                    "partner_id": partner.id,
                    "user_id": False,
                    "cause_id": cause.id,
                    "work_override_reason": "Measured",
                    "received_at": fields.Datetime.to_datetime(day),
                }
                for partner in partners
                for number in range(lines)
            ]
        )
        env["helpdesk.authorization"].create(
            [
                {
                    "ticket_id": ticket.id,
                    "hours": 500,
                    "price_unit": 45,
                    "state": "approved",
                    "answered_at": day,
                    "answered_by": "Customer",
                }
                for ticket in self.tickets
            ]
        )
        income = env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        partners[-1:].with_company(env.company).property_account_receivable_id = income
        self.days = 0
        self.first_day = day

    def log_hours(self):
        """Log an entry on each ticket, on another day each time."""
        self.days += 1
        self.env["account.analytic.line"].create(
            [
                {
                    "ticket_id": ticket.id,
                    "name": "Correction",
                    "date": self.first_day + datetime.timedelta(days=self.days),
                    "unit_amount": 1.5,
                }
                for ticket in self.tickets
            ]
        )

    def invoice_hours(self):
        """Run on a new entry of each ticket; return the seconds."""
        self.log_hours()
        day = self.first_day + datetime.timedelta(days=self.days)
        wizard = self.env["helpdesk.hours.invoicing"].create(
            {"date_from": day, "date_to": day}
        )
        before = self.env["account.move"].search([], order="id desc", limit=1).id or 0
        with self.timed():
            wizard.action_create_invoices()
        made = self.env["account.move"].search([("id", ">", before)])
        assert len(made) == len(self.tickets.partner_id) - 1, len(made)
        self.drafts = [self._describe_draft(move) for move in made]
        return self.seconds

    def _describe_draft(self, move):
        return {
            "move_type": "out_invoice",
            "partner_id": move.partner_id.id,
            "currency_id": move.currency_id.id,
            "invoice_origin": move.invoice_origin,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": line.product_id.id,
                        "name": line.name,
                        "quantity": line.quantity,
                        "price_unit": line.price_unit,
                    }
                )
                for line in move.invoice_line_ids
            ],
        }

    def create_bare_drafts(self):
        """Create the drafts of the last run without us; return the seconds."""
        with self.timed():
            self.env["account.move"].create(self.drafts)
        return self.seconds
