"""Odoo as a subprocess, its log in .cache/log."""

import subprocess

from .config import environment
from .errors import SetupError
from .paths import LOG, PYTHON
from .run import tail

BATCH = (
    "--stop-after-init",
    "--no-http",
    "--max-cron-threads=0",
    "--workers=0",
)


def command(*arguments):
    """Return the command line of Odoo with these arguments."""
    return [str(PYTHON), "-m", "odoo", *map(str, arguments)]


def batch(server, database, log, *arguments):
    """Run Odoo once on a database without serving; return the path of its log.

    Raises when Odoo fails, after showing the end of its log.
    """
    LOG.mkdir(parents=True, exist_ok=True)
    path = LOG / log
    path.unlink(missing_ok=True)
    options = ["server", "-d", database, "--logfile", path, *BATCH, *arguments]
    with open(LOG / f"{log}.out", "wb") as output:
        code = subprocess.call(
            command(*options),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(server),
        )
    if code:
        shown = path if path.exists() else LOG / f"{log}.out"
        raise SetupError(f"{tail(shown)}\n\nOdoo failed: the log is {shown}.")
    return path
