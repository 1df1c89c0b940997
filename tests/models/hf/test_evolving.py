"""Whole runs through `hf`: a model taught for seconds practises, and remembers."""

from pathlib import Path

import pytest
from tests.models.hf.taught import HIGHEST, taught

import lamarck


@pytest.fixture(scope="module")
def pupil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return taught(tmp_path_factory.mktemp("hf") / "taught", steps=200)


@pytest.mark.slow
def test_rest_em_samples_and_verifies(pupil: Path, tmp_path: Path):
    run = lamarck.run(
        "rest_em",
        learner=f"hf/{pupil}",
        environment="countdown",
        out=tmp_path / "run",
        until="feedback",
        tasks_limit=40,
        samples=8,
        objective={"count": 2, "highest": HIGHEST},
        sets={"evaluation.limit": 8, "evaluation.samples": 2, "evaluation.protected": 0},
    )
    batch = run.reader.batch(0, 1, "feedback")
    assert len(batch) == 320
    assert all(e.solution and e.solution.logprobs and e.feedback for e in batch)
    assert any(e.feedback and e.feedback.passed for e in batch)
    assert {e.solution.stop for e in batch if e.solution} >= {"stop"}


@pytest.mark.slow
def test_mot_remembers_and_recalls(pupil: Path, tmp_path: Path):
    (pupil / "prompts.json").rename(tmp_path / "prompts.json")  # asked in English from here on
    run = lamarck.run(
        "mot",
        learner=f"hf/{pupil}",
        environment="game24",
        out=tmp_path / "run",
        gate="off",
        tasks_limit=6,
        sets={"solutions.n": 2, "evaluation.limit": 4, "evaluation.protected": 0},
    )
    assert run.info.status == "done"
