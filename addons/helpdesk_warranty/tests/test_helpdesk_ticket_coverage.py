"""Is this ticket covered? Always with reason and clause (R-A7, R-A9, R-B6)."""

import ast

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from ..hooks import post_init_hook
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
    "data_lost",
    "shared_responsibility",
)


@tagged("post_install", "-at_install")
class TestCoverage(CronMixinCase, WarrantyCommon):
    def refresh(self, when):
        """Let the real job run at a wall-clock time."""
        cron = self.env.ref("helpdesk_warranty.ir_cron_refresh_coverage")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

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
        # 60 days from 1 Oct 2025: through 30 Nov.
        old = self.make_deliverable("2025-10-01 16:00")
        original = self.make_ticket("09:00")
        visit = self.env.ref("helpdesk_support_contract.service_on_site")
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
            ("warranty", "in_warranty", {"deliverable_id": claimed.id},
             "covered until March 9, 2026"),
            ("billable", "warranty_ended", {"deliverable_id": old.id},
             "ended on November 30, 2025"),
            ("billable", "no_contract", {"partner_id": nobody.id}, "contract"),
            ("billable", "contract_not_in_force", self.make_former(
                "terminada", date_start="2025-01-01", date_end="2025-12-31"),
             "ended on December 31, 2025"),
            ("billable", "contract_not_in_force", self.make_former(
                "futura", date_start="2026-02-01"), "starts on February 1, 2026"),
            ("billable", "contract_not_in_force", self.make_former(
                "suspendida", suspended_since=utc("2026-01-07 09:00")),
             "suspended since January 7, 2026"),
            ("billable", "excluded_channel", {"channel_id": phone.id, **on_standard},
             phone.name),
            ("billable", "excluded_service", {"service_id": visit.id, **on_standard},
             visit.name),
            ("covered", "covered", {"channel_id": mail.id, **on_standard}, "Standard"),
            ("covered", "covered", on_standard, standard.plan_id.name),
            ("covered", "covered", {"channel_id": phone.id}, self.plan.name),
        ]  # fmt: skip
        for coverage, code, values, note in cases:
            with self.subTest(code=code, values=values), at("10:00"):
                self.assertCoverage(
                    self.make_ticket("10:00", **values), coverage, code, note
                )
        # The causes have a table of their own.
        shipped = self.env["ir.model.data"].search(
            [
                ("module", "=", "helpdesk_warranty"),
                ("model", "=", "helpdesk.coverage.reason"),
            ]
        )
        reasons = self.env["helpdesk.coverage.reason"].browse(shipped.mapped("res_id"))
        rules = reasons.filtered(lambda reason: not reason.is_cause)
        self.assertEqual(set(rules.mapped("code")), {case[1] for case in cases})

    def make_former(self, name, **values):
        """Return the values of a ticket of a customer with such a contract."""
        customer, user = self.make_customer(f"Empresa {name}", name)
        self.make_contract(partner_id=customer.id, **values)
        return {"partner_id": user.partner_id.id}

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
        self.assertCoverage(ticket, "billable", "training", "Training is not covered")
        clause = self.make_clause(training, is_covered=True)
        self.assertCoverage(ticket, "covered", "covered")
        with self.as_unsigned():
            clause.write({"is_covered": False, "clause": "Courses are sold apart"})
        self.assertCoverage(ticket, "billable", "training", "Courses are sold apart")
        with self.as_unsigned():
            clause.unlink()
        self.assertCoverage(ticket, "billable", "training", "Training is not covered")

    def test_a_copied_policy_covers_the_same(self):
        """A policy can be copied and changed for one customer (R-E7)."""
        training = self.env.ref("helpdesk_warranty.reason_training")
        self.make_clause(training, is_covered=True)
        own = self.policy.copy()
        self.assertEqual(own.coverage_clause_ids.reason_id, training)
        own.coverage_clause_ids.is_covered = False
        self.assertTrue(self.policy.coverage_clause_ids.is_covered)

    def test_contract_not_in_force(self):
        """Draft, suspended or ended: the ticket says which (R-A9)."""
        ticket = self.make_ticket("10:00")
        for moment, state in (
            ("2027-01-01 00:00:00", "ended on December 31, 2026"),
            ("2025-12-31 23:59:59", "starts on January 1, 2026"),
        ):
            code, note = ticket._coverage_at(utc(moment))
            self.assertEqual(code, "contract_not_in_force")
            self.assertIn(state, note)
        self.assertEqual(ticket._coverage_at(utc("2026-12-31 23:59:59"))[0], "covered")
        self.contract.suspension_reason = "Not paid"
        with at("12:00"):
            self.contract.action_suspend()
            self.assertCoverage(
                ticket,
                "billable",
                "contract_not_in_force",
                f"{self.contract.name}: suspended since January 12, 2026",
            )
        self.assertEqual(ticket._coverage_at(utc("11:59:59"))[0], "covered")

    def test_contract_that_ends_by_time_alone(self):
        """Nobody writes anything on New Year: the daily job judges again."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.assertCoverage(ticket, "covered", "covered")
        self.refresh("2027-01-01 03:00")
        self.assertCoverage(ticket, "billable", "contract_not_in_force", "ended on")

    def test_only_the_tickets_whose_contract_turned_are_judged_again(self):
        """A day costs what changed on it, not what is open."""
        ticket = self.make_ticket("2026-12-30 10:00")
        with at("2026-12-31 23:59:59"):
            self.assertEqual(ticket._find_outdated_coverage(10), [])
        with at("2027-01-01 00:00:00"):
            self.assertEqual(ticket._find_outdated_coverage(10), ticket.ids)
            self.refresh("2027-01-01 00:00:00")
            self.assertEqual(ticket._find_outdated_coverage(10), [])

    def test_contract_wakes_the_job_in_the_minute_it_ends(self):
        cron = "helpdesk_warranty.ir_cron_refresh_coverage"
        with at("10:00"), self.capture_triggers(cron) as capture:
            self.contract.date_end = "2026-06-30"
        moments = capture.records.mapped("call_at")
        self.assertIn(utc("2026-07-01 00:00"), moments)

    def test_closed_ticket_keeps_its_coverage(self):
        """A ticket solved under contract is not billable a year later."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.move(ticket, "2026-12-30 11:00", "done")
        self.refresh("2027-01-01 03:00")
        with at("2027-01-01 03:00"):
            web = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
            with self.as_unsigned():
                self.contract.plan_id.channel_ids = [Command.set(web.ids)]
            self.contract.date_end = "2026-06-30"
            self.assertCoverage(ticket, "covered", "covered")
            self.assertEqual(ticket.coverage_at, utc("2026-12-30 11:00"))

    def test_tickets_closed_before_the_installation_are_judged(self):
        """The columns come before the reasons do: nothing stays without one."""
        ticket = self.make_ticket("2026-01-12 10:00")
        self.move(ticket, "2026-01-12 11:00", "done")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET coverage = NULL, coverage_reason_id = NULL "
            "WHERE id = %s",
            [ticket.id],
        )
        self.env.invalidate_all()
        post_init_hook(self.env)
        self.assertCoverage(ticket, "covered", "covered")

    def test_a_person_judges_a_closed_ticket_anew(self):
        """A cause or a decision of a manager counts for the moment of the closing."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.move(ticket, "2026-12-30 11:00", "done")
        cause = self.env.ref("helpdesk_warranty.reason_user_error")
        self.change(ticket, "2027-01-05 10:00", cause_id=cause.id)
        self.assertCoverage(ticket, "billable", "user_error")
        self.assertEqual(ticket.coverage_at, utc("2026-12-30 11:00"))
        self.change(ticket, "2027-01-05 10:10", cause_id=False)
        self.assertCoverage(ticket, "covered", "covered")

    def test_reopened_ticket_is_judged_now(self):
        ticket = self.make_ticket("2026-12-30 10:00")
        self.move(ticket, "2026-12-30 11:00", "done")
        self.move(ticket, "2027-01-05 10:00", "assigned")
        self.assertCoverage(ticket, "billable", "contract_not_in_force", "ended on")

    def test_each_reads_the_reason_in_the_own_language(self):
        """Nothing that is stored was written in somebody's language."""
        ticket = self.make_ticket("2026-12-30 10:00")
        self.refresh("2027-01-01 03:00")
        spanish = ticket.with_context(lang="es_ES")
        self.assertIn("terminó el 31 de diciembre de 2026", spanish.coverage_note)
        self.assertIn("ended on December 31, 2026", ticket.coverage_note)

    def test_a_sentence_without_its_facts_says_the_clause(self):
        reason = self.env["helpdesk.coverage.reason"]._get("warranty_ended")
        reason.sentence = "{nobody} {knows}"
        self.assertEqual(reason._describe({"deliverable": "DE1"}), reason.clause)


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
        self.assertIn("ended on March 9, 2026", after.coverage_note)

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

    def test_a_cause_that_breaks_the_warranty(self):
        """Every exclusion turns a claim inside the warranty billable (R-B6).

        Delivered 8 Jan, 60 days: through 9 March. Claimed on 12 Jan.
        """
        for code in CAUSES:
            with self.subTest(cause=code):
                cause = self.env["helpdesk.coverage.reason"]._get(code)
                ticket = self.make_claim(
                    "2026-01-12 10:00", self.deliverable, cause_id=cause.id
                )
                self.assertEqual(ticket.coverage, "billable")
                self.assertEqual(ticket.coverage_reason_id, cause)
                self.assertIn(cause.clause.rstrip("."), ticket.coverage_note)
                self.assertIn(self.deliverable.number, ticket.coverage_note)

    def test_version_change_is_billable_though_reported_inside(self):
        ticket = self.make_claim("2026-01-12 10:00", self.deliverable)
        self.assertEqual(ticket.coverage, "warranty")
        cause = self.env.ref("helpdesk_warranty.reason_version_change")
        self.change(ticket, "2026-01-12 11:00", cause_id=cause.id)
        self.assertEqual(ticket.coverage, "billable")
        self.change(ticket, "2026-01-12 11:10", cause_id=False)
        self.assertEqual(ticket.coverage, "warranty")

    def test_a_policy_says_whether_a_cause_breaks_its_warranty(self):
        cause = self.env.ref("helpdesk_warranty.reason_data_quality")
        ticket = self.make_claim(
            "2026-01-12 10:00", self.deliverable, cause_id=cause.id
        )
        clause = self.make_clause(cause)
        self.assertTrue(clause.breaks_warranty, "as the cause says")
        for covered, breaks, coverage, code in (
            (False, True, "billable", "data_quality"),
            (False, False, "warranty", "in_warranty"),
            (True, True, "covered", "covered"),
            (True, False, "warranty", "in_warranty"),
        ):
            with self.subTest(covered=covered, breaks=breaks):
                with self.as_unsigned():
                    clause.write({"is_covered": covered, "breaks_warranty": breaks})
                self.assertEqual(ticket.coverage, coverage)
                self.assertEqual(ticket.coverage_reason_id.code, code)

    def test_a_policy_may_ask_for_a_contract(self):
        """The switch of the policy: no contract in force, no warranty."""
        with self.as_unsigned():
            self.policy.warranty_needs_contract = True
        ticket = self.make_claim("2026-02-07 23:00", self.deliverable)
        self.assertEqual(ticket.coverage, "warranty")
        self.contract.suspension_reason = "Not paid"
        with at("2026-02-09 10:00"):
            self.contract.action_suspend()
            self.assertEqual(ticket.coverage_reason_id.code, "contract_not_in_force")

    def test_without_contract_or_policy_a_claim_is_judged(self):
        """The warranty holds, contract or not."""
        team = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        self.contract.write({"is_signed": False, "active": False})
        ticket = self.make_claim("2026-02-07 23:00", self.deliverable, team_id=team.id)
        self.assertFalse(ticket.contract_id or ticket.sla_policy_id)
        self.assertEqual(ticket.coverage, "warranty")

    def test_days_were_granted_at_the_delivery(self):
        """Editing a policy moves no warranty that a customer has."""
        with self.as_unsigned():
            self.policy.warranty_ids.days = 5
        self.assertEqual(str(self.deliverable.warranty_until), "2026-03-09")
        later = self.make_deliverable("2026-01-08 16:00")
        self.assertEqual(str(later.warranty_until), "2026-01-13")

    def test_badge_to_the_second(self):
        """Through 9 March 23:59:59 in the customer's zone, in the reader's words."""
        ticket = self.make_claim("2026-01-12 10:00", self.deliverable)
        for moment, inside, note, nota in (
            ("2026-03-09 23:59:59", True, "Covered until March 9, 2026",
             "Cubierto hasta el 9 de marzo de 2026"),
            ("2026-03-10 00:00:00", False, "Warranty ended on March 9, 2026",
             "La garantía terminó el 9 de marzo de 2026"),
        ):  # fmt: skip
            with at(moment):
                self.env.invalidate_all()
                self.assertEqual(self.deliverable.in_warranty, inside)
                found = self.deliverable.search([("in_warranty", "=", True)])
                self.assertEqual(self.deliverable in found, inside)
                self.assertEqual(self.deliverable.warranty_note, note)
                self.assertEqual(ticket.with_context(lang="es_ES").warranty_note, nota)


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

    def test_undone_with_one_button(self):
        ticket = self.make_ticket("10:00")
        self.change(
            ticket,
            "10:10",
            self.manager,
            coverage_override="billable",
            coverage_override_reason="Agreed",
        )
        with self.assertRaises(AccessError):
            ticket.with_user(self.agent).action_undo_coverage_override()
        ticket.with_user(self.manager).action_undo_coverage_override()
        self.assertEqual(ticket.coverage, "covered")


