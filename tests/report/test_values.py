from lamarck.report.sections.values import by_user, last_of_each_loss


def test_the_last_training_of_each_loss_is_shown():
    events = [
        {"kind": "trained", "loss": "sft", "settings": {"lr": 1}},
        {"kind": "committed"},
        {"kind": "trained", "loss": "dpo", "settings": {"lr": 2}},
        {"kind": "trained", "loss": "sft", "settings": {"lr": 3}},
    ]
    assert [event["settings"]["lr"] for event in last_of_each_loss(events)] == [3, 2]


def test_what_the_user_set_is_the_users():
    assert by_user("lr", {"updating.lr": 0.1})
    assert by_user("steps", {"align.updating.steps": 4})
    assert not by_user("lr", {"updating.beta": 0.1})
    assert not by_user("n", {"solutions.n": 4})
