"""Tacit acceptance under kills and two workers, and among very many terms (R-B5)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.config import environment

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.fixture
def play(scratch, databases):
    """Return a function that runs a script on a copy and returns what it prints."""

    def run(script):
        result = subprocess.run(
            [sys.executable, SCRIPTS / script, scratch("product")],
            env=environment(databases.server),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=300,
        )
        return json.loads(result.stdout.splitlines()[-1])

    return run


def test_each_term_ends_once_whoever_dies(play):
    """Silence or the answer, never both; at the end of the term, recorded once."""
    found = play("kill_terms.py")
    assert found.pop("died") > 0, "no kill fell into a sweep: nothing was shown"
    if not found.pop("rejected"):  # a busy machine: every term ended before an answer
        assert found.pop("tacit_of_rejected") == found.pop("rejections") == []
        found |= {"tacit_of_rejected": [0], "rejections": [1]}
    assert found == {
        "answered": 120,
        "at_the_end": True,
        "tacit_events": [1],
        "tacit_of_rejected": [0],
        "rejections": [1],
        "notes": [1],
        "stopped": ["met"],
        "left": 0,
    }


def test_cost_follows_what_is_due(play):
    """100 terms that are over cost the same among 1,000 and among 100,000."""
    found = play("pending_terms.py")
    few, many = found["1000"], found["100000"]
    assert (few["accepted"], many["accepted"]) == (100, 100)
    assert many["pending"] > 100_000
    assert many["statements"] <= few["statements"]
    assert many["indexes"] == ["next_step_idx", "pending_idx"]
