"""Jobs that write to customers: one that fails stops no other, and is told later."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .common import BillingCommon

ADDON = "helpdesk_billing_hours."


@tagged("post_install", "-at_install")
class TestJobs(BillingCommon):
    """Three customers; the mails of the second, in Spanish, cannot be written."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("es_ES")
        self.contacts = self.env["res.partner"]
        self.contracts = self.env["helpdesk.support.contract"]
        for name in ("uno", "dos", "tres"):
            customer, user = self.make_customer(name, f"jobs-{name}")
            contact = user.partner_id
            self.contracts |= self.make_contract(
                partner_id=customer.id,
                user_id=self.manager.id,
                hour_price=45,
                contacts=[(contact, ["billing", "hours", "estimates"])],
            )
            self.contacts |= contact
        self.contacts[1].lang = "es_ES"
        self.last_mail = (
            self.env["mail.mail"].search([], limit=1, order="id desc").id or 0
        )

    def make_billed(self, contract):
        """Log an hour that is not covered and is authorised."""
        contact = contract.contact_ids.partner_id
        ticket = self.make_billable_ticket(
            partner_id=contact.id, contract_id=contract.id
        )
        self.approve(self.make_authorization(ticket), user=contact.user_ids)
        self.log(ticket, "2026-01-13 10:00", "1:00")
        return ticket

    def get_told(self):
        """Return how many mails each contact has got since the test began."""
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail)])
        return [
            len(
                mails.filtered(
                    lambda mail, contact=contact: contact in mail.recipient_ids
                )
            )
            for contact in self.contacts
        ]

    def assertOneIsLeftOut(self, cron, template, *whens):
        """Run a job twice while a template is broken in Spanish, then twice again."""
        cron, template = self.env.ref(ADDON + cron), self.env.ref(ADDON + template)
        spanish = template.with_context(lang="es_ES")
        body = spanish.body_html
        # As a translator's mistake comes in, which nobody checks.
        with patch.object(type(template), "_check_can_be_rendered"):
            spanish.body_html = '<p><t t-out="object.no_such_field"/></p>'
        for when in whens[:2]:
            self.run_cron(when, cron)
            self.assertEqual(self.get_told(), [1, 0, 1])
        failure = self.env["helpdesk.job.failure"].search([("cron_id", "=", cron.id)])
        self.assertEqual((len(failure), failure.count), (1, 2))
        self.assertEqual(failure.activity_id.user_id, self.manager)
        self.assertIn("left out", failure.activity_id.summary)
        spanish.body_html = body
        for when in whens[2:]:
            self.run_cron(when, cron)
            self.assertEqual(self.get_told(), [1, 1, 1])
        self.assertFalse(failure.exists())

    def test_alerts(self):
        """80 % of a pack: 8:00 of 10:00, of all three at once."""
        for contract in self.contracts:
            self.make_pack("10:00", contract_id=contract.id)
            ticket = self.make_ticket(
                "2026-01-12 08:00",
                partner_id=contract.contact_ids.partner_id.id,
                contract_id=contract.id,
            )
            self.log(ticket, "2026-01-12 09:00", "8:00")
        self.assertOneIsLeftOut(
            "ir_cron_tell_alerts",
            "mail_template_alert_pack",
            "2026-01-12 18:00",
            "2026-01-13 18:00",
            "2026-01-14 18:00",
            "2026-01-15 18:00",
        )

    def make_approvals(self):
        self.set_terms(self.policy, hours_approval="billed")
        tickets = self.env["helpdesk.ticket"].concat(
            *(self.make_billed(contract) for contract in self.contracts)
        )
        with at("2026-01-31 10:00"):
            approvals = self.env["helpdesk.hours.approval"]._make(tickets.share_ids)
            approvals.action_send()
        self.last_mail = (
            self.env["mail.mail"].search([], limit=1, order="id desc").id or 0
        )
        return approvals

    def test_reminders_of_approvals(self):
        """R-B4: sent on 31 January, reminded on 3 February, next on the 6th."""
        approvals = self.make_approvals()
        self.assertOneIsLeftOut(
            "ir_cron_remind_approvals",
            "mail_template_hours_reminder",
            "2026-02-03 10:00",
            "2026-02-04 10:00",
            "2026-02-05 10:00",
            "2026-02-05 11:00",
        )
        self.assertEqual(set(approvals.mapped("reminder_count")), {1})

    def test_nobody_left_to_remind(self):
        """R-B4: a contact without an address: our contact is told, nothing counts."""
        approvals = self.make_approvals()
        bad = approvals.filtered(lambda a: a.contract_id == self.contracts[1])
        self.contacts[1].email = False
        cron = self.env.ref(ADDON + "ir_cron_remind_approvals")
        self.run_cron("2026-02-03 10:00", cron)
        self.assertEqual(self.get_told(), [1, 0, 1])
        self.assertEqual(bad.reminder_count, 0)
        self.assertIn("Nobody of dos can approve hours", bad.activity_ids.summary)
        self.contacts[1].email = "dos@example.com"
        self.run_cron("2026-02-04 10:00", cron)
        self.assertEqual(self.get_told(), [1, 1, 1])
        self.assertEqual(bad.reminder_count, 1)

    def test_announcements_of_prices(self):
        """R-A6: told in October, the prices hold from 15 November."""
        self.plan.hour_price = 40
        self.contracts.hour_price = False
        with at("2026-10-01 10:00"):
            change = self.env["helpdesk.price.change"].create(
                {
                    "plan_id": self.plan.id,
                    "date_from": "2026-11-15",
                    "line_ids": [Command.create({"kind": "hour", "new_value": 50})],
                }
            )
            change.action_announce()
        self.assertOneIsLeftOut(
            "ir_cron_announce_prices",
            "mail_template_price_change",
            "2026-10-01 11:00",
            "2026-10-02 11:00",
            "2026-10-03 11:00",
            "2026-11-15 11:00",
        )
        self.assertEqual(change.state, "applied")

    def test_mails_of_jobs_ask_for_no_automatic_answer(self):
        """Absence notes stay away; bounces are still told."""
        self.contracts[0].write({"mails_statement": True})
        cron = self.env.ref(ADDON + "ir_cron_send_statements")
        self.run_cron("2026-02-01 06:00:00", cron)
        self.make_pack("10:00", contract_id=self.contracts[0].id)
        mails = self.env["mail.mail"].search([("id", ">", self.last_mail)])
        self.assertTrue(mails)
        for mail in mails:
            self.assertIn("'Auto-Submitted': 'auto-generated'", mail.headers)
            self.assertIn("'X-Auto-Response-Suppress': 'OOF, AutoReply'", mail.headers)
