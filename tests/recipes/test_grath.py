"""GRATH works when these invariants hold, and each fails with its mechanism off; a pupil learns by it for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

import torch
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Learner, Objective, Phase, Prompt, Solution, put, run
from lamarck.environments import load as world_of
from lamarck.models.pupil import files, kit
from lamarck.models.pupil.model import Pupil
from lamarck.operators.solutions import Opposites
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.testing.beds import slipped
from lamarck.trainers.lean import dpo, sft
from lamarck.trainers.lean.exchange import PairSettings

ROUNDS = 3
PAIR, GRADUAL = 0, 1
"""The stages."""


class Domains(ToyEnvironment):
    """Practice asks for sums, everything else is asked about products."""

    def tasks(self, split: Any, n: int | None, seed: int, objective: Objective, /) -> Sequence[Any]:
        node = "add" if split == "practice" else "multiply"
        return super().tasks(split, n, seed, replace(objective, node=node))


TOY = Domains(n=36)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def pairs(self, stage: int, round: int = 1) -> dict[str, Experience]:
        batch: Batch = self.store.batch(Phase(stage=stage, round=round, name="feedback"))
        return {e.task.id: e for e in batch}

    def trained(self) -> list[Learner]:
        return [made for at, made in self.store.phases.items() if at.name == "updating"]


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    recipe, store, trainer = load("grath"), MemoryStore(), RecordingTrainer(right=TOY.taught, half=16)
    # of what it believes to be right a good part is; of what it makes up as false nearly nothing
    models = ScriptedModels(
        answer=TOY.right,
        wrong=TOY.wrong,
        rates=lambda prompt, rate: 0.6 * rate if prompt.name == "grath/right" else rate,
    )
    ctx = context(
        learner="scripted/0.6", environment=TOY, models=models, store=store, trainer=trainer, labels=recipe.labels
    )
    made = run(put("evaluation.protected", 0)(recipe(rounds=ROUNDS, ablate=ablate, **options)), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def right(solution: Solution | None, e: Experience) -> bool:
    assert e.task.reference
    return solution is not None and TOY.says(solution.text) == e.task.reference.open().read()


def what_is_preferred_is_more_often_right(it: Ran) -> bool:
    pairs = it.pairs(PAIR).values()
    return sum(right(e.solution, e) for e in pairs) > sum(right(e.rejected, e) for e in pairs) + len(pairs) / 2


def what_is_false_stays_bit_by_bit(it: Ran) -> bool:
    first, rounds = it.pairs(PAIR), [it.pairs(GRADUAL, number) for number in range(1, ROUNDS)]
    return all(pairs and all(e.rejected == first[task].rejected for task, e in pairs.items()) for pairs in rounds)


def what_is_right_is_renewed_by_the_present_model(it: Ran) -> bool:
    first, renewed = it.pairs(PAIR), it.pairs(GRADUAL, 1)
    authors = {e.solution.author for e in renewed.values() if e.solution}
    texts = [(e.solution, first[task].solution) for task, e in renewed.items()]
    return authors != {it.base.hash} and any(new and old and new.text != old.text for new, old in texts)


def every_round_is_held_to_the_pretrained_model(it: Ran) -> bool:
    return len(it.trainer.jobs) == ROUNDS and all(job.reference == it.base.model for job in it.trainer.jobs)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "sides": what_is_preferred_is_more_often_right,
    "kept_wrong": what_is_false_stays_bit_by_bit,
    "gradual": what_is_right_is_renewed_by_the_present_model,
    "reference": every_round_is_held_to_the_pretrained_model,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("grath", ran, INVARIANTS)


def value(it: Ran) -> float:
    """The error rate of who is champion at the end."""
    return float(it.champion.model.name.partition("/")[2])


def test_truthfulness_rises_in_another_domain_and_not_with_the_sides_swapped():
    assert {e.task.parameters["node"] for e in ran().pairs(PAIR).values()} == {"add"}
    assert value(ran()) < 0.4
    assert ran("sides").champion == ran("sides").base


def test_no_answer_is_read_and_training_shows_the_plain_question():
    rows = ran().trainer.jobs[0].rows
    assert all(row.messages[0].text.startswith("task/sum") for row in rows)
    assert load("grath").labels == "none"


def test_the_adapter_is_of_low_rank_and_one_round_makes_one_stage():
    assert {job.settings["rank"] for job in ran().trainer.jobs} == {8}
    one: Any = load("grath")(rounds=1)
    assert [cycle.name for cycle in one.cycles] == ["pair"]


def test_pairs_that_length_tells_apart_are_dropped_and_counted():
    harvest: Any = ran(ratio=1.0).store.phases[Phase(stage=PAIR, round=1, name="feedback")]
    told = {drop.reason for drop in harvest.drops}
    assert "one is more than 1 times as long as the other" in told
    kept = [(e.solution, e.rejected) for e in harvest.batch]
    assert all(a and b and len(a.text.split()) == len(b.text.split()) for a, b in kept)


# --- a pupil of a million weights, for real ---


def margins(*, swapped: bool) -> tuple[float, float]:
    """How much likelier right texts of another kind of task are than wrong ones, in nats, before and after 20 steps."""
    pool: Any = None  # nothing is sampled
    world: Any = world_of("listmachine")
    reader = Pupil(files.reference("listmachine"), pool)
    found: dict[str, Sequence[Experience]] = {
        kind: world.labelled(n, 5, Objective(ability="", parameters={"kind": kind, "depth": 1}))
        for kind, n in (("exec", 40), ("synth", 12))
    }
    texts = {e.task.messages[-1].text: e.solution.text for es in found.values() for e in es if e.solution}

    def write(prompt: Prompt, seed: int) -> str:
        text = texts[prompt.fields["task"]]
        return text if prompt.name == "grath/right" else slipped(text, 0.5, Random(seed))

    ctx = context(environment=world, models=ScriptedModels(answer=write, wrong=write))

    def pairs(kind: str, positive: str, negative: str) -> list[dpo.Pair]:
        asked = {e.task.id: Experience(task=e.task) for e in found[kind]}
        made = Opposites(positive=positive, negative=negative)(list(asked.values()), ctx)
        read = [(kit.encode(reader.render(e.prompt)[0].text), e.solution, e.rejected) for e in made]
        ends = [(ids, (*kit.encode(a.text), kit.END), (*kit.encode(b.text), kit.END)) for ids, a, b in read if a and b]
        return [dpo.Pair(chosen=sft.pack(ids, a), rejected=sft.pack(ids, b)) for ids, a, b in ends]

    sides = ("grath/right", "grath/wrong")
    settings = PairSettings(optimizer="adamw", lr=1e-4, batch=4, steps=20)
    taught = (pairs("exec", *(reversed(sides) if swapped else sides)) * 4)[:80]
    met = dpo.collate(pairs("synth", *sides), settings)
    model = kit.open(files.locate(files.reference("listmachine")))

    def margin() -> float:
        with torch.no_grad():
            return dpo.loss_of(model, met, settings).figures["margin"] / settings.beta

    before = margin()
    assert len(list(dpo.train(model, taught, settings))) == 20
    return before, margin()


def test_a_pupil_learns_what_is_right_in_another_domain_and_the_contrary_with_the_sides_swapped():
    before, after = margins(swapped=False)
    _, spoilt = margins(swapped=True)
    assert after > before + 1
    assert spoilt < before - 1
