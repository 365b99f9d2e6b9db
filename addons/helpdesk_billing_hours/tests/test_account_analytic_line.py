"""Hours on tickets: what a line costs follows from its ticket (R-A7, R-A8)."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestLogging(BillingCommon):
    def test_agent_logs_without_naming_a_project(self):
        """Ticket and time are enough; the project is found or made, hidden."""
        line = self.log(self.make_ticket("10:00"), "10:30", "1:00")
        self.assertTrue(line.project_id.allow_timesheets)
        self.assertEqual(line.project_id.privacy_visibility, "employees")
        self.assertEqual(line.employee_id.user_id, self.agent)
        other = self.log(self.make_ticket("10:00"), "10:30", "1:00")
        self.assertEqual(other.project_id, line.project_id)

    def test_project_of_ticket_or_team(self):
        projects = self.env["project.project"].create(
            [{"name": "Team", "allow_timesheets": True}, {"name": "Ticket"}]
        )
        self.team.default_project_id = projects[0]
        ticket = self.make_ticket("10:00", project_id=False)
        self.assertEqual(self.log(ticket, "10:30", "1:00").project_id, projects[0])
        ticket.project_id = projects[1]
        self.assertEqual(self.log(ticket, "10:30", "1:00").project_id, projects[1])

    def test_work_date_is_the_customers(self):
        """22:30 in Guayaquil is tomorrow in UTC, not for the customer."""
        line = self.log(self.make_ticket("10:00"), "2026-01-12 22:30", "1:00")
        self.assertEqual(str(line.date), "2026-01-12")
        with at("2026-01-14 10:00"):
            line.with_user(self.agent).started_at = utc("2026-01-13 23:00")
        self.assertEqual(str(line.date), "2026-01-13")
        self.assertEqual(str(line.share_ids.work_date), "2026-01-13")

    def test_start_and_date_may_be_mixed(self):
        """A line with a date only stands beside one with a start."""
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "0:40")
        self.log(
            ticket, "2026-01-13 11:00", "0:50", started_at=False, date="2026-01-12"
        )
        self.log(ticket, "2026-01-13 12:00", "0:30", started_at=False)
        self.assertCharged(ticket, billable="2:00")

    def test_date_alone_decides_by_its_own_day(self):
        """A line of December is covered by December's contract, computed any day."""
        ticket = self.make_ticket("2026-12-30 10:00")
        line = self.log(
            ticket, "2027-01-05 10:00", "1:00", started_at=False, date="2026-12-30"
        )
        self.assertCharged(line, free="1:00")

    def test_form_of_the_ticket(self):
        """The agent logs on the ticket's form; the ticket sums up."""
        ticket = self.make_authorized_ticket()
        with (
            at("2026-01-13 10:00"),
            Form(ticket.with_user(self.agent)) as form,
            form.timesheet_ids.new() as line,
        ):
            line.started_at = utc("2026-01-13 10:00")
            line.name = "Correction"
            line.unit_amount = 0.5
        self.env.invalidate_all()
        self.assertEqual(ticket.worked_hours, 0.5)
        self.assertEqual(ticket.billable_hours, 1)
        self.assertCharged(ticket, billable="1:00")

    def test_line_without_a_ticket_is_left_alone(self):
        """Timesheets of other work are nobody's business here."""
        project = self.env["project.project"].create(
            {"name": "Other", "allow_timesheets": True}
        )
        line = self.env["account.analytic.line"].create(
            {
                "name": "Other",
                "project_id": project.id,
                "unit_amount": 1,
                "employee_id": self.agent.employee_id.id,
            }
        )
        self.assertFalse(line.share_ids)
        self.assertFalse(line.charge)


