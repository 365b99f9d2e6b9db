"""Kill the sweep again and again while tickets are written to; then let it finish.

``python kill_sweep.py DATABASE``; prints a JSON object of what the database says.
Run with ODOO_RC naming the configuration. The seed is fixed: the instants of the
kills are the same each time, what the sweep is doing then is not.
"""

import json
import os
import random
import signal
import sys

import psycopg2.errors
from processes import fork, kill_sweeps, start

import odoo
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command

KILLS = 20
TICKETS = 240


def main(database):
    registry = start(database)
    from odoo.addons.helpdesk_sla_policy.models import helpdesk_sla_timer_sweep

    helpdesk_sla_timer_sweep.BATCH = 15  # many commits, so that a kill falls between
    with registry.cursor() as cr:
        ticket_ids, agent = prepare(api.Environment(cr, SUPERUSER_ID, {}))
    odoo.sql_db.close_all()
    chance = random.Random(20260112)
    load = fork(lambda: write_to(registry, ticket_ids))
    died = kill_sweeps(registry, KILLS, chance, 0.6)
    os.kill(load, signal.SIGKILL)
    os.waitpid(load, 0)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["helpdesk.sla.timer"]._cron_sweep()
        cr.commit()
        print(json.dumps({"died": died, **count(env, ticket_ids, agent)}))


def prepare(env):
    """Make tickets with three steps that are overdue: a note, a mail and a level."""
    policy = env.ref("helpdesk_sla_policy.policy_stars")
    team = env.ref("helpdesk_sla_policy.team_stars")
    agent = env["res.users"].create(
        {
            "name": "Agent",
            "login": "killed-agent",
            "email": "agent@example.com",
            "group_ids": [
                Command.link(env.ref("helpdesk_mgmt.group_helpdesk_user").id)
            ],
        }
    )
    team.user_ids = [Command.link(agent.id)]
    boss = env["res.users"].create(
        {
            "name": "Specialist",
            "login": "killed-specialist",
            "email": "specialist@example.com",
            "group_ids": [
                Command.link(env.ref("helpdesk_mgmt.group_helpdesk_user").id)
            ],
        }
    )
    team.level_ids.filtered(lambda level: level.level == "2").user_ids = boss
    for action, values in (
        ("note", {}),
        ("mail", {"to_agent": True}),
        ("level", {"level": "2"}),
    ):
        env["helpdesk.sla.step"].create(
            {
                "policy_id": policy.id,
                "metric": "response",
                "percent": 50,
                "action": action,
                **values,
            }
        )
    policy.step_ids.write({"active_from": "2020-01-01 00:00:00"})
    contact = env["res.partner"].create({"name": "Contact", "email": "c@example.com"})
    tickets = (
        env["helpdesk.ticket"]
        .with_context(mail_notrack=True, mail_create_nolog=True)
        .create(
            [
                {
                    "name": f"Ticket {number}",
                    "description": "<p>Text</p>",
                    "team_id": team.id,
                    "partner_id": contact.id,
                    "priority": "3",
                    "received_at": "2026-01-05 15:00:00",
                }
                for number in range(TICKETS)
            ]
        )
    )
    tickets.with_context(mail_notrack=True, mail_auto_subscribe_no_notify=True).write(
        {"user_id": agent.id}
    )
    return tickets.ids, agent.partner_id.id


def write_to(registry, ticket_ids):
    """Let customers answer on random tickets, as fast as they can."""
    while True:
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                ticket = env["helpdesk.ticket"].browse(random.choice(ticket_ids))
                ticket._record_sla_events("reply", reply="customer")
                cr.commit()
        except psycopg2.errors.SerializationFailure:
            continue


def count(env, ticket_ids, partner_id):
    """Return how often each thing was done, from the database itself."""
    cr = env.cr
    env.flush_all()
    cr.execute("SELECT count(*), count(DISTINCT (timer_id, step_id)) "
               "FROM helpdesk_sla_alert")  # fmt: skip
    alerts, distinct = cr.fetchone()
    mails = env["mail.mail"].search([("message_id", "like", "<sla-alert-")])
    bodies = [mail.body_html for mail in mails]
    tickets = env["helpdesk.ticket"].browse(ticket_ids)
    told = [sum(body.count(f"{t.number} - ") for body in bodies) for t in tickets]
    notes = [
        len(ticket.message_ids.filtered(lambda m: "The clock of this" in m.body))
        for ticket in tickets
    ]
    rows = env["helpdesk.sla.escalation"].search([("ticket_id", "in", ticket_ids)])
    calls = env["mail.activity"].search_count(
        [("res_model", "=", tickets._name), ("user_id.login", "=", "killed-specialist")]
    )
    letters = env["mail.mail"].search_count([("message_id", "like", "<escalation-")])
    late = env["helpdesk.sla.timer"].search_count(
        [("next_step_at", "<=", fields.Datetime.now())]
    )
    return {
        "alerts": alerts,
        "distinct": distinct,
        "failed": env["helpdesk.sla.alert"].search_count([("failed", "=", True)]),
        "told": sorted(set(told)),
        "notes": sorted(set(notes)),
        "message_ids": len(set(mails.mapped("message_id"))) == len(mails),
        "waiting": env["helpdesk.sla.alert"].search_count(
            [("waiting_partner_ids", "!=", False)]
        ),
        "escalations": [len(rows), len(rows.ticket_id), calls, letters],
        "left": late,
    }


if __name__ == "__main__":
    main(sys.argv[1])
