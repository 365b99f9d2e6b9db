"""Two accountants invoice the same hours at once, in two real transactions."""
# ruff: noqa: F821

import threading

from odoo import api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying
from odoo.tests import new_test_user

TODAY = "2026-01-31"
if not env.company.chart_template:
    env["account.chart.template"].try_loading(
        "generic_coa",
        company=env.company,
        install_demo=False,
    )
users = [
    new_test_user(env, f"accountant-{n}", groups="account.group_account_invoice")
    for n in (1, 2)
]
env["hr.employee"].create({"name": "Agent", "user_id": env.uid})
plan = env.ref("helpdesk_support_contract.plan_priority")
for number in range(3):
    partner = env["res.partner"].create(
        {"name": f"Customer {number}", "is_company": True}
    )
    contract = env["helpdesk.support.contract"].create(
        {
            "partner_id": partner.id,
            "plan_id": plan.id,
            "date_start": "2026-01-01",
            "date_end": "2026-12-31",
            "hour_price": 45,
            "has_overage_consent": True,
            "pack_ids": [
                Command.create({"name": "Pack", "hours": 1, "date_from": "2026-01-01"})
            ],
        }
    )
    contract.action_sign()
    ticket = env["helpdesk.ticket"].create(
        {
            "name": "Invoices fail",
            "description": "<p>Error</p>",
            "team_id": env.ref("helpdesk_sla_policy.team_stars").id,
            "partner_id": partner.id,
            "contract_id": contract.id,
            "user_id": False,
        }
    )
    env["account.analytic.line"].create(
        {
            "ticket_id": ticket.id,
            "name": "Correction",
            "started_at": "2026-01-12 15:00:00",
            "unit_amount": 3,
        }
    )
env.cr.commit()
registry = env.registry
begun = threading.Barrier(2, timeout=60)
results = []


def invoice(user_id):
    """Run as a request does: with retries when the transactions collide."""
    with registry.cursor() as cr:
        mine = api.Environment(cr, user_id, {})
        first = [True]

        def run():
            mine.cr.execute("SELECT count(*) FROM helpdesk_hours_share")  # the snapshot
            if first.pop() if first else False:
                begun.wait()
            wizard = mine["helpdesk.hours.invoicing"].create(
                {"date_from": "2026-01-01", "date_to": TODAY}
            )
            return wizard.action_create_invoices()

        try:
            retrying(run, mine)
            results.append("made")
        except UserError as error:
            results.append(str(error))


threads = [threading.Thread(target=invoice, args=(user.id,)) for user in users]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(120)
env.cr.rollback()
env.invalidate_all()
moves = env["account.move"].search([("support_run_id", "!=", False)])
shares = env["helpdesk.hours.share"].search([])
assert len(results) == 2, results
assert results.count("made") == 1, results
assert len(moves) == 3, (len(moves), results)
assert len(moves.support_run_id) == 1
assert sum(moves.mapped("amount_untaxed")) == 3 * 2 * 45, moves.mapped("amount_untaxed")
assert sum(shares.mapped("minutes")) == 3 * 180
assert all(shares.mapped("settled"))
packs = env["helpdesk.hours.pack"].search([])
assert set(packs.mapped("hours_left")) == {0.0}, packs.mapped("hours_left")
