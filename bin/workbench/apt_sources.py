"""The Debian mirror and the keyring that this machine already uses."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = {
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "oldstable",
    "stable",
    "testing",
    "unstable",
}


@dataclass(frozen=True)
class Source:
    """One archive: its address and what its signatures are checked against."""

    uri: str
    signed_by: str = KEYRING

    def stanza(self, suite):
        """Return a deb822 stanza for the archive's main component of a suite."""
        return (
            f"Types: deb\nURIs: {self.uri}\nSuites: {suite}\nComponents: main\n"
            f"Signed-By: {self.signed_by}\n"
        )


def find_mirror(folder="/etc/apt"):
    """Return the first Debian archive in the machine's apt sources, or None."""
    folder = Path(folder)
    parts = folder / "sources.list.d"
    one_line = [folder / "sources.list", *sorted(parts.glob("*.list"))]
    for path in sorted(parts.glob("*.sources")):
        for source in parse_deb822(_read(path)):
            return source
    for path in one_line:
        for source in parse_one_line(_read(path)):
            return source
    return None


def parse_one_line(text):
    """Yield the Debian archives of a sources.list in its one-line format."""
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.+)$", line)
        if not match:
            continue
        options, uri, suite, components = match.groups()
        if suite in SUITES and "main" in components.split():
            values = dict(
                option.split("=", 1)
                for option in shlex.split(options or "")
                if "=" in option
            )
            yield Source(uri, values.get("signed-by", KEYRING))


def parse_deb822(text):
    """Yield the Debian archives of a .sources file."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if fields.get("enabled", "yes").lower() == "no":
            continue
        suites = fields.get("suites", "").split()
        components = fields.get("components", "").split()
        uris = fields.get("uris", "").split()
        if uris and "main" in components and SUITES.intersection(suites):
            yield Source(uris[0], fields.get("signed-by") or KEYRING)


def _fields(stanza):
    """Return the fields of a deb822 stanza; a continued value keeps its lines."""
    fields, name = {}, None
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def _read(path):
    try:
        return path.read_text()
    except OSError:
        return ""
