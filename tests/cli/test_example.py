"""A user's own recipe and environment: those in examples/, and those that `lamarck init` writes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lamarck import environments, testing
from lamarck.api.machine import Machine
from lamarck.core import Objective, Prompt
from lamarck.models.budget import Budget
from lamarck.store import RunReader

Lamarck = Callable[..., Any]

EXAMPLES = Path(__file__).parents[2] / "examples"
COINS = (50, 20, 10, 5, 2, 1)


def fewest(prompt: Prompt, seed: int) -> str:
    """The right answer in coins, in an order that the seed draws."""
    left, paid = int(prompt.fields["amount"]), list[int]()
    for coin in COINS:
        paid += [coin] * (left // coin)
        left %= coin
    return " ".join(map(str, paid if seed % 2 else reversed(paid)))


def test_the_examples_run_together(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch):
    @contextmanager
    def doubles(*_asked: object, **_more: object) -> Generator[Any]:
        models = testing.ScriptedModels(answer=fewest, wrong=lambda _prompt, _seed: "1")
        trainer = testing.RecordingTrainer(right=lambda row: len(row.messages[-1].text) > 1)
        yield Machine(models=models, executor=testing.Inline(), trainer=trainer, budget=Budget())  # type: ignore[arg-type]

    for user in ("running", "scoring"):
        monkeypatch.setattr(f"lamarck.api.{user}.machine", doubles)
    said = lamarck(
        *("run", EXAMPLES / "my_recipe.py", "--environment", EXAMPLES / "my_environment.py"),
        *("--learner", "scripted/0.5", "--tasks-limit", "20", "--samples", "6", "--keep", "1", "--out", "mine"),
    )
    assert said.code == 0, said
    reader = RunReader("runs/mine")
    first = reader.rounds()[1]
    assert [passage.operator for passage in first.funnel["refinement"]][-1] == "refinement.Shortest"
    kept = reader.batch(0, 1, "refinement")
    assert 10 <= len(kept) == len({experience.task.id for experience in kept}) <= 20
    assert ("refinement.Shortest", "not among the 1 shortest") in first.drops["refinement"]


def test_the_readme_of_init_names_a_task_there_is():
    home = EXAMPLES.parent / "src/lamarck/cli/example"
    world = environments.load(str(home / "my_environment.py"))
    practice = world.tasks("practice", 100, 0, Objective(ability="making ten"))
    named = next(word for word in (home / "README.md").read_text().split() if word.startswith("carriages/"))
    assert named in {task.id for task in practice}


def test_what_init_writes_runs_with_the_pupil(lamarck: Lamarck):
    assert lamarck("init", ".").code == 0
    end = ("--set", "evaluation.protected_at_end=8")
    small = ("--tasks-limit", "8", "--samples", "4", "--rounds", "1", "--items", "8", "--set", "updating.steps=4")
    said = lamarck("run", "--config", "run.toml", *small, "--set", "updating.batch=8", "--workers", "1", *end)
    assert said.code in (0, 3), said
    assert "round 1 of 1: greedy" in said.out
    assert RunReader("runs/concise-my_environment").info.learner == "pupil/game24"


@pytest.mark.slow
def test_the_command_that_init_prints_works_as_printed(lamarck: Lamarck, monkeypatch: pytest.MonkeyPatch):
    printed = lamarck("init", "mine").out.strip().splitlines()[-1].split()
    assert printed[:3] == ["cd", "mine", "&&"]
    monkeypatch.chdir("mine")
    said = lamarck(*printed[4:])
    assert said.code == 0
    assert "promoted" in said.out
    assert "The base tried" in said.out
