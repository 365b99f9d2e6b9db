"""The demo's database: built once, then only upgraded, never thrown away unasked."""

import json

from . import logcheck, odoo
from .packages import OCA_LOCKS
from .paths import digest
from .steps import shown

NAME = "helpdesk_demo"

# Compiled once here, not while the first visitor waits.
BUNDLES = "env['ir.qweb']._pregenerate_assets_bundles()"


class DemoDatabase:
    """The database that bin/demo serves; its comment says what it was built from."""

    def __init__(self, templates):
        self.templates = templates
        self.server = templates.server

    def ready(self, reset=False):
        """Build or upgrade the database as needed; return its name."""
        if reset:
            self.templates.drop(NAME)
        wanted = self._wanted()
        if not self.templates.exists(NAME):
            self._build(wanted)
            return NAME
        had = self._read()
        changed = {name for name, key in wanted.items() if had.get(name) != key}
        if changed:
            self._upgrade(had, wanted, changed)
        return NAME

    def _wanted(self):
        state = {name: addon.key() for name, addon in self.templates.main.items()}
        return state | {"base": digest(self.templates.source.key, *OCA_LOCKS)}

    def _read(self):
        """Return what the demo was last built or upgraded with."""
        rows = self.server.sql(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
            f" WHERE datname = '{NAME}'"
        )
        return json.loads(rows[0]) if rows and rows[0] else {}

    def _write(self, name, state):
        self.server.sql(f"COMMENT ON DATABASE \"{name}\" IS '{json.dumps(state)}'")

    def _build(self, wanted):
        base = self.templates.base(demo=True)
        modules = sorted(name for name in wanted if name != "base")
        building = f"{NAME}_building"
        with shown("Demo data (database)"):
            self.templates.copy(base, building)
            if modules:
                names = ",".join(modules)
                log = odoo.batch(
                    self.server, building, "demo.log", "-i", names, "--with-demo"
                )
                logcheck.check(log, self.templates.addons)
        with shown("Demo styles and scripts"):
            odoo.script(self.server, building, BUNDLES, "bundles.log")
            self._write(building, wanted)
            self.templates.rename(building, NAME)

    def _upgrade(self, had, wanted, changed):
        with shown("Demo data (upgrade of what changed)"):
            new = sorted(changed - set(had))
            old = sorted(changed & set(had))
            options = [*(["-i", ",".join(new)] if new else [])]
            options += ["-u", ",".join(old)] if old else []
            log = odoo.batch(self.server, NAME, "demo.log", *options, "--with-demo")
            logcheck.check(log, self.templates.addons)
            self._write(NAME, wanted)
