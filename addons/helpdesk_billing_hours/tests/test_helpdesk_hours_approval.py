"""Executed hours are approved by the contact who may, before a run (R-B4)."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_sla_policy.tests.common import (
    HelpdeskSlaHttpCommon,
    at,
    local,
)
from odoo.addons.helpdesk_warranty.tests.common import SIGNATURE

from .common import BillingCommon, BillingMixin


class ApprovalMixin(BillingMixin):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_terms(cls.policy, hours_approval="billed")
        cls.contract.write({"hour_price": 45, "user_id": cls.manager.id})
        cls.contract.contact_ids.filtered("role_billing").role_hours = True

    def setUp(self):
        super().setUp()
        self.ticket = self.make_authorized_ticket("3:00")

    def ask(self, when="2026-01-31", send=True, user=None, **values):
        """Let the manager prepare and send what is to be approved; return it."""
        with at(f"{when} 10:00"):
            wizard = (
                self.env["helpdesk.hours.approval.ask"]
                .with_user(user or self.manager)
                .create({"date_to": when, **values})
            )
            action = wizard.action_prepare()
            found = action["domain"][0][2] if "domain" in action else [action["res_id"]]
            approvals = self.env["helpdesk.hours.approval"].browse(found)
            if send:
                approvals.with_user(user or self.manager).action_send()
            self.env.flush_all()
        self.env.invalidate_all()
        return approvals

    def sign(self, approval, when="2026-02-02 09:00", user=None):
        with at(when):
            approval.with_user(user or self.portal_user)._sign(
                "Lucía Paredes", SIGNATURE, "192.0.2.7"
            )
            self.env.flush_all()
        self.env.invalidate_all()

    def dispute(self, line, reason="We asked for 1 hour", user=None):
        with at("2026-02-02 09:00"):
            approval = line.approval_id.with_user(user or self.portal_user)
            dispute = approval._dispute_line(line.id, reason, "192.0.2.7")
            self.env.flush_all()
        self.env.invalidate_all()
        return dispute.sudo()

    def get_holds(self, ticket=None):
        self.env.invalidate_all()
        return [share.hold for share in (ticket or self.ticket).share_ids]


@tagged("post_install", "-at_install")
class TestApproval(ApprovalMixin, BillingCommon):
    def test_a_run_leaves_them_out_until_they_are_approved(self):
        """2:10 at 45.00 are 97.50: held with its reason, approved, then invoiced."""
        self.log(self.ticket, "2026-01-13 10:00", "2:10")
        self.assertEqual(self.get_holds(), ["not_approved"])
        labels = dict(self.env["helpdesk.hours.share"]._fields["hold"].selection)
        self.assertEqual(labels["not_approved"], "Awaiting the customer's approval")
        with at("2026-01-31 12:00"):
            wizard = (
                self.env["helpdesk.hours.invoicing"]
                .with_user(self.accountant)
                .create({"date_from": "2026-01-01", "date_to": "2026-01-31"})
            )
            self.assertIn(self.ticket.share_ids, wizard.exception_ids)
            self.assertFalse(wizard.share_ids & self.ticket.share_ids)
        approval = self.ask()
        self.assertEqual((approval.state, approval.amount), ("sent", 97.5))
        self.assertEqual(self.get_holds(), ["not_approved"], "silence approves nothing")
        self.sign(approval)
        self.assertEqual(self.get_holds(), [False])
        move = self.run_invoicing("2026-02-28")
        self.assertEqual(move.amount_untaxed, 97.5)

    def test_what_is_recorded(self):
        self.log(self.ticket, "2026-01-13 10:00", "0:20", name="Correction of records")
        approval = self.ask()
        line, minimum = approval.line_ids.sorted(lambda ln: ln.kind == "minimum")
        self.assertEqual((line.real_minutes, line.minutes), (20, 20))
        self.assertEqual((line.start, line.agent), ("10:00", self.agent.login))
        self.assertEqual(line.name, "Correction of records")
        self.assertTrue(line.reason)
        self.assertEqual((minimum.minutes, minimum.amount), (40, 30))
        self.assertEqual(str(approval.date_to), "2026-01-13")
        self.sign(approval)
        self.assertEqual(set(approval.line_ids.mapped("state")), {"approved"})
        self.assertEqual(approval.answered_by, "Lucía Paredes")
        self.assertEqual(approval.answered_from, "192.0.2.7")
        self.assertEqual(local(approval.answered_at), "2026-02-02 09:00:00")
        self.assertTrue(approval.signature)
        self.assertIn("Approved by Lucía", approval.message_ids[0].preview)

    def test_edited_hours_need_approval_anew(self):
        line = self.log(self.ticket, "2026-01-13 10:00", "2:00")
        self.sign(self.ask())
        self.assertEqual(self.get_holds(), [False])
        for values in (
            {"unit_amount": 2.5},
            {"name": "Something else"},
            {"started_at": "2026-01-13 16:00:00"},
        ):
            with self.subTest(values=values):
                before = {name: line[name] for name in values}
                line.write(values)
                self.assertEqual(set(self.get_holds()), {"not_approved"})
                line.write(before)
                self.assertEqual(self.get_holds(), [False], "as it was approved")
        line.unit_amount = 2.5
        approval = self.ask("2026-02-28")
        self.assertEqual(approval.line_ids.minutes, 150)
        self.sign(approval, "2026-03-01 09:00")
        self.assertEqual(self.get_holds(), [False])

    def test_another_price_needs_approval_anew(self):
        self.contract.has_overage_consent = True
        self.make_pack("0:30")
        ticket = self.make_ticket("2026-01-12 09:00")
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.assertEqual(
            sorted(map(str, self.get_holds(ticket))), ["False", "not_approved"]
        )
        self.sign(self.ask())
        self.assertEqual(set(self.get_holds(ticket)), {False})
        self.contract.hour_price = 60
        self.assertIn("not_approved", self.get_holds(ticket))

    def test_edited_while_the_customer_looks(self):
        """What changed since it was sent is not approved by the signature."""
        first = self.log(self.ticket, "2026-01-13 10:00", "1:00")
        second = self.log(self.ticket, "2026-01-14 10:00", "1:00")
        approval = self.ask()
        second.unit_amount = 1.5
        self.assertEqual(
            [line.is_current for line in approval.line_ids.sorted("work_date")],
            [True, False],
        )
        self.sign(approval)
        states = {line.line_id: line.state for line in approval.line_ids}
        self.assertEqual(states, {first: "approved", second: "outdated"})
        self.assertEqual(
            {share.line_id: share.hold for share in self.ticket.share_ids},
            {first: False, second: "not_approved"},
        )
        again = self.ask("2026-02-28")
        self.assertEqual(again.line_ids.line_id, second)

    def test_all_changed_while_the_customer_looks(self):
        line = self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        line.unit_amount = 2
        with self.assertRefused("changed since we sent them"):
            self.sign(approval)
        self.assertEqual(approval.state, "sent")

    def test_asked_once(self):
        """Nobody is asked twice about the same hours, in the database too."""
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        with self.assertRefused("No hours need to be approved"):
            self.ask()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            approval.line_ids.sudo().copy({"approval_id": approval.id})
            self.env.flush_all()

    def test_what_is_withdrawn_can_be_asked_again(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        approval.with_user(self.manager).action_withdraw()
        with self.assertRefused("answered already"):
            self.sign(approval)
        self.assertEqual(approval.line_ids.state, "dropped")
        self.sign(self.ask())
        self.assertEqual(self.get_holds(), [False])

    def test_dispute_of_one_line(self):
        """One line is disputed, the other approved; the first is held until resolved,
        and then needs an approval of its own."""
        first = self.log(self.ticket, "2026-01-13 10:00", "1:00")
        second = self.log(self.ticket, "2026-01-14 10:00", "1:00")
        approval = self.ask()
        line = approval.line_ids.filtered(lambda ln: ln.line_id == second)
        dispute = self.dispute(line)
        self.assertEqual((dispute.line_id, dispute.state), (second, "open"))
        self.assertEqual(dispute.opened_from, "192.0.2.7")
        self.assertEqual((line.state, line.dispute_id), ("disputed", dispute))
        self.assertEqual(approval.state, "sent")
        self.sign(approval)
        self.assertEqual(approval.state, "approved")
        self.assertEqual(
            {share.line_id: share.hold for share in self.ticket.share_ids},
            {first: False, second: "disputed"},
        )
        dispute.answer = "The mail of 14 January asked for it."
        dispute.with_user(self.manager).action_keep()
        self.env.invalidate_all()
        holds = {share.line_id: share.hold for share in self.ticket.share_ids}
        self.assertEqual(holds[second], "not_approved", "keeping it is not approval")
        again = self.ask("2026-02-28")
        self.assertEqual(again.line_ids.line_id, second)

    def test_all_lines_disputed(self):
        self.log(self.ticket, "2026-01-13 10:00", "0:20")
        approval = self.ask()
        worked = approval.line_ids.filtered("line_id")
        minimum = approval.line_ids - worked
        self.dispute(worked)
        self.assertEqual((approval.state, minimum.state), ("sent", "waiting"))
        self.dispute(minimum, "No minimum was agreed")
        self.assertEqual(approval.state, "disputed")
        self.assertEqual(approval.answered_by, self.portal_user.name)
        self.assertEqual(minimum.dispute_id.kind, "minimum")
        with self.assertRefused("answered already"):
            self.sign(approval)

    def test_a_dispute_needs_a_reason(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        line = self.ask().line_ids
        with self.assertRefused("Write what is wrong"):
            self.dispute(line, "  ")
        self.assertEqual(line.state, "waiting")

    # Who may

    def test_only_the_role_hours_answers(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        for user in (self.colleague, self.stranger, self.agent, self.manager):
            with self.subTest(user=user.login):
                with self.assertRefused("not on the contract", AccessError):
                    self.sign(approval, user=user)
                with self.assertRefused("not on the contract", AccessError):
                    self.dispute(approval.line_ids, user=user)
        self.contract.contact_ids.filtered("role_hours").role_hours = False
        with self.assertRefused("not on the contract", AccessError):
            self.sign(approval)
        self.assertEqual(approval.state, "sent")

    def test_access_of_each_group(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        line = approval.line_ids
        self.ticket.user_id = self.agent_own
        for user, reads, writes in (
            (self.agent_own, True, False),
            (self.agent_team, False, False),
            (self.agent, True, False),
            (self.manager, True, True),
            (self.accountant, True, True),
            (self.portal_user, False, False),
        ):
            with self.subTest(user=user.login):
                own = approval.with_user(user)
                self.assertEqual(own.has_access("read"), reads)
                self.assertEqual(line.with_user(user).has_access("read"), reads)
                self.assertEqual(own.has_access("write"), writes)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(line.with_user(user).has_access(operation))
        ask = self.env["helpdesk.hours.approval.ask"]
        self.assertFalse(ask.with_user(self.agent).has_access("create"))

    def test_nobody_writes_an_approval(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        for user in (self.manager, self.accountant):
            own = approval.with_user(user)
            for values in (
                {"state": "approved"},
                {"answered_by": "Me"},
                {"line_ids": [Command.clear()]},
            ):
                with self.assertRaises(AccessError):
                    own.write(values)
            with self.assertRaises(AccessError):
                own.create(
                    {
                        "contract_id": self.contract.id,
                        "currency_id": approval.currency_id.id,
                    }
                )
            with self.assertRaises(UserError):
                own.unlink()

    def test_nobody_to_ask(self):
        self.contract.contact_ids.role_hours = False
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask(send=False)
        with self.assertRefused("Nobody of .* can approve hours"):
            approval.with_user(self.manager).action_send()
        self.assertEqual(approval.state, "draft")
        approval.with_user(self.manager).unlink()
        self.ask(send=False)

    # What needs it

    def test_policies_that_do_not_ask(self):
        self.set_terms(self.policy, hours_approval="none")
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        self.assertEqual(self.get_holds(), [False])
        with self.assertRefused("No hours need to be approved"):
            self.ask()

    def test_hours_of_packs_where_the_policy_says_so(self):
        self.make_pack("10:00")
        ticket = self.make_ticket("2026-01-12 09:00")
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.assertEqual(self.get_holds(ticket), [False])
        self.set_terms(self.policy, hours_approval="all")
        self.assertEqual(self.get_holds(ticket), ["not_approved"])
        approval = self.ask()
        self.assertEqual((approval.hours, approval.amount), (1, 0))
        self.sign(approval)
        self.assertEqual(self.get_holds(ticket), [False])

    def test_free_hours_and_what_is_given_back_need_none(self):
        ticket = self.make_ticket("2026-01-12 09:00")
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.assertCharged(ticket, free="1:00")
        self.assertEqual(self.get_holds(ticket), [False])
        self.log(self.ticket, "2026-01-13 10:00", "2:00")
        self.sign(self.ask())
        self.run_invoicing("2026-01-31")
        self.log(self.ticket, "2026-02-02 10:00", "-1:00")
        self.assertNotIn("not_approved", self.get_holds())

    def test_the_preset_acceptance_asks_for_it(self):
        """R-B4: authorised users approve executed hours; the other presets do not."""
        presets = {
            name: self.env.ref(f"helpdesk_sla_policy.policy_{name}")
            for name in ("acceptance", "production", "uptime", "full")
        }
        self.assertEqual(presets.pop("acceptance").hours_approval, "billed")
        for policy in presets.values():
            self.assertEqual(policy.hours_approval, "none")

    def test_agents_are_hidden_where_the_policy_says_so(self):
        self.policy.hides_agents = True
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        self.assertFalse(self.ask().line_ids.agent)

    def test_selected_hours(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        other = self.log(self.ticket, "2026-01-14 10:00", "1:00")
        shares = other.share_ids.with_user(self.manager)
        shares.action_ask_approval()
        approval = self.env["helpdesk.hours.approval"].search([], limit=1)
        self.assertEqual(approval.line_ids.line_id, other)
        with self.assertRaises(AccessError):
            shares.with_user(self.agent).action_ask_approval()

    def test_one_for_each_contract(self):
        customer, user = self.make_customer("Cumbre", "cumbre")
        contract = self.make_contract(
            partner_id=customer.id,
            contacts=[(user.partner_id, ["hours", "estimates"])],
            hour_price=40,
        )
        ticket = self.make_billable_ticket(partner_id=user.partner_id.id)
        authorization = self.make_authorization(ticket, hours=2)
        self.approve(authorization, user=user)
        self.log(ticket, "2026-01-13 10:00", "1:00")
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approvals = self.ask()
        self.assertEqual(approvals.contract_id, self.contract | contract)
        theirs = approvals.filtered(lambda a: a.contract_id == contract)
        with self.assertRefused("not on the contract", AccessError):
            self.sign(theirs)
        self.sign(theirs, user=user)

    # Mails and reminders

    def get_subjects(self, approval):
        mails = self.env["mail.mail"].search(
            [
                ("message_id", "like", "<helpdesk-hours-"),
                ("model", "=", approval._name),
                ("res_id", "=", approval.id),
            ],
            order="id",
        )
        self.assertEqual(mails.recipient_ids, self.contact)
        return mails.mapped("subject")

    def test_reminders_every_three_days_and_no_tacit_approval(self):
        """Sent Sat 31 Jan 10:00: reminded on 3, 6 and 9 February; never approved."""
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_remind_approvals")
        counts = []
        for when in ("02-03 09:59", "02-03 10:00", "02-03 11:00", "02-06 10:00"):
            self.run_cron(f"2026-{when}", cron)
            counts.append(approval.reminder_count)
        self.assertEqual(counts, [0, 1, 1, 2])
        self.assertEqual(approval.activity_ids.user_id, self.manager)
        for when in ("02-09 10:00", "02-12 10:00", "12-31 10:00"):
            self.run_cron(f"2026-{when}", cron)
        self.assertEqual(approval.reminder_count, 3)
        subjects = self.get_subjects(approval)
        self.assertEqual(len(subjects), 4)
        self.assertTrue(all("Reminder" in subject for subject in subjects[1:]))
        self.assertEqual(approval.state, "sent")
        self.assertEqual(self.get_holds(), ["not_approved"])
        self.sign(approval, "2026-12-31 12:00")
        self.assertFalse(approval.activity_ids)

    def test_no_reminder_where_the_policy_wants_none(self):
        self.policy.hours_reminder_days = 0
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        cron = self.env.ref("helpdesk_billing_hours.ir_cron_remind_approvals")
        self.run_cron("2026-03-01 10:00", cron)
        self.assertEqual(approval.reminder_count, 0)

    def test_a_mail_that_fails_sends_nothing(self):
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask(send=False)
        with (
            patch.object(type(approval), "_write_mails", side_effect=UserError("No")),
            self.assertRaises(UserError),
        ):
            approval.with_user(self.manager).action_send()
        self.env.invalidate_all()
        self.assertEqual(approval.state, "draft")

    def test_two_sign_at_once(self):
        """The second one is told that it has been answered."""
        self.log(self.ticket, "2026-01-13 10:00", "1:00")
        approval = self.ask()
        self.sign(approval)
        with self.assertRefused("answered already"):
            self.sign(approval)
        with self.assertRefused("answered already"):
            self.dispute(approval.line_ids)


@tagged("post_install", "-at_install")
class TestPortalApproval(ApprovalMixin, HelpdeskSlaHttpCommon):
    def setUp(self):
        super().setUp()
        self.log(self.ticket, "2026-01-13 10:00", "1:00", name="Correction of records")
        self.log(self.ticket, "2026-01-14 10:00", "0:45")
        self.approval = self.ask()
        self.url = f"/my/hours-approval/{self.approval.id}"

    def post(self, path, user=None, **data):
        self.log_in(user or self.portal_user)
        data["csrf_token"] = self.get_csrf_token()
        with mute_logger("odoo.http"):
            answer = self.url_open(path, data=data)
        self.env.invalidate_all()
        return answer

    def sign_by_route(self, user, **values):
        self.log_in(user)
        with mute_logger("odoo.http"):
            answer = self.call(
                f"{self.url}/sign",
                **{"name": "Lucía Paredes", "signature": SIGNATURE, **values},
            )
        self.env.invalidate_all()
        return answer

    def test_page_shows_each_line(self):
        self.log_in(self.portal_user)
        page = self.url_open(self.url).text
        for text in ("Correction of records", "01/13/2026", "10:00", "01:45", "78.75"):
            self.assertIn(text, page)
        self.assertIn(self.agent.login, page)
        self.assertIn("Dispute this line", page)
        self.assertIn(self.approval.name, self.url_open("/my/hours-approvals").text)

    def test_strangers_and_colleagues_see_nothing(self):
        line = self.approval.line_ids[:1]
        for user in (self.stranger, self.colleague):
            with self.subTest(user=user.login):
                self.log_in(user)
                with mute_logger("odoo.http"):
                    self.assertEqual(self.url_open(self.url).status_code, 404)
                listing = self.url_open("/my/hours-approvals").text
                self.assertNotIn(self.approval.name, listing)
                self.assertIn("No executed hours wait", listing)
                self.assertIn("error", self.sign_by_route(user))
                answer = self.post(f"{self.url}/dispute/{line.id}", user, reason="No")
                self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.approval.state, "sent")

    def test_drafts_are_not_shown(self):
        self.log(self.ticket, "2026-01-15 10:00", "0:30")
        draft = self.ask("2026-02-28", send=False)
        self.log_in(self.portal_user)
        with mute_logger("odoo.http"):
            answer = self.url_open(f"/my/hours-approval/{draft.id}")
        self.assertEqual(answer.status_code, 404)

    def test_sign(self):
        answer = self.sign_by_route(self.portal_user)
        self.assertEqual(answer["redirect_url"], self.url)
        self.assertEqual(self.approval.state, "approved")
        self.assertEqual(self.approval.answered_from, "127.0.0.1")
        page = self.url_open(self.url).text
        self.assertNotIn("o_portal_sign_submit", page)
        self.assertNotIn("Dispute this line", page)
        answer = self.sign_by_route(self.portal_user)
        self.assertIn("answered already", answer["error"])

    def test_no_name_or_signature(self):
        self.assertIn("error", self.sign_by_route(self.portal_user, name=" "))
        self.assertIn("error", self.sign_by_route(self.portal_user, signature=""))
        self.assertEqual(self.approval.state, "sent")

    def test_dispute(self):
        line = self.approval.line_ids[:1]
        answer = self.post(f"{self.url}/dispute/{line.id}", reason="We did not ask")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(line.state, "disputed")
        self.assertEqual(line.dispute_id.reason, "We did not ask")
        self.assertIn(line.dispute_id.name, answer.text)
        answer = self.post(f"{self.url}/dispute/{line.id}", reason="Again")
        self.assertIn("answered already", answer.text)

    def test_lines_of_others_are_not_disputed(self):
        """A line of another batch is none of this one."""
        self.log(self.ticket, "2026-01-15 10:00", "0:30")
        other = self.ask("2026-02-28").line_ids
        self.post(f"{self.url}/dispute/{other.id}", reason="No")
        self.assertEqual(other.state, "waiting")
        self.assertFalse(other.dispute_id)

    def test_home_counts_them(self):
        self.log_in(self.portal_user)
        answer = self.call("/my/counters", counters=["hours_approval_count"])
        self.assertEqual(answer["hours_approval_count"], 1)
