"""Odoo 19 itself: the tree that ODOO_PATH names, or Debian's package unpacked."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .apt_sources import find_mirror
from .errors import SetupError
from .packages import site_packages
from .paths import CACHE, digest
from .run import CommandFailed, logged, need_tool
from .steps import Step

SERIES = "19.0"
UNPACKED = CACHE / "odoo"
APT = CACHE / "apt"

# The package links to these with relative links below usr/share.
PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-ocr-b",
)
# Version 7, in unstable, has other glyphs at other places: the icons would break.
STABLE_PACKAGES = ("fonts-font-awesome",)
STABLE = "trixie"

# Two thirds of the package are translations; these languages stay.
LANGUAGES = ("es",)

# Listed in mail's manifest, left out by Debian for its licence.
MISSING_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"

HINT = (
    "set ODOO_PATH to a source tree of Odoo 19.0 (a checkout of its branch 19.0), or"
    " use docker/"
)


class OdooSource:
    """A place with Odoo 19: what goes on Python's path and on the addons path."""

    def __init__(self, path):
        self.path = Path(path).resolve()
        if self.path.name == "odoo" and (self.path / "release.py").is_file():
            self.path = self.path.parent
        self._check()

    def _check(self):
        release = self.path / "odoo" / "release.py"
        if not release.is_file():
            raise SetupError(
                f"{self.path} holds no Odoo (odoo/release.py is missing): {HINT}."
            )
        text = release.read_text()
        match = re.search(r"version_info = \((\d+), (\d+)", text)
        series = ".".join(match.groups()) if match else "unknown"
        if series != SERIES:
            raise SetupError(f"{self.path} is Odoo {series}, not {SERIES}: {HINT}.")

    @property
    def addons_path(self):
        """Return the folder with Odoo's own modules.

        A checkout keeps them beside the package, an installed Odoo in it; Debian's
        package has some leftovers beside it as well.
        """
        inside, beside = self.path / "odoo" / "addons", self.path / "addons"
        return inside if (inside / "web" / "__manifest__.py").is_file() else beside

    @property
    def key(self):
        """Return what changes when this Odoo does."""
        parts = [str(self.path), self.path / "odoo" / "release.py"]
        version = UNPACKED / "VERSION"
        if UNPACKED in self.path.parents and version.exists():
            parts.append(version)
        return digest(*parts)

    def link(self):
        """Let the environment's Python import this Odoo."""
        pth = site_packages() / "odoo-source.pth"
        if not pth.exists() or pth.read_text() != f"{self.path}\n":
            pth.write_text(f"{self.path}\n")


def install():
    """Return Odoo, downloading and unpacking Debian's package on the first call."""
    named = os.environ.get("ODOO_PATH")
    if named:
        source = OdooSource(named)
    else:
        step = Step("odoo", "Odoo 19", digest(PACKAGES, STABLE_PACKAGES, LANGUAGES))
        step.run(unpack)
        source = OdooSource(UNPACKED / "usr/lib/python3/dist-packages")
    source.link()
    return source


def unpack():
    """Download Debian's packages with a private apt and unpack them, never install."""
    for tool in ("apt-get", "dpkg-deb", "tar"):
        need_tool(tool, f"Odoo comes from Debian and there is no {tool} here: {HINT}.")
    mirror = find_mirror()
    if not mirror:
        raise SetupError(f"This machine's apt sources name no Debian mirror: {HINT}.")
    shutil.rmtree(APT, ignore_errors=True)
    shutil.rmtree(UNPACKED, ignore_errors=True)
    debs = download(mirror)
    for deb in debs:
        extract(deb)
    script = UNPACKED / "usr/lib/python3/dist-packages/odoo/addons" / MISSING_SCRIPT
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.touch()
    names = sorted(deb.name for deb in debs)
    (UNPACKED / "VERSION").write_text("\n".join(names) + "\n")
    shutil.rmtree(APT)


def download(mirror):
    """Fetch the packages through the machine's mirror; return the files."""
    environment = dict(os.environ, APT_CONFIG=str(write_apt_config(mirror)), LC_ALL="C")
    debs = APT / "debs"
    debs.mkdir()
    options = {"cwd": debs, "env": environment}
    logged(
        ["apt-get", "update", "-o", "APT::Update::Error-Mode=any"],
        "apt.log",
        f"Debian's package lists cannot be read: check the network, or {HINT}",
        **options,
    )
    stable = [f"{package}/{STABLE}" for package in STABLE_PACKAGES]
    try:
        logged(
            ["apt-get", "download", *PACKAGES, *stable],
            "apt.log",
            f"Debian's packages cannot be downloaded: check the network, or {HINT}",
            **options,
        )
    except CommandFailed as failure:
        match = re.search(
            r"Unable to locate package (\S+)|Package (\S+) has no|'(\S+)' .*not found",
            failure.output,
        )
        if match:
            package = next(group for group in match.groups() if group)
            raise SetupError(
                f"Debian's mirror has no package {package} any more: {HINT}."
            ) from failure
        raise
    return sorted(debs.glob("*.deb"))


def write_apt_config(mirror):
    """Write an apt configuration that leaves the machine's own untouched."""
    sources = APT / "sources.d"
    for folder in (sources, APT / "state/lists/partial", APT / "cache/archives"):
        folder.mkdir(parents=True)
    stanzas = (mirror.stanza(suite) for suite in ("sid", STABLE))
    (sources / "debian.sources").write_text("\n".join(stanzas))
    (APT / "status").touch()
    config = APT / "apt.conf"
    # A mirror that lags behind will do; what it has is still checked by signature.
    config.write_text(f"""\
Acquire::Check-Valid-Until "false";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{sources}";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "{APT}/state";
Dir::State::lists "{APT}/state/lists";
Dir::State::status "{APT}/status";
Dir::Cache "{APT}/cache";
Debug::NoLocking "1";
APT::Sandbox::User "root";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
""")
    return config


def extract(deb):
    """Unpack a package without the translations that nobody here reads."""
    UNPACKED.mkdir(exist_ok=True)
    keep = "".join(sorted({language[0] for language in LANGUAGES}))
    excludes = [f"*/i18n*/[!{keep}]*.po"]
    for language in LANGUAGES:
        excludes.append(f"*/i18n*/{language[0]}[!{language[1]}]*.po")
    command = ["tar", "-x", "-C", UNPACKED, "--no-same-owner", "--wildcards"]
    command += [f"--exclude={pattern}" for pattern in excludes]
    reader = subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(deb)], stdout=subprocess.PIPE
    )
    with reader:
        logged(command, "unpack.log", f"{deb.name} cannot be unpacked", reader.stdout)
    if reader.returncode:
        raise SetupError(f"{deb.name} arrived damaged: run this again.")
