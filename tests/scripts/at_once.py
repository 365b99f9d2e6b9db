"""What the scripts share that let two accountants act at once, as requests do."""

import threading

from odoo import api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import new_test_user


def load_chart(env):
    """Give the company accounts, where it has none."""
    if not env.company.chart_template:
        env["account.chart.template"].try_loading(
            "generic_coa", company=env.company, install_demo=False
        )


def make_accountants(env):
    """Return two accountants."""
    return [
        new_test_user(env, f"accountant-{n}", groups="account.group_account_invoice")
        for n in (1, 2)
    ]


def race(env, users, act):
    """Let users act at once on what is committed; return what each is told.

    Each calls ``act(env)`` in a transaction of the own, as a request does: with retries
    when they collide. "made" stands for what was not refused.
    """
    registry = env.registry
    begun = threading.Barrier(len(users), timeout=60)
    results = []

    def press(user_id):
        with registry.cursor() as cr:
            mine = api.Environment(cr, user_id, {})
            first = [True]

            def run():
                mine.cr.execute("SELECT 1")  # the snapshot
                if first:
                    first.pop()
                    begun.wait()
                act(mine)

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
