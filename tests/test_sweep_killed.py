"""The sweep is killed at 20 instants under load: everything once, nothing lost."""


def test_every_alert_and_mail_exactly_once(play):
    found = play("kill_sweep.py")
    assert found.pop("died") > 0, "no kill fell into a sweep: nothing was shown"
    assert found == {
        "alerts": 720,
        "distinct": 720,
        "failed": 0,
        "told": [2],  # the agent by the mail, the specialist by the level
        "notes": [1],
        "message_ids": True,
        "waiting": 0,  # whoever a dead sweep left untold was told by the next
        # rows of the log, tickets in it, activities, mails to the customer
        "escalations": [240, 240, 240, 240],
        "left": 0,
    }
