"""Kill a run of invoices between and within its batches; then let two finish it.

``python kill_run.py DATABASE``; prints a JSON object of what the database says.
"""

import json
import os
import random
import signal
import sys
import time
from datetime import timedelta

from at_once import load_chart
from processes import fork, start

import odoo
from odoo import SUPERUSER_ID, api, fields

KILLS = 8
CUSTOMERS = 60


def main(database):
    registry = start(database)
    from odoo.addons.helpdesk_billing_hours.models import helpdesk_hours_run_job

    helpdesk_hours_run_job.LARGE_CUSTOMERS = 10
    helpdesk_hours_run_job.BATCH = 3  # many commits, so that a kill falls between
    with registry.cursor() as cr:
        run_id = prepare(api.Environment(cr, SUPERUSER_ID, {}))
        cr.commit()
    odoo.sql_db.close_all()
    chance = random.Random(20260131)
    died = 0
    for kill in range(KILLS):
        worker = fork(lambda: work(registry))
        if kill % 2:
            wait_for_batch(registry, run_id)
        time.sleep(chance.uniform(0, 0.1 if kill % 2 else 0.3))
        os.kill(worker, signal.SIGKILL)
        _pid, status = os.waitpid(worker, 0)
        died += os.WIFSIGNALED(status)
    with registry.cursor() as cr:
        between = count(api.Environment(cr, SUPERUSER_ID, {}), run_id)
    odoo.sql_db.close_all()
    for worker in [fork(lambda: work(registry)) for _worker in range(2)]:
        os.waitpid(worker, 0)
    with registry.cursor() as cr:
        end = count(api.Environment(cr, SUPERUSER_ID, {}), run_id)
    print(json.dumps({"died": died, "between": between, "end": end}))


def work(registry):
    """Run the job once, as the cron does."""
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["helpdesk.hours.run"]._cron_invoice()
        cr.commit()


def wait_for_batch(registry, run_id, seconds=60):
    """Wait until the worker has committed one more batch, or for so many seconds."""

    def measure():
        with registry.cursor() as cr:
            run = api.Environment(cr, SUPERUSER_ID, {})["helpdesk.hours.run"]
            return run.browse(run_id).done_count

    before, end = measure(), time.monotonic() + seconds
    while measure() == before and time.monotonic() < end:
        time.sleep(0.05)
    odoo.sql_db.close_all()  # no child may share a connection


def prepare(env):
    """Give many customers an hour each and start their run; return its id."""
    load_chart(env)
    agent = env["hr.employee"].create({"name": "Agent", "user_id": env.uid})
    customers = env["res.partner"].create(
        [{"name": f"Customer {n}", "is_company": True} for n in range(CUSTOMERS)]
    )
    now = fields.Datetime.now()
    tickets = (
        env["helpdesk.ticket"]
        .with_context(tracking_disable=True)
        .create(
            [
                {
                    "name": "Invoices fail",
                    "description": "<p>Error</p>",
                    "team_id": env.ref("helpdesk_sla_policy.team_stars").id,
                    "partner_id": customer.id,
                    "user_id": False,
                    "cause_id": env.ref("helpdesk_warranty.reason_user_error").id,
                    "work_override_reason": "The ERP is down",
                    "received_at": now - timedelta(days=9),
                }
                for customer in customers
            ]
        )
    )
    env["helpdesk.authorization"].create(
        [
            {
                "ticket_id": ticket.id,
                "hours": 9,
                "price_unit": 45,
                "state": "approved",
                "answered_at": now - timedelta(days=8),
                "answered_by": "Customer",
            }
            for ticket in tickets
        ]
    )
    env["account.analytic.line"].create(
        [
            {
                "ticket_id": ticket.id,
                "employee_id": agent.id,
                "name": "Correction",
                "started_at": now - timedelta(days=7),
                "unit_amount": 2,
            }
            for ticket in tickets
        ]
    )
    wizard = env["helpdesk.hours.invoicing"].create({})
    return wizard.action_create_invoices()["res_id"]


def count(env, run_id):
    """Return what the run has made, from the database itself."""
    run = env["helpdesk.hours.run"].browse(run_id)
    shares = env["helpdesk.hours.share"].search([])
    return {
        "state": run.state,
        "done": run.done_count,
        "drafts": len(run.move_ids),
        "customers": len(run.move_ids.partner_id),
        "settled": len(shares.filtered("settled")),
        "on_a_line": len(shares.filtered("move_line_id")),
        "shares": len(shares),
        "failures": run.failure_count,
        "amounts": sorted(set(run.move_ids.mapped("amount_untaxed"))),
        "told": len(run.message_ids.filtered("partner_ids")),
    }


if __name__ == "__main__":
    main(sys.argv[1])
