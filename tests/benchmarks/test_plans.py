"""Every plan fits its recipe: options, ablations, paths and the environment's parameters are there."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmarks.evidence import runs
from benchmarks.evidence.__main__ import main
from benchmarks.evidence.controls import CONTROLS
from benchmarks.evidence.plans import PLANS

from lamarck import environments, recipes
from lamarck.core import describe, put, stages

THERE = [plan for plan in PLANS.values() if plan.recipe in recipes.names()]
NAMED = [pytest.param(plan, arm, id=f"{plan.recipe} {arm}") for plan in THERE for arm in plan.arms]


def test_a_plan_is_named_after_its_recipe_and_file():
    folder = Path(runs.__file__).parent / "plans"
    assert set(PLANS) == {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


@pytest.mark.parametrize(("plan", "arm"), NAMED)
def test_every_arm_builds(plan: runs.Plan, arm: str):
    asked = plan.arms[arm]
    if asked.control:
        own: dict[str, Any] = {**asked.options, **({"rounds": asked.rounds} if asked.rounds else {})}
        method = CONTROLS[asked.control](**own)
    else:
        found, options = recipes.load(plan.recipe), {**plan.options, **asked.options}
        rounds = {"rounds": plan.rounds} if plan.rounds and "rounds" in found.options else {}
        method = found(ablate=asked.ablate, **{**rounds, **options})
        for path, value in {**plan.sets, **asked.sets}.items():
            method = put(path, value)(method)
        assert found(**{**options, **plan.quick})
    assert stages(method)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_sealed_items_are_there_and_others_for_every_seed(plan: runs.Plan):
    items = runs.sealed_items(plan.trial())
    assert [len(found) for found in items.values()] == [3]
    goal = runs.objective_of(plan, environments.load(plan.environment).ability)
    assert "node" not in goal.parameters


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_trial_is_another_plan_and_a_small_one(plan: runs.Plan):
    trial = plan.trial()
    assert describe(trial) != describe(plan)
    assert set(trial.seeds).isdisjoint(plan.seeds)  # nobody sees an item that will count
    assert len(trial.runs()) == len(plan.arms)
    assert all(bed.steps == 2 for bed in trial.beds.values())
    assert trial.exam.samples == plan.exam.samples  # metrics keep their names, so claims can be answered


@pytest.mark.slow
def test_a_trial_runs_from_end_to_end_and_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder, words = tmp_path / "runs", ["rest_em", "--trial", "--jobs", "2", "--folder", str(tmp_path / "runs")]
    assert main(words) == 0
    ledger = (folder / "rest_em" / "attempts.jsonl").read_text()
    assert len(ledger.splitlines()) == len(PLANS["rest_em"].arms)
    result = json.loads((folder / "results" / "rest_em.json").read_text())
    assert {run["status"] for run in result["result"]["runs"]} == {"done"}
    assert "## rest_em on game24" in (folder / "evidence.md").read_text()
    assert main(words) == 0  # all is done: nothing runs again
    assert (folder / "rest_em" / "attempts.jsonl").read_text() == ledger
    assert main([*words, "--analyse"]) == 0
    capsys.readouterr()
    assert main([*words, "--learner", "pupil/./else"]) == 2  # another plan in the same folder
    assert "runs of another plan" in capsys.readouterr().err
