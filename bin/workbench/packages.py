"""The virtual environment and the Python packages in it."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

from .errors import SetupError
from .paths import BIN, CACHE, PYTHON, ROOT, VENV, digest
from .run import CommandFailed, logged
from .steps import Step, check_free_space, shown

LOCK = ROOT / "requirements.lock"
OCA_LOCKS = (ROOT / "requirements-oca.lock", ROOT / "requirements-oca-test.lock")
VERSIONS = ((3, 10), (3, 13))


def check_python(version=None):
    """Raise unless Odoo 19 and the lock support this Python."""
    version = tuple(version or sys.version_info)[:2]
    if not VERSIONS[0] <= version <= VERSIONS[1]:
        raise SetupError(
            "Python {}.{} is not supported: run this with Python 3.10 to 3.13, for"
            " example `python3.12 {}`.".format(*version, os.path.relpath(sys.argv[0]))
        )


def check_venv(modules=("venv", "ensurepip")):
    """Raise unless this Python can make virtual environments."""
    if not all(importlib.util.find_spec(module) for module in modules):
        raise SetupError(
            "This Python cannot make virtual environments: install the package"
            " python3-venv (apt-get install python3-venv) and run this again."
        )


def install():
    """Make the environment and install the locked packages; take no time if done."""
    if not works():
        with shown("Python environment"):
            make_venv()
    python = venv_version()
    packages = Step("packages", "Python packages", digest(python, LOCK))
    packages.run(lambda: pip_install("-r", LOCK))
    Step("oca", "OCA addons", digest(packages.key, *OCA_LOCKS)).run(
        lambda: pip_install("--no-deps", "-r", OCA_LOCKS[0], "-r", OCA_LOCKS[1])
    )
    link_wkhtmltopdf()


def works():
    """Tell whether the environment was made here and its Python still runs."""
    answer = "import sys; print(sys.prefix, *sys.version_info[:2])"
    try:
        output = subprocess.check_output([PYTHON, "-c", answer], text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return output.split("\n")[0] == f"{VENV} {venv_version().replace('.', ' ')}"


def venv_version():
    """Return the version (like 3.11) that the environment was made with."""
    made = (VENV / "pyvenv.cfg").read_text() if VENV.is_dir() else ""
    match = re.search(r"^version = (\d+\.\d+)", made, re.M)
    return match[1] if match else ""


def make_venv():
    """Make an empty environment in place of an older one."""
    check_venv()
    check_free_space()
    shutil.rmtree(VENV, ignore_errors=True)
    for step in ("packages", "oca"):
        (CACHE / "stamps" / step).unlink(missing_ok=True)
    logged(
        [sys.executable, "-m", "venv", VENV],
        "venv.log",
        "The Python environment could not be made",
    )


def pip_install(*arguments):
    """Install into the environment, or say whether the network is to blame."""
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    try:
        logged(
            [*command, "--no-input", *arguments],
            "pip.log",
            "The Python packages could not be installed",
        )
    except CommandFailed as failure:
        if failure.looks_offline():
            raise SetupError(
                "The Python packages cannot be downloaded: check the network (and"
                " pip's own settings) and run this again."
            ) from failure
        raise


def site_packages():
    """Return the environment's folder of packages."""
    return next(VENV.glob("lib/python3*/site-packages"))


def link_wkhtmltopdf():
    """Give the wheel's program the name that Odoo looks for."""
    BIN.mkdir(exist_ok=True)
    link, program = BIN / "wkhtmltopdf", VENV / "bin" / "wkhtmltopdf-pack"
    if program.exists() and not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(program, BIN))
