"""Let two people of a customer press Escalate at the same instant, again and again.

``python escalate_twice.py DATABASE``; prints a JSON object of what the database says.
Run with ODOO_RC naming the configuration.
"""

import json
import os
import sys
import time

import psycopg2.errors
from processes import fork, start

import odoo
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command

ROUNDS = 6


def main(database):
    registry = start(database)
    linger(registry["helpdesk.ticket"])
    with registry.cursor() as cr:
        ticket_ids, user_ids = prepare(api.Environment(cr, SUPERUSER_ID, {}))
    odoo.sql_db.close_all()
    answers = []
    for number, ticket_id in enumerate(ticket_ids):
        target = ("1", "emergency")[number % 2]
        children = [
            fork(lambda uid=uid, t=target, i=ticket_id: press(registry, uid, i, t))
            for uid in user_ids
        ]
        statuses = [os.waitpid(child, 0)[1] for child in children]
        answers.append(sorted(os.waitstatus_to_exitcode(code) for code in statuses))
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        rows = env["helpdesk.sla.escalation"].search([("ticket_id", "in", ticket_ids)])
        mails = env["mail.mail"].search_count([("message_id", "like", "<escalation-")])
        print(
            json.dumps(
                {
                    "answers": answers,
                    "rows": len(rows),
                    "tickets": len(rows.ticket_id),
                    "mails": mails,
                }
            )
        )


def linger(model):
    """Let the first who has the ticket keep it for a moment: the second waits."""
    check = model._check_escalation_contact

    def slow(ticket, *args):
        time.sleep(0.3)
        return check(ticket, *args)

    model._check_escalation_contact = slow


def prepare(env):
    """Make tickets of a customer with two portal users, and someone at level 1."""
    team = env.ref("helpdesk_sla_policy.team_stars")
    agent = env["res.users"].create(
        {
            "name": "First",
            "login": "twice-first",
            "email": "first@example.com",
            "group_ids": [
                Command.link(env.ref("helpdesk_mgmt.group_helpdesk_user").id)
            ],
        }
    )
    team.operations_user_ids = agent
    team.level_ids.filtered(lambda level: level.level == "1").user_ids = agent
    customer = env["res.partner"].create({"name": "Customer", "is_company": True})
    users = env["res.users"]
    for name in ("Ana", "Rosa"):
        partner = env["res.partner"].create(
            {
                "name": name,
                "parent_id": customer.id,
                "email": f"{name.lower()}@customer.example.com",
            }
        )
        users += users.create(
            {
                "login": f"twice-{name.lower()}",
                "partner_id": partner.id,
                "group_ids": [Command.set([env.ref("base.group_portal").id])],
            }
        )
    tickets = env["helpdesk.ticket"].create(
        [
            {
                "name": f"Ticket {number}",
                "description": "<p>Text</p>",
                "team_id": team.id,
                "partner_id": users[0].partner_id.id,
                "priority": "3",
            }
            for number in range(ROUNDS)
        ]
    )
    return tickets.ids, users.ids


def press(registry, uid, ticket_id, target):
    """Escalate as the page does; return 0, or 1 when told that it is done already."""
    while True:
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, uid, {})
                ticket = env["helpdesk.ticket"].browse(ticket_id)
                partner = env.user.partner_id
                ticket.escalate_by_customer(partner, target, "Nobody can work")
                env.flush_all()
                cr.commit()
                return 0
        except psycopg2.errors.SerializationFailure:
            continue
        except UserError as refusal:
            return 1 if "was told on" in str(refusal) else 2


if __name__ == "__main__":
    main(sys.argv[1])
