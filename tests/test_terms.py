"""Tacit acceptance under kills and two workers, and among very many terms (R-B5)."""


def test_each_term_ends_once_whoever_dies(play):
    """Silence or the answer, never both; at the end of the term, recorded once."""
    found = play("kill_terms.py")
    assert found.pop("died") > 0, "no kill fell into a sweep: nothing was shown"
    assert found == {
        "answered": 120,
        "rejected": True,
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
