"""A pack or authorised hours that run out are told once, whatever follows."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.helpdesk_sla_policy.tests.common import at, local

from .test_prices_and_packs import SalesCommon

CRON = "helpdesk_billing_hours.ir_cron_tell_alerts"


class AlertCommon(SalesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.user_id = cls.manager
        cls.team.user_id = cls.manager
        cls.billing_line = cls.contract.contact_ids.filtered("role_billing")
        cls.contact.lang = "en_US"

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket("2026-01-05 10:00", user_id=self.agent.id)

    def log(self, ticket, started, hours, **values):
        """Log hours that the contract covers at any hour of the day."""
        asked = {"outside_request": "agent", "outside_note": "The server was moved"}
        return super().log(ticket, started, hours, **{**asked, **values})

    def tell(self, when="2026-01-13 12:00"):
        self.run_cron(when, self.env.ref(CRON))

    def get_alerts(self, record):
        """Return (percent, minutes) of each alert of a pack or an authorisation."""
        self.env.invalidate_all()
        alerts = record.alert_ids.sorted("percent")
        return [(alert.percent, alert.minutes) for alert in alerts]

    def get_alert_mails(self, record):
        return self.env["mail.mail"].search(
            [
                ("message_id", "like", "<helpdesk-hours-"),
                ("model", "=", record._name),
                ("res_id", "=", record.id),
            ],
            order="id",
        )

    def get_subjects(self, record):
        return self.get_alert_mails(record).mapped("subject")


@tagged("post_install", "-at_install")
class TestPackAlert(CronMixinCase, AlertCommon):
    def test_at_80_and_at_95_percent(self):
        """10 h: 7:59 used says nothing, 8:00 is 80 %, 9:29 nothing, 9:30 is 95 %."""
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "7:59")
        self.assertEqual(self.get_alerts(pack), [])
        with self.capture_triggers(CRON) as captured:
            self.log(self.ticket, "2026-01-13 09:00", "0:01")
        self.assertEqual(len(captured.records), 1)
        self.assertEqual(self.get_alerts(pack), [(80, 480)])
        self.assertEqual(local(pack.alert_ids.at), "2026-01-13 09:00:00")
        self.assertFalse(self.get_alert_mails(pack), "the agent waited for the mail")
        self.tell()
        [subject] = self.get_subjects(pack)
        self.assertEqual(
            subject, f"{self.contract.name}: 80 % of your support hours are used"
        )
        with self.capture_triggers(CRON) as captured:
            self.log(self.ticket, "2026-01-13 10:00", "1:29")
        self.assertFalse(captured.records)
        self.log(self.ticket, "2026-01-13 14:00", "0:01")
        self.tell("2026-01-13 15:00")
        self.assertEqual(self.get_alerts(pack), [(80, 480), (95, 570)])
        self.assertEqual(len(self.get_subjects(pack)), 2)

    def test_both_at_once_make_one_mail(self):
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "9:45")
        self.tell()
        self.assertEqual(self.get_alerts(pack), [(80, 585), (95, 585)])
        self.assertEqual(len(self.get_subjects(pack)), 1)
        self.assertIn("95 %", self.get_subjects(pack)[0])
        first, last = pack.alert_ids.sorted("percent")
        self.assertEqual(first.told_with_id, last)
        self.assertEqual(first.told_at, last.told_at)
        self.assertFalse(first.told_partner_ids)
        self.assertEqual(last.told_partner_ids, self.contact)

    def test_never_again_when_hours_go_down_and_up(self):
        pack = self.make_pack("10:00")
        line = self.log(self.ticket, "2026-01-12 09:00", "8:10")
        self.tell()
        for hours in (1, 8.5, 2, 9):
            line.unit_amount = hours
            self.tell()
        self.assertEqual(self.get_alerts(pack), [(80, 490)])
        self.assertEqual(len(self.get_subjects(pack)), 1)

    def test_a_slip_that_is_corrected_at_once_is_not_told(self):
        """50 h entered instead of 5: nobody has been told when it is put right."""
        pack = self.make_pack("50:00")
        line = self.log(self.ticket, "2026-01-12 09:00", "50:00")
        self.assertEqual(len(pack.alert_ids), 2)
        line.unit_amount = 5
        self.tell()
        self.assertEqual(self.get_alerts(pack), [])
        self.assertFalse(self.get_alert_mails(pack))
        self.log(self.ticket, "2026-01-13 09:00", "35:00")
        self.tell()
        self.assertEqual(self.get_alerts(pack), [(80, 2400)])

    def test_a_paid_pack_speaks(self):
        """Bought with an invoice that is posted, and usable once that is paid."""
        self.set_terms(self.plan, grant_on="paid")
        move = self.sell(
            self.ref("product_pack_10"), "2026-01-02", support_contract_id=None
        )
        pack = self.contract.pack_ids
        self.log(self.ticket, "2026-01-12 09:00", "9:00")
        self.tell()
        self.assertEqual(self.get_alerts(pack), [], "its hours still wait")
        self.pay(move, "2026-01-14")
        self.tell("2026-01-14 12:00")
        self.assertTrue(pack.is_usable)
        self.assertEqual(self.get_alerts(pack), [(80, 540)])
        self.assertEqual(len(self.get_subjects(pack)), 1)

    def test_an_adjustment_counts(self):
        """10 h with 7 h used; 2 h are taken away: 7 of 8 h are 87 %."""
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "7:00")
        with at("2026-01-13 09:00"):
            self.make_pack("-2:00", adjusts_id=pack.id)
        self.assertEqual(self.get_alerts(pack), [(80, 420)])

    def test_expired_packs_are_no_news(self):
        """Hours of January 2026 are corrected in 2027: the pack ended on 1 January."""
        pack = self.make_pack("10:00")
        line = self.log(self.ticket, "2026-01-12 09:00", "7:00")
        with at("2027-01-02 09:00"):
            line.unit_amount = 9.9
            self.env.flush_all()
        self.assertEqual(self.get_alerts(pack), [])
        with at("2027-01-01 23:59"):
            line.unit_amount = 9.8
            self.env.flush_all()
        self.assertEqual(len(self.get_alerts(pack)), 2, "its last day")

    def test_shares_are_the_plans(self):
        self.set_terms(self.plan, first_alert_percent=50, last_alert_percent=0)
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "5:00")
        self.log(self.ticket, "2026-01-13 09:00", "5:00")
        self.assertEqual(self.get_alerts(pack), [(50, 300)])
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.set_terms(self.plan, first_alert_percent=101)
            self.env.flush_all()

    def test_a_changed_plan_is_looked_at_by_the_job(self):
        """Another share that hours have passed already is noticed the same day."""
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "6:00")
        self.set_terms(self.plan, first_alert_percent=60)
        self.tell()
        self.assertEqual(self.get_alerts(pack), [(60, 360)])
        self.set_terms(self.plan, first_alert_percent=55)
        self.tell()
        self.assertEqual(self.get_alerts(pack), [(60, 360)], "told already")

    def test_freed_hours_do_not_count(self):
        """A credit note frees hours: what is used again is told once only."""
        self.contract.write({"hour_price": 40, "has_overage_consent": True})
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        self.tell()
        moves = self.run_invoicing("2026-01-31")
        self.assertFalse(moves)
        self.assertEqual(self.get_alerts(pack), [(80, 480)])

    # Who is told

    def test_contacts_by_role_in_their_language(self):
        """Billing and Hours are told, each in the own language; others are not."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.env["ir.module.module"]._load_module_terms(
            ["helpdesk_billing_hours"], ["es_ES"]
        )
        other = self.env["res.partner"].create(
            {
                "name": "Ana Mora",
                "email": "ana@customer.example.com",
                "parent_id": self.customer.id,
                "lang": "es_ES",
            }
        )
        self.contract.contact_ids = [
            Command.create({"partner_id": other.id, "role_hours": True})
        ]
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:15")
        self.tell()
        mails = self.get_alert_mails(pack)
        by_partner = {mail.recipient_ids: mail for mail in mails}
        self.assertEqual(set(by_partner), {self.contact, other})
        english, spanish = by_partner[self.contact], by_partner[other]
        self.assertIn("of your support hours are used", english.subject)
        self.assertIn("8:15 of", english.body_html)
        self.assertIn("1:45", english.body_html)
        self.assertIn("horas de soporte", spanish.subject)
        self.assertIn("Hola", spanish.body_html)
        self.assertNotIn("Hello", spanish.body_html)
        self.assertIn(": mail to ", pack.message_ids[0].preview)

    def test_nobody_with_the_role_is_said_to_us(self):
        self.billing_line.role_billing = False
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        self.tell()
        self.assertFalse(self.get_alert_mails(pack))
        self.assertIn("not told", self.contract.activity_ids.note)
        self.contract.owner_id = self.contact
        self.log(self.ticket, "2026-01-13 09:00", "1:40")
        self.tell()
        self.assertEqual(self.get_alert_mails(pack).recipient_ids, self.contact)

    def test_our_contact_gets_an_activity(self):
        self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        self.tell()
        activity = self.contract.activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("80 % used", activity.summary)
        self.assertIn("8:00 of 10:00 h are used.", activity.note)
        self.assertIn("No forecast: too little use", activity.note)

    # Once, whatever crashes

    def test_a_crash_between_record_and_mail_leaves_nothing_half_done(self):
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        alerts = type(self.env["helpdesk.hours.alert"])
        with (
            patch.object(alerts, "_write_mails", side_effect=MemoryError),
            self.assertRaises(MemoryError),
            self.env.cr.savepoint(),
        ):
            pack.alert_ids._tell_together()
        self.env.invalidate_all()
        self.assertFalse(pack.alert_ids.told_at)
        self.assertFalse(self.contract.activity_ids)
        for _again in range(3):
            self.tell()
        self.assertEqual(len(self.get_alert_mails(pack)), 1)
        self.assertEqual(len(self.contract.activity_ids), 1)

    def test_the_database_keeps_them_unique(self):
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            pack.alert_ids.copy()

    def test_entering_hours_takes_one_statement_more(self):
        """What is noticed costs the same whether 1 or 30 alerts are on record."""
        self.make_pack("10:00")
        packs = self.contract.pack_ids
        self.env["helpdesk.hours.alert"]._notice(packs, None)
        with self.assertQueryCount(1):
            self.env["helpdesk.hours.alert"]._notice(
                packs, self.env["helpdesk.authorization"]
            )
        with self.assertQueryCount(0):
            self.env["helpdesk.hours.alert"]._notice(
                packs.browse(), self.env["helpdesk.authorization"]
            )

    # The drafted renewal

    def test_the_last_alert_drafts_an_extra_pack(self):
        """A draft in the contract's currency; it grants nothing until it is posted."""
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "8:00")
        self.tell()
        self.assertFalse(pack.alert_ids.move_id)
        self.log(self.ticket, "2026-01-13 09:00", "1:30")
        self.tell("2026-01-13 15:00")
        move = pack.alert_ids.sorted("percent")[-1].move_id
        self.assertEqual((move.state, move.move_type), ("draft", "out_invoice"))
        self.assertEqual(move.partner_id.commercial_partner_id, self.customer)
        self.assertEqual(move.currency_id, self.contract.currency_id)
        line = move.invoice_line_ids
        self.assertEqual(line.product_id, self.ref("product_pack_10"))
        self.assertEqual((line.price_unit, line.quantity), (400, 1))
        self.assertEqual(self.contract.pack_ids, pack, "nobody has ordered it")
        activity = self.contract.activity_ids.sorted("id")[-1:]
        self.assertIn(f'data-oe-id="{move.id}"', activity.note)
        extra = self.log(self.ticket, "2026-01-13 16:00", "1:00")
        self.assertCharged(extra, pack="0:30", overage="0:30")
        with at("2026-01-13 17:00"):
            move.action_post()
        self.env.invalidate_all()
        self.assertEqual(len(self.contract.pack_ids), 2)
        self.assertCharged(extra, pack="1:00")

    def test_drafted_once(self):
        pack = self.make_pack("10:00")
        line = self.log(self.ticket, "2026-01-12 09:00", "9:30")
        self.tell()
        move = pack.alert_ids.move_id
        move.unlink()
        line.unit_amount = 1
        line.unit_amount = 9.9
        self.tell()
        self.assertFalse(pack.alert_ids.move_id)

    def test_nothing_is_drafted_while_other_hours_are_there(self):
        pack = self.make_pack("10:00")
        self.make_pack("10:00", "2026-01-02")
        self.log(self.ticket, "2026-01-12 09:00", "9:30")
        self.tell()
        self.assertEqual(len(pack.alert_ids), 2)
        self.assertFalse(pack.alert_ids.move_id)
        self.assertIn("other hours", self.contract.activity_ids.note)
        self.assertIn("10:00 h more", self.get_alert_mails(pack).body_html)

    def test_a_contract_that_ends_soon_is_renewed_instead(self):
        """The contract ends on 31 January: its renewal is drafted, unsigned."""
        self.contract.date_end = "2026-01-31"
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "9:30")
        self.tell()
        renewal = self.contract.renewal_id
        last = pack.alert_ids.filtered(lambda a: a.level == "last")
        self.assertEqual(last.renewal_id, renewal)
        self.assertFalse(renewal.is_signed)
        self.assertFalse(last.move_id)

    def test_without_a_product_the_activity_says_what_to_do(self):
        self.plan.extra_product_id = False
        self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "9:30")
        self.tell()
        self.assertIn("choose an extra pack", self.contract.activity_ids.note)

    def test_a_draft_that_cannot_be_made_does_not_keep_the_alert_back(self):
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "9:30")
        self.env["account.journal"].search([("type", "=", "sale")]).active = False
        self.tell()
        self.assertEqual(len(self.get_alert_mails(pack)), 1)
        self.assertIn("could not be drafted", self.contract.activity_ids.note)
        self.assertFalse(pack.alert_ids.move_id)

    # Rights

    def test_nobody_writes_alerts(self):
        pack = self.make_pack("10:00")
        self.log(self.ticket, "2026-01-12 09:00", "9:30")
        alert = pack.alert_ids[:1]
        for user in (self.agent_own, self.agent, self.manager, self.accountant):
            own = alert.with_user(user)
            self.assertEqual(own.percent, alert.percent)
            for operation in ("write", "create", "unlink"):
                with self.subTest(user=user.login, operation=operation):
                    self.assertFalse(own.has_access(operation))
            with self.assertRaises(AccessError):
                own.write({"told_at": False})
        self.assertFalse(alert.with_user(self.portal_user).has_access("read"))

    def test_alerts_of_tickets_follow_the_agents_access(self):
        ticket = self.make_authorized_ticket("1:00")
        ticket.user_id = self.agent
        self.log(ticket, "2026-01-13 10:00", "1:00")
        alert = ticket.authorization_ids.alert_ids[:1]
        for user, may in (
            (self.agent, True),
            (self.manager, True),
            (self.accountant, True),
            (self.agent_own, False),
            (self.agent_team, False),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(alert.with_user(user).has_access("read"), may)


@tagged("post_install", "-at_install")
class TestAuthorizationAlert(AlertCommon):
    def test_at_80_and_at_100_percent(self):
        """3 h authorised: 2:24 are 80 %, 3:00 are 100 %; more waits and adds none."""
        ticket = self.make_authorized_ticket("3:00")
        ticket.user_id = self.agent
        authorization = ticket.authorization_ids
        before = ticket.activity_ids
        self.log(ticket, "2026-01-13 09:00", "2:23")
        self.assertEqual(self.get_alerts(authorization), [])
        self.log(ticket, "2026-01-13 12:00", "0:01")
        self.assertEqual(self.get_alerts(authorization), [(80, 144)])
        self.tell()
        activity = ticket.activity_ids - before
        self.assertEqual(activity.user_id, self.agent)
        self.assertIn("80 % used", activity.summary)
        self.log(ticket, "2026-01-13 13:00", "0:50")
        self.assertEqual(self.get_alerts(authorization), [(80, 144), (100, 180)])
        self.tell("2026-01-13 15:00")
        told = ticket.activity_ids - before - activity
        self.assertEqual(told.user_id, self.agent | self.manager)
        mails = self.get_alert_mails(authorization)
        self.assertEqual(mails.recipient_ids, self.contact)
        self.assertIn("0:36", mails[0].body_html)
        self.assertIn("another", mails[1].body_html)
        self.assertEqual(authorization.hours_used, 3)

    def test_each_authorisation_once(self):
        """1 h is used up, another hour is approved: it has alerts of its own."""
        ticket = self.make_authorized_ticket("1:00")
        first = ticket.authorization_ids
        self.log(ticket, "2026-01-13 09:00", "1:30")
        self.tell()
        self.approve(self.make_authorization(ticket, hours=1))
        second = ticket.authorization_ids - first
        self.assertEqual(self.get_alerts(second), [])
        self.log(ticket, "2026-01-13 14:00", "0:20")
        self.tell()
        self.assertEqual(self.get_alerts(second), [(80, 50)])
        self.assertEqual(len(self.get_alert_mails(first)), 1)
        self.assertEqual(len(self.get_alert_mails(second)), 1)

    def test_the_minimum_counts(self):
        """0:20 worked of 1:00 authorised is billed as 1:00: all of it is used."""
        ticket = self.make_authorized_ticket("1:00")
        self.log(ticket, "2026-01-13 09:00", "0:20")
        self.assertEqual(
            self.get_alerts(ticket.authorization_ids), [(80, 60), (100, 60)]
        )

    def test_without_a_contract_who_was_asked_is_told(self):
        self.contract.active = False
        self.contract.is_signed = False
        ticket = self.make_authorized_ticket("1:00")
        self.assertFalse(ticket.contract_id)
        self.log(ticket, "2026-01-13 09:00", "1:00")
        self.tell()
        mails = self.get_alert_mails(ticket.authorization_ids)
        self.assertEqual(mails.recipient_ids, self.contact)

    def test_shares_are_the_policys(self):
        self.set_terms(self.policy, first_alert_percent=0, last_alert_percent=90)
        ticket = self.make_authorized_ticket("2:00")
        self.log(ticket, "2026-01-13 09:00", "1:48")
        self.assertEqual(self.get_alerts(ticket.authorization_ids), [(90, 108)])
