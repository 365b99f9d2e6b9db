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
    path = LOG / log
    path.unlink(missing_ok=True)
    options = ["-d", database, "--logfile", path, *BATCH, *arguments]
    _run(server, command("server", *options), path)
    return path


def script(server, database, code, log):
    """Run code with Odoo's `env` on a database and commit; return the log's path."""
    path = LOG / log
    path.unlink(missing_ok=True)
    options = ["-d", database, "--logfile", path, "--no-http"]
    _run(server, command("shell", *options), path, f"{code}\nenv.cr.commit()\n")
    return path


def _run(server, line, path, text=""):
    """Run Odoo; when it fails, show the end of its log and raise."""
    LOG.mkdir(parents=True, exist_ok=True)
    output = path.with_suffix(".out")
    with open(output, "wb") as file:
        result = subprocess.run(
            line,
            input=text.encode(),
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment(server),
        )
    if result.returncode:
        texts = [file for file in (path, output) if file.exists()]
        failed = [file for file in texts if "Traceback" in file.read_text()]
        shown = (failed or texts)[0]
        raise SetupError(f"{tail(shown)}\n\nOdoo failed: the log is {shown}.")
