"""Template databases: built once, then copied by every command.

A template is built under another name and renamed when it is whole, so its name says
that it can be used. The name ends with a hash of what it was built from.
"""

from . import logcheck, odoo
from .addons import discover, foreign_depends
from .databases import Databases
from .packages import OCA_LOCKS
from .paths import CACHE, digest
from .steps import check_free_space, shown

# What our addons stand on; a dependency not named here is added from the manifests.
MODULES = (
    "account",
    "helpdesk_mgmt",
    "helpdesk_mgmt_project",
    "helpdesk_type",
    "hr_timesheet",
    "portal",
    "product",
    "resource",
)
# The first is the one of new users and companies.
LANGUAGES = ("--load-language=en_US,es_ES",)

KEPT_FOR_OTHERS = 2


class Templates(Databases):
    """The templates of this repository."""

    def __init__(self, server, source, users):
        super().__init__(server)
        self.source = source
        self.users = users
        self.addons = discover()
        self.place = digest(str(CACHE))[:6]

    @property
    def glue(self):
        """Return the names of our addons that Odoo installs by itself."""
        return sorted(name for name, addon in self.addons.items() if addon.is_glue)

    @property
    def main(self):
        """Return our other addons by name."""
        return {name: a for name, a in self.addons.items() if not a.is_glue}

    def base(self, demo=False):
        """Return the template with what our addons depend on."""
        modules = sorted(foreign_depends(self.main).union(MODULES))
        key = digest(self.source.key, modules, LANGUAGES, *OCA_LOCKS)
        if demo:
            options = [*LANGUAGES, "--with-demo"]
            title = "Odoo's modules with demo data"
            return self._template("base_demo", key, title, None, modules, options)
        return self._template("base", key, "Odoo's modules", None, modules, LANGUAGES)

    def product(self):
        """Return the template with our addons on top of the base."""
        return self._with_addons("product", "Our addons", self.base(), self.main)

    def joined(self):
        """Return the template with our glue addons and what they join as well."""
        return self._with_addons("joined", "Glue addons", self.product(), self.glue)

    def variables(self, demo=False):
        """Return the variables that name the templates to tests and measurements."""
        names = {"HELPDESK_BASE": self.base(), "HELPDESK_PRODUCT": self.product()}
        return names | ({"HELPDESK_BASE_DEMO": self.base(demo=True)} if demo else {})

    def _with_addons(self, kind, title, origin, names):
        """Return the template with these addons of ours on top of another one."""
        if not names:
            return origin
        names = sorted(names)
        key = digest(origin, *(self.addons[name].key() for name in names))
        return self._template(kind, key, title, origin, names, [])

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
        self._drop_older(prefix, name)
        return name

    def _drop_older(self, prefix, name):
        """Drop the templates that this one replaces.

        Other commands may still use the newest of them.
        """
        query = (
            f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')"
        )
        older = self.server.sql(f"{query} AND datname != '{name}' ORDER BY oid DESC")
        with self.users.alone() as alone:
            for old in older[0 if alone else KEPT_FOR_OTHERS :]:
                self.drop(old)
