"""Hours bought: from the purchase through the same day a year later (R-A6)."""

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestPack(BillingCommon):
    def test_expires_a_year_later(self):
        """Bought 1 March 2026: usable through 1 March 2027."""
        pack = self.make_pack("50:00", "2026-03-01")
        self.assertEqual(str(pack.date_to), "2027-03-01")
        leap = self.make_pack("50:00", "2028-02-29")
        self.assertEqual(str(leap.date_to), "2029-02-28")

    def test_first_and_last_day_in_the_customers_zone(self):
        self.contract.date_end = "2028-12-31"
        self.make_pack("50:00", "2026-03-01")
        ticket = self.make_ticket("2026-02-28 10:00")
        for started, charge in (
            ("2026-02-28 23:59", "overage"),
            ("2026-03-01 00:00", "pack"),
            ("2027-03-01 23:59", "pack"),
            ("2027-03-02 00:00", "overage"),
        ):
            line = self.log(
                ticket,
                started,
                "1:00",
                outside_request="agent",
                outside_note="The server was being moved",
            )
            self.assertCharged(line, **{charge: "1:00"})

    def test_days_on_which_clocks_change(self):
        """Santiago: 6 Sept 2026 begins at 01:00; 3 April 2027 has 23:00 twice (UTC)."""
        self.contract.write({"tz": "America/Santiago", "date_end": "2028-12-31"})
        ticket = self.make_ticket("2026-03-02 10:00")
        self.make_pack("50:00", "2026-09-06")  # through 6 September 2027
        for started, charge in (
            ("2026-09-06 03:59:00", "overage"),  # Saturday 23:59
            ("2026-09-06 04:00:00", "pack"),  # Sunday 01:00, its first minute
            ("2027-09-07 02:59:00", "pack"),  # Monday 23:59
            ("2027-09-07 03:00:00", "overage"),  # Tuesday 00:00
        ):
            self.assertChargedAt(ticket, started, charge)
        self.contract.pack_ids.share_ids.line_id.unlink()
        self.contract.pack_ids.unlink()
        self.make_pack("50:00", "2026-04-03")  # through 3 April 2027
        for started, charge in (
            ("2027-04-04 02:30:00", "pack"),  # 23:30
            ("2027-04-04 03:30:00", "pack"),  # 23:30 once more
            ("2027-04-04 04:00:00", "overage"),  # Sunday 00:00
        ):
            self.assertChargedAt(ticket, started, charge)

    def assertChargedAt(self, ticket, started, charge):
        """Assert how a minute from a UTC instant on is charged."""
        with self.subTest(started=started):
            line = self.log(
                ticket,
                "2026-04-01 10:00",
                "0:01",
                started_at=started,
                outside_request="agent",
                outside_note="The server was being moved",
            )
            self.assertCharged(line, **{charge: "0:01"})

    def test_runs_short_and_a_back_dated_entry_takes_the_rest(self):
        """50 h, 49:30 used, 1:15 → 0:30 + 0:45; then 0:30 of an earlier day."""
        pack = self.make_pack("50:00", "2026-03-01")
        ticket = self.make_ticket("2026-03-02 10:00")
        self.log(ticket, "2026-03-02 10:00", "49:30")
        self.assertEqual(pack.hours_left, 0.5)
        entry = self.log(ticket, "2026-03-10 10:00", "1:15")
        self.assertCharged(entry, pack="0:30", overage="0:45")
        back_dated = self.log(ticket, "2026-03-09 10:00", "0:30")
        self.assertCharged(back_dated, pack="0:30")
        self.assertCharged(entry, overage="1:15")
        self.assertEqual((pack.hours_used, pack.hours_left), (50, 0))

    def test_the_difference_shows_on_the_ticket(self):
        """A back-dated entry of another ticket and a correction; a new line is none."""
        self.make_pack("0:30", "2026-03-01")
        ticket = self.make_ticket("2026-03-02 10:00")
        known = ticket.message_ids
        entry = self.log(ticket, "2026-03-10 10:00", "1:15")
        self.assertEqual(ticket.message_ids, known)
        self.log(self.make_ticket("2026-03-02 10:00"), "2026-03-09 10:00", "0:30")
        [note] = ticket.message_ids - known
        self.assertIn(
            f"{self.agent.employee_id.name}: Overage 00:45, Pack 00:30 → Overage 01:15",
            note.body,
        )
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        with at("2026-03-11 10:00"):
            entry.unit_amount = 1
            self.env.flush_all()
        [second] = ticket.message_ids - known - note
        self.assertIn("Overage 01:15 → Overage 01:00", second.body)

    def test_settled_split_stays(self):
        """Once the run took it, a back-dated entry is overage."""
        self.contract.hour_price = 40
        self.make_pack("0:30", "2026-03-01")
        ticket = self.make_ticket("2026-03-02 10:00")
        entry = self.log(ticket, "2026-03-10 10:00", "1:15")
        self.run_invoicing("2026-03-31")
        back_dated = self.log(ticket, "2026-03-09 10:00", "0:30")
        self.assertCharged(entry, pack="0:30", overage="0:45")
        self.assertCharged(back_dated, overage="0:30")

    def test_all_tickets_of_the_contract_share_it(self):
        self.make_pack("1:00")
        first, second = self.make_ticket("10:00"), self.make_ticket("10:00")
        self.log(first, "2026-01-13 10:00", "1:00")
        self.assertCharged(first, pack="1:00")
        self.log(second, "2026-01-12 11:00", "0:40")
        self.assertCharged(second, pack="0:40")
        self.assertCharged(first, pack="0:20", overage="0:40")

    def test_oldest_expiry_first(self):
        extra = self.make_pack("1:00", "2026-01-05")
        plan = self.make_pack("1:00", "2026-01-01")
        self.log(self.make_ticket("10:00"), "10:30", "1:30")
        self.assertEqual((plan.hours_left, extra.hours_left), (0, 0.5))

    def test_bought_later_turns_overage_into_pack(self):
        """Overage that nobody invoiced yet goes to a pack that covers its day."""
        self.make_pack("0:30")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "1:30")
        self.assertCharged(ticket, pack="0:30", overage="1:00")
        self.make_pack("10:00", "2026-01-10")
        self.assertCharged(ticket, pack="1:30")

    def test_corrected_pack_is_charged_again(self):
        pack = self.make_pack("1:00")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "1:30")
        pack.hours = 2
        self.assertCharged(ticket, pack="1:30")
        pack.date_to = "2026-01-11"
        self.assertCharged(ticket, overage="1:30")

    def test_contract_shows_what_is_left(self):
        """Expired packs are not counted."""
        self.make_pack("10:00", "2026-03-01")
        self.make_pack("5:00", "2025-02-01")
        self.log(self.make_ticket("2026-03-02 10:00"), "2026-03-02 10:30", "1:30")
        with at("2026-03-03 10:00"):
            self.env.invalidate_all()
            self.assertEqual(self.contract.hours_left, 8.5)

    def test_cannot_expire_before_it_starts(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_pack("1:00", "2026-01-02", date_to="2026-01-01")

    def test_settled_pack_keeps_what_was_used(self):
        pack = self.make_pack("2:00")
        self.log(self.make_ticket("10:00"), "10:30", "1:00")
        self.run_invoicing("2026-01-31")
        with self.assertRefused("settled: make an adjustment"):
            pack.unlink()
        for values in (
            {"hours": 0.5},
            {"date_from": "2026-01-13"},
            {"date_to": "2026-01-11"},
        ):
            with self.subTest(values=values), self.assertRefused("are settled"):
                pack.write(values)
        pack.hours = 1
        self.assertEqual(pack.hours_left, 0)

    def test_pack_that_nothing_settled_used_can_be_deleted(self):
        pack = self.make_pack("2:00")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "1:00")
        pack.unlink()
        self.assertCharged(ticket, free="1:00")

    def test_adjustment(self):
        """A pack with a reason adds hours to another one, or takes them away."""
        pack = self.make_pack("2:00", name="Yearly hours")
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "3:00")
        more = self.make_pack("2:00", name="Goodwill", adjusts_id=pack.id)
        self.assertEqual((more.origin, more.hours_left), ("adjustment", 0))
        self.assertEqual((more.date_from, more.date_to), (pack.date_from, pack.date_to))
        self.assertCharged(ticket, pack="3:00")
        self.assertEqual(pack.hours_left, 1)
        less = self.make_pack("-3:00", name="Error", adjusts_id=pack.id)
        self.assertCharged(ticket, pack="1:00", overage="2:00")
        less.unlink()
        self.run_invoicing("2026-01-31")
        with self.assertRefused("3.00 hours of “Yearly hours” are settled"):
            self.make_pack("-2:00", name="Error", adjusts_id=pack.id)

    def test_negative_pack_adjusts_another(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make_pack("-1:00")
