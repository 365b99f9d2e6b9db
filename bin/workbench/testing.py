"""bin/test: every test with pytest, on a copy of the template with our addons."""

import os
import socket
import subprocess

from . import logcheck, session, system
from .config import environment
from .errors import SetupError
from .paths import CONFIG, LOG, PYTHON, ROOT

NO_TESTS = 5


def main(arguments):
    """Run the tests; return pytest's exit code, or 1 for warnings in the log."""
    system.install_for_tests()
    name = f"helpdesk_test_{os.getpid()}"

    def prepare(databases):
        databases.copy(databases.product(), name)

    with session.opened(prepare) as (databases, _prepared):
        try:
            return run_pytest(databases, name, "test.log", arguments)
        finally:
            databases.drop(name)


def run_pytest(databases, name, log, arguments):
    """Run pytest on the database; return its exit code, or 1 for our warnings."""
    LOG.mkdir(exist_ok=True)
    path = LOG / log
    path.unlink(missing_ok=True)
    command = [
        PYTHON,
        "-m",
        "pytest",
        f"--odoo-config={CONFIG}",
        f"--odoo-database={name}",
        "--odoo-http",
        "--odoo-log-level=info",
        f"--odoo-extra=logfile={path}",
        "--odoo-extra=max-cron-threads=0",
        f"--odoo-extra=http-port={free_port()}",
        "--odoo-extra=http-interface=127.0.0.1",
        *arguments,
    ]
    code = subprocess.call(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment(databases.server, HELPDESK_TEST_DATABASE=name),
    )
    if path.exists():
        try:
            logcheck.check(path, databases.addons)
        except SetupError as error:
            print(error)
            code = code or 1
    return code


def free_port():
    """Return a TCP port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
