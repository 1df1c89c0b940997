"""LMSI works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.recipes.rows import proofs

from lamarck.core import Batch, Learner, Objective, Phase, Reference, Split, Task, passed, put, run
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ToyEnvironment, context

TOY = ToyEnvironment()
SAMPLES, FORMS = 16, 4


@dataclass(kw_only=True)
class Poisoned(ToyEnvironment):
    """The same world with wrong labels on every task that is practised."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        made = super().tasks(split, n, seed, objective)
        return [replace(one, reference=Reference("poison")) for one in made] if split == "practice" else made


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run of one round and all it left behind."""

    base: Learner
    champion: Learner
    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))


@cache
def ran(*ablate: str, poisoned: bool = False, **options: Any) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=TOY.taught, half=128), load("lmsi")
    ctx = context(
        learner="scripted/0.72",
        environment=Poisoned() if poisoned else TOY,
        store=store,
        trainer=trainer,
        labels=recipe.labels,
        seed=1,
    )
    made = run(put("evaluation.protected", 50)(recipe(samples=SAMPLES, ablate=ablate, **options)), ctx)
    return Ran(base=ctx.learner, champion=made.learners["learner"], store=store, trainer=trainer)


def all_say_what_most_say(it: Ran) -> bool:
    votes: dict[str, Counter[str]] = {}
    for e in it.batch("feedback"):
        votes.setdefault(e.task.id, Counter()).update([TOY.says(e.solution.text)] if e.solution else [])
    return all(
        e.solution and TOY.says(e.solution.text) == votes[e.task.id].most_common(1)[0][0]
        for e in it.batch("refinement")
    )


def each_path_in_four_forms(it: Ran) -> bool:
    forms = Counter(e.prompt.name for e in it.batch("refinement"))
    return len(forms) == FORMS and len(set(forms.values())) == 1


def learned_from_own_samples(it: Ran) -> bool:
    return all(row.messages[-1].author == it.base.hash for job in it.trainer.jobs for row in job.rows)


def every_majority_counts(it: Ran) -> bool:
    return {e.task.id for e in it.batch("refinement")} == {e.task.id for e in it.batch("tasks")}


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "vote": all_say_what_most_say,
    "formats": each_path_in_four_forms,
    "own_samples": learned_from_own_samples,
    "replay": learned_from_own_samples,
    "agree": every_majority_counts,
}
"""Mechanism -> what must hold, and fails without it."""


TestRow = proofs("lmsi", ran, INVARIANTS, off={"replay": {"replay": 0.3}, "agree": {"agree": 0.5}})


def test_poisoned_labels_change_nothing():
    poisoned = ran(poisoned=True)
    assert poisoned.champion == ran().champion != ran().base
    assert poisoned.store.trace() == ran().store.trace()


def test_all_paths_of_the_majority_are_kept():
    majority = Counter(e.task.id for e in ran().batch("feedback") if passed(e))
    kept = Counter(e.task.id for e in ran().batch("refinement"))
    assert kept == {task: FORMS * n for task, n in majority.items()}
    assert max(majority.values()) > 1


def test_the_bare_forms_teach_the_bare_answer():
    bare = [e for e in ran().batch("refinement") if e.prompt.name in ("lmsi/answer", "lmsi/shots_answer")]
    assert all(e.solution and e.solution.text == TOY.says(e.solution.text) for e in bare)
    spoken = {e.solution.text for e in ran().batch("refinement") if e.solution and e not in bare}
    assert any(" " in text for text in spoken)


def test_the_control_makes_as_many_updates():
    control = ran("own_samples")
    assert [len(job.rows) for job in control.trainer.jobs] == [len(job.rows) for job in ran().trainer.jobs]


def test_the_more_agree_the_more_are_right():
    votes = [e for e in ran().batch("feedback") if passed(e)]
    sure, unsure = ([e for e in votes if (e.score > 0.4) == high] for high in (True, False))
    assert right(sure) > right(unsure) + 0.1


def test_the_learner_rises_with_the_vote_and_does_not_without():
    assert ran().champion.model.name < ran().base.model.name
    without = ran("vote")
    assert without.champion == without.base


def right(batch: Batch) -> float:
    """Share of a batch whose answer is true."""
    return sum(bool(e.solution and TOY.check(unsealed(e.task), e.solution).passed) for e in batch) / len(batch)


def unsealed(task: Task) -> Task:
    return replace(task, reference=task.reference.open() if task.reference else None)
