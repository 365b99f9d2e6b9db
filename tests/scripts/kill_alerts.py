"""Kill the job that tells of packs that run out; then let two workers finish it.

``python kill_alerts.py DATABASE``; prints a JSON object of what the database says.
Hours are logged on the same contracts meanwhile. Every second pack reaches both of
its alerts at once.
"""

import json
import os
import random
import signal
import sys

import psycopg2.errors
from at_once import load_chart
from customers import log, make_contracts, make_ticket
from processes import fork, kill, start

import odoo
from odoo import SUPERUSER_ID, api
from odoo.fields import Command

KILLS = 8
CONTRACTS = 30


def main(database):
    registry = start(database)
    from odoo.addons.helpdesk_billing_hours.models import helpdesk_hours_alert

    helpdesk_hours_alert.BATCH = 5  # many commits, so that a kill falls between
    with registry.cursor() as cr:
        contract_ids = prepare(api.Environment(cr, SUPERUSER_ID, {}))
    odoo.sql_db.close_all()
    load = fork(lambda: log_hours(registry, contract_ids))
    chance = random.Random(20260112)
    died = kill(lambda: tell(registry), KILLS, chance, 0.6)
    os.kill(load, signal.SIGKILL)
    os.waitpid(load, 0)
    for worker in [fork(lambda: tell(registry)) for _worker in range(2)]:
        os.waitpid(worker, 0)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps({"died": died, **count(env, contract_ids)}))


def prepare(env):
    """Use 80 or 98 % of the pack of many customers, each with a contact."""
    load_chart(env)
    env["hr.employee"].create({"name": "Agent", "user_id": env.uid})
    plan = env.ref("helpdesk_support_contract.plan_always")
    pack = {
        "name": "Pack",
        "hours": 10,
        "date_from": "2026-01-01",
        "date_to": "2036-12-31",
    }
    contracts = make_contracts(
        env, plan, CONTRACTS, ["role_billing"], pack_ids=[Command.create(pack)]
    )
    for number, contract in enumerate(contracts):
        log(env, make_ticket(env, contract), 9.8 if number % 2 else 8)
    return contracts.ids


def log_hours(registry, contract_ids):
    """Log a minute on random contracts, as fast as it goes."""
    while True:
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                contract = env["helpdesk.support.contract"].browse(
                    random.choice(contract_ids[::2])
                )
                log(env, contract.ticket_ids[:1], 1 / 60)
                cr.commit()
        except (psycopg2.errors.SerializationFailure, psycopg2.errors.UniqueViolation):
            continue


def tell(registry):
    """Run the job once, as the cron does."""
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["helpdesk.hours.alert"]._cron_tell()
        cr.commit()


def count(env, contract_ids):
    """Return how often each thing was done, from the database itself."""
    contracts = env["helpdesk.support.contract"].browse(contract_ids)
    packs = contracts.pack_ids
    alerts = env["helpdesk.hours.alert"].search([("pack_id", "in", packs.ids)])
    told = alerts.filtered(lambda alert: not alert.told_with_id)
    mails = env["mail.mail"].search(
        [("model", "=", packs._name), ("res_id", "in", packs.ids)]
    )
    activities = contracts.activity_ids
    drafts = env["account.move"].search(
        [("invoice_origin", "in", contracts.mapped("name"))]
    )
    full = packs.filtered(lambda pack: len(pack.alert_ids) == 2)
    return {
        "packs": len(alerts.pack_id),
        "mails": len(mails) == len(told),
        "activities": len(activities) == len(told),
        "message_ids": len(set(mails.mapped("message_id"))) == len(mails),
        "first": len(alerts.filtered(lambda alert: alert.level == "first")),
        "last": len(alerts.filtered(lambda alert: alert.level == "last")) == len(full),
        "drafts": len(drafts) == len(full) == len(full.alert_ids.move_id),
        "untold": len(alerts.filtered(lambda alert: not alert.told_at)),
    }


if __name__ == "__main__":
    main(sys.argv[1])
