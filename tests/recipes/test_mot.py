"""Memory-of-Thought works when these invariants hold, and each fails with its mechanism off."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.recipes.rows import proofs
from tests.store.conftest import tmp_path as tmp_path
from tests.store.test_crash import Killed

from lamarck.core import (
    Batch,
    Context,
    DamagedRun,
    Entry,
    Experience,
    LabelError,
    Learner,
    Method,
    Phase,
    Prompt,
    Scorecard,
    put,
    run,
)
from lamarck.memory import Versions
from lamarck.operators import feedback
from lamarck.operators.solutions.recall import Recall
from lamarck.recipes import load
from lamarck.store import RunInfo, RunStore
from lamarck.store.disk import Disk
from lamarck.testing import MemoryStore, ScriptedModels, ToyEnvironment, context

TOY = ToyEnvironment(n=48)
ERRS = {"+": 0.02, "-": 0.05, "*": 0.85}
"""How often a rationale is wrong: products are beyond this learner, and no two of its errors need agree."""


def sign(text: str) -> str:
    return next(one for one in ERRS if one in text)


def helped(prompt: Prompt) -> bool:
    """Whether three examples are of the question's kind and right."""
    shown = re.findall(r"Question: (\S+)\nAnswer: (.*)", prompt.fields["examples"])
    useful = [question for question, solved in shown if is_right(question, solved)]
    return [sign(question) for question in useful].count(prompt.fields["sign"]) >= 3


def is_right(question: str, solved: str) -> bool:
    left, one, right = re.fullmatch(r"(\d+)(\D)(\d+)", question).groups()  # type: ignore[union-attr]
    wanted = TOY.right(Prompt(name="", fields={"left": left, "sign": one, "right": right}), 0)
    return TOY.says(solved) == wanted


def rates(prompt: Prompt, rate: float) -> float:
    if prompt.name == "mot/answer":
        return 0.0 if helped(prompt) else 0.95
    return {"mot/choose": 0.0, "mot/rationale": ERRS[prompt.fields["sign"]]}.get(prompt.name, rate)


