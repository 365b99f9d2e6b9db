"""Each addon installs alone, upgrades, and leaves helpdesk_mgmt as it was."""

from pathlib import Path

import pytest

from workbench import addons, logcheck, odoo

ADDONS = addons.discover()
GLUE = sorted(name for name, addon in ADDONS.items() if addon.is_glue)
SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture
def batch(databases, tmp_path):
    """Return a function that runs Odoo on a database without a bad word about ours."""

    def run(name, *options):
        log = odoo.batch(databases.server, name, tmp_path / "odoo.log", *options)
        logcheck.check(log, ADDONS)

    return run


def installed(databases, name):
    """Return the names of the modules that are installed in a database."""
    query = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    return set(databases.server.sql(query, name))


def closure(names):
    """Return the addons of ours that installing these brings along, glue aside."""
    needed = {name for name in names if name in ADDONS}
    more = {depend for name in needed for depend in ADDONS[name].depends}
    more = {name for name in more if name in ADDONS}
    return needed if more <= needed else closure(needed | more)


@pytest.mark.parametrize("name", sorted(set(ADDONS) - set(GLUE)))
def test_addon_installs_with_no_more_than_its_dependencies(
    name, scratch, databases, batch
):
    database = scratch("base")
    batch(database, "-i", name)
    ours = installed(databases, database) & set(ADDONS)
    assert ours - set(GLUE) == closure({name})


def test_glue_addons_install_themselves_with_what_they_join(scratch, databases, batch):
    for name in GLUE:
        database = scratch("product")
        missing = set(ADDONS[name].depends) - installed(databases, database)
        batch(database, "-i", ",".join(sorted(missing)))
        assert name in installed(databases, database)


@pytest.mark.skipif(not ADDONS, reason="there are no addons yet")
def test_addons_upgrade(scratch, databases, batch):
    database = scratch("product")
    batch(database, "-u", ",".join(ADDONS))
    assert set(ADDONS) - set(GLUE) <= installed(databases, database)


@pytest.mark.skipif(not ADDONS, reason="there are no addons yet")
def test_uninstalled_addons_leave_helpdesk_mgmt_working(
    scratch, databases, monkeypatch, tmp_path
):
    database = scratch("product")
    monkeypatch.setenv("MODULES", ",".join(ADDONS))
    for script in ("uninstall", "helpdesk_works"):
        code = (SCRIPTS / f"{script}.py").read_text()
        log = odoo.script(databases.server, database, code, tmp_path / f"{script}.log")
        logcheck.check(log, ADDONS)
    assert not installed(databases, database) & set(ADDONS)
