"""R-A8: work outside attention hours is billed on the customer's word, on record."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .test_credit_notes import CreditCommon


class OutsideCommon(CreditCommon):
    def setUp(self):
        super().setUp()
        self.contract.hour_price = 45
        self.ticket = self.make_ticket("10:00")

    def allow(self, ticket=None, hours=2, **values):
        """Let the customer approve work out of hours; return the authorisation."""
        authorization = self.make_authorization(
            ticket or self.ticket, hours=hours, is_out_of_hours=True, **values
        )
        self.approve(authorization)
        return authorization

    def set_band(self, multiplier=1.5):
        plan = self.plan.copy({"policy_id": self.policy.id})
        plan.band_ids = [Command.create({"name": "Evening", "multiplier": multiplier})]
        with at("2026-01-05 10:00"):
            self.contract.plan_id = plan
            self.env.flush_all()

    def preview(self, **values):
        """Return the chip of a new line, Mon 18:00-19:00 unless said otherwise."""
        with (
            at("2026-01-13 10:00"),
            Form(self.ticket.with_user(self.agent)) as form,
            form.timesheet_ids.new() as line,
        ):
            line.name = "Correction"
            line.started_at = utc("18:00")
            line.unit_amount = 1
            for name, value in values.items():
                line[name] = value
            return line.charge_preview


@tagged("post_install", "-at_install")
class TestWhere(OutsideCommon):
    """Where attention hours (Mon-Fri 09:00-17:00, Guayaquil) end within a line."""

    def test_the_closing_second(self):
        """A minute that begins in hours is in hours; 17:00:00 is out of them."""
        for started, hours, expected in (
            ("2026-01-12 16:00:00", "1:00", {"free": "1:00"}),
            ("2026-01-12 16:00:00", "1:01", {"free": "1:00", "pending": "0:01"}),
            ("2026-01-13 16:59:59", "0:02", {"free": "0:01", "pending": "0:01"}),
            ("2026-01-14 17:00:00", "0:01", {"pending": "0:01"}),
            ("2026-01-15 08:59:59", "0:02", {"pending": "0:01", "free": "0:01"}),
            ("2026-01-16 09:00:00", "0:01", {"free": "0:01"}),
        ):
            with self.subTest(started=started, hours=hours):
                self.assertCharged(self.log(self.ticket, started, hours), **expected)

    def test_over_midnight_into_a_holiday(self):
        """Mon 16:30 to Tue 00:30, Tuesday is a holiday: 0:30 in hours, 7:30 out."""
        self.make_holiday("2026-01-13")
        line = self.log(self.ticket, "16:30", "8:00")
        self.assertCharged(line, free="0:30", pending="7:30")
        line = self.log(self.ticket, "2026-01-13 10:00", "1:00")
        self.assertCharged(line, pending="1:00")

    def test_daylight_saving(self):
        """Santiago leaves UTC-3 for UTC-4 on 4 April 2026: 17:00 is 20:00, then 21:00.

        20:30-21:30 UTC is out of hours on Thu 2 April, half of it on Mon 6 April.
        """
        zone = "America/Santiago"
        self.contract.calendar_id = self.make_calendar(9, 17, tz=zone)
        self.contract.tz = zone
        for day, expected in (
            ("2026-04-02", {"pending": "1:00"}),
            ("2026-04-06", {"free": "0:30", "pending": "0:30"}),
        ):
            line = self.log(self.ticket, f"{day} 15:30", "1:00")  # UTC-5
            self.assertEqual(str(line.started_at), f"{day} 20:30:00")
            self.assertCharged(line, **expected)

    def test_without_a_start_it_is_an_exception(self):
        """Not split, whoever asked: the run lists it and takes it not."""
        asked = self.request(self.ticket, "15:50")
        line = self.log(
            self.ticket, "16:00", "2:30", started_at=False, date="2026-01-12", **asked
        )
        self.assertCharged(line, free="2:30")
        self.assertEqual(line.share_ids.hold, "no_start")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")


@tagged("post_install", "-at_install")
class TestAsked(OutsideCommon):
    def test_the_last_message_before_the_work_is_proposed(self):
        """Asked at 15:00 and 15:50, worked from 16:00, thanked at 19:00."""
        for when in ("15:00", "15:50", "19:00"):
            asked = self.request(self.ticket, when)
        line = self.log(self.ticket, "16:00", "2:00", **asked)
        self.assertEqual(line.outside_message_id.date, utc("15:50"))
        self.assertIn("Andina, 01/12/2026 15:50", line.charge_reason)
        first = self.ticket.message_ids.filtered(lambda m: m.date == utc("15:00"))
        named = first.with_context(names_request=True, tz="America/Guayaquil")
        self.assertEqual(
            named.display_name,
            "01/12/2026 15:00 Contact of Comercial Andina: "
            "Could you look at it tonight?",
        )
        line.outside_message_id = first
        self.assertIn("Andina, 01/12/2026 15:00", line.charge_reason)
        line.outside_note = "until the stock is counted"
        self.assertIn("15:00, until the stock is counted", line.charge_reason)

    def test_the_report_itself_asks(self):
        """A ticket that the customer opened on the portal at night is a request."""
        with at("20:00"):
            ticket = (
                self.env["helpdesk.ticket"]
                .with_user(self.portal_user)
                .sudo()
                .create(self.prepare_ticket())
            )
        line = self.log(ticket, "20:15", "1:00", outside_request="customer")
        self.assertCharged(line, billable="1:00")
        self.assertIn("Andina, 01/12/2026 20:00", line.charge_reason)

    def test_an_emergency_of_the_customer_asks(self):
        """R-A12: what a contact escalates on the portal is on record."""
        ticket = self.make_ticket("2026-01-12 10:00", stars="3")
        with at("2026-01-12 20:00"):
            ticket.with_user(self.portal_user).sudo().escalate_by_customer(
                self.contact, "emergency", "The service is down"
            )
            self.env.flush_all()
        line = self.log(ticket, "20:15", "1:00", outside_request="customer")
        self.assertIn("Andina, 01/12/2026 20:00", line.charge_reason)

    def test_others_ask_for_nothing(self):
        """Neither our own words, nor another ticket's, nor another customer's."""
        with at("15:50"):
            self.ticket.with_user(self.agent).message_post(
                body="Shall we stay?", subtype_xmlid="mail.mt_comment"
            )
        other = self.make_ticket("10:00")
        self.request(other, "15:50")
        alien = other.message_ids.filtered(lambda m: m.message_type == "email")
        alien.ensure_one()
        refusal = "Nothing that the customer wrote on"
        with self.assertRefused(refusal):
            self.log(self.ticket, "18:00", "1:00", outside_request="customer")
        for message in (alien, self.ticket.message_ids[:1]):
            with self.assertRefused(refusal):
                self.log(
                    self.ticket,
                    "18:00",
                    "1:00",
                    outside_request="customer",
                    outside_message_id=message.id,
                )


@tagged("post_install", "-at_install")
class TestAuthorised(OutsideCommon):
    def test_billed_at_the_approved_price(self):
        """Mon 16:00-18:30, 2 h approved at 60: 1:00 covered, 1:30 at 60 is 90."""
        authorization = self.allow(price_unit=60)
        line = self.log(self.ticket, "16:00", "2:30", outside_request="authorized")
        self.assertEqual(line.outside_authorization_id, authorization)
        self.assertCharged(line, free="1:00", billable="1:30")
        reason = (
            "Outside attention hours, authorised by the customer: "
            f"{authorization.name}, Lucía Paredes"
        )
        self.assertIn(reason, line.charge_reason)
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.amount_untaxed, 90)
        self.assertEqual(move._get_support_annex()[0]["reason"], reason)
        self.assertEqual(authorization.hours_used, 1.5)

    def test_no_minimum_on_covered_work(self):
        """0:20 out of hours are 0:20: the hour is of what is not covered."""
        self.allow()
        line = self.log(self.ticket, "18:00", "0:20", outside_request="authorized")
        self.assertCharged(line, billable="0:20")
        self.assertEqual(line.accounted_hours, 20 / 60)

    def test_band_counts_within_the_approved_hours(self):
        """150 %, 2 h approved: 1:20 of 2:00 worked are 2:00, 0:40 wait; 90 at 45."""
        self.set_band()
        authorization = self.allow()
        line = self.log(self.ticket, "18:00", "2:00", outside_request="authorized")
        self.assertCharged(line, billable="1:20", pending="0:40")
        self.assertEqual(line.accounted_hours, 2)
        waiting = line.share_ids.filtered(lambda share: share.charge == "pending")
        self.assertEqual((waiting.waits, waiting.hold), ("unauthorized",) * 2)
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 90)
        self.assertEqual(authorization.hours_used, 2)
        more = self.allow(hours=1, price_unit=50)
        self.assertCharged(line, billable="2:00")
        self.assertEqual(self.run_invoicing("2026-02-28").amount_untaxed, 50)
        self.assertEqual(more.hours_used, 1)

    def test_each_kind_of_authorisation_has_its_own_hours(self):
        """Not covered in hours, and covered out of hours: neither takes the other's."""
        with self.assertRefused("has approved no authorisation"):
            self.approve(self.make_authorization(self.ticket))
            self.log(self.ticket, "18:00", "1:00", outside_request="authorized")
        ticket = self.make_billable_ticket()
        outside = self.allow(ticket, hours=9)
        self.assertFalse(ticket.authorized_hours)
        line = self.log(ticket, "14:00", "1:00")
        self.assertCharged(line, pending="1:00")
        self.assertEqual(outside.hours_used, 0)
        self.approve(self.make_authorization(ticket, hours=1))
        self.assertCharged(line, billable="1:00")

    def test_freed_and_billed_again(self):
        """A credit note frees them; the authorisation has its hours again."""
        authorization = self.allow()
        self.log(self.ticket, "18:00", "1:30", outside_request="authorized")
        move = self.invoice()
        self.post(self.reverse(move))
        self.assertEqual(self.get_live(self.ticket), (0, 90))
        again = self.run_invoicing("2026-02-28")
        self.assertEqual(again.amount_untaxed, move.amount_untaxed)
        self.assertEqual(authorization.hours_used, 1.5)

    def test_what_is_asked_says_what_for(self):
        """Fixed once it was sent; the customer reads it in the mail."""
        authorization = self.make_authorization(self.ticket, is_out_of_hours=True)
        with self.assertRefused("does not change"):
            authorization.is_out_of_hours = False
        body = authorization.message_ids.filtered("email_layout_xmlid").body
        self.assertIn("outside attention hours", " ".join(str(body).split()))


@tagged("post_install", "-at_install")
class TestChipOutOfHours(OutsideCommon):
    """What a line will be, before it is saved."""

    def test_chips(self):
        self.assertIn("say who asked", self.preview())
        decided = {"outside_request": "agent", "outside_note": "Server move"}
        self.assertEqual(self.preview(**decided), "out of hours: covered")
        self.request(self.ticket, "16:00")
        self.assertRegex(
            self.preview(outside_request="customer"), r"^out of hours .*45\.00/h$"
        )
        self.allow(price_unit=60)
        self.assertRegex(
            self.preview(outside_request="authorized"), r"^out of hours .*60\.00/h$"
        )
        self.assertIn(
            "out of hours: needs authorisation",
            self.preview(outside_request="authorized", unit_amount=3.0),
        )
        with self.assertRefused("Nothing that the customer wrote on"):
            self.ticket = self.make_ticket("10:00")
            self.preview(outside_request="customer")
