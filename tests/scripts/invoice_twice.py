"""Two accountants invoice the same hours at once, in two real transactions."""
# ruff: noqa: F821

from at_once import load_chart, make_accountants, race

from odoo.fields import Command

TODAY = "2026-01-31"
load_chart(env)
users = make_accountants(env)
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


def invoice(mine):
    wizard = mine["helpdesk.hours.invoicing"].create(
        {"date_from": "2026-01-01", "date_to": TODAY}
    )
    wizard.action_create_invoices()


results = race(env, users, invoice)
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
