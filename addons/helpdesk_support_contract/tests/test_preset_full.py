"""Policy E, full: three levels, ITIL (R-E1 to R-E4).

Mon-Fri 08:00-17:00 America/Mexico_City (UTC-6, no DST): a working day has 9 hours.
Times are local; 5, 12, 19 and 26 January 2026 are Mondays.
"""

from odoo.tests import tagged

from odoo.addons.helpdesk_sla_policy.tests.common import at

from .preset_common import PresetCommon


class FullCommon(PresetCommon):
    preset = "full"
    tz = "America/Mexico_City"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_preset_contract("full")

    def reply(self, ticket, when):
        self.post(ticket, when, self.agent)


@tagged("post_install", "-at_install")
class TestFullPromises(FullCommon):
    def test_the_first_public_reply_is_the_response(self):
        """R-E1: an internal note and the stage answer nothing; the reply does."""
        ticket = self.make_ticket("2026-01-05 08:00", "3")
        self.assertDue(ticket, "response", "2026-01-05 08:30")
        self.move(ticket, "2026-01-05 08:05", "in_progress")
        self.post(ticket, "2026-01-05 08:10", self.agent, subtype_xmlid="mail.mt_note")
        self.assertTimer(ticket, "response", "running")
        self.reply(ticket, "2026-01-05 08:30:00")
        self.assertTimer(ticket, "response", "met", elapsed="0:30")

    def test_no_solution_is_promised(self):
        ticket = self.make_ticket("2026-01-05 08:00", "3")
        self.move(ticket, "2026-01-05 08:05", "in_progress")
        self.assertNoTimer(ticket, "solution")

    def test_updates_are_cycles(self):
        """R-E2: critical, news every 2 h; each one is met or missed on its own.

        Answered 08:20: the next news by 10:20. Written 10:00: the next by 12:00.
        Written 12:30: missed, the next by 14:30. Solved 13:00: that one is void.
        """
        ticket = self.make_ticket("2026-01-05 08:00", "3")
        self.move(ticket, "2026-01-05 08:05", "in_progress")
        self.reply(ticket, "2026-01-05 08:20")
        self.assertDue(ticket, "update", "2026-01-05 10:20")
        self.reply(ticket, "2026-01-05 10:00")
        self.assertDue(ticket, "update", "2026-01-05 12:00")
        self.reply(ticket, "2026-01-05 12:30")
        self.assertDue(ticket, "update", "2026-01-05 14:30")
        self.move(ticket, "2026-01-05 13:00", "closing")
        updates = ticket.timer_ids.filtered(lambda timer: timer.metric == "update")
        self.assertEqual(
            updates.sorted("cycle").mapped("state"), ["met", "missed", "void"]
        )

    def test_escalation_counts_from_the_first_response(self):
        """R-E3: critical, level 2 after 4 h and level 3 after 8 h.

        Answered Fri 9 Jan 15:00: 2 h on Friday, 2 h on Monday: level 2 at Mon
        10:00; 6 h on Monday: level 3 at Mon 14:00. A second before: not yet.
        """
        ticket = self.make_ticket("2026-01-09 14:45", "3")
        self.move(ticket, "2026-01-09 14:50", "in_progress")
        self.reply(ticket, "2026-01-09 15:00")
        for when, level in (
            ("2026-01-12 09:59:59", "1"),
            ("2026-01-12 10:00:00", "2"),
            ("2026-01-12 13:59:59", "2"),
            ("2026-01-12 14:00:00", "3"),
        ):
            self.sweep(when)
            self.assertEqual(ticket.support_level, level, when)
        self.assertEqual(
            ticket.escalation_ids.sorted("at").mapped("origin"), ["step", "step"]
        )

    def test_waiting_for_the_customer_pauses_updates_and_escalation(self):
        """Answered Mon 19 Jan 09:30, on hold 10:00, customer back Tue 14:00.

        Normal, news every day of 9 h: 0:30 used, 8:30 left: 3:00 on Tuesday,
        5:30 on Wednesday: 13:30. Level 2 after 18 h: 17:30 left: 3:00 + 9:00 +
        5:30 on Thursday: 13:30.
        """
        ticket = self.make_ticket("2026-01-19 09:00", "1")
        self.move(ticket, "2026-01-19 09:10", "in_progress")
        self.reply(ticket, "2026-01-19 09:30")
        self.move(ticket, "2026-01-19 10:00", "awaiting")
        self.assertTimer(ticket, "update", "paused", elapsed="0:30")
        self.post(ticket, "2026-01-20 14:00", self.portal_user)
        self.assertEqual(ticket.stage_id, self.stages["in_progress"])
        self.assertDue(ticket, "update", "2026-01-21 13:30")
        self.sweep("2026-01-22 13:29:59")
        self.assertEqual(ticket.support_level, "1")
        self.sweep("2026-01-22 13:30:00")
        self.assertEqual(ticket.support_level, "2")

    def test_without_contract_an_agent_decides(self):
        """Ours: held, nothing is due; released it counts from its receipt."""
        user = self.make_customer("Sin Contrato", "none")[1]
        ticket = self.make_ticket(
            "2026-01-05 08:00", "3", partner_id=user.partner_id.id
        )
        self.assertEqual(ticket.hold_reason, "no_contract")
        self.assertFalse(ticket.next_due)
        with at("2026-01-05 08:20", self.tz):
            ticket.with_user(self.agent).release_reason = "Contract on its way"
            ticket.with_user(self.agent).action_release()
        self.assertDue(ticket, "response", "2026-01-05 08:30")


