"""Two people of a customer escalate at the same instant: one does, one is told so."""


def test_two_at_once_make_one_escalation(play):
    found = play("escalate_twice.py")
    # Each has one row, one mail to the level, one to the customer who asked.
    assert found == {"answers": [[0, 1]] * 6, "rows": 6, "tickets": 6, "mails": 12}
