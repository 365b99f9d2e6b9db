"""Billable work waits until the customer approves hours and price (R-A8, R-B4)."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import SIGNATURE, WarrantyCommon


@tagged("post_install", "-at_install")
class TestAuthorization(WarrantyCommon):
    def test_customer_is_asked_with_hours_price_and_reason(self):
        authorization = self.make_authorization()
        self.assertEqual(authorization.state, "sent")
        self.assertEqual(authorization.sent_at, utc("11:00"))
        mail = authorization.message_ids.filtered(
            lambda message: self.contact in message.partner_ids
        )
        for words in ("User error or misuse is not covered", "3", "45.00"):
            self.assertIn(words, mail.body)

    def test_approved_with_who_when_and_from_where(self):
        authorization = self.make_authorization()
        self.approve(authorization)
        self.assertRecordValues(
            authorization,
            [
                {
                    "state": "approved",
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("12:00"),
                    "answered_from": "192.0.2.7",
                }
            ],
        )
        self.assertTrue(authorization.signature)
        self.assertEqual(authorization.ticket_id.authorized_hours, 3)

    def test_rejected_authorises_nothing(self):
        authorization = self.make_authorization()
        with at("12:00"):
            authorization.sudo(False).with_user(self.portal_user)._refuse()
        self.assertEqual(authorization.state, "rejected")
        self.assertEqual(authorization.ticket_id.authorized_hours, 0)

    def test_answered_once(self):
        """Two people at once: one wins, the other is told."""
        authorization = self.make_authorization()
        self.approve(authorization)
        with self.assertRefused("answered already"):
            self.approve(authorization)
        with self.assertRefused("answered already"):
            authorization.sudo(False).with_user(self.portal_user)._refuse()

    def test_draft_is_not_signed(self):
        """The customer does not even see it before it is sent."""
        authorization = self.make_authorization(sent=None)
        with self.assertRaises(AccessError):
            self.approve(authorization)

    def test_role_is_asked_for(self):
        """Only contacts who approve estimates (R-B4); nobody else's customers."""
        authorization = self.make_authorization()
        for user in (self.colleague, self.stranger):
            with self.assertRaises(AccessError):
                self.approve(authorization, user=user)
        self.assertEqual(authorization.state, "sent")

    def test_agents_cannot_approve_for_the_customer(self):
        authorization = self.make_authorization()
        for user in (self.agent, self.manager):
            with self.assertRefused("approves estimates", AccessError):
                self.approve(authorization, user=user)

    def test_agents_cannot_forge_an_approval(self):
        """State, signature and who signed are written by the answer alone."""
        authorization = self.make_authorization()
        for values in (
            {"state": "approved"},
            {"answered_by": "Lucía Paredes"},
            {"answered_at": utc("12:00")},
            {"answered_from": "192.0.2.7"},
            {"signature": SIGNATURE},
            {"sent_at": utc("10:00")},
        ):
            for user in (self.agent, self.manager):
                forged = authorization.sudo(False).with_user(user)
                with (
                    self.subTest(values=values, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    forged.write(values)
        with self.assertRaises(AccessError):
            self.env["helpdesk.authorization"].with_user(self.agent).create(
                {
                    "ticket_id": authorization.ticket_id.id,
                    "hours": 30,
                    "state": "approved",
                }
            )

    def test_customer_without_a_contract_approves(self):
        """Without a contract nobody has roles: any contact of the customer may."""
        self.contract.is_signed = False
        self.contract.active = False
        ticket = self.make_ticket("10:00", work_override_reason=False)
        self.assertFalse(ticket.contract_id)
        authorization = self.make_authorization(ticket)
        self.approve(authorization, user=self.colleague)
        self.assertEqual(authorization.state, "approved")

    def test_sent_terms_do_not_change(self):
        """What the customer was asked to approve stays as it was."""
        authorization = self.make_authorization()
        other = self.make_ticket("10:00")
        for values in (
            {"hours": 5},
            {"price_unit": 50},
            {"ticket_id": other.id},
            {"description": "<p>More</p>"},
            {"currency_id": self.env.ref("base.EUR").id},
        ):
            with self.assertRefused("does not change"):
                authorization.sudo(False).with_user(self.manager).write(values)

    def test_draft_may_change(self):
        authorization = self.make_authorization(sent=None)
        authorization.sudo(False).with_user(self.agent).write({"hours": 5})
        self.assertEqual(authorization.amount, 225)

    def test_only_drafts_can_be_deleted(self):
        with self.assertRefused("Only a draft"):
            self.make_authorization().with_user(self.manager).unlink()
        draft = self.make_authorization(sent=None)
        draft.with_user(self.manager).unlink()
        self.assertFalse(draft.exists())

    def test_sent_once(self):
        with self.assertRefused("sent already"):
            self.make_authorization().action_send()

    def test_hours_and_price_make_sense(self):
        for values in ({"hours": 0}, {"hours": -1}, {"price_unit": -1}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.make_authorization(**values)

    def test_price_is_in_the_contracts_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.contract.currency_id = euro
        self.assertEqual(self.make_authorization(sent=None).currency_id, euro)

    def test_hours_add_up(self):
        """A second authorisation adds hours to the first."""
        ticket = self.make_billable_ticket()
        for hours in (3, 2):
            self.approve(self.make_authorization(ticket, hours=hours))
        self.make_authorization(ticket, hours=8)
        self.assertEqual(ticket.authorized_hours, 5)
        self.assertEqual(ticket.authorization_count, 3)

    def test_buttons_of_the_ticket(self):
        ticket = self.make_billable_ticket()
        context = ticket.action_new_authorization()["context"]
        self.assertEqual(context["default_ticket_id"], ticket.id)
        authorization = self.make_authorization(ticket)
        action = ticket.action_view_authorizations()
        self.assertEqual(action["res_id"], authorization.id)
