"""Odoo's own linter has nothing to say about our addons."""

import re
import subprocess

from workbench import logcheck, odoo
from workbench.config import environment

CASES = (
    "TestIndex",
    "TestNaming",
    "TestLintOverrideSignatures",
    "RoutesLinter",
    "TestTestHoles",
)


def test_odoo_lint_names_none_of_our_addons(scratch, databases, our_addons, tmp_path):
    log = tmp_path / "lint.log"
    tags = ",".join(f"/test_lint:{case}" for case in CASES)
    options = ["-i", "test_lint", "--test-tags", tags, "--logfile", log]
    # It fails on addons of others: its exit code says nothing.
    subprocess.run(
        odoo.command("server", "-d", scratch("product"), *odoo.BATCH, *options),
        env=environment(databases.server),
    )
    text = log.read_text()
    for case in CASES:
        assert re.search(rf"Starting {case}\.", text), f"{case} did not run"
    found = logcheck.complaints(text.splitlines(keepends=True), our_addons)
    lines = [line for record in found for line in record.splitlines()]
    ours = [line for line in lines if any(name in line for name in our_addons)]
    assert not ours, "\n".join(ours)
