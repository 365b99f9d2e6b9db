"""Missed targets are credited once, within the policy's limits (R-C7)."""

import datetime
import doctest

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .. import credits
from .common import WarrantyCommon


class TestCredits(BaseCase):
    def test_doctests(self):
        result = doctest.testmod(credits)
        self.assertTrue(result.attempted)
        self.assertFalse(result.failed)

    def test_windows_of_every_day(self):
        """A window holds its day, and the windows follow each other without a gap."""
        day = datetime.date(2026, 1, 1)
        while day < datetime.date(2028, 3, 2):
            for period, months in credits.MONTHS.items():
                start, stop = credits.get_window(period, day)
                self.assertTrue(start <= day < stop)
                self.assertEqual((start.day, stop.day), (1, 1))
                length = (stop.year - start.year) * 12 + stop.month - start.month
                self.assertEqual(length, months)
                self.assertEqual(credits.get_window(period, stop)[0], stop)
            day += datetime.timedelta(days=1)

    def test_nothing_missed_gives_nothing(self):
        rule = credits.Rule(percent=5, amount=10, cap_percent=10)
        self.assertEqual(credits.get_credit(rule, 0), (0, 0))

    def test_a_cap_that_is_used_up(self):
        rule = credits.Rule(percent=5, cap_percent=10)
        self.assertEqual(credits.get_credit(rule, 3, percent_given=10), (0, 0))
        self.assertEqual(credits.get_credit(rule, 3, percent_given=12), (0, 0))


