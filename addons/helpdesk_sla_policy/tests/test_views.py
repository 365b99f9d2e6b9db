"""What agents, managers and customers see: countdowns, filters, counters, reasons."""

import ast

from lxml import etree, html

from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.helpdesk_sla_policy.clock import to_instant

from .common import HelpdeskSlaCommon, HelpdeskSlaHttpCommon, at, local, seconds, utc


def epoch(text):
    return to_instant(utc(text))


@tagged("post_install", "-at_install")
class TestCountdown(HelpdeskSlaCommon):
    def get_countdown(self, ticket, when, metric=None):
        """Return the countdown of a ticket, or of one of its timers, at a time."""
        self.env.invalidate_all()
        with at(when):
            return (ticket._get_timer(metric) if metric else ticket).countdown

    def test_what_a_page_needs_to_count_down(self):
        """3 stars, 30 min, Fri 16:50: ten minutes count, the rest on Monday (R-A4)."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        countdown = self.get_countdown(ticket, "2026-01-09 16:55", "response")
        spans = countdown.pop("spans")
        self.assertEqual(
            countdown,
            {
                "state": "running",
                "metric": "Response",
                "now": epoch("2026-01-09 16:55"),
                "due": epoch("2026-01-12 09:20"),
                "breach": epoch("2026-01-12 09:20"),
                "total": seconds("0:30"),
                "left": seconds("0:25"),
                "ticks": True,
                "tz": "America/Guayaquil",
            },
        )
        self.assertEqual(
            spans[:2],
            [
                [epoch("2026-01-09 16:55"), epoch("2026-01-09 17:00")],
                [epoch("2026-01-12 09:00"), epoch("2026-01-12 17:00")],
            ],
        )
        self.assertLessEqual(len(spans), 6)

    def test_closed_for_weeks_still_says_when_it_opens(self):
        for day in range(12, 32):
            self.make_holiday(f"2026-01-{day}")
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        countdown = self.get_countdown(ticket, "2026-01-10 12:00")
        self.assertEqual(countdown["spans"][0][0], epoch("2026-02-02 09:00"))

    def test_always_open_has_no_spans(self):
        self.policy.calendar_id = self.always
        ticket = self.make_ticket("2026-01-10 03:00", "3")
        countdown = self.get_countdown(ticket, "2026-01-10 03:10")
        self.assertIsNone(countdown["spans"])
        self.assertEqual(countdown["left"], seconds("0:20"))

    def test_paused_does_not_tick(self):
        """Waiting for the customer: the time that is left stands still (R-A15)."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, "11:10", "awaiting")
        for when in ("11:30", "16:00"):
            countdown = self.get_countdown(ticket, when)
            self.assertEqual(countdown["state"], "paused")
            self.assertFalse(countdown["ticks"])
            self.assertEqual(countdown["left"], seconds("3:00"))
            self.assertIsNone(countdown["due"])

    def test_late_counts_below_nothing(self):
        ticket = self.make_ticket("10:00", "3")
        countdown = self.get_countdown(ticket, "11:00")
        self.assertEqual(countdown["left"], -seconds("0:30"))
        self.assertLess(countdown["breach"], countdown["now"])

    def test_business_days_count_in_office_hours(self):
        """An estimate has five business days: 40 hours of the office (R-A2)."""
        ticket = self.make_ticket("2026-01-12 10:00", "0")
        self.move(ticket, "2026-01-12 10:00", "development")
        countdown = self.get_countdown(ticket, "2026-01-12 10:00", "estimate")
        self.assertEqual(countdown["due"], epoch("2026-01-19 17:00"))
        self.assertEqual(countdown["left"], seconds("47:00"))
        self.assertEqual(countdown["left"], countdown["total"])
        self.assertTrue(countdown["ticks"])

    def test_ticket_shows_what_is_due_next(self):
        ticket = self.make_ticket("10:00", "3")
        countdown = self.get_countdown(ticket, "10:05")
        self.assertEqual(countdown["metric"], "Response")
        self.move(ticket, "10:10", "in_progress")
        countdown = self.get_countdown(ticket, "10:20")
        self.assertEqual(countdown["metric"], "Solution")
        self.assertEqual(countdown["left"], seconds("3:50"))

    def test_a_move_shows_at_once(self):
        """What the browser gets back from a change is the new countdown."""
        ticket = self.make_ticket("10:00", "3")
        with at("10:10"):
            self.assertEqual(ticket.countdown["metric"], "Response")
            ticket.stage_id = self.stages["in_progress"]
            self.assertEqual(ticket.countdown["metric"], "Solution")

    def test_assigned_ticket_without_a_running_promise_shows_nothing(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "assigned")
        self.assertFalse(self.get_countdown(ticket, "10:20"))

    def test_closed_ticket_shows_its_verdict(self):
        for answered, verdict in (("10:10", "met"), ("11:00", "missed")):
            ticket = self.make_ticket("10:00", "3")
            self.move(ticket, answered, "in_progress")
            self.move(ticket, "11:10", "done")
            self.assertEqual(self.get_countdown(ticket, "12:00")["state"], verdict)

    def test_reading_many_tickets_needs_no_more_queries(self):
        def count(tickets):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            tickets.mapped("countdown")
            return self.env.cr.sql_log_count - before

        tickets = self.env["helpdesk.ticket"]
        for _index in range(30):
            tickets |= self.make_ticket("10:00", "3")
        with at("10:10"):
            count(tickets)
            self.assertEqual(count(tickets), count(tickets[:1]))


