"""bin/test: every test with pytest, on a copy of the template with our addons.

The tests of glue addons run apart, on a database that has what they join as well.
"""

import os
import socket

from . import logcheck, session, system
from .config import environment
from .errors import SetupError
from .paths import ADDONS, CONFIG, LOG, PYTHON, ROOT, TESTS
from .run import attached

NO_TESTS = 5
DEMO_TEST = str(TESTS / "test_demo.py")

# Options of pytest whose value, the next argument, is no path to tests.
WITH_VALUE = {"-k", "-m", "-p", "-o", "-W", "-r", "-c", "--deselect", "--ignore"}


def main(arguments):
    """Run the tests; return pytest's exit code, or 1 for warnings in the log."""
    system.install_for_tests()
    name = f"helpdesk_test_{os.getpid()}"
    joined = f"{name}_joined"

    def prepare(templates):
        runs = list(plan(arguments, templates.glue))
        variables = templates.variables(demo=needs_demo(arguments))
        if any(on_joined for on_joined, _arguments in runs):
            templates.copy(templates.joined(), joined)
        templates.copy(templates.product(), name)
        return runs, variables

    with session.opened(prepare) as (templates, (runs, variables)):
        try:
            return worst(
                run_pytest(
                    templates,
                    joined if on_joined else name,
                    "test-joined.log" if on_joined else "test.log",
                    pytest_arguments,
                    variables,
                )
                for on_joined, pytest_arguments in runs
            )
        finally:
            templates.drop(name)
            templates.drop(joined)


def plan(arguments, glue):
    """Yield (on the joined database?, pytest arguments) for each run of pytest."""
    named, options = split(arguments)
    of_glue = [path for path in named if is_inside(path, glue)]
    if named:
        rest = [path for path in named if path not in of_glue]
        if rest:
            yield False, options + rest + ignored(glue)
        if of_glue:
            yield True, options + of_glue
    else:
        yield False, options + ignored(glue)
        tests = [str(ADDONS / addon / "tests") for addon in glue]
        tests = [path for path in tests if os.path.isdir(path)]
        if tests:
            yield True, options + tests


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


def ignored(glue):
    """Return pytest's options that leave the glue addons out."""
    return [f"--ignore-glob={ADDONS / addon}/*" for addon in glue]


def worst(codes):
    """Return the code of the run that failed; a run without tests fails alone."""
    codes = list(codes)
    failures = [code for code in codes if code not in (0, NO_TESTS)]
    return failures[0] if failures else min(codes)


def run_pytest(templates, name, log, arguments, variables):
    """Run pytest on the database; return its exit code, or 1 for our warnings."""
    LOG.mkdir(exist_ok=True)
    path = LOG / f"{name}.log"
    command = [
        PYTHON,
        "-m",
        "pytest",
        f"--odoo-config={CONFIG}",
        f"--odoo-database={name}",
        "--odoo-http",
        "--odoo-log-level=info",
        f"--odoo-extra=logfile={path}",
        "--odoo-extra=max-cron-threads=0",
        f"--odoo-extra=http-port={free_port()}",
        "--odoo-extra=http-interface=127.0.0.1",
        *arguments,
    ]
    code = attached(command, cwd=ROOT, env=environment(templates.server, **variables))
    if path.exists():
        path = path.replace(LOG / log)
        try:
            logcheck.check(path, templates.addons)
        except SetupError as error:
            print(error)
            code = code or 1
    return code


def free_port():
    """Return a TCP port that nobody uses now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
