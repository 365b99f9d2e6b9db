"""What a worker can be told to do; each returns the seconds of its measured part."""

import contextlib
import datetime
import resource
import statistics
import time

import psutil
import psycopg2

import odoo
from odoo import fields
from odoo.fields import Command

from .invoicing import InvoicingTasks


class Tasks(InvoicingTasks):
    def __init__(self, env):
        self.env = env
        self.round = 0

    @contextlib.contextmanager
    def timed(self):
        """Time a block including what it leaves to be written."""
        self.env.flush_all()
        self.env.cr.commit()
        self.env.invalidate_all()
        start = time.perf_counter()
        yield
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.cr.commit()
        self.seconds = time.perf_counter() - start

    def tidy(self):
        """Let no round pay for the dead rows of the one before: both sides alike."""
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema "
            "AND (tablename LIKE 'helpdesk%' OR tablename LIKE 'mail_%')"
        )
        tables = [table for (table,) in self.env.cr.fetchall()]
        self.env.cr.commit()
        _name, where = odoo.sql_db.connection_info_for(self.env.cr.dbname)
        connection = psycopg2.connect(**where)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cr:
            cr.execute(f"VACUUM ANALYZE {', '.join(tables)}")

    def memory_now(self):
        """Return the memory that this process holds, in MB."""
        return psutil.Process().memory_info().rss / 1024**2

    def memory_peak(self):
        """Return the most memory that this process has held so far, in MB."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    # Deadlines

    def deadline_ours(self, count):
        """Deadlines as whole seconds, compiling the calendar included."""
        from odoo.addons.helpdesk_sla_policy import clock

        office = self.env.ref("helpdesk_sla_policy.calendar_office")
        hours = office._get_opening_hours(self.env.company.id)
        begin = clock.instant("2026-01-05 09:00", "America/Guayaquil")
        instants = [begin + 3601 * number for number in range(count)]
        start = time.perf_counter()
        calendar = clock.Calendar(hours)
        for at in instants:
            calendar.first(at, 24 * 3600)
        return time.perf_counter() - start

    def deadline_theirs(self, count):
        office = self.env.ref("helpdesk_sla_policy.calendar_office")
        begin = datetime.datetime(2026, 1, 5, 14)
        start = time.perf_counter()
        for number in range(count):
            moment = begin + datetime.timedelta(seconds=3601 * number)
            office.plan_hours(24, moment, compute_leaves=True)
        return time.perf_counter() - start

    # Tickets

    def prepare_tickets(self):
        """Make a team and a customer, with a contract where there are contracts."""
        env = self.env
        self.team = env.ref("helpdesk_sla_policy.team_stars", raise_if_not_found=False)
        self.team = self.team or env["helpdesk.ticket.team"].create({"name": "Team"})
        customer = env["res.partner"].create({"name": "Customer", "is_company": True})
        self.contact = env["res.partner"].create(
            {"name": "Contact", "parent_id": customer.id, "email": "c@example.com"}
        )
        if "helpdesk.support.contract" in env:
            today = fields.Date.today()
            contract = env["helpdesk.support.contract"].create(
                {
                    "partner_id": customer.id,
                    "plan_id": env.ref("helpdesk_support_contract.plan_priority").id,
                    "date_start": today - datetime.timedelta(days=30),
                    "date_end": today + datetime.timedelta(days=300),
                }
            )
            contract.action_sign()

    def prepare_values(self, count):
        return [
            {
                "name": f"Ticket {number}",
                "description": "<p>Invoices fail.</p>",
                "team_id": self.team.id,
                "partner_id": self.contact.id,
                "priority": str(number % 4),
                "user_id": False,
            }
            for number in range(count)
        ]

    def create_batch(self, count):
        with self.timed():
            self.env["helpdesk.ticket"].create(self.prepare_values(count))
        return self.seconds

    def create_single(self, count):
        """Return the median of that many tickets: another process disturbs few."""
        seconds = []
        for values in self.prepare_values(count):
            with self.timed():
                self.env["helpdesk.ticket"].create(values)
            seconds.append(self.seconds)
        return statistics.median(seconds)

    def count_queries(self, count):
        """Return the queries that one batch of tickets takes."""
        before = self.env.cr.sql_log_count
        self.create_batch(count)
        return self.env.cr.sql_log_count - before

    def prepare_moves(self, count):
        """Make tickets to move, with an SLA of the other addon where it is there."""
        self.prepare_tickets()
        names = ("in_progress", "awaiting")
        self.stages = [
            self.env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}")
            for name in names
        ]
        if "helpdesk.sla" in self.env:
            self.team.use_sla = True
            done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
            for days in (0, 1):  # as many promises as ours: response and solution
                self.env["helpdesk.sla"].create(
                    {
                        "name": f"SLA {days}",
                        "team_ids": [Command.link(self.team.id)],
                        "stage_id": done.id,
                        "ignore_stage_ids": [Command.link(self.stages[1].id)],
                        "days": days,
                        "hours": 4,
                    }
                )
        tickets = self.env["helpdesk.ticket"].create(self.prepare_values(count))
        self.ticket_ids = tickets.ids
        self.env.flush_all()
        self.env.cr.commit()

    def move(self):
        self.round += 1
        tickets = self.env["helpdesk.ticket"].browse(self.ticket_ids)
        with self.timed():
            tickets.write({"stage_id": self.stages[self.round % 2].id})
        return self.seconds

    # Timers

    def prepare_timers(self, count, due):
        """Make that many open tickets with a running timer each, by plain SQL.

        One in ten has counted time and a ledger to fold.
        """
        self.prepare_tickets()
        step = self.env["helpdesk.sla.step"].create(
            {
                "policy_id": self.env.ref("helpdesk_sla_policy.policy_stars").id,
                "metric": "response",
                "basis": "percent",
                "percent": 75,
                "action": "note",
                "active_from": "2020-01-01 00:00:00",
            }
        )
        self.step_id = step.id
        ticket = self.env["helpdesk.ticket"].create(self.prepare_values(1))
        ticket._update_timers()
        self.env.flush_all()
        cr = self.env.cr
        self.count = count
        columns = self._get_columns("helpdesk_ticket", {"id", "number"})
        cr.execute(
            f"INSERT INTO helpdesk_ticket ({columns}, number) "
            f"SELECT {columns}, 'B' || n FROM helpdesk_ticket, "
            "generate_series(1, %s) AS n WHERE id = %s RETURNING id",
            [count, ticket.id],
        )
        cr.execute("SELECT min(id) FROM helpdesk_ticket WHERE number LIKE 'B%%'")
        first = cr.fetchone()[0]
        for table in ("helpdesk_sla_event", "helpdesk_sla_timer"):
            columns = self._get_columns(table, {"id", "ticket_id"})
            cr.execute(
                f"INSERT INTO {table} (ticket_id, {columns}) SELECT n, {columns} "
                f"FROM {table}, generate_series(%s, %s) AS n WHERE ticket_id = %s",
                [first, first + count - 1, ticket.id],
            )
        cr.execute(
            "UPDATE helpdesk_sla_timer SET counted_seconds = 60 "
            "WHERE ticket_id %% 10 = 0 AND ticket_id >= %s",
            [first],
        )
        cr.execute("UPDATE helpdesk_sla_timer SET next_step_at = NULL")
        cr.commit()
        for table in ("helpdesk_ticket", "helpdesk_sla_timer", "helpdesk_sla_event"):
            cr.execute(f"ANALYZE {table}")
        cr.commit()
        self.env.invalidate_all()
        self.first = first

    def _get_columns(self, table, without):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND table_schema = current_schema",
            [table],
        )
        names = [row[0] for row in self.env.cr.fetchall() if row[0] not in without]
        return ", ".join(f'"{name}"' for name in names)

    def plain_update(self):
        """One UPDATE of the rows and columns that the edit of a holiday moves."""
        start = time.perf_counter()
        self.env.cr.execute(
            "UPDATE helpdesk_sla_timer SET due_at = due_at + interval '1 second', "
            "breach_at = breach_at + interval '1 second', "
            "next_step_at = next_step_at + interval '1 second', "
            "calendar_hash = calendar_hash WHERE state IN ('running', 'paused')"
        )
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET next_due = next_due + interval '1 second' "
            "WHERE next_due IS NOT NULL"
        )
        self.env.cr.commit()
        return time.perf_counter() - start

    def edit_holiday(self):
        """Close the days on which every timer is due, and run the job."""
        self.env.invalidate_all()
        timers = self.env["helpdesk.sla.timer"]
        timer = timers.search([("ticket_id", "=", self.first)], limit=1)
        self.env["resource.calendar.leaves"].create(
            {
                "name": f"Holiday {self.round}",
                "calendar_id": timer.calendar_id.id,
                "date_from": timer.due_at - datetime.timedelta(hours=20),
                "date_to": timer.due_at + datetime.timedelta(hours=4),
            }
        )
        self.round += 1
        self.env.flush_all()
        self.env.cr.commit()
        self.env.invalidate_all()
        start = time.perf_counter()
        timers._cron_recompute()
        self.env.flush_all()
        self.env.cr.commit()
        return time.perf_counter() - start

    def sweep(self, due):
        """Fire one step on that many timers."""
        cr = self.env.cr
        cr.execute("DELETE FROM helpdesk_sla_alert")
        cr.execute(
            "UPDATE helpdesk_sla_timer SET next_step_at = started_at, "
            "target_seconds = 60 WHERE id IN (SELECT id FROM helpdesk_sla_timer "
            "WHERE state = 'running' AND ticket_id >= %s ORDER BY id LIMIT %s)",
            [self.first, due],
        )
        cr.commit()
        self.env.invalidate_all()
        start = time.perf_counter()
        self.env["helpdesk.sla.timer"]._cron_sweep()
        self.env.flush_all()
        cr.commit()
        return time.perf_counter() - start
