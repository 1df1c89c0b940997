"""WizardLM-2 works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from statistics import fmean

from tests.recipes.rows import proofs

from lamarck.core import Batch, Job, ModelRef, Objective, Phase, Prompt, Split, Task, Trained, put, run
from lamarck.operators.descent import root
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, ToyEnvironment, context
from lamarck.trust import Open

TOY = ToyEnvironment()
SFT, DPO, RL = range(3)
SLICES, PICKS = 3, 14
EVERYTHING = {"slices": SLICES * PICKS}
"""Without slices as much is picked at once."""


class Skewed(ToyEnvironment):
    """A hundred and thirty-eight sums, of which two in three are additions."""

    def tasks(self, split: Split, n: int | None, seed: int, objective: Objective, /) -> Sequence[Task]:
        if split != "practice" or n is not None:
            return super().tasks(split, n, seed, objective)
        return _skewed(seed)


@cache
def _skewed(seed: int) -> Sequence[Task]:
    parts = {"add": 90, "subtract": 24, "multiply": 24}
    found = [one for node, size in parts.items() for one in TOY.tasks("practice", size, seed, _at(node))]
    Random(0).shuffle(found)
    return found


def _at(node: str) -> Objective:
    return Objective(ability="sums", node=node)


def written(prompt: Prompt, seed: int) -> str:
    """Judges grade what is in sight: an answer by whether it is right, a task by whether it is a product."""
    if prompt.name.startswith("wizardlm2/") and prompt.name != "wizardlm2/revise":
        good = TOY.says(prompt.fields["solution"]) == TOY.solved(prompt)
        points = (0 if prompt.fields["sign"] == "*" else 8) if prompt.name.endswith("instruction") else 9 * good
        return f"Count once more, in way {seed % 7}.\nscore: {points}"
    if "brief" in prompt.fields:
        tries = (TOY.right(prompt, 100 * (seed % 10**6) + i) for i in range(100))
        return next(text for text in tries if text != prompt.fields["task"] and TOY.invented(text, _at("")))
    return TOY.right(prompt, seed)


def spoilt(prompt: Prompt, seed: int) -> str:
    return written(prompt, seed) if "fence" in prompt.fields else TOY.wrong(prompt, seed)


def rates(prompt: Prompt, rate: float) -> float:
    """It writes an answer anew better than it writes one, and thinks of tasks without trouble."""
    return rate / 8 if prompt.name == "wizardlm2/revise" else 0.0 if "brief" in prompt.fields else rate


@dataclass(kw_only=True)
class Trainer(RecordingTrainer):
    """Writes down what it makes, and what samples of a row are worth; from these it learns nothing."""

    made: list[ModelRef] = field(default_factory=list[ModelRef])
    worth: list[tuple[str, float, float]] = field(default_factory=list[tuple[str, float, float]])
    """What is asked, the reward of a right text, the reward of a wrong one."""

    def fit(self, model: ModelRef, job: Job, into: str, /) -> Trained:
        for at, row in enumerate(job.rows if job.score else ()):
            assert job.score
            asked = row.messages[0].text
            good, bad = job.score([(at, solved(asked)), (at, "9999")])
            self.worth.append((asked, good, bad))
        found = super().fit(model, replace(job, rows=() if job.score else job.rows), into)
        self.made.append(found.model)
        return found


def solved(asked: str) -> str:
    fields = dict(part.split("=") for part in asked.split() if "=" in part)
    return TOY.solved(Prompt(name="task/sum", fields=fields))


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: Trainer
    models: ScriptedModels
    laps: int

    def batch(self, phase: str, stage: int, lap: int) -> Batch:
        return self.store.batch(Phase(stage=3 * lap + stage, round=1, name=phase))

    def tasks(self, stage: int = SFT) -> Batch:
        return [e for lap in range(self.laps) for e in self.batch("tasks", stage, lap)]

    def right(self, phase: str, stage: int, *laps: int) -> float:
        """The share of right answers that a phase gave."""
        given = [e for lap in laps or range(self.laps) for e in self.batch(phase, stage, lap)]
        return fmean(bool(e.solution and TOY.says(e.solution.text) == TOY.solved(e.task.prompt)) for e in given)

    @property
    def error(self) -> float:
        """Of the last learner."""
        return float(self.trainer.made[-1].name.partition("/")[2])


@cache
def ran(*ablate: str) -> Ran:
    recipe, store, trainer = load("wizardlm2"), MemoryStore(), Trainer(right=TOY.taught, half=14)
    models = ScriptedModels(answer=written, wrong=spoilt, rates=rates)
    roles = {"judge": "scripted/0.0", "teacher": "scripted/0.0"}
    ctx = context(learner="scripted/0.45", roles=roles, environment=Skewed(), models=models, store=store,
                  trainer=trainer, gate=Open(), labels=recipe.labels)  # fmt: skip
    picks = next((EVERYTHING[one] for one in ablate if one in EVERYTHING), PICKS)
    method = recipe(slices=SLICES, picks=picks, samples=2, referee="environment", ablate=ablate)
    run(put("evaluation.protected", 0)(put("evaluation.limit", 4)(method)), ctx)
    return Ran(store=store, trainer=trainer, models=models, laps=len(trainer.jobs) // 3)


def slices_share_nothing_and_each_is_answered_by_a_better_learner(it: Ran) -> bool:
    parts = [{root(e.task) for stage in range(3) for e in it.batch("tasks", stage, lap)} for lap in range(it.laps)]
    apart = all(not one & other for i, one in enumerate(parts) for other in parts[:i])
    return len(parts) == SLICES and apart and it.right("feedback", DPO, 2) > it.right("feedback", DPO, 0) + 0.1


def signs_are_drawn_alike_often(it: Ran) -> bool:
    signs = Counter(next(sign for sign in "+-*" if sign in root(e.task)) for stage in range(3) for e in it.tasks(stage))
    return max(signs.values()) < 0.5 * signs.total()


def every_task_was_evolved(it: Ran) -> bool:
    return bool(it.tasks()) and all("of" in e.task.parameters for e in it.tasks())


def what_was_said_is_in_view(it: Ran) -> bool:
    asked = [call.request.prompt for call in it.models.calls if call.request.prompt.name == "wizardlm2/revise"]
    return bool(asked) and all("once more" in prompt.fields["feedback"] for prompt in asked)


def answers_are_better_than_they_came(it: Ran) -> bool:
    return it.right("refinement", SFT) > it.right("feedback", SFT) + 0.1


def each_stage_goes_on_from_the_last_and_refers_to_it(it: Ran) -> bool:
    chained = all(start == made for start, made in zip(it.trainer.starts[1:], it.trainer.made, strict=False))
    return chained and all(job.reference is None for job in it.trainer.jobs)


def either_reward_takes_all_away(it: Ran) -> bool:
    product = [worth for worth in it.trainer.worth if "sign=*" in worth[0]]
    other = [worth for worth in it.trainer.worth if "sign=*" not in worth[0]]
    return (
        bool(product and other)
        and all(good == bad == 0 for _, good, bad in product)
        and all(good == 72 and bad == 0 for _, good, bad in other)
    )


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "slices": slices_share_nothing_and_each_is_answered_by_a_better_learner,
    "weights": signs_are_drawn_alike_often,
    "evolve": every_task_was_evolved,
    "advice": what_was_said_is_in_view,
    "evol_answer": answers_are_better_than_they_came,
    "staged": each_stage_goes_on_from_the_last_and_refers_to_it,
    "product": either_reward_takes_all_away,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("wizardlm2", ran, INVARIANTS)


def test_as_much_data_in_slices_teaches_more_than_at_once():
    whole, at_once = ran(), ran("slices")
    rows = [sum(len(job.rows) for job in it.trainer.jobs if not job.score) for it in (whole, at_once)]
    assert rows[0] <= 1.2 * rows[1]
    assert whole.error < at_once.error
