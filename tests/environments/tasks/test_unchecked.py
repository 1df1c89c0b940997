"""Instructions whose answers only a judge can tell apart: asked as they stand, with somebody's answers beside them."""

import json
from pathlib import Path

import pytest

from lamarck.core import Message, Objective, Solution, UsageError, put, stages
from lamarck.environments.tasks.environment import FileTasks, from_tasks
from lamarck.recipes import load
from lamarck.testing import ScriptedModels, context

GOAL = Objective(ability="mine")


def instructions(folder: Path, **more: str) -> FileTasks:
    """In AlpacaEval's columns."""
    path = folder / "set.json"
    rows = [{"instruction": f"Write a line about {n}.", "output": f"The number {n} is fine.", **more} for n in range(9)]
    path.write_text(json.dumps(rows))
    return from_tasks(str(path), check="none")


def test_they_are_asked_as_they_stand_and_nothing_is_checked(tmp_path: Path):
    world = instructions(tmp_path, split="selection")
    tasks = world.tasks("selection", None, 0, GOAL)
    assert len(tasks) == 9
    assert {task.messages[0].text for task in tasks} == {f"Write a line about {n}." for n in range(9)}
    said = Solution(messages=(Message(role="assistant", text="Anything"),))
    assert world.check(tasks[0], said).passed is None


def test_the_output_is_the_label_and_an_example(tmp_path: Path):
    world = instructions(tmp_path, split="practice")
    (example,) = world.examples(1, 0)
    assert example.solution
    assert example.task.reference
    assert example.solution.text == example.task.reference.read()
    assert example.solution.text.startswith("The number")


def test_answers_are_not_needed(tmp_path: Path):
    path = tmp_path / "bare.jsonl"
    path.write_text("\n".join(json.dumps({"instruction": f"Say {n}."}) for n in range(9)))
    assert from_tasks(str(path), check="none").counts["bad"] == 0


@pytest.mark.parametrize(("answers", "value"), [(True, 0.0), (False, None)])
def test_alpacafarm_compares_with_the_files_answers(tmp_path: Path, answers: bool, value: float | None):
    world = instructions(tmp_path, split="selection")
    if not answers:
        path = tmp_path / "bare.jsonl"
        path.write_text("\n".join(json.dumps({"instruction": f"Say {n}.", "split": "selection"}) for n in range(9)))
        world = from_tasks(str(path), check="none")

    def write(prompt: object, _seed: int) -> str:
        fields = getattr(prompt, "fields", {})
        return f"winner: {'first' if fields['first'].startswith('The') else 'second'}" if "first" in fields else "No."

    models = ScriptedModels(answer=write, wrong=write)
    ctx = context(environment=world, models=models, roles={"judge": "scripted/0.0"})
    (cycle,) = stages(put("evaluation.metric", "win rate")(load("alpacafarm")(against="reference")))
    assert cycle.evaluation
    if value is None:
        with pytest.raises(UsageError, match="has none; name their column"):
            cycle.evaluation(ctx.learner, ctx)
    else:
        assert cycle.evaluation(ctx.learner, ctx).value == value
