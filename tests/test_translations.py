"""The terms in i18n/ are the ones that the addons have now."""

import os
import subprocess

import polib
import pytest

from workbench import addons, odoo
from workbench.config import environment

ADDONS = addons.discover()


@pytest.mark.parametrize("name", [n for n, a in ADDONS.items() if not a.is_glue])
def test_template_is_up_to_date(name, databases, tmp_path):
    exported = tmp_path / "now.pot"
    template = os.environ["HELPDESK_PRODUCT"]
    command = odoo.command("i18n", "export", "-d", template, "-l", "pot")
    subprocess.run(
        [*command, "-o", exported, name],
        env=environment(databases.server),
        check=True,
    )
    now = {entry.msgid for entry in polib.pofile(str(exported))}
    path = ADDONS[name].path / "i18n" / f"{name}.pot"
    kept = (
        {entry.msgid for entry in polib.pofile(str(path))} if path.exists() else set()
    )
    assert now == kept, "run bin/translate and translate what is new in es.po"
