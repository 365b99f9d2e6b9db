"""bin/translate: write i18n/*.pot and es.po of every addon from what is installed.

What is translated already stays; the terms that lack are empty in es.po, and bin/lint
names the files that have some.
"""

import argparse

from . import odoo, session, translations
from .addons import discover
from .config import environment
from .run import attached

LANGUAGES = ("pot", "es_ES")


def main(arguments):
    """Export the terms of all our addons; return Odoo's exit code."""
    parser = argparse.ArgumentParser(prog="bin/translate", description=__doc__)
    parser.parse_args(arguments)
    for addon in discover().values():
        (addon.path / "i18n").mkdir(exist_ok=True)
    with session.opened(lambda templates: templates.joined()) as (templates, name):
        kept = translations.read(templates.addons)
        command = odoo.command("i18n", "export", "-d", name, "-l", *LANGUAGES)
        result = attached(
            [*command, "--", *templates.addons], env=environment(templates.server)
        )
        translations.keep(kept)
        return result
