"""bin/bench: the measurements of tests/bench, inside the set-up."""

from . import session
from .config import environment
from .errors import SetupError
from .paths import PYTHON, ROOT, TESTS
from .run import attached


def main(arguments):
    """Run the measurements; return their exit code."""
    if not (TESTS / "bench" / "__main__.py").is_file():
        raise SetupError("There is nothing to measure: tests/bench/ is missing.")
    with session.opened(lambda templates: templates.variables()) as (templates, names):
        path = f"{TESTS}:{ROOT / 'bin'}"
        return attached(
            [PYTHON, "-m", "bench", *arguments],
            env=environment(templates.server, PYTHONPATH=path, **names),
        )
