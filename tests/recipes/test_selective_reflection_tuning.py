"""Selective Reflection-Tuning works when these invariants hold, and each fails with its mechanism off.

The teacher's rewrites are good, too easy or garbage; the student finds a word likely that it was just shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.operators.on_pupil import on_pupil, taught
from tests.recipes.requests import GARBAGE, Requests, about, words
from tests.recipes.rows import proofs

from lamarck.core import Batch, Experience, Message, Objective, Phase, Prompt, Row, digest, run
from lamarck.environments import load as world_of
from lamarck.models.pupil import files, kit
from lamarck.operators.feedback import Likelihood
from lamarck.operators.refinement import Filter
from lamarck.recipes import load
from lamarck.recipes.selective_reflection_tuning import below_one
from lamarck.testing import MemoryStore, RecordingTrainer, ScriptedModels, context
from lamarck.trainers.lean import sft
from lamarck.trainers.lean.exchange import Settings
from lamarck.trust import Open

WORLD = Requests(n=48)
NAME = "selective_reflection_tuning"
BARE = "likelihood/bare"
REQUEST, ANSWER = f"{NAME}/request", f"{NAME}/answer"
STUDENT, OTHER, TEACHER = "scripted/0.5", "scripted/0.6", "scripted/0.1"


def kind(prompt: Prompt) -> str:
    """What becomes of a rewrite: half of them are garbage, whichever the text."""
    of = digest(prompt.name, prompt.fields["task"]) % 4
    return "garbage" if of < 2 else "easy" if of == 2 and prompt.name == REQUEST else "good"


def rewritten(prompt: Prompt, _seed: int) -> str:
    if prompt.name not in (REQUEST, ANSWER):
        return "It is well known."
    task, asks = prompt.fields["task"], prompt.name == REQUEST
    how, it = kind(prompt), f"a {about(task)}"
    if how == "garbage" or not about(task):
        unasked = " ".join(GARBAGE[3:])
        return f"{' '.join(GARBAGE[:3])}\nsolution: {unasked}" if asks else unasked
    if how == "easy":
        return f"{task} Say that it is {it}.\nsolution: It is {it}, {it}, {it}."
    if asks:
        return f"When do people like it, and why? {task}\nsolution: In summer, since by then {it} has had much sun."
    return f"To tell you what {it} is, people like it when there is much sun."


def likely(model: str, prompt: Prompt, text: str) -> float:
    """By word: what was shown is likelier by as much as this model minds the word."""
    texts = () if prompt.name == BARE else (prompt.fields.get("solution", ""), *(m.text for m in prompt.messages))
    shown = {word for text in texts for word in words(text)}
    said = words(text)
    return -5.0 + sum((1 + digest(model, word) % 5) * (word in shown) for word in said) / max(1, len(said))


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ablate: tuple[str, ...]
    store: MemoryStore
    trainer: RecordingTrainer

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))

    @property
    def kept(self) -> Batch:
        return self.batch("refinement")


@cache
def ran(*ablate: str, student: str = STUDENT, **options: Any) -> Ran:
    recipe, store, trainer = load(NAME), MemoryStore(), RecordingTrainer(right=sound)
    models = ScriptedModels(answer=rewritten, wrong=rewritten, likelihood=likely)
    ctx = context(
        learner=student, roles={"teacher": TEACHER}, environment=WORLD, models=models, store=store, trainer=trainer,
        gate=Open(), labels=recipe.labels,
    )  # fmt: skip
    run(recipe(seeds=WORLD.n, referee="environment", ablate=ablate, **options), ctx)
    return Ran(ablate=ablate, store=store, trainer=trainer)


def sound(row: Row) -> bool:
    """Whether what a row teaches is no garbage."""
    return not any(word in GARBAGE for message in row.messages for word in words(message.text))


def text(e: Experience) -> str:
    return e.solution.text if e.solution else ""


def log_ifd(e: Experience, student: str = STUDENT) -> float:
    assert e.solution
    return likely(student, Prompt(name=BARE), text(e)) - likely(student, e.prompt, text(e))


def garbage(e: Experience) -> bool:
    return any(word in GARBAGE for word in words(f"{e.task.messages[-1].text} {text(e)}"))


def root(e: Experience) -> str:
    return str(e.task.parameters.get("root") or e.task.id)


def another_student_chooses_otherwise(it: Ran) -> bool:
    def chosen(run: Ran) -> set[tuple[str, str]]:
        return {(e.task.messages[-1].text, text(e)) for e in run.kept}

    return chosen(it) != chosen(ran(*it.ablate, student=OTHER))


def a_request_is_new_only_where_it_leaves_more_to_its_answer(it: Ran) -> bool:
    seeds = {e.task.id: e for e in it.batch("tasks")}
    first = [
        e for e in it.kept if e.task.id not in seeds and not e.asked
    ]  # whose answer is as it came with the request
    return bool(first) and all(log_ifd(e) > log_ifd(seeds[root(e)]) for e in first)


def no_task_is_lost_to_a_bad_answer(it: Ran) -> bool:
    """Each seed stays in some form unless its new request was garbage."""
    asked = {e.task.id: Prompt(name=REQUEST, fields={"task": e.task.messages[-1].text}) for e in it.batch("tasks")}
    return {id for id, prompt in asked.items() if kind(prompt) != "garbage"} <= {root(e) for e in it.kept}


def nine_in_ten_pieces_of_garbage_are_rejected(it: Ran) -> bool:
    made = sum(kind(Prompt(name=REQUEST, fields={"task": e.task.messages[-1].text})) == "garbage"
               for e in it.batch("tasks"))  # fmt: skip
    return made > WORLD.n / 3 and sum(map(garbage, it.kept)) <= made / 10


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "student": another_student_chooses_otherwise,
    "requests": a_request_is_new_only_where_it_leaves_more_to_its_answer,
    "answers": no_task_is_lost_to_a_bad_answer,
    "fit": nine_in_ten_pieces_of_garbage_are_rejected,
}
"""Ablation -> what must hold, and fails with it."""


TestRow = proofs(NAME, ran, INVARIANTS)


def chosen(e: Experience) -> tuple[str, str] | None:
    """What the tree makes of a seed, worked out from the ratios themselves; None where nothing is left."""

    def by(prompt: Prompt, text: str) -> float:
        return math.exp(-likely(STUDENT, prompt, text))  # a perplexity

    def ifd(x: str, y: str) -> float:
        return by(Prompt(name="task", messages=(Message(role="user", text=x),)), y) / by(Prompt(name=BARE), y)

    def r_ifd(x: str, y: str) -> float:
        return by(Prompt(name="guess", fields={"solution": y}), x) / by(Prompt(name=BARE), x)

    x, y = e.task.messages[-1].text, text(e)
    new, _, its = rewritten(Prompt(name=REQUEST, fields={"task": x, "solution": y}), 0).partition("\nsolution: ")
    if ifd(new, its) > ifd(x, y):
        x, y = new, its
    better = rewritten(Prompt(name=ANSWER, fields={"task": x, "solution": y}), 0)
    if r_ifd(x, better) < r_ifd(x, y):
        y = better
    return (x, y) if ifd(x, y) < 1 and r_ifd(x, y) <= 1 else None


def test_it_is_the_papers_tree():
    expected = [made for e in ran().batch("tasks") if (made := chosen(e))]
    assert sorted((e.task.messages[-1].text, text(e)) for e in ran().kept) == sorted(expected)
    old = {(e.task.messages[-1].text, text(e)) for e in ran().batch("tasks")}
    requests, answers = {x for x, _ in old}, {y for _, y in old}
    assert {(x in requests, y in answers) for x, y in expected} >= {(True, True), (True, False), (False, False)}


def test_what_is_kept_is_trained_on_and_the_learner_rises():
    (job,) = ran().trainer.jobs
    assert all(sound(row) for row in job.rows)
    assert {row.messages[-1].text for row in job.rows} == {text(e) for e in ran().kept}
    assert not all(sound(row) for job in ran("fit").trainer.jobs for row in job.rows)


def test_a_share_takes_those_of_the_highest_ratio():
    some = ran(share=0.1).kept
    assert len(some) == round(0.1 * len(ran().kept))
    rest = sorted((log_ifd(e) for e in ran().kept), reverse=True)
    assert [log_ifd(e) for e in some] == pytest.approx(rest[: len(some)])


# --- a pupil of a million weights, for real ---


def numbered(e: Experience) -> sft.Row:
    return sft.pack(kit.encode(e.task.fields["line"]), (*kit.encode(text(e)), kit.END))


def surprise_after(batch: Batch, held: Batch) -> float:
    """Mean surprise at held-out answers, in nats a token, after twenty steps on the batch."""
    model = kit.open(files.locate(files.reference("listmachine")))
    rows = ([numbered(e) for e in batch] * 80)[:80]
    assert len(list(sft.train(model, rows, Settings(optimizer="adamw", lr=1e-3, batch=4, steps=20)))) == 20
    with torch.no_grad():
        return float(sft.loss_of(model, sft.collate([numbered(e) for e in held])))


def test_a_pupil_rejects_answers_to_other_requests_and_learns_more_by_it(tmp_path: Path):
    world: Any = world_of("listmachine")
    aim = Objective(ability="", parameters={"kind": "exec", "depth": 2})
    found = [replace(e, sample=0) for e in world.labelled(28, 7, aim)]
    right, dealt, held = found[:10], found[10:20], found[20:]
    wrong = [replace(e, solution=other.solution) for e, other in zip(dealt, dealt[1:] + dealt[:1], strict=True)]
    log_ifd = Likelihood(role="learner", prompt=BARE, against="learner", per_token=True)
    ctx = on_pupil(taught(tmp_path / "pupil"), environment=world)
    kept = Filter(where=below_one)(log_ifd(right + wrong, ctx), ctx)
    good = [e for e in kept if e.task.id in {one.task.id for one in right}]
    assert len(good) == len(right)
    assert len(kept) - len(good) <= len(wrong) / 10
    assert surprise_after(kept, held) < surprise_after(right + wrong, held) - 0.05
