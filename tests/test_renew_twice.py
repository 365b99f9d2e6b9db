"""Two managers press a button at the same instant: it is done once, and both go on."""


def test_two_renewals_and_two_activations_at_once(play):
    found = play("renew_twice.py")
    assert found["renewals"] == [1] * 4
    assert found["same_renewal_opened"] == [True] * 4, found
    assert found["activated"] == [True, True]
    assert (found["is_active"], found["teams"]) == (True, 1)
