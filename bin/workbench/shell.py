"""bin/shell: Odoo's shell on the demo's database or another."""

import argparse
import signal

from . import odoo, session
from .config import environment
from .demo_database import NAME, DemoDatabase
from .errors import SetupError
from .run import attached, die_with_parent


def main(arguments):
    """Open the shell, or run the script that comes on standard input."""
    parser = argparse.ArgumentParser(prog="bin/shell", description=__doc__)
    parser.add_argument("-d", "--database", help=f"database (default {NAME})")
    options, more = parser.parse_known_args(arguments)

    def prepare(templates):
        if not options.database:
            return DemoDatabase(templates).ready()
        if not templates.exists(options.database):
            raise SetupError(f"There is no database {options.database} here.")
        return options.database

    with session.opened(prepare) as (templates, name):
        command = odoo.command("shell", "-d", name, "--no-http", "--log-level=warn")
        command += more
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the shell's
        try:
            return attached(
                command,
                env=environment(templates.server),
                preexec_fn=_start_child,
            )
        finally:
            signal.signal(signal.SIGINT, previous)


def _start_child():
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
