"""Support hours are invoiced once by two accountants at once, and in Ecuador."""

from pathlib import Path

import pytest

from workbench import addons, logcheck, odoo

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.mark.parametrize(
    ("name", "module"),
    [("invoice_twice", ""), ("fee_twice", ""), ("invoice_in_ecuador", "l10n_ec")],
)
def test_script(name, module, scratch, databases, tmp_path):
    database = scratch("product")
    if module:
        odoo.batch(databases.server, database, tmp_path / "install.log", "-i", module)
    code = f"import sys; sys.path.append({str(SCRIPTS)!r})\n"
    code += (SCRIPTS / f"{name}.py").read_text()
    log = odoo.script(databases.server, database, code, tmp_path / f"{name}.log")
    logcheck.check(log, addons.discover())
