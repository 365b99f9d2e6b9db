"""Corrections, dates, customers: no hour is lost, or charged to somebody else."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import BillingCommon
from .test_credit_notes import CreditCommon
from .test_helpdesk_support_fee import FeeCommon


@tagged("post_install", "-at_install")
class TestCorrections(CreditCommon):
    def test_packs_get_back_what_they_gave(self):
        """5:00 of 10:00 used; -1:00 and -9:00: 5:00 come back, 5:00 wait."""
        pack = self.make_pack("10:00")
        ticket = self.make_ticket("2026-01-12 10:00")
        self.log(ticket, "2026-01-13 10:00", "5:00")
        self.run_invoicing("2026-01-31")
        self.log(ticket, "2026-02-03 10:00", "-1:00")
        self.log(ticket, "2026-02-04 10:00", "-9:00")
        self.env.invalidate_all()
        self.assertEqual((pack.hours_used, pack.hours_left), (0, 10))
        self.assertCharged(ticket, pending="-5:00")

    def test_nobody_gets_back_more_than_was_billed(self):
        """5:00 billed, -9:00 logged: 225.00 at most go back, -4:00 wait."""
        ticket = self.make_authorized_ticket("6:00")
        self.log(ticket, "2026-01-13 10:00", "5:00")
        self.invoice()
        self.log(ticket, "2026-02-03 10:00", "-9:00")
        self.assertCharged(ticket, pending="-4:00")
        held = ticket.share_ids.filtered("waits")
        self.assertEqual(held.waits, "correction")

    def test_rounding_follows(self):
        """0:40 counted as 0:45; -0:10: 0:30 are due, and 0:30 are charged."""
        terms = {"rounding_minutes": 15, "rounding_scope": "ticket"}
        self.contract.plan_id = self.plan.copy(terms)
        pack = self.make_pack("10:00")
        ticket = self.make_ticket("2026-01-12 10:00")
        self.log(ticket, "2026-01-13 10:00", "0:40")
        self.run_invoicing("2026-01-31")
        self.assertEqual(pack.hours_left, 9.25)
        self.log(ticket, "2026-02-03 10:00", "-0:10")
        self.env.invalidate_all()
        self.assertEqual(pack.hours_left, 9.5)


@tagged("post_install", "-at_install")
class TestDates(BillingCommon):
    def test_another_date_moves_the_start(self):
        """Worked on 31 Jan at 10:00, corrected to 1 Feb: of February, once."""
        ticket = self.make_authorized_ticket()
        line = self.log(ticket, "2026-01-31 10:00", "2:00")
        line.with_user(self.agent).date = "2026-02-01"
        self.assertEqual(line.started_at, utc("2026-02-01 10:00"))
        self.assertEqual(str(line.share_ids.work_date), "2026-02-01")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")
        self.assertEqual(self.run_invoicing("2026-02-28").amount_untaxed, 90)

    def test_many_lines_at_once(self):
        """Lines of two tickets and one of no ticket: each keeps its time of day."""
        lines = self.env["account.analytic.line"]
        for hour in ("09:00", "15:30"):
            ticket = self.make_authorized_ticket()
            lines |= self.log(ticket, f"2026-01-30 {hour}", "1:00")
        project = lines.project_id[:1]
        alone = lines.create(
            {
                "name": "Course",
                "project_id": project.id,
                "employee_id": lines.employee_id[:1].id,
            }
        )
        (lines | alone).write({"date": "2026-01-31"})
        self.assertEqual(
            lines.mapped("started_at"),
            [utc("2026-01-31 09:00"), utc("2026-01-31 15:30")],
        )
        self.assertFalse(alone.started_at)

    def test_run_loses_nothing_of_others(self):
        """A run until January charges one customer; February's line stays open."""
        first = self.make_authorized_ticket()
        self.log(first, "2026-01-13 10:00", "2:00")
        second = self.make_authorized_ticket()
        self.log(second, "2026-01-31 23:30", "2:00").date = "2026-02-01"
        self.run_invoicing("2026-01-31")
        self.assertCharged(second, billable="2:00")
        self.assertEqual(self.run_invoicing("2026-02-28").amount_untaxed, 90)

    def test_no_run_until_a_day_to_come(self):
        wizard = self.env["helpdesk.hours.invoicing"].with_user(self.accountant)
        with at("2026-02-01 12:00"):
            wizard = wizard.create({"date_from": "2026-02-01", "date_to": "2026-02-02"})
            with self.assertRefused("still to come"):
                wizard.action_create_invoices()


