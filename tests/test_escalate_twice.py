"""Two people of a customer escalate at the same instant: one does, one is told so."""

import json
import subprocess
import sys
from pathlib import Path

from workbench.config import environment

SCRIPT = Path(__file__).parent / "scripts" / "escalate_twice.py"


def test_two_at_once_make_one_escalation(scratch, databases):
    result = subprocess.run(
        [sys.executable, SCRIPT, scratch("product")],
        env=environment(databases.server),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=300,
    )
    found = json.loads(result.stdout.splitlines()[-1])
    # Each has one row, one mail to the level, one to the customer who asked.
    assert found == {"answers": [[0, 1]] * 6, "rows": 6, "tickets": 6, "mails": 12}
