"""Billable work waits until the customer approves hours and price (R-A8, R-B4)."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
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

    def test_those_who_approve_are_asked_not_who_wrote_the_ticket(self):
        """R-B4: a colleague without the role writes; the contact with it is asked."""
        colleague = self.colleague.partner_id
        ticket = self.make_billable_ticket(partner_id=colleague.id)
        authorization = self.make_authorization(ticket)
        mails = authorization.message_ids.filtered("partner_ids")
        self.assertEqual(mails.partner_ids, self.contact)
        self.assertIn(f"Hello {self.contact.name},", " ".join(mails.body.split()))
        self.approve(authorization)
        self.assertEqual(authorization.state, "approved")

    def test_without_a_contract_who_wrote_the_ticket_is_asked(self):
        nobody = self.make_customer("Sin Contrato", "sin")[1].partner_id
        ticket = self.make_billable_ticket(partner_id=nobody.id)
        authorization = self.make_authorization(ticket)
        self.assertEqual(authorization._get_approvers(), nobody)
        self.assertIn(nobody, authorization.message_ids.partner_ids)

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
        with at("12:00"), self.assertRefused("Write why"):
            authorization.sudo(False).with_user(self.portal_user)._refuse(" ")
        with at("12:00"):
            authorization.sudo(False).with_user(self.portal_user)._refuse(
                "Too many hours"
            )
        self.assertEqual(authorization.state, "rejected")
        self.assertEqual(authorization.rejection_reason, "Too many hours")
        self.assertEqual(authorization.ticket_id.authorized_hours, 0)

    def test_answered_once(self):
        """Two people at once: one wins, the other is told."""
        authorization = self.make_authorization()
        self.approve(authorization)
        with self.assertRefused("answered already"):
            self.approve(authorization)
        with self.assertRefused("answered already"):
            authorization.sudo(False).with_user(self.portal_user)._refuse(
                "Too many hours"
            )

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
            {"expires_at": utc("2027-01-12 10:00")},
            {"recorded_by_id": self.agent.id},
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
        self.contract.write({"is_signed": False, "currency_id": euro.id})
        self.contract.action_sign()
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


@tagged("post_install", "-at_install")
class TestTermToAnswer(CronMixinCase, WarrantyCommon):
    """Unanswered hours lapse; silence never approves them (R-B4)."""

    def lapse(self, when):
        cron = self.env.ref("helpdesk_warranty.ir_cron_lapse_authorizations")
        with at(when), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_fifteen_days_the_last_one_counts(self):
        """Sent Mon 12 Jan 11:00: answered through Tue 27 Jan 23:59:59, local."""
        authorization = self.make_authorization()
        self.assertEqual(authorization.expires_at, utc("2026-01-28 00:00"))
        self.assertEqual(str(authorization._get_last_day()), "2026-01-27")
        self.approve(authorization, "2026-01-27 23:59:59")
        self.assertEqual(authorization.state, "approved")

    def test_answer_after_the_term_is_refused_before_the_job_ran(self):
        authorization = self.make_authorization()
        with self.assertRefused("term to answer is over"):
            self.approve(authorization, "2026-01-28 00:00:00")
        self.assertEqual(authorization.state, "sent")

    def test_it_lapses_and_the_agent_is_told(self):
        ticket = self.make_billable_ticket(user_id=self.agent.id)
        authorization = self.make_authorization(ticket)
        self.lapse("2026-01-27 23:59:59")
        self.assertEqual(authorization.state, "sent")
        self.lapse("2026-01-28 00:00:00")
        self.assertEqual(authorization.state, "lapsed")
        self.assertEqual(ticket.authorized_hours, 0)
        activity = ticket.activity_ids
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn(authorization.name, activity.summary)
        with self.assertRefused("term to answer is over"):
            self.approve(authorization, "2026-01-28 09:00")
        with self.assertRefused("must authorise"):
            self.move(ticket, "2026-01-28 10:00", "in_progress")

    def test_the_job_is_woken_at_the_end_of_the_term(self):
        cron = "helpdesk_warranty.ir_cron_lapse_authorizations"
        with self.capture_triggers(cron) as capture:
            self.make_authorization()
        moments = capture.records.mapped("call_at")
        self.assertEqual(moments, [utc("2026-01-28 00:00")])

    def test_policy_may_let_it_wait(self):
        with self.as_unsigned():
            self.policy.authorization_days = 0
        authorization = self.make_authorization()
        self.assertFalse(authorization.expires_at)
        self.lapse("2026-12-30 12:00")
        self.approve(authorization, "2026-12-30 12:10")
        self.assertEqual(authorization.state, "approved")

    def test_mail_names_the_last_day(self):
        mail = self.make_authorization().message_ids.filtered(
            lambda message: self.contact in message.partner_ids
        )
        self.assertIn("January 27, 2026", mail.body)
        self.assertEqual(mail.body.count("not cover"), 1)

    def test_asked_again(self):
        authorization = self.make_authorization(description="<p>Training</p>")
        self.lapse("2026-01-28 00:00:00")
        action = authorization.sudo(False).with_user(self.agent).action_ask_again()
        again = self.env["helpdesk.authorization"].browse(action["res_id"])
        self.assertRecordValues(
            again, [{"state": "draft", "hours": 3, "price_unit": 45}]
        )
        self.assertEqual(again.ticket_id, authorization.ticket_id)
        self.assertNotEqual(again.name, authorization.name)

    def test_withdrawn(self):
        """An agent takes a wrong one back; the customer can no longer sign it."""
        authorization = self.make_authorization()
        own = authorization.sudo(False).with_user(self.agent)
        with at("11:30"):
            own.action_withdraw()
        self.assertEqual(authorization.state, "withdrawn")
        with self.assertRefused("answered already"):
            self.approve(authorization)
        with at("11:40"), self.assertRefused("answered already"):
            own.action_withdraw()


@tagged("post_install", "-at_install")
class TestProof(WarrantyCommon):
    """An agent records an approval that came by mail, with its proof (R-B4)."""

    def record(self, authorization, user=None, files=1, when="12:00"):
        user = user or self.agent
        with at(when):
            proof = self.env["ir.attachment"].with_user(user)
            for number in range(files):
                proof |= proof.create({"name": f"mail{number}.eml", "raw": b"Yes"})
            wizard = (
                self.env["helpdesk.authorization.proof"]
                .with_user(user)
                .create(
                    {
                        "authorization_id": authorization.id,
                        "answered_by": "Lucía Paredes",
                        "attachment_ids": [Command.set(proof.ids)],
                    }
                )
            )
            wizard.action_record()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_recorded_with_who_and_proof(self):
        authorization = self.make_authorization()
        self.record(authorization)
        self.assertRecordValues(
            authorization,
            [
                {
                    "state": "approved",
                    "answered_by": "Lucía Paredes",
                    "answered_at": utc("12:00"),
                    "recorded_by_id": self.agent.id,
                }
            ],
        )
        self.assertEqual(authorization.proof_ids.mapped("name"), ["mail0.eml"])
        self.assertEqual(authorization.proof_ids.res_id, authorization.id)
        self.assertEqual(authorization.ticket_id.authorized_hours, 3)

    def test_without_a_proof(self):
        authorization = self.make_authorization()
        with self.assertRefused("Attach the mail"):
            self.record(authorization, files=0)
        self.assertEqual(authorization.state, "sent")

    def test_after_the_term(self):
        authorization = self.make_authorization()
        with self.assertRefused("term to answer is over"):
            self.record(authorization, when="2026-01-28 09:00")

    def test_only_who_may_write_the_authorisation(self):
        ticket = self.make_billable_ticket(user_id=self.agent.id)
        authorization = self.make_authorization(ticket)
        for user in (self.agent_own, self.portal_user):
            with self.assertRaises(AccessError):
                self.record(authorization, user=user)
        self.assertEqual(authorization.state, "sent")
