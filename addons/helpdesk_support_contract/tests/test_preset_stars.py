"""Policy A, stars: an Odoo consultancy (R-A1 to R-A5, R-A12, R-A15).

Mon-Fri 09:00-17:00 America/Guayaquil (UTC-5): a working day has 8 hours. Times are
local; 5, 12, 19 and 26 January 2026 are Mondays.
"""

from odoo.tests import tagged

from .preset_common import PresetCommon


@tagged("post_install", "-at_install")
class TestStars(PresetCommon):
    preset = "stars"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract("priority")
        always, cls.always_user = cls.make_customer("Siempre", "siempre")
        cls.make_preset_contract(
            "always", always, contacts=[cls.always_user.partner_id]
        )

    def test_the_board_of_policy_a(self):
        """R-A3: the stages that the policy names, and what they do to the clocks."""
        ticket = self.make_ticket("2026-01-12 09:00", "3")
        for when, stage, response, solution in (
            ("09:10", "assigned", "met", None),
            ("09:20", "in_progress", "met", "running"),
            ("09:50", "awaiting", "met", "paused"),
            ("10:20", "in_progress", "met", "running"),
            ("10:40", "closing", "met", "met"),
            ("10:50", "done", "met", "met"),
        ):
            self.move(ticket, f"2026-01-12 {when}", stage)
            self.assertTimer(ticket, "response", response)
            if solution:
                self.assertTimer(ticket, "solution", solution)
        self.assertTimer(ticket, "solution", "met", elapsed="0:50")
        self.assertEqual(round(ticket.total_hours * 60), 60)  # 10 + 50 min

    def test_24_7_is_always_open(self):
        """R-A4, R-A5: Sat 10 Jan 11:00, 3 stars: 8/5 Mon 09:30, 24/7 Sat 11:30."""
        ticket = self.make_ticket("2026-01-10 11:00", "3")
        self.assertDue(ticket, "response", "2026-01-12 09:30")
        partner = self.always_user.partner_id
        ticket = self.make_ticket("2026-01-10 11:00", "3", partner_id=partner.id)
        self.assertDue(ticket, "response", "2026-01-10 11:30")

    def test_january(self):
        """R-A2, R-A4: a month of tickets; Fri 2 Jan 2026 is closed by hand."""
        self.make_holiday("2026-01-02")
        month = [
            # received, stars, response due, assigned, in progress, solution due
            # 30 min; 4 h from 10:00.
            (
                "2026-01-05 09:15",
                "3",
                "2026-01-05 09:45",
                "2026-01-05 09:30",
                "2026-01-05 10:00",
                "2026-01-05 14:00",
            ),
            # Thu 16:50: 10 min; Friday closed; Mon 20 min. 4 h from Mon 15:00: 2 h
            # on Monday, 2 h on Tuesday.
            (
                "2026-01-01 16:50",
                "3",
                "2026-01-05 09:20",
                "2026-01-05 09:20",
                "2026-01-05 15:00",
                "2026-01-06 11:00",
            ),
            # Saturday waits for Monday.
            (
                "2026-01-10 11:00",
                "3",
                "2026-01-12 09:30",
                "2026-01-12 09:10",
                "2026-01-12 09:30",
                "2026-01-12 13:30",
            ),
            # 1 h: Wed 16:30-17:00, Thu 09:00-09:30. 24 h from Thu 10:00: Thu 7,
            # Fri 8 = 15, Mon 8 = 23, Tue 1.
            (
                "2026-01-07 16:30",
                "2",
                "2026-01-08 09:30",
                "2026-01-08 09:30",
                "2026-01-08 10:00",
                "2026-01-13 10:00",
            ),
            # 1 h; 24 h from Mon 09:00 are three days: the close of Wednesday.
            (
                "2026-01-12 08:00",
                "2",
                "2026-01-12 10:00",
                "2026-01-12 09:00",
                "2026-01-12 09:00",
                "2026-01-14 17:00",
            ),
            # 4 h: Tue 15:00-17:00, Wed 09:00-11:00. 48 h from Wed 11:00: Wed 6,
            # Thu 8 = 14, Fri 22, Mon 30, Tue 38, Wed 46, Thu 2.
            (
                "2026-01-13 15:00",
                "1",
                "2026-01-14 11:00",
                "2026-01-14 10:00",
                "2026-01-14 11:00",
                "2026-01-22 11:00",
            ),
            # 4 h on Friday; 48 h from Mon 09:00 are six days: Mon 26.
            (
                "2026-01-16 10:00",
                "1",
                "2026-01-16 14:00",
                "2026-01-16 12:00",
                "2026-01-19 09:00",
                "2026-01-26 17:00",
            ),
            # 8 h: Mon 13:00-17:00, Tue 09:00-13:00. 72 h from Tue 13:00: Tue 4,
            # Wed 12, Thu 20, Fri 28, Mon 36, Tue 44, Wed 52, Thu 60, Fri 68, Mon 4.
            (
                "2026-01-19 13:00",
                "0",
                "2026-01-20 13:00",
                "2026-01-20 09:00",
                "2026-01-20 13:00",
                "2026-02-02 13:00",
            ),
            # 8 h: the whole of Thursday.
            (
                "2026-01-22 07:00",
                "0",
                "2026-01-22 17:00",
                "2026-01-22 16:00",
                "2026-01-22 17:00",
                "2026-02-04 17:00",
            ),
            # 30 min at closing time: nothing of Friday is left.
            (
                "2026-01-23 17:00",
                "3",
                "2026-01-26 09:30",
                "2026-01-26 09:00",
                "2026-01-26 09:00",
                "2026-01-26 13:00",
            ),
            # 1 h: Fri 16:15-17:00, Mon 09:00-09:15; 24 h from Mon 12:00: Mon 5,
            # Tue 13, Wed 21, Thu 3.
            (
                "2026-01-30 16:15",
                "2",
                "2026-02-02 09:15",
                "2026-02-02 09:15",
                "2026-02-02 12:00",
                "2026-02-05 12:00",
            ),
        ]
        for received, stars, response_due, assigned, started, solution_due in month:
            with self.subTest(received=received, stars=stars):
                ticket = self.make_ticket(received, stars)
                self.assertDue(ticket, "response", response_due)
                self.move(ticket, assigned, "assigned")
                self.assertTimer(ticket, "response", "met")
                self.assertNoTimer(ticket, "solution")
                self.move(ticket, started, "in_progress")
                self.assertDue(ticket, "solution", solution_due)
                self.move(ticket, solution_due, "closing")
                self.assertTimer(ticket, "solution", "met")

        # R-A2: a development task: estimated within 5 business days of the move,
        # Wed 14 Jan 10:00: Thu, Fri, Mon, Tue, Wed 21 at closing time.
        task = self.make_ticket("2026-01-13 10:00", "0")
        self.move(task, "2026-01-14 10:00", "development")
        self.assertDue(task, "estimate", "2026-01-21 17:00")
        for metric in ("response", "solution"):
            self.assertNoTimer(task, metric)
