"""The whole set-up as one context: environment, Odoo, PostgreSQL, configuration."""

import contextlib

from . import config, locks, odoo_source, packages, postgres, steps
from .paths import CACHE
from .templates import Templates


@contextlib.contextmanager
def opened(prepare=lambda templates: None):
    """Set up what is missing; give (templates, result of prepare) while in use.

    One set-up runs at a time; `prepare` is called inside it.
    """
    packages.check_python()
    with contextlib.ExitStack() as stack:
        with steps.only_one():
            users = stack.enter_context(locks.SharedLock(CACHE / "users.lock"))
            packages.install()
            source = odoo_source.install()
            server = stack.enter_context(postgres.choose(users))
            config.write(source, server)
            templates = Templates(server, source, users)
            with users.alone() as alone:
                if alone and server.is_own:
                    templates.drop_leftovers()
            prepared = prepare(templates)
        yield templates, prepared
