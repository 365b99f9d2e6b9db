"""Hours are asked of who can approve them, or the agent is told at once (R-B4)."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import WarrantyCommon


@tagged("post_install", "-at_install")
class TestAuthorizationApprover(WarrantyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A contract none of whose contacts approves estimates.
        cls.contract.contact_ids.role_estimates = False

    def get_asked(self, authorization):
        return authorization.message_ids.partner_ids

    def sees(self, user, authorization):
        found = self.env["helpdesk.authorization"].with_user(user)
        return bool(found.search([("id", "=", authorization.id)]))

    def test_nobody_could_sign_so_the_agent_is_told_and_nothing_is_sent(self):
        authorization = self.make_authorization(sent=None)
        own = authorization.sudo(False).with_user(self.agent)
        with self.assertRefused("Nobody of .*role Approves Estimates"):
            own.action_send()
        self.assertEqual(authorization.state, "draft")
        self.assertFalse(authorization.sent_at)
        self.assertFalse(self.get_asked(authorization))

    def test_a_role_without_an_address_asks_nobody_either(self):
        self.contract.contact_ids[:1].role_estimates = True
        self.contract.contact_ids[:1].partner_id.email = False
        self.contract.owner_id = self.colleague.partner_id
        with self.assertRefused("Nobody of Comercial Andina"):
            self.make_authorization()

    def test_the_service_owner_approves_while_nobody_has_the_role(self):
        """R-B4: the service owner agrees the hours; only while nobody else may."""
        self.contract.owner_id = self.colleague.partner_id
        authorization = self.make_authorization()
        self.assertEqual(self.get_asked(authorization), self.colleague.partner_id)
        self.assertTrue(self.sees(self.colleague, authorization))
        self.assertFalse(self.sees(self.portal_user, authorization))
        with self.assertRaises(AccessError):
            self.approve(authorization)
        self.approve(authorization, user=self.colleague)
        self.assertEqual(authorization.state, "approved")

    def test_a_contact_with_the_role_comes_before_the_service_owner(self):
        self.contract.owner_id = self.colleague.partner_id
        self.contract.contact_ids[:1].role_estimates = True
        authorization = self.make_authorization()
        self.assertEqual(self.get_asked(authorization), self.contact)
        self.assertFalse(self.sees(self.colleague, authorization))
        with self.assertRaises(AccessError):
            self.approve(authorization, user=self.colleague)

    def test_who_left_the_company_approves_nothing(self):
        """The role of an archived contact, or of one who moved, counts for nobody."""
        self.contract.owner_id = self.colleague.partner_id
        self.contract.contact_ids[:1].role_estimates = True
        elsewhere = self.make_customer("Otra Casa", "casa")[0]
        self.contact.parent_id = elsewhere
        ticket = self.make_billable_ticket(partner_id=self.colleague.partner_id.id)
        authorization = self.make_authorization(ticket)
        self.assertEqual(self.get_asked(authorization), self.colleague.partner_id)
        self.assertTrue(self.sees(self.colleague, authorization))
        self.assertFalse(self.sees(self.portal_user, authorization))

    def test_an_estimate_is_not_delivered_to_nobody(self):
        """Refused with nothing half-done: neither delivered nor an authorisation."""
        ticket = self.make_ticket("2026-01-05 10:00")
        with (
            self.assertRefused("Nobody of Comercial Andina"),
            self.env.cr.savepoint(),
        ):
            self.make_deliverable(
                "2026-01-08 16:00", ticket, kind="estimate", estimated_hours=3
            )
        self.assertFalse(ticket.authorization_ids)

    def test_without_a_contract_a_contact_with_an_address_is_needed(self):
        nobody = self.make_customer("Sin Contrato", "sin")[1].partner_id
        nobody.email = False
        ticket = self.make_billable_ticket(partner_id=nobody.id)
        with self.assertRefused("no contact with an e-mail address"):
            self.make_authorization(ticket)

    def test_an_approval_in_writing_is_recorded_though_nobody_was_asked(self):
        """R-B4: the proof stands for the signature that nobody could give."""
        authorization = self.make_authorization(sent=None)
        proof = self.env["helpdesk.authorization.proof"].with_user(self.agent)
        mail = self.env["ir.attachment"].with_user(self.agent)
        with at("12:00"):
            proof.create(
                {
                    "authorization_id": authorization.id,
                    "answered_by": "Lucía Paredes",
                    "attachment_ids": [
                        Command.set(mail.create({"name": "si.eml", "raw": b"Si"}).ids)
                    ],
                }
            ).action_record()
        self.assertRecordValues(
            authorization,
            [
                {
                    "state": "approved",
                    "sent_at": False,
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("12:00"),
                    "recorded_by_id": self.agent.id,
                }
            ],
        )
        self.assertEqual(authorization.ticket_id.authorized_hours, 3)
        self.assertFalse(self.get_asked(authorization) & self.contact)

    def test_who_has_no_log_in_is_told_how_to_answer(self):
        self.contract.owner_id = self.env["res.partner"].create(
            {
                "name": "Dueño del Servicio",
                "email": "owner@customer.example.com",
                "parent_id": self.customer.id,
            }
        )
        words = "answers this mail"
        asked = self.make_authorization().message_ids.filtered("partner_ids")
        self.assertIn(words, " ".join(asked.body.split()))
        self.contract.owner_id = self.colleague.partner_id
        asked = self.make_authorization().message_ids.filtered("partner_ids")
        self.assertNotIn(words, " ".join(asked.body.split()))
