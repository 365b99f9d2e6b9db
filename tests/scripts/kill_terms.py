"""Kill the sweep while terms end and customers answer; then let two finish it.

``python kill_terms.py DATABASE``; prints a JSON object of what the database says.
Every second deliverable gets a rejection in time while the sweeps die, so that an
answer and silence meet on the same rows.
"""

import json
import os
import random
import sys
from datetime import timedelta

import psycopg2.errors
from processes import fork, kill_sweeps, run_sweep, start

import odoo
from odoo import SUPERUSER_ID, api, fields

KILLS = 12
DELIVERABLES = 120


def main(database):
    registry = start(database)
    from odoo.addons.helpdesk_sla_policy.models import helpdesk_sla_timer_sweep

    helpdesk_sla_timer_sweep.BATCH = 7  # many commits, so that a kill falls between
    with registry.cursor() as cr:
        deliverable_ids = prepare(api.Environment(cr, SUPERUSER_ID, {}))
    odoo.sql_db.close_all()
    chance = random.Random(20260115)
    reader, writer = os.pipe()
    answers = fork(lambda: answer(registry, deliverable_ids[::2], writer))
    os.close(writer)
    os.read(reader, 1)  # however busy the machine is, answer and silence meet
    died = kill_sweeps(registry, KILLS, chance, 0.5)
    os.waitpid(answers, 0)
    for worker in [fork(lambda: run_sweep(registry)) for _worker in range(2)]:
        os.waitpid(worker, 0)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps({"died": died, **count(env, deliverable_ids)}))


def prepare(env):
    """Deliver many things whose term has been over for ten minutes."""
    team = env.ref("helpdesk_sla_policy.team_stars")
    contact = env["res.partner"].create({"name": "Contact", "email": "c@example.com"})
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "Ticket",
            "description": "<p>Text</p>",
            "team_id": team.id,
            "partner_id": contact.id,
        }
    )
    deliverables = env["helpdesk.deliverable"].create(
        [
            {"name": f"Deliverable {number}", "ticket_id": ticket.id}
            for number in range(DELIVERABLES)
        ]
    )
    now = fields.Datetime.now()
    end = now - timedelta(minutes=10)
    deliverables.with_context(tracking_disable=True)._deliver(
        now - timedelta(days=9), later=True
    )
    deliverables.write(
        {
            "acceptance_deadline": end,
            "notice_due": False,
            "noticed_at": now - timedelta(days=9),
        }
    )
    deliverables.timer_ids.write(
        {"breach_at": end, "due_at": end, "next_step_at": end + timedelta(minutes=5)}
    )
    env.cr.commit()
    return deliverables.ids


def answer(registry, ids, writer):
    """Reject one after the other: the requests came in before the term ended.

    The first rejection is told through the pipe.
    """
    for deliverable_id in ids:
        for _try in range(5):
            try:
                with registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    deliverable = env["helpdesk.deliverable"].browse(deliverable_id)
                    early = fields.Datetime.now() - timedelta(minutes=20)
                    type(deliverable)._get_arrival = lambda _self, at=early: at
                    deliverable._reject(deliverable.ticket_id.partner_id, "C", "Wrong")
                    cr.commit()
                os.write(writer, b".")
                break
            except (
                psycopg2.errors.SerializationFailure,
                psycopg2.errors.DeadlockDetected,
            ):
                continue
            except odoo.exceptions.UserError:
                break  # silence was first


def count(env, deliverable_ids):
    """Return how often each thing was done, from the database itself."""
    deliverables = env["helpdesk.deliverable"].browse(deliverable_ids)
    tacit = deliverables.filtered(lambda d: d.answer == "tacit")
    rejected = deliverables.filtered(lambda d: d.answer == "rejected")

    def events(records, kind):
        return {
            len(record.event_ids.filtered(lambda event: event.kind == kind))
            for record in records
        }

    timers = deliverables._get_terms("acceptance")
    return {
        "answered": len(tacit | rejected),
        "rejected": bool(rejected),
        "at_the_end": all(d.answered_at == d.acceptance_deadline for d in tacit),
        "tacit_events": sorted(events(tacit, "tacit")),
        "tacit_of_rejected": sorted(events(rejected, "tacit")),
        "rejections": sorted(events(rejected, "rejected")),
        "notes": sorted(
            {
                len(d.message_ids.filtered(lambda m: "Tacitly accepted" in m.body))
                for d in tacit
            }
        ),
        "stopped": sorted(set(timers.mapped("state"))),
        "left": len(timers.filtered("next_step_at")),
    }


if __name__ == "__main__":
    main(sys.argv[1])
