"""What writes to customers is killed 8 times: each mail once, nobody left out."""

import pytest


@pytest.mark.parametrize("job", ["prices", "asked", "reminded"])
def test_each_contact_has_one_mail(play, job):
    """Announced prices (R-A6), executed hours asked for and reminded of (R-B4)."""
    found = play("kill_mails.py", job)
    assert found.pop("died") > 0, "no kill fell into the job: nothing was shown"
    assert found == {
        "done": 16,
        "mails": 16,
        "told": [1],
        "people": 16,
        "message_ids": 16,
    }