@tagged("post_install", "-at_install")
class TestCharge(BillingCommon):
    def test_warranty_is_free(self):
        claim = self.make_claim(
            "2026-02-01 10:00", self.make_deliverable("2026-01-08 16:00")
        )
        line = self.log(claim, "2026-03-20 10:00", "5:00")
        self.assertCharged(line, free="5:00")
        self.assertIn("Warranty on", line.charge_reason)
        self.assertEqual(line.accounted_hours, 5)

    def test_covered_without_packs_is_free(self):
        line = self.log(self.make_ticket("10:00"), "10:30", "5:00")
        self.assertCharged(line, free="5:00")

    def test_covered_with_packs_uses_them(self):
        self.make_pack("2:00")
        line = self.log(self.make_ticket("10:00"), "10:30", "3:00")
        self.assertCharged(line, pack="2:00", overage="1:00")
        self.assertEqual(line.charge, "mixed")

    def test_warranty_does_not_touch_the_pack(self):
        pack = self.make_pack("2:00")
        claim = self.make_claim(
            "2026-02-01 10:00", self.make_deliverable("2026-01-08 16:00")
        )
        self.log(claim, "2026-02-02 10:00", "1:00")
        self.assertEqual(pack.hours_left, 2)

    def test_authorised(self):
        """Minimum, real time and cap of 3:00 authorised hours (R-A8)."""
        for worked, expected in (
            ("0:20", {"billable": "1:00"}),
            ("2:10", {"billable": "2:10"}),
            ("3:40", {"billable": "3:00", "pending": "0:40"}),
        ):
            ticket = self.make_authorized_ticket()
            self.log(ticket, "2026-01-13 10:00", worked)
            self.assertCharged(ticket, **expected)

    def test_not_authorised_waits_and_the_signature_releases_it(self):
        ticket = self.make_authorized_ticket(hours=None)
        self.change(ticket, "10:20", work_override_reason="The ERP is down")
        line = self.log(ticket, "10:30", "2:10")
        self.assertCharged(ticket, pending="2:10")
        self.assertEqual(line.charge, "pending")
        self.assertEqual(line.accounted_hours, 0)
        self.assertIn("authorisation", line.charge_reason)
        self.approve(self.make_authorization(ticket))
        self.assertCharged(ticket, billable="2:10")

    def test_cancelled_ticket_is_free(self):
        ticket = self.make_authorized_ticket()
        self.log(ticket, "2026-01-13 10:00", "2:10")
        self.move(ticket, "2026-01-13 13:00", "cancelled")
        self.assertCharged(ticket, free="2:10")

    def test_unknown_customer_is_pending(self):
        ticket = self.make_ticket("10:00", partner_id=False)
        self.log(ticket, "10:30", "1:00")
        self.assertCharged(ticket, pending="1:00")

    def test_coverage_decided_later_charges_again(self):
        """A cause found later turns the hours into billable ones, and back."""
        ticket = self.make_ticket("10:00")
        self.log(ticket, "10:30", "1:00")
        self.assertCharged(ticket, free="1:00")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "11:40", cause_id=cause.id)
        self.assertCharged(ticket, pending="1:00")
        self.change(ticket, "11:50", cause_id=False)
        self.assertCharged(ticket, free="1:00")

    def test_hours_before_the_suspension_were_covered(self):
        """A line's own start decides, not the day of the computation (R-A9)."""
        ticket = self.make_ticket("10:00")
        before = self.log(ticket, "10:30", "1:00")
        self.contract.suspension_reason = "Not paid"
        with at("12:00"):
            self.contract.action_suspend()
        after = self.log(ticket, "13:00", "1:00")
        self.assertCharged(before, free="1:00")
        self.assertCharged(after, pending="1:00")

    def test_corrected_line_is_charged_again(self):
        ticket = self.make_authorized_ticket()
        line = self.log(ticket, "2026-01-13 10:00", "2:10")
        with at("2026-01-13 13:00"):
            line.with_user(self.agent).unit_amount = 1.5
        self.assertCharged(ticket, billable="1:30")
        line.with_user(self.agent).unlink()
        self.assertCharged(ticket)

    def test_line_moved_to_another_ticket(self):
        billable, covered = self.make_authorized_ticket(), self.make_ticket("10:00")
        line = self.log(billable, "2026-01-13 10:00", "2:10")
        with at("2026-01-13 13:00"):
            line.with_user(self.agent).ticket_id = covered
        self.assertCharged(billable)
        self.assertCharged(covered, free="2:10")

    def test_ticket_moved_to_another_contract(self):
        """The old contract's pack has its hours back, the new one's pays."""
        pack = self.make_pack("2:00")
        other = self.make_contract(kind="implementation")
        theirs = self.make_pack("3:00", contract_id=other.id)
        ticket = self.make_ticket("10:00", contract_id=self.contract.id)
        self.log(ticket, "10:30", "1:00")
        self.assertEqual(pack.hours_left, 1)
        self.change(ticket, "12:00", contract_id=other.id)
        self.env.invalidate_all()
        self.assertEqual((pack.hours_left, theirs.hours_left), (2, 2))


