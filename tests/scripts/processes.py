"""What the scripts share that let several processes work on one database."""

import os
import signal
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def start(database):
    """Return the registry of a database; run with ODOO_RC naming the configuration."""
    config.parse_config(
        ["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=critical"],
        setup_logging=True,
    )
    return Registry(database)


def fork(target):
    """Run a function in a child that exits with what it returns; return its pid."""
    pid = os.fork()
    if not pid:
        code = 9
        try:
            code = target() or 0
        finally:
            os._exit(code)
    return pid


def kill(work, count, chance, longest):
    """Kill so many workers after up to ``longest`` seconds; return how many died."""
    died = 0
    for _kill in range(count):
        worker = fork(work)
        time.sleep(chance.uniform(0.05, longest))
        os.kill(worker, signal.SIGKILL)
        _pid, status = os.waitpid(worker, 0)
        died += os.WIFSIGNALED(status)
    return died


def run_sweep(registry):
    """Run the sweep once, as the cron does."""
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["helpdesk.sla.timer"]._cron_sweep()
        cr.commit()


def kill_sweeps(registry, count, chance, longest):
    """Kill that many sweeps after up to ``longest`` seconds; return how many died."""
    return kill(lambda: run_sweep(registry), count, chance, longest)
