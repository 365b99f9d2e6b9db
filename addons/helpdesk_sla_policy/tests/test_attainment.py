from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HelpdeskSlaCommon, at, utc


@tagged("post_install", "-at_install")
class TestAttainment(HelpdeskSlaCommon):
    def _get_row(self, ticket, metric="response", now="2026-02-20 12:00"):
        """Return (month, state, kept) of a promise as it stands at a time."""
        with at(now):
            rows = self.env["helpdesk.sla.attainment"].search(
                [("ticket_id", "=", ticket.id), ("metric", "=", metric)]
            )
            rows.invalidate_recordset()
            return [
                (row.date.isoformat()[:7], row.state, row.kept if row.state else 0)
                for row in rows
            ]

    def _get_rate(self, domain, *aggregates, now="2026-02-20 12:00"):
        with at(now):
            return self.env["helpdesk.sla.attainment"]._read_group(
                domain, [], ["kept:avg", *aggregates]
            )[0]

    def test_a_miss_belongs_to_the_month_of_its_breach(self):
        ticket = self.make_ticket("2026-01-30 15:00", "3")
        self.move(ticket, "2026-02-02 10:00", "assigned")
        self.assertEqual(self._get_row(ticket), [("2026-01", "missed", 0)])

    def test_a_met_one_belongs_to_the_month_of_its_stop(self):
        ticket = self.make_ticket("2026-01-30 16:50", "3")
        self.move(ticket, "2026-02-02 09:10", "assigned")
        self.assertEqual(self._get_row(ticket), [("2026-02", "met", 100)])

    def test_an_open_one_belongs_to_the_present(self):
        ticket = self.make_ticket("2026-01-30 16:50", "3")
        self.assertEqual(
            self._get_row(ticket, now="2026-02-01 12:00"), [("2026-02", "open", 0)]
        )

    def test_an_open_one_past_its_breach_is_missed_now(self):
        ticket = self.make_ticket("2026-01-30 15:00", "3")
        self.assertEqual(
            self._get_row(ticket, now="2026-01-30 15:30:00"), [("2026-01", "open", 0)]
        )
        self.assertEqual(
            self._get_row(ticket, now="2026-01-30 15:30:01"), [("2026-01", "missed", 0)]
        )

    def test_a_paused_one_whose_time_is_used_up_is_missed(self):
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "09:05", "assigned")
        self.move(ticket, "09:10", "in_progress")
        self.move(ticket, "14:00", "awaiting")
        self.assertEqual(self._get_row(ticket, "solution"), [("2026-01", "missed", 0)])

    def test_void_and_unpromised_ones_are_left_out(self):
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "12:00", "cancelled")
        self.assertEqual(self._get_row(ticket), [])
        self.assertEqual(self._get_row(ticket, "solution"), [])

    def test_months_are_those_of_the_policys_zone(self):
        policy = self.make_policy(
            ("response", 1, {"working_time": False}), response_by="stage"
        )
        self.team.sla_policy_id = policy
        ticket = self.make_ticket("2026-01-31 22:30")  # breach 23:30, in UTC February
        self.assertEqual(self._get_row(ticket), [("2026-01", "missed", 0)])

    def test_the_rate_is_met_of_what_is_decided(self):
        tickets = self.env["helpdesk.ticket"]
        for when in ("09:10", "09:20", "09:30", "11:00"):
            ticket = self.make_ticket("09:00", "3")
            self.move(ticket, when, "assigned")
            tickets |= ticket
        domain = [("ticket_id", "in", tickets.ids), ("metric", "=", "response")]
        self.assertEqual(
            self._get_rate(domain, "met_count:sum", "missed_count:sum"), (75, 3, 1)
        )

    def test_a_total_is_no_sum_of_averages(self):
        tickets = self.env["helpdesk.ticket"]
        for stars, when in (("3", "09:10"), ("3", "09:20"), ("3", "10:00")):
            ticket = self.make_ticket("09:00", stars)
            self.move(ticket, when, "assigned")
            tickets |= ticket
        late = self.make_ticket("09:00", "2")
        self.move(late, "11:00", "assigned")
        tickets |= late
        domain = [("ticket_id", "in", tickets.ids), ("metric", "=", "response")]
        rates = self.env["helpdesk.sla.attainment"]._read_group(
            domain, ["severity"], ["kept:avg"]
        )
        self.assertEqual([round(rate, 2) for _severity, rate in rates], [0, 66.67])
        self.assertEqual(self._get_rate(domain)[0], 50)

    def test_nothing_decided_has_no_rate(self):
        ticket = self.make_ticket("2026-01-30 16:50", "3")
        domain = [("ticket_id", "=", ticket.id)]
        self.assertEqual(
            self._get_rate(domain, "open_count:sum", now="2026-02-01 12:00"), (False, 1)
        )

    def test_the_objective_stands_beside_the_rate(self):
        self.policy.objective_ids = [
            Command.create({"metric": "response", "percent": 95})
        ]
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "11:00", "assigned")
        domain = [("ticket_id", "=", ticket.id), ("metric", "=", "response")]
        self.assertEqual(self._get_rate(domain, "objective:avg"), (0, 95))
        domain = [("ticket_id", "=", ticket.id), ("metric", "=", "solution")]
        self.assertEqual(self._get_rate(domain, "objective:avg")[1], False)

    def test_it_groups_by_customer_team_agent_and_policy(self):
        ticket = self.make_ticket("09:00", "3", user_id=self.agent.id)
        row = self.env["helpdesk.sla.attainment"].search(
            [("ticket_id", "=", ticket.id), ("metric", "=", "response")]
        )
        self.assertRecordValues(
            row,
            [
                {
                    "partner_id": self.customer.id,
                    "team_id": self.team.id,
                    "user_id": self.agent.id,
                    "policy_id": self.policy.id,
                    "severity": "3",
                    "timer_id": ticket._get_timer("response").id,
                    "company_id": ticket.company_id.id,
                }
            ],
        )
        action = row.action_open_ticket()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (ticket._name, ticket.id)
        )

    def test_the_breach_reason_is_on_missed_ones_only(self):
        reason = self.env.ref("helpdesk_sla_policy.breach_reason_capacity")
        ticket = self.make_ticket("09:00", "3")
        self.move(ticket, "11:00", "assigned")
        self.move(ticket, "11:10", "in_progress", breach_reason_id=reason.id)
        self.move(ticket, "11:20", "closing")
        rows = self.env["helpdesk.sla.attainment"].search(
            [("ticket_id", "=", ticket.id)]
        )
        reasons = {row.metric: row.breach_reason_id for row in rows}
        self.assertEqual(reasons["response"], reason)
        self.assertFalse(reasons["solution"])

    # Access

    def test_agents_see_what_they_see_of_timers(self):
        own = self.make_ticket("09:00", user_id=self.agent.id)
        other = self.make_ticket("09:00", user_id=self.manager.id)
        rows = self.env["helpdesk.sla.attainment"]

        def seen_by(user):
            domain = [("ticket_id", "in", (own | other).ids)]
            return rows.with_user(user).search(domain).ticket_id.sudo()

        self.team.user_ids = [
            Command.link(self.agent_own.id),
            Command.link(self.agent_team.id),
        ]
        own.user_id = self.agent_own
        self.assertEqual(seen_by(self.agent_own), own)
        self.assertEqual(seen_by(self.agent_team), own | other)
        self.assertEqual(seen_by(self.agent), own | other)
        self.assertEqual(seen_by(self.manager), own | other)

    def test_other_companies_are_not_seen(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.team.company_id = False
        ticket = self.make_ticket("09:00", company_id=company.id)
        rows = self.env["helpdesk.sla.attainment"]
        domain = [("ticket_id", "=", ticket.id)]
        self.assertTrue(rows.search(domain))
        self.assertFalse(rows.with_user(self.manager).search(domain))

    def test_customers_have_no_access(self):
        with self.assertRaises(AccessError):
            self.env["helpdesk.sla.attainment"].with_user(self.portal_user).search([])

    def test_only_managers_set_objectives(self):
        line = {"policy_id": self.policy.id, "metric": "solution", "percent": 90}
        objectives = self.env["helpdesk.sla.objective"]
        with self.assertRaises(AccessError):
            objectives.with_user(self.agent).create(line)
        objective = objectives.with_user(self.manager).create(line)
        self.assertEqual(objective.with_user(self.agent).percent, 90)

    def test_the_button_of_a_policy_opens_its_promises(self):
        action = self.policy.action_view_attainment()
        self.assertEqual(action["domain"], [("policy_id", "=", self.policy.id)])


@tagged("post_install", "-at_install")
class TestIncidents(HelpdeskSlaCommon):
    """Updates and escalations of a ticket, judged as one (R-E4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.full = cls.make_policy(
            ("response", 4, {}),
            ("update", 2, {}),
            response_by="reply",
            objective_ids=[
                Command.create({"metric": "incident", "percent": 90}),
                Command.create({"metric": "response", "percent": 95}),
            ],
        )
        cls.team.sla_policy_id = cls.full

    def _get_incident(self, ticket, now="2026-02-20 12:00"):
        with at(now):
            row = self.env["helpdesk.sla.attainment"].search(
                [("ticket_id", "=", ticket.id), ("metric", "=", "incident")]
            )
            row.invalidate_recordset()
            return row.date.isoformat() if row else "", row.state, row.objective

    def _answer(self, ticket, *times):
        for when in times:
            self.post(ticket, when, self.agent)

    def test_kept_when_every_update_was_in_time(self):
        ticket = self.make_ticket("09:00", "3")
        self._answer(ticket, "09:30", "11:00", "13:00")
        self.assertEqual(
            self._get_incident(ticket, now="2026-01-12 14:00"),
            ("2026-01-12", "open", 90),
        )
        self.move(ticket, "2026-01-12 14:30", "in_progress")
        self.move(ticket, "2026-01-12 14:40", "done")
        self.assertEqual(self._get_incident(ticket), ("2026-01-12", "met", 90))

    def test_one_late_update_spoils_it(self):
        ticket = self.make_ticket("2026-01-12 09:00", "3")
        self._answer(ticket, "09:30", "11:40", "13:00")
        self.assertEqual(
            self._get_incident(ticket, now="2026-01-12 14:00"),
            ("2026-01-12", "missed", 90),
        )

    def test_a_step_that_fired_late_spoils_it(self):
        self.full.step_ids = [
            Command.create(
                {
                    "metric": "escalation",
                    "basis": "elapsed",
                    "amount": 1,
                    "unit": "hour",
                    "action": "level",
                    "level": "2",
                    "active_from": utc("2026-01-01 00:00"),
                }
            )
        ]
        states = []
        for swept in ("10:31", "10:40"):
            ticket = self.make_ticket("09:00", "3")
            self._answer(ticket, "09:30")
            with at(swept):
                self.env["helpdesk.sla.timer"]._sweep_batch(utc(swept))
            self.assertEqual(ticket.support_level, "2")
            states.append(self._get_incident(ticket, now="2026-01-12 11:00")[1])
        self.assertEqual(states, ["open", "missed"])

    def test_a_policy_without_that_objective_has_no_such_row(self):
        self.full.objective_ids.filtered(lambda o: o.metric == "incident").unlink()
        ticket = self.make_ticket("09:00", "3")
        self._answer(ticket, "09:30", "11:40")
        self.assertEqual(self._get_incident(ticket)[0], "")
