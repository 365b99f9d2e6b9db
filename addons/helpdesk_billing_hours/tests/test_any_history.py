"""Whatever people do, in any order: every hour is charged once, and it adds up."""

import itertools
import random

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .test_credit_notes import CreditCommon

STEPS = 14
PERIODS = [
    ("2026-01-01", "2026-01-31"),
    ("2026-02-01", "2026-02-28"),
    ("2026-03-01", "2027-12-31"),
]
CHARGES = ("pack", "overage", "billable", "free", "pending")


@tagged("post_install", "-at_install")
class TestAnyHistory(CreditCommon):
    """Random packs, lines, edits, back-dates, runs, cancellations, credit notes.

    Packs are given, sold, paid back and expire; two companies work for the customer.
    """

    def setUp(self):
        super().setUp()
        self.contract.write(
            {"hour_price": 45, "has_overage_consent": True, "overage_cap": 6}
        )
        self.cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.product_pack = self.env["product.product"].create(
            {"name": "Pack of 3 h", "type": "service", "support_hours": 3}
        )
        self.make_other_company()

    def make_other_company(self):
        """Make a second company that has a contract with the same customer."""
        self.other = self.env["res.company"].create({"name": "Other"})
        self.env["account.chart.template"].try_loading(
            "generic_coa", company=self.other, install_demo=False
        )
        people = self.agent | self.accountant
        people.company_ids |= self.other
        self.other_employee = self.env["hr.employee"].create(
            {"name": "A", "user_id": self.agent.id, "company_id": self.other.id}
        )
        self.other_contract = self.make_contract(
            company_id=self.other.id, hour_price=30, has_overage_consent=True
        )
        self.statements = self.env["helpdesk.hours.statement"].create(
            [
                {"contract_id": contract.id, "date_from": start, "date_to": stop}
                for contract in self.contract | self.other_contract
                for start, stop in PERIODS
            ]
        )

    def start(self, seed):
        """Begin a history: a pack, a covered ticket and an authorised one."""
        self.chance = random.Random(seed)
        self.pack = self.make_pack("4:00")
        self.tickets = self.make_ticket("10:00") | self.make_authorized_ticket("5:00")
        self.make_pack("2:00", date_to="2026-01-13")
        self.make_pack("1:00", contract_id=self.other_contract.id)
        self.tickets |= self.make_ticket("10:00", company_id=self.other.id)
        self.moves = self.env["account.move"]

    # What holds after each act

    def check(self):
        self.env.invalidate_all()
        lines = self.tickets.timesheet_ids
        shares = self.env["helpdesk.hours.share"].search(
            [("ticket_id", "in", self.tickets.ids)]
        )
        for line in lines:
            own = shares.filtered(lambda s, ln=line: s.line_id == ln)
            self.assertEqual(sum(own.mapped("minutes")), line._get_minutes())
        worked = {
            charge: sum(
                share.minutes
                for share in shares
                if share.kind == "work" and share.charge == charge
            )
            for charge in CHARGES
        }
        self.assertEqual(sum(worked.values()), sum(ln._get_minutes() for ln in lines))
        self.check_invoices(shares)
        packs = (self.contract | self.other_contract).pack_ids
        for pack in packs.filtered(lambda p: not p.adjusts_id):
            self.assertGreaterEqual(round(pack.hours_left * 60), 0)
            self.assertLessEqual(
                pack.share_ids.contract_id, pack.contract_id, "another contract's pack"
            )
        self.check_companies(shares)
        self.check_sums()

    def check_companies(self, shares):
        """What one company worked is neither settled nor invoiced by the other."""
        for share in shares:
            company = share.ticket_id.company_id
            found = share.company_id | share.contract_id.company_id
            found |= share.run_id.company_id | share.move_id.company_id
            self.assertEqual(found, company)

    def check_sums(self):
        """Reconciled to 0:00; each statement explains its balance to the minute."""
        for company in self.company | self.other:
            sheet = self.env["helpdesk.hours.reconciliation"].create(
                {
                    "company_id": company.id,
                    "date_from": "2026-01-01",
                    "date_to": "2026-12-31",
                }
            )
            self.assertEqual((sheet.difference, sheet.wrong_count), (0, 0))
        with at("2026-03-05 10:00"):
            for own in self.statements.grouped("contract_id").values():
                # Raises ValueError when its lines do not explain the balance.
                rolls = [statement._get_data()["roll"] for statement in own]
                for before, after in itertools.pairwise(rolls):
                    self.assertEqual(before.closing, after.opening)
                self.assertGreaterEqual(min(roll.closing for roll in rolls), 0)

    def check_invoices(self, shares):
        """No minute is on two live invoices; each draft charges what is behind it."""
        live = shares.filtered(
            lambda s: (
                s.move_line_id.parent_state in ("draft", "posted")
                and not s.is_reversed
                and not s.reversal_of_id
            )
        )
        minutes = [
            (share.line_id.id, minute)
            for share in live.filtered("line_id")
            for minute in range(*share._get_span())
        ]
        self.assertEqual(len(minutes), len(set(minutes)))
        for move in shares.move_line_id.move_id:
            if move.move_type == "out_invoice" and move.state == "draft":
                self.assertFalse(move.support_hours_differ)

    # What people do

    def act(self):
        """Let somebody do a random thing; what is refused changes nothing."""
        name = self.chance.choice(
            [
                "log",
                "log",
                "log",
                "edit",
                "back_date",
                "delete",
                "turn",
                "adjust",
                "sell",
                "credit_pack",
                "run_other",
                "run",
                "run",
                "post",
                "post",
                "cancel",
                "reopen",
                "discard",
                "credit",
                "credit",
                "credit_part",
                "replace",
                "take_back",
            ]
        )
        try:
            with self.env.cr.savepoint():
                getattr(self, f"act_{name}")()
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()
            self.moves = self.moves.exists()

    def pick(self, records):
        return records and records[self.chance.randrange(len(records))]

    def pick_move(self, state, move_type="out_invoice"):
        moves = self.moves.exists().filtered(
            lambda move: move.state == state and move.move_type == move_type
        )
        return self.pick(moves)

    def get_day(self):
        return f"2026-01-{self.chance.randrange(12, 17)}"

    def act_log(self):
        hours = f"{self.chance.randrange(0, 3)}:{self.chance.randrange(1, 60):02}"
        start = f"{self.get_day()} {self.chance.randrange(10, 14)}:00"
        ticket = self.pick(self.tickets)
        values = {}
        if ticket.company_id == self.other:
            values["employee_id"] = self.other_employee.id
        self.log(ticket, start, hours, **values)

    def act_edit(self):
        line = self.pick(self.tickets.timesheet_ids)
        if line:
            line.unit_amount = self.chance.randrange(1, 200) / 60

    def act_back_date(self):
        line = self.pick(self.tickets.timesheet_ids)
        if line:
            line.started_at = utc(f"{self.get_day()} 09:30")

    def act_delete(self):
        self.pick(self.tickets.timesheet_ids).unlink()

    def act_turn(self):
        """Find a cause that is not covered, or drop it again."""
        ticket = self.tickets[0]
        ticket.cause_id = False if ticket.cause_id else self.cause

    def act_adjust(self):
        self.env["helpdesk.hours.pack"].create(
            {
                "name": "Goodwill",
                "contract_id": self.contract.id,
                "adjusts_id": self.pack.id,
                "hours": self.chance.choice([-1, 0.5, 1]),
            }
        )

    def act_sell(self):
        """Sell a pack: its hours wait for the posting, in January or in February."""
        day = self.chance.choice(["2026-01-13", "2026-02-02"])
        with at(f"{day} 10:00"):
            self.moves |= self.env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": day,
                    "invoice_date_due": "2030-12-31",
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": self.product_pack.id,
                                "price_unit": 100,
                                "support_contract_id": self.contract.id,
                            }
                        )
                    ],
                }
            )

    def act_credit_pack(self):
        """Credit a sold pack, wholly or in part: unused hours are taken back."""
        sold = self.moves.exists().filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_invoice"
                and self.product_pack in move.invoice_line_ids.product_id
            )
        )
        if sold:
            refund = self.reverse(self.pick(sold))
            self.moves |= refund
            refund.invoice_line_ids.price_unit = self.chance.choice([100, 40])
            self.post(refund)

    def act_run(self):
        date = self.chance.choice(["2026-01-14", "2026-01-31", "2026-02-28"])
        self.moves |= self.run_invoicing(date)

    def act_run_other(self):
        self.moves |= self.run_invoicing("2026-01-31", company_id=self.other.id)

    def act_post(self):
        move = self.pick_move("draft") or self.pick_move("draft", "out_refund")
        if move:
            self.post(move, "2026-02-01 10:00")

    def act_cancel(self):
        self.pick_move("draft").button_cancel()

    def act_reopen(self):
        self.pick_move("cancel").button_draft()

    def act_discard(self):
        self.pick_move("draft").unlink()
        self.moves = self.moves.exists()

    def act_credit(self):
        move = self.pick_move("posted")
        if move:
            refund = self.reverse(move)
            self.moves |= refund
            self.post(refund)

    def act_credit_part(self):
        """Credit some of one line: as many minutes as are chosen."""
        move = self.pick_move("posted")
        if not move:
            return
        refund = self.reverse(move)
        self.moves |= refund
        line = self.pick(refund.invoice_line_ids)
        (refund.invoice_line_ids - line).unlink()
        for credit in line.support_credit_ids:
            if credit.share_id.minutes > 0:
                credit.minutes = self.chance.randrange(0, credit.share_id.minutes + 1)
        line.quantity = sum(line.support_credit_ids.mapped("minutes")) / 60
        self.post(refund)

    def act_replace(self):
        """Reverse and Create Invoice."""
        move = self.pick_move("posted")
        if move:
            self.moves |= self.reverse(move, modify=True)

    def act_take_back(self):
        """Reset a posted credit note to draft."""
        self.pick_move("posted", "out_refund").button_draft()

    def test_every_hour_once_whatever_happens(self):
        for seed in range(6):
            with self.subTest(seed=seed):
                self.start(seed)
                for _step in range(STEPS):
                    self.act()
                    self.check()
                with self.env.cr.savepoint():
                    self.end()
                self.check()

    def run_both(self):
        """Let both companies invoice what they can; return the refusals."""
        refused = 0
        for company in self.company | self.other:
            try:
                self.run_invoicing("2026-02-28", company_id=company.id)
            except UserError:
                refused += 1
                self.env.invalidate_all()
        return refused

    def end(self):
        """Run twice: the second one has nothing more to do, and changes nothing."""
        self.run_both()

        def read():
            shares = self.env["helpdesk.hours.share"].search(
                [("ticket_id", "in", self.tickets.ids)], order="id"
            )
            return [
                (s.line_id.id, s.charge, s.minutes, s.settled, s.move_line_id.id)
                for s in shares
            ]

        before = sorted(read(), key=repr)
        with mute_logger("odoo.sql_db"):
            self.assertEqual(self.run_both(), 2)
        self.env.invalidate_all()
        self.assertEqual(sorted(read(), key=repr), before)
        with at("2026-03-01 10:00"):
            self.tickets._reallocate_hours()
        self.env.invalidate_all()
        again = sorted(read(), key=repr)
        self.assertEqual(
            [row for row in again if row[3]], [row for row in before if row[3]]
        )
