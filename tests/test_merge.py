"""Beside the addon that merges tickets: a merge answers nobody."""

from pathlib import Path

from workbench import addons, logcheck, odoo

SCRIPT = Path(__file__).parent / "scripts" / "merge_tickets.py"


def test_a_merge_is_no_reply_and_voids_what_is_merged(scratch, databases, tmp_path):
    database = scratch("product")
    installed = tmp_path / "install.log"
    odoo.batch(databases.server, database, installed, "-i", "helpdesk_mgmt_merge")
    log = odoo.script(
        databases.server, database, SCRIPT.read_text(), tmp_path / "merge.log"
    )
    logcheck.check(log, addons.discover())
    assert "merged" in log.with_suffix(".out").read_text().split()
