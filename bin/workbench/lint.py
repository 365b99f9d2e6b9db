"""bin/lint: what can be checked without a database; --fix cures what can be cured."""

import argparse
import os
import shutil
import subprocess

from . import node, packages, steps, translations
from .addons import discover
from .paths import ROOT, VENV
from .steps import say

PRETTY = "**/*.{cjs,css,js,json,scss,xml,yaml,yml}"

# Odoo writes "utf-8" where OCA's check wants capitals.
XML_HEADER = "xml-header-wrong"

# Odoo exports .po files in another form, and a term that reads the same in Spanish
# is translated too.
PO_FORM = "po-pretty-format"

# The official image names its user.
NAMED_USER = "DL3066"


def main(arguments):
    """Run every check; return 1 if one fails."""
    parser = argparse.ArgumentParser(prog="bin/lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="rewrite what can be cured")
    fix = parser.parse_args(arguments).fix
    packages.check_python()
    with steps.only_one():
        packages.install()
        prettier = node.prettier()
    failed = [name for name, command in checks(prettier, fix) if not passes(command)]
    missing = translations.untranslated(discover())
    if missing:
        say("\n".join(missing))
        failed.append("translations")
    say(f"bin/lint: {', '.join(failed)} failed" if failed else "bin/lint: all is well")
    return 1 if failed else 0


def checks(prettier, fix):
    """Yield (name, command line) of each check."""
    addons = [f"addons/{name}" for name in discover()]
    yield "ruff", ["ruff", "check", *(["--fix"] if fix else []), "."]
    yield "ruff format", ["ruff", "format", *([] if fix else ["--check"]), "."]
    if addons:
        yield "pylint-odoo", ["pylint", *addons]
        command = ["oca-checks-odoo-module", f"--disable={XML_HEADER}"]
        yield "OCA's module checks", [*command, *(["--fix"] if fix else []), *addons]
    files = sorted(str(path) for path in ROOT.glob("addons/*/i18n/*.po*"))
    if files:
        yield "OCA's .po checks", ["oca-checks-po", f"--disable={PO_FORM}", *files]
    if prettier:
        yield "prettier", [prettier, "--write" if fix else "--check", PRETTY]
    if shutil.which("hadolint", path=VENV / "bin"):
        yield "hadolint", ["hadolint", f"--ignore={NAMED_USER}", "docker/Dockerfile"]
    schema = ["--builtin-schema", "vendor.compose-spec"]
    yield "compose", ["check-jsonschema", "--quiet", *schema, "docker/compose.yml"]


def passes(command):
    """Run a check from the root and tell whether it passes; show what it says."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    say(f"$ {' '.join(map(str, command[:3]))}{' ...' if len(command) > 3 else ''}")
    environment = os.environ | {"PATH": path}
    return subprocess.call(list(map(str, command)), cwd=ROOT, env=environment) == 0
