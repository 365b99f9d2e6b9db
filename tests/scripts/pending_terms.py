"""Sweep 100 terms that are over among 1,000 and among 100,000 that are not.

``python pending_terms.py DATABASE``; prints a JSON object: the statements that each
sweep took, what it accepted, and the indexes that PostgreSQL reads for it.
"""

import json
import sys
from datetime import timedelta

from processes import start

import odoo
from odoo import SUPERUSER_ID, api, fields

DUE = 100


def main(database):
    registry = start(database)
    found = {}
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        model = prepare(env)
        sweep(env)  # fills the caches
        for pending in (1_000, 100_000):
            multiply(env, model, pending - count_pending(env), is_over=False)
            cr.execute("ANALYZE helpdesk_sla_timer, helpdesk_deliverable")
            multiply(env, model, DUE, is_over=True)
            found[str(pending)] = {
                "indexes": explain(env),
                "pending": count_pending(env),
                **sweep(env),
            }
        cr.rollback()
    print(json.dumps(found))
    odoo.sql_db.close_all()


def prepare(env):
    """Deliver once; the others are copies of it."""
    contact = env["res.partner"].create({"name": "Contact", "email": "c@example.com"})
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "Ticket",
            "description": "<p>Text</p>",
            "team_id": env.ref("helpdesk_sla_policy.team_stars").id,
            "partner_id": contact.id,
        }
    )
    deliverable = env["helpdesk.deliverable"].create(
        {"name": "Deliverable", "ticket_id": ticket.id}
    )
    deliverable._deliver(fields.Datetime.now(), later=True)
    deliverable.noticed_at = fields.Datetime.now()
    env.flush_all()
    return deliverable


def multiply(env, model, number, is_over):
    """Copy the delivery with its timer; the term of the copies is over, or is not."""
    now = fields.Datetime.now()
    end = now - timedelta(minutes=10) if is_over else now + timedelta(days=7)
    timer = model.timer_ids
    given = {"acceptance_deadline": end, "number": f"COPY{number}", "answer": None}
    made = copy_rows(env, model, number, given | {"notice_due": None})
    given = {"breach_at": end, "due_at": end, "state": "running", "stopped_at": None}
    given["next_step_at"] = end + timedelta(minutes=5)
    timer_ids = copy_rows(env, timer, number, given | {"deliverable_id": None})
    env.cr.execute(
        "UPDATE helpdesk_sla_timer SET deliverable_id = pair.deliverable "
        "FROM unnest(%s::int[], %s::int[]) AS pair (timer, deliverable) "
        "WHERE helpdesk_sla_timer.id = pair.timer",
        [timer_ids, made],
    )
    env.invalidate_all()


def copy_rows(env, record, number, given):
    """Insert copies of a row with other values in some columns; return their ids."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = %s AND column_name != 'id'",
        [record._table],
    )
    columns = [name for (name,) in env.cr.fetchall()]
    values = ", ".join("%s" if name in given else name for name in columns)
    env.cr.execute(
        f"INSERT INTO {record._table} ({', '.join(columns)}) SELECT {values} "
        f"FROM {record._table}, generate_series(1, %s) WHERE id = %s RETURNING id",
        [*(given[name] for name in columns if name in given), number, record.id],
    )
    return [copy_id for (copy_id,) in env.cr.fetchall()]


def count_pending(env):
    env.cr.execute("SELECT count(*) FROM helpdesk_deliverable WHERE answer IS NULL")
    return env.cr.fetchone()[0]


def explain(env):
    """Return the indexes that the sweep's and the net's questions read."""
    deliverables = env["helpdesk.deliverable"]
    queries = (
        env["helpdesk.sla.timer"]._search(
            [("next_step_at", "<=", fields.Datetime.now())],
            order="next_step_at, id",
            limit=500,
        ),
        deliverables._search(
            [
                ("answer", "=", False),
                ("delivered_at", "!=", False),
                ("silence_accepts", "=", True),
                ("acceptance_deadline", "<=", fields.Datetime.now()),
            ],
            order="acceptance_deadline",
            limit=100,
        ),
    )
    names = []
    for query in queries:
        select = query.select()
        env.cr.execute(f"EXPLAIN {select.code}", select.params)
        plan = "\n".join(line for (line,) in env.cr.fetchall())
        names.append(
            next((n for n in ("next_step_idx", "pending_idx") if n in plan), plan)
        )
    return names


def sweep(env):
    """Fire what is due; return the statements that it took and what it accepted."""
    now = fields.Datetime.now()
    tacit = [("answer", "=", "tacit")]
    before = env["helpdesk.deliverable"].search_count(tacit)
    start = env.cr.sql_log_count
    env["helpdesk.sla.timer"]._sweep_batch(now)
    env.flush_all()
    statements = env.cr.sql_log_count - start
    accepted = env["helpdesk.deliverable"].search_count(tacit) - before
    return {"statements": statements, "accepted": accepted}


if __name__ == "__main__":
    main(sys.argv[1])