def write(prompt: Prompt, seed: int) -> str:
    """A right answer; asked to choose, the number of the first question of the same kind."""
    if prompt.name != "mot/choose":
        return TOY.right(prompt, seed)
    listed = [line.partition(". ") for line in prompt.fields["candidates"].splitlines()]
    return next((number for number, _, text in listed if sign(text) == prompt.fields["sign"]), "1")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run and all it left behind."""

    ctx: Context
    candidate: Learner
    store: MemoryStore
    models: ScriptedModels

    @property
    def memory(self) -> Sequence[Entry]:
        assert isinstance(self.ctx.memories, Versions)
        return self.ctx.memories.open(self.candidate.memory).entries

    @property
    def prompts(self) -> list[Prompt]:
        """Those with examples."""
        asked = (call.request.prompt for call in self.models.calls)
        return [prompt for prompt in asked if prompt.name == "mot/answer"]

    def score(self, learner: Learner) -> float:
        """On the items of the round, promoted or not."""
        cards: list[Scorecard] = self.store.phases[Phase(stage=0, round=1, name="evaluation")]
        return next(card.value for card in cards if card.learner == learner.hash)

    def batch(self, phase: str) -> Batch:
        return self.store.batch(Phase(stage=0, round=1, name=phase))


def method(**options: Any) -> Method:
    return put("evaluation.protected", 20)(load("mot")(**options))


def ready(**parts: Any) -> tuple[Context, ScriptedModels]:
    models = ScriptedModels(answer=write, wrong=TOY.wrong, rates=rates)
    ctx = context(learner="scripted/0.8", models=models, environment=TOY, labels=load("mot").labels, **parts)
    return replace(ctx, memories=Versions()), models


@cache
def ran(*ablate: str, **options: Any) -> Ran:
    store = MemoryStore()
    ctx, models = ready(store=store)
    run(method(ablate=ablate, **options), ctx)
    candidate = store.phases[Phase(stage=0, round=1, name="updating")]
    return Ran(ctx=ctx, candidate=candidate, store=store, models=models)


def written_only_where_the_votes_agree(it: Ran) -> bool:
    votes = [e.experience.feedback for e in it.memory if e.experience]
    agreed = [vote is not None and float(vote.details["entropy"] or 0) < 0.3 for vote in votes]
    return len(agreed) > 10 and all(agreed)


def answers_rest_on_what_is_remembered(it: Ran) -> bool:
    known = {entry.source for entry in it.memory}
    return bool(it.prompts) and all(set(prompt.fields["recalled"].split()) <= known for prompt in it.prompts)


def the_learner_picks_what_it_is_shown(it: Ran) -> bool:
    can_help = {sign(entry.text) for entry in it.memory}
    shown = [(p.fields["sign"], one) for p in it.prompts for one in p.fields["recalled"].split()]
    fitting = [kind == sign(one.partition("/")[2]) for kind, one in shown if kind in can_help]
    return fitting.count(True) > 0.9 * len(fitting) > 0


def one_example_of_each_cluster(it: Ran) -> bool:
    assert isinstance(it.ctx.memories, Versions)
    found = it.ctx.memories.open(it.candidate.memory).spread("?", 10_000, 4)
    groups = [{entry.source for entry in group} for group in found]
    recalled = [prompt.fields["recalled"].split() for prompt in it.prompts]
    return len(groups) == 4 and all(len(group & set(sources)) == 1 for sources in recalled for group in groups)


INVARIANTS: dict[str, Callable[[Ran], bool]] = {
    "entropy": written_only_where_the_votes_agree,
    "memory": answers_rest_on_what_is_remembered,
    "recall": the_learner_picks_what_it_is_shown,
    "clusters": one_example_of_each_cluster,
}
"""Ablation -> what must hold with the mechanism, and not without."""


TestRow = proofs("mot", ran, INVARIANTS)


def test_the_filter_makes_the_memory_more_right():
    def precision(*ablate: str, **options: Any) -> float:
        verdicts = [
            is_right(e.text, e.experience.solution.text)
            for e in ran(*ablate, **options).memory
            if e.experience and e.experience.solution
        ]
        return verdicts.count(True) / len(verdicts)

    loose, middle, strict = precision("entropy"), precision(below=1.5), precision(below=0.3)
    assert loose < middle <= strict
    assert loose < 0.9 < strict


def test_the_learner_rises_by_what_it_recalls_and_not_by_chance():
    base, with_memory = ran().score(ran().ctx.learner), ran().score(ran().candidate)
    assert with_memory > base + 0.1
    at_random, forgetful = ran("recall"), ran("memory")
    assert at_random.score(at_random.candidate) < with_memory - 0.2
    assert forgetful.score(forgetful.candidate) == base  # with nothing to recall the task is asked as it stands


def test_the_weights_stay_and_one_entry_a_task_is_written():
    assert ran().candidate.model == ran().ctx.learner.model
    assert ran().candidate.answer == Recall(clusters=4, nearest=10)
    sources = [entry.source for entry in ran().memory]
    assert len(set(sources)) == len(sources) < 48
    assert set(sources) <= {e.task.id for e in ran().batch("feedback")}


def test_labels_are_never_read():
    """They are sealed: whoever read one would have ended the run."""
    assert all(e.task.reference for e in ran().batch("tasks"))
    ctx, _ = ready()
    with pytest.raises(LabelError):
        run(put("feedback", feedback.Verifier())(method()), ctx)


def test_no_question_is_answered_with_itself():
    """Asked what it remembers, it shows other questions."""
    recall = ran().candidate.answer
    assert isinstance(recall, Recall)
    at = replace(ran().ctx, learner=ran().candidate)
    known = [Experience(task=e.experience.task) for e in ran().memory if e.experience]
    for answered in recall(known, at):
        assert answered.asked
        assert answered.task.id not in answered.asked.fields["recalled"].split()


@pytest.mark.parametrize("choose", ["nearest", "random", "learner"])
def test_who_chooses_is_an_option(choose: str):
    it = ran(choose=choose)
    assert it.candidate.answer == Recall(clusters=4, nearest=10, choose=choose)  # type: ignore[arg-type]
    asked = {call.request.prompt.name for call in it.models.calls}
    assert ("mot/choose" in asked) == (choose == "learner")


def test_killed_at_any_step_of_the_memory_it_resumes_to_the_same_champion(tmp_path: Path):
    info = RunInfo(recipe="mot", learner="scripted/0.8", environment="toy")
    small = put("tasks.n", 6)(put("evaluation.limit", 4)(put("evaluation.protected", 0)(method(samples=4))))

    def go(root: Path, step: Callable[[str, Path], None]) -> str:
        with RunStore.hold(root, info, known={"solutions.Recall": Recall}, step=step) as store:
            ctx, _ = ready(store=store)
            ctx = replace(ctx, memories=Versions(Disk(store.root, step)))
            return run(small, ctx).learners["learner"].hash

    steps = list[Path]()
    champion = go(tmp_path / "whole", lambda _, path: steps.append(path))
    total = sum("memory" in path.parts for path in steps)
    assert total > 10
    for number in range(total):
        left = number

        def step(_: str, path: Path) -> None:
            nonlocal left
            left -= "memory" in path.parts
            if left < 0:
                raise Killed

        with pytest.raises(Killed):
            go(tmp_path / f"killed-{number}", step)
        assert go(tmp_path / f"killed-{number}", lambda _, path: None) == champion


@pytest.mark.parametrize("file", ["entries.jsonl", "vectors.npy", "version.json"])
def test_damage_to_the_memory_is_repaired_as_that_of_weights(tmp_path: Path, file: str):
    info, root = RunInfo(recipe="mot", learner="scripted/0.8", environment="toy"), tmp_path / "run"
    small = put("tasks.n", 6)(put("evaluation.limit", 4)(put("evaluation.protected", 0)(method(samples=4))))

    def go() -> str:
        with RunStore.hold(root, info, known={"solutions.Recall": Recall}) as store:
            ctx, _ = ready(store=store)
            ctx = replace(ctx, memories=Versions(Disk(store.root)))
            return run(small, ctx).learners["learner"].hash

    champion = go()
    (path,) = root.glob(f"memory/*/{file}")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(DamagedRun, match=file):
        go()
    assert RunStore.repair(root)[0].name == "updating"
    assert go() == champion
    assert path.read_bytes() == whole