@tagged("post_install", "-at_install")
class TestFullMonth(FullCommon):
    """A month of tickets: when each first response falls due, and what came of it."""

    def test_january(self):
        """R-E1 to R-E4; Mon 2 Feb 2026 is a public holiday in Mexico."""
        self.close_for_holidays("mx", self.office)
        month = [
            # received, stars, response due, answered, verdict: how it is counted
            # 30 min in one go.
            ("2026-01-05 08:00", "3", "2026-01-05 08:30", "2026-01-05 08:20", "met"),
            # Fri 16:45: 15 min left, 15 min on Monday; the last second counts.
            ("2026-01-09 16:45", "3", "2026-01-12 08:15", "2026-01-12 08:15", "met"),
            # Saturday waits for Monday 08:00; one minute too late.
            ("2026-01-10 11:00", "3", "2026-01-12 08:30", "2026-01-12 08:31", "missed"),
            # 2 h: Tue 16:00-17:00, Wed 08:00-09:00.
            ("2026-01-06 16:00", "2", "2026-01-07 09:00", "2026-01-07 09:00", "met"),
            # 2 h: Fri 15:30-17:00, Mon 08:00-08:30.
            ("2026-01-16 15:30", "2", "2026-01-19 08:30", "2026-01-16 16:00", "met"),
            # 4 h: Wed 15:00-17:00, Thu 08:00-10:00.
            ("2026-01-14 15:00", "1", "2026-01-15 10:00", "2026-01-15 10:00", "met"),
            # 4 h; at closing time nothing of Thursday is left: Fri 08:00-12:00.
            ("2026-01-22 17:00", "0", "2026-01-23 12:00", "2026-01-23 09:00", "met"),
            # 4 h in one go.
            ("2026-01-19 09:00", "1", "2026-01-19 13:00", "2026-01-19 13:00", "met"),
            # 4 h before opening: from 08:00 on.
            ("2026-01-20 06:00", "0", "2026-01-20 12:00", "2026-01-20 12:01", "missed"),
            # Fri 16:40: 20 min; Monday is a holiday; 10 min on Tuesday.
            ("2026-01-30 16:40", "3", "2026-02-03 08:10", "2026-02-03 08:00", "met"),
            # 2 h: Fri 16:00-17:00, Tue 08:00-09:00.
            ("2026-01-30 16:00", "2", "2026-02-03 09:00", "2026-02-03 08:30", "met"),
        ]
        for received, stars, due, answered, verdict in month:
            with self.subTest(received=received, stars=stars):
                ticket = self.make_ticket(received, stars)
                self.assertEqual(ticket.contract_id, self.contract)
                self.assertDue(ticket, "response", due)
                self.move(ticket, received, "in_progress")
                self.reply(ticket, answered)
                self.assertTimer(ticket, "response", verdict)

        # Raised from normal to critical at 09:20: 30 min of the same clock.
        raised = self.make_ticket("2026-01-26 09:00", "1")
        self.assertDue(raised, "response", "2026-01-26 13:00")
        self.change(raised, "2026-01-26 09:20", priority="3")
        self.assertDue(raised, "response", "2026-01-26 09:30")
        self.reply(raised, "2026-01-26 09:25")
        self.assertTimer(raised, "response", "met")

        # Cancelled: outside every rate.
        cancelled = self.make_ticket("2026-01-27 10:00", "3")
        self.move(cancelled, "2026-01-27 10:10", "cancelled")
        self.assertNoTimer(cancelled, "response")

        # R-E4: 95 % of first responses in time. January: met those of 5, 12 (of
        # the 9th), 7, 16, 15, 23, 19 and 26 January = 8, missed 2 (breaches of 12
        # and 20 January): 80 %. The two of 30 January were answered in February.
        with at("2026-02-10 12:00", self.tz):
            rows = self.env["helpdesk.sla.attainment"]._read_group(
                [
                    ("policy_id", "=", self.policy.id),
                    ("metric", "=", "response"),
                    ("partner_id", "=", self.customer.id),
                ],
                ["date:month"],
                ["kept:avg", "__count", "objective:max"],
                order="date:month",
            )
        self.assertEqual(
            [(str(date)[:7], kept, count, goal) for date, kept, count, goal in rows],
            [("2026-01", 80.0, 10, 95.0), ("2026-02", 100.0, 2, 95.0)],
        )
