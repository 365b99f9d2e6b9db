"""The warranty on what was delivered (R-A13, R-B6)."""

from datetime import date, timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestWarranty(WarrantyCommon):
    """In days by kind, from the later of delivery and go-live (R-A13, R-B6)."""

    def assertWarranty(self, deliverable, last_day):
        """Assert the last day, whose last second is still covered."""
        self.assertEqual(str(deliverable.warranty_until), last_day)
        following = date.fromisoformat(last_day) + timedelta(days=1)
        for moment, inside in (
            (f"{last_day} 23:59:59", True),
            (f"{following} 00:00:00", False),
        ):
            self.assertEqual(deliverable._is_in_warranty(utc(moment)), inside)
            with at(moment):
                self.env.invalidate_all()
                self.assertEqual(deliverable.in_warranty, inside)

    def test_by_kind(self):
        """Tickets and settings 15 days, developments 60, documents none."""
        for kind, last_day in (
            ("ticket", "2026-01-23"),
            ("setting", "2026-01-23"),
            ("development", "2026-03-09"),
        ):
            deliverable = self.make_deliverable("2026-01-08 16:00", kind=kind)
            self.assertWarranty(deliverable, last_day)
        for kind in ("document", "estimate"):
            deliverable = self.make_deliverable("2026-01-08 16:00", kind=kind)
            self.assertFalse(deliverable.warranty_until)
            self.assertFalse(deliverable.in_warranty)

    def test_go_live_later_counts(self):
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", go_live_date="2026-02-01"
        )
        self.assertWarranty(deliverable, "2026-04-02")

    def test_go_live_earlier_does_not(self):
        deliverable = self.make_deliverable(
            "2026-01-08 16:00", go_live_date="2026-01-02"
        )
        self.assertWarranty(deliverable, "2026-03-09")

    def test_go_live_told_later_moves_the_warranty(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        deliverable.sudo(False).with_user(self.agent).go_live_date = "2026-01-20"
        self.assertWarranty(deliverable, "2026-03-21")

    def test_day_is_the_customers(self):
        """Delivered 23:30 in Guayaquil is the 8th there, the 9th in UTC."""
        deliverable = self.make_deliverable("2026-01-08 23:30")
        self.assertWarranty(deliverable, "2026-03-09")

    def test_customer_in_another_zone(self):
        """Delivered 19:00 in Guayaquil is 01:00 of the 9th in Madrid."""
        self.contract.tz = "Europe/Madrid"
        deliverable = self.make_deliverable("2026-01-08 19:00")
        self.assertEqual(str(deliverable.warranty_until), "2026-03-10")

    def test_rejected_version_has_no_warranty(self):
        """A version accepted after a rejection: from its own delivery."""
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with at("2026-01-09 10:00"):
            deliverable.with_user(self.portal_user).action_reject("Wrong sum")
            self.env.invalidate_all()
            self.assertFalse(deliverable.in_warranty)
            version = deliverable.browse(deliverable.action_redeliver()["res_id"])
        with at("2026-01-14 12:00"):
            version.action_deliver()
        self.assertWarranty(version, "2026-03-15")

    def test_days_are_the_policys(self):
        """A policy copied for one customer may give more."""
        policy = self.policy.copy()
        term = policy.warranty_ids.filtered(lambda term: term.kind == "development")
        term.days = 90
        self.contract.plan_id = self.plan.copy({"policy_id": policy.id})
        deliverable = self.make_deliverable("2026-01-08 16:00")
        self.assertWarranty(deliverable, "2026-04-08")

    def test_terms_are_kept_once_per_kind_and_positive(self):
        terms = self.env["helpdesk.warranty.term"]
        for values in (
            {"kind": "setting", "days": 1},
            {"kind": "document", "days": -1},
        ):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                terms.create({"policy_id": self.policy.id, **values})

    def test_deliverable_of_another_customer_cannot_be_claimed(self):
        deliverable = self.make_deliverable("2026-01-08 16:00")
        with self.assertRefused("another customer", UserError):
            self.make_claim(
                "2026-01-20 10:00",
                deliverable,
                partner_id=self.stranger.partner_id.id,
            )
