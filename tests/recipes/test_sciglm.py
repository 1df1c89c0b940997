"""SciGLM works when these invariants hold, and each fails with its mechanism off; a pupil learns what is flawed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pytest
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Learner, Limits, Objective, Phase, Prompt, digest, passed, put, run, sound
from lamarck.environments.listmachine.aim import Aim, Node
from lamarck.environments.listmachine.attempts import Attempt, right_attempt, wrong_attempt
from lamarck.environments.listmachine.environment import ListMachine
from lamarck.environments.listmachine.generate import Problem, generate
from lamarck.recipes import load
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context

WORLD = ListMachine()
QUALITY, TUNE = range(2)
QUESTIONS = 60
GOAL = Objective(ability="list machine", metric="greedy", parameters={"kind": "exec", "depth": 3})
STAGES = ("", "sciglm/reflect", "sciglm/correct")
REFLECTED = "The second step was wrong.\nSolution:\n"


def problem(prompt: Prompt) -> Problem:
    return Problem(kind="exec", digits=prompt.fields["list"], program=prompt.fields["program"])


def copied(attempt: Attempt) -> str:
    """The wrong way with the right list put at its end: what is written by one who only wants to please."""
    *before, last = attempt.text.rstrip(";").split(";")
    letter, _, left = last.partition(":")
    return ";".join([*before, f"{letter[0]}{attempt.goal}:{left}"]) + ";"


def written(prompt: Prompt, _seed: int) -> str:
    true = right_attempt(problem(prompt)).text
    return f"{REFLECTED}{true}" if prompt.name in STAGES else true


def spoilt(prompt: Prompt, seed: int) -> str:
    """A wrong trace; with the answer in view the answer copied onto it."""
    attempt = wrong_attempt(problem(prompt), Random(seed), solvable=True)
    return f"{REFLECTED}{copied(attempt) if 'answer' in prompt.fields else attempt.text}"


def rates(prompt: Prompt, rate: float) -> float:
    """Whoever sees the answer errs less."""
    return rate / 2 if prompt.name == "sciglm/correct" else rate


def liked(_model: str, _prompt: Prompt, text: str) -> float:
    """A classifier that throws out one in ten."""
    return -1.0 if digest(text) % 10 == 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    store: MemoryStore
    trainer: RecordingTrainer
    learners: Mapping[str, Learner]

    @property
    def first(self) -> Batch:
        return self.store.batch(Phase(stage=QUALITY, round=1, name="feedback"))

    @property
    def kept(self) -> Batch:
        return self.store.batch(Phase(stage=TUNE, round=1, name="refinement"))

    @property
    def reasons(self) -> list[str]:
        harvest: Any = self.store.phases[Phase(stage=TUNE, round=1, name="refinement")]
        return [drop.reason for drop in harvest.drops]


@cache
def ran(*ablate: str) -> Ran:
    store, trainer, recipe = MemoryStore(), RecordingTrainer(right=lambda row: row.good), load("sciglm")
    models = ScriptedModels(answer=written, wrong=spoilt, rates=rates, reward=liked)
    ctx = context(
        learner="scripted/0.5", environment=WORLD, models=models, store=store, trainer=trainer, labels=recipe.labels,
        limits=Limits(tasks=QUESTIONS),
    )  # fmt: skip
    method = put("tune.evaluation", None)(put("objective", GOAL)(recipe(ablate=ablate)))
    return Ran(store=store, trainer=trainer, learners=run(method, ctx).learners)


def checked(e: Experience) -> Mapping[str, Any]:
    """What the machine says of it, step by step."""
    assert e.solution
    return WORLD.check(e.task, e.solution).details


def came(it: Ran, prompt: str) -> int:
    """How many of the kept were written under this prompt, "" = at first."""
    return sum((e.asked.name if e.asked else "") == prompt for e in it.kept)


def each_stage_adds_to_the_yield(it: Ran) -> bool:
    return all(came(it, prompt) > 0 for prompt in STAGES)


def no_step_of_what_is_kept_is_false(it: Ran) -> bool:
    return all(checked(e)["trace"] for e in it.kept)


def what_the_classifier_finds_poor_is_not_learned(it: Ran) -> bool:
    return "score below 0" in it.reasons and all(
        liked("", e.prompt, e.solution.text) > 0 for e in it.kept if e.solution
    )


INVARIANTS: Mapping[str, Callable[[Ran], bool]] = {
    "reflect": each_stage_adds_to_the_yield,
    "correct": each_stage_adds_to_the_yield,
    "steps": no_step_of_what_is_kept_is_false,
    "quality": what_the_classifier_finds_poor_is_not_learned,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs("sciglm", ran, INVARIANTS)


def test_in_the_end_nine_in_ten_are_right_before_the_steps_are_looked_at():
    first = sum(passed(e) for e in ran().first) / QUESTIONS
    unchecked = 1 - ran("steps").reasons.count("not passed") / QUESTIONS
    assert 0.3 < first < 0.7
    assert unchecked >= 0.9


def test_what_is_kept_is_right_and_its_reflection_is_not_learned():
    kept = [Experience(task=e.task, feedback=WORLD.check(e.task, e.solution)) for e in ran().kept if e.solution]
    assert kept
    assert all(sound(e) for e in kept)
    rows = ran().trainer.jobs[-1].rows
    assert not any("Solution" in row.messages[-1].text for row in rows)
    assert {row.messages[0].text.partition(" ")[0] for row in rows} == {"task/exec"}


def test_a_third_stage_that_copies_the_answer_onto_the_wrong_way_is_rejected_by_its_steps():
    fakes = ran("steps")
    false = [e for e in fakes.kept if not checked(e)["sound"]]
    assert false
    assert all(e.asked and e.asked.name == "sciglm/correct" for e in false)
    kept = {e.task.id for e in ran().kept}
    assert not kept & {e.task.id for e in false}
    assert "not sound" in ran().reasons


def test_the_classifier_learns_from_first_solutions_with_their_verdicts():
    job, first = ran().trainer.jobs[QUALITY], ran().first
    assert job.loss == "labels"
    assert [row.good for row in job.rows] == [passed(e) for e in first]
    good = sum(row.good for row in job.rows)
    assert job.settings["positive"] == pytest.approx((len(first) - good) / good)
    assert ran().learners["reward_model"] != ran().learners["learner"]


# --- a pupil of a million weights, for real ---


def jumped(text: str, rng: Random) -> str:
    """The way with a step left out: flawed, and yet at its end is what is right."""
    steps = text.rstrip(";").split(";")
    steps.pop(rng.randrange(len(steps) - 1))
    return ";".join(steps) + ";"


def test_a_pupils_classifier_tells_flawed_ways_to_the_right_answer():
    torch = pytest.importorskip("torch")
    from lamarck.models.pupil import files, kit
    from lamarck.trainers.lean import labels
    from lamarck.trainers.lean.exchange import LabelSettings

    def rows(n: int, seed: int) -> list[labels.Row]:
        rng, found = Random(seed), list[labels.Row]()
        for p in generate(Node(kind="exec", depth=3), Aim(), "practice", n, seed):
            true = right_attempt(p).text
            for text, good in ((true, True), (jumped(true, rng), False)):
                ids = (*kit.encode(p.line), *kit.encode(text), kit.END)
                found.append(labels.Row(ids=ids, good=good))
        rng.shuffle(found)
        return found

    model = kit.open_scorer(files.locate(files.reference("listmachine")))
    settings = LabelSettings(optimizer="muon", lr=2e-3, batch=16, steps=20, weight_decay=0.0)
    assert len(list(labels.train(model, rows(160, 1), settings))) == 20
    met = labels.collate(rows(40, 2))
    with torch.no_grad():
        numbers = model(met.ids)[torch.arange(len(met.last)), met.last, 0]
    good, bad = numbers[met.good == 1], numbers[met.good == 0]
    assert (good[:, None] > bad[None]).float().mean() >= 0.8