@tagged("post_install", "-at_install")
class TestFilters(HelpdeskSlaCommon):
    """The filters of the search view, as the browser sends them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        view = cls.env["helpdesk.ticket"].get_view(view_type="search")
        arch = etree.fromstring(view["arch"])
        cls.domains = {
            node.get("name"): ast.literal_eval(node.get("domain") or "[]")
            for node in arch.iter("filter")
            if node.get("name")
            in ("late", "due_today", "due_hour", "timer_paused", "timer_missed")
        }

    def setUp(self):
        super().setUp()
        self.tickets = {
            "late": self.make_ticket("2026-01-12 09:00", "3"),
            "this hour": self.make_ticket("2026-01-12 10:20", "3"),
            "today": self.make_ticket("2026-01-12 10:20", "1"),
            "tomorrow": self.make_ticket("2026-01-12 10:20", "0"),
        }
        for name, stage in (("paused", "awaiting"), ("missed", "in_progress")):
            ticket = self.make_ticket("2026-01-12 09:00", "3")
            answered = "10:20" if name == "missed" else "09:10"
            self.move(ticket, f"2026-01-12 {answered}", "in_progress")
            if stage == "awaiting":
                self.move(ticket, "2026-01-12 09:20", stage)
            self.tickets[name] = ticket

    def search(self, name, tz="America/Guayaquil", when="10:30"):
        ids = [ticket.id for ticket in self.tickets.values()]
        with at(when):
            found = (
                self.env["helpdesk.ticket"]
                .with_user(self.agent)
                .with_context(tz=tz)
                .search([*self.domains[name], ("id", "in", ids)])
            )
        return {name for name, ticket in self.tickets.items() if ticket in found}

    def test_late(self):
        self.assertEqual(self.search("late"), {"late"})

    def test_due_today_is_the_users_day(self):
        """Tuesday 05:00 in Guayaquil; in Auckland that is the end of a day."""
        today = {"late", "this hour", "today", "missed"}
        self.assertEqual(self.search("due_today"), today)
        early = "2026-01-13 05:00"
        self.assertEqual(self.search("due_today", when=early), {"tomorrow"})
        self.assertEqual(self.search("due_today", "Pacific/Auckland", early), today)

    def test_due_this_hour(self):
        self.assertEqual(self.search("due_hour"), {"this hour"})

    def test_paused(self):
        self.assertEqual(self.search("timer_paused"), {"paused"})

    def test_breached(self):
        self.assertEqual(self.search("timer_missed"), {"late", "missed"})

    def test_lists_and_cards_begin_with_what_is_due_next(self):
        for view_type in ("list", "kanban"):
            view = self.env["helpdesk.ticket"].get_view(view_type=view_type)
            order = etree.fromstring(view["arch"]).get("default_order")
            ids = [ticket.id for ticket in self.tickets.values()]
            found = self.env["helpdesk.ticket"].search([("id", "in", ids)], order=order)
            names = [
                next(name for name, ticket in self.tickets.items() if ticket == one)
                for one in found
            ]
            self.assertEqual(
                names, ["late", "this hour", "missed", "today", "tomorrow", "paused"]
            )

    def test_grouped_by_severity_level_and_day(self):
        arch = etree.fromstring(
            self.env["helpdesk.ticket"].get_view(view_type="search")["arch"]
        )
        for name in ("group_severity", "group_level", "group_next_due"):
            context = ast.literal_eval(
                arch.xpath(f"//filter[@name='{name}']")[0].get("context")
            )
            groups = self.env["helpdesk.ticket"].formatted_read_group(
                [("id", "in", [ticket.id for ticket in self.tickets.values()])],
                [context["group_by"]],
                ["__count"],
            )
            self.assertEqual(sum(group["__count"] for group in groups), 6)


@tagged("post_install", "-at_install")
class TestDashboard(HelpdeskSlaCommon):
    def setUp(self):
        super().setUp()
        self.make_ticket("2026-01-12 09:00", "3")  # late
        self.make_ticket("2026-01-12 10:20", "3")
        paused = self.make_ticket("2026-01-12 09:00", "3")
        self.move(paused, "2026-01-12 09:10", "in_progress")
        self.move(paused, "2026-01-12 09:20", "awaiting")
        done = self.make_ticket("2026-01-12 09:00", "3")
        self.move(done, "2026-01-12 10:00", "done")

    def test_teams_count_their_own_tickets(self):
        other = self.team.copy({"name": "Another"})
        with at("10:30"):
            teams = (self.team | other).with_user(self.manager)
            teams = teams.with_context(tz="America/Guayaquil")
            names = ("late", "due_today", "paused")
            counts = [
                [team[f"{name}_ticket_count"] for name in names] for team in teams
            ]
        self.assertEqual(counts, [[1, 2, 1], [0, 0, 0]])

    def test_counters_of_the_dashboard_open_what_they_count(self):
        teams = self.env["helpdesk.ticket.team"].with_user(self.manager)
        with at("10:30"):
            cards = teams.with_context(tz="America/Guayaquil").retrieve_dashboard()
            for card in cards:
                if not card["action"].startswith("helpdesk_sla_policy."):
                    continue
                action = self.env.ref(card["action"])
                self.assertEqual(action.res_model, "helpdesk.ticket")
                (name,) = ast.literal_eval(action.context)
                arch = self.env["helpdesk.ticket"].get_view(view_type="search")["arch"]
                shown = etree.fromstring(arch).xpath(
                    f"//filter[@name='{name.removeprefix('search_default_')}']"
                )
                domain = ast.literal_eval(shown[0].get("domain"))
                domain += ast.literal_eval(action.domain)
                tickets = self.env["helpdesk.ticket"].with_user(self.manager)
                tickets = tickets.with_context(tz="America/Guayaquil")
                self.assertEqual(tickets.search_count(domain), card["value"])
        names = [card["name"] for card in cards]
        own = ["Late", "Due Today", "Paused"]
        self.assertEqual([name for name in names if name in own], own)


@tagged("post_install", "-at_install")
class TestTeamWarning(HelpdeskSlaCommon):
    def test_shipped_team_is_well(self):
        self.assertFalse(self.team.sla_warning)

    def test_no_stage_that_stops_is_said(self):
        """A promise that no stage can keep would be missed on every ticket."""
        for stage in self.team._get_applicable_stages():
            stage.write({"sla_response": "run", "sla_solution": "run"})
        self.team.invalidate_recordset(["sla_warning"])
        self.assertIn("never stop the response clock", self.team.sla_warning)
        self.assertIn("never stop the solution clock", self.team.sla_warning)
        self.assertIn("In Process", self.team.sla_warning)

    def test_stage_form_says_it_for_the_teams_of_the_stage(self):
        """Who edits a stage reads what the edit does to the promises of a team."""
        stage = self.team._get_applicable_stages()[0]
        self.assertFalse(stage.sla_warning)
        elsewhere = self.env["helpdesk.ticket.stage"].create(
            {
                "name": "Elsewhere",
                "team_ids": [
                    Command.create({"name": "Quiet", "sla_policy_id": self.policy.id})
                ],
            }
        )
        for other in self.team._get_applicable_stages():
            other.write({"sla_response": "run", "sla_solution": "run"})
        stage.invalidate_recordset(["sla_warning"])
        self.assertIn(f"{self.team.name}: ", stage.sla_warning)
        self.assertIn("never stop the solution clock", stage.sla_warning)
        self.assertNotIn(f"{self.team.name}: ", elsewhere.sla_warning)

    def test_stage_form_says_it_before_it_is_saved(self):
        """The only stage that stops the solution is made to run."""
        stages = self.team._get_applicable_stages()
        last = self.stages["done"]
        (stages - last).write({"sla_response": "stop", "sla_solution": "run"})
        with Form(last) as form:
            self.assertFalse(form.sla_warning)
            form.sla_solution = "run"
            self.assertIn("never stop the solution clock", form.sla_warning)
            self.assertIn(f"{self.team.name}: ", form.sla_warning)
            form.sla_solution = "stop"
            self.assertFalse(form.sla_warning)

    def test_no_stage_that_starts_is_said(self):
        for stage in self.team._get_applicable_stages():
            stage.sla_solution = "stop"
        self.team.invalidate_recordset(["sla_warning"])
        self.assertIn("never start the solution clock", self.team.sla_warning)
        self.assertNotIn("never stop", self.team.sla_warning)

    def test_a_reply_is_an_answer(self):
        """Where the first public reply answers, no stage has to (R-C1, R-E1)."""
        for stage in self.team._get_applicable_stages():
            stage.sla_response = "run"
        self.policy.response_by = "reply"
        self.team.invalidate_recordset(["sla_warning"])
        self.assertFalse(self.team.sla_warning)

    def test_policy_chosen_on_the_form_warns_at_once(self):
        for stage in self.team._get_applicable_stages():
            stage.sla_solution = "idle"
        self.team.sla_policy_id = False
        with Form(self.team) as form:
            self.assertFalse(form.sla_warning)
            form.sla_policy_id = self.policy
            self.assertIn("solution clock", form.sla_warning)


@tagged("post_install", "-at_install")
class TestPolicyMatrix(HelpdeskSlaCommon):
    def get_rows(self, policy):
        """Return the cells of the table as text, row by row."""
        table = html.fromstring(str(policy.matrix))
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")]
            for row in table.xpath(".//tr")
        ]

    def test_stars_read_like_the_printed_policy(self):
        """R-A2, severities down and promises across."""
        rows = self.get_rows(self.policy)
        self.assertEqual(rows[0][:4], ["Severity", "Response", "Solution", "Estimate"])
        self.assertTrue(rows[1][0].startswith("Critical"))
        self.assertEqual(rows[1][1:4], ["30 minutes", "4 hours", "–"])
        self.assertEqual(rows[4][1:4], ["8 hours", "72 hours", "–"])
        self.assertEqual(
            rows[5][:4],
            ["Development Task", "no commitment", "no commitment", "5 business days"],
        )
        self.assertEqual(len(rows), 6)

    def test_environments_have_rows_of_their_own(self):
        """R-C1: only what an environment changes is repeated."""
        policy = self.make_policy(
            ("response", 2, {"environment": "production_down"}),
            ("response", 4, {"environment": "production_up", "severity": "2"}),
        )
        self.assertEqual(
            self.get_rows(policy),
            [
                ["Severity", "Response"],
                ["Production, down", "2 hours"],
                ["Production, up"],
                ["High", "4 hours"],
            ],
        )

    def test_calendar_time_is_marked(self):
        policy = self.make_policy(("response", 2, {"working_time": False}))
        self.assertEqual(self.get_rows(policy)[1][1], "2 hours calendar time")

    def test_levels_are_columns(self):
        """R-E3: when a ticket goes to the next level."""
        policy = self.make_policy(
            ("response", 2, {}),
            step_ids=[
                Command.create(
                    {
                        "metric": "escalation",
                        "severity": "3",
                        "basis": "elapsed",
                        "amount": 4,
                        "unit": "hour",
                        "action": "level",
                        "level": "2",
                    }
                )
            ],
        )
        rows = self.get_rows(policy)
        self.assertEqual(rows[0], ["Severity", "Response", "To level 2"])
        self.assertEqual([row[2] for row in rows[1:]], ["after 4 hours", "–", "–", "–"])

    def test_follows_what_is_typed(self):
        with Form(self.policy) as form:
            with form.target_ids.edit(0) as target:
                target.amount = 45
            self.assertIn("45", str(form.matrix))

    def test_empty_policy_has_its_severities(self):
        rows = self.get_rows(self.make_policy())
        self.assertEqual(
            [row[0] for row in rows[1:]], ["Critical", "High", "Medium", "Low"]
        )


@tagged("post_install", "-at_install")
class TestWhyThisDeadline(HelpdeskSlaCommon):
    def get_story(self, ticket, when, metric="response", lang="en_US"):
        timer = ticket.with_context(lang=lang)._get_timer(metric)
        self.env.invalidate_all()
        with at(when):
            return [
                (line["when"], line["text"])
                for line in timer._get_story("America/Guayaquil")
            ]

    def get_table(self, ticket, when, metric):
        self.env.invalidate_all()
        with at(when):
            table = html.fromstring(str(ticket._get_timer(metric).explanation))
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./td|./th")]
            for row in table.xpath(".//tr")
        ]

    def test_promise_over_the_weekend(self):
        """What counted, what is closed, and what is left up to the due date (R-A4)."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.assertEqual(
            self.get_story(ticket, "2026-01-10 12:00"),
            [
                ("Fri 9 Jan 16:50", "We received your ticket: the time starts"),
                ("Fri 9 Jan 16:50 – 17:00", "10 min counted"),
                ("Fri 9 Jan 17:00 – Mon 12 Jan 09:00", "Outside attention hours"),
                ("Mon 12 Jan 09:00 – 09:20", "20 min left"),
                ("Mon 12 Jan 09:20", "Due: the 30 min are used up"),
            ],
        )

    def test_waiting_for_the_customer_is_told_to_the_customer(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, "11:40", "awaiting")
        story = self.get_story(ticket, "12:00", "solution")
        self.assertEqual(
            story[1:],
            [
                ("Mon 12 Jan 10:10 – 11:40", "1 h 30 min counted"),
                (
                    "Mon 12 Jan 11:40 – 12:00",
                    "We waited for your answer: it does not count",
                ),
                ("", "2 h 30 min are left; they go on when you have answered"),
            ],
        )

    def test_verdict_closes_the_story(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        self.assertEqual(
            self.get_story(ticket, "12:00")[-1],
            ("Mon 12 Jan 10:10", "Done in time: 10 min of 30 min"),
        )

    def test_late_shows_where_the_time_was_used_up(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "11:00", "in_progress")
        self.assertEqual(
            self.get_story(ticket, "12:00")[1:],
            [
                ("Mon 12 Jan 10:00 – 10:30", "30 min counted"),
                ("Mon 12 Jan 10:30", "Due: the 30 min are used up"),
                ("Mon 12 Jan 10:30 – 11:00", "30 min more than promised"),
                ("Mon 12 Jan 11:00", "Done, but late: 1 h of 30 min"),
            ],
        )

    def test_long_story_is_told_week_by_week(self):
        """R-A4: 8 h count each open day; the newest week stays open.

        Received Mon 12 Jan 16:00, due Tue 10:00 (2 h); read on Thu 5 Feb 12:00:
        1 + 4 * 8 in the first week, 2 * 40, then 3 * 8 + 3: 140 h.
        """
        policy = self.make_policy(("response", 2, {}))
        self.team.sla_policy_id = policy
        ticket = self.make_ticket("2026-01-12 16:00", "0")
        timer = ticket._get_timer("response")
        self.env.invalidate_all()
        with at("2026-02-05 12:00"):
            story = timer._get_story("America/Guayaquil")
        self.assertEqual(
            [(line["when"], line["text"]) for line in story[:8]],
            [
                ("Mon 12 Jan 16:00", "We received your ticket: the time starts"),
                ("Mon 12 Jan – Tue 13 Jan", "2 h counted"),
                ("Tue 13 Jan 10:00", "Due: the 2 h are used up"),
                ("Tue 13 Jan – Fri 16 Jan", "31 h more than promised"),
                ("Mon 19 Jan – Fri 23 Jan", "40 h more than promised"),
                ("Mon 26 Jan – Fri 30 Jan", "40 h more than promised"),
                ("Mon 2 Feb 09:00 – 17:00", "8 h more than promised"),
                ("Mon 2 Feb 17:00 – Tue 3 Feb 09:00", "Outside attention hours"),
            ],
        )
        self.assertEqual(story[-1]["text"], "Counted up to now: 140 h of 2 h")
        self.assertEqual(sum(line["seconds"] for line in story), 140 * 3600)
        for line in story:
            folded = line.get("lines", [line])
            seconds = sum(detail["seconds"] for detail in folded)
            self.assertEqual(line["seconds"], seconds)

    def test_very_long_story_is_told_month_by_month(self):
        """A ticket that is half a year late has a dozen lines, and the right sum."""
        self.team.sla_policy_id = self.make_policy(("response", 2, {}))
        ticket = self.make_ticket("2026-01-12 16:00", "0")
        timer = ticket._get_timer("response")
        self.env.invalidate_all()
        with at("2026-07-09 12:00"):
            story = timer._get_story("America/Guayaquil")
            elapsed = timer.elapsed_seconds
        self.assertLess(len(story), 25)
        months = [line["when"] for line in story if line.get("lines")][2:6]
        self.assertEqual(
            months,
            [
                "Mon 2 Feb – Fri 27 Feb",
                "Mon 2 Mar – Fri 3 Apr",
                "Mon 6 Apr – Fri 1 May",
                "Mon 4 May – Fri 29 May",
            ],
        )
        self.assertEqual(sum(line["seconds"] for line in story), elapsed)

    def test_term_in_business_days_names_its_days(self):
        """R-A2: the day of the event does not count; Monday is a holiday."""
        self.make_holiday("2026-01-12")
        ticket = self.make_ticket("2026-01-09 10:00", "0")
        self.move(ticket, "2026-01-09 10:00", "development")
        story = self.get_story(ticket, "2026-01-09 11:00", "estimate")
        self.assertEqual(
            story[1:5],
            [
                ("Fri 9 Jan", "The day of the event does not count"),
                ("Sat 10 Jan – Sun 11 Jan", "Closed"),
                ("Mon 12 Jan", "Closed: Holiday"),
                ("Tue 13 Jan", "Business day 1 of 5"),
            ],
        )
        self.assertEqual(
            story[-1], ("Mon 19 Jan 17:00", "Due: the 5 business days are used up")
        )
        rows = self.get_table(ticket, "2026-01-09 11:00", "estimate")
        self.assertEqual(rows[4], ["Tue 13 Jan 2026", "1", ""])

    def test_ledger_tells_what_happened_in_words(self):
        """What changed is read without knowing the names of columns."""
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        events = self.env["helpdesk.sla.event"].search([("ticket_id", "=", ticket.id)])
        self.assertEqual(events.mapped("changes_text"), ["Created", "Stage"])

    def test_days_and_months_are_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        story = self.get_story(ticket, "2026-01-10 12:00", lang="es_ES")
        self.assertEqual(story[0][0], "vie 9 ene 16:50")

    def test_table_adds_up(self):
        """Same stage and reason are one row; the sum is what was counted."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.change(ticket, "2026-01-09 16:55", user_id=self.agent.id)
        rows = self.get_table(ticket, "2026-01-10 12:00", "response")
        self.assertEqual(
            rows[1:],
            [
                ["Fri 9 Jan 16:50", "17:00", "New", "0:10:00", ""],
                [
                    "Fri 9 Jan 17:00",
                    "Mon 12 Jan 09:00",
                    "New",
                    "",
                    "Outside attention hours",
                ],
                ["Mon 12 Jan 09:00", "09:20", "New", "0:20:00", "Still to come"],
                ["Counted", "0:10:00", ""],
                ["Promised", "0:30:00", ""],
                ["Due", "Mon 12 Jan 09:20", ""],
            ],
        )

    def test_table_of_a_worked_ticket_is_the_elapsed_time(self):
        ticket = self.make_ticket("10:00", "3")
        self.move(ticket, "10:10", "in_progress")
        self.move(ticket, "11:40:30", "awaiting")
        self.move(ticket, "14:00", "in_progress")
        rows = self.get_table(ticket, "2026-01-13 08:00", "solution")
        counted = [seconds(row[3]) for row in rows[1:-3] if row[3]]
        timer = ticket._get_timer("solution")
        with at("2026-01-13 08:00"):
            self.env.invalidate_all()
            self.assertEqual(sum(counted), timer.elapsed_seconds)
        self.assertEqual(local(timer.due_at), "2026-01-12 16:29:30")


@tagged("post_install", "-at_install")
class TestPortalReasons(HelpdeskSlaHttpCommon):
    def test_each_promise_says_why(self):
        """The customer opens “Why this date?” under a promise."""
        ticket = self.make_ticket("2026-01-09 16:50", "3")
        self.log_in(self.portal_user)
        with at("2026-01-10 12:00"):
            page = html.fromstring(self.url_open(f"/my/ticket/{ticket.id}").text)
        (story,) = page.xpath("//details[@name='sla_story']")
        text = " ".join(story.text_content().split())
        self.assertTrue(text.startswith("Why this date?"), text)
        self.assertIn("Fri 9 Jan 17:00 – Mon 12 Jan 09:00 Outside attention", text)
        self.assertIn("Mon 12 Jan 09:20 Due: the 30 min are used up", text)

    def test_agent_opens_list_form_and_dashboard_without_an_error(self):
        """The views load for who works with them."""
        ticket = self.make_ticket("10:00", "3")
        self.log_in(self.agent)
        for method, model, args in (
            (
                "web_search_read",
                "helpdesk.ticket",
                [[["id", "=", ticket.id]], {"countdown": {}, "next_due": {}}],
            ),
            ("retrieve_dashboard", "helpdesk.ticket.team", []),
        ):
            answer = self.call(
                f"/web/dataset/call_kw/{model}/{method}",
                model=model,
                method=method,
                args=args,
                kwargs={},
            )
            self.assertTrue(answer)
            self.assertNotIn("error", answer)
