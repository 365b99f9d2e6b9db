"""Two people invoice the same fees and service credits at once; one crash between."""
# ruff: noqa: F821

from at_once import load_chart, make_accountants, race

from odoo import api

load_chart(env)
users = make_accountants(env)
partner = env["res.partner"].create({"name": "Customer", "is_company": True})
contract = env["helpdesk.support.contract"].create(
    {
        "partner_id": partner.id,
        "plan_id": env.ref("helpdesk_support_contract.plan_priority").id,
        "date_start": "2026-01-01",
        "date_end": "2026-12-31",
    }
)
contract.action_sign()
credit = env["helpdesk.service.credit"].create(
    {
        "contract_id": contract.id,
        "period": "month",
        "date_from": "2026-01-01",
        "date_to": "2026-01-31",
        "amount": 20,
        "state": "approved",
    }
)
env.cr.commit()
registry = env.registry


def crash():
    """Make the invoice and die before the commit: nothing stays."""
    with registry.cursor() as cr:
        mine = api.Environment(cr, users[0].id, {})
        mine["helpdesk.support.contract"].browse(contract.id).action_invoice_fee()
        cr.rollback()


crash()
env.cr.rollback()
env.invalidate_all()
assert contract.fee_ids.state == "open"
for record, method, kind in (
    (contract, "action_invoice_fee", "out_invoice"),
    (credit, "action_make_credit_note", "out_refund"),
):
    results = race(
        env,
        users,
        lambda mine, record=record, method=method: getattr(
            mine[record._name].browse(record.id), method
        )(),
    )
    assert len(results) == 2, results
    assert results.count("made") == 1, results
    moves = env["account.move"].search(
        [("partner_id", "=", partner.id), ("move_type", "=", kind)]
    )
    assert len(moves) == 1, (kind, moves, results)
assert contract.fee_ids.state == "draft"
assert credit.state == "invoiced"
assert len(contract.pack_ids) == 1
