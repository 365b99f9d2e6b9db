"""A process with an Odoo registry on one database that times what it is told."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Worker:
    """The parent's side: sends a call, receives its seconds."""

    def __init__(self, database):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join([f"{ROOT}/tests", f"{ROOT}/bin"])},
        )
        self._read()

    def call(self, name, **params):
        """Run a task in the worker; return the seconds that its measured part took."""
        self.process.stdin.write(json.dumps([name, params]) + "\n")
        self.process.stdin.flush()
        return self._read()

    def close(self):
        """End the worker; its database can be dropped then."""
        self.process.stdin.close()
        self.process.wait(60)

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("bench: "):
                return json.loads(line[7:])
        raise RuntimeError("The worker died; its last words stand above.")


def serve(database):
    """Answer calls on standard input until it ends."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(
        ["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=error"],
        setup_logging=True,
    )
    from . import tasks

    registry = Registry(database)
    with registry.cursor() as cr:
        tasks_by_name = tasks.Tasks(api.Environment(cr, SUPERUSER_ID, {}))
        print("bench: 0", flush=True)
        for line in sys.stdin:
            name, params = json.loads(line)
            gc.collect()  # no call pays for what the one before left behind
            seconds = getattr(tasks_by_name, name)(**params)
            print(f"bench: {json.dumps(seconds or 0)}", flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
