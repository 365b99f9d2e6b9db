"""bin/demo: set everything up, then serve the demo or run a story."""

import argparse
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import odoo, session, system
from .config import environment
from .demo_database import DemoDatabase
from .errors import SetupError
from .paths import LOG, PYTHON, TESTS
from .run import attached, die_with_parent, end, tail
from .steps import say, shown

HOST = "127.0.0.1"
PORT = 8069
STORY = TESTS / "story" / "stars.toml"
START_SECONDS = 120

# The users that the demo data of our addons create; the password is the login.
LOGINS = {
    "agent": "answers tickets and books hours",
    "manager": "sets policies, plans and contracts",
    "customer": "follows tickets and approves on the portal",
    "accountant": "invoices hours",
}


def main(arguments):
    """Serve the demo until Ctrl-C, or run a story and return its exit code."""
    parser = argparse.ArgumentParser(prog="bin/demo", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="HTTP port of Odoo")
    parser.add_argument("--reset", action="store_true", help="build the demo anew")
    parser.add_argument(
        "--story",
        metavar="FILE.toml",
        nargs="?",
        const=str(STORY),
        help="run the whole story of a file without serving, and print it",
    )
    options = parser.parse_args(arguments)
    if options.story:
        return story(options.story)
    check_port(options.port)
    return serve(options.port, options.reset)


def check_port(port):
    """Raise unless nobody listens on the port."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise SetupError(
                f"Port {port} is taken: stop what serves there, or choose another"
                f" with `bin/demo --port {port + 1 if port < 65535 else PORT}`."
            ) from error


def serve(port, reset=False):
    """Serve the demo's database on the port until Ctrl-C."""

    def prepare(templates):
        return DemoDatabase(templates).ready(reset)

    with session.opened(prepare) as (templates, name):
        address = f"http://{HOST}:{port}"
        templates.set_address(name, address)
        log = LOG / f"serve-{port}.log"
        log.unlink(missing_ok=True)
        command = odoo.command(
            "server",
            *("-d", name, "--http-interface", HOST, "--http-port", port),
            *("--logfile", log),
        )
        # In a session of its own: Ctrl-C reaches this process, which then stops Odoo.
        with open(log.with_suffix(".out"), "wb") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                env=environment(templates.server),
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads here
            )
        try:
            with shown("Odoo"):
                wait_until_served(process, address, log)
            print_logins(address)
            code = process.wait()
            raise SetupError(f"{tail(log)}\n\nOdoo ended ({code}): see {log}.")
        except KeyboardInterrupt:
            say("\nStopping.")
            return 0
        finally:
            process.terminate()
            end(process)


def wait_until_served(process, address, log):
    """Return when Odoo answers; raise when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address}/web/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SetupError(f"{tail(log)}\n\nOdoo does not serve: the log is {log}.")


def print_logins(address):
    """Tell where the demo is and who can log in."""
    say(f"\nServing at {address}  (Ctrl-C stops it)\n")
    say("  log-in      password    who")
    for login, role in LOGINS.items():
        say(f"  {login:<10}  {login:<10}  {role}")
    say("  admin       admin       may do everything\n")
    missing = system.missing_libraries()
    if missing:
        say(f"To print PDFs, run `apt-get install {' '.join(missing)}` first.\n")


def story(file):
    """Run a story on a fresh database and return its exit code."""
    if not (TESTS / "story" / "__main__.py").is_file():
        raise SetupError("There is no story to run: tests/story/ is missing.")
    if not os.path.isfile(file):
        raise SetupError(f"There is no file {file}: name a story's facts in TOML.")
    name = f"helpdesk_story_{os.getpid()}"

    def prepare(templates):
        templates.copy(templates.product(), name)

    with session.opened(prepare) as (templates, _prepared):
        try:
            return attached(
                [PYTHON, "-m", "story", name, os.path.abspath(file)],
                env=environment(templates.server, PYTHONPATH=str(TESTS)),
            )
        finally:
            templates.drop(name)
