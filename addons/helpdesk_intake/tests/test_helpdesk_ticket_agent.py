from odoo.fields import Command
from odoo.tests import tagged

from .notice_common import NoticeCommon


@tagged("post_install", "-at_install")
class TestBothSidesAreTold(NoticeCommon):
    """R-D1: e-mail to the other side when a case is updated."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.notification_type = "email"
        cls.team.user_id = cls.manager

    def make_assigned(self):
        ticket = self.make_ticket("2026-01-12 10:00", user_id=self.agent.id)
        ticket.message_subscribe(partner_ids=self.agent.partner_id.ids)
        return ticket

    def count_mails(self, ticket, partner):
        """Return how many messages of people were mailed to a partner."""
        return self.mails.sudo().search_count(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("recipient_ids", "in", partner.ids),
                ("message_type", "=", "comment"),
            ]
        )

    def test_the_agent_is_told_once_in_a_storm(self):
        """R-D1: five messages in four minutes: one activity, one mail."""
        ticket = self.make_assigned()
        for minute in range(5):
            self.post(ticket, f"10:1{minute}", self.portal_user)
        activity = ticket._get_customer_activities()
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.agent)
        self.assertEqual(activity.summary, "The customer wrote 5 messages")
        self.assertEqual(self.count_mails(ticket, self.agent.partner_id), 1)
        self.post(ticket, "10:30", self.portal_user)  # later it is news again
        self.assertEqual(self.count_mails(ticket, self.agent.partner_id), 2)

    def test_the_answer_settles_it(self):
        ticket = self.make_assigned()
        self.post(ticket, "10:10", self.portal_user)
        self.assertTrue(ticket.customer_wrote_at)
        self.post(ticket, "10:20", self.agent)
        self.assertFalse(ticket.customer_wrote_at)
        self.assertFalse(ticket._get_customer_activities())
        self.post(ticket, "10:21", self.portal_user)
        self.assertEqual(
            ticket._get_customer_activities().summary, "The customer wrote"
        )
        self.assertEqual(self.count_mails(ticket, self.agent.partner_id), 2)

    def test_nobody_assigned_the_leader_is_told(self):
        ticket = self.make_ticket("2026-01-12 10:00")
        self.post(ticket, "10:10", self.portal_user)
        self.assertEqual(ticket._get_customer_activities().user_id, self.manager)

    def test_nobody_at_all(self):
        self.team.user_id = False
        ticket = self.make_ticket("2026-01-12 10:00")
        self.post(ticket, "10:10", self.portal_user)
        self.assertFalse(ticket._get_customer_activities())
        self.assertTrue(ticket.customer_wrote_at)  # the filter finds it

    def test_the_customer_is_mailed_without_following(self):
        """R-D1: what the agent writes reaches the customer of the ticket."""
        ticket = self.make_assigned()
        ticket.message_unsubscribe(partner_ids=self.contact.ids)
        message = self.post(ticket, "10:10", self.agent)
        self.assertIn(self.contact, message.notified_partner_ids)
        self.assertEqual(self.count_mails(ticket, self.contact), 1)

    def test_a_note_tells_nobody(self):
        ticket = self.make_assigned()
        self.post(ticket, "10:10", self.agent, subtype_xmlid="mail.mt_note")
        self.assertEqual(self.count_mails(ticket, self.contact), 0)

    def test_the_filter(self):
        ticket = self.make_assigned()
        self.post(ticket, "10:10", self.portal_user)
        found = self.env["helpdesk.ticket"].search([("customer_wrote_at", "!=", False)])
        self.assertIn(ticket, found)

    def test_an_agent_who_left(self):
        self.agent.active = False
        self.team.user_ids = [Command.unlink(self.agent.id)]
        ticket = self.make_ticket("2026-01-12 10:00")
        ticket.user_id = self.agent
        self.post(ticket, "10:10", self.portal_user)
        self.assertEqual(ticket._get_customer_activities().user_id, self.manager)
