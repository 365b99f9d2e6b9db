"""What each of the five policies covers, with its reason (R-A5, R-A7, R-C8, R-E7)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_support_contract.tests.preset_common import PresetCommon


class CoverageCommon(PresetCommon):
    plan_name = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract(cls.plan_name)

    def make_case(self, received="2026-01-12 10:00", cause=None, **values):
        if cause:
            values["cause_id"] = self.env.ref(f"helpdesk_warranty.reason_{cause}").id
        return self.make_ticket(received, **values)

    def assertCoverage(self, ticket, coverage, code):
        self.assertEqual(
            (ticket.coverage, ticket.coverage_reason_id.code), (coverage, code)
        )

    def assertCauses(self, expected):
        """Assert what a ticket on each of the causes is."""
        for cause, coverage in expected.items():
            with self.subTest(cause=cause):
                self.assertEqual(self.make_case(cause=cause).coverage, coverage)


@tagged("post_install", "-at_install")
class TestStarsCoverage(CoverageCommon):
    preset = "stars"
    plan_name = "standard"

    def test_a_question_is_covered_and_training_is_not(self):
        """R-A7: 0 stars is covered; that training is needed, the agent says."""
        ticket = self.make_case(stars="0")
        self.assertCoverage(ticket, "covered", "covered")
        training = self.env.ref("helpdesk_warranty.reason_training")
        self.change(ticket, "2026-01-12 11:00", cause_id=training.id)
        self.assertCoverage(ticket, "billable", "training")

    def test_causes(self):
        """R-A7."""
        self.assertCauses(
            dict.fromkeys(
                (
                    "user_error",
                    "data_mishandled",
                    "third_party",
                    "changed_by_customer",
                    "hardware",
                    "lack_of_knowledge",
                    "training",
                    "new_feature",
                ),
                "billable",
            )
        )

    def test_standard_is_tickets_and_e_mail(self):
        """R-A5: by phone, or a meeting, is not in the plan, and shows at once."""
        channels = "helpdesk_mgmt.helpdesk_ticket_channel_"
        for channel, code in (
            ("web", "covered"),
            ("email", "covered"),
            ("phone", "excluded_channel"),
        ):
            ticket = self.make_case(channel_id=self.env.ref(f"{channels}{channel}").id)
            self.assertEqual(ticket.coverage_reason_id.code, code)
        services = "helpdesk_support_contract.service_"
        for service, code in (
            ("guidance", "covered"),
            ("meetings", "excluded_service"),
            ("on_site", "excluded_service"),
            ("data", "excluded_service"),
        ):
            ticket = self.make_case(service_id=self.env.ref(f"{services}{service}").id)
            self.assertEqual(ticket.coverage_reason_id.code, code)

    def test_priority_adds_meetings_not_visits(self):
        """R-A5."""
        self.contract.sudo().plan_id = self.get_plan("priority")
        services = "helpdesk_support_contract.service_"
        for service, code in (
            ("meetings", "covered"),
            ("messaging", "covered"),
            ("on_site", "excluded_service"),
        ):
            ticket = self.make_case(service_id=self.env.ref(f"{services}{service}").id)
            self.assertEqual(ticket.coverage_reason_id.code, code)

    def test_needs_a_valid_subscription(self):
        """R-A9: after the last day, 31 Dec 2026, nothing is covered."""
        ticket = self.make_case("2026-12-31 23:59:59")
        self.assertCoverage(ticket, "covered", "covered")
        ticket = self.make_case("2027-01-01 00:00:00")
        self.assertCoverage(ticket, "billable", "contract_not_in_force")


@tagged("post_install", "-at_install")
class TestAcceptanceCoverage(CoverageCommon):
    preset = "acceptance"
    plan_name = "acceptance"
    tz = "America/Bogota"

    def test_without_contract(self):
        """R-B1: no committed times, and the work is not covered."""
        user = self.make_customer("Sin Contrato", "none")[1]
        ticket = self.make_case(partner_id=user.partner_id.id)
        self.assertCoverage(ticket, "billable", "no_contract")

    def test_beyond_scope(self):
        """R-B7: what is new is not covered."""
        self.assertCoverage(self.make_case(), "covered", "covered")
        self.assertCauses({"new_feature": "billable"})

    def test_a_change_request_is_beyond_the_scope(self):
        """R-B7: not covered, unless the agent or the policy says otherwise."""
        change = self.env["helpdesk.ticket.type"].create(
            {"name": "Change", "is_change": True}
        )
        made = self.make_case(type_id=change.id)
        self.assertCoverage(made, "billable", "new_feature")
        moved = self.make_case()
        self.assertCoverage(moved, "covered", "covered")
        self.change(moved, "2026-01-12 11:00", type_id=change.id)
        self.assertCoverage(moved, "billable", "new_feature")
        self.change(moved, "2026-01-12 11:10", cause_id=False)
        self.assertCoverage(moved, "covered", "covered")
        other = self.make_case(type_id=change.id, cause="training")
        self.assertCoverage(other, "billable", "training")
        with self.as_unsigned():
            self.policy.coverage_clause_ids.filtered(
                lambda line: line.reason_id.code == "new_feature"
            ).is_covered = True
        self.assertCoverage(self.make_case(type_id=change.id), "covered", "covered")


@tagged("post_install", "-at_install")
class TestProductionCoverage(CoverageCommon):
    preset = "production"
    plan_name = "production_always"
    tz = "America/Panama"

    def test_causes(self):
        """R-C8: others' settings, data lost through them, shared responsibility."""
        self.assertCoverage(self.make_case(), "covered", "covered")
        self.assertCauses(
            dict.fromkeys(
                ("third_party", "data_lost", "shared_responsibility"), "billable"
            )
        )

    def test_refused_at_once_is_void(self):
        """R-C2, R-C6: in the very second in which it was received."""
        user = self.make_customer("Sin Contrato", "none")[1]
        ticket = self.make_case(partner_id=user.partner_id.id)
        self.assertCoverage(ticket, "void", "cancelled")

    def test_refused_is_void(self):
        """R-C6: a refused ticket is neither covered nor billed."""
        ticket = self.make_case()
        self.move(ticket, "2026-01-12 11:00", "rejected")
        self.assertEqual(ticket.coverage, "void")


