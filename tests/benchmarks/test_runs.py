"""Runs in processes of their own: failures are told, finished ones are left alone, beds and the exam are put in."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from benchmarks.evidence import runs
from benchmarks.evidence.analysis import analyse
from benchmarks.evidence.controls import CONTROLS
from benchmarks.evidence.exam import Examined
from benchmarks.evidence.figures import budget, would
from benchmarks.evidence.plan import Arm, Exam, Plan
from benchmarks.evidence.runs import LEDGER, attempts, everything, log_of, place_of
from tests.benchmarks.literal import PLAN, card

from lamarck import recipes
from lamarck.core import UsageError, stages
from lamarck.operators.evaluation import Accuracy
from lamarck.store import RunInfo, info


def finished(place: Path, status: Any = "done") -> None:
    place.mkdir(parents=True)
    page = RunInfo(recipe="rest_em", learner="pupil", environment="game24", status=status)
    (place / "run.json").write_bytes(info.dump(page))


def script(folder: Path, code: str) -> runs.Launch:
    def launch(seed: int, arm: str) -> "subprocess.Popen[bytes]":
        with log_of(folder, arm, seed).open("ab") as log:
            return subprocess.Popen([sys.executable, "-S", "-c", code, arm], stdout=log, stderr=log)

    return launch


def test_a_failed_run_is_told_and_stops_nobody_else(tmp_path: Path):
    place = tmp_path / PLAN.recipe
    place.mkdir()
    code = "import sys; print('begun'); sys.exit('no weights here' if sys.argv[1] == 'off' else 0)"
    ended = everything([(0, "recipe"), (0, "off"), (0, "few")], script(place, code), place / LEDGER, jobs=2)
    assert sorted((one.arm, one.code, one.said) for one in ended) == [
        ("few", 0, ""), ("off", 1, "no weights here"), ("recipe", 0, ""),
    ]  # fmt: skip
    assert attempts(place / LEDGER) == ended
    told = {(run.arm, run.seed): run for run in analyse(PLAN, tmp_path).runs}
    assert (told["off", 0].status, told["off", 0].said) == ("failed", "no weights here")
    assert told["off", 1].status == "missing"
    assert len(told) == 7  # a failed run keeps its place


def test_processor_time_counts_what_the_run_waited_for(tmp_path: Path):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', 'for i in range(6_000_000): pass'])"
    (one,) = everything([(0, "recipe")], script(tmp_path, code), tmp_path / LEDGER, jobs=1)
    assert one.cpu_s >= 0.1


def test_a_run_that_a_signal_ended_has_failed(tmp_path: Path):
    code = "import os; os.kill(os.getpid(), 9)"
    (one,) = everything([(0, "recipe")], script(tmp_path, code), tmp_path / LEDGER, jobs=1)
    assert one.code == -9


def test_finished_runs_are_known_and_the_others_go_on(tmp_path: Path):
    finished(place_of(tmp_path, PLAN, "recipe", 0))
    finished(place_of(tmp_path, PLAN, "recipe", 1), status="failed")
    todo = [(s, arm) for s, arm in PLAN.runs() if not runs.done(place_of(tmp_path, PLAN, arm, s))]
    assert (0, "recipe") not in todo
    assert (1, "recipe") in todo
    assert len(todo) == 6


def test_an_arm_asks_for_its_own_options_and_the_exam(tmp_path: Path):
    plan = replace(
        PLAN,
        options={"samples": 4, "cap": 2},
        objective={"count": 4},
        arms={"recipe": Arm(options={"cap": 3}), "still": Arm(control="still", learner="pupil/game24")},
        claims=(),
    )
    asked = runs.asked(plan, "recipe", tmp_path)
    assert (asked["samples"], asked["cap"], asked["rounds"], asked["gate"]) == (4, 3, 2, "off")
    assert asked["objective"] == {"count": 4}
    method = asked["recipe"](rounds=2)
    assert all(cycle.evaluation == Examined(exam=plan.exam) for cycle in stages(method))
    control = runs.asked(plan, "still", tmp_path)
    assert (control["learner"], control["rounds"]) == ("pupil/game24", None)
    assert "cap" not in control
    assert not stages(control["recipe"]())[0].updating


def test_an_ablation_still_finds_its_place_in_the_examined_recipe():
    found = runs.examined(recipes.load("rest_em"), Examined(exam=Exam()))
    assert found(ablate=("verifier",)) != found()
    assert found.options == recipes.load("rest_em").options
    assert not isinstance(stages(found())[0].evaluation, Accuracy)


def test_a_bed_that_the_plan_lacks_is_named(tmp_path: Path):
    plan = replace(PLAN, learner="{noisy}")
    with pytest.raises(UsageError, match="the bed 'noisy', but has only: none"):
        runs.asked(plan, "recipe", tmp_path)


def test_controls_are_methods_that_pass_the_checker():
    assert all(stages(control()) for control in CONTROLS.values())
    assert stages(CONTROLS["labelled"](rounds=3))[0].rounds == 3


def test_a_budget_is_the_sum_of_the_trainings():
    log: list[dict[str, Any]] = [
        {"kind": "trained", "steps": 2, "rows": 8, "tokens": 100, "seconds": 1.5},
        {"kind": "merged"},
        {"kind": "trained", "steps": 3, "rows": 12, "tokens": 150, "seconds": 2.5},
    ]
    found = budget(log, ["base", "one", "one", "two"], 77)
    assert (found.rounds, found.updates, found.merges, found.steps, found.rows) == (2, 2, 1, 5, 20)
    assert (found.trained, found.sampled, found.training_s) == (250, 77, 4.0)


def test_what_the_gate_would_say_follows_from_the_sealed_items():
    base, worse = card("b", *[1.0] * 6), card("w", *[0.0] * 6)
    many = {  # as many items as make a difference plain
        name: replace(one, scores=tuple(replace(s, items=tuple(map(str, range(600))), metrics={"greedy": values * 100})
                                        for s, values in ((one.scores[0], one.scores[0].metrics["greedy"]),)))
        for name, one in (("b", base), ("w", worse))
    }  # fmt: skip
    assert would([many["b"], many["w"]]).startswith("rolled back")
    assert would([many["w"], many["b"]]).startswith("promoted")
    assert would([base]).startswith("no update")


def test_seeds_are_run_in_turn_and_never_more_than_planned():
    assert PLAN.runs()[:4] == [(0, "recipe"), (0, "off"), (0, "few"), (1, "recipe")]
    assert PLAN.runs(1) == [(0, "recipe"), (0, "off"), (0, "few")]
    with pytest.raises(ValueError, match="give --seeds 1 to 3"):
        PLAN.runs(4)
    with pytest.raises(ValueError, match="arms there are not: off"):
        Plan(recipe="x", why="", environment="toy", arms={"recipe": Arm()}, claims=PLAN.claims)
