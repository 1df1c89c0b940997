from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from tests.store.given import EXPERIENCES, OBJECTIVE, card

from lamarck.core import (
    Batch,
    Context,
    Experience,
    LabelError,
    Learner,
    ModelRef,
    Names,
    Operator,
    Predicate,
    Reference,
    Scope,
    Score,
    Scorecard,
    Verdict,
    passed,
)
from lamarck.data.codec import Codec
from lamarck.data.strict import Malformed, parse, write


@dataclass(frozen=True, kw_only=True)
class Best:
    """A way of answering that holds others."""

    scope: ClassVar[Scope] = "task"
    reads: ClassVar[Names] = {"task"}
    writes: ClassVar[Names] = {"solution"}

    solve: Operator | tuple[Operator, ...] = ()
    where: Predicate = passed
    n: int = 1

    def __call__(self, batch: Batch, ctx: Context) -> Batch:
        return batch[: self.n]


CODEC = Codec(known={"solutions.Best": Best, "passed": passed})


@given(EXPERIENCES)
@settings(max_examples=12, deadline=None)
def test_any_experience_survives(experience: Experience):
    back = CODEC.load(Experience, CODEC.dump(experience))
    assert back == experience
    assert repr(back) == repr(experience)  # 1 is not 1.0, and True is not 1


def test_verdicts_scorecards_and_objectives_survive():
    for value in (card(), OBJECTIVE, Verdict(decision="no update", champion="a", best="b")):
        assert CODEC.load(type(value), CODEC.dump(value)) == value
    assert CODEC.load(list[Scorecard], CODEC.dump([card(), card()])) == [card(), card()]


def test_floats_are_exact():
    values = (0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e22)
    score = Score(ability="a", metrics={"m": values}, items=(), split="practice")
    assert list(map(repr, CODEC.load(Score, CODEC.dump(score)).metrics["m"])) == list(map(repr, values))


def test_a_reference_stays_sealed():
    sealed = CODEC.load(Reference, CODEC.dump(Reference("7").seal("nobody may look")))
    with pytest.raises(LabelError, match="nobody may look"):
        sealed.read()
    assert sealed.open().read() == "7"


def test_a_way_of_answering_is_found_in_the_table():
    learner = Learner(model=ModelRef(name="a/b", digest="1"), answer=Best(solve=(Best(n=2), Best(n=3)), n=4))
    text = CODEC.dump(learner)
    assert '"operator":"solutions.Best"' in text
    assert CODEC.load(Learner, text) == learner


def test_a_name_that_is_not_in_the_table_is_never_imported():
    answer = '{"operator": "os.system", "n": 1}'
    text = f'{{"model": {{"name": "a/b", "digest": "1"}}, "answer": {answer}}}'
    with pytest.raises(Malformed, match=r"unknown operator 'os\.system'"):
        CODEC.load(Learner, text, file="learner.json")
    with pytest.raises(Malformed, match="not among the operators of this run"):
        Codec().dump(Best())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"model": {"name": 1, "digest": "x"}}', "learner.json: model.name: must be text, not 1"),
        ('{"model": {"name": "a", "digets": "x"}}', "model: unknown key 'digets': did you mean digest?"),
        ('{"model": {"name": "a"}}', "model: lacks digest"),
        ('{"model": {"name": "a", "name": "b"}}', "the key 'name' is given twice"),
        ('{"model": {"name": NaN}}', "model.name: nan is no finite number"),
        ('{"model": {"name": 1e999}}', "model.name: inf is no finite number"),
        ('{"model": [1]}', "model: must be an object, not a list"),
        ('{"model": ', "learner.json: line 1 column 11: Expecting value"),
        ("[" * 65 + "]" * 65, "nested deeper than 64 levels"),
        ("[" * 100_000, "nested deeper than 64 levels"),
        ("9" * 5000, "learner.json: Exceeds the limit"),
        (b"\xff", "byte 0 is no UTF-8"),
        ('{"prompt": "' + "x" * 3000 + '"}', "is over 2,000 bytes"),
    ],
)
def test_a_bad_text_is_refused_with_its_place(text: str | bytes, said: str):
    with pytest.raises(Malformed) as caught:
        Codec(largest=2000 if len(text) < 5000 else 10**6).load(Learner, text, file="learner.json")
    assert said in str(caught.value)
    assert str(caught.value).startswith("learner.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1: 2}, {"a": {1, 2}}, [[float("nan")]]])
def test_what_json_cannot_hold_is_not_written(value: Any):
    with pytest.raises(Malformed):
        CODEC.dump(value)


def test_text_is_ascii_and_any_string_survives():
    odd = "\ud800 \u2028 \0 é 🦒"
    assert write(odd).isascii()
    assert parse(write(odd)) == odd
