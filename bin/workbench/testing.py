"""bin/test: every test with pytest, on copies of the template with our addons.

Each folder of tests is a run of its own, on its own copy, two at a time. The tests of
glue addons run on a database that has what they join as well.
"""

import os
import socket
import time
from pathlib import Path

from . import logcheck, session, system
from .config import environment
from .errors import SetupError
from .paths import ADDONS, CONFIG, LOG, PYTHON, ROOT, TESTS
from .run import attached, end, started

NO_TESTS = 5
DEMO_TEST = str(TESTS / "test_demo.py")

# Runs of pytest side by side: an Odoo keeps one core busy.
AT_ONCE = 2

# Options of pytest whose value, the next argument, is no path to tests.
WITH_VALUE = {"-k", "-m", "-p", "-o", "-W", "-r", "-c", "--deselect", "--ignore"}


def main(arguments):
    """Run the tests; return pytest's exit code, or 1 for warnings in the log."""
    system.install_for_tests()
    prefix = f"helpdesk_test_{os.getpid()}"

    def prepare(templates):
        runs = []
        for number, (on_joined, own) in enumerate(plan(arguments, templates.glue)):
            name = f"{prefix}_{number}"
            source = templates.joined() if on_joined else templates.product()
            templates.copy(source, name)
            runs.append((name, own))
        return runs, templates.variables(demo=needs_demo(arguments))

    with session.opened(prepare) as (templates, (runs, variables)):
        variables = environment(templates.server, **variables)
        try:
            if len(runs) == 1:
                [(name, own)] = runs
                code = attached(to_command(name, own), cwd=ROOT, env=variables)
                return check_log(name, "test.log", code, templates.addons)
            return worst(run_all(runs, variables, templates.addons))
        finally:
            for name, _own in runs:
                templates.drop(name)


def run_all(runs, variables, addons):
    """Run pytest several times, so many at once; yield the exit codes as they end.

    What a run says is shown when it has ended, and kept beside its log.
    """
    LOG.mkdir(exist_ok=True)
    waiting, running = list(runs), []
    try:
        while waiting or running:
            while waiting and len(running) < AT_ONCE:
                name, own = waiting.pop(0)
                folder = to_name(own)
                print(f"Tests of {folder} ...", flush=True)
                output = open(LOG / f"test-{folder}.out", "wb")
                options = {"stdout": output, "stderr": output, "cwd": ROOT}
                process = started(to_command(name, own), env=variables, **options)
                running.append((process, name, folder, output))
            for run in [run for run in running if run[0].poll() is not None]:
                running.remove(run)
                process, name, folder, output = run
                output.close()
                print((LOG / f"test-{folder}.out").read_text(errors="replace"))
                log = f"test-{folder}.log"
                code = check_log(name, log, process.returncode, addons)
                print(f"Tests of {folder}: {'passed' if not code else 'FAILED'}")
                yield code
            time.sleep(0.2)
    finally:
        for process, _name, _folder, _output in running:
            process.terminate()
        for process, _name, _folder, _output in running:
            end(process)


def to_name(arguments):
    """Return how a run on one folder of tests is called: its addon, or "tests"."""
    path = Path(arguments[-1].partition("::")[0])
    return path.relative_to(ADDONS).parts[0] if ADDONS in path.parents else "tests"


def plan(arguments, glue):
    """Yield (on the joined database?, pytest arguments) for each run of pytest."""
    named, options = split(arguments)
    of_glue = [path for path in named if is_inside(path, glue)]
    if named:
        rest = [path for path in named if path not in of_glue]
        if rest:
            yield False, [*options, *rest]
        if of_glue:
            yield True, [*options, *of_glue]
        return
    for folder in find_folders():
        yield is_inside(folder, glue), [*options, folder]


def find_folders():
    """Return the folders of tests, the largest first: they take longest."""
    folders = [path for path in ADDONS.glob("*/tests") if path.is_dir()]
    folders += [TESTS] if TESTS.is_dir() else []

    def measure(folder):
        return sum(path.stat().st_size for path in folder.rglob("*.py"))

    return [str(path) for path in sorted(folders, key=measure, reverse=True)]


def needs_demo(arguments):
    """Tell whether the test of the demo data may be among the chosen ones."""
    named, _options = split(arguments)
    return not named or any(DEMO_TEST.startswith(path.split("::")[0]) for path in named)


def split(arguments):
    """Return the paths among pytest's arguments, made absolute, and the rest."""
    named, options, previous = [], [], None
    for argument in arguments:
        path, colons, test = argument.partition("::")
        if previous not in WITH_VALUE and os.path.exists(path):
            named.append(os.path.abspath(path) + colons + test)
        else:
            options.append(argument)
        previous = argument
    return named, options


def is_inside(argument, glue):
    """Tell whether a path lies in one of the glue addons."""
    path = os.path.abspath(argument.split("::")[0])
    return any(f"{path}/".startswith(f"{ADDONS / addon}/") for addon in glue)


def worst(codes):
    """Return the code of the run that failed; a run without tests fails alone."""
    codes = list(codes)
    failures = [code for code in codes if code not in (0, NO_TESTS)]
    return failures[0] if failures else min(codes)


def to_command(name, arguments):
    """Return the command that runs pytest on a database."""
    return [
        PYTHON,
        "-m",
        "pytest",
        f"--odoo-config={CONFIG}",
        f"--odoo-database={name}",
        "--odoo-http",
        "--odoo-log-level=info",
        f"--odoo-extra=logfile={LOG / name}.log",
        "--odoo-extra=max-cron-threads=0",
        f"--odoo-extra=http-port={free_port()}",
        "--odoo-extra=http-interface=127.0.0.1",
        *arguments,
    ]


def check_log(name, log, code, addons):
    """Keep the log of a run; return its exit code, or 1 when ours warned there."""
    path = LOG / f"{name}.log"
    if path.exists():
        path = path.replace(LOG / log)
        try:
            logcheck.check(path, addons)
        except SetupError as error:
            print(error)
            code = code or 1
    return code


def free_port():
    """Return a TCP port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
