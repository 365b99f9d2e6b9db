"""Let two managers press Renew on a contract, and Activate on a preset, at one instant.

``python renew_twice.py DATABASE``; prints a JSON object of what the database says. Run
with ODOO_RC naming the configuration.
"""

import json
import os
import sys
import time

from processes import fork, start

import odoo
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import retrying

ROUNDS = 4


def main(database):
    registry = start(database)
    linger(registry["helpdesk.support.contract"], "_prepare_renewal")
    linger(registry["helpdesk.sla.policy"], "_get_belongings")
    with registry.cursor() as cr:
        contract_ids, user_ids, policy_id = prepare(
            api.Environment(cr, SUPERUSER_ID, {})
        )
    odoo.sql_db.close_all()
    renewed = [
        press_both(registry, user_ids, "helpdesk.support.contract", "action_renew", ref)
        for ref in contract_ids
    ]
    activated = press_both(
        registry, user_ids, "helpdesk.sla.policy", "action_activate", policy_id
    )
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        print(json.dumps(read(env, contract_ids, policy_id, renewed, activated)))


def linger(model, name):
    """Let whoever is first hold on for a moment: the second is in the middle then."""
    method = getattr(model, name)

    def slow(records, *args):
        result = method(records, *args)
        time.sleep(0.3)
        return result

    setattr(model, name, slow)


def prepare(env):
    """Make signed contracts, each of its own customer, and two managers."""
    users = env["res.users"].create(
        [
            {
                "name": name,
                "login": f"renew-{name.lower()}",
                "group_ids": [
                    Command.link(env.ref("helpdesk_mgmt.group_helpdesk_manager").id)
                ],
            }
            for name in ("Ana", "Rosa")
        ]
    )
    contracts = env["helpdesk.support.contract"].create(
        [
            {
                "partner_id": env["res.partner"]
                .create({"name": f"Customer {number}", "is_company": True})
                .id,
                "plan_id": env.ref("helpdesk_support_contract.plan_priority").id,
                "date_start": "2026-01-01",
                "date_end": "2026-12-31",
            }
            for number in range(ROUNDS)
        ]
    )
    for contract in contracts:
        contract.action_sign()
    policy = env.ref("helpdesk_sla_policy.policy_full")
    return contracts.ids, users.ids, policy.id


def press_both(registry, user_ids, model, name, record_id):
    """Let both press a button; return what each saw: a record, True, or a refusal."""
    children = []
    for uid in user_ids:
        read_end, write_end = os.pipe()
        child = fork(
            lambda uid=uid, out=write_end: press(
                registry,
                uid,
                out,
                lambda env: getattr(env[model].browse(record_id), name)(),
            )
        )
        os.close(write_end)
        children.append((child, read_end))
    answers = []
    for child, read_end in children:
        with os.fdopen(read_end) as pipe:
            answers.append(json.loads(pipe.read() or "null"))
        os.waitpid(child, 0)
    return answers


def press(registry, uid, out, button):
    """Press a button as the web client does: what conflicts is tried again."""
    with registry.cursor() as cr:
        env = api.Environment(cr, uid, {})

        def call():
            answer = button(env)
            return answer["res_id"] if isinstance(answer, dict) else answer

        try:
            answer = retrying(call, env)
        except UserError as refusal:
            answer = str(refusal)
    with os.fdopen(out, "w") as pipe:
        pipe.write(json.dumps(answer))


def read(env, contract_ids, policy_id, renewed, activated):
    contracts = env["helpdesk.support.contract"].browse(contract_ids)
    policy = env["helpdesk.sla.policy"].browse(policy_id)
    return {
        "renewals": [len(contract.renewal_ids) for contract in contracts],
        "same_renewal_opened": [
            answers == [contract.renewal_ids.id] * 2
            for contract, answers in zip(contracts, renewed, strict=True)
        ],
        "activated": activated,
        "teams": len(policy._get_own_teams().filtered("active")),
        "is_active": policy.active,
    }


if __name__ == "__main__":
    main(sys.argv[1])
