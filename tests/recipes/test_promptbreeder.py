"""Promptbreeder works when these invariants hold, and each fails with its mechanism off.

The scripted solver makes fewer mistakes with every hidden word in its system prompt. A mutation reaches only those
words that its mutation prompt points at, and only a new mutation prompt points at others than those of the start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Learner, Phase, Prompt, State, put, run
from lamarck.operators.breeding import Unit, restored
from lamarck.recipes import load
from lamarck.testing import MemoryStore, ScriptedModel, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment()
HIDDEN = ("align", "carry", "verify", "digits", "slowly")
"""What helps; the first can be reached from the mutation prompts that a population begins with."""
IDLE = ("kindly", "boldly", "neatly")
ROUNDS, POPULATION, QUESTIONS = 12, 8, 24


def written(prompt: Prompt, seed: int) -> str:
    """What the model writes as one who breeds: the instruction with one word more, of those that it is pointed at."""
    rng, fields = Random(seed), prompt.fields
    if prompt.name in ("promptbreeder/style", "promptbreeder/improve"):
        return f"Say {rng.choice(HIDDEN)} in it."
    listed = fields.get("ranked", "") or fields.get("elites", "")
    start = listed.splitlines()[-1].partition(". ")[2] if listed else fields.get("instruction", "")
    pointed = [word for word in HIDDEN if word in fields["mutation"]] or [HIDDEN[0]]
    return " ".join(dict.fromkeys(f"{start} {rng.choice((*pointed, *IDLE))}".split()))


def error(prompt: str) -> float:
    return 0.9 - 0.16 * sum(word in prompt.split() for word in HIDDEN)


@dataclass(kw_only=True)
class Heeding(ScriptedModels):
    """Models that heed their system prompt."""

    def open(self, learner: Learner, /) -> ScriptedModel:
        """The model, better for every hidden word that it was told."""
        return replace(super().open(learner), rate=error(learner.prompt))


def model() -> Heeding:
    def write(toy: Callable[[Prompt, int], str]) -> Callable[[Prompt, int], str]:
        return lambda prompt, seed: written(prompt, seed) if "promptbreeder" in prompt.name else toy(prompt, seed)

    return Heeding(answer=write(TOY.right), wrong=write(TOY.wrong))


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore

    def units(self, number: int) -> list[Unit]:
        state: State = self.store.phases[Phase(stage=0, round=number, name="state-prompts")]
        return [restored(each) for each in state.data["units"]]

    def met(self, name: str) -> set[str]:
        """Ids of the tasks of all harvests, or of all scorecards."""
        made = [value for at, value in self.store.phases.items() if at.name == name]
        if name == "evaluation":
            return {item for cards in made for card in cards for score in card.scores for item in score.items}
        return {e.task.id for harvest in made for e in harvest.batch}


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store, sizes = MemoryStore(), {"rounds": ROUNDS, "population": POPULATION, "questions": QUESTIONS}
    ctx = context(learner="scripted/0.9", environment=TOY, models=model(), store=store)
    method = put("elect.evaluation.protected", 0)(load("promptbreeder")(ablate=ablate, **{**sizes, **options}))
    made = run(method, ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store)


def the_best_is_never_lost_without_a_better_one(it: Ran) -> bool:
    """Judged by the world itself: who made no more mistakes on the round's tasks is still there."""
    for number in range(1, ROUNDS + 1):
        least = min(error(unit.text) for unit in it.units(number - 1))
        if min(error(unit.text) for unit in it.units(number)) > least:
            return False
    return True


def mutation_prompts_become_others(it: Ran) -> bool:
    return bool({unit.mutation for unit in it.units(ROUNDS)} - {unit.mutation for unit in it.units(0)})


def what_was_solved_is_shown(it: Ran) -> bool:
    return any(unit.workings for unit in it.units(ROUNDS))


def the_learner_is_told_what_was_found(it: Ran) -> bool:
    return it.champion.prompt in {unit.text for unit in it.units(ROUNDS) if unit.scores}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "tournament": the_best_is_never_lost_without_a_better_one,
    "self_reference": mutation_prompts_become_others,
    "contexts": what_was_solved_is_shown,
    "elect": the_learner_is_told_what_was_found,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("promptbreeder", ran, INVARIANTS)


def test_the_best_fitness_rises_over_the_generations():
    told = [data["best"] for kind, data in ran().store.events if kind == "searched"]
    assert len(told) == ROUNDS
    assert sum(told[-3:]) / 3 > sum(told[:3]) / 3 + 0.2
    assert error(ran().champion.prompt) < min(error(unit.text) for unit in ran().units(0)) - 0.3


def test_it_beats_random_search_with_as_many_evaluations():
    chance = ran(rounds=1, population=POPULATION * ROUNDS)
    assert error(ran().champion.prompt) < error(chance.champion.prompt) - 0.1


def test_it_beats_mutation_prompts_that_never_change():
    assert error(ran().champion.prompt) < error(ran("self_reference").champion.prompt) - 0.1


def test_nobody_is_gated_on_what_elected_him_and_the_weights_stay():
    assert not ran().met("feedback") & ran().met("evaluation")
    assert ran().champion.model == ran().base.model
    assert ran().champion.parent == ran().base.hash


def test_every_candidate_answers_every_question_itself():
    batch = ran().store.batch(Phase(stage=0, round=3, name="feedback"))
    out = ran().store.phases[Phase(stage=0, round=2, name="state-prompts")].learners
    assert len({(e.author, e.task.id) for e in batch}) == len(batch) == QUESTIONS * len(out)
    assert {e.solution.author for e in batch if e.solution} == {learner.hash for learner in out}
