from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.operators.given import task, tried

from lamarck.core import Batch, CapabilityError, Context, Continuation, Experience, Feedback, Harvest, Learner, Phase
from lamarck.operators.tasks import Pick
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()


def pool(*texts: str) -> Batch:
    return [Experience(task=task(text)) for text in texts]


def after(*rounds: Batch, phase: str = "tasks", **more: Any) -> Context:
    """The context of the round after these, in each of which a phase gave such a batch."""
    store = MemoryStore()
    for number, batch in enumerate(rounds, start=1):
        store.phases[Phase(stage=0, round=number, name=phase)] = Harvest(batch=batch)
    return replace(context(store=store, **more), round=len(rounds) + 1)


def numbers(batch: Batch) -> list[str]:
    return [e.task.fields["left"] for e in batch]


@dataclass
class Doubting:
    """Distributions that are given for the first number of a task."""

    given: Mapping[str, Sequence[float]]
    models: ScriptedModels

    def learner(self, name: str, /) -> Learner:
        return self.models.learner(name)

    def card(self, *told: Any) -> Mapping[str, Any]:
        return {}

    def open(self, learner: Learner, /) -> Any:
        model: Any = self.models.open(learner)
        model.distributions = self.distributions
        return model

    def distributions(self, texts: Sequence[Continuation], k: int, /) -> list[list[Mapping[str, float]]]:
        return [[{str(at): math.log(p) for at, p in enumerate(self.given[one.prompt.fields["left"]])}] for one in texts]


def line(_name: str, text: str) -> tuple[float, ...]:
    """A task lies where its first number says."""
    return (math.cos(where := float(text.split("left=")[1].split()[0]) / 100), math.sin(where))


def on_a_line() -> ScriptedModels:
    return ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, place=line)


def test_the_first_round_draws_by_chance_and_the_next_goes_for_the_farthest():
    batch = pool("1+1", "2+1", "3+1", "50+1", "98+1", "99+1")
    first = Pick(n=2)(batch, after(models=on_a_line()))
    assert len({e.task.id for e in first}) == 2
    ctx = after(batch[:1], models=on_a_line())
    assert numbers(Pick(n=3)(batch, ctx)) == ["99", "50", "3"]


def test_nothing_is_picked_again_in_a_later_round_or_twice_in_one():
    batch = pool("1+1", "2+1", "1+1", "3+1")
    ctx = after(batch[:1], batch[1:2], models=on_a_line())
    for by in ("farthest", "chance", "weight"):
        assert numbers(Pick(n=9, by=by)(batch, ctx)) == ["3"]
    assert Pick(n=None, by="chance")(batch[:1], ctx) == []


@pytest.mark.parametrize(("by", "wanted"), [("confidence", "3"), ("margin", "2"), ("entropy", "4")])
def test_where_the_learner_doubts_most(by: Any, wanted: str):
    given = {
        "1": [0.9, 0.05, 0.05],
        "2": [0.48, 0.47, 0.05],
        "3": [0.45, 0.2, 0.2, 0.15],
        "4": [0.46, 0.08, 0.08, 0.08, 0.08, 0.08, 0.07, 0.07],
    }
    models: Any = Doubting(given, on_a_line())
    batch = pool("1+1", "2+1", "3+1", "4+1")
    ctx = after(pool("9+9"), models=models)
    assert numbers(Pick(n=1, by=by)(batch, ctx)) == [wanted]
    labelled = [replace(tried(f"{n}+1", "= 1")[0], task=e.task) for n, e in enumerate(batch)]
    before = len(models.models.calls)
    assert numbers(Pick(n=1, by=by)(labelled, ctx)) == [wanted]
    assert len(models.models.calls) == before, "the labels are what is doubted, so nothing is sampled"


def test_a_learner_that_shows_no_distributions_is_refused():
    with pytest.raises(CapabilityError, match="distributions"):
        Pick(n=1, by="entropy")(pool("1+1"), after(pool("9+9")))


def test_weights_are_chances():
    batch = [replace(e, weight=w) for e, w in zip(pool("1+1", "2+1", "3+1"), (8.0, 2.0, 0.0), strict=True)]
    drawn = Counter(numbers(Pick(n=1, by="weight")(batch, context(seed=seed)))[0] for seed in range(300))
    assert 210 < drawn["1"] < 270
    assert "3" not in drawn
    assert len(Pick(n=3, by="weight")(batch, context())) == 2


def covered(by: Any, seed: int) -> set[str]:
    """What 12 rounds have evolved, one of six tasks at a time into one that is like it."""
    batch, rounds, picked = pool(*(f"{25 * n + 1}+1" for n in range(6))), list[Batch](), list[str]()
    for _ in range(12):
        ctx = after(*rounds, models=on_a_line(), seed=seed)
        (one,) = Pick(n=1, by=by, near=0.99)(batch, ctx)
        picked.append(one.task.fields["left"])
        rounds.append(pool(f"{one.task.fields['left']}+{len(rounds) + 2}"))
    return set(picked)


def test_evolution_that_remembers_what_it_covered_comes_to_the_rest():
    def share(by: Any) -> float:
        return sum(len(covered(by, seed)) for seed in range(20)) / 120

    assert share("rare") > 0.95
    assert share("weight") < 0.92  # by chance: of 12 draws among six, 89 % are expected


def test_what_is_rare_may_come_again_and_the_first_round_draws_by_chance():
    batch = pool("1+1", "2+1")
    assert len(Pick(n=None, by="rare")(batch, after(batch, models=on_a_line()))) == 2
    firsts = {numbers(Pick(n=1, by="rare")(batch, after(models=on_a_line(), seed=seed)))[0] for seed in range(20)}
    assert firsts == {"1", "2"}


def test_what_was_solved_leaves_and_what_was_not_stays():
    batch = pool("1+1", "2+1", "3+1")
    tries = [[replace(e, feedback=Feedback(passed=e.task.fields["left"] == str(n))) for e in batch] for n in (2, 9)]
    assert numbers(Pick(n=None, by="unsolved")(batch, after(*tries, phase="feedback"))) == ["1", "3"]
    assert numbers(Pick(n=1, by="unsolved")(batch, after())) == ["1"]


def test_an_attributes_values_are_drawn_alike_often_or_in_shares():
    batch = pool(*(f"{n}+1" for n in range(1, 10)), "1*1")

    def share(**more: Any) -> int:
        pick = Pick(n=1, by="weight", attribute="sign", **more)
        return sum(pick(batch, context(seed=seed))[0].task.fields["sign"] == "*" for seed in range(300))

    assert 120 < share() < 180
    assert 200 < share(shares={"*": 3.0}) < 250
    assert share(shares={"*": 0.0}) == 0
