"""Is this ticket covered? Always with reason and clause (R-A7, R-A9, R-B6)."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import WarrantyCommon

CAUSES = (
    "user_error",
    "data_mishandled",
    "third_party",
    "changed_by_customer",
    "hardware",
    "lack_of_knowledge",
    "training",
    "new_feature",
    "version_change",
    "parameters_changed",
    "data_quality",
    "code_changed",
)


@tagged("post_install", "-at_install")
class TestCoverage(WarrantyCommon):
    def assertCoverage(self, ticket, coverage, code, note=None):
        self.env.invalidate_all()
        self.assertEqual(
            (ticket.coverage, ticket.coverage_reason_id.code), (coverage, code)
        )
        self.assertTrue(ticket.coverage_note)
        if note:
            self.assertIn(note, ticket.coverage_note)

    def test_every_reason(self):
        """A table of each case, its coverage and its reason."""
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        mail = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")
        standard = self.make_contract(
            partner_id=self.stranger.partner_id.commercial_partner_id.id,
            plan_id=self.plan_standard.id,
        )
        on_standard = {"partner_id": self.stranger.partner_id.id}
        nobody = self.make_customer("Sin Contrato", "sin")[0]
        claimed = self.make_deliverable("2026-01-08 16:00")
        original = self.make_ticket("09:00")
        cases = [
            ("covered", "covered", {}, self.plan.name),
            ("pending", "pending", {"partner_id": False}, "Customer unknown"),
            ("void", "duplicate", {"duplicate_id": original.id}, "Duplicate"),
            ("void", "cancelled", {"stage_id": self.stages["cancelled"].id}, ""),
            ("void", "cancelled", {"stage_id": self.stages["rejected"].id}, ""),
            ("void", "cancelled", {"active": False}, "Cancelled"),
            (
                "covered",
                "override_covered",
                {
                    "partner_id": nobody.id,
                    "coverage_override": "covered",
                    "coverage_override_reason": "Goodwill",
                },
                "Goodwill",
            ),
            (
                "billable",
                "override_billable",
                {
                    "coverage_override": "billable",
                    "coverage_override_reason": "Agreed by phone",
                },
                "Agreed by phone",
            ),
            ("warranty", "in_warranty", {"deliverable_id": claimed.id}, "2026-03-09"),
            ("billable", "no_contract", {"partner_id": nobody.id}, "contract"),
            ("billable", "excluded_channel", {"channel_id": phone.id, **on_standard},
             phone.name),
            ("covered", "covered", {"channel_id": mail.id, **on_standard}, "Standard"),
            ("covered", "covered", on_standard, standard.plan_id.name),
            ("covered", "covered", {"channel_id": phone.id}, self.plan.name),
        ]  # fmt: skip
        for coverage, code, values, note in cases:
            with self.subTest(code=code, values=values), at("10:00"):
                self.assertCoverage(
                    self.make_ticket("10:00", **values), coverage, code, note
                )

    def test_every_cause(self):
        """Causes that the agent chooses, each with its clause (R-A7, R-B6)."""
        reasons = self.env["helpdesk.coverage.reason"]
        self.assertEqual(
            set(reasons.search([("is_cause", "=", True)]).mapped("code")), set(CAUSES)
        )
        for code in CAUSES:
            with self.subTest(cause=code):
                cause = reasons._get(code)
                ticket = self.make_ticket("10:00", cause_id=cause.id)
                self.assertCoverage(ticket, "billable", code, cause.clause)

    def test_basic_question_is_covered(self):
        """0 stars is covered; needing training is a cause that the agent picks."""
        ticket = self.make_ticket("10:00", "0")
        self.assertCoverage(ticket, "covered", "covered")

    def test_a_team_without_policy_is_left_alone(self):
        """Nobody promised anything: no flag, and work starts without leave."""
        team = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        ticket = self.make_ticket(
            "10:00",
            team_id=team.id,
            partner_id=stranger.id,
            work_override_reason=False,
        )
        self.assertEqual(ticket.coverage, "pending")
        self.move(ticket, "10:05", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_policy_may_cover_a_cause(self):
        """Where the plan includes training, it is covered (R-E7)."""
        training = self.env.ref("helpdesk_warranty.reason_training")
        ticket = self.make_ticket("10:00", cause_id=training.id)
        self.policy.included_cause_ids = [Command.link(training.id)]
        ticket.invalidate_recordset()
        self.env.add_to_compute(ticket._fields["coverage"], ticket)
        self.assertEqual(ticket._coverage_at(utc("10:00"))[0], "covered")

    def test_contract_not_in_force(self):
        """Draft, suspended or ended: the ticket says which (R-A9)."""
        ticket = self.make_ticket("10:00")
        for moment, state in (
            ("2027-01-01 00:00:00", "Ended"),
            ("2025-12-31 23:59:59", "Draft"),
        ):
            code, note = ticket._coverage_at(utc(moment))
            self.assertEqual(code, "contract_not_in_force")
            self.assertIn(state, note)
        self.assertEqual(ticket._coverage_at(utc("2026-12-31 23:59:59"))[0], "covered")
        self.contract.suspension_reason = "Not paid"
        with at("12:00"):
            self.contract.action_suspend()
            self.assertCoverage(ticket, "billable", "contract_not_in_force")
        self.assertEqual(ticket._coverage_at(utc("11:59:59"))[0], "covered")

    def test_contract_that_ends_by_time_alone(self):
        """Nobody writes anything on New Year: the daily job judges again."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.assertCoverage(ticket, "covered", "covered")
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        with at("2027-01-01 03:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertCoverage(ticket, "billable", "contract_not_in_force", "Ended")

    def test_closed_ticket_keeps_its_coverage(self):
        """A ticket solved under contract is not billable a year later."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.move(ticket, "2026-12-30 11:00", "done")
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        with at("2027-01-01 03:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        with at("2027-01-01 03:00"):
            self.contract.plan_id.channel_ids = [Command.clear()]
            self.assertCoverage(ticket, "covered", "covered")


@tagged("post_install", "-at_install")
class TestWarrantyCoverage(WarrantyCommon):
    """Faults reported in the warranty are repaired free, whenever (R-A7, R-B6)."""

    def setUp(self):
        super().setUp()
        self.deliverable = self.make_deliverable("2026-01-08 16:00")

    def test_last_second_and_first_second_after(self):
        """60 days, delivered 8 Jan: through 9 March, the customer's midnight."""
        inside = self.make_claim("2026-03-09 23:59:59", self.deliverable)
        after = self.make_claim("2026-03-10 00:00:00", self.deliverable)
        self.assertEqual(inside.coverage, "warranty")
        self.assertEqual(after.coverage, "billable")
        self.assertIn("ended on 2026-03-09", after.coverage_note)

    def test_reported_inside_worked_on_later(self):
        ticket = self.make_claim("2026-03-09 10:00", self.deliverable)
        for moment in ("2026-03-09 10:00", "2026-03-20 10:00", "2026-12-01 10:00"):
            self.assertEqual(ticket._coverage_at(utc(moment))[0], "in_warranty")
        self.move(ticket, "2026-04-01 10:00", "in_progress")
        self.assertEqual(ticket.coverage, "warranty")

    def test_without_a_contract_too(self):
        """The warranty does not need a contract in force, nor its hours."""
        self.contract.suspension_reason = "Not paid"
        with at("2026-02-01 10:00"):
            self.contract.action_suspend()
        ticket = self.make_claim("2026-02-07 23:00", self.deliverable)
        self.assertEqual(ticket.coverage, "warranty")

    def test_go_live_told_later_reaches_the_claim(self):
        ticket = self.make_claim("2026-03-12 10:00", self.deliverable)
        self.assertEqual(ticket.coverage, "billable")
        self.deliverable.go_live_date = "2026-01-20"
        self.assertEqual(ticket.coverage, "warranty")

    def test_kind_without_warranty_asks_the_contract(self):
        document = self.make_deliverable("2026-01-08 16:00", kind="document")
        ticket = self.make_claim("2026-02-01 10:00", document)
        self.assertEqual(ticket.coverage_reason_id.code, "covered")

    def test_claim_named_at_triage(self):
        """The agent names the deliverable later; the receipt decides."""
        ticket = self.make_ticket("2026-03-09 23:59:59")
        self.change(ticket, "2026-03-12 09:00", deliverable_id=self.deliverable.id)
        self.assertEqual(ticket.coverage, "warranty")


@tagged("post_install", "-at_install")
class TestOverride(WarrantyCommon):
    def test_needs_a_written_reason(self):
        ticket = self.make_ticket("10:00")
        with self.assertRefused("Write why"):
            self.change(ticket, "10:10", self.manager, coverage_override="billable")
        with self.assertRefused("Write why"):
            self.change(
                ticket,
                "10:10",
                self.manager,
                coverage_override="billable",
                coverage_override_reason="",
            )

    def test_reason_cannot_be_taken_away(self):
        ticket = self.make_billable_ticket()
        self.change(
            ticket,
            "10:10",
            self.manager,
            coverage_override="covered",
            coverage_override_reason="Goodwill",
        )
        self.assertEqual(ticket.coverage, "covered")
        with self.assertRefused("Write why"):
            self.change(ticket, "10:20", self.manager, coverage_override_reason=False)
        self.change(ticket, "10:20", self.manager, coverage_override=False)
        self.assertEqual(ticket.coverage, "billable")

    def test_only_managers_override(self):
        ticket = self.make_billable_ticket()
        with self.assertRaises(AccessError):
            self.change(
                ticket,
                "10:10",
                coverage_override="covered",
                coverage_override_reason="Because",
            )

    def test_agents_see_what_was_decided(self):
        """The reason is part of what the ticket shows to everybody."""
        ticket = self.make_billable_ticket()
        self.change(
            ticket,
            "10:10",
            self.manager,
            coverage_override="covered",
            coverage_override_reason="Goodwill",
        )
        self.assertEqual(ticket.with_user(self.agent).coverage_note, "Goodwill")

    def test_coverage_changes_are_on_record(self):
        ticket = self.make_ticket("10:00")
        self.env.cr.precommit.run()
        self.change(
            ticket,
            "10:10",
            self.manager,
            coverage_override="billable",
            coverage_override_reason="Agreed",
        )
        self.env.cr.precommit.run()
        changed = ticket.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertIn("coverage_override", changed)
        self.assertIn("coverage", changed)


@tagged("post_install", "-at_install")
class TestWorkNeedsAuthorization(WarrantyCommon):
    """Not covered: billed only after the customer approves (R-A8)."""

    def test_not_in_progress_without_authorization(self):
        ticket = self.make_billable_ticket()
        self.move(ticket, "10:10", "assigned")
        with self.assertRefused("customer must authorise hours first"):
            self.move(ticket, "10:20", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["assigned"])

    def test_refusal_says_why_it_is_not_covered(self):
        with self.assertRefused("User error or misuse is not covered"):
            self.move(self.make_billable_ticket(), "10:20", "in_progress")

    def test_sent_or_rejected_is_not_enough(self):
        ticket = self.make_billable_ticket()
        authorization = self.make_authorization(ticket)
        with self.assertRefused("must authorise"):
            self.move(ticket, "11:30", "in_progress")
        with at("12:00"):
            authorization.sudo(False).with_user(self.portal_user)._refuse()
        with self.assertRefused("must authorise"):
            self.move(ticket, "12:30", "in_progress")

    def test_approved_work_starts(self):
        ticket = self.make_billable_ticket()
        self.approve(self.make_authorization(ticket))
        self.move(ticket, "12:30", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_written_reason_lets_work_start(self):
        """Why work starts unauthorised is written first, and stays on record."""
        ticket = self.make_billable_ticket()
        self.change(ticket, "10:20", work_override_reason="The ERP is down")
        self.move(ticket, "10:30", "in_progress")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_covered_and_warranty_need_none(self):
        for ticket in (
            self.make_ticket("10:00", work_override_reason=False),
            self.make_claim("10:00", self.make_deliverable("2026-01-08 16:00")),
        ):
            self.move(ticket, "10:20", "in_progress")
            self.assertEqual(ticket.stage_id, self.stages["in_progress"])

    def test_not_by_the_customers_reply(self):
        """A reply is not refused: the ticket then waits for the authorisation."""
        ticket = self.make_billable_ticket()
        self.move(ticket, "10:10", "awaiting")
        message = self.post(ticket, "10:20", self.portal_user)
        self.assertTrue(message.exists())

    def test_not_by_changing_the_coverage_afterwards(self):
        """A ticket in progress that turns out not to be covered stays where it is."""
        ticket = self.make_ticket("10:00", work_override_reason=False)
        self.move(ticket, "10:10", "in_progress")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "10:20", cause_id=cause.id)
        self.assertEqual(ticket.coverage, "billable")
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