@tagged("post_install", "-at_install")
class TestOwners(BillingCommon):
    def test_signed_contract_keeps_its_customer(self):
        other = self.env["res.partner"].create({"name": "Otra", "is_company": True})
        with self.assertRefused("is signed with"):
            self.contract.with_user(self.manager).partner_id = other

    def test_contract_of_another_customer(self):
        """Refused on a ticket; a subsidiary may use the contract of its parent."""
        stranger = self.env["res.partner"].create({"name": "Otra", "is_company": True})
        branch = self.env["res.partner"].create(
            {"name": "Sucursal", "is_company": True, "parent_id": self.customer.id}
        )
        ticket = self.make_ticket("2026-01-12 10:00", partner_id=stranger.id)
        with self.assertRefused("is a contract of", ValidationError):
            ticket.with_user(self.agent).contract_id = self.contract
        ticket = self.make_ticket("2026-01-12 10:00", partner_id=branch.id)
        ticket.with_user(self.agent).contract_id = self.contract
        self.assertEqual(ticket.contract_id, self.contract)

    def test_settled_hours_stay_in_their_company(self):
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "2:00")
        self.run_invoicing("2026-01-31")
        other = self.env["res.company"].create({"name": "Second"})
        with self.assertRefused("are settled in"):
            ticket.company_id = other

    def test_settled_hours_stay_with_their_customer(self):
        """Pack hours, so no authorisation holds the ticket: A keeps its hour."""
        self.make_pack("10:00")
        ticket = self.make_ticket("2026-01-12 10:00")
        self.log(ticket, "2026-01-13 10:00", "1:00")
        other = self.env["res.partner"].create({"name": "Otra", "is_company": True})
        self.run_invoicing("2026-01-31")
        with self.assertRefused("are settled with"):
            ticket.with_user(self.agent).partner_id = other
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": self.customer.id}
        )
        ticket.with_user(self.agent).partner_id = colleague
        self.assertEqual(ticket.partner_id, colleague)

    def test_hours_on_a_ticket_that_one_may_not_read(self):
        """Who has timesheets only logs no hours on customers' tickets."""
        user = self.make_user("timesheets", "hr_timesheet.group_hr_timesheet_user")
        self.env["hr.employee"].create({"name": "T", "user_id": user.id})
        ticket = self.make_authorized_ticket()
        with self.assertRaises(AccessError):
            self.log(ticket, "2026-01-13 10:00", "2:00", user=user)


@tagged("post_install", "-at_install")
class TestOpenFee(FeeCommon):
    def test_covered_hours_wait_for_the_fee(self):
        """2:00 before the fee is invoiced: no run settles them; then of its pack."""
        paid = self.make_paid()
        self.assertEqual(paid.plan_id.fee_invoicing, "button")
        ticket = self.make_ticket("2026-03-02 08:00", partner_id=paid.partner_id.id)
        self.log(ticket, "2026-03-02 09:00", "2:00")
        self.assertCharged(ticket, free="2:00")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-03-31")
        self.assertEqual(ticket.share_ids._get_hold(), "awaits_pack")
        self.post(self.make_fee_invoice(paid))
        self.assertCharged(ticket, pack="2:00")

    def test_hours_given_by_hand_stand_for_it(self):
        paid = self.make_paid()
        self.make_pack("1:00", paid.date_start, contract_id=paid.id)
        ticket = self.make_ticket("2026-03-02 08:00", partner_id=paid.partner_id.id)
        self.log(ticket, "2026-03-02 09:00", "2:00")
        self.assertCharged(ticket, pack="1:00", overage="1:00")


