"""Once January is settled and closed, its 31st reads the same in February and June."""

import random
from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .test_helpdesk_hours_statement import StatementCommon

NAMES = ("opening", "granted", "adjusted", "credited", "used", "expired", "closing")


class LiabilityCommon(StatementCommon):
    def get_liability(self, day="2026-01-31", start="2026-01-01", when=None, **values):
        """Return {pack: the roll-forward in minutes and in money}."""
        with at(f"{when or day} 18:00"):
            wizard = (
                self.env["helpdesk.hours.liability"]
                .with_user(self.accountant)
                .create({"date_from": start, "date_to": day, **values})
            )
            wizard.action_show()
        self.env.invalidate_all()
        mine = wizard.line_ids.filtered(
            lambda line: line.contract_id.partner_id == self.customer
        )
        return {
            line.pack_id: (
                [round(line[name] * 60) for name in NAMES],
                [line[f"{name}_amount"] for name in NAMES],
            )
            for line in mine
        }


@tagged("post_install", "-at_install")
class TestLiability(LiabilityCommon):
    def setUp(self):
        super().setUp()
        with at("2026-01-01 10:00"):
            self.pack = self.make_pack("10:00", hour_value=40)
        self.ticket = self.make_ticket("10:00")
        self.line = self.log(self.ticket, "2026-01-13 10:00", "3:00")

    def close_january(self):
        self.run_invoicing("2026-01-31")
        return self.get_liability()

    def test_roll_forward_in_hours_and_money(self):
        """10:00 granted, 3:00 used at 40.00: 7:00 and 280.00 are owed."""
        hours, money = self.get_liability()[self.pack]
        self.assertEqual(hours, [0, 600, 0, 0, 180, 0, 420])
        self.assertEqual(money, [0, 400, 0, 0, 120, 0, 280])

    def test_late_and_backdated_lines(self):
        closed = self.close_january()
        self.log(self.ticket, "2026-01-20 10:00", "1:00")
        with at("2026-02-10 10:00"):
            self.log(self.ticket, "2026-01-05 10:00", "0:30")
        for when in ("2026-02-20", "2026-06-20"):
            self.assertEqual(self.get_liability(when=when), closed)
        hours, _money = self.get_liability("2026-02-28", "2026-02-01")[self.pack]
        self.assertEqual(hours, [420, 0, 0, 0, 90, 0, 330])
        self.run_invoicing("2026-02-28")
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)

    def test_corrected_line(self):
        """A correction below zero of 1:00 gives it back in February."""
        closed = self.close_january()
        self.env["account.analytic.line"].create(
            {
                "ticket_id": self.ticket.id,
                "name": "Correction",
                "date": "2026-01-14",
                "employee_id": self.agent.employee_id.id,
                "unit_amount": -1,
            }
        )
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)
        hours, _money = self.get_liability("2026-02-28", "2026-02-01")[self.pack]
        self.assertEqual(hours[-1], 420 + 60)

    def test_disputed_hours_that_a_run_left_out(self):
        """Held on 31 January, kept in March: used in February at the earliest."""
        dispute = self.dispute(self.line)
        self.log(self.ticket, "2026-01-15 10:00", "1:00")
        closed = self.close_january()
        self.assertEqual(closed[self.pack][0][-1], 540)
        self.resolve(dispute, "keep", "2026-03-02 10:00")
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)
        hours, _money = self.get_liability("2026-02-28", "2026-02-01")[self.pack]
        self.assertEqual(hours[-1], 360)

    def test_written_off_after_closing(self):
        closed = self.close_january()
        dispute = self.dispute(self.line, "2026-02-05 10:00")
        self.resolve(dispute, "write_off", "2026-02-06 10:00")
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)
        hours, _money = self.get_liability("2026-02-28", "2026-02-01")[self.pack]
        self.assertEqual(hours[-1], 600)

    def test_credit_note_reset_to_draft_after_closing(self):
        """Credited in February, closed, taken back in March; January and February
        read the same."""
        self.contract.write({"shows_covered_hours": True, "hour_price": 45})
        billed = self.make_authorized_ticket("5:00")
        self.log(billed, "2026-01-15 10:00", "2:00")
        invoice = self.invoice()
        january = self.get_liability()
        refund = self.reverse(invoice)
        self.post(refund)
        self.assertEqual(self.get_liability(when="2026-02-20"), january)
        self.run_quietly("2026-02-28")
        period = {"day": "2026-02-28", "start": "2026-02-01"}
        february = self.get_liability(**period)
        with at("2026-03-05 10:00"):
            try:
                with self.env.cr.savepoint():
                    refund.with_user(self.accountant).button_draft()
                    self.env.flush_all()
            except UserError:
                self.env.invalidate_all()  # billed again meanwhile
        self.assertEqual(self.get_liability(when="2026-06-20"), january)
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), february)

    def test_refund_taken_back_in_an_open_period_keeps_the_closed_one(self):
        """Only pack hours are freed, nothing is billed again: it is taken back."""
        self.contract.write({"shows_covered_hours": True, "hour_price": 45})
        billed = self.make_authorized_ticket("5:00")
        self.log(billed, "2026-01-15 10:00", "2:00")
        invoice = self.invoice()
        refund = self.reverse(invoice)
        self.post(refund)
        self.env["helpdesk.hours.run"].create(
            {"company_id": self.company.id, "date_to": "2026-02-28"}
        )
        period = {"day": "2026-02-28", "start": "2026-01-01"}
        before = self.get_liability(**period)
        with at("2026-03-05 10:00"):
            refund.with_user(self.accountant).button_draft()
            self.env.flush_all()
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), before)
        self.assertEqual(self.get_live(billed), (120, 0))
        self.post(refund, "2026-03-06 10:00")
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), before)
        self.assertEqual(self.get_live(billed), (0, 120))

    def run_quietly(self, date_to):
        try:
            with self.env.cr.savepoint():
                return self.run_invoicing(date_to)
        except UserError:
            self.env.invalidate_all()
            return self.env["account.move"]

    def test_packs_that_come_or_change_later(self):
        """A back-dated pack and adjustments count from the first open day."""
        closed = self.close_january()
        with at("2026-03-10 10:00"):
            other = self.make_pack("5:00", "2026-01-01")
            self.pack.create(
                {
                    "name": "Goodwill",
                    "contract_id": self.contract.id,
                    "adjusts_id": self.pack.id,
                    "hours": 2,
                }
            )
            self.pack.hours = 12
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)
        march = self.get_liability("2026-03-31", "2026-02-01")
        self.assertEqual(march[self.pack][0][-1], 420 + 120 + 120)
        self.assertEqual(march[other][0][-1], 300)
        for values in (
            {"date_from": "2025-12-01"},
            {"hour_value": 50},
            {"date_to": "2026-01-20"},
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.pack.write(values)
        self.env["helpdesk.hours.run"].create(
            {"company_id": self.company.id, "date_to": "2026-03-31"}
        )
        with self.assertRefused("closed period"):
            other.unlink()  # nothing of it is used
        self.pack.date_to = "2027-06-30"  # it has not expired: it may last longer
        self.assertEqual(self.get_liability(when="2026-06-20"), closed)

    def test_invoice_of_a_pack_reset_after_closing(self):
        """The hours leave in March; February's end still has them."""
        move = self.sell_pack()
        pack = self.contract.pack_ids.filtered("move_line_id")
        self.assertEqual(pack.hour_value, 35)
        period = {"day": "2026-02-28", "start": "2026-02-01"}
        self.run_quietly("2026-02-28")
        closed = self.get_liability(**period)
        self.assertEqual(closed[pack][1][-1], 700)
        with at("2026-03-05 10:00"):
            move.button_draft()
            self.env.flush_all()
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), closed)
        march = self.get_liability("2026-03-31", "2026-03-01")
        self.assertEqual(march[pack][0][-1], 0)

    def test_pack_credited_after_closing(self):
        """Sold and closed in February, credited in March: February's end has it."""
        move = self.sell_pack()
        pack = self.contract.pack_ids.filtered("move_line_id")
        self.run_quietly("2026-02-28")
        period = {"day": "2026-02-28", "start": "2026-02-01"}
        closed = self.get_liability(**period)
        self.assertEqual(closed[pack], ([0, 1200, 0, 0, 0, 0, 1200], closed[pack][1]))
        refund = self.reverse(move, "2026-03-05 10:00")
        self.post(refund, "2026-03-05 11:00")
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), closed)
        march = self.get_liability("2026-03-31", "2026-03-01")
        self.assertEqual(march[pack][0], [1200, 0, 0, -1200, 0, 0, 0])
        self.assertEqual(march[pack][1], [700, 0, 0, -700, 0, 0, 0])

    def test_hours_that_expired_stay_so_on_another_plan(self):
        """Expired on 20 February, closed in March, upgraded in April: expired."""
        self.contract.date_end = "2027-12-31"
        self.pack.date_to = "2026-02-20"
        upgrade = self.plan.copy({"roll_over": "all"})
        period = {"day": "2026-02-28", "start": "2026-02-01"}
        self.close_january()
        self.env["helpdesk.hours.run"].create(
            {"company_id": self.company.id, "date_to": "2026-02-28"}
        )
        closed = self.get_liability(**period)
        self.assertEqual(closed[self.pack][0][-1], 0)
        later = self.make_pack("5:00", "2026-03-01", hour_value=40)
        with at("2026-04-01 10:00"):
            self.contract.with_context(plan_change=True).plan_id = upgrade
            self.env.flush_all()
        self.assertEqual(self.get_liability(**period, when="2026-06-20"), closed)
        self.assertEqual((self.pack.roll_over, later.roll_over), ("none", "all"))
        self.assertEqual(str(later._get_last_day()), "2028-03-01")

    def test_lock_date_closes_too(self):
        before = self.get_liability()
        self.company.fiscalyear_lock_date = "2026-01-31"
        self.log(self.ticket, "2026-01-20 10:00", "1:00")
        self.ticket._reallocate_hours()
        after = self.get_liability(when="2026-06-20")
        self.assertEqual(after[self.pack][0][1], before[self.pack][0][1])
        hours, _money = self.get_liability("2026-02-28", "2026-02-01")[self.pack]
        self.assertEqual(hours[-1], 360)

    def test_only_accountants_see_it(self):
        wizard = self.env["helpdesk.hours.liability"]
        for user in (self.agent, self.manager, self.portal_user):
            with self.assertRaises(AccessError):
                wizard.with_user(user).create({})
        with self.assertRefused("ends before it starts"):
            wizard.create({"date_from": "2026-02-01", "date_to": "2026-01-31"})

    def test_queries_do_not_grow_with_packs(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            packs = self.pack.browse(self.contract.pack_ids.ids)
            before = self.env.cr.sql_log_count
            packs._get_ledger()
            return self.env.cr.sql_log_count - before

        few = count()
        for _number in range(5):
            self.make_pack("1:00", "2026-01-05")
        self.log(self.ticket, "2026-01-15 10:00", "1:00")
        self.assertLessEqual(count(), few)


@tagged("post_install", "-at_install")
class TestAnyLiability(LiabilityCommon):
    """Random packs, lines, edits, disputes, runs, deletions and credit notes."""

    def act(self, chance, ticket, billed, moves):
        kind = chance.choice(
            ["log", "log", "log", "pack", "adjust", "dispute", "cancel", "credit"]
        )
        month = chance.choice(["01", "02", "03"])
        day = f"2026-{month}-{chance.randrange(5, 10):02}"
        moves = moves.exists()
        if kind == "log":
            target = chance.choice([ticket, billed])
            hours = f"{chance.randrange(0, 3)}:{chance.randrange(1, 60):02}"
            self.log(target, f"{day} {chance.randrange(10, 13)}:00", hours)
        elif kind == "pack":
            hours = f"{chance.randrange(1, 6)}:00"
            self.make_pack(hours, f"2026-{month}-01", hour_value=40)
        elif kind == "adjust":
            self.contract.pack_ids.create(
                {
                    "name": "Adjustment",
                    "contract_id": self.contract.id,
                    "adjusts_id": self.contract.pack_ids[:1].id,
                    "hours": chance.choice([1, 2, 3]),
                }
            )
        elif kind == "dispute" and ticket.timesheet_ids:
            dispute = self.dispute(chance.choice(ticket.timesheet_ids), f"{day} 10:00")
            how = chance.choice(["keep", "write_off"])
            self.resolve(dispute, how, "2026-03-20 10:00")
        elif kind == "cancel":
            for move in moves.filtered(lambda m: m.state == "draft")[:1]:
                if chance.random() < 0.5:
                    move.unlink()
                else:
                    move.button_cancel()
        elif kind == "credit":
            for move in moves.filtered(lambda m: m.state == "draft")[:1]:
                self.post(move, f"{day} 12:00")
                refund = self.reverse(move, f"{day} 13:00")
                self.post(refund, f"{day} 14:00")

    def test_closed_days_read_the_same(self):
        """Whatever happens after it, and the balance is never below zero."""
        for seed in range(3):
            chance = random.Random(seed)
            self.contract.write(
                {
                    "hour_price": 45,
                    "has_overage_consent": True,
                    "shows_covered_hours": True,
                }
            )
            if not self.contract.pack_ids:
                self.make_pack("6:00", hour_value=40)
            ticket, billed = self.make_ticket("10:00"), self.make_authorized_ticket()
            moves, closed = self.env["account.move"], {}
            for last in (date(2026, 1, 31), date(2026, 2, 28)):
                for _step in range(5):
                    with at(f"{last} 15:00"):
                        self.act(chance, ticket, billed, moves)
                    self.check(closed)
                try:
                    with self.env.cr.savepoint():
                        moves |= self.run_invoicing(str(last))
                except UserError:
                    self.env.invalidate_all()
                run = [("company_id", "=", self.company.id), ("date_to", ">=", last)]
                if self.env["helpdesk.hours.run"].search(run):
                    closed[last] = self.get_liability(str(last), when="2026-03-01")
            for _step in range(4):
                with at("2026-03-15 15:00"):
                    self.act(chance, ticket, billed, moves)
                self.check(closed)

    def check(self, closed):
        for last, expected in closed.items():
            got = self.get_liability(str(last), when="2026-06-01")
            self.assertEqual(got, expected)
            for hours, _money in got.values():
                self.assertGreaterEqual(hours[-1], 0)
