"""What the tests of billing share: people who log hours, and who invoice them."""

from odoo.fields import Command

from odoo.addons.helpdesk_sla_policy.tests.common import (
    HelpdeskSlaCommon,
    HelpdeskSlaHttpCommon,
    at,
    seconds,
    utc,
)
from odoo.addons.helpdesk_warranty.tests.common import WarrantyMixin


def to_minutes(text):
    """Return ``2:10``, or ``-0:30``, in minutes."""
    sign = -1 if text.startswith("-") else 1
    return sign * seconds(text.lstrip("-")) // 60


def to_text(minutes):
    """Return minutes as ``2:10``."""
    sign = "-" if minutes < 0 else ""
    return f"{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"


class BillingMixin(WarrantyMixin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", company=cls.company, install_demo=False
            )
        cls.accountant = cls.make_user(
            "sla-accountant", "account.group_account_invoice"
        )
        for user in (cls.agent, cls.agent_own, cls.manager):
            cls.env["hr.employee"].create(
                {"name": user.login, "user_id": user.id, "hourly_cost": 10}
            )
        cls.product = cls.env.ref("helpdesk_billing_hours.product_support_hour")
        cls.set_tax(15)
        # Its hours are free: those of a fee to come would wait for the pack.
        cls.contract.fee_ids.hours = 0

    @classmethod
    def set_terms(cls, terms, **values):
        """Write what is agreed in a plan or policy as if nobody had signed it."""
        with cls.as_unsigned():
            terms.write(values)

    def set_currency(self, currency):
        """Let the contract be signed anew in another currency."""
        self.contract.write({"is_signed": False, "currency_id": currency.id})
        self.contract.action_sign()

    @classmethod
    def set_tax(cls, percent):
        cls.tax = cls.env["account.tax"].create(
            {
                "name": f"IVA {percent:g}%",
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.product.taxes_id = [Command.set(cls.tax.ids)]

    @classmethod
    def make_pack(cls, hours, start="2026-01-01", **values):
        return cls.env["helpdesk.hours.pack"].create(
            {
                "name": "Hours of the plan",
                "contract_id": cls.contract.id,
                "hours": to_minutes(hours) / 60,
                "date_from": start,
                **values,
            }
        )

    def make_authorized_ticket(self, hours="3:00", received="2026-01-12 10:00", **kw):
        """Return a billable ticket whose hours the customer approved."""
        ticket = self.make_billable_ticket(received)
        if hours:
            authorization = self.make_authorization(
                ticket, hours=to_minutes(hours) / 60, **kw
            )
            self.approve(authorization)
        return ticket

    def log(self, ticket, started, hours, user=None, **values):
        """Let an agent log hours on a ticket; return the line."""
        with at(started):
            line = (
                self.env["account.analytic.line"]
                .with_user(user or self.agent)
                .create(
                    {
                        "ticket_id": ticket.id,
                        "name": "Correction",
                        "started_at": utc(started),
                        "unit_amount": to_minutes(hours) / 60,
                        **values,
                    }
                )
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return line.sudo()

    def request(self, ticket, when):
        """Let a mail of the customer ask for work; return what a line says of it."""
        with at(when):
            ticket.sudo().message_post(
                body="Could you look at it tonight?",
                author_id=ticket.partner_id.id,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
            )
            self.env.flush_all()
        self.env.invalidate_all()
        return {"outside_request": "customer"}

    def run_invoicing(self, date_to, user=None, **values):
        """Let the accountant invoice up to a date; return the new drafts."""
        before = self.env["account.move"].search([])
        with at(f"{date_to} 12:00"):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(user or self.accountant)
                .create({"date_from": f"{date_to[:8]}01", "date_to": date_to, **values})
            )
            wizard.action_create_invoices()
            self.env.flush_all()
        self.env.invalidate_all()
        return self.env["account.move"].search([]) - before

    def reverse(self, move, when="2026-02-03 10:00", modify=False):
        """Reverse a posted invoice as the accountant does; return the new moves."""
        with at(when):
            wizard = (
                self.env["account.move.reversal"]
                .with_user(self.accountant)
                .with_context(active_model="account.move", active_ids=move.ids)
                .create({"journal_id": move.journal_id.id, "date": when[:10]})
            )
            if modify:
                wizard.modify_moves()
            else:
                wizard.refund_moves()
            self.env.flush_all()
        self.env.invalidate_all()
        return wizard.new_move_ids.sudo()

    def make_escalation(self, ticket, when):
        """Return an escalation that the customer asked for, past level 2."""
        return (
            self.env["helpdesk.sla.escalation"]
            .sudo()
            .create(
                {
                    "ticket_id": ticket.id,
                    "level_from": "1",
                    "level_to": "3",
                    "origin": "customer",
                    "at": utc(when),
                }
            )
        )

    def sell_pack(self, when="2026-02-02 10:00"):
        """Post an invoice of 20 hours for 700 to the customer; return it."""
        product = self.env["product.product"].create(
            {"name": "Pack of 20 h", "type": "service", "support_hours": 20}
        )
        with at(when):
            move = self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": when[:10],
                    "invoice_date_due": "2030-12-31",
                    "invoice_line_ids": [
                        Command.create({"product_id": product.id, "price_unit": 700})
                    ],
                }
            )
            move.action_post()
        return move

    def get_charges(self, records):
        """Return how a ticket's or a line's minutes are charged, by charge."""
        charges = {}
        for share in records.share_ids:
            charges[share.charge] = charges.get(share.charge, 0) + share.minutes
        return {name: to_text(minutes) for name, minutes in charges.items() if minutes}

    def assertCharged(self, records, **expected):
        """Assert the hours (h:mm) of a ticket or a line by charge."""
        self.env.invalidate_all()
        self.assertEqual(self.get_charges(records), expected)


class BillingCommon(BillingMixin, HelpdeskSlaCommon):
    pass


class BillingHttpCommon(BillingMixin, HelpdeskSlaHttpCommon):
    pass
