"""Policy C, production: targets by environment, 24x7 for who bought it (R-C1).

Office hours Mon-Fri 08:00-17:30 America/Panama (UTC-5): a working day has 9.5 hours.
Times are local; 5, 12, 19 and 26 January 2026 are Mondays.
"""

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .preset_common import PresetCommon


@tagged("post_install", "-at_install")
class TestProduction(PresetCommon):
    preset = "production"
    tz = "America/Panama"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract("production_always")
        cls.production = cls.make_environment(cls.contract, "ERP")
        cls.staging = cls.make_environment(cls.contract, "Tests", "non_production")
        cls.other, cls.other_user = cls.make_customer("Ferretería Istmo", "istmo")
        cls.other_contract = cls.make_preset_contract(
            "production", cls.other, contacts=[cls.other_user.partner_id]
        )
        cls.other_production = cls.make_environment(cls.other_contract, "ERP")

    def make_production_ticket(self, received, stars, environment=None, **values):
        """Return a ticket on an environment of either customer; None: on none."""
        values["environment_id"] = environment.id if environment else False
        return self.make_ticket(received, stars, **values)

    def make_other_ticket(self, received, stars, environment=None):
        partner = self.other_user.partner_id
        return self.make_production_ticket(
            received, stars, environment, partner_id=partner.id
        )

    def test_the_worked_example(self):
        """R-C1: the same ticket on Sat 10 Jan 10:00, with the 24x7 subscription.

        Production down: 2 h at every hour: Sat 12:00. Not production: 12 h of
        Mon-Fri 08:00-17:30: 9:30 on Monday, 2:30 on Tuesday: Tue 10:30.
        """
        down = self.make_production_ticket("2026-01-10 10:00", "3", self.production)
        self.assertEqual(down.contract_id, self.contract)
        self.assertDue(down, "response", "2026-01-10 12:00")
        tests = self.make_production_ticket("2026-01-10 10:00", "3", self.staging)
        self.assertDue(tests, "response", "2026-01-13 10:30")

    def test_without_the_subscription_production_waits_for_monday(self):
        """R-C1: the same ticket of a customer in office hours: Mon 10:00."""
        down = self.make_other_ticket("2026-01-10 10:00", "3", self.other_production)
        self.assertEqual(down.contract_id, self.other_contract)
        self.assertDue(down, "response", "2026-01-12 10:00")

    def test_down_again_and_up(self):
        """R-C1: production goes by its state: 3 stars are down, fewer are up.

        Up, received Tue 20 Jan 10:00: 4 h: 14:00. Down at 11:00: 2 h: 12:00. Up
        again at 11:30: 14:00.
        """
        ticket = self.make_production_ticket("2026-01-20 10:00", "2", self.production)
        self.assertDue(ticket, "response", "2026-01-20 14:00")
        self.change(ticket, "2026-01-20 11:00", priority="3")
        self.assertDue(ticket, "response", "2026-01-20 12:00")
        self.change(ticket, "2026-01-20 11:30", priority="1")
        self.assertDue(ticket, "response", "2026-01-20 14:00")

    def test_the_environment_is_corrected(self):
        """Another environment has another target and other hours, from then on.

        Production up, Wed 21 Jan 10:00; at 11:00 it is not production: 12 h, 1 h
        used: 6:30 on Wednesday until 17:30, 4:30 on Thursday: 12:30.
        """
        ticket = self.make_production_ticket("2026-01-21 10:00", "2", self.production)
        self.assertDue(ticket, "response", "2026-01-21 14:00")
        self.change(ticket, "2026-01-21 11:00", environment_id=self.staging.id)
        self.assertDue(ticket, "response", "2026-01-22 12:30")

    def test_the_first_public_reply_is_the_response(self):
        """R-C1: the last second of 2 h at night, then the first one too many."""
        for second, verdict in (("01:00:00", "met"), ("01:00:01", "missed")):
            ticket = self.make_production_ticket(
                "2026-01-11 23:00", "3", self.production
            )
            self.move(ticket, "2026-01-11 23:10", "investigation")
            self.assertDue(ticket, "response", "2026-01-12 01:00")
            self.post(ticket, f"2026-01-12 {second}", self.agent)
            self.assertTimer(ticket, "response", verdict)

    def test_without_contract_it_is_refused(self):
        """R-C2: the customer is told; no promise is left."""
        user = self.make_customer("Sin Contrato", "none")[1]
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            ticket = self.make_ticket(
                "2026-01-20 10:00", "3", partner_id=user.partner_id.id
            )
        self.assertEqual(ticket.stage_id, self.stages["rejected"])
        self.assertTrue(ticket.refusal_reason)
        self.assertNoTimer(ticket, "response")

    def test_only_registered_users_open_tickets(self):
        """R-C5: a colleague without the role is held until somebody releases it.

        Sat 10 Jan 10:00, production down; released at 11:00: due 12:00 all the same.
        """
        colleague = self.env["res.partner"].create(
            {
                "name": "Colega Nueva",
                "email": "colega@customer.example.com",
                "parent_id": self.customer.id,
            }
        )
        ticket = self.make_production_ticket(
            "2026-01-10 10:00", "3", self.production, partner_id=colleague.id
        )
        self.assertEqual(ticket.hold_reason, "unauthorized")
        self.assertFalse(ticket.next_due)
        with at("2026-01-10 11:00", self.tz):
            ticket.with_user(self.agent).release_reason = "Confirmed by phone"
            ticket.with_user(self.agent).action_release()
        self.assertDue(ticket, "response", "2026-01-10 12:00")

    def test_a_refused_ticket_is_outside_every_rate(self):
        """R-C6."""
        ticket = self.make_production_ticket("2026-01-20 10:00", "3", self.production)
        self.move(ticket, "2026-01-20 13:00", "rejected")
        self.assertNoTimer(ticket, "response")

    def test_january(self):
        """R-C1: a month of tickets; Fri 9 Jan 2026 is a public holiday in Panama."""
        self.close_for_holidays("pa", self.office)
        production, staging = self.production, self.staging
        theirs = self.other_production
        month = [
            # received, stars, environment, due: how it is counted
            # 24x7, down: 2 h across midnight.
            ("2026-01-04 23:30", "3", production, "2026-01-05 01:30"),
            # 24x7, up: 4 h on a Saturday.
            ("2026-01-10 10:00", "2", production, "2026-01-10 14:00"),
            # 24x7, up, whatever the stars below three: 4 h.
            ("2026-01-11 20:00", "0", production, "2026-01-12 00:00"),
            # The holiday closes no 24x7 calendar: 2 h on Friday.
            ("2026-01-09 10:00", "3", production, "2026-01-09 12:00"),
            # Not production, 12 h: Thu 16:30-17:30 1:00; Fri closed; Mon 9:30;
            # Tue 1:30.
            ("2026-01-08 16:30", "1", staging, "2026-01-13 09:30"),
            # Not production at 3 stars is still not production: Wed 0:30, Thu 9:30,
            # Fri 2:00.
            ("2026-01-14 17:00", "3", staging, "2026-01-16 10:00"),
            # Office hours, up, 4 h: Thu 16:30-17:30 1:00; Fri closed; Mon 3:00.
            ("2026-01-08 16:30", "2", theirs, "2026-01-12 11:00"),
            # Office hours, down, 2 h: Thu 17:00 0:30; Fri closed; Mon 1:30.
            ("2026-01-08 17:00", "3", theirs, "2026-01-12 09:30"),
            # Office hours, down on Sunday: Mon 08:00-10:00.
            ("2026-01-18 15:00", "3", theirs, "2026-01-19 10:00"),
            # No environment named: the stars say it. 2 h in office hours.
            ("2026-01-19 08:00", "3", None, "2026-01-19 10:00"),
            # 4 h: Thu 16:00-17:30 1:30, Fri 2:30.
            ("2026-01-22 16:00", "2", None, "2026-01-23 10:30"),
            # 12 h: Fri 12:00-17:30 5:30, Mon 6:30.
            ("2026-01-23 12:00", "1", None, "2026-01-26 14:30"),
        ]
        for received, stars, environment, due in month:
            make = (
                self.make_production_ticket
                if environment in (production, staging)
                else self.make_other_ticket
            )
            with self.subTest(received=received, stars=stars):
                ticket = make(received, stars, environment)
                self.assertDue(ticket, "response", due)
                self.move(ticket, due, "investigation")
                self.post(ticket, due, self.agent)
                self.assertTimer(ticket, "response", "met")
                self.assertNoTimer(ticket, "solution")
