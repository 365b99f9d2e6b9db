"""Run the story on a database: ``python -m story DATABASE FILE.toml``.

The database is a fresh one with the addons; ODOO_RC names the configuration. Exits
with 0 when every expected figure came out, 1 when one did not or a fact is missing.
"""

import os
import sys

from .facts import FactError, Facts
from .plot import get_plot


def main(database, path):
    """Play the file's story and print it; return the exit code."""
    try:
        facts = Facts(path)
        return play(database, facts, get_plot(facts))
    except FactError as error:
        print(error, file=sys.stderr)
        return 1


def play(database, facts, plot):
    from odoo.tools import config

    config.parse_config(
        ["-c", os.environ["ODOO_RC"], "-d", database, "--log-level=error"],
        setup_logging=True,
    )
    from . import report
    from .acts import Story
    from .theatre import Theatre

    theatre = Theatre(database)
    try:
        story = Story(theatre, facts, plot)
        story.play()
        figures = report.get_figures(story)
        report.print_table(story, figures)
    finally:
        theatre.close()
    expected = facts.data.get("expected", {})
    problems = report.compare(figures, expected)
    print()
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    count = sum(len(values) for values in expected.values())
    print(f"All {count} expected figures came out." if count else "Nothing expected.")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Name a database and a file: python -m story DATABASE FILE.toml")
    sys.exit(main(*sys.argv[1:]))
