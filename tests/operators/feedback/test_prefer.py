from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.operators.given import tried

from lamarck.core import Context, Prompt, UsageError
from lamarck.operators.feedback import Prefer
from lamarck.testing import ScriptedModels, context

PROMPTS = ("win_rate/compare", "win_rate/plain")
HIGHER = Prefer(prompts=PROMPTS)


def higher(prompt: Prompt, _seed: int) -> str:
    """Prefers the higher number, and says tie of equal ones."""
    one, other = (float(prompt.fields[name].split()[0]) for name in ("first", "second"))
    return f"winner: {'tie' if one == other else 'first' if one > other else 'second'}"


Write = Callable[[Prompt, int], str]


def says(text: str) -> Write:
    return lambda _prompt, _seed: text


def given(write: Write = higher, roles: tuple[str, ...] = ("judge",), seed: int = 0) -> tuple[Context, ScriptedModels]:
    models = ScriptedModels(answer=write, wrong=write)
    names = {role: f"scripted/0.{at}" for at, role in enumerate(roles)}
    return context(models=models, roles=names, seed=seed), models


def scores(*answers: str, operator: Prefer = HIGHER, **more: Any) -> list[float | None]:
    ctx, _ = given(**more)
    return [e.feedback.score if e.feedback else None for e in operator(tried("3+4", *answers), ctx)]


def test_of_two_the_better_one_scores_one():
    assert scores("7", "5") == [1.0, 0.0]
    assert scores("5", "7") == [0.0, 1.0]


def test_a_tie_is_a_half_and_equal_texts_are_not_asked_about():
    assert scores("7", "7 exactly") == [0.5, 0.5]
    ctx, models = given()
    assert [e.score for e in HIGHER(tried("3+4", "7", " 7"), ctx)] == [0.5, 0.5]
    assert not models.calls


def test_of_several_each_meets_each():
    assert scores("1", "3", "2") == [0.0, 1.0, 0.5]


def test_what_cannot_be_read_gives_no_score():
    assert scores("7", "5", write=says("both are fine")) == [None, None]
    (one, _) = HIGHER(tried("3+4", "7", "5"), given(says("winner: first\nwinner: second"))[0])
    assert one.feedback
    assert one.feedback.details == {"pairs": 1, "read": 0}


def test_one_alone_has_nothing_to_be_compared_with():
    ctx, _ = given()
    assert HIGHER(tried("3+4", "7"), ctx) == []
    assert [note.reason for note in ctx.notes] == ["no other solution to compare with"]
    empty = [replace(e, solution=None) for e in tried("3+4", "7", "8")]
    assert HIGHER(empty[:1] + tried("3+4", "7", "8")[1:], ctx) == []


def test_a_flip_turns_a_verdict_round_and_leaves_ties():
    assert scores("7", "5", operator=replace(HIGHER, flip=1.0)) == [0.0, 1.0]
    assert scores("7", "7 exactly", operator=replace(HIGHER, flip=1.0)) == [0.5, 0.5]


def test_flips_come_at_their_rate_and_from_the_seed_alone():
    noisy = replace(HIGHER, flip=0.25)

    def flipped(seed: int) -> list[bool]:
        ctx, _ = given(seed=seed)
        found = [noisy(tried(f"{n}+4", "7", "5"), ctx)[0].score for n in range(400)]
        return [score == 0.0 for score in found]

    assert sum(flipped(0)) == pytest.approx(100, abs=26)
    assert flipped(0) == flipped(0) != flipped(1)


def test_each_comparison_draws_one_annotator():
    """Roles, prompts and places are drawn, and each has its share."""
    ctx, models = given(roles=("judge", "judge2"))
    for n in range(200):
        replace(HIGHER, role="judge,judge2")(tried(f"{n}+4", "7", "5"), ctx)
    assert len(models.calls) == 200
    for share in (
        {call.model for call in models.calls},
        {call.request.prompt.name for call in models.calls},
        {call.request.prompt.fields["first"] for call in models.calls},
    ):
        assert len(share) == 2
    seen = [(c.model, c.request.prompt.name, c.request.prompt.fields["first"]) for c in models.calls]
    assert min(seen.count(one) for one in set(seen)) > 10


def test_both_orders_must_agree():
    first = says("winner: first")
    assert scores("7", "5", write=first, operator=replace(HIGHER, order="both")) == [0.5, 0.5]
    assert scores("7", "5", write=first, operator=replace(HIGHER, order="first")) == [1.0, 0.0]
    assert scores("7", "5", operator=replace(HIGHER, order="both")) == [1.0, 0.0]


def test_what_is_compared_stands_in_a_fence():
    ctx, models = given()
    HIGHER(tried("3+4", "7", "5"), ctx)
    fields = models.calls[0].request.prompt.fields
    assert fields["fence"]
    assert models.calls[0].request.sampling.temperature == 1.0


def test_who_compares_must_be_there():
    with pytest.raises(UsageError, match="Prefer asks a judge, and this run has none"):
        HIGHER(tried("3+4", "7", "5"), context())
    with pytest.raises(UsageError, match="flip is 2"):
        scores("7", "5", operator=replace(HIGHER, flip=2.0))
    with pytest.raises(UsageError, match="needs prompts"):
        scores("7", "5", operator=replace(HIGHER, prompts=()))
