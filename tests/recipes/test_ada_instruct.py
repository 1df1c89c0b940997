"""Ada-Instruct works when these invariants hold, and each fails with its mechanism off; a pupil learns to propose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from statistics import fmean
from typing import Any

from tests.recipes.instructing import TOPICS, Descriptions, conditions, topic
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Objective, Phase, Prompt, Row, Task, put, run
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.models import Host, Shelf
from lamarck.models.pupil import files
from lamarck.operators.inventing import question
from lamarck.operators.tasks import SelfInstruct
from lamarck.operators.updating import SFT
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trainers.lean.trainer import LeanTrainer

PROPOSE, LEARN = range(2)
SEEDS, PROMPTS, LONG = 10, 60, 60
CLAUSES = tuple(f"in the manner that the {a} {b} would have told" for a in ("old", "young", "tired", "proud", "late")
                for b in ("miller", "sailor", "clerk", "queen", "cook", "nurse", "thief", "monk"))  # fmt: skip
ALL = [each for names in TOPICS.values() for each in names]


def long(rng: Random) -> str:
    """A task of the kind that is wanted: many conditions."""
    return "; ".join([f"Describe a {rng.choice(ALL)} slowly", *rng.sample(CLAUSES, rng.randint(7, 11))])


class Demanding(Descriptions):
    """The same world, whose labelled examples are long."""

    def examples(self, n: int, seed: int, /) -> Sequence[Experience]:
        rng, found = Random(f"demanding {seed}"), super().examples(n, seed)
        made = [found[i % len(found)] for i in range(n)]
        texts = [long(rng) for _ in made]
        return [replace(e, task=_worded(e, text, i)) for i, (e, text) in enumerate(zip(made, texts, strict=True))]


def _worded(e: Experience, text: str, at: int) -> Task:
    return replace(e.task, id=f"seed/{at}", messages=(replace(e.task.messages[0], text=text),))


def place(_model: str, text: str) -> list[float]:
    """A task lies where its topic and conditions are."""
    return [float(topic(text.replace(" slowly", "")) == one) for one in ALL] + [
        float(one in conditions(text)) for one in CLAUSES
    ] + [0.01]  # fmt: skip


SHOWN = [long(Random(f"by heart {i}")) for i in range(3)]
"""What the proposer says again and again, nearly."""


def written(prompt: Prompt, seed: int) -> str:
    """A proposer that knows what is wanted, but for one reply in ten; a teacher."""
    rng = Random(seed)
    if prompt.name == "ada_instruct/task":
        if rng.random() < 0.1:
            return f"{rng.choice(SHOWN)}; {rng.choice(CLAUSES)}"
        return "-" if rng.random() < 0.05 else long(rng)
    return "A good answer." if prompt.name != "self_instruct/task" else short(prompt, seed)


def short(prompt: Prompt, seed: int) -> str:
    """What is written by a model that only sees the prompt, or is badly tuned."""
    rng = Random(seed)
    if prompt.name in ("ada_instruct/task", "self_instruct/task"):
        return "; ".join([f"Describe a {rng.choice(ALL)} slowly", *rng.sample(CLAUSES, rng.randint(1, 3))])
    return "A poor answer."


def taught(row: Row) -> bool:
    return len(row.messages[-1].text.split()) >= LONG or "good" in row.messages[-1].text


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer
    teacher: str
    proposer: str

    @property
    def seeds(self) -> Batch:
        return self.store.batch(Phase(stage=PROPOSE, round=1, name="tasks"))

    @property
    def made(self) -> Batch:
        """The new tasks, with their answers."""
        kept = self.store.batch(Phase(stage=LEARN, round=1, name="feedback"))
        return [e for e in kept if e.task.id not in {one.task.id for one in self.seeds}]

    @property
    def drops(self) -> list[str]:
        harvest: Any = self.store.phases[Phase(stage=LEARN, round=1, name="tasks")]
        return [drop.reason for drop in harvest.drops]


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=taught, half=2), load("ada_instruct")
    models = ScriptedModels(answer=written, wrong=short, place=place)
    ctx = context(
        learner="scripted/0.95", roles={"teacher": "scripted/0.0"}, environment=Demanding(), models=models,
        store=store, trainer=trainer, labels=recipe.labels,
    )  # fmt: skip
    made = run(put("evaluation.samples", 0)(recipe(prompts=PROMPTS, ablate=ablate)), ctx)
    return Ran(store=store, trainer=trainer, teacher=ctx.learners["teacher"].hash,
               proposer=made.learners["proposer"].hash)  # fmt: skip


def lengths(batch: Batch) -> list[int]:
    return [len(question(e.task).split()) for e in batch]


def skills(batch: Batch) -> list[int]:
    """How many conditions each task has."""
    return [len(conditions(question(e.task))) for e in batch]


def apart(one: Sequence[int], other: Sequence[int]) -> float:
    """The Kolmogorov-Smirnov distance of two samples."""
    every = sorted({*one, *other})
    return max(abs(fmean(x <= at for x in one) - fmean(x <= at for x in other)) for at in every)


def as_long_and_as_demanding_as_the_target(it: Ran) -> bool:
    target = Demanding().examples(400, 1)
    near = all(apart(measure(it.made), measure(list(target))) < 0.3 for measure in (lengths, skills))
    return len(it.made) >= PROMPTS // 2 and near


def the_words_of_tasks_are_learned_and_nothing_else(it: Ran) -> bool:
    rows = it.trainer.jobs[PROPOSE].rows
    wanted = {e.task.messages[-1].text for e in it.seeds}
    return {row.messages[-1].text for row in rows} == wanted and all(
        row.learn == (False, True) and row.messages[0].text.startswith("ada_instruct/task ") for row in rows
    )


def every_task_says_something(it: Ran) -> bool:
    return all(question(e.task) != "-" for e in it.made)


def no_two_tasks_are_alike(it: Ran) -> bool:
    texts = [question(e.task) for e in (*it.seeds, *it.made)]
    places = [place("", text) for text in texts]
    return not any(cosine(a, b) >= 0.8 for i, a in enumerate(places) for b in places[:i])


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    dot, lengths = sum(x * y for x, y in zip(a, b, strict=True)), [sum(x * x for x in v) for v in (a, b)]
    return dot / (lengths[0] * lengths[1]) ** 0.5


def the_teacher_answers(it: Ran) -> bool:
    return {e.solution.author for e in it.made if e.solution} == {it.teacher}


INVARIANTS: Mapping[str, Callable[[Ran], bool]] = {
    "proposer": as_long_and_as_demanding_as_the_target,
    "prompted": as_long_and_as_demanding_as_the_target,
    "alone": the_words_of_tasks_are_learned_and_nothing_else,
    "fit": every_task_says_something,
    "novel": no_two_tasks_are_alike,
    "teacher": the_teacher_answers,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("ada_instruct", ran, INVARIANTS)


def test_forty_passes_over_the_ten():
    assert len(ran().trainer.jobs[PROPOSE].rows) == SEEDS * 40


def test_most_of_what_it_writes_is_novel_and_hardly_any_is_a_seed():
    asked = PROMPTS + ran().drops.count("a seed or a held-out item")
    assert len(ran().made) >= 0.8 * asked
    assert ran().drops.count("a seed or a held-out item") < 0.05 * asked


def test_the_proposer_is_no_learner_and_makes_the_tasks():
    assert {e.origin.learner for e in ran().store.batch(Phase(stage=LEARN, round=1, name="tasks"))
            if e.task.id not in {one.task.id for one in ran().seeds}} == {ran().proposer}  # fmt: skip
    assert ran().trainer.starts[PROPOSE] == ran().trainer.starts[LEARN]


class Here:
    """A pool without processes."""

    workers = 1

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)

    def submit(self, fn: str, /, *args: Any) -> Future[Any]:
        return self._thread.submit(resolve_name(fn), *args)


def test_a_pupil_that_read_ten_long_programs_proposes_such_and_an_untouched_one_does_not(tmp_path: Path):
    pool, world = Here(), ListMachine()
    goal = Objective(ability="list machine", parameters={"kind": "exec", "depth": 5})
    ctx = context(
        learner="pupil/listmachine", environment=world, objective=goal, models=Shelf(Host(pool=pool)), labels="none",
        trainer=LeanTrainer(pool, kit="lamarck.models.pupil.kit", locate=files.locate),
        store=MemoryStore(learners=str(tmp_path)),
    )  # fmt: skip
    few = SFT(learn="proposal", prompt="ada_instruct/task", steps=20, batch=8, lr=2e-3)
    made = few(ctx.learner, list(world.labelled(10, 0, goal)), ctx)
    freely = SelfInstruct(n=16, human=0, role="proposer", prompt="ada_instruct/task", temperature=1.0, tries=1)
    found = [
        freely([], replace(ctx, learners={**ctx.learners, "proposer": one}, round=at))
        for at, one in enumerate((made, ctx.learner), 1)
    ]
    assert len(found[0]) >= 4
    assert {len(e.task.fields["program"]) for e in found[0]} == {5}
    assert not found[1]
