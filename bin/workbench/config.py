"""The repository's odoo.conf, completed for this machine."""

import configparser
import os

from .packages import site_packages
from .paths import ADDONS, BIN, CONFIG, DATA, ROOT

SHARED = ROOT / "odoo.conf"


def read_shared():
    """Return the options of the repository's odoo.conf."""
    parser = configparser.RawConfigParser()
    parser.read(SHARED)
    return dict(parser["options"]) if parser.has_section("options") else {}


def write(source, server):
    """Write .cache/odoo.conf: shared options, addons paths, data and database."""
    paths = [ADDONS, site_packages() / "odoo" / "addons", source.addons_path]
    options = read_shared()
    options["addons_path"] = ",".join(str(path) for path in paths if path.is_dir())
    options["data_dir"] = str(DATA)
    for name in ("host", "port", "user", "password"):
        value = server.connection.get(name)
        if value:
            options[f"db_{name}"] = value
    DATA.mkdir(exist_ok=True)
    lines = ["# Written by bin/ from ../odoo.conf; edit that one.", "[options]"]
    lines += [f"{name} = {value}" for name, value in options.items()]
    text = "\n".join(lines) + "\n"
    if not CONFIG.exists() or CONFIG.read_text() != text:
        CONFIG.touch(0o600)
        CONFIG.write_text(text)


def environment(server, **more):
    """Return the variables with which Odoo, its tests and the clients are run."""
    values = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "ODOO_", "PYTHON", "VIRTUAL_ENV"))
    }
    values |= server.environment | {
        "ODOO_RC": str(CONFIG),
        "PATH": f"{BIN}{os.pathsep}{site_packages().parents[2] / 'bin'}"
        f"{os.pathsep}{values.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
    values.update(more)
    return values