@tagged("post_install", "-at_install")
class TestPresets(WarrantyCommon):
    """What is covered is data of each policy (R-B6, R-C8, R-E7)."""

    def get_terms(self, policy, cause):
        policy = self.env.ref(f"helpdesk_sla_policy.policy_{policy}")
        cause = self.env["helpdesk.coverage.reason"]._get(cause)
        terms = self.env["helpdesk.coverage.clause"]._get_terms(policy.id, cause.id)
        return terms[:2]

    def test_training(self):
        """Excluded in policy A, covered in policy E."""
        self.assertEqual(self.get_terms("stars", "training"), (False, True))
        self.assertEqual(self.get_terms("full", "training"), (True, True))

    def test_warranty_days(self):
        """Stars: ticket and setting 15, development 60; acceptance: all 15."""
        for policy, days in (("stars", (15, 15, 60)), ("acceptance", (15, 15, 15))):
            policy = self.env.ref(f"helpdesk_sla_policy.policy_{policy}")
            kinds = ("ticket", "setting", "development")
            got = tuple(policy._get_warranty_days(kind) for kind in kinds)
            self.assertEqual(got, days)

    def test_each_exclusion_has_a_clause(self):
        for policy, causes in (
            ("acceptance", ("version_change", "parameters_changed", "data_quality",
                            "code_changed")),
            ("production", ("third_party", "data_lost", "shared_responsibility")),
        ):  # fmt: skip
            for cause in causes:
                with self.subTest(policy=policy, cause=cause):
                    self.assertEqual(self.get_terms(policy, cause), (False, True))
                    reason = self.env["helpdesk.coverage.reason"]._get(cause)
                    self.assertTrue(reason.clause)


@tagged("post_install", "-at_install")
class TestDashboard(WarrantyCommon):
    def test_counters_open_what_they_count(self):
        self.make_billable_ticket()
        self.make_deliverable("2026-01-08 16:00")
        self.make_authorization()
        with at("2026-01-12 12:00"):
            teams = self.env["helpdesk.ticket.team"].with_user(self.manager)
            cards = [
                card
                for card in teams.retrieve_dashboard()
                if card["action"].startswith("helpdesk_warranty.")
            ]
            self.assertEqual(len(cards), 4)
            for card in cards:
                with self.subTest(card=card["name"]):
                    action = self.env.ref(card["action"])
                    records = self.env[action.res_model].with_user(self.manager)
                    (name,) = ast.literal_eval(action.context)
                    arch = records.get_view(view_type="search")["arch"]
                    name = name.removeprefix("search_default_")
                    shown = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
                    domain = ast.literal_eval(shown[0].get("domain"))
                    domain += ast.literal_eval(action.domain or "[]")
                    self.assertEqual(records.search_count(domain), card["value"])
