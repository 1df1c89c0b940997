"""DiverseEvol works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import numpy as np
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Harvest, Learner, Objective, Phase, Verdict, put, run
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.likeness import farthest
from lamarck.models import Host, Shelf
from lamarck.operators.tasks import Pick
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, beds, context

TOY = ToyEnvironment(highest=99)
CLUSTERS, PICKS, ROUNDS, POOL = 10, 10, 3, 500
FIRST = 91
"""Tasks whose first number is below are one cluster, nine tenths of all; each number from here on is one more."""


def cluster(text: str) -> int:
    found = re.search(r"left=(\d+)", text)
    return max(0, int(found[1]) - FIRST + 1) if found else 0


def place(model: str, text: str) -> list[float]:
    """The cluster's corner, and beside it a place that is another in each model's eyes."""
    noise = np.random.Generator(np.random.PCG64([ord(c) for c in f"{model} {text}"])).standard_normal(6)
    return [*(np.arange(CLUSTERS) == cluster(text)).astype(float).tolist(), *(0.08 * noise).tolist()]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    base: Learner
    store: MemoryStore
    trainer: RecordingTrainer
    pool: Batch

    def picked(self, round: int) -> Batch:
        return self.store.batch(Phase(stage=0, round=round, name="tasks"))

    def learner(self, round: int) -> Learner:
        """Whom a round works with."""
        verdict = self.store.read(Phase(stage=0, round=round - 1, name="verdict"), Verdict)
        made = {one.hash: one for one in self.store.phases.values() if isinstance(one, Learner)}
        return made.get(verdict.champion, self.base) if verdict else self.base


def shown(e: Experience) -> str:
    fields = " ".join(f"{name}={value}" for name, value in e.task.fields.items())
    return f"task/sum {fields}\n{e.solution.text if e.solution else ''}"


@cache
def ran(*ablate: str) -> Ran:
    store, trainer = MemoryStore(), RecordingTrainer(right=TOY.taught, half=12)
    models = ScriptedModels(answer=TOY.answer, wrong=TOY.wrong, place=place)
    ctx = context(learner="scripted/0.9", environment=TOY, models=models, store=store, trainer=trainer)
    method = load("diverse_evol")(rounds=ROUNDS, picks=PICKS, pool=POOL, ablate=ablate)
    run(put("evaluation.protected", 0)(method), ctx)
    at = replace(ctx, number=0, round=0, operator="Examples")
    pool = {e.task.id: e for e in at.examples(POOL, "examples")}
    return Ran(base=ctx.learner, store=store, trainer=trainer, pool=list(pool.values()))


def twice_as_many_picks_as_clusters_reach_them_all(it: Ran) -> bool:
    picked = [*it.picked(1), *it.picked(2)]
    return len(picked) == 2 * CLUSTERS and len({cluster(shown(e)) for e in picked}) == CLUSTERS


def each_round_sees_the_pool_through_the_model_of_the_last(it: Ran) -> bool:
    for round in range(2, ROUNDS + 1):
        before = [e for number in range(1, round) for e in it.picked(number)]
        left = [e for e in it.pool if e.task.id not in {old.task.id for old in before}]
        model = it.learner(round).model.name
        places = np.array([place(model, shown(e)) for e in (*left, *before)], np.float32)
        places /= np.linalg.norm(places, axis=1, keepdims=True)
        wanted = [left[at].task.id for at in farthest(places, PICKS, range(len(left), len(places)))]
        if [e.task.id for e in it.picked(round)] != wanted:
            return False
    return it.learner(ROUNDS).model.name != it.base.model.name


def all_picked_so_far_are_learned(it: Ran) -> bool:
    kept = [it.store.batch(Phase(stage=0, round=n, name="refinement")) for n in range(1, ROUNDS + 1)]
    return [len({e.task.id for e in batch}) for batch in kept] == [PICKS * n for n in range(1, ROUNDS + 1)]


def the_base_is_trained_every_round(it: Ran) -> bool:
    return len(it.trainer.starts) == ROUNDS and set(it.trainer.starts) == {it.base.model}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "farthest": twice_as_many_picks_as_clusters_reach_them_all,
    "current": each_round_sees_the_pool_through_the_model_of_the_last,
    "accumulate": all_picked_so_far_are_learned,
    "start": the_base_is_trained_every_round,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("diverse_evol", ran, INVARIANTS)


class Here:
    """A pool without processes."""

    workers = 1

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        return self._thread.submit(resolve_name(fn), *args)


def test_the_pupil_picks_by_its_own_vectors_which_twenty_steps_change(tmp_path: Path):
    world, pool, families = ListMachine(), Here(), {"kind": "synth", "depth": 2, "families": 10}
    found = world.labelled(80, 0, Objective(ability="families", parameters=families))
    bed = beds.Bed(objective=families, steps=20, settings={"batch": 8, "lr": 3e-3})
    shelf = Shelf(Host(pool=pool, environment=world.name))
    picked = list[list[str]]()
    for name in ("pupil/listmachine", f"pupil/{beds.made(bed, tmp_path, pool)}"):
        store, learner = MemoryStore(), shelf.learner(name)
        store.phases[Phase(stage=0, round=1, name="tasks")] = Harvest(batch=list(found[:5]))
        ctx = replace(context(environment=world, store=store), models=shelf, learners={"learner": learner})
        now = replace(
            ctx, learner=learner, base=learner, origins={"learner": shelf.learner("pupil/listmachine")}, round=2
        )
        picked += [[e.task.id for e in Pick(n=10, role=role)(list(found), now)] for role in ("learner", "origin")]
    untouched, frozen, taught, still = picked
    assert untouched == frozen == still
    assert taught != untouched
