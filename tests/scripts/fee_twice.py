"""Two people invoice the same fees and service credits at once; one crash between."""
# ruff: noqa: F821

import threading

from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user

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


def race(record, method):
    """Return what two people who press a button at once are told."""
    begun = threading.Barrier(2, timeout=60)
    results = []

    def press(user_id):
        with registry.cursor() as cr:
            mine = api.Environment(cr, user_id, {})
            first = [True]

            def run():
                mine.cr.execute("SELECT count(*) FROM account_move")  # the snapshot
                if first.pop() if first else False:
                    begun.wait()
                getattr(mine[record._name].browse(record.id), method)()

            try:
                retrying(run, mine)
                results.append("made")
            except UserError as error:
                results.append(str(error))

    threads = [threading.Thread(target=press, args=(user.id,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    env.cr.rollback()
    env.invalidate_all()
    return results


crash()
env.cr.rollback()
env.invalidate_all()
assert contract.fee_ids.state == "open"
for record, method, kind in (
    (contract, "action_invoice_fee", "out_invoice"),
    (credit, "action_make_credit_note", "out_refund"),
):
    results = race(record, method)
    assert len(results) == 2, results
    assert results.count("made") == 1, results
    moves = env["account.move"].search(
        [("partner_id", "=", partner.id), ("move_type", "=", kind)]
    )
    assert len(moves) == 1, (kind, moves, results)
assert contract.fee_ids.state == "draft"
assert credit.state == "invoiced"
assert len(contract.pack_ids) == 1
