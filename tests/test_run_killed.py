"""A run of invoices is killed 8 times: no draft twice, none missing."""


def test_every_customer_has_one_draft(play):
    found = play("kill_run.py")
    assert found["died"] > 0, "no kill fell into a run: nothing was shown"
    between = found["between"]
    assert between["state"] == "running"
    assert between["drafts"] == between["customers"] == between["done"]
    assert between["settled"] == between["on_a_line"] == between["drafts"]
    assert found["end"] == {
        "state": "done",
        "done": 60,
        "drafts": 60,
        "customers": 60,
        "settled": 60,
        "on_a_line": 60,
        "shares": 60,
        "failures": 0,
        "amounts": [90.0],
        "told": 1,
    }
