"""The whole set-up as one context: environment, Odoo, PostgreSQL, configuration."""

import contextlib

from . import config, odoo_source, packages, postgres, steps
from .databases import Databases


@contextlib.contextmanager
def opened(prepare=lambda databases: None):
    """Set up what is missing; give (databases, result of prepare) while in use.

    One set-up runs at a time; `prepare` is called inside it.
    """
    packages.check_python()
    with contextlib.ExitStack() as stack:
        with steps.only_one():
            packages.install()
            source = odoo_source.install()
            server = stack.enter_context(postgres.choose())
            config.write(source, server)
            databases = Databases(server, source)
            prepared = prepare(databases)
        yield databases, prepared
