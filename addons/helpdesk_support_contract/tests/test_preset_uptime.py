"""Policy D, uptime: priorities 0 to 3 without committed times (R-D1, R-D2, R-D4).

Mon-Fri 09:00-17:00 America/Guayaquil or 24x7, by plan.
"""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy import clock

from .preset_common import PresetCommon


@tagged("post_install", "-at_install")
class TestUptime(PresetCommon):
    preset = "uptime"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract("uptime")
        cls.types = {
            name: cls.env.ref(f"helpdesk_sla_policy.type_{name}")
            for name in ("question", "requirement", "incident")
        }

    def test_attention_hours_by_plan(self):
        """R-D1: 8x5 is closed on Sat 10 Jan 12:00, 24x7 is not.

        Open seconds from Sat 10:00 to Mon 12 Jan 10:00: 1 h against 48 h.
        """
        always, user = self.make_customer("Siempre", "siempre")
        self.make_preset_contract("uptime_always", always, contacts=[user.partner_id])
        for partner, hours in ((self.contact, 1), (user.partner_id, 48)):
            ticket = self.make_ticket("2026-01-10 10:00", "3", partner_id=partner.id)
            self.assertTrue(ticket.contract_id)
            calendar = ticket._get_sla_calendar(ticket.sla_policy_id)
            hours_open = calendar._get_support_clock(ticket.company_id)
            start, stop = (
                clock.instant(text, self.tz)
                for text in ("2026-01-10 10:00", "2026-01-12 10:00")
            )
            self.assertEqual(hours_open.elapsed(start, stop), hours * 3600)

    def test_types(self):
        """R-D1: question, new requirement and incident, on this team only."""
        self.assertEqual(
            set(self.team.type_ids.mapped("name")),
            {"Question", "New Requirement", "Incident"},
        )
        stars = self.env.ref("helpdesk_sla_policy.team_stars")
        self.assertFalse(stars.type_ids & self.team.type_ids)

    def test_both_sides_are_told(self):
        """R-D1: an e-mail to the other side when customer or agent writes."""
        ticket = self.make_ticket("2026-01-12 09:00", "2", user_id=self.agent.id)
        ticket.message_subscribe((self.contact | self.agent.partner_id).ids)
        message = self.post(ticket, "2026-01-12 09:10", self.portal_user)
        self.assertIn(self.agent.partner_id, message.notified_partner_ids)
        message = self.post(ticket, "2026-01-12 09:20", self.agent)
        self.assertIn(self.contact, message.notified_partner_ids)

    def test_january(self):
        """R-D2: nothing is due on any of a month's tickets, whatever is done."""
        month = [
            # received, stars, priority, type, solved
            ("2026-01-05 09:00", "3", "Priority 0", "incident", "2026-01-05 16:00"),
            ("2026-01-06 16:59", "3", "Priority 0", "incident", "2026-01-20 16:00"),
            ("2026-01-07 10:00", "2", "Priority 1", "incident", "2026-01-09 10:00"),
            ("2026-01-10 10:00", "2", "Priority 1", "question", "2026-01-12 09:30"),
            ("2026-01-12 11:00", "1", "Priority 2", "incident", "2026-01-28 11:00"),
            ("2026-01-13 12:00", "1", "Priority 2", "question", "2026-01-13 12:20"),
            ("2026-01-15 15:00", "0", "Priority 3", "requirement", "2026-01-29 15:00"),
            ("2026-01-19 09:30", "0", "Priority 3", "question", "2026-01-19 10:00"),
            ("2026-01-21 16:00", "3", "Priority 0", "incident", "2026-01-21 16:40"),
            ("2026-01-26 10:00", "2", "Priority 1", "requirement", "2026-01-30 10:00"),
            ("2026-01-30 16:00", "1", "Priority 2", "incident", "2026-01-30 16:30"),
        ]
        for received, stars, priority, kind, solved in month:
            with self.subTest(received=received):
                ticket = self.make_ticket(received, stars, type_id=self.types[kind].id)
                self.assertEqual(ticket.severity_name, priority)
                self.move(ticket, received, "assigned")
                self.move(ticket, received, "in_progress")
                for metric in ("response", "solution"):
                    self.assertNoTimer(ticket, metric)
                self.assertFalse(ticket.next_due)
                self.assertFalse(ticket.is_late)
                self.move(ticket, solved, "closing")
                self.move(ticket, solved, "done")
                self.assertTrue(ticket.closed)
        rates = self.env["helpdesk.sla.attainment"].search_count(
            [("policy_id", "=", self.policy.id)]
        )
        self.assertEqual(rates, 0, "no promise, no rate")