@tagged("post_install", "-at_install")
class TestMargin(CreditCommon):
    def get_revenue(self):
        self.env.flush_all()
        rows = self.env["helpdesk.hours.margin"].search(
            [("contract_id", "=", self.contract.id), ("source", "!=", "cost")]
        )
        return sum(rows.mapped("revenue"))

    def test_credited_pack_brings_nothing(self):
        move = self.sell_pack()
        self.assertEqual(self.get_revenue(), 700)
        self.post(self.reverse(move))
        self.assertEqual(self.get_revenue(), 0)


@tagged("post_install", "-at_install")
class TestPlanChange(BillingCommon):
    def test_work_has_the_price_of_its_plan(self):
        """1:10 in January at 40.00, the plan of 70.00 from 1 February: 46.67."""
        first = self.plan.copy({"hour_price": 40})
        second = self.plan.copy(
            {"hour_price": 70, "rounding_minutes": 60, "rounding_scope": "ticket"}
        )
        self.contract.write({"plan_id": first.id, "hour_price": 0})
        ticket = self.make_ticket("2026-01-14 10:00")
        asked = self.request(ticket, "2026-01-14 15:50")
        self.log(ticket, "2026-01-14 20:00", "1:10", **asked)
        change = self.env["helpdesk.support.plan.change"]
        with at("2026-02-01 08:00"):
            change.create(
                {
                    "contract_id": self.contract.id,
                    "old_plan_id": first.id,
                    "plan_id": second.id,
                    "at": utc("2026-02-01 00:00"),
                }
            )._apply()
            ticket._reallocate_hours()
            self.env.flush_all()
        self.assertEqual(self.contract.plan_id, second)
        self.assertEqual(self.run_invoicing("2026-02-28").amount_untaxed, 46.67)


@tagged("post_install", "-at_install")
class TestMinimumThatWaits(BillingCommon):
    def test_it_is_taken_off_with_its_work(self):
        """0:20 billed as 1:00; 0:30 more waits for approval, and -0:30 with it."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "0:20")
        self.run_invoicing("2026-01-31")
        self.set_terms(ticket.sla_policy_id, hours_approval="billed")
        self.log(ticket, "2026-02-03 10:00", "0:30")
        open_shares = ticket.share_ids.filtered(lambda share: not share.settled)
        self.assertEqual(sorted(open_shares.mapped("minutes")), [-30, 30])
        holds = {share._get_hold() for share in open_shares}
        self.assertEqual(holds, {"not_approved"})
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")


@tagged("post_install", "-at_install")
class TestCappedPack(BillingCommon):
    def test_hours_left_know_the_cap(self):
        """10:00 to 1 Mar, at most 3:00 roll over: 4:00 before, 3:00 after: 0:00."""
        plan = self.plan.copy({"roll_over": "capped", "roll_over_hours": 3})
        self.contract.plan_id = plan
        pack = self.make_pack("10:00", "2025-03-01")
        ticket = self.make_ticket("2026-02-02 10:00")
        self.log(ticket, "2026-02-03 10:00", "4:00")
        with at("2026-03-01 12:00"):
            self.env.invalidate_all()
            self.assertEqual(pack.hours_left, 6)
        with at("2026-03-02 08:00"):
            self.env.invalidate_all()
            self.assertEqual(pack.hours_left, 3)
        self.log(ticket, "2026-03-02 10:00", "3:00")
        with at("2026-03-02 15:00"):
            self.env.invalidate_all()
            self.assertEqual((pack.hours_used, pack.hours_left), (7, 0))
