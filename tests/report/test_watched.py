"""A watched run of two objectives in a real folder: committed, resumed, and shown by the report."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.report.parsed import Parsed

from lamarck import testing
from lamarck.api.watching import monitors
from lamarck.core import Cycle, Objective, Stages, passed, run
from lamarck.operators import evaluation, feedback, refinement, solutions, tasks, updating
from lamarck.report.page import page
from lamarck.report.sections.forgetting import matrix
from lamarck.report.sound import Sound
from lamarck.store import RunInfo, RunReader, RunStore
from lamarck.trust import Open


def method() -> Stages:
    def cycle(highest: int) -> Cycle:
        return Cycle(
            objective=Objective(ability="sums", parameters={"highest": highest}),
            tasks=tasks.Dataset(n=8),
            solutions=solutions.Sample(n=4, temperature=1.0),
            feedback=feedback.Verifier(),
            refinement=refinement.Filter(where=passed),
            updating=updating.SFT(),
            evaluation=evaluation.Accuracy(samples=2, protected=10, limit=10),
            rounds=2,
        )

    return Stages(cycles=(cycle(20), cycle(30)))


def ran(path: Path) -> list[Any]:
    info = RunInfo(recipe="mine", learner="scripted/0.6", environment="toy")
    toy = testing.ToyEnvironment()
    with RunStore.hold(path, info) as store:
        ctx = testing.context(
            learner="scripted/0.6",
            store=store,
            gate=Open(),
            trainer=testing.RecordingTrainer(right=toy.taught, half=32),
        )
        store.progress(base=store.keep(ctx.learner))
        watch = [one for one in monitors("react") if one.name != "probes"]
        run(method(), replace(ctx, monitors=watch))
        store.progress(status="done")
    return [(view.stage, view.round, view.findings) for view in RunReader(path).rounds()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "watched"
    ran(path)
    return path


def test_every_round_has_its_findings(folder: Path):
    found = [(v.stage, v.round, [one.monitor for one in v.findings]) for v in RunReader(folder).rounds() if v.round]
    assert found == [(s, r, ["collapse", "hacking", "forgetting", "over-optimisation"]) for s in (0, 1) for r in (1, 2)]


def test_the_matrix_is_in_the_report(folder: Path):
    made = matrix(Sound(RunReader(folder)))
    assert made
    names, scores = made
    assert names == ["highest=20", "highest=30"]
    assert len(scores.after) == 2
    assert all(value is not None for row in (scores.before, *scores.after) for value in row)
    assert "plasticity" in Parsed(page(RunReader(folder))).text


def test_running_it_again_finds_the_same(folder: Path):
    before = [(view.stage, view.round, view.findings) for view in RunReader(folder).rounds()]
    assert ran(folder) == before
