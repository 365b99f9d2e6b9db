"""The job that tells of packs that run out is killed: each alert once, none lost."""


def test_each_alert_is_told_once(play):
    found = play("kill_alerts.py")
    assert found.pop("died") > 0, "no kill fell into the job: nothing was shown"
    assert found == {
        "packs": 30,
        "mails": True,
        "activities": True,
        "message_ids": True,
        "first": 30,
        "last": True,
        "drafts": True,
        "untold": 0,
    }
