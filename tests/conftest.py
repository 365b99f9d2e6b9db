"""What the tests that no addon owns share."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bin"))

from workbench import addons, postgres  # noqa: E402
from workbench.config import environment  # noqa: E402
from workbench.databases import Databases  # noqa: E402

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture(scope="session")
def our_addons():
    """Return our addons by name, as they lie on disk."""
    return addons.discover()


@pytest.fixture(scope="session")
def databases():
    """Return the databases of the server that bin/test runs."""
    return Databases(postgres.NamedServer())


@pytest.fixture
def scratch(databases):
    """Return a function that copies a template (base, product ...); drop the copies."""
    made = []

    def copy(kind):
        name = f"helpdesk_scratch_{os.getpid()}_{len(made)}"
        made.append(name)
        databases.copy(os.environ[f"HELPDESK_{kind.upper()}"], name)
        return name

    yield copy
    for name in made:
        databases.drop(name)


@pytest.fixture
def play(scratch, databases):
    """Return a function that runs a script on a copy and returns what it prints."""

    def run(script, *args):
        result = subprocess.run(
            [sys.executable, SCRIPTS / script, scratch("product"), *args],
            env=environment(databases.server),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        )
        return json.loads(result.stdout.splitlines()[-1])

    return run
