"""Timesheets reconcile to zero; contracts have a margin; hours are counted once."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_helpdesk_hours_dispute import DisputeCommon


class ReportCommon(DisputeCommon):
    def setUp(self):
        super().setUp()
        # A week in which nobody else works.
        self.contract.write({"date_start": "2026-01-01", "hour_price": 45})
        self.make_pack("2:00")
        self.ticket = self.make_ticket("10:00")
        self.billed = self.make_authorized_ticket("5:00")
        self.lines = (
            self.log(self.ticket, "2026-01-13 10:00", "1:30")
            | self.log(self.ticket, "2026-01-14 10:00", "1:00")  # 0:30 of it waits
            | self.log(self.billed, "2026-01-15 10:00", "0:20")  # and 0:40 more
        )

    def reconcile(self, user=None):
        wizard = self.env["helpdesk.hours.reconciliation"]
        return wizard.with_user(user or self.accountant).create(
            {"date_from": "2026-01-12", "date_to": "2026-01-16"}
        )

    def get_minutes(self, wizard, *names):
        self.env.invalidate_all()
        return tuple(round(wizard[name] * 60) for name in names)


@tagged("post_install", "-at_install")
class TestReconciliation(ReportCommon):
    NAMES = (
        "worked",
        "rounded",
        "accounted",
        "free",
        "pending",
        "difference",
        "wrong_count",
    )

    def test_difference_is_zero(self):
        """2:50 worked + 0:40 minimum = 3:00 accounted + 0:00 free + 0:30 unbilled."""
        sheet = self.reconcile()
        figures = self.get_minutes(sheet, *self.NAMES)
        self.assertEqual(figures, (170, 40, 180, 0, 30, 0, 0))
        worked, rounded, accounted, free, pending, difference, _count = figures
        self.assertEqual(worked + rounded, accounted + free + pending + difference)
        self.invoice()
        self.assertEqual(self.get_minutes(self.reconcile(), *self.NAMES), figures)

    def test_running_timer_is_unbilled(self):
        line = self.lines[0].copy({"is_running": True, "unit_amount": 0.5})
        line.write({"is_running": True, "unit_amount": 0.5})
        sheet = self.reconcile()
        figures = self.get_minutes(sheet, "worked", "pending", "difference")
        self.assertEqual(figures, (200, 60, 0))

    def test_corrupt_rows_are_found(self):
        """Behind the back of the model: 0:10 less here, 0:10 more there."""
        first, _second, billed = self.lines
        for line, change in ((first, -10), (billed, 10)):
            self.env.cr.execute(
                "UPDATE helpdesk_hours_share SET minutes = minutes + %s "
                "WHERE line_id = %s",
                [change, line.id],
            )
        sheet = self.reconcile()
        self.env.invalidate_all()
        self.assertEqual(self.get_minutes(sheet, "difference"), (0,))
        self.assertEqual(sheet.wrong_count, 2)
        action = sheet.action_show_differences()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.line_id, first | billed)
        self.assertEqual(
            [round(line.difference * 60) for line in found.sorted("date")], [10, -10]
        )
        self.env.cr.execute(
            "DELETE FROM helpdesk_hours_share WHERE line_id = %s", [first.id]
        )
        self.assertEqual(self.get_minutes(sheet, "difference"), (80,))
        sheet.action_charge_again()
        self.assertEqual(self.get_minutes(sheet, "difference", "wrong_count"), (0, 0))

    def test_drill_down(self):
        sheet = self.reconcile()
        action = sheet.action_show_lines()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found.line_id, self.lines)
        self.assertEqual(round(sum(found.mapped("worked")) * 60), 170)

    def test_who_may(self):
        for user in (self.agent, self.manager, self.portal_user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.reconcile(user)
        with self.assertRefused("ends before it starts"):
            self.env["helpdesk.hours.reconciliation"].create(
                {"date_from": "2026-02-01", "date_to": "2026-01-31"}
            )

    def test_other_company_is_left_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.accountant.company_ids += other
        sheet = self.reconcile()
        sheet.sudo().company_id = other
        self.assertEqual(self.get_minutes(sheet, "worked"), (0,))


@tagged("post_install", "-at_install")
class TestMarginAndAnalysis(ReportCommon):
    def get_margin(self):
        """Return (revenue, cost, margin) of the contract."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["helpdesk.hours.margin"].with_user(self.accountant)
        [(revenue, cost, margin)] = rows._read_group(
            [("contract_id", "=", self.contract.id)],
            [],
            ["revenue:sum", "cost:sum", "margin:sum"],
        )
        return tuple(round(value or 0, 2) for value in (revenue, cost, margin))

    def test_margin(self):
        """2:50 at 10.00 cost 28.33; 1:00 is billed at 45.00, then credited."""
        cost = -sum(self.lines.mapped("amount"))
        self.assertEqual(self.get_margin(), (0, cost, -cost))
        invoice = self.invoice()
        self.assertEqual(self.get_margin(), (45, cost, round(45 - cost, 2)))
        self.post(self.reverse(invoice))
        self.assertEqual(self.get_margin(), (0, cost, -cost))

    def test_packs_and_fees_are_revenue(self):
        self.sell_pack()
        self.assertEqual(self.get_margin()[0], 700)

    def test_analysis_counts_every_hour_once(self):
        """Freed and charged anew: the sum stays what is charged."""

        def count():
            self.env.flush_all()
            rows = self.env["helpdesk.hours.analysis"].with_user(self.agent)
            groups = rows._read_group(
                [("ticket_id", "in", (self.ticket | self.billed).ids)],
                ["charge"],
                ["hours:sum", "real_hours:sum"],
            )
            return {
                charge: (round(hours * 60), round(real * 60))
                for charge, hours, real in groups
            }

        expected = {"pack": (120, 120), "overage": (30, 30), "billable": (60, 20)}
        self.assertEqual(count(), expected)
        self.post(self.reverse(self.invoice()))
        # An invoice is overdue by now: the 0:30 that waited are not covered any more.
        expected["pending"] = expected.pop("overage")
        self.assertEqual(count(), expected)

    def test_who_may(self):
        for user in (self.agent, self.portal_user):
            with self.assertRaises(AccessError):
                self.env["helpdesk.hours.margin"].with_user(user).search([])
        for user in (self.accountant, self.manager):
            self.env["helpdesk.hours.margin"].with_user(user).search([], limit=1)
        with self.assertRaises(AccessError):
            self.env["helpdesk.hours.analysis"].with_user(self.portal_user).search([])
