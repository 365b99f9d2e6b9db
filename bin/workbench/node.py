"""Prettier, installed by npm from the lock file."""

import os
import re
import shutil

from . import system
from .errors import SetupError
from .paths import ROOT, digest
from .run import CommandFailed, logged
from .steps import Step, say

PROGRAM = ROOT / "node_modules" / ".bin" / "prettier"
SENTENCE = "Prettier needs Node.js: install nodejs and npm (Debian has both)"


def prettier():
    """Return prettier's path; None, said aloud, where Node.js cannot be had.

    A continuous integration (CI is set) never goes without.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        try:
            system.install_packages(["nodejs", "npm"])
        except SetupError as error:
            if os.environ.get("CI"):
                raise SetupError(f"{SENTENCE}.") from error
            say(f"{SENTENCE}; XML, JavaScript and YAML are not checked without it.")
            return None
    key = digest(ROOT / "package.json", ROOT / "package-lock.json")
    step = Step("node", "Prettier", key)
    if not PROGRAM.exists():
        step.stamp.unlink(missing_ok=True)
    step.run(install)
    return PROGRAM


def install():
    """Install what package-lock.json says below node_modules."""
    command = ["npm", "ci", "--no-progress"]
    try:
        logged(command, "npm.log", "npm cannot install prettier", cwd=ROOT)
    except CommandFailed as failure:
        if failure.looks_offline() or re.search("ENOTFOUND|EAI_AGAIN", failure.output):
            raise SetupError(
                "Prettier cannot be downloaded: check the network (and npm's own"
                " settings) and run this again."
            ) from failure
        raise
