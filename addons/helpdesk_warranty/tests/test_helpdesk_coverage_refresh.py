"""Coverage that edits elsewhere change: in bulk, resumable, told in one mail."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from ..models import helpdesk_coverage_refresh, helpdesk_ticket_refresh
from .common import WarrantyCommon

REFRESH = "helpdesk_warranty.ir_cron_refresh_coverage"
TELL = "helpdesk_warranty.ir_cron_tell_uncovered"


@tagged("post_install", "-at_install")
class TestCoverageRefresh(CronMixinCase, WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.tickets = self.env["helpdesk.ticket"].concat(
            *[self.make_ticket("2026-01-05 10:00") for _number in range(3)]
        )
        self.requests = self.env["helpdesk.coverage.refresh"]
        self.flush_tracking()

    def flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def as_many(self):
        """Let three tickets count as more than one request judges."""
        return patch.object(helpdesk_coverage_refresh, "AT_ONCE", 2)

    def end_contract(self, when="2026-01-12 10:00", end="2026-01-11"):
        """End the contract of the tickets, with more of them than fit at once."""
        with at(when), self.as_many():
            self.contract.date_end = end
            self.flush_tracking()

    def run_job(self, when, xmlid=REFRESH):
        self.run_cron(when, self.env.ref(xmlid))

    def get_mails(self, tickets):
        """Return the mails that say that these are not covered."""
        return tickets.message_ids.filtered(
            lambda message: "does not cover" in (message.subject or "")
        )

    def test_few_are_judged_with_the_edit(self):
        """R-A9: judged live."""
        with at("2026-01-12 10:00"):
            self.contract.date_end = "2026-01-11"
        self.assertEqual(set(self.tickets.mapped("coverage")), {"billable"})
        self.assertFalse(self.requests.search([]))

    def test_many_are_judged_by_the_job(self):
        """The edit costs one row, whatever is open; the job begins at once."""
        with self.capture_triggers(REFRESH) as capture:
            self.end_contract()
        self.assertTrue(capture.records)
        self.assertEqual(set(self.tickets.mapped("coverage")), {"covered"})
        self.run_job("2026-01-12 10:01")
        self.assertEqual(set(self.tickets.mapped("coverage")), {"billable"})
        self.assertEqual(
            set(self.tickets.mapped("coverage_at")), {utc("2026-01-12 10:01")}
        )
        self.assertFalse(self.requests.search([]))
        for ticket in self.tickets:
            track = ticket.message_ids.tracking_value_ids.filtered(
                lambda value: value.field_id.name == "coverage"
            )
            self.assertRecordValues(
                track.sorted("id")[-1:],
                [{"old_value_char": "Covered", "new_value_char": "Not covered"}],
            )

    def test_more_tickets_cost_a_batch_no_more_statements(self):
        """Judging, tracking and telling ten tickets takes what three take."""

        def count(day):
            self.end_contract(end=day)
            before = self.env.cr.sql_log_count
            self.run_job("2026-01-12 10:01")
            return self.env.cr.sql_log_count - before

        def cover():
            self.end_contract(end="2026-12-31")
            self.run_job("2026-01-12 10:01")
            self.contract.ticket_ids.uncovered_due = False

        count("2026-01-11")
        cover()
        three = count("2026-01-11")
        cover()
        for _number in range(7):
            self.make_ticket("2026-01-05 10:00")
        self.flush_tracking()
        self.assertLess(count("2026-01-11") - three, 7)

    def test_cut_off_goes_on_where_it_was(self):
        """A job that runs out of time after two tickets judges the third one next."""
        self.end_contract()
        with (
            patch.object(helpdesk_ticket_refresh, "BATCH", 2),
            patch.object(IrCron, "_commit_progress", return_value=0),
            at("2026-01-12 10:01"),
        ):
            self.env["helpdesk.ticket"]._cron_refresh_coverage()
        first, second, third = self.tickets.sorted("id")
        self.assertEqual(self.requests.search([]).after_id, second.id)
        self.assertEqual(third.coverage, "covered")
        self.run_job("2026-01-12 10:02")
        self.assertEqual(third.coverage, "billable")
        self.assertEqual(third.coverage_at, utc("2026-01-12 10:02"))
        self.assertEqual(first.coverage_at, utc("2026-01-12 10:01"))

    def test_edits_that_ask_the_same_are_worked_off_once(self):
        self.end_contract()
        self.requests.search([]).after_id = self.tickets[0].id
        self.end_contract(end="2026-01-10")
        self.assertEqual(len(self.requests.search([])), 2)
        self.assertEqual(self.requests._take().after_id, 0)
        self.assertEqual(len(self.requests.search([])), 1)

    def test_cost_follows_the_tickets_concerned(self):
        """Other customers' open tickets add no statement."""

        def count(day):
            self.end_contract(end=day)
            before = self.env.cr.sql_log_count
            self.run_job("2026-01-12 10:01")
            return self.env.cr.sql_log_count - before

        count("2026-01-10")
        alone = count("2026-01-09")
        other = self.make_contract(partner_id=self.stranger.partner_id.parent_id.id)
        for _number in range(10):
            self.make_ticket(
                "2026-01-05 10:00",
                partner_id=self.stranger.partner_id.id,
                contract_id=other.id,
            )
        self.assertLessEqual(count("2026-01-08"), alone)

    def test_every_edit_that_decides_coverage_reaches_open_tickets(self):
        """Contract, plan, cause and clause; a ticket of each is judged again."""
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        cause = self.env["helpdesk.coverage.reason"].create(
            {"code": "fire", "name": "Fire", "is_cause": True}
        )
        service = self.env["helpdesk.support.service"].create({"name": "Trips"})
        ticket = self.make_ticket(
            "2026-01-05 10:00", channel_id=phone.id, service_id=service.id
        )
        ticket.write({"cause_id": cause.id, "work_override_reason": "Tested"})
        plan = self.contract.plan_id
        clauses = self.env["helpdesk.coverage.clause"]
        values = {"policy_id": self.policy.id, "reason_id": cause.id}
        edits = [
            (lambda: clauses.create({**values, "is_covered": True}), "covered"),
            (
                lambda: clauses.search([("reason_id", "=", cause.id)]).unlink(),
                "billable",
            ),
            (lambda: cause.write({"coverage": "covered"}), "covered"),
            (lambda: self.change(ticket, "10:00", cause_id=False), "covered"),
            (
                lambda: plan.write(
                    {
                        "service_ids": [
                            (0, 0, {"service_id": service.id, "kind": "excluded"})
                        ]
                    }
                ),
                "billable",
            ),
            (
                lambda: plan.service_ids.filtered(
                    lambda line: line.service_id == service
                ).write({"kind": "included"}),
                "covered",
            ),
            (
                lambda: (
                    self.contract.write({"suspension_reason": "Unpaid"})
                    and self.contract.action_suspend()
                ),
                "billable",
            ),
        ]
        with at("2026-01-12 10:00"), self.as_unsigned():
            for number, (edit, expected) in enumerate(edits):
                with self.subTest(edit=number):
                    edit()
                    self.assertEqual(ticket.coverage, expected)

    def test_policy_that_asks_for_a_contract(self):
        """R-B6: claims are judged again when the policy's switch turns."""
        deliverable = self.make_deliverable("2026-01-08 16:00", self.tickets[0])
        claim = self.make_claim("2026-01-09 10:00", deliverable)
        with at("2026-01-12 10:00"), self.as_unsigned():
            self.contract.date_end = "2026-01-11"
            self.assertEqual(claim.coverage, "warranty")
            self.policy.warranty_needs_contract = True
            self.assertEqual(claim.coverage, "billable")

    def test_days_of_the_policy_move_no_warranty(self):
        """R-A7: what was delivered keeps the days that it was delivered with."""
        deliverable = self.make_deliverable("2026-01-08 16:00", self.tickets[0])
        claim = self.make_claim("2026-03-09 10:00", deliverable)
        with at("2026-03-09 11:00"), self.as_unsigned():
            self.policy.warranty_ids.days = 5
        self.assertEqual(deliverable.warranty_days, 60)
        self.assertEqual(claim.coverage, "warranty")

    # One mail for many tickets

    def test_contract_that_ends_writes_one_mail_to_each_contact(self):
        """R-A9: three tickets of one contact, one of another: two mails, not four."""
        single = self.make_ticket(
            "2026-01-05 10:00", partner_id=self.colleague.partner_id.id
        )
        tickets = self.tickets | single
        self.flush_tracking()
        self.end_contract()
        self.run_job("2026-01-12 10:01")
        self.flush_tracking()
        self.assertFalse(self.get_mails(tickets))
        self.run_job("2026-01-12 10:02", TELL)
        merged, own = self.get_mails(self.tickets), self.get_mails(single)
        self.assertEqual((len(merged), len(own)), (1, 1))
        self.assertEqual(merged.partner_ids, self.contact)
        self.assertEqual(own.partner_ids, self.colleague.partner_id)
        for ticket in self.tickets:
            self.assertIn(ticket.number, merged.body)
        self.assertEqual(merged.body.count("ended on January 11, 2026"), 3)
        self.assertEqual(merged.res_id, min(self.tickets.ids))
        told = set(tickets.mapped("uncovered_told_at"))
        self.assertEqual(told, {utc("2026-01-12 10:02")})
        note = self.tickets.sorted("id")[1].message_ids.mapped("body")
        self.assertIn(f"Told with {self.tickets[0].number}", " ".join(note))
        self.run_job("2026-01-12 10:03", TELL)
        self.assertEqual(len(self.get_mails(tickets)), 2)

    def test_contract_that_ends_by_time_writes_one_mail(self):
        self.run_job("2027-01-01 00:00")
        self.flush_tracking()
        self.assertFalse(self.get_mails(self.tickets))
        self.run_job("2027-01-01 00:01", TELL)
        self.assertEqual(len(self.get_mails(self.tickets)), 1)

    def test_a_few_with_one_edit_are_merged_too(self):
        with at("2026-01-12 10:00"):
            self.contract.date_end = "2026-01-11"
            self.flush_tracking()
        self.assertFalse(self.get_mails(self.tickets))
        self.run_job("2026-01-12 10:01", TELL)
        self.assertEqual(len(self.get_mails(self.tickets)), 1)

    def test_an_agent_who_changes_several_writes_one_mail(self):
        cause = self.env.ref("helpdesk_warranty.reason_training")
        with at("2026-01-12 10:00"):
            self.tickets.with_user(self.agent).cause_id = cause
            self.flush_tracking()
        self.run_job("2026-01-12 10:01", TELL)
        mail = self.get_mails(self.tickets)
        self.assertEqual(len(mail), 1)

    def test_a_contact_whose_mail_cannot_be_written_stops_no_other(self):
        """The Spanish template is broken: told later, and nobody twice (R-A9)."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.contact.lang = "es_ES"
        single = self.make_ticket(
            "2026-01-05 10:00", partner_id=self.colleague.partner_id.id
        )
        name = "helpdesk_warranty.mail_template_uncovered_together"
        spanish = self.env.ref(name).with_context(lang="es_ES")
        body = spanish.body_html
        with patch.object(type(spanish), "_check_can_be_rendered"):
            spanish.body_html = '<p><t t-out="object.no_such_field"/></p>'
        self.end_contract()
        self.run_job("2026-01-12 10:01")
        for when in ("2026-01-12 10:02", "2026-01-13 10:02"):
            self.run_job(when, TELL)
            self.assertEqual(set(self.tickets.mapped("uncovered_due")), {True})
            self.assertEqual(single.uncovered_told_at, utc("2026-01-12 10:02"))
        failure = self.env["helpdesk.job.failure"].search(
            [("cron_id", "=", self.env.ref(TELL).id)]
        )
        self.assertEqual(failure.res_id, min(self.tickets.ids))
        self.assertEqual(failure.count, 2)
        spanish.body_html = body
        for when in ("2026-01-14 10:02", "2026-01-15 10:02"):
            self.run_job(when, TELL)
        told = set(self.tickets.mapped("uncovered_told_at"))
        self.assertEqual(told, {utc("2026-01-14 10:02")})
        self.assertEqual(len(self.get_mails(single)), 1)
        self.assertFalse(failure.exists())

    def test_a_ticket_that_cannot_be_judged_stops_no_other(self):
        """Whether an edit or time turns it: the others are judged, it is next time."""
        bad = self.tickets.sorted("id")[1]
        tickets = self.registry["helpdesk.ticket"]
        judge = tickets._compute_coverage

        def fail(records):
            if bad in records:
                raise ValueError("no calendar")
            return judge(records)

        logger = "odoo.addons.helpdesk_sla_policy.models.helpdesk_job_failure"
        with patch.object(tickets, "_compute_coverage", fail), mute_logger(logger):
            self.end_contract()
            self.run_job("2026-01-12 10:01")
            self.assertEqual((self.tickets - bad).mapped("coverage"), ["billable"] * 2)
            self.assertFalse(self.requests.search([]))
            self.run_job("2026-01-12 11:01")  # time turns it too: it is left out
        failure = self.env["helpdesk.job.failure"].search([("res_id", "=", bad.id)])
        self.assertEqual(failure.count, 2)
        self.run_job("2026-01-12 12:01")
        self.assertEqual(bad.coverage, "billable")
        self.assertEqual(bad.coverage_at, utc("2026-01-12 12:01"))
        self.assertFalse(failure.exists())

    def test_what_is_covered_again_is_not_told(self):
        """A date that was corrected before the mail left."""
        self.end_contract()
        self.run_job("2026-01-12 10:01")
        self.end_contract("2026-01-12 10:02", "2026-12-31")
        self.run_job("2026-01-12 10:03", TELL)  # waits for what is to be judged
        self.assertEqual(set(self.tickets.mapped("uncovered_due")), {True})
        self.run_job("2026-01-12 10:04")
        self.run_job("2026-01-12 10:05", TELL)
        self.assertFalse(self.get_mails(self.tickets))
        self.assertEqual(set(self.tickets.mapped("uncovered_due")), {False})

    def test_in_the_contacts_language(self):
        self.contact.lang = "es_ES"
        self.end_contract()
        self.run_job("2026-01-12 10:01")
        self.run_job("2026-01-12 10:02", TELL)
        mail = self.tickets.message_ids.filtered(
            lambda message: "no cubre" in (message.subject or "")
        )
        self.assertEqual(mail.body.count("terminó el 11 de enero de 2026"), 3)

    def test_long_lists_name_the_first_tickets(self):
        with patch(
            "odoo.addons.helpdesk_warranty.models.helpdesk_ticket_uncovered.NAMED", 2
        ):
            self.end_contract()
            self.run_job("2026-01-12 10:01")
            self.run_job("2026-01-12 10:02", TELL)
        text = " ".join(self.get_mails(self.tickets).body.split())
        self.assertIn("There are 1 more", text)
        self.assertNotIn(self.tickets.sorted("id")[2].number, text)

    def test_mails_that_came_too_early_are_called_for_again(self):
        """The mails' job runs between two batches; the last one turns nothing."""
        self.end_contract()
        self.tickets.sorted("id")[1:].uncovered_told_at = utc("2026-01-10 10:00")
        with (
            patch.object(helpdesk_ticket_refresh, "BATCH", 1),
            patch.object(IrCron, "_commit_progress", return_value=0),
            at("2026-01-12 10:01"),
        ):
            self.env["helpdesk.ticket"]._cron_refresh_coverage()
        self.env["ir.cron.trigger"].search([]).unlink()
        self.run_job("2026-01-12 10:01", TELL)
        self.assertFalse(self.get_mails(self.tickets))  # not all are judged
        with self.capture_triggers(TELL) as capture:
            self.run_job("2026-01-12 10:02")
        self.assertTrue(capture.records)
        self.run_job("2026-01-12 10:03", TELL)
        self.assertEqual(len(self.get_mails(self.tickets)), 1)