@tagged("post_install", "-at_install")
class TestServiceCredit(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.rule = self.make_rule(metric="response", percent=5, cap_percent=10)

    def make_rule(self, **values):
        with self.as_unsigned():
            return self.env["helpdesk.service.credit.rule"].create(
                {"policy_id": self.policy.id, **values}
            )

    def make_answered(self, received, assigned, stars="1", **values):
        """Return a ticket whose response was given at a wall-clock time."""
        ticket = self.make_ticket(received, stars, **values)
        self.move(ticket, assigned, "assigned")
        return ticket

    def make_january(self):
        """Twelve tickets of 1 star (4 h) in January, three answered too late."""
        for day in (5, 6, 7, 8, 9, 12, 13, 14, 15):
            self.make_answered(f"2026-01-{day:02} 09:00", f"2026-01-{day:02} 10:00")
        return [
            self.make_answered(f"2026-01-{day} 09:00", f"2026-01-{day} 13:00:01")
            for day in (19, 20, 21)
        ]

    def propose(self, when="2026-02-01 00:30"):
        cron = self.env.ref("helpdesk_warranty.ir_cron_propose_credits")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["helpdesk.service.credit"].search(
            [("contract_id", "=", self.contract.id)], order="id"
        )

    def test_worked_example(self):
        """12 targets, 3 missed, 5 % each, cap 10 % gives 10 %."""
        missed = self.make_january()
        credit = self.propose()
        self.assertRecordValues(
            credit,
            [
                {
                    "date_from": datetime.date(2026, 1, 1),
                    "date_to": datetime.date(2026, 1, 31),
                    "target_count": 12,
                    "missed_count": 3,
                    "percent": 10,
                    "amount": 0,
                    "state": "proposed",
                    "partner_id": self.customer.id,
                }
            ],
        )
        self.assertEqual(credit.line_ids.mapped("percent"), [5, 5, 0])
        self.assertEqual(credit.line_ids.ticket_id.ids, [t.id for t in missed])
        self.assertIn("decide on the service credit", credit.activity_ids.summary)

    def test_first_misses_take_what_the_cap_leaves(self):
        """Whatever was recorded first: 20 Jan before 21 Jan, 5 % and 3 %."""
        with self.as_unsigned():
            self.rule.cap_percent = 8
        for day in (21, 20):
            self.make_answered(f"2026-01-{day} 09:00", f"2026-01-{day} 13:00:01")
        lines = self.propose().line_ids.sorted("breach_at")
        self.assertEqual(lines.mapped("percent"), [5, 3])

    def test_decided_leaves_nothing_to_do(self):
        self.make_january()
        credit = self.propose()
        with at("2026-02-02 09:00"):
            credit.with_user(self.manager).action_approve()
        self.assertFalse(credit.activity_ids)

    def test_proposed_when_the_period_is_over_there(self):
        """The month ends at the customer's midnight, not at the server's."""
        self.make_january()
        self.assertFalse(self.propose("2026-01-31 23:59:59"))
        self.assertTrue(self.propose("2026-02-01 00:00:00"))

    def test_computed_twice_changes_nothing(self):
        self.make_january()
        first = self.propose()
        lines = first.line_ids
        self.assertEqual(self.propose("2026-02-02 00:30"), first)
        self.assertEqual(first.line_ids, lines)
        with at("2026-02-02 09:00"):
            first.with_user(self.manager).action_approve()
        self.assertEqual(self.propose("2026-02-03 00:30"), first)

    def test_a_refused_miss_is_not_proposed_again(self):
        self.make_january()
        credit = self.propose()
        credit.refusal_reason = "Settled with hours"
        credit.with_user(self.manager).action_refuse()
        self.assertEqual(self.propose("2026-03-01 00:30"), credit)

    def test_a_miss_belongs_to_the_month_of_its_breach(self):
        """Received Fri 30 Jan 15:00, 4 h of work: due Mon 2 Feb 11:00.

        Received Fri 30 Jan 11:00: due 15:00 of that day, answered in February.
        """
        february = self.make_answered("2026-01-30 15:00", "2026-02-02 12:00")
        january = self.make_answered("2026-01-30 11:00", "2026-02-02 12:00")
        credit = self.propose("2026-02-03 00:30")
        self.assertEqual(credit.line_ids.ticket_id, january)
        credits_made = self.propose("2026-03-01 00:30")
        self.assertEqual((credits_made - credit).line_ids.ticket_id, february)
        self.assertEqual(str((credits_made - credit).date_from), "2026-02-01")

    def test_still_open_and_late_is_a_miss(self):
        ticket = self.make_ticket("2026-01-20 09:00")
        self.assertEqual(self.propose().line_ids.ticket_id, ticket)

    def test_void_and_met_are_none(self):
        """Cancelled and duplicate tickets are outside; the last second is in time."""
        cancelled = self.make_ticket("2026-01-20 09:00")
        self.move(cancelled, "2026-01-21 10:00", "cancelled")
        self.make_answered("2026-01-20 09:00", "2026-01-20 13:00:00")
        self.assertFalse(self.propose())

    def test_judged_again_before_the_decision(self):
        """A ticket cancelled after the proposal takes its line away."""
        *_others, last = self.make_january()
        credit = self.propose()
        self.move(last, "2026-02-02 10:00", "cancelled")
        with at("2026-02-02 11:00"):
            credit.with_user(self.manager).action_refresh()
        self.assertRecordValues(credit, [{"missed_count": 2, "percent": 10}])

    def test_what_is_recorded_late_finds_the_rest_of_the_cap(self):
        """January gave 5 %; another miss of January gives the other 5 %, no more."""
        self.make_answered("2026-01-19 09:00", "2026-01-19 13:00:01")
        first = self.propose()
        with at("2026-02-02 09:00"):
            first.with_user(self.manager).action_approve()
        for day in (20, 21):
            self.make_answered(f"2026-01-{day} 09:00", f"2026-01-{day} 13:00:01")
        second = self.propose("2026-02-03 00:30") - first
        self.assertRecordValues(first, [{"percent": 5, "state": "approved"}])
        self.assertRecordValues(
            second,
            [{"percent": 5, "missed_count": 2, "date_from": first.date_from}],
        )

    def test_the_closest_rule_counts(self):
        """Severity and metric before the metric, the metric before any."""
        critical = self.make_rule(metric="response", severity="3", percent=20)
        anything = self.make_rule(amount=15)
        self.make_answered("2026-01-19 09:00", "2026-01-19 13:00:01")
        urgent = self.make_ticket("2026-01-19 09:00", "3")
        self.move(urgent, "2026-01-19 09:30:01", "assigned")
        self.move(urgent, "2026-01-19 09:40", "in_progress")
        self.move(urgent, "2026-01-19 14:00", "done")
        lines = self.propose().line_ids
        self.assertEqual(lines.rule_id, self.rule | critical | anything)
        self.assertEqual(
            {(line.metric, line.percent, line.amount) for line in lines},
            {("response", 5, 0), ("response", 20, 0), ("solution", 0, 15)},
        )

    def test_amounts_have_a_cap_too(self):
        with self.as_unsigned():
            self.rule.write(
                {"percent": 0, "cap_percent": 0, "amount": 40, "cap_amount": 100}
            )
        self.make_january()
        credit = self.propose()
        self.assertRecordValues(credit, [{"percent": 0, "amount": 100}])
        self.assertEqual(credit.line_ids.mapped("amount"), [40, 40, 20])

    def test_quarter(self):
        with self.as_unsigned():
            self.rule.period = "quarter"
        self.make_january()
        self.assertFalse(self.propose("2026-03-31 23:00"))
        credit = self.propose("2026-04-01 00:30")
        self.assertEqual(str(credit.date_to), "2026-03-31")
        self.assertEqual(credit.percent, 10)

    def test_without_a_rule_or_a_contract_nothing(self):
        nobody = self.make_customer("Sin Contrato", "sin")[1].partner_id
        self.make_answered(
            "2026-01-19 09:00", "2026-01-19 13:00:01", partner_id=nobody.id
        )
        self.assertFalse(self.propose())
        with self.as_unsigned():
            self.rule.unlink()
        self.make_january()
        self.assertFalse(self.propose())

    def test_decisions(self):
        """Managers decide, once; what is decided is told and can be taken back."""
        self.make_january()
        credit = self.propose()
        with self.assertRaises(AccessError):
            credit.with_user(self.agent).action_approve()
        with self.assertRefused("Write why"):
            credit.with_user(self.manager).action_refuse()
        with at("2026-02-02 09:00"):
            credit.with_user(self.manager).action_approve()
        self.assertRecordValues(
            credit,
            [
                {
                    "state": "approved",
                    "decided_by_id": self.manager.id,
                    "decided_at": utc("2026-02-02 09:00"),
                }
            ],
        )
        mail = credit.message_ids.filtered(lambda m: self.contact in m.partner_ids)
        self.assertIn("10 % of the fee", " ".join(mail.body.split()))
        with self.assertRefused("Approved"):
            credit.with_user(self.manager).action_refuse()
        credit.with_user(self.manager).action_reopen()
        self.assertEqual(credit.state, "proposed")
        credit.sudo().state = "invoiced"
        with self.assertRefused("Invoiced"):
            credit.with_user(self.manager).action_reopen()

    def test_nobody_writes_figures_or_deletes(self):
        self.make_january()
        credit = self.propose().with_user(self.manager)
        for values in ({"percent": 50}, {"state": "approved"}, {"amount": 1}):
            with self.assertRaises(AccessError):
                credit.write(values)
        with self.assertRaises(AccessError):
            credit.unlink()
        with self.assertRaises(AccessError):
            credit.line_ids.write({"percent": 50})
        with self.assertRaises(AccessError):
            credit.write({"line_ids": [Command.clear()]})

    def test_customers_see_what_was_decided_by_role(self):
        """Money: only contacts who see the billing, never another company."""
        self.make_january()
        credit = self.propose()
        credits_seen = self.env["helpdesk.service.credit"]
        for approve, users in ((False, ()), (True, (self.portal_user,))):
            if approve:
                with at("2026-02-02 09:00"):
                    credit.with_user(self.manager).action_approve()
            for user in (self.portal_user, self.colleague, self.stranger):
                found = credits_seen.with_user(user).search([("id", "=", credit.id)])
                self.assertEqual(bool(found), user in users)

    def test_signed_rules_do_not_change(self):
        """What a customer signed is kept: a new version of the policy changes it."""
        for values in ({"percent": 1}, {"cap_percent": 1}, {"period": "year"}):
            with self.assertRefused("signed contract"):
                self.rule.write(values)
