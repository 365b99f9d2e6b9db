"""Debian packages that the tests need: installed as root, asked for otherwise."""

import ctypes.util
import os
import shutil

from .errors import SetupError
from .run import CommandFailed, logged
from .steps import shown

# What wkhtmltopdf's wheel is linked with.
LIBRARIES = {
    "Xrender": "libxrender1",
    "Xext": "libxext6",
    "fontconfig": "libfontconfig1",
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing_libraries():
    """Return the Debian packages without which PDFs cannot be printed."""
    wanted = LIBRARIES.items()
    return [package for name, package in wanted if not ctypes.util.find_library(name)]


def missing_packages():
    """Return the Debian packages without which some tests cannot run."""
    browser = [] if any(map(shutil.which, BROWSERS)) else ["chromium"]
    return missing_libraries() + browser


def install_for_tests():
    """Install what is missing when root has apt, else say what to install."""
    missing = missing_packages()
    if missing:
        install_packages(missing)


def install_packages(packages):
    """Install Debian packages as root, or say how."""
    line = f"apt-get install {' '.join(packages)}"
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(f"The tests need programs of the system: run `{line}` first.")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    sentence = f"Debian's packages cannot be installed: try `{line}` yourself"
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    with shown(f"Debian packages ({', '.join(packages)})"):
        try:
            logged(install, "apt-install.log", sentence, env=environment)
        except CommandFailed:
            logged(["apt-get", "update"], "apt-update.log", sentence, env=environment)
            logged(install, "apt-install.log", sentence, env=environment)