@tagged("post_install", "-at_install")
class TestSettled(BillingCommon):
    """What a run has taken refuses changes, from everybody."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket()
        self.line = self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.invoice = self.run_invoicing("2026-01-31")

    def test_nobody_changes_it(self):
        other = self.make_ticket("10:00")
        project = self.env["project.project"].create({"name": "Other"})
        changes = (
            {"unit_amount": 1},
            {"date": "2026-01-14"},
            {"started_at": utc("2026-01-14 10:00")},
            {"ticket_id": other.id},
            {"ticket_id": False},
            {"project_id": project.id},
            {"employee_id": self.manager.employee_id.id},
        )
        users = (self.agent, self.manager, self.env.ref("base.user_admin"))
        for values in changes:
            for user in users:
                with (
                    self.subTest(values=values, user=user.login),
                    self.assertRefused("are settled", UserError),
                ):
                    self.line.sudo(False).with_user(user).write(values)
            with self.assertRefused("are settled", UserError):
                self.line.sudo().write(values)

    def test_nobody_deletes_it(self):
        for line in (
            self.line.sudo(False).with_user(self.agent),
            self.line.sudo(False).with_user(self.manager),
            self.line.sudo(),
        ):
            with self.assertRefused("are settled", UserError):
                line.unlink()

    def test_not_through_the_ticket_either(self):
        with self.assertRefused("are settled", UserError):
            self.ticket.with_user(self.agent).write(
                {"timesheet_ids": [(1, self.line.id, {"unit_amount": 1})]}
            )
        with self.assertRefused("are settled", UserError):
            self.ticket.with_user(self.agent).write(
                {"timesheet_ids": [(2, self.line.id)]}
            )

    def test_refusal_names_day_and_ticket(self):
        with self.assertRefused(f"2026-01-13 on {self.ticket.number}"):
            self.line.unit_amount = 1

    def test_description_may_be_corrected(self):
        self.line.with_user(self.agent).name = "Correction of the report"
        self.assertEqual(self.line.name, "Correction of the report")

    def test_free_hours_are_settled_too(self):
        """A run settles pack, free and billed hours alike up to its date."""
        covered = self.make_ticket("2026-02-02 10:00")
        free = self.log(covered, "2026-02-02 10:30", "1:00")
        later = self.log(covered, "2026-03-02 10:30", "1:00")
        self.log(self.ticket, "2026-02-02 14:00", "0:20")
        self.run_invoicing("2026-02-28")
        self.assertTrue(free.share_ids.settled)
        self.assertEqual(str(free.share_ids.accounting_date), "2026-02-02")
        self.assertFalse(later.share_ids.settled)
        with self.assertRefused("are settled"):
            free.unit_amount = 2

    def test_month_of_free_and_pack_hours_is_settled_as_well(self):
        """Nothing to invoice is no failure when there are hours to settle."""
        covered = self.make_ticket("2026-02-02 10:00")
        free = self.log(covered, "2026-02-02 10:30", "1:00")
        self.assertFalse(self.run_invoicing("2026-02-28"))
        self.assertTrue(free.share_ids.settled)

    def test_coverage_changed_later_does_not_move_it(self):
        self.change(
            self.ticket,
            "2026-02-02 10:00",
            self.manager,
            coverage_override="covered",
            coverage_override_reason="Goodwill",
        )
        self.assertCharged(self.ticket, billable="2:10")
        self.assertEqual(self.line.share_ids.move_line_id.move_id, self.invoice)

    def test_deleted_draft_frees_it(self):
        self.invoice.unlink()
        self.line.with_user(self.agent).unit_amount = 1.5
        self.assertCharged(self.ticket, billable="1:30")
