"""bin/demo --story: other facts give other figures, a wrong expectation is named.

Each story is acted out by a process of its own on a copy of the template, as the
command does it: mails arrive, people log in on the portal, the real job runs.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.demo import STORY

TESTS = Path(__file__).resolve().parent
STORIES = sorted((TESTS / "story").glob("*.toml"))


@pytest.fixture
def play(scratch):
    """Return a function that acts out a file and returns the finished process."""

    def run(path, database=None):
        return subprocess.run(
            [sys.executable, "-m", "story", database or scratch("product"), str(path)],
            cwd=TESTS,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            capture_output=True,
            text=True,
            timeout=300,
        )

    return run


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a story with changes of stars.toml."""

    def change(*changes, text=None):
        text = STORY_TEXT if text is None else text
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path = tmp_path / "changed.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return change


STORY_TEXT = Path(STORY).read_text(encoding="utf-8")

#: The shortest story there is.
SHORT = """
[customer]
tz = "America/Guayaquil"
[ticket]
received = "2026-01-12 10:00"
"""


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_figures_worked_out_by_hand_come_out(play, path):
    done = play(path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "expected figures came out" in done.stdout


def test_every_fact_is_printed(play):
    done = play(STORY)
    for words in (
        "No se puede facturar desde el punto de venta",
        "due 2026-01-12 09:20",
        "3:15:00 of 4:00:00",
        "tacitly accepted",
        "2026-03-13",
        "3:00 at 45.00, answered by Lucía Paredes",
        "2:10 billable",
        "97.50 + 14.63 = 112.13",
    ):
        assert words in done.stdout


def test_wrong_expectation_is_named(play, write):
    """Every figure that does not come out is named with what came out instead."""
    path = write(
        ('total = "112.13"', 'total = "112.12"'),
        ('solution_due = "2026-01-12 16:30"', 'solution_due = "2026-01-12 16:31"'),
        ('waiting = "0:00"', 'wating = "0:00"'),
    )
    done = play(path)
    assert done.returncode == 1
    problems = done.stderr.strip().splitlines()
    assert problems == [
        "expected.ticket.solution_due: expected 2026-01-12 16:31, got 2026-01-12 16:30",
        "expected.hours.wating: expected 0:00, got nothing of that name",
        "expected.invoice.total: expected 112.12, got 112.13",
    ]


def test_one_fact_changed_changes_its_figures_only(play, write):
    """Solved a second too late, a rate of 50.00: two figures of eighteen."""
    path = write(
        ('at = "2026-01-12 15:45"', 'at = "2026-01-12 16:30:01"'),
        ('at = "2026-01-12 16:30"', 'at = "2026-01-12 16:40"'),
        ("rate = 45.00", "rate = 50.00"),
    )
    done = play(path)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "expected.ticket.solution_state: expected met, got missed",
        "expected.ticket.solution_elapsed: expected 3:15:00, got 4:00:01",
        "expected.invoice.untaxed: expected 97.50, got 108.33",
        "expected.invoice.tax: expected 14.63, got 16.25",
        "expected.invoice.total: expected 112.13, got 124.58",
    ]


def test_two_lines_are_a_story(play, write):
    """All that is left out is left out: no contract, no delivery, nothing expected."""
    done = play(write(text=SHORT))
    assert done.returncode == 0, done.stderr
    assert "due 2026-01-12 14:00" in done.stdout
    assert "Nothing expected" in done.stdout


ACT = SHORT + '[[ticket.acts]]\nat = "2026-01-12 11:00"\n'
REFUSED = {
    "unknown section": ("[customers]\n", "no use for a section [customers] (did you"),
    "unknown fact": (
        SHORT.replace("received", "recieved"),
        "[ticket] has no use for “recieved” (did you mean received?)",
    ),
    "no customer": ('[ticket]\nreceived = "2026-01-12 10:00"', "a section [customer]"),
    "no ticket": ('[customer]\ntz = "America/Guayaquil"', "a section [ticket]"),
    "no receipt": ('[customer]\ntz = "UTC"\n[ticket]', "[ticket] needs “received”"),
    "no zone": (SHORT.replace('tz = "America/Guayaquil"', ""), "needs “tz”"),
    "unknown zone": (SHORT.replace("Guayaquil", "Quito"), "no time zone such as"),
    "no date": (SHORT.replace("2026-01-12 10:00", "tomorrow"), "no date and time"),
    "31 February": (SHORT.replace("01-12", "02-31"), "no date and time"),
    "no TOML": ("[customer\n", "no valid TOML"),
    "section of text": ('customer = "Ana"\n', "a section with facts in it"),
    "expected without section": (SHORT + "[expected]\ntotal = 1\n", "[expected."),
    "act without time": (SHORT + '[[ticket.acts]]\nstage = "done"\n', "needs “at”"),
    "unknown stage": (ACT + 'stage = "donne"\n', "did you mean done?"),
    "four stars": (ACT + "stars = 4\n", "is one of 0, 1, 2, 3, not “4”"),
    "no hours": (
        SHORT + '[[work]]\nstarted = "2026-01-12 11:00"\nhours = "2h"\n',
        "no amount of hours such as 2:10",
    ),
    "act too early": (
        SHORT + '[[ticket.acts]]\nat = "2026-01-12 09:59"\nstage = "done"\n',
        "comes before the ticket was received",
    ),
    "unanswered": (
        SHORT + '[authorization]\nhours = "3:00"\nrate = 45\n',
        "needs “signed”, “rejected” or “sent”",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_told_in_one_sentence(play, write, name):
    """No database is needed to say it."""
    text, words = REFUSED[name]
    assert_one_sentence(play(write(text=text), "no-database"), words)


def test_missing_file_is_told_in_one_sentence(play, tmp_path):
    assert_one_sentence(play(tmp_path / "none.toml", "no-database"), "cannot be read")


IMPOSSIBLE = {
    "unknown cause": (ACT + 'cause = "user_eror"\n', "did you mean user_error?"),
    "unauthorised": (
        ACT + 'stage = "in_progress"\n',
        "[[ticket.acts]] at 2026-01-12 11:00 is refused: HT00001",
    ),
    "rejected too late": (
        SHORT + "[deliverable]\n"
        'delivered = "2026-01-12 11:00"\nrejected = "2026-01-19 17:00:01"\n',
        "cannot be rejected: it is tacit",
    ),
    "no days": (SHORT + "[calendar]\ndays = []\n", "has no hours"),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_happen_is_told_in_one_sentence(play, write, name):
    """Odoo's own refusals are passed on with the moment at which they came."""
    text, words = IMPOSSIBLE[name]
    assert_one_sentence(play(write(text=text)), words)


def assert_one_sentence(done, words):
    """Assert that the process failed with one line that says these words."""
    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert words in lines[0]
    assert lines[0].endswith(".")
