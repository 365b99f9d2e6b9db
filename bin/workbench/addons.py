"""Our addons as they lie on disk: manifests and hashes."""

import ast
import fnmatch
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SetupError
from .paths import ADDONS, digest

# What no database is changed by.
IGNORED = ("tests", "__pycache__", "readme", "static/description", "static/tests")
IGNORED_FILES = ("*.pyc", "README*", "*.pot", ".*")


@dataclass
class Addon:
    """One addon of ours."""

    path: Path
    manifest: dict = field(repr=False)

    @property
    def name(self):
        """Return the technical name."""
        return self.path.name

    @property
    def depends(self):
        """Return the names of the modules that it depends on."""
        return self.manifest.get("depends", [])

    @property
    def is_glue(self):
        """Tell whether Odoo installs it by itself once what it joins is there."""
        return bool(self.manifest.get("auto_install"))

    def key(self):
        """Return a hash of the files that an installation reads."""
        parts = []
        for path in sorted(self.path.rglob("*")):
            name = path.relative_to(self.path).as_posix()
            if path.is_file() and not is_ignored(name):
                parts += [name, path]
        return digest(*parts)


def is_ignored(name):
    """Tell whether a file of an addon, by its path in it, changes no database."""
    folders = any(name.startswith(f"{folder}/") for folder in IGNORED)
    cached = "__pycache__/" in name
    file = name.rpartition("/")[2]
    return folders or cached or any(fnmatch.fnmatch(file, g) for g in IGNORED_FILES)


def discover(folder=ADDONS):
    """Return our installable addons by name."""
    found = {}
    for path in sorted(folder.glob("*/__manifest__.py")):
        try:
            manifest = ast.literal_eval(path.read_text())
        except (SyntaxError, ValueError) as error:
            raise SetupError(f"{path} cannot be read: {error}.") from error
        if manifest.get("installable", True):
            found[path.parent.name] = Addon(path.parent, manifest)
    return found


def foreign_depends(addons):
    """Return the modules that the addons depend on and that are not ours."""
    names = {name for addon in addons.values() for name in addon.depends}
    return names - set(addons)
