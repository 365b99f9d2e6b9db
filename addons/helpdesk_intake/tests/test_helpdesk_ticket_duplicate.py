"""Duplicates are proposed, marked with one click and taken back (R-B3)."""

import csv
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.helpdesk_sla_policy.tests.common import at, utc

from .. import similarity
from .common_intake import IntakeCommon

DATA = Path(__file__).parent / "data"
#: Forty tickets of three customers; eight of them repeat another one in other words.
#: The second forty share no subject with the first, nor with the list of synonyms.
SEEDS = (DATA / "similar_tickets.csv", DATA / "similar_tickets_2.csv")


@tagged("post_install", "-at_install")
class TestSimilarTickets(IntakeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = [cls.contact]
        for number in (1, 2):
            cls.customers.append(
                cls.make_customer(f"Empresa {number}", f"empresa{number}")[1].partner_id
            )

    def seed(self, path=SEEDS[0]):
        """Return the tickets that repeat none, by number, and the rows that do."""
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 40)
        originals = [row for row in rows if not row["repeats"]]
        tickets = self.env["helpdesk.ticket"].create(
            [self.prepare_row(row) for row in originals]
        )
        numbers = [row["number"] for row in originals]
        repeats = [row for row in rows if row["repeats"]]
        self.assertEqual(len(repeats), 8)
        return dict(zip(numbers, tickets, strict=True)), repeats

    def prepare_row(self, row, **values):
        return self.prepare_ticket(
            name=row["title"],
            description=f"<p>{row['text']}</p>",
            **{"partner_id": self.customers[int(row["customer"])].id, **values},
        )

    def find(self, ticket, user=None):
        self.env.flush_all()
        return ticket.with_user(user or self.agent).get_similar_tickets()

    def count_found(self, path, **values):
        """Return how many of the repeats have their original among the first three."""
        tickets, rows = self.seed(path)
        found = 0
        for row in rows:
            repeat = self.env["helpdesk.ticket"].create(self.prepare_row(row, **values))
            lines = self.find(repeat)[:3]
            found += tickets[row["repeats"]].id in [line["id"] for line in lines]
            repeat.active = False
        self.env["helpdesk.ticket"].concat(*tickets.values()).active = False
        return found

    def test_reworded_duplicates(self):
        """R-B3: of 8 reworded among 40, at least 6 are in the first three proposals."""
        for path in SEEDS:
            with self.subTest(path.name):
                self.assertGreaterEqual(self.count_found(path), 6)

    def test_reworded_without_knowing_the_customer(self):
        """The words alone find most of them: an address that nobody knows yet."""
        for path in SEEDS:
            with self.subTest(path.name):
                self.assertGreaterEqual(self.count_found(path, partner_id=False), 5)

    def test_the_second_set_needs_no_synonyms(self):
        """It was not written for the list: without it as many are found."""
        with patch.object(similarity, "_SAME", {}):
            self.assertGreaterEqual(self.count_found(SEEDS[1]), 6)
            self.assertGreaterEqual(self.count_found(SEEDS[1], partner_id=False), 5)

    def test_score_and_why(self):
        original = self.make_ticket(
            "10:00", name="La nómina no calcula las horas extras"
        )
        ticket = self.make_ticket("11:00", name="NOMINA sin horas extra")
        for one in (original, ticket):
            self.answer(one, module="Nómina")
        line = self.find(ticket)[0]
        self.assertEqual(line["id"], original.id)
        self.assertIn("same customer", line["reason"])
        self.assertIn("same module: nómina", line["reason"])
        self.assertIn("nomina", line["reason"])
        self.assertTrue(30 <= line["score"] <= 100, line["score"])
        self.assertTrue(line["may_mark"])

    def test_at_most_five(self):
        for _n in range(8):
            self.make_ticket("10:00", name="Error al validar factura")
        self.assertEqual(len(self.find(self.make_ticket("11:00"))), 5)

    def test_only_what_the_agent_may_read(self):
        mine = self.make_ticket("10:00", user_id=self.agent_own.id)
        theirs = self.make_ticket("10:00", user_id=self.agent.id)
        ticket = self.make_ticket("11:00", user_id=self.agent_own.id)
        ids = {line["id"] for line in self.find(ticket, self.agent_own)}
        self.assertIn(mine.id, ids)
        self.assertNotIn(theirs.id, ids)
        with self.assertRefused("access", AccessError):
            self.find(theirs, self.agent_own)

    def test_the_same_company_only(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self.make_ticket("10:00", company_id=company.id, team_id=False)
        self.assertEqual(other.company_id, company)
        self.agent.company_ids = [Command.link(company.id)]
        ticket = self.make_ticket("11:00")
        lines = (
            ticket.with_user(self.agent)
            .with_context(allowed_company_ids=[self.env.company.id, company.id])
            .get_similar_tickets()
        )
        self.assertNotIn(other.id, [line["id"] for line in lines])

    def test_closed_long_ago(self):
        """A ticket closed 180 days ago may be repeated, one closed earlier may not."""
        now = fields.Datetime.now()
        old, recent = (self.make_ticket("10:00") for _n in range(2))
        for ticket, days in ((old, 181), (recent, 179)):
            ticket.stage_id = self.stages["cancelled"]
            ticket.last_stage_update = now - timedelta(days=days)
        ids = [line["id"] for line in self.find(self.make_ticket("11:00"))]
        self.assertIn(recent.id, ids)
        self.assertNotIn(old.id, ids)

    def test_strange_texts(self):
        """Quotes, operators, markup and emptiness break nothing."""
        for name in ("'; DROP | & ! (", "100% <b>'x'</b> \\", "¿?", "a"):
            ticket = self.make_ticket("10:00", name=name, description="<p><br></p>")
            self.assertIsInstance(self.find(ticket), list)

    def test_the_index_is_used(self):
        """Candidates come from an index: they cost what matches, not what exists."""
        ticket = self.make_ticket("10:00")
        query = ticket._get_title_query(Domain("active", "=", True), ["nomin"])
        self.env.cr.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
        )
        rows = self.env.execute_query(SQL("EXPLAIN %s", query))
        self.assertIn("title_words_idx", " ".join(row[0] for row in rows))

    def test_few_queries_whatever_there_is(self):
        def count(ticket):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            ticket.with_user(self.agent).get_similar_tickets()
            return self.env.cr.sql_log_count - before

        ticket = self.make_ticket("10:00")
        for _n in range(5):
            self.make_ticket("10:00")
        count(ticket)
        few = count(ticket)
        self.seed()
        self.assertEqual(count(ticket), few)


