"""An approval given by phone or mail is recorded with its proof, and undone (R-B4)."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .common import BillingCommon
from .test_helpdesk_hours_approval import ApprovalMixin


@tagged("post_install", "-at_install")
class TestApprovalRecord(ApprovalMixin, BillingCommon):
    def setUp(self):
        super().setUp()
        self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.approval = self.ask()

    def record(self, user=None, approval=None, files=1, **values):
        """Record at 09:00 on 2 February what they said at 08:30."""
        user = user or self.manager
        with at("2026-02-02 09:00"):
            proof = self.env["ir.attachment"].with_user(user)
            for number in range(files):
                proof |= proof.create({"name": f"mail{number}.eml", "raw": b"Yes"})
            wizard = (
                self.env["helpdesk.hours.approval.proof"]
                .with_user(user)
                .create(
                    {
                        "approval_id": (approval or self.approval).id,
                        "partner_id": self.contact.id,
                        "channel": "phone",
                        "answered_at": utc("2026-02-02 08:30"),
                        "attachment_ids": [Command.set(proof.ids)],
                        **values,
                    }
                )
            )
            wizard.action_record()
            self.env.flush_all()
        self.env.invalidate_all()

    def undo(self, user=None):
        with at("2026-02-02 10:00"):
            self.approval.with_user(user or self.manager).action_undo_record()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_recorded_with_who_when_how_and_proof(self):
        """2:10 at 45.00 are 97.50: approved by phone, then invoiced."""
        self.record()
        self.assertRecordValues(
            self.approval,
            [
                {
                    "state": "approved",
                    "answered_at": utc("2026-02-02 08:30"),
                    "answered_by": self.contact.name,
                    "answered_partner_id": self.contact.id,
                    "answered_channel": "phone",
                    "recorded_by_id": self.manager.id,
                }
            ],
        )
        self.assertEqual(self.approval.proof_ids.mapped("name"), ["mail0.eml"])
        note = self.approval.message_ids[0]
        self.assertEqual(note.attachment_ids, self.approval.proof_ids)
        self.assertIn("(Phone); recorded with its proof", note.body)
        self.assertEqual(note.author_id, self.manager.partner_id)
        self.assertEqual(self.get_holds(), [False])
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.amount_untaxed, 97.5)

    def test_the_dialog_proposes_who_may(self):
        form = Form(
            self.env["helpdesk.hours.approval.proof"]
            .with_user(self.manager)
            .with_context(default_approval_id=self.approval.id)
        )
        self.assertEqual(form.approver_ids.ids, self.contact.ids)
        self.assertEqual(form.channel, "email")

    def test_before_it_was_sent(self):
        """Nobody has an e-mail address: the call is recorded on the draft."""
        self.approval.with_user(self.manager).action_withdraw()
        draft = self.ask(send=False)
        self.record(approval=draft)
        self.assertEqual((draft.state, draft.sent_at), ("approved", False))
        with at("2026-02-02 10:00"):
            draft.with_user(self.manager).action_undo_record()
        self.assertEqual(draft.state, "draft")

    def test_it_needs_a_proof(self):
        with self.assertRefused("Attach the mail"):
            self.record(files=0)
        self.assertEqual(self.approval.state, "sent")

    def test_it_needs_a_contact_with_the_role(self):
        with self.assertRefused("cannot approve hours: give the role Hours"):
            self.record(partner_id=self.stranger.partner_id.id)
        self.contract.contact_ids.filtered("role_billing").role_hours = False
        with self.assertRefused("cannot approve hours"):
            self.record()

    def test_it_needs_a_moment_that_can_be(self):
        """Worked on Tue 13 January: approved that day at the earliest, now at last."""
        with self.assertRefused("in the future"):
            self.record(answered_at=utc("2026-02-02 09:01"))
        with self.assertRefused("cannot have been approved before"):
            self.record(answered_at=utc("2026-01-12 23:59"))
        self.record(answered_at=utc("2026-01-13 18:00"))
        self.assertEqual(self.approval.state, "approved")

    def test_answered_already(self):
        self.sign(self.approval)
        with self.assertRefused("answered already"):
            self.record()
        with self.assertRefused("only an approval that our people recorded"):
            self.undo()

    def test_the_proof_stays(self):
        self.record()
        proof = self.approval.proof_ids
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            proof.unlink()

    def test_who_records(self):
        """Who answers for all the tickets: the own agent, the team, not others."""
        self.ticket.user_id = self.agent_own
        self.record(self.agent_own)
        self.assertEqual(self.approval.recorded_by_id, self.agent_own)

    def test_an_agent_with_a_part_of_the_tickets_only(self):
        self.ticket.user_id = self.agent_own
        other = self.make_authorized_ticket("3:00")
        other.user_id = self.agent
        self.log(other, "2026-01-14 10:00", "1:00")
        self.approval.with_user(self.manager).action_withdraw()
        both = self.ask()
        self.assertEqual(both.line_ids.ticket_id, self.ticket | other)
        with self.assertRaisesRegex(AccessError, "ask a manager to record"):
            self.record(self.agent_own, both)
        self.assertEqual(both.state, "sent")

    def test_an_agent_of_another_team(self):
        self.ticket.user_id = self.agent
        self.agent_team.helpdesk_team_ids = self.env["helpdesk.ticket.team"].create(
            {"name": "Another team"}
        )
        self.ticket.team_id.user_ids -= self.agent_team
        with self.assertRaises(AccessError):
            self.record(self.agent_team)

    def test_customers_cannot_record(self):
        """Neither the dialog nor the method behind it is theirs."""
        with self.assertRaises(AccessError):
            self.record(self.portal_user)
        with self.assertRaises(AccessError):
            self.approval.with_user(self.portal_user)._record_approval(
                self.contact,
                "email",
                utc("2026-02-02 08:30"),
                self.env["ir.attachment"],
            )
        with self.assertRaises(AccessError):
            self.approval.with_user(self.portal_user).action_undo_record()

    def test_a_manager_undoes_it(self):
        """The hours wait again, and the contact can still sign."""
        self.record()
        for user in (self.agent, self.accountant):
            with self.assertRaises(AccessError):
                self.undo(user)
        self.undo()
        self.assertRecordValues(
            self.approval,
            [
                {
                    "state": "sent",
                    "answered_at": False,
                    "answered_by": False,
                    "recorded_by_id": False,
                    "proof_ids": [],
                }
            ],
        )
        self.assertEqual(self.get_holds(), ["not_approved"])
        self.assertIn("was undone", self.approval.message_ids[0].body)
        self.assertTrue(self.approval.message_ids.attachment_ids, "the proof is kept")
        self.sign(self.approval)
        self.assertEqual(self.get_holds(), [False])

    def test_not_once_it_is_invoiced(self):
        self.record()
        move = self.run_invoicing("2026-02-28")
        with self.assertRefused("these hours are invoiced"):
            self.undo()
        move.button_cancel()
        self.undo()
        self.assertEqual(self.approval.state, "sent")