@tagged("post_install", "-at_install")
class TestUptimeCoverage(CoverageCommon):
    preset = "uptime"
    plan_name = "uptime"

    def test_only_what_the_provider_supplies(self):
        """R-D4: the customer's hardware and others' software are not covered."""
        self.assertCoverage(self.make_case(), "covered", "covered")
        self.assertCauses({"hardware": "billable", "third_party": "billable"})


@tagged("post_install", "-at_install")
class TestFullCoverage(CoverageCommon):
    preset = "full"
    plan_name = "full"
    tz = "America/Mexico_City"

    def test_training_is_covered_here(self):
        """R-E7: also on site; a misuse is not."""
        self.assertCauses(
            {
                "training": "covered",
                "lack_of_knowledge": "covered",
                "user_error": "billable",
            }
        )
        on_site = self.env.ref("helpdesk_support_contract.service_on_site")
        self.assertCoverage(self.make_case(service_id=on_site.id), "covered", "covered")

    def test_a_policy_changed_for_one_customer(self):
        """R-E7: a copy without training; the other customers keep theirs."""
        partner, user = self.make_customer("Otra Clínica", "otra-clinica")
        plan = self.get_plan("full")._make_customer_plan(partner)
        clauses = plan.policy_id.coverage_clause_ids
        clauses.filtered(lambda line: line.reason_id.code == "training").unlink()
        self.make_contract(
            partner_id=partner.id,
            plan_id=plan.id,
            tz=self.tz,
            contacts=[user.partner_id],
        )
        theirs = self.make_case(cause="training", partner_id=user.partner_id.id)
        self.assertCoverage(theirs, "billable", "training")
        self.assertEqual(self.make_case(cause="training").coverage, "covered")
