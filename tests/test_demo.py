"""The demo data load without a warning, and the log-ins that bin/demo prints work."""

from pathlib import Path

from workbench import demo, logcheck, odoo

SCRIPT = Path(__file__).parent / "scripts" / "log_ins_work.py"


def test_demo_data_load_and_log_ins_work(
    scratch, databases, our_addons, monkeypatch, tmp_path
):
    database, server = scratch("base_demo"), databases.server
    names = ",".join(name for name, addon in our_addons.items() if not addon.is_glue)
    options = ["-i", names, "--with-demo"]
    log = odoo.batch(server, database, tmp_path / "demo.log", *options)
    logcheck.check(log, our_addons)
    monkeypatch.setenv("LOGINS", ",".join(demo.LOGINS))
    odoo.script(server, database, SCRIPT.read_text(), tmp_path / "log-ins.log")
