"""Feedback of people in every shape it comes in, checked row by row and without secrets."""

import json
from pathlib import Path
from typing import Any

import pytest

from lamarck.core import UsageError, passed
from lamarck.data.feedback import dump, read
from lamarck.data.secrets import redacted

TURNS = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "2+3"}]
SAID = {"role": "assistant", "content": "5"}


def file(folder: Path, *lines: Any) -> str:
    path = folder / "said.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return str(path)


@pytest.mark.parametrize("rating", [True, "up", "thumbs_up", 1, "1", "\U0001f44d", "Yes"])
def test_a_liked_answer(tmp_path: Path, rating: Any):
    heard = read(file(tmp_path, {"prompt": "2+3", "response": "5", "rating": rating, "user": "ann"}))
    (e,) = heard.experiences
    assert (e.task.messages[-1].text, e.solution and e.solution.text, passed(e)) == ("2+3", "5", True)
    assert e.feedback
    assert (e.feedback.source, e.feedback.text, e.rejected) == ("ann", "thumb", None)


@pytest.mark.parametrize("row", [
    {"messages": [*TURNS, SAID], "thumb": "down"},
    {"messages": TURNS, "completion": "5", "label": False},
    {"question": "2+3", "answer": "5", "liked": -1},
])  # fmt: skip
def test_a_disliked_answer_in_other_shapes(tmp_path: Path, row: dict[str, Any]):
    (e,) = read(file(tmp_path, row)).experiences
    assert (e.solution and e.solution.text, passed(e), e.rejected) == ("5", False, None)
    assert e.task.messages[-1].text == "2+3"


@pytest.mark.parametrize("row", [
    {"prompt": "2+3", "chosen": "5", "rejected": "6"},
    {"prompt": TURNS, "chosen": [*TURNS, SAID], "rejected": [{"role": "assistant", "content": "6"}]},
    {"prompt": "2+3", "response": "6", "edited": "5"},
])  # fmt: skip
def test_pairs_and_edits_are_preference_pairs(tmp_path: Path, row: dict[str, Any]):
    (e,) = read(file(tmp_path, row)).experiences
    assert (e.solution and e.solution.text, e.rejected and e.rejected.text, passed(e)) == ("5", "6", True)


def test_what_was_written_is_read_as_the_same(tmp_path: Path):
    rows = [
        {"prompt": "a", "response": "b", "rating": "up"},
        {"messages": TURNS, "response": "6", "edited": "5", "source": "bob"},
        {"prompt": "a", "chosen": "b", "rejected": "c"},
        {"prompt": "a", "response": "b", "rating": "down"},
    ]
    once = read(file(tmp_path, *rows))
    again = read(file(tmp_path, *dump(once.said).splitlines()))
    assert again.said == once.said


@pytest.mark.parametrize(("row", "reason"), [
    ({"response": "5", "rating": "up"}, "has no prompt"),
    ({"prompt": "a", "rating": "up"}, "has no response"),
    ({"prompt": "a", "response": "b"}, "has neither rating nor edited"),
    ({"prompt": "a", "response": "b", "rating": 3}, "rating: '3' says neither up nor down"),
    ({"prompt": "a", "chosen": "b"}, "has no rejected"),
    ({"prompt": "a", "chosen": "b", "rejected": " b"}, "chosen and rejected are the same"),
    ({"messages": [SAID], "rating": "up"}, "messages: ask with a user's turn"),
    ({"messages": [{"role": "tool"}], "rating": "up"}, "messages: a turn needs a role"),
    ("{half", "column 2"),
])  # fmt: skip
def test_a_row_that_says_nothing_has_its_number_and_reason(tmp_path: Path, row: Any, reason: str):
    good = {"prompt": "a", "response": "b", "rating": "up"}
    name = file(tmp_path, good, row)
    with pytest.raises(UsageError) as error:
        read(name)
    assert "1 of 2 rows cannot be used; type: --skip-bad" in str(error.value)
    assert reason in str(error.value).splitlines()[1]
    assert str(error.value).splitlines()[1].startswith("row 2: ")
    heard = read(name, skip_bad=True)
    assert (len(heard.said), [bad.number for bad in heard.bad]) == (1, [2])
    with pytest.raises(UsageError, match="1 of 1 rows"):
        read(file(tmp_path, row), skip_bad=True)


@pytest.mark.parametrize("secret", [
    "sk-proj-abcdefghijklmnop1234", "ghp_abcdefghij0123456789", "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2Q",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
])  # fmt: skip
def test_secrets_are_taken_out(tmp_path: Path, secret: str):
    clean, found = redacted(f"my key is {secret}, ok")
    assert (clean, found) == ("my key is [redacted], ok", 1)
    heard = read(
        file(tmp_path, {"messages": [{"role": "user", "content": secret}], "response": secret, "rating": "up"})
    )
    assert heard.secrets == 2
    assert secret not in dump(heard.said)


def test_a_named_secret_and_plain_words():
    assert redacted('password = "hunter22"') == ('password = "[redacted]"', 1)
    assert redacted("Authorization: Bearer abcdefgh123") == ("Authorization: Bearer [redacted]", 1)
    for text in ("the token ring is a network", "task-based learning is a method", "a secret: ok", "2+3=5"):
        assert redacted(text) == (text, 0)


def test_a_note_and_whose_dialogue_it_was_go_with_the_row(tmp_path: Path):
    row = {"prompt": "2+3", "response": "6", "rating": "down", "note": "Add, do not count.", "stream": "ann"}
    heard = read(file(tmp_path, row, {**row, "stream": "bob"}))
    one, other = heard.experiences
    assert one.feedback
    assert (one.feedback.text, one.task.stream) == ("Add, do not count.", "ann")
    assert one.task.id != other.task.id  # of two people, nobody's notes are the other's
    again = tmp_path / "again.jsonl"
    again.write_text(dump(heard.said))
    assert read(str(again)).said == heard.said


@pytest.mark.parametrize("name", ["note", "stream"])
def test_a_note_that_is_no_text_is_named(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match=f"row 1: {name}: must be text"):
        read(file(tmp_path, {"prompt": "2+3", "response": "5", "rating": 1, name: 7}))
