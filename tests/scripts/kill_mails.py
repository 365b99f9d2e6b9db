"""Kill what writes to customers, again and again; then let two workers finish it.

``python kill_mails.py DATABASE JOB``; prints a JSON object of what the database says.
JOB is ``prices`` (announcements of new prices), ``asked`` (executed hours that
customers are asked to approve) or ``reminded`` (reminders of these).
"""

import json
import os
import random
import sys
from collections import Counter
from datetime import timedelta

import psycopg2.errors
from at_once import load_chart
from customers import log, make_contracts, make_ticket
from processes import fork, kill, start

import odoo
from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command

KILLS = 8
CONTRACTS = 16


class Prices:
    """New prices are announced to every contract of a plan (R-A6)."""

    def prepare(self, env):
        from odoo.addons.helpdesk_billing_hours.models import helpdesk_price_change

        helpdesk_price_change.BATCH = 2  # many commits, so that a kill falls between
        plan = env.ref("helpdesk_support_contract.plan_always").copy({"hour_price": 45})
        make_contracts(env, plan, CONTRACTS, ["role_billing"])
        change = env["helpdesk.price.change"].create(
            {
                "plan_id": plan.id,
                "date_from": fields.Date.today() + timedelta(days=400),
                "line_ids": [Command.create({"kind": "hour", "new_value": 50})],
            }
        )
        change.action_announce()

    def work(self, env):
        env["helpdesk.price.change"]._cron_announce()

    def count_done(self, env):
        return env["helpdesk.price.notice"].search_count([])


class Asked:
    """A manager sends drafts, one after the other, to those who approve (R-B4)."""

    def prepare(self, env):
        load_chart(env)
        env["hr.employee"].create({"name": "Agent", "user_id": env.uid})
        plan = env.ref("helpdesk_support_contract.plan_always")
        plan.policy_id.hours_approval = "billed"
        contracts = make_contracts(env, plan, CONTRACTS, ["role_hours"], hour_price=45)
        for contract in contracts:
            ticket = make_ticket(
                env,
                contract,
                cause_id=env.ref("helpdesk_warranty.reason_user_error").id,
                work_override_reason="The ERP is down",
                received_at="2026-01-12 14:00:00",
            )
            env["helpdesk.authorization"].create(
                {
                    "ticket_id": ticket.id,
                    "hours": 9,
                    "price_unit": 45,
                    "state": "approved",
                    "answered_at": "2026-01-12 14:30:00",
                    "answered_by": "Customer",
                }
            )
            log(env, ticket, 2)
        env["helpdesk.hours.approval.ask"].create({}).action_prepare()

    def work(self, env):
        while draft := env["helpdesk.hours.approval"].search(
            [("state", "=", "draft")], limit=1
        ):
            try:
                draft.action_send()
                env.cr.commit()
            except psycopg2.errors.SerializationFailure:
                env.cr.rollback()

    def count_done(self, env):
        approvals = env["helpdesk.hours.approval"]
        return approvals.search_count([("state", "=", "sent")])


class Reminded(Asked):
    """Customers who have not answered are reminded, and our contact gets a to-do."""

    def prepare(self, env):
        super().prepare(env)
        approvals = env["helpdesk.hours.approval"].search([])
        approvals.action_send()
        approvals.sent_at = fields.Datetime.now() - timedelta(days=4)

    def work(self, env):
        env["helpdesk.hours.approval"]._cron_remind()

    def count_done(self, env):
        approvals = env["helpdesk.hours.approval"].search([("reminder_count", "=", 1)])
        return len(approvals.filtered(lambda approval: len(approval.activity_ids) == 1))


def main(database, name):
    registry = start(database)
    job = {"prices": Prices, "asked": Asked, "reminded": Reminded}[name]()
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        job.prepare(env)
        before = env["mail.mail"].search([], order="id desc", limit=1).id or 0
    odoo.sql_db.close_all()

    def work():
        with registry.cursor() as cr:
            job.work(api.Environment(cr, SUPERUSER_ID, {}))
            cr.commit()

    died = kill(work, KILLS, random.Random(20260112), 0.8)
    for worker in [fork(work) for _worker in range(2)]:
        os.waitpid(worker, 0)
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        mails = env["mail.mail"].search(
            [("id", ">", before), ("message_id", "like", "<helpdesk-hours-")]
        )
        told = Counter(mail.recipient_ids.email for mail in mails)
        print(
            json.dumps(
                {
                    "died": died,
                    "done": job.count_done(env),
                    "mails": len(mails),
                    "told": sorted(set(told.values())),
                    "people": len(told),
                    "message_ids": len(set(mails.mapped("message_id"))),
                }
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
