"""An estimate asks for an authorisation; silence never approves hours (R-A2, R-B4)."""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SIGNATURE, WarrantyCommon


@tagged("post_install", "-at_install")
class TestEstimate(WarrantyCommon):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(
            "2026-01-12 10:00", type_id=self.development.id, work_override_reason=False
        )

    def estimate(self, when="2026-01-13 11:00", **values):
        return self.make_deliverable(
            when,
            self.ticket,
            kind="estimate",
            **{"estimated_hours": 6, "estimated_price": 45, **values},
        )

    def test_delivering_it_asks_for_its_hours(self):
        estimate = self.estimate(specification="<p>A report of payments</p>")
        self.assertRecordValues(
            estimate.authorization_ids,
            [
                {
                    "state": "sent",
                    "ticket_id": self.ticket.id,
                    "hours": 6,
                    "price_unit": 45,
                    "sent_at": utc("2026-01-13 11:00"),
                }
            ],
        )
        self.assertIn("payments", estimate.authorization_ids.description)
        with self.assertRefused("delivered already"):
            estimate.action_deliver()

    def test_approved_hours_accept_it(self):
        estimate = self.estimate()
        self.approve(estimate.authorization_ids, "2026-01-14 10:00")
        self.assertEqual(estimate.answer, "accepted")
        self.assertEqual(estimate.answered_by, "Lucía Paredes")
        self.assertEqual(estimate.answered_at, utc("2026-01-14 10:00"))
        self.assertEqual(self.ticket.authorized_hours, 6)

    def test_rejected_hours_reject_it_and_the_next_version_asks_again(self):
        estimate = self.estimate()
        authorization = estimate.authorization_ids
        with at("2026-01-14 10:00"):
            authorization.sudo(False).with_user(self.portal_user)._refuse("Too many")
        self.assertEqual((estimate.answer, estimate.grounds), ("rejected", "Too many"))
        with at("2026-01-15 10:00"):
            action = estimate.with_user(self.agent).action_redeliver()
            again = self.env["helpdesk.deliverable"].browse(action["res_id"])
            again.with_user(self.agent).estimated_hours = 4
            again.with_user(self.agent).action_deliver()
        self.assertEqual(again.version, 2)
        self.assertEqual(again.authorization_ids.hours, 4)
        self.assertEqual(authorization.hours, 6)

    def test_silence_accepts_no_hours(self):
        """No term runs: weeks later nothing is accepted and nobody waits (R-B4)."""
        estimate = self.estimate()
        self.assertFalse(estimate.acceptance_deadline)
        cron = self.env.ref("helpdesk_warranty.ir_cron_lapse_authorizations")
        with at("2026-02-20 10:00"), self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
            cron.method_direct_trigger()
        with at("2026-02-20 10:00"):
            self.env.invalidate_all()
            self.assertEqual(estimate.state, "withdrawn")
            self.assertEqual(estimate.authorization_ids.state, "lapsed")
            authorization = estimate.authorization_ids.sudo(False)
            action = authorization.with_user(self.agent).action_ask_again()
            again = self.env["helpdesk.deliverable"].browse(action["res_id"])
            again.with_user(self.agent).action_deliver()
        self.assertEqual((again.version, again.state), (2, "delivered"))
        self.assertEqual(again.authorization_ids.mapped("state"), ["sent"])
        self.assertEqual(again.authorization_ids.hours, 6)
        self.assertEqual(self.ticket.authorized_hours, 0)

    def test_hours_that_are_taken_back_take_the_estimate_back(self):
        """Who withdraws the hours can deliver a better estimate (R-B4)."""
        estimate = self.estimate()
        authorization = estimate.authorization_ids.sudo(False)
        with at("2026-01-14 10:00"):
            authorization.with_user(self.agent).action_withdraw()
        self.assertEqual(estimate.answer, "withdrawn")
        self.assertEqual(estimate.answered_at, utc("2026-01-14 10:00"))
        with at("2026-01-14 10:05"):
            action = estimate.sudo(False).with_user(self.agent).action_redeliver()
        again = self.env["helpdesk.deliverable"].browse(action["res_id"])
        self.assertEqual((again.version, again.state), (2, "draft"))

    def test_it_is_not_accepted_besides_its_hours(self):
        estimate = self.estimate().sudo(False)
        with at("2026-01-14 10:00"):
            for user in (self.agent, self.portal_user):
                with self.assertRefused("Hours are approved with a signature"):
                    estimate.with_user(user).action_accept("Lucía", SIGNATURE)
        self.assertFalse(estimate.sudo().answer)

    def test_what_was_asked_does_not_change(self):
        estimate = self.estimate()
        for values in ({"estimated_hours": 60}, {"estimated_price": 1}):
            with self.assertRefused("does not change"):
                estimate.sudo(False).with_user(self.manager).write(values)

    def test_the_promise_of_an_estimate_is_kept_by_delivering_it(self):
        """Development task: 5 business days from Mon 12 Jan, due Mon 19 Jan 17:00."""
        self.assertTimer(self.ticket, "estimate", "running", due="2026-01-19 17:00")
        self.estimate("2026-01-19 17:00:00")
        self.assertTimer(self.ticket, "estimate", "met")

    def test_an_estimate_too_late(self):
        self.estimate("2026-01-19 17:00:01")
        self.assertTimer(self.ticket, "estimate", "missed")
