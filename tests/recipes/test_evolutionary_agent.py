"""EvolutionaryAgent works when these invariants hold, and each fails with its mechanism off.

Members of the scripted society show the traits of their profile while they solve sums; a norm names three traits, and
every third round one of them, the most common one, makes room for another.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from random import Random
from statistics import fmean
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Choice, Learner, Method, Phase, Prompt, Scorecard, State, put, run
from lamarck.recipes import load
from lamarck.testing import Call, MemoryStore, ScriptedModel, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
TRAITS = ("frugal", "candid", "gentle", "brisk", "formal", "playful", "patient", "bold")
NORM = "Be frugal.\nBe candid.\nBe gentle."
ROUNDS, EVERY = 12, 4
SIZES: dict[str, Any] = {"rounds": ROUNDS, "every": EVERY, "population": 12, "survivors": 4, "questions": 2}


def traits(text: str) -> list[str]:
    return re.findall("|".join(TRAITS), text)


def acts(profile: str, prompt: Prompt, seed: int) -> str:
    """What a model does that is told this profile: as a member, as a writer of profiles or norms, as an observer."""
    rng, fields = Random(seed), prompt.fields
    match prompt.name:
        case "evolutionary_agent/first":
            return "Character: {}\nStrategy: {}, {}".format(*rng.sample(TRAITS, 3))
        case "evolutionary_agent/cross":
            both = sorted(set(traits(fields["first"] + fields["second"])))
            return "Character: {}\nStrategy: {}, {}".format(*rng.sample(both, 2), rng.choice(TRAITS))
        case "evolutionary_agent/norm":
            today = traits(fields["norm"])
            common = max(today, key=Counter(traits(fields["conduct"])).__getitem__)
            new = rng.choice([one for one in TRAITS if one not in today])
            return fields["norm"].replace(common, new)
        case "evolutionary_agent/judge":
            met = set(traits(fields["norm"])) & set(traits(fields["solution"]))
            return f"score: {round(10 * len(met) / 3, 1)}"
        case _:
            return f"I am {', '.join(traits(profile))}. {TOY.right(prompt, seed)}"


@dataclass(kw_only=True)
class Society(ScriptedModels):
    """Models that act by their system prompt."""

    def open(self, learner: Learner, /) -> ScriptedModel:
        """The model of a member."""
        told = partial(acts, learner.prompt)
        return replace(super().open(learner), answer=told, wrong=told)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    champion: Learner
    store: MemoryStore
    calls: list[Call]

    @property
    def means(self) -> list[float]:
        """The society's mean fitness in each round, in points under that round's norm."""
        return [data["mean"] for kind, data in self.store.events if kind == "searched"]

    @property
    def norms(self) -> list[str]:
        """The norm of each round."""
        chosen: list[Choice] = [made for at, made in self.store.phases.items() if at.name == "objective"]
        return [NORM, *(one.objective.norm for one in chosen)][:ROUNDS]

    def members(self, number: int) -> list[str]:
        state: State = self.store.phases[Phase(stage=0, round=number, name="state-profiles")]
        return [one["text"] for one in state.data["members"]]

    def cards(self, number: int) -> list[Scorecard]:
        return self.store.phases[Phase(stage=0, round=number, name="evaluation")]


def method(*ablate: str, **options: Any) -> Method:
    made = load("evolutionary_agent")(ablate=ablate, **{**SIZES, "norm": NORM, **options})
    return put("evaluation.protected", 20)(put("evaluation.limit", 2)(made))


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, models = MemoryStore(), Society(answer=TOY.right, wrong=TOY.wrong)
    roles = {"judge": "scripted/0.0"}
    ctx = context(learner="scripted/0", roles=roles, environment=TOY, models=models, store=store)
    made = run(method(*ablate, **options), ctx)
    return Ran(champion=made.learners["learner"], store=store, calls=models.calls)


def it_recovers_from_each_shift(it: Ran) -> bool:
    """By chance three traits of eight meet 1.1 of three rules, which is 3.75 points."""
    return all(it.means[at] > 5 for at in range(EVERY - 1, ROUNDS, EVERY))


def children_take_the_places_of_the_rest(it: Ran) -> bool:
    return bool(set(it.members(ROUNDS)) - set(it.members(0)))


def the_norm_moves_every_fourth_round(it: Ran) -> bool:
    return [one != other for one, other in zip(it.norms, it.norms[1:], strict=False)] == [
        number % EVERY == 0 for number in range(1, ROUNDS)
    ]


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "selection": it_recovers_from_each_shift,
    "children": children_take_the_places_of_the_rest,
    "shift": the_norm_moves_every_fourth_round,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("evolutionary_agent", ran, INVARIANTS)


def test_no_member_ever_sees_the_norm():
    rules = {line for norm in ran().norms for line in norm.splitlines()}
    judging = ("evolutionary_agent/judge", "evolutionary_agent/norm")
    seen = [call.request for call in ran().calls if call.request.prompt.name not in judging]
    assert {request.prompt.name for request in seen} >= {
        "evolutionary_agent/first",
        "evolutionary_agent/cross",
        "task/sum",
    }
    for request in seen:
        text = "\n".join([request.system, *request.prompt.fields.values(), *(m.text for m in request.prompt.messages)])
        assert not any(rule in text for rule in rules)


def test_the_champion_is_rated_anew_under_the_norm_of_the_round():
    values = [{card.learner: card.value for card in ran().cards(number)} for number in range(ROUNDS + 1)]
    both = [(old[one], new[one], at) for at, (old, new) in enumerate(itertools.pairwise(values), start=1)
            for one in old.keys() & new.keys()]  # fmt: skip
    assert {at for before, after, at in both if before != after} <= {EVERY + 1, 2 * EVERY + 1}
    assert any(before > after for before, after, _ in both)
    asked = [call.request.prompt for call in ran().calls if "wanted" in call.request.prompt.fields]  # the evaluation's
    assert {prompt.fields["norm"] for prompt in asked} == set(ran().norms)


def test_the_champion_meets_more_of_the_norm_and_sums_as_well_as_before():
    first, last = ran().cards(1), ran().cards(ROUNDS)
    champion = next(card for card in last if card.learner == ran().champion.hash)
    assert champion.value > ran().cards(0)[0].value + 0.5
    (before, after) = (next(s for s in card.scores if s.protected) for card in (first[-1], champion))
    assert fmean(after.metrics["greedy"]) >= fmean(before.metrics["greedy"]) - 0.02


def test_the_society_stays_of_many_minds():
    told = [data["distinct"] for kind, data in ran().store.events if kind == "searched"]
    assert len(told) == ROUNDS
    assert min(told) > 3
