"""Places in the repository; everything made by the set-up is below CACHE."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
ADDONS = ROOT / "addons"
TESTS = ROOT / "tests"
VENV = CACHE / "venv"
PYTHON = VENV / "bin" / "python"
BIN = CACHE / "bin"
LOG = CACHE / "log"
DATA = CACHE / "data"
CONFIG = CACHE / "odoo.conf"


def digest(*parts):
    """Return a short hash of texts, bytes and the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes()
        elif not isinstance(part, bytes):
            part = str(part).encode()
        total.update(b"%d:" % len(part) + part)
    return total.hexdigest()[:12]
