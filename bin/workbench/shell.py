"""bin/shell: Odoo's shell on the demo's database or another."""

import argparse
import signal
import subprocess

from . import odoo, session
from .config import environment
from .databases import DEMO
from .errors import SetupError


def main(arguments):
    """Open the shell, or run the script that comes on standard input."""
    parser = argparse.ArgumentParser(prog="bin/shell", description=__doc__)
    parser.add_argument("-d", "--database", help=f"database (default {DEMO})")
    options, more = parser.parse_known_args(arguments)

    def prepare(databases):
        if not options.database:
            return databases.demo()
        if not databases.exists(options.database):
            raise SetupError(f"There is no database {options.database} here.")
        return options.database

    with session.opened(prepare) as (databases, name):
        command = odoo.command(
            "shell", "-d", name, "--no-http", "--log-level=warn", *more
        )
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the shell's own
        try:
            return subprocess.call(
                command,
                env=environment(databases.server),
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        finally:
            signal.signal(signal.SIGINT, previous)
