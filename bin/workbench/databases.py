"""Databases: templates that are built once and the copies that commands work on.

A template is built under another name and renamed when it is whole, so that its
name says that it can be used. The filestore goes with it, as hard links.
"""

import json
import os
import shutil

from . import logcheck, odoo
from .addons import discover, foreign_depends
from .packages import OCA_LOCKS
from .paths import CACHE, DATA, digest
from .steps import check_free_space, shown

BASE_MODULES = (
    "account",
    "helpdesk_mgmt",
    "helpdesk_mgmt_project",
    "helpdesk_type",
    "hr_timesheet",
    "portal",
    "product",
    "resource",
)
LANGUAGES = ("--load-language=es_ES",)
DEMO = "helpdesk_demo"
FILESTORE = DATA / "filestore"


class Databases:
    """The databases of this repository on a server."""

    def __init__(self, server, source):
        self.server = server
        self.source = source
        self.addons = discover()
        self.place = digest(str(CACHE))[:6]

    # one database

    def exists(self, name):
        """Tell whether the database is there."""
        return bool(
            self.server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
        )

    def drop(self, name):
        """Drop the database, its connections and its filestore."""
        self.server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(FILESTORE / name, ignore_errors=True)

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

    # templates

    def base(self, demo=False):
        """Return the template with what our addons depend on, building it if needed."""
        ours = {n: a for n, a in self.addons.items() if not a.is_glue}
        modules = sorted(foreign_depends(ours).union(BASE_MODULES))
        key = digest(self.source.key, modules, LANGUAGES, *OCA_LOCKS)
        kind = "base_demo" if demo else "base"
        options = [*LANGUAGES, *(["--with-demo"] if demo else [])]
        title = "Odoo's modules" + (" with demo data" if demo else "")
        return self._template(kind, key, title, None, modules, options)

    def product(self):
        """Return the template with our addons on top of the base."""
        base = self.base()
        modules = sorted(n for n, a in self.addons.items() if not a.is_glue)
        if not modules:
            return base
        key = digest(base, *(self.addons[name].key() for name in modules))
        return self._template("product", key, "Our addons", base, modules, [])

    def joined(self):
        """Return the template with our glue addons and what they join as well."""
        product = self.product()
        modules = self.glue()
        if not modules:
            return product
        key = digest(product, *(self.addons[name].key() for name in modules))
        return self._template("joined", key, "Glue addons", product, modules, [])

    def glue(self):
        """Return the names of our addons that Odoo installs by itself."""
        return sorted(name for name, addon in self.addons.items() if addon.is_glue)

    def _template(self, kind, key, title, origin, modules, options):
        prefix = f"helpdesk_{kind}_{self.place}_"
        name = prefix + key
        if self.exists(name):
            return name
        check_free_space()
        building = f"{prefix}building"
        with shown(f"{title} (database)"):
            self.drop(building)
            if origin:
                self.copy(origin, building)
            log = odoo.batch(
                self.server, building, f"{kind}.log", "-i", ",".join(modules), *options
            )
            logcheck.check(log, self.addons)
            self.rename(building, name)
        for old in self.server.sql("SELECT datname FROM pg_database"):
            if old.startswith(prefix) and old != name:
                self.drop(old)
        return name

    # the demo

    def demo(self, reset=False):
        """Return the demo database: built once, then only upgraded."""
        if reset:
            self.drop(DEMO)
        wanted = self._demo_state()
        if not self.exists(DEMO):
            self._build_demo(wanted)
            return DEMO
        had = self._read_state()
        changed = {name for name, key in wanted.items() if had.get(name) != key}
        if changed:
            self._upgrade_demo(had, wanted, changed)
        return DEMO

    def _demo_state(self):
        state = {name: a.key() for name, a in self.addons.items() if not a.is_glue}
        return state | {"base": digest(self.source.key, *OCA_LOCKS)}

    def _read_state(self):
        """Return what the demo was last built or upgraded with."""
        rows = self.server.sql(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = '{DEMO}'"
        )
        return json.loads(rows[0]) if rows and rows[0] else {}

    def _write_state(self, name, state):
        self.server.sql(f"COMMENT ON DATABASE \"{name}\" IS '{json.dumps(state)}'")

    def _build_demo(self, wanted):
        base = self.base(demo=True)
        modules = sorted(name for name in wanted if name != "base")
        building = f"{DEMO}_building"
        with shown("Demo data (database)"):
            self.copy(base, building)
            if modules:
                names = ",".join(modules)
                log = odoo.batch(
                    self.server, building, "demo.log", "-i", names, "--with-demo"
                )
                logcheck.check(log, self.addons)
            self._write_state(building, wanted)
            self.rename(building, DEMO)

    def _upgrade_demo(self, had, wanted, changed):
        with shown("Demo data (upgrade of what changed)"):
            new = sorted(changed - set(had))
            old = sorted(changed & set(had))
            options = [*(["-i", ",".join(new)] if new else [])]
            options += ["-u", ",".join(old)] if old else []
            log = odoo.batch(
                self.server, DEMO, "demo.log", *options, "--with-demo"
            )
            logcheck.check(log, self.addons)
            self._write_state(DEMO, wanted)
