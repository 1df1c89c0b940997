"""A learner that a server answers for is trained, and the server takes the new version in."""

from pathlib import Path
from typing import Any

import pytest
from tests.models.vllm.bench import Bench, request
from tests.models.vllm.test_process import gone

from lamarck.api.machine import machine
from lamarck.core import Job, Learner, Message, Row
from lamarck.models.hf import files
from lamarck.models.vllm.folders import called
from lamarck.testing import ToyEnvironment

ROWS = [
    Row(
        messages=(Message(role="user", text=f"{n}+1="), Message(role="assistant", text=f"{n + 1}")), learn=(False, True)
    )
    for n in range(8)
]
SETTINGS: dict[str, Any] = {"lr": 1e-2, "batch": 4, "micro": 4, "rank": 4, "length": 64}


@pytest.mark.slow  # training is a process of its own, which loads torch and TRL
def test_training_gets_the_gpu_and_the_server_the_new_version(bench: Bench, tmp_path: Path):
    folders = pytest.importorskip("tests.models.hf.folders", reason="needs the extra 'local'")
    base = folders.saved(tmp_path / "base", folders.llama())
    said = {"vllm": {"python": str(bench.home / "env")}}
    with machine(ToyEnvironment(), 1, tmp_path / "run", said) as at:
        learner = at.models.learner(f"vllm/{base}")
        before = at.models.open(learner).generate([request("hello", temperature=0.0)])[0][0].text
        first = bench.seen()[0]["pid"]
        trained = at.trainer.fit(learner.model, Job(loss="sft", rows=ROWS, settings=SETTINGS, seed=1), str(tmp_path))
        assert gone(first)
        assert files.is_adapter(Path(trained.model.folder))
        new = Learner(model=trained.model, parent=learner.hash)
        after = at.models.open(new).generate([request("hello", temperature=0.0)])[0][0].text
        assert after != before
        assert [(each["lora_name"], each["lora_path"]) for each in bench.seen("/v1/load_lora_adapter")] == [
            (called(trained.model.digest), trained.model.folder)
        ]
        again = at.trainer.fit(new.model, Job(loss="sft", rows=ROWS, settings=SETTINGS, seed=2), str(tmp_path))
        assert again.model.digest != trained.model.digest
        assert at.models.card(new.model, "sft")
    assert gone(bench.seen()[-1]["pid"])