@tagged("post_install", "-at_install")
class TestMarkDuplicate(IntakeCommon):
    def setUp(self):
        super().setUp()
        self.original = self.make_ticket("10:00")
        self.ticket = self.make_ticket("10:00", "3")

    def mark(self, when="10:20", user=None, original=None):
        with at(when):
            self.ticket.with_user(user or self.agent).action_mark_duplicate(
                (original or self.original).id
            )
            self.env.flush_all()
        self.env.invalidate_all()

    def unmark(self, when):
        with at(when):
            self.ticket.with_user(self.agent).action_unmark_duplicate()
            self.env.flush_all()
        self.env.invalidate_all()

    def test_marked_and_out_of_the_statistics(self):
        """R-B3: duplicates are cancelled, their timers are void, outside every rate."""
        self.mark()
        self.assertEqual(self.ticket.duplicate_id, self.original)
        self.assertTrue(self.ticket.stage_id.closed)
        self.assertEqual(self.ticket.stage_id.sla_solution, "void")
        self.assertEqual(set(self.ticket.timer_ids.mapped("state")), {"void"})
        self.assertFalse(self.ticket.is_late)
        self.assertEqual(self.original.duplicate_count, 1)
        self.assertIn(self.original.number, self.ticket.message_ids[:1].body)

    def test_the_customer_is_told_once(self):
        """R-B3: the closing notice says where we go on; without it a mail does."""
        self.mark()
        message = self.ticket.message_ids[:1]
        self.assertTrue(message.is_internal or message.subtype_id.internal)
        self.assertTrue(self.ticket._get_notice("closing"))
        self.policy.notice_ids.filtered(lambda line: line.kind == "closing").unlink()
        other = self.make_ticket("10:00")
        other.with_user(self.agent).action_mark_duplicate(self.original.id)
        self.assertFalse(other._get_notice("closing"))
        self.assertIn(self.contact, other.message_ids[:1].notified_partner_ids)

    def test_undone(self):
        """Taken back, the ticket is where it was and its clock counts from receipt.

        3 stars, 30 min of response. Received Mon 10:00, marked 10:20, taken back
        10:25: 10 min are left, the clock stood still in between: due 10:35.
        """
        stage = self.ticket.stage_id
        self.mark("10:20")
        self.unmark("10:25")
        self.assertFalse(self.ticket.duplicate_id)
        self.assertEqual(self.ticket.stage_id, stage)
        self.assertTimer(self.ticket, "response", "running", due="2026-01-12 10:35")

    def test_in_a_later_stage(self):
        self.move(self.ticket, "10:10", "assigned")
        self.mark("10:20")
        self.unmark("10:25")
        self.assertEqual(self.ticket.stage_id, self.stages["assigned"])

    def test_not_across_customers(self):
        other = self.make_customer("Otra Empresa", "otra")[1].partner_id
        theirs = self.make_ticket("10:00", partner_id=other.id)
        with self.assertRefused("another customer"):
            self.mark(original=theirs)
        self.assertFalse(self.ticket.duplicate_id)

    def test_not_of_itself_nor_of_a_duplicate(self):
        with self.assertRefused("valid duplicate"):
            self.mark(original=self.ticket)
        third = self.make_ticket("10:00")
        third.duplicate_id = self.original
        with self.assertRefused("valid duplicate"):
            self.mark(original=third)
        self.assertFalse(self.ticket.duplicate_id)

    def test_gone_meanwhile(self):
        gone = self.make_ticket("10:00")
        gone_id = gone.id
        gone.unlink()
        with self.assertRefused("not there any more"):
            self.ticket.with_user(self.agent).action_mark_duplicate(gone_id)

    def test_who_may(self):
        """Who may write the ticket and read the other one marks it; nobody else."""
        own = self.make_user("dup-own", "helpdesk_mgmt.group_helpdesk_user_own")
        with self.assertRefused("access", AccessError):
            self.mark(user=own)
        self.ticket.user_id = self.original.user_id = False
        self.team.user_ids = [Command.link(own.id)]
        self.env.registry.clear_cache()
        self.mark(user=own)
        self.assertEqual(self.ticket.duplicate_id, self.original)
        with self.assertRefused("not allowed", AccessError):
            self.ticket.with_user(self.portal_user).action_unmark_duplicate()

    def test_received_is_not_touched(self):
        self.mark()
        self.assertEqual(self.ticket.received_at, utc("10:00"))
