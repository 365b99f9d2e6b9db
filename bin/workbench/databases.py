"""Databases with their filestores: copied, renamed and dropped together."""

import os
import shutil

from .paths import DATA

FILESTORE = DATA / "filestore"


# Copies that a command drops when it ends, unless it is killed.
TEMPORARY = "^helpdesk_(test|scratch|story|bench)_[0-9]+"


class Databases:
    """The databases of a server."""

    def __init__(self, server):
        self.server = server

    def exists(self, name):
        """Tell whether the database is there."""
        return bool(
            self.server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        )

    def drop(self, name):
        """Drop the database, its connections and its filestore."""
        self.server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(FILESTORE / name, ignore_errors=True)

    def drop_leftovers(self):
        """Drop the copies that killed commands have left; no command may run now."""
        query = f"SELECT datname FROM pg_database WHERE datname ~ '{TEMPORARY}'"
        for name in self.server.sql(query):
            self.drop(name)

    def copy(self, template, name):
        """Make the database anew as a copy of a template."""
        self.drop(name)
        strategy = "STRATEGY FILE_COPY" if self._version() >= 15 else ""
        self.server.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" {strategy}')
        if (FILESTORE / template).is_dir():
            shutil.copytree(
                FILESTORE / template, FILESTORE / name, copy_function=os.link
            )

    def rename(self, old, new):
        """Give a database and its filestore another name."""
        if (FILESTORE / old).is_dir():
            shutil.rmtree(FILESTORE / new, ignore_errors=True)
            (FILESTORE / old).rename(FILESTORE / new)
        self.server.sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')

    def set_address(self, name, address):
        """Write where the database is served, for links in mails and for PDFs."""
        for key in ("web.base.url", "report.url"):
            self.server.sql(
                "INSERT INTO ir_config_parameter (key, value)"
                f" VALUES ('{key}', '{address}')"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                name,
            )

    def _version(self):
        return int(self.server.sql("SHOW server_version_num")[0]) // 10000
