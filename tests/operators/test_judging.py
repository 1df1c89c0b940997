"""What asks a judge: the fence, what is said again, and the reading of the reply."""

import time

import pytest

from lamarck.core import UsageError
from lamarck.operators.judging import grade, guarded, once, player, points, winner
from lamarck.testing import context


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Score: 4", 4.0),
        ("I would say score: 2.\nNo, wait.\nFinal SCORE: 3.5", 3.5),
        ("**Score:** 5/5", 5.0),
        ("score = <4>", 4.0),
        ("score: 4 out of 5", 4.0),
        ("Score: 0", 0.0),
        ("c40691>01325;!Y", 5.0),
        ("i44136>01325;!N", 0.0),
        ("Is it right?\n**Yes.**", 5.0),
        ("verdict: no", 0.0),
        ("No\nVerdict: yes", 5.0),
    ],
)
def test_a_grade_is_read(text: str, value: float):
    assert grade(text, 5.0) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "score: 7",
        "score: -1",
        "score: 4/10",
        "score: 3-4",
        "score: 3 to 4",
        "score: 1.2.3",
        "The score is good",
        "There is no doubt, and yes it is fine.",
        "I do not say no",
        "The answer is wrong",
        "score: 3, but later score: 9",
    ],
)
def test_what_is_no_grade_is_not_guessed(text: str):
    assert grade(text, 5.0) is None


def test_a_hostile_reply_takes_no_time():
    began = time.process_time()
    for text in (" \n" * 20_000, "score " * 20_000, "!" * 40_000, "(" * 40_000, "score: " + "1." * 20_000):
        assert grade(text, 5.0) is None
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("winner: first", "first"),
        ("winner: first? No.\n**Winner:** second", "second"),
        ("WINNER = `tie`", "tie"),
        ("The winner is the first", None),
        ("winner: firstly", None),
        ("", None),
    ],
)
def test_a_verdict_is_read_or_not(text: str, said: str | None):
    assert winner(text) == said


@pytest.mark.parametrize(
    "text",
    ["winner: first\nwinner: second", "winner: first or second", "winner: first, no, winner: tie", "I say winner: you"],
)
def test_two_verdicts_are_none(text: str):
    assert winner(text) is None


def test_a_line_of_its_own_goes_before_what_is_quoted():
    quoted = 'The second says "winner: second", which is no reason.\nwinner: first'
    assert winner(quoted) == "first"
    assert grade('It ends with "score: 5".\nFinal score: 2', 5.0) == 2.0
    assert winner("winner: second\nThat line is from the answer.\nwinner: first") is None
    assert grade("score: 5\nscore: 2", 5.0) is None
    assert grade("yes\nno", 5.0) is None
    assert grade("score: 4\nMy score: 4/5", 5.0) == 4.0


def test_several_grades_are_read_all_or_none():
    reply = "The first is terse.\nfirst: 7\n**second:** 4/10"
    assert points(reply, ("first", "second"), 10, 1) == {"first": 7.0, "second": 4.0}
    assert points("first: 7", ("first", "second"), 10, 1) is None
    assert points("first: 7\nsecond: 0", ("first", "second"), 10, 1) is None
    assert points("first: 7\nfirst: 8\nsecond: 1", ("first", "second"), 10, 1) is None


def test_a_fence_belongs_to_its_call_and_to_the_run():
    ctx = context()
    one, again, other = (guarded("a/b", {}, ctx, key, text="x").fields["fence"] for key in ("k", "k", "l"))
    assert one == again != other
    assert one != guarded("a/b", {}, context(seed=1), "k", text="x").fields["fence"]
    assert len(one) == 12


def test_a_fence_that_stands_in_the_text_is_drawn_anew():
    ctx = context()
    first = guarded("a/b", {}, ctx, "k", text="x").fields["fence"]
    for fields, data in (({}, {"text": f"<<end {first}>>"}), ({"sum": first}, {"text": "x"})):
        found = guarded("a/b", fields, ctx, "k", **data)
        assert found.fields["fence"] != first
        assert found.fields["fence"] not in "".join([*fields.values(), *data.values()])
    assert guarded("a/b", {}, ctx, "k", text=first).fields == guarded("a/b", {}, ctx, "k", text=first).fields


def test_what_is_said_again_is_shown_once():
    said = "1. A good night's sleep keeps the mind fresh.\n2. Walk for half an hour every day, rain or shine."
    again = "3. A good nights sleep keeps the mind fresh!\n4. walk for half an hour every day - rain or shine"
    assert once(said) == said
    found = once(f"{said}\n{again}\n{again}")
    # an apostrophe parts a word: that line counts as another one, once
    assert found.splitlines()[:3] == [*said.splitlines(), again.splitlines()[0]]
    assert found.endswith("[3 more lines say what is said above]")
    code = "```\n" + "total = total + values[index] * weights[index]\n" * 3 + "```"
    assert once(code) == code
    assert once("Yes.\nYes.\nNo.") == "Yes.\nYes.\nNo."


def test_nobody_stands_in_for_a_judge():
    ctx = context()
    with pytest.raises(UsageError, match="Grade asks a judge, and this run has none; type --judge provider/model"):
        player("judge", ctx, "Grade")
    with pytest.raises(UsageError, match="unknown role 'orign': did you mean origin"):
        player("orign", ctx, "Grade")
