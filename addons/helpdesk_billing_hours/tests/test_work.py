"""Hours on tickets: timer, chip, out of hours, work types, fees (R-A5, R-A8, R-A12)."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc
from odoo.addons.helpdesk_warranty.tests.common import SIGNATURE

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestTimer(BillingCommon):
    def start(self, ticket, when, user=None):
        with at(when):
            ticket.with_user(user or self.agent).action_start_timer()
            self.env.flush_all()
        self.env.invalidate_all()

    def stop(self, ticket, when, user=None):
        with at(when):
            ticket.with_user(user or self.agent).action_stop_timer()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_started_minute_counts(self):
        """From 10:00:00 to 10:29:01 are 30 minutes."""
        ticket = self.make_ticket("10:00")
        self.start(ticket, "10:00:00")
        self.assertTrue(ticket.with_user(self.agent).is_timer_running)
        self.assertFalse(ticket.with_user(self.manager).is_timer_running)
        self.assertFalse(ticket.share_ids)
        self.stop(ticket, "10:29:01")
        line = ticket.timesheet_ids
        self.assertEqual((line.unit_amount, line.is_running), (0.5, False))
        self.assertEqual(line.started_at, utc("10:00"))
        self.assertCharged(ticket, free="0:30")

    def test_one_timer_a_person(self):
        """Starting on another ticket stops the first; colleagues have their own."""
        first, second = self.make_ticket("10:00"), self.make_ticket("10:00")
        self.start(first, "10:00")
        self.start(second, "10:20")
        self.start(second, "10:25", self.manager)
        self.assertFalse(first.timesheet_ids.is_running)
        self.assertEqual(first.timesheet_ids._get_minutes(), 20)
        self.assertEqual(second.timesheet_ids.mapped("is_running"), [True, True])
        self.stop(second, "10:30", self.manager)
        self.assertTrue(second.with_user(self.agent).is_timer_running)

    def test_stop_without_a_start(self):
        with self.assertRefused("does not run on this ticket"):
            self.make_ticket("10:00").with_user(self.agent).action_stop_timer()

    def test_user_without_an_employee_is_told(self):
        user = self.make_user("no-employee", "helpdesk_mgmt.group_helpdesk_user")
        with self.assertRefused("You are not an employee yet"):
            self.make_ticket("10:00").with_user(user).action_start_timer()

    def test_running_timer_is_an_exception_of_the_run(self):
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.start(ticket, "2026-01-13 12:00")
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create({})
            self.assertEqual(wizard.running_ids.ticket_id, ticket)
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.invoice_line_ids.quantity, 1)


@tagged("post_install", "-at_install")
class TestOutside(BillingCommon):
    """R-A8: outside attention hours (Mon-Fri 09:00-17:00)."""

    def test_asked_for_by_the_customer(self):
        """Mon 16:00-18:30: 1:00 covered, 1:30 out of hours and billable."""
        self.contract.hour_price = 45
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "16:00", "2:30", **self.request(ticket, "15:50"))
        self.assertCharged(line, free="1:00", billable="1:30")
        self.assertEqual(
            line.charge_reason.split(", ", 1)[1],
            "Outside attention hours, asked for by the customer: "
            "Contact of Comercial Andina, 01/12/2026 15:50",
        )
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.invoice_line_ids.quantity, 1.5)
        self.assertEqual(move.amount_untaxed, 67.5)
        rows = move._get_support_annex()
        self.assertEqual([row["start"] for row in rows], ["17:00"])
        self.assertIn("Andina, 01/12/2026 15:50", rows[0]["reason"])

    def test_agent_decided(self):
        ticket = self.make_ticket("10:00")
        line = self.log(
            ticket, "16:00", "2:30", outside_request="agent", outside_note="Server move"
        )
        self.assertCharged(line, free="2:30")
        self.assertIn("Server move", line.charge_reason)

    def test_not_said(self):
        """What nobody asked for on record waits, and the run says so."""
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "16:00", "2:30")
        self.assertCharged(line, free="1:00", pending="1:30")
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create({})
            self.assertEqual(wizard.exception_ids.mapped("hold"), ["outside"])
        with self.assertRefused("Nothing that the customer wrote on HT"):
            line.outside_request = "customer"
        with self.assertRefused("has approved no authorisation of HT"):
            line.outside_request = "authorized"
        with self.assertRefused("Write why"):
            line.outside_request = "agent"

    def test_warranty_is_free_at_any_hour(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        claim = self.make_claim("2026-01-12 10:00", deliverable)
        self.assertCharged(self.log(claim, "20:00", "2:00"), free="2:00")

    def test_without_a_start_it_is_not_split_but_listed(self):
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "16:00", "2:30", started_at=False, date="2026-01-12")
        self.assertCharged(line, free="2:30")
        with at("2026-01-31 12:00"):
            wizard = self.env["helpdesk.hours.invoicing"].create({})
            self.assertEqual(wizard.exception_ids.mapped("hold"), ["no_start"])

    def test_holiday_and_weekend(self):
        self.make_holiday("2026-01-13")
        ticket = self.make_ticket("10:00")
        asked = self.request(ticket, "16:00")
        for started in ("2026-01-13 10:00", "2026-01-17 10:00"):
            line = self.log(ticket, started, "1:00", **asked)
            self.assertCharged(line, billable="1:00")

    def test_plan_that_is_always_open_splits_nothing(self):
        self.contract.calendar_id = self.always
        ticket = self.make_ticket("10:00")
        self.assertCharged(self.log(ticket, "16:00", "2:30"), free="2:30")

    def test_band_of_the_plan(self):
        """18:00-19:00 at 150 %: 1:00 worked, 1:30 accounted, 67.50 at 45.00."""
        plan = self.plan.copy({"policy_id": self.policy.id})
        plan.band_ids = [Command.create({"name": "Evening", "multiplier": 1.5})]
        self.contract.write({"plan_id": plan.id, "hour_price": 45})
        ticket = self.make_ticket("10:00")
        line = self.log(ticket, "18:00", "1:00", **self.request(ticket, "16:00"))
        self.assertCharged(line, billable="1:00")
        self.assertEqual((line.unit_amount, line.accounted_hours), (1, 1.5))
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 67.5)


@tagged("post_install", "-at_install")
class TestWorkTypes(BillingCommon):
    def make_type(self, name):
        return self.env.ref(f"helpdesk_billing_hours.work_type_{name}")

    def test_excluded_by_the_plan(self):
        """R-A5: on site is no part of Prioritario; it needs an authorisation."""
        ticket = self.make_ticket("10:00")
        line = self.log(
            ticket, "10:30", "1:00", work_type_id=self.make_type("on_site").id
        )
        self.assertCharged(line, pending="1:00")
        self.approve(self.make_authorization(ticket))
        self.assertCharged(line, billable="1:00")
        meeting = self.make_type("meeting")
        covered = self.log(ticket, "12:00", "1:00", work_type_id=meeting.id)
        self.assertCharged(covered, free="1:00")

    def test_diagnosis_and_meetings_are_payable_without_authorisation(self):
        """R-B4: payable whether or not the customer authorises; no minimum.

        20 minutes of each at 45.00; the hour of work waits.
        """
        preset = self.env.ref("helpdesk_sla_policy.policy_acceptance")
        exempt = self.make_type("diagnosis") | self.make_type("meeting")
        self.assertEqual(preset.exempt_work_type_ids, exempt)
        with self.as_unsigned():
            self.policy.exempt_work_type_ids = exempt
        self.contract.hour_price = 45
        ticket = self.make_billable_ticket()
        self.change(ticket, "10:20", work_override_reason="To diagnose")
        for when, work_type in (("10:30", exempt[0]), ("11:00", exempt[1])):
            line = self.log(ticket, when, "0:20", work_type_id=work_type.id)
            self.assertCharged(line, billable="0:20")
        held = self.log(ticket, "12:00", "1:00", work_type_id=self.make_type("work").id)
        self.assertCharged(held, pending="1:00")
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 30)
        self.assertTrue(line.share_ids.settled)
        self.assertFalse(held.share_ids.settled)

    def test_a_policy_that_exempts_nothing_holds_them_too(self):
        """R-B4: exempt is what the policy says; a signed policy does not change."""
        ticket = self.make_billable_ticket()
        self.change(ticket, "10:20", work_override_reason="To diagnose")
        for when, name in (("10:30", "diagnosis"), ("11:00", "meeting")):
            line = self.log(ticket, when, "0:20", work_type_id=self.make_type(name).id)
            self.assertCharged(line, pending="0:20")
        with self.assertRefused("signed"):
            self.policy.exempt_work_type_ids = self.make_type("diagnosis")

    def test_billed_after_acceptance(self):
        self.set_terms(self.policy, bills_after_acceptance=True)
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-12 14:00", "2:00")
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-01-31")
        self.assertEqual(ticket.share_ids.mapped("waits"), ["not_accepted"])
        deliverable = self.make_deliverable("2026-01-13 10:00", ticket)
        with at("2026-01-14 10:00"):
            deliverable.with_user(self.portal_user).action_accept("Lucía", SIGNATURE)
            self.env.flush_all()
        move = self.run_invoicing("2026-01-31")
        self.assertEqual(move.invoice_line_ids.quantity, 2)

    def test_improper_escalation(self):
        """R-A12: 1 h on a covered ticket; its own hours stay covered."""
        self.contract.hour_price = 45
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "2:00")
        row = self.make_escalation(ticket, "11:00")
        self.assertCharged(ticket, free="2:00")
        row.write({"is_improper": True, "improper_reason": "Level 2 was skipped"})
        self.assertCharged(ticket, free="2:00", billable="1:00")
        self.assertEqual(self.run_invoicing("2026-01-31").amount_untaxed, 45)
        with self.assertRefused("no support hours"):
            self.run_invoicing("2026-02-28")


@tagged("post_install", "-at_install")
class TestChip(BillingCommon):
    """What a line will be, before it is saved."""

    def preview(self, ticket, started="10:30", hours=1.0, **values):
        with (
            at("2026-01-13 10:00"),
            Form(ticket.with_user(self.agent)) as form,
            form.timesheet_ids.new() as line,
        ):
            line.name = "Correction"
            line.started_at = utc(started)
            line.unit_amount = hours
            for name, value in values.items():
                line[name] = value
            return line.charge_preview

    def test_chips(self):
        covered = self.make_ticket("10:00")
        self.assertEqual(self.preview(covered), "in contract")
        self.assertIn("say who asked", self.preview(covered, "18:00"))
        unauthorized = self.make_billable_ticket()
        self.assertEqual(self.preview(unauthorized), "not covered: needs authorisation")
        deliverable = self.make_deliverable("2026-01-08 16:00")
        claim = self.make_claim("2026-01-12 10:00", deliverable)
        self.assertEqual(self.preview(claim, "20:00"), "warranty")
        authorized = self.make_authorized_ticket()
        self.assertIn("billable", self.preview(authorized))
        self.assertIn("45.00", self.preview(authorized))

    def test_pack_short(self):
        """0:45 left of the pack, an entry of 2:00: short by 1:15 at 50.00."""
        self.contract.write(
            {"has_overage_consent": True, "overage_price": 50, "hour_price": 45}
        )
        self.make_pack("0:45")
        ticket = self.make_ticket("10:00")
        text = self.preview(ticket, hours=2.0)
        self.assertIn("in contract", text)
        self.assertIn("pack short by 1:15", text)
        self.assertIn("50.00", text)

    def test_out_of_hours(self):
        self.contract.hour_price = 45
        ticket = self.make_ticket("10:00")
        text = self.preview(ticket, "18:00", **self.request(ticket, "16:00"))
        self.assertIn("out of hours", text)
        self.assertIn("45.00", text)
